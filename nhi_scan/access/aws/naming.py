"""How a Principal or NotPrincipal element names a requester, and how closely.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from functools import lru_cache

from nhi_scan.access.aws.principal import Level, Principal
from nhi_scan.model.policy import Condition, PrincipalPattern, Statement

_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::(?=\d+:root\Z)|(?=\d{12}\Z))(\d+)(?::root)?\Z")
_ROLE = re.compile(r"arn:[^:]+:iam::(\d+):role/(?:.*/)?([^/]+)\Z", re.DOTALL)
_SESSION = re.compile(r"arn:[^:]+:sts::(\d+):assumed-role/([^/]+)/(.+)\Z", re.DOTALL)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}\Z")

Named = tuple[Level, Condition | None]
"""How closely, and the condition under which; None: in any case."""

_NOT_NAMED: Named = (Level.NONE, None)
_ENTITY: Named = (Level.ENTITY, None)
_DIRECT: Named = (Level.DIRECT, None)


def named(statement: Statement, principal: Principal, *, complete: bool) -> tuple[Named, ...]:
    """The ways in which a statement's principals take a requester in, the closest certain one first.

    Args:
        statement: a statement of a resource-based policy.
        principal: who asks.
        complete: False leaves open with which session name a role asks.

    Returns:
        Nothing where it does not name the requester; more than one where a closer way is open.
    """
    if statement.not_principals:
        return _excepted(statement.not_principals, principal, complete=complete)
    certain = _NOT_NAMED
    ways: list[Named] = []
    for entry in statement.principals:
        way = _entry(entry, principal, complete)
        if way[1] is not None:
            ways.append(way)
        elif way[0].value > certain[0].value:
            certain = way
    if certain[0] is Level.NONE:
        return tuple(ways)
    return (certain, *(way for way in ways if way[0].value > certain[0].value))


def _excepted(entries: tuple[PrincipalPattern, ...], principal: Principal, *, complete: bool) -> tuple[Named, ...]:
    """NotPrincipal: everyone but those it names.

    Beside an entity an account stands for its root user, as the documentation says one must write it: everyone else of
    the account is not excepted. Alone it excepts the account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
    """
    condition: Condition | None = None
    for entry in entries:
        level, needed = _entry(entry, principal, complete)
        if level is Level.NONE or (level is Level.ACCOUNT and _names_within(entries, principal)):
            continue
        if needed is None:
            return ()
        condition = Condition(_NEGATED[needed.operator], needed.key, needed.values)
    return ((Level.DIRECT, condition),)


def _names_within(entries: tuple[PrincipalPattern, ...], principal: Principal) -> bool:
    """Say whether entries name somebody of the requester's account, who is not the root user."""
    if principal.kind == "root":
        return False
    return any(f"::{principal.account}:" in entry.value and not entry.value.endswith(":root") for entry in entries)


_NEGATED = {"StringLike": "StringNotLike", "StringEquals": "StringNotEquals"}


@lru_cache(maxsize=1 << 16)
def _entry(entry: PrincipalPattern, principal: Principal, complete: bool) -> Named:  # noqa: FBT001 - cached by place
    if entry.kind == "any":
        # Everyone, anonymous requesters and AWS services included (#principal-anonymous).
        return _DIRECT
    if entry.kind != "aws":
        return _DIRECT if entry.value == principal.id and _may_be(entry, principal) else _NOT_NAMED
    if not principal.in_account:
        return _DIRECT if principal.kind == "canonical_user" and entry.value == principal.id else _NOT_NAMED
    account = _ACCOUNT.match(entry.value)
    if account:
        return _account(account[1], principal)
    return _entity(entry.value, principal, complete=complete)


def _entity(value: str, principal: Principal, *, complete: bool) -> Named:
    if value == principal.id:
        return _ENTITY if principal.kind == "role" else _DIRECT
    if _UNIQUE_ID.match(value):
        return _by_unique_id(value, principal)
    if principal.kind in ("role", "session"):
        return _role(value, principal, complete=complete)
    # The user behind a session of GetFederationToken is named: what limits the session limits the grant.
    return _ENTITY if value == principal.entity_arn else _NOT_NAMED


def _may_be(entry: PrincipalPattern, principal: Principal) -> bool:
    # `cognito-identity.amazonaws.com` is written like a service and is an identity provider.
    hosts = ("service", "federated")
    return principal.kind == entry.kind or (principal.kind in hosts and entry.kind in hosts)


def _account(account: str, principal: Principal) -> Named:
    """An account delegates to its own policies; it does not mean its root user alone (#principal-accounts)."""
    return (Level.ACCOUNT, None) if account == principal.account else _NOT_NAMED


def _by_unique_id(unique_id: str, principal: Principal) -> Named:
    """An ARN is stored as the entity's id; one that shows as an id belongs to what was deleted (#principal-roles)."""
    if principal.unique_id != unique_id:
        return _NOT_NAMED
    return _DIRECT if principal.kind == "user" else _ENTITY


def _role(value: str, principal: Principal, *, complete: bool) -> Named:
    """A role is found by account and name, which are unique whatever its path: a session's ARN has no path."""
    role = _ROLE.match(value)
    if role:
        same = role[1] == principal.account and role[2] == principal.name
        return _ENTITY if same else _NOT_NAMED
    session = _SESSION.match(value)
    if session is None or complete or principal.kind != "role":
        return _NOT_NAMED
    if session[1] != principal.account or session[2] != principal.name:
        return _NOT_NAMED
    # The role may be asked for under any session name, and `aws:userid` ends in it.
    return (Level.DIRECT, Condition("StringLike", "aws:userid", (f"*:{session[3]}",)))
