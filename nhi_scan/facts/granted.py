"""Facts about which roles are bound to whom and where, on Google Cloud: plain reads of bindings.

What somebody can do in the end is told by effective access; these facts name what an administrator sees in a policy and
has to take out of it. A binding that has expired counts no more, one under a condition does.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.members import PUBLIC, default_account
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding
from nhi_scan.model.scope import Scope

T = TypeVar("T")

_NOT_READ = "the allow policies of its project were not collected completely"
_SCOPE_NOT_READ = "its allow policy was not collected"
_PROVIDER = "gcp"
_ROLES = ("roles/", "projects/", "organizations/")
_NAMED = 5  # in a message

# https://cloud.google.com/iam/docs/roles-overview#basic
BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer")
_BASIC = ("owner", "editor", "viewer", "none")

# Roles that make their holder every service account below the place that they are bound on.
# https://cloud.google.com/iam/docs/service-account-permissions
IMPERSONATING = (
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
)
# https://cloud.google.com/kms/docs/separation-of-duties
_KEY_USERS = frozenset(
    {
        "roles/cloudkms.cryptoKeyDecrypter",
        "roles/cloudkms.cryptoKeyEncrypter",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    }
)
_PEOPLE = ("user:", "group:", "domain:")


@fact("identity", "text", values=_BASIC, unknown=_NOT_READ)
def identity_basic_role(estate: Estate) -> list[str | None]:
    """The broadest basic role that is bound to it by name on a project, folder or organization; `none` for none."""
    return [
        None if role is None else role.removeprefix("roles/") or "none" for role in estate.once(_broadest_basic_roles)
    ]


@fact("identity", "text", unknown=_NOT_READ)
def identity_basic_role_id(estate: Estate) -> list[str | None]:
    """The same role as commands take it: `roles/editor`; empty for none."""
    return estate.once(_broadest_basic_roles)


@fact("identity", "text", unknown=_NOT_READ)
def identity_basic_roles(estate: Estate) -> list[str | None]:
    """The basic roles that are bound to it by name, with where: `roles/editor on projects/shop`."""
    return _written(estate, BASIC_ROLES)


@fact("identity", "text", unknown=_NOT_READ)
def identity_admin_roles(estate: Estate) -> list[str | None]:
    """The predefined administrator's roles that are bound to it by name on a project or above, with where."""
    admin = sorted(role for role in estate.inventory.bindings_to if _is_admin(role))
    return _written(estate, admin)


@fact("identity", "text", unknown=_NOT_READ)
def identity_impersonation_roles(estate: Estate) -> list[str | None]:
    """The roles bound to it by name that make it every service account of a project, a folder or an organization."""
    return _written(estate, IMPERSONATING)


@fact("identity", "boolean", unknown=_NOT_READ)
def identity_makes_and_uses_accounts(estate: Estate) -> list[bool | None]:
    """Whether it has both the Service Account Admin and the Service Account User role in one place."""
    return _both(estate, frozenset({"roles/iam.serviceAccountAdmin"}), frozenset({"roles/iam.serviceAccountUser"}))


@fact("identity", "boolean", unknown=_NOT_READ)
def identity_keeps_and_uses_keys(estate: Estate) -> list[bool | None]:
    """Whether it has both the Cloud KMS Admin role and one that encrypts or decrypts in one place."""
    return _both(estate, frozenset({"roles/cloudkms.admin"}), _KEY_USERS)


@fact("identity", "integer", unknown=_NOT_READ)
def identity_binding_count(estate: Estate) -> list[int | None]:
    """How many roles are bound to it by name, anywhere. 0 only where its project's policies were all collected."""
    held = estate.once(_role_bindings)
    return [len(held.get(identity.id, ())) or _absent(estate, identity, 0) for identity in estate.identities]


@fact("identity", "text", unknown=_NOT_READ)
def identity_granted(estate: Estate) -> list[str | None]:
    """Which roles are bound to it by name, with where; the first few and how many more."""
    held = estate.once(_role_bindings)
    return [
        _told(held[identity.id]) if identity.id in held else _absent(estate, identity, "")
        for identity in estate.identities
    ]


@fact("identity", "text", values=("compute", "app_engine", "none"))
def identity_default_account(estate: Estate) -> list[str]:
    """Whether it is a service account that Google makes for a project and that everything there runs as by default.

    https://cloud.google.com/iam/docs/service-account-types#default
    """
    return [default_account(identity.id) for identity in estate.identities]


@fact("workload", "boolean")
def workload_default_account(estate: Estate) -> list[bool]:
    """Whether it runs as the default service account of Compute Engine."""
    return [any(default_account(name) == "compute" for name in workload.runs_as) for workload in estate.workloads]


@fact("scope", "text", unknown=_SCOPE_NOT_READ)
def scope_public_members(estate: Estate) -> list[str | None]:
    """Which of `allUsers` and `allAuthenticatedUsers` have a role on it, so that everybody has it in all of it."""
    return [_joined(estate, scope, {one.principal_id for one in _everybodys(estate, scope)}) for scope in estate.scopes]


@fact("scope", "text", unknown=_SCOPE_NOT_READ)
def scope_public_roles(estate: Estate) -> list[str | None]:
    """The roles that everybody has on it."""
    return [_joined(estate, scope, {one.policy_id for one in _everybodys(estate, scope)}) for scope in estate.scopes]


@fact("scope", "integer", unknown=_SCOPE_NOT_READ)
def scope_impersonator_count(estate: Estate) -> list[int | None]:
    """How many people, groups and domains have a role on it that makes them every service account in it."""
    found = estate.once(_impersonators)
    return [
        len({one.principal_id for one in found.get(scope.id, ())}) or (0 if _policy_read(estate, scope) else None)
        for scope in estate.scopes
    ]


@fact("scope", "text", unknown=_SCOPE_NOT_READ)
def scope_impersonators(estate: Estate) -> list[str | None]:
    """People, groups and domains that have a role on it which makes them every service account in it."""
    found = estate.once(_impersonators)
    return [_joined(estate, scope, {one.principal_id for one in found.get(scope.id, ())}) for scope in estate.scopes]


@fact("policy", "boolean")
def policy_custom_role(estate: Estate) -> list[bool]:
    """Whether it is a role that a customer made, and that is neither deleted nor disabled."""
    return [
        policy.kind == "role" and not policy.managed_by_provider and policy.attachable for policy in estate.policies
    ]


@fact("policy", "integer", unknown="the allow policies of the place that it belongs to were not collected completely")
def policy_binding_count(estate: Estate) -> list[int | None]:
    """How often a role is bound. 0 is said only where all allow policies below the role's own place were collected."""
    bound = estate.inventory.bindings_to
    return [
        len(bound.get(policy.id, ()))
        or (0 if estate.listed(policy.provider, "resource_bindings", policy.scope_id) is True else None)
        for policy in estate.policies
    ]


def public_bindings(estate: Estate, place_id: str) -> tuple[Binding, ...]:
    """The bindings on a place that name everybody."""
    return estate.once(_public).get(place_id, ())


def impersonating_bindings(estate: Estate, scope_id: str) -> tuple[Binding, ...]:
    """The bindings on a scope that make people every service account in it."""
    return estate.once(_impersonators).get(scope_id, ())


def role_bindings(estate: Estate, principal_id: str) -> tuple[Binding, ...]:
    """The roles that are bound to a principal by name and have not expired."""
    return estate.once(_role_bindings).get(principal_id, ())


def _everybodys(estate: Estate, scope: Scope) -> tuple[Binding, ...]:
    return estate.once(_public).get(scope.id, ())


def _policy_read(estate: Estate, scope: Scope) -> bool:
    return scope.provider != _PROVIDER or estate.listed(_PROVIDER, "bindings", scope.id) is True


def _joined(estate: Estate, scope: Scope, names: set[str]) -> str | None:
    return _few(sorted(names)) if names or _policy_read(estate, scope) else None


def _role_bindings(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings of roles that have not expired, by principal."""
    found: dict[str, list[Binding]] = {}
    for binding in estate.inventory.bindings.values():
        lapsed = binding.expires_at is not None and binding.expires_at <= estate.now
        if binding.policy_id.startswith(_ROLES) and not lapsed:
            found.setdefault(binding.principal_id, []).append(binding)
    return {principal: tuple(rows) for principal, rows in found.items()}


def _on_scopes(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Those on a project, a folder or an organization, by principal."""
    scopes = estate.inventory.scopes
    return {
        principal: rows
        for principal, all_ in estate.once(_role_bindings).items()
        if (rows := tuple(row for row in all_ if row.scope_id in scopes))
    }


def _public(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings that name everybody, by place."""
    found: dict[str, list[Binding]] = {}
    for member in PUBLIC:
        for binding in estate.once(_role_bindings).get(member, ()):
            found.setdefault(binding.scope_id, []).append(binding)
    return {place: tuple(rows) for place, rows in found.items()}


def _impersonators(estate: Estate) -> Mapping[str, tuple[Binding, ...]]:
    """Bindings of impersonating roles to people, groups and domains, by scope."""
    found: dict[str, list[Binding]] = {}
    scopes = estate.inventory.scopes
    for role in IMPERSONATING:
        for binding in estate.inventory.bindings_to.get(role, ()):
            lapsed = binding.expires_at is not None and binding.expires_at <= estate.now
            if binding.scope_id in scopes and binding.principal_id.startswith(_PEOPLE) and not lapsed:
                found.setdefault(binding.scope_id, []).append(binding)
    return {scope: tuple(rows) for scope, rows in found.items()}


def _is_admin(role: str) -> bool:
    """Whether a predefined role is an administrator's, as the benchmark tells: by its name."""
    return role.startswith("roles/") and role.lower().endswith("admin")


def _broadest_basic_roles(estate: Estate) -> list[str | None]:
    held = estate.once(_on_scopes)
    column: list[str | None] = []
    for identity in estate.identities:
        roles = {binding.policy_id for binding in held.get(identity.id, ())}
        broadest = next((role for role in BASIC_ROLES if role in roles), None)
        column.append(broadest or _absent(estate, identity, ""))
    return column


def _written(estate: Estate, roles: Iterable[str]) -> list[str | None]:
    wanted, held = frozenset(roles), estate.once(_on_scopes)
    column: list[str | None] = []
    for identity in estate.identities:
        found = [binding for binding in held.get(identity.id, ()) if binding.policy_id in wanted]
        column.append(_told(found) if found else _absent(estate, identity, ""))
    return column


def _both(estate: Estate, some: frozenset[str], others: frozenset[str]) -> list[bool | None]:
    """Whether a role of each set is bound where the other one counts as well."""
    held = estate.once(_on_scopes)
    column: list[bool | None] = []
    for identity in estate.identities:
        rows = held.get(identity.id, ())
        first = {row.scope_id for row in rows if row.policy_id in some}
        second = {row.scope_id for row in rows if row.policy_id in others}
        met = any(_meet(estate, one, other) for one in first for other in second)
        column.append(True if met else _absent(estate, identity, False))  # noqa: FBT003 - the answer, no switch
    return column


def _meet(estate: Estate, one: str, other: str) -> bool:
    return one in estate.scope_chain(other) or other in estate.scope_chain(one)


def _absent(estate: Estate, identity: Identity, answer: T) -> T | None:
    """The answer for one of whom no such binding is known; None where one may be unseen."""
    if identity.provider != _PROVIDER:
        return answer
    if identity.scope_id in estate.inventory.scopes:
        return answer if estate.listed(_PROVIDER, "bindings", identity.scope_id) is True else None
    return answer if estate.once(_all_read) else None


def _all_read(estate: Estate) -> bool:
    """Whether the policies of everything that was collected were: what a stranger may have is in them."""
    tops = [
        scope.id for scope in estate.scopes if scope.provider == _PROVIDER and len(estate.scope_chain(scope.id)) == 1
    ]
    return bool(tops) and all(estate.listed(_PROVIDER, "bindings", top) is True for top in tops)


def _told(bindings: Iterable[Binding]) -> str:
    return _few(sorted({f"{row.policy_id} on {row.scope_id}" for row in bindings}))


def _few(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"
