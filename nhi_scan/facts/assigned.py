"""Facts about what is assigned to whom on Azure: broad roles that stand, and application permissions.

What somebody can do in the end is told by effective access; these facts name what an administrator sees among the
assignments and has to take away. A role that has to be activated first is none that stands.
"""

from collections.abc import Callable

from nhi_scan.access.azure.strong_roles import gives_roles, opens_vault
from nhi_scan.facts import assignments
from nhi_scan.facts.actions import CONTENT_PERMISSIONS, TIER_ZERO_PERMISSIONS
from nhi_scan.facts.assignments import PROVIDER, STANDING
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import is_access_policy
from nhi_scan.facts.registry import fact
from nhi_scan.model.arm_ids import name_of
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Policy
from nhi_scan.model.scope import Scope

_NOT_READ = "what is assigned in its tenant was not collected completely"
_STANDING = (*STANDING.values(), "none")
_OWNED = ("tenant", "management_group", "subscription")
_NOBODY = "nobody who was seen"
_UNREADABLE = "its content was not collected or could not be read"


@fact("identity", "text", values=_STANDING, unknown=_NOT_READ)
def identity_standing_role(estate: Estate) -> list[str | None]:
    """The broadest of Owner, User Access Administrator and Contributor that it, or a group of it, has on Azure.

    On a subscription or above, without having to activate it; `none` for none, and on other clouds.
    """
    return [_broadest(estate, identity) for identity in estate.identities]


@fact("identity", "text", unknown=_NOT_READ)
def identity_standing_roles(estate: Estate) -> list[str | None]:
    """These roles, with where it has them: `Contributor on subscription Production`."""
    return _written(estate, lambda identity: assignments.standing(estate, identity))


@fact("identity", "boolean")
def identity_local_contributor(estate: Estate) -> list[bool]:
    """Whether its way without a target is what Contributor of a resource group, or of less, always has.

    False for one who has a role besides that gives out roles.
    """
    return [_contributes(estate, identity) for identity in estate.identities]


@fact("identity", "text", unknown=_NOT_READ)
def identity_tier_zero_permissions(estate: Estate) -> list[str | None]:
    """The application permissions that it has which lead to control of the whole directory."""
    return _written(estate, lambda identity: _permissions(estate, identity, TIER_ZERO_PERMISSIONS))


@fact("identity", "text", unknown=_NOT_READ)
def identity_content_permissions(estate: Estate) -> list[str | None]:
    """The application permissions that it has which open the mail, files or chats of everybody in the tenant."""
    return _written(estate, lambda identity: _permissions(estate, identity, CONTENT_PERMISSIONS))


@fact("identity", "text", unknown=_NOT_READ)
def identity_strong_grants(estate: Estate) -> list[str | None]:
    """These roles and permissions together; where none of them stands out, all that is assigned to it by name."""
    return _written(estate, lambda identity: _strong(estate, identity))


@fact("scope", "integer", unknown="its role assignments were not collected completely")
def scope_owner_count(estate: Estate) -> list[int | None]:
    """How many principals have the role Owner on a subscription or a management group, or above it, at all times."""
    return [_owner_count(estate, scope) for scope in estate.scopes]


@fact("scope", "integer")
def scope_owners_above(estate: Estate) -> list[int]:
    """How many of them are known to have it on what is above."""
    return [_owners_above(estate, scope) for scope in estate.scopes]


@fact("scope", "text")
def scope_place(estate: Estate) -> list[str]:
    """What a command of Azure names it by: its id, `/` for a tenant."""
    return ["/" if scope.kind == "tenant" else scope.id for scope in estate.scopes]


@fact("policy", "boolean", unknown=_UNREADABLE)
def policy_gives_roles(estate: Estate) -> list[bool | None]:
    """Whether whoever has this role of Azure may give roles to anybody, whatever they are, without a condition."""
    return [_is_role(policy) and gives_roles(policy) for policy in estate.policies]


@fact("policy", "boolean", unknown=_UNREADABLE)
def policy_opens_vault(estate: Estate) -> list[bool | None]:
    """Whether it is an entry of a key vault's access policy that reads, replaces and destroys all that is in it."""
    return [is_access_policy(policy.id) and opens_vault(policy) for policy in estate.policies]


@fact("policy", "text")
def policy_vault(estate: Estate) -> list[str]:
    """The id of the key vault that it is an entry of the access policy of; empty for anything else."""
    return [policy.id.partition("#")[0] if is_access_policy(policy.id) else "" for policy in estate.policies]


@fact("policy", "text")
def policy_vault_name(estate: Estate) -> list[str]:
    """The name of that key vault."""
    return [name_of(policy.id.partition("#")[0]) if is_access_policy(policy.id) else "" for policy in estate.policies]


@fact("policy", "text")
def policy_holders(estate: Estate) -> list[str]:
    """Whom a customer's role is assigned to, by name; the first few and how many more, or `nobody who was seen`."""
    bound = estate.inventory.bindings_to
    return [
        "" if policy.managed_by_provider else assignments.holders(estate, bound.get(policy.id, ())) or _NOBODY
        for policy in estate.policies
    ]


def _contributes(estate: Estate, identity: Identity) -> bool:
    privilege = estate.privileges.get(identity.id)
    if identity.provider != PROVIDER or privilege is None or privilege.level != "latent":
        return False
    inventory = estate.inventory
    rows = [inventory.bindings.get(ref.binding_id) for step in privilege.path for ref in step.statements]
    policies = [inventory.policies[row.policy_id] for row in assignments.held(estate, identity)]
    return (
        bool(rows)
        and all(row is not None and row.policy_id == assignments.CONTRIBUTOR for row in rows)
        and not any(_is_role(policy) and gives_roles(policy) is not False for policy in policies)
    )


def _broadest(estate: Estate, identity: Identity) -> str | None:
    if identity.provider != PROVIDER:
        return "none"
    found = {row.policy_id for row in assignments.standing(estate, identity)}
    role = next((word for policy_id, word in STANDING.items() if policy_id in found), None)
    return role or ("none" if assignments.all_read(estate, identity.scope_id) else None)


def _permissions(estate: Estate, identity: Identity, wanted: frozenset[str]) -> list[Binding]:
    return assignments.permissions(estate, identity, wanted.__contains__)


def _strong(estate: Estate, identity: Identity) -> list[Binding]:
    rows = assignments.standing(estate, identity) + _permissions(estate, identity, assignments.STRONG_PERMISSIONS)
    return rows or list(assignments.assigned(estate, identity.id))


def _written(estate: Estate, of: Callable[[Identity], list[Binding]]) -> list[str | None]:
    column: list[str | None] = []
    for identity in estate.identities:
        rows = of(identity) if identity.provider == PROVIDER else []
        told = assignments.told(estate, rows, besides=identity.id)
        known = identity.provider != PROVIDER or assignments.all_read(estate, identity.scope_id)
        column.append(told if told or known else None)
    return column


def _owner_count(estate: Estate, scope: Scope) -> int | None:
    if scope.kind not in _OWNED:
        return 0
    names = {row.principal_id for row in assignments.owners(estate, scope.id)}
    return len(names) or (0 if estate.listed(PROVIDER, "resource_bindings", scope.id) is True else None)


def _owners_above(estate: Estate, scope: Scope) -> int:
    above = estate.inventory.scopes.get(scope.parent_id or "") if scope.kind in _OWNED else None
    return (_owner_count(estate, above) or 0) if above is not None else 0


def _is_role(policy: Policy) -> bool:
    return policy.provider == PROVIDER and policy.kind == "role"
