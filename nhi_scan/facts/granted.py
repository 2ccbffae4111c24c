"""Facts about which roles are bound to whom and where, mostly on Google Cloud: plain reads of bindings.

What somebody can do in the end is told by effective access; these facts name what an administrator sees in a policy and
has to take out of it. A binding that has expired counts no more, one under a condition does. A service account has what
its groups have; of people only what names them is told, as groups of them are large and a matter of the group.
"""

from collections.abc import Iterable
from typing import TypeVar

from nhi_scan.facts import assignments
from nhi_scan.facts.bindings import (
    BASIC_ROLES,
    IMPERSONATING,
    by_principal,
    few,
    held_on_scopes,
    is_admin_role,
    of_everybody,
    of_impersonators,
    told,
)
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.members import default_account
from nhi_scan.facts.naming import is_delegated
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Policy
from nhi_scan.model.scope import Scope

T = TypeVar("T")

_NOT_READ = "the allow policies of its project were not collected completely"
_NOT_ALL_READ = "what is bound where it belongs was not collected completely"
_SCOPE_NOT_READ = "its allow policy was not collected"
_PROVIDER = "gcp"
_DIRECTORY = "directory/roledefinitions/"
# How the ids of roles begin that a customer can make, by provider.
_DEFINED = {"azure": ("/providers/microsoft.authorization/roledefinitions/", _DIRECTORY), "gcp": ("",)}

_BASIC = ("owner", "editor", "viewer", "none")

# https://cloud.google.com/kms/docs/separation-of-duties
_KEY_USERS = frozenset(
    {
        "roles/cloudkms.cryptoKeyDecrypter",
        "roles/cloudkms.cryptoKeyEncrypter",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    }
)


@fact("identity", "text", values=_BASIC, unknown=_NOT_READ)
def identity_basic_role(estate: Estate) -> list[str | None]:
    """The broadest basic role that it, or a group of it, has on a project, folder or organization; `none` for none."""
    return [
        None if role is None else role.removeprefix("roles/") or "none" for role in estate.once(_broadest_basic_roles)
    ]


@fact("identity", "boolean")
def identity_owner_or_editor(estate: Estate) -> list[bool]:
    """Whether it is known to be an owner, an editor or, on Azure, a contributor of all there is in a place."""
    return [
        role in BASIC_ROLES[:2] or (one.provider == assignments.PROVIDER and bool(assignments.standing(estate, one)))
        for one, role in zip(estate.identities, estate.once(_broadest_basic_roles), strict=True)
    ]


@fact("identity", "text", unknown=_NOT_READ)
def identity_basic_roles(estate: Estate) -> list[str | None]:
    """The basic roles that it or a group of it has, with where: `roles/editor on projects/shop`."""
    return _written(estate, BASIC_ROLES)


@fact("identity", "text", unknown=_NOT_READ)
def identity_admin_roles(estate: Estate) -> list[str | None]:
    """The predefined administrator's roles that it or a group of it has on a project or above, with where."""
    admin = sorted(role for role in estate.inventory.bindings_to if is_admin_role(role))
    return _written(estate, admin)


@fact("identity", "text", unknown=_NOT_READ)
def identity_impersonation_roles(estate: Estate) -> list[str | None]:
    """The roles that make it, or a group of it, every service account of a project, a folder or an organization."""
    return _written(estate, IMPERSONATING)


@fact("identity", "boolean", unknown=_NOT_READ)
def identity_makes_and_uses_accounts(estate: Estate) -> list[bool | None]:
    """Whether it has both the Service Account Admin and the Service Account User role in one place."""
    return _both(estate, frozenset({"roles/iam.serviceAccountAdmin"}), frozenset({"roles/iam.serviceAccountUser"}))


@fact("identity", "boolean", unknown=_NOT_READ)
def identity_keeps_and_uses_keys(estate: Estate) -> list[bool | None]:
    """Whether it has both the Cloud KMS Admin role and one that encrypts or decrypts in one place."""
    return _both(estate, frozenset({"roles/cloudkms.admin"}), _KEY_USERS)


@fact("identity", "integer", unknown=_NOT_ALL_READ)
def identity_binding_count(estate: Estate) -> list[int | None]:
    """How many roles are bound to it by name, anywhere. 0 only where all was collected that binds any."""
    return [
        len(_by_name(estate, identity)) or _nothing(estate, identity, 0, consent=True) for identity in estate.identities
    ]


@fact("identity", "integer", unknown=_NOT_ALL_READ)
def identity_unattended_count(estate: Estate) -> list[int | None]:
    """How many of them count without anybody who is signed in: all but the delegated permissions of Azure."""
    return [
        sum(not is_delegated(row) for row in _by_name(estate, identity)) or _nothing(estate, identity, 0)
        for identity in estate.identities
    ]


@fact("identity", "integer", unknown=_NOT_ALL_READ)
def identity_beyond_sign_in_count(estate: Estate) -> list[int | None]:
    """How many of them give more than that somebody signs in to it and stays signed in (Azure)."""
    return [
        sum(not assignments.is_sign_in(estate, row) for row in _by_name(estate, identity))
        or _nothing(estate, identity, 0, consent=True)
        for identity in estate.identities
    ]


@fact("resource", "text")
def resource_granted_roles(estate: Estate) -> list[str]:
    """Which roles are bound to a group of Azure by name, with where; the first few and how many more."""
    return [
        assignments.told(estate, assignments.assigned(estate, row.id), besides=row.id)
        if row.id in estate.inventory.groups
        else ""
        for row in estate.resources
    ]


@fact("identity", "text", unknown=_NOT_ALL_READ)
def identity_granted(estate: Estate) -> list[str | None]:
    """Which roles are bound to it by name, with where; the first few and how many more."""
    return [_granted(estate, identity) or _nothing(estate, identity, "") for identity in estate.identities]


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
    found = estate.once(of_impersonators)
    return [
        len({one.principal_id for one in found.get(scope.id, ())}) or (0 if _policy_read(estate, scope) else None)
        for scope in estate.scopes
    ]


@fact("scope", "text", unknown=_SCOPE_NOT_READ)
def scope_impersonators(estate: Estate) -> list[str | None]:
    """People, groups and domains that have a role on it which makes them every service account in it."""
    found = estate.once(of_impersonators)
    return [_joined(estate, scope, {one.principal_id for one in found.get(scope.id, ())}) for scope in estate.scopes]


@fact("policy", "boolean")
def policy_custom_role(estate: Estate) -> list[bool]:
    """Whether it is a role that a customer made, and that is neither deleted nor disabled.

    What stands for an application permission or for an entry of a vault's access policy on Azure is none, nor is a role
    of Kubernetes, which may be a part of another.
    """
    return [
        policy.kind == "role"
        and not policy.managed_by_provider
        and policy.attachable
        and policy.id.startswith(_DEFINED.get(policy.provider, ()))
        for policy in estate.policies
    ]


@fact("policy", "integer", unknown="what is bound below the place that it belongs to was not collected completely")
def policy_binding_count(estate: Estate) -> list[int | None]:
    """How often a role is bound. 0 is said only where all allow policies below the role's own place were collected."""
    bound = estate.inventory.bindings_to
    return [
        len(bound.get(policy.id, ())) or (0 if _bindings_read(estate, policy) else None) for policy in estate.policies
    ]


def _by_name(estate: Estate, identity: Identity) -> tuple[Binding, ...]:
    if identity.provider == assignments.PROVIDER:
        return assignments.assigned(estate, identity.id)
    return estate.once(by_principal).get(identity.id, ())


def _granted(estate: Estate, identity: Identity) -> str:
    rows = _by_name(estate, identity)
    if identity.provider == assignments.PROVIDER:
        return assignments.told(estate, rows, besides=identity.id)
    return told(rows, besides=identity.id)


def _nothing(estate: Estate, identity: Identity, answer: T, *, consent: bool = False) -> T | None:
    """The answer for one to whom nothing is bound by name; None where something, or a `consent`, may be unseen."""
    if identity.provider == assignments.PROVIDER:
        return answer if assignments.all_read(estate, identity.scope_id, consent=consent) else None
    return _absent(estate, identity, answer)


def _bindings_read(estate: Estate, policy: Policy) -> bool:
    sort = "directory_bindings" if policy.id.startswith(_DIRECTORY) else "resource_bindings"
    return estate.listed(policy.provider, sort, policy.scope_id) is True


def _everybodys(estate: Estate, scope: Scope) -> tuple[Binding, ...]:
    return estate.once(of_everybody).get(scope.id, ())


def _policy_read(estate: Estate, scope: Scope) -> bool:
    return scope.provider != _PROVIDER or estate.listed(_PROVIDER, "bindings", scope.id) is True


def _joined(estate: Estate, scope: Scope, names: set[str]) -> str | None:
    return few(sorted(names)) if names or _policy_read(estate, scope) else None


def _broadest_basic_roles(estate: Estate) -> list[str | None]:
    column: list[str | None] = []
    for identity in estate.identities:
        roles = {row.policy_id for row in held_on_scopes(estate, identity)}
        broadest = next((role for role in BASIC_ROLES if role in roles), None)
        column.append(broadest or _absent(estate, identity, ""))
    return column


def _written(estate: Estate, roles: Iterable[str]) -> list[str | None]:
    wanted = frozenset(roles)
    column: list[str | None] = []
    for identity in estate.identities:
        found = [row for row in held_on_scopes(estate, identity) if row.policy_id in wanted]
        column.append(told(found, besides=identity.id) if found else _absent(estate, identity, ""))
    return column


def _both(estate: Estate, some: frozenset[str], others: frozenset[str]) -> list[bool | None]:
    """Whether a role of each set is bound where the other one counts as well."""
    column: list[bool | None] = []
    for identity in estate.identities:
        rows = held_on_scopes(estate, identity)
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
