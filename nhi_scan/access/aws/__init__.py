"""What an identity can really do: the one place that reasons about policy.

Ask one question of policies of your own, in a notebook or another tool:

    from nhi_scan.access.aws import Layers, decide, request
    from nhi_scan.model.policy import Policy
    from nhi_scan.providers.aws.policy import parse_document

    read = parse_document({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }})
    policy = Policy(id="read", provider="aws", kind="identity", name="read", scope_id="111111111111",
                    statements=read.statements, version=read.version)
    answer = decide(
        request("arn:aws:iam::111111111111:role/app", "s3:GetObject", "arn:aws:s3:::logs/a"),
        Layers(identity=(policy,)),
    )
    answer.verdict     # Verdict.CONDITIONAL: nobody knows yet whether the request comes over TLS
    answer.residual    # the condition, its statement, and that it must hold

`decide` is the definition. `nhi_scan.access.aws.summarise` answers for every identity of an inventory at once, from
above: it never misses what `decide` allows.
"""

from nhi_scan.access.aws.context import Context, context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.kms_grants import grants_policy
from nhi_scan.access.aws.layers import Layers, PublicAccessBlock, public_access_block
from nhi_scan.access.aws.principal import Principal, parse_principal
from nhi_scan.access.aws.request import Request, request
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict

__all__ = [
    "Context",
    "Decision",
    "Layers",
    "Principal",
    "PublicAccessBlock",
    "Request",
    "Residual",
    "StatementRef",
    "Verdict",
    "context",
    "decide",
    "grants_policy",
    "parse_principal",
    "public_access_block",
    "request",
]
