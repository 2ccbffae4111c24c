"""Assignments of roles on Azure and in its directory, looked up by whom and where: those that have not expired."""

from collections.abc import Callable, Iterable, Mapping

from nhi_scan.facts.actions import CONTENT_PERMISSIONS, TIER_ZERO_PERMISSIONS
from nhi_scan.facts.bindings import few
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import held as written
from nhi_scan.facts.naming import is_delegated, is_ownership, principal
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

PROVIDER = "azure"
_ROLE = "/providers/microsoft.authorization/roledefinitions/"
# Built-in roles that rules name: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
OWNER = f"{_ROLE}8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
USER_ACCESS_ADMINISTRATOR = f"{_ROLE}18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
CONTRIBUTOR = f"{_ROLE}b24988ac-6180-42a0-ab88-20f7382dd24c"
# Broadest first.
STANDING: Mapping[str, str] = {
    OWNER: "owner",
    USER_ACCESS_ADMINISTRATOR: "user_access_administrator",
    CONTRIBUTOR: "contributor",
}
STRONG_PERMISSIONS = TIER_ZERO_PERMISSIONS | CONTENT_PERMISSIONS
_BROAD = ("tenant", "management_group", "subscription")
# Whoever has this role of an API may sign in to it, and nothing else.
# https://learn.microsoft.com/graph/api/resources/approleassignment
_DEFAULT_ACCESS = "/00000000-0000-0000-0000-000000000000"
_PERMISSIONS = "approles/"
# What an application asks for that lets people sign in: Microsoft calls these low impact.
# https://learn.microsoft.com/entra/identity/enterprise-apps/configure-permission-classifications
_SIGN_IN = frozenset({"User.Read", "email", "offline_access", "openid", "profile"})
_GROUP_KIND = "entra_group"


def assigned(estate: Estate, principal_id: str) -> tuple[Binding, ...]:
    """What is assigned to a principal by name: roles, application permissions, access policies; no ownership."""
    return estate.once(_by_principal).get(principal_id, ())


def with_groups(estate: Estate, member: str) -> tuple[str, ...]:
    """A member and the groups of the directory that it is in, also through others; itself first, then sorted."""
    groups = estate.once(_groups_of)
    found: set[str] = set()
    waiting = [member]
    while waiting:
        new = set(groups.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return (member, *sorted(found))


def direct_groups(estate: Estate, member: str, group_id: str) -> tuple[str, ...]:
    """The groups that a member is in directly and through which it is in another one, that one itself included."""
    groups = estate.once(_groups_of).get(member, ())
    return tuple(sorted(group for group in groups if group_id in with_groups(estate, group)))


def held(estate: Estate, identity: Identity) -> tuple[Binding, ...]:
    """What an identity has by name and through its groups."""
    return estate.once(_held).get(identity.id, ())


def standing(estate: Estate, identity: Identity) -> list[Binding]:
    """The broad built-in roles that an identity has, without having to activate one, on a subscription or above."""
    broad = estate.once(_broad)
    return [row for row in held(estate, identity) if row.policy_id in STANDING and row.id in broad]


def by_weight(estate: Estate, identity: Identity) -> list[Binding]:
    """What an identity has by name and through its groups, what stands out before the rest."""
    rows = standing(estate, identity) + permissions(estate, identity, STRONG_PERMISSIONS.__contains__)
    first = {row.id for row in rows}
    return [*rows, *(row for row in held(estate, identity) if row.id not in first)]


def permissions(estate: Estate, identity: Identity, wanted: Callable[[str], bool]) -> list[Binding]:
    """The application permissions that an identity has of which a test of their name holds."""
    policies = estate.inventory.policies
    return [
        row
        for row in held(estate, identity)
        if row.policy_id.startswith(_PERMISSIONS) and wanted(policies[row.policy_id].name)
    ]


def is_sign_in(estate: Estate, row: Binding) -> bool:
    """Whether it is a delegated permission by which somebody only signs in, and stays signed in."""
    policy = estate.inventory.policies.get(row.policy_id)
    return is_delegated(row) and policy is not None and policy.name in _SIGN_IN


def owners(estate: Estate, scope_id: str) -> tuple[Binding, ...]:
    """Who has the role Owner on a scope, or above it, at all times: by which assignments."""
    above = frozenset(estate.scope_chain(scope_id))
    broad = estate.once(_broad)
    rows = estate.inventory.bindings_to.get(OWNER, ())
    return tuple(
        row for row in rows if row.id in broad and row.scope_id in above and not is_gone(estate, row.principal_id)
    )


def is_gone(estate: Estate, id_: str) -> bool:
    """Whether a principal is known to be deleted."""
    identity, group = estate.inventory.identities.get(id_), estate.inventory.groups.get(id_)
    return identity.status == "deleted" if identity else group is not None and is_deleted(group.attributes)


def is_deleted(attributes: tuple[tuple[str, str], ...]) -> bool:
    """Whether a group's attributes say that the directory does not have it any more."""
    return ("status", "deleted") in attributes


def told(estate: Estate, rows: Iterable[Binding], *, besides: str) -> str:
    """Write what is held with where, for a message; what somebody else has, a group, with whom it comes through."""
    return few(sorted({_told(estate, row, besides) for row in rows}))


def holders(estate: Estate, rows: Iterable[Binding]) -> str:
    """Name those to whom something of Azure is assigned; the first few and how many more."""
    return few(sorted({principal(estate, row.principal_id) for row in rows}))


def all_read(estate: Estate, scope_id: str, *, consent: bool = False) -> bool:
    """Whether all that may be assigned to somebody of a scope was collected; and what people consented to."""
    sorts = ("bindings", "delegations") if consent else ("bindings",)
    return all(estate.listed(PROVIDER, sort, scope_id) is True for sort in sorts)


def _told(estate: Estate, row: Binding, besides: str) -> str:
    through = "" if row.principal_id == besides else f" through {principal(estate, row.principal_id)}"
    return f"{written(estate, row)}{through}"


def _held(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """What `held` returns, by identity; those that hold nothing are left out."""
    found: dict[str, tuple[Binding, ...]] = {}
    for identity in estate.identities:
        if identity.provider == PROVIDER:
            rows = tuple([row for name in with_groups(estate, identity.id) for row in assigned(estate, name)])
            if rows:
                found[identity.id] = rows
    return found


def _broad(estate: Estate) -> frozenset[str]:
    """Ids of the assignments of the broad built-in roles on a subscription or above that stand."""
    scopes = {scope.id for scope in estate.scopes if scope.kind in _BROAD}
    return frozenset(
        row.id
        for role in STANDING
        for row in estate.inventory.bindings_to.get(role, ())
        if row.scope_id in scopes and not row.eligible and (row.expires_at is None or row.expires_at > estate.now)
    )


def _groups_of(estate: Estate) -> Mapping[str, tuple[str, ...]]:
    """Groups by direct member."""
    found: dict[str, list[str]] = {}
    for group in estate.inventory.groups.values():
        for member in group.member_ids if group.kind == _GROUP_KIND else ():
            found.setdefault(member, []).append(group.id)
    return {member: tuple(groups) for member, groups in found.items()}


def _by_principal(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    policies = estate.inventory.policies
    found: dict[str, list[Binding]] = {}
    for row in estate.inventory.bindings.values():
        policy = policies.get(row.policy_id)
        lapsed = row.expires_at is not None and row.expires_at <= estate.now
        counts = not lapsed and not is_ownership(row) and not row.policy_id.endswith(_DEFAULT_ACCESS)
        if policy is not None and policy.provider == PROVIDER and counts:
            found.setdefault(row.principal_id, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}
