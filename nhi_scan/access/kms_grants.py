"""KMS grants as statements: permission on a key for one grantee, beside the key policy.

A grant allows without an identity policy and cannot deny
(https://docs.aws.amazon.com/kms/latest/developerguide/grants.html).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nhi_scan.model.policy import Condition, Effect, Policy, PrincipalPattern, Statement

_NOTHING: Mapping[str, str] = MappingProxyType({})
_SERVICE = re.compile(r"[A-Za-z0-9.-]+\.amazonaws\.com(\.cn)?\Z")
_PLAIN = "2008-10-17"  # a grant's values know no variables


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGrant:
    """One grant, as ListGrants tells it."""

    id: str
    grantee: str  # ARN or service
    operations: tuple[str, ...]  # as KMS names them: `Decrypt`
    retiring: str = ""  # who may retire it; empty: nobody in particular
    context_subset: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # pairs that must be there
    context_equals: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # pairs that must be there, no others


def grants_policy(key_arn: str, account: str, grants: Iterable[KeyGrant]) -> Policy:
    """Write a key's grants as a policy, for `Layers.grants`.

    Args:
        key_arn: the key.
        account: its owner.
        grants: in any order; statements are numbered by grant id.
    """
    statements: list[Statement] = []
    for grant in sorted(grants, key=lambda each: each.id):
        statements.append(_statement(grant.id, grant.grantee, grant.operations, _constraints(grant), len(statements)))
        if grant.retiring:
            statements.append(_statement(grant.id, grant.retiring, ("RetireGrant",), (), len(statements)))
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
    grant_id: str,
    principal: str,
    operations: tuple[str, ...],
    conditions: tuple[Condition, ...],
    index: int,
) -> Statement:
    return Statement(
        sid=grant_id,
        effect=Effect.ALLOW,
        actions=tuple(f"kms:{operation}" for operation in operations),
        resources=("*",),
        principals=(PrincipalPattern("service" if _SERVICE.match(principal) else "aws", principal),),
        conditions=conditions,
        index=index,
    )


def _constraints(grant: KeyGrant) -> tuple[Condition, ...]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html."""
    pairs = {**grant.context_subset, **grant.context_equals}
    wanted = [Condition("StringEquals", f"kms:EncryptionContext:{key}", (pairs[key],)) for key in sorted(pairs)]
    if grant.context_equals:
        keys = tuple(sorted(grant.context_equals))
        wanted.append(Condition("ForAllValues:StringEquals", "kms:EncryptionContextKeys", keys))
    return tuple(wanted)
