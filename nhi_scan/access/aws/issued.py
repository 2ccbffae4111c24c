"""What users and roles can show elsewhere: a signed GetCallerIdentity request, which says their ARN.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: no permission is needed for it. A role's
session has a name that whoever assumes the role picks.
"""

from collections.abc import Iterator

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import AWS, Assertion, Claim, issuer_key
from nhi_scan.model.identity import Identity

_KINDS = ("iam_role", "iam_user")


def issued(inventory: Inventory, issuers: frozenset[str]) -> Iterator[Assertion]:
    """Yield an assertion for each user and role that is there, where anybody trusts AWS."""
    if issuer_key(AWS) not in issuers:
        return
    for identity in inventory.identities.values():
        if identity.provider == "aws" and identity.kind in _KINDS and identity.status != "deleted":
            yield Assertion(
                holder_id=identity.id,
                provider="aws",
                issuer=AWS,
                claims=(Claim("account", (identity.scope_id,)), *_names(identity)),
                complete=True,
                detail="by a signed request",
            )


def _names(identity: Identity) -> Iterator[Claim]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable."""
    unique = identity.unique_id
    if identity.kind == "iam_user":
        yield Claim("arn", (identity.id,))
        yield Claim("userid", (unique,)) if unique else Claim("userid", (), "any")
        return
    partition = identity.id.split(":", 2)[1] if identity.id.startswith("arn:") else "aws"
    session = f"arn:{partition}:sts::{identity.scope_id}:assumed-role/{identity.name}/*"
    yield Claim("arn", (session,), "glob")
    yield Claim("userid", (f"{unique}:*",), "glob") if unique else Claim("userid", (), "any")
