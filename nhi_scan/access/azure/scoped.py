"""What a directory role can be about that is assigned on an administrative unit or on one object, and not everywhere.

An administrative unit holds users, groups and devices, and nothing else; a role on one is for what it holds and not for
the unit itself, nor for anything of the whole organization
(https://learn.microsoft.com/entra/identity/role-based-access-control/administrative-units,
https://learn.microsoft.com/entra/identity/role-based-access-control/assign-roles-different-scopes). A role on an object
is for that object: User Administrators have permissions on grants and service principals too, which give nothing there.
Nobody creates an application on one that is there
(https://learn.microsoft.com/entra/identity/role-based-access-control/custom-available-permissions#create-and-delete).
"""

from typing import Final, Literal

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Binding

Kind = Literal["", "unit", "application", "service_principal", "group", "user"]

OWNER_ROLES: Final = "directory/owners/"
"""How the ids of roles begin that stand for owning an object."""
_UNIT: Final = "/administrativeunits/"
_DIRECTORY: Final = "microsoft.directory/"
_CREATE: Final = "create"
_DELETED: Final = "deleteditems"
_OF_UNITS: Final = frozenset(
    {
        "users", "agentusers", "groups", "groupsassignabletoroles", "devices", "bitlockerkeys",
        "devicelocalcredentials", "contacts", "bulkjobs", "allentities",
    }
)  # fmt: skip
_ENTITIES: Final[dict[Kind, frozenset[str]]] = {
    "unit": _OF_UNITS,
    "application": frozenset({"applications", "agentidentityblueprints", "allentities"}),
    "service_principal": frozenset(
        {"serviceprincipals", "agentidentities", "agentidentityblueprintprincipals", "allentities"}
    ),
    "group": frozenset({"groups", "groupsassignabletoroles", "allentities"}),
    "user": frozenset({"users", "agentusers", "allentities"}),
}
_KINDS: Final[dict[str, Kind]] = {
    "app": "application",
    "user": "user",
    "agent_user": "user",
    "service_principal": "service_principal",
    "managed_identity": "service_principal",
    "agent_identity": "service_principal",
}


def kind_of(inventory: Inventory, place: str) -> Kind:
    """Tell what kind of place of the directory a place is; empty where nobody knows, and for the tenant."""
    if place.startswith(_UNIT):
        return "unit"
    resource = inventory.resources.get(place)
    if resource is not None and resource.kind == "application":
        return "application"
    group = inventory.groups.get(place)
    if group is not None and group.kind == "entra_group":
        return "group"
    identity = inventory.identities.get(place)
    return _KINDS.get(identity.kind, "") if identity is not None and identity.provider == "azure" else ""


def kind_at(binding: Binding, kind: Kind) -> Kind:
    """Tell on what kind of place an assignment is; empty where that limits nothing.

    Args:
        binding: the assignment. What owners may do is said for what they own.
        kind: of the object that it is on, where it is on one.
    """
    if binding.policy_id.startswith(OWNER_ROLES):
        return ""
    return "unit" if binding.scope_id.startswith(_UNIT) else kind


def concerns(kind: Kind, action: str) -> bool:
    """Say whether an action can be about what a role is assigned on.

    Args:
        kind: of the place that it is assigned on; of one that nobody knows, anything can be.
        action: of the directory, in any case. Those of other services (`microsoft.office365...`) are left to them.
    """
    name = action.lower()
    if not kind or not name.startswith(_DIRECTORY):
        return True
    entity, _, rest = name.removeprefix(_DIRECTORY).partition("/")
    bare, _, part = entity.partition(".")
    if bare == _DELETED:
        bare = part
    if bare not in _ENTITIES[kind]:
        return False
    return kind == "unit" or not rest.startswith(_CREATE)
