"""KMS grants as statements: permission on a key for one grantee, beside the key policy.

A grant allows without an identity policy and cannot deny
(https://docs.aws.amazon.com/kms/latest/developerguide/grants.html).
"""

import re
from collections.abc import Iterable

from nhi_scan.model.policy import Condition, Effect, KeyGrant, Policy, PrincipalPattern, Statement

_SERVICE = re.compile(r"[A-Za-z0-9.-]+\.amazonaws\.com(\.cn)?\Z")
_PLAIN = "2008-10-17"  # a grant's values know no variables
_PAIRS = ("EncryptionContextEquals", "EncryptionContextSubset")
_EXACT = "EncryptionContextEquals"


def grants_policy(key_arn: str, account: str, grants: Iterable[KeyGrant]) -> Policy:
    """Write a key's grants as a policy, for `Layers.grants`.

    Args:
        key_arn: the key.
        account: its owner.
        grants: in any order; statements are numbered by grant id.
    """
    statements: list[Statement] = []
    for grant in sorted(grants, key=lambda each: each.id):
        statements.append(_statement(grant, grant.grantee, grant.operations, _constraints(grant), len(statements)))
        if grant.retiring:
            statements.append(_statement(grant, grant.retiring, ("RetireGrant",), (), len(statements)))
    return Policy(
        id=f"{key_arn}#grants",
        provider="aws",
        kind="resource",
        name="grants",
        scope_id=account,
        statements=tuple(statements),
        version=_PLAIN,
    )


def _statement(
    grant: KeyGrant,
    principal: str,
    operations: tuple[str, ...],
    conditions: tuple[Condition, ...],
    index: int,
) -> Statement:
    return Statement(
        sid=grant.id,
        effect=Effect.ALLOW,
        actions=tuple(f"kms:{operation}" for operation in operations),
        resources=("*",),
        principals=(PrincipalPattern("service" if _SERVICE.match(principal) else "aws", principal),),
        conditions=conditions,
        index=index,
    )


def _constraints(grant: KeyGrant) -> tuple[Condition, ...]:
    """A constraint that is none of the known ones becomes an operator that nobody knows: the grant decides `unknown`.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
    """
    wanted = [
        Condition("StringEquals", f"kms:EncryptionContext:{key}", (value,))
        if name in _PAIRS
        else Condition(name, key, (value,))
        for name, key, value in sorted(grant.constraints)
    ]
    exact = tuple(sorted(key for name, key, _ in grant.constraints if name == _EXACT))
    if exact:
        wanted.append(Condition("ForAllValues:StringEquals", "kms:EncryptionContextKeys", exact))
    return tuple(wanted)
