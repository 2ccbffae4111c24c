"""Bindings of roles on Google Cloud, looked up by whom and where: those that have not expired."""

from collections.abc import Iterable, Mapping

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.members import PUBLIC
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

# Roles that make their holder every service account below the place that they are bound on.
# https://cloud.google.com/iam/docs/service-account-permissions
IMPERSONATING = (
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
)
# https://cloud.google.com/iam/docs/roles-overview#basic
BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer")
_ROLES = ("roles/", "projects/", "organizations/")
_PEOPLE = ("user:", "group:", "domain:")
_NAMED = 5  # in a message


def public_bindings(estate: Estate, place_id: str) -> tuple[Binding, ...]:
    """The bindings on a place that name everybody."""
    return estate.once(of_everybody).get(place_id, ())


def impersonating_bindings(estate: Estate, scope_id: str) -> tuple[Binding, ...]:
    """The bindings on a scope that make people every service account in it."""
    return estate.once(of_impersonators).get(scope_id, ())


def with_groups(estate: Estate, member: str) -> tuple[str, ...]:
    """A member and the groups of Google Cloud that it is in, also through others; itself first, then sorted."""
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


def held_on_scopes(estate: Estate, identity: Identity) -> tuple[Binding, ...]:
    """Roles on scopes that an identity has by name and, where it is a service account, through its groups."""
    return estate.once(_held_on_scopes).get(identity.id, ())


def is_admin_role(role: str) -> bool:
    """Whether a predefined role is an administrator's, as the benchmark tells: by its name."""
    return role.startswith("roles/") and role.lower().endswith("admin")


def role_bindings(estate: Estate, principal_id: str) -> tuple[Binding, ...]:
    """The roles that are bound to a principal by name and have not expired."""
    return estate.once(by_principal).get(principal_id, ())


def _held_on_scopes(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """What `held_on_scopes` returns, by identity; those that hold nothing there are left out."""
    bound = estate.once(on_scopes)
    found: dict[str, tuple[Binding, ...]] = {}
    for identity in estate.identities:
        names = with_groups(estate, identity.id) if identity.kind == "service_account" else (identity.id,)
        rows = tuple([row for name in names for row in bound.get(name, ())])
        if rows:
            found[identity.id] = rows
    return found


def _groups_of(estate: Estate) -> Mapping[str, tuple[str, ...]]:
    """Groups by direct member."""
    found: dict[str, list[str]] = {}
    for group in estate.inventory.groups.values():
        for member in group.member_ids if group.provider == "gcp" else ():
            found.setdefault(member, []).append(group.id)
    return {member: tuple(groups) for member, groups in found.items()}


def by_principal(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings of roles that have not expired, by principal."""
    found: dict[str, list[Binding]] = {}
    for binding in estate.inventory.bindings.values():
        lapsed = binding.expires_at is not None and binding.expires_at <= estate.now
        if binding.policy_id.startswith(_ROLES) and not lapsed:
            found.setdefault(binding.principal_id, []).append(binding)
    return {principal: tuple(rows) for principal, rows in found.items()}


def on_scopes(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Those on a project, a folder or an organization, by principal."""
    scopes = estate.inventory.scopes
    return {
        principal: rows
        for principal, all_ in estate.once(by_principal).items()
        if (rows := tuple(row for row in all_ if row.scope_id in scopes))
    }


def of_everybody(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings that name everybody, by place."""
    found: dict[str, list[Binding]] = {}
    for member in PUBLIC:
        for binding in estate.once(by_principal).get(member, ()):
            found.setdefault(binding.scope_id, []).append(binding)
    return {place: tuple(rows) for place, rows in found.items()}


def of_impersonators(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings of impersonating roles to people, groups and domains, by scope."""
    found: dict[str, list[Binding]] = {}
    scopes = estate.inventory.scopes
    for role in IMPERSONATING:
        for binding in estate.inventory.bindings_to.get(role, ()):
            lapsed = binding.expires_at is not None and binding.expires_at <= estate.now
            if binding.scope_id in scopes and binding.principal_id.startswith(_PEOPLE) and not lapsed:
                found.setdefault(binding.scope_id, []).append(binding)
    return {scope: tuple(rows) for scope, rows in found.items()}


def told(bindings: Iterable[Binding], *, besides: str) -> str:
    """Write roles with where they are bound, for a message.

    Args:
        bindings: what to tell.
        besides: who the message is about; a role that somebody else has, a group, is told with whom it comes through.
    """
    return few(sorted({_told(row, besides) for row in bindings}))


def _told(row: Binding, besides: str) -> str:
    through = "" if row.principal_id == besides else f" through {row.principal_id}"
    return f"{row.policy_id} on {row.scope_id}{through}"


def few(names: list[str]) -> str:
    """Write the first of many names and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"
