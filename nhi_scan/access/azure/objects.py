"""What is known of an object of the directory when somebody asks to change it."""

from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.scoped import OWNER_ROLES
from nhi_scan.access.azure.seen import Seen
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Binding

_SINGLE_TENANT = "azureadmyorg"
_MINE = frozenset({"myorganization"})
_TRUTHS = {"true": True, "false": False}
_BLUEPRINTS = "agentIdentityBlueprints"


def own_entity(inventory: Inventory, place: str) -> str:
    """Name what permissions of directory roles call an agent's object; empty for everything that is none of an agent's.

    A blueprint is an application, and its principal and its agents are service principals, but roles have permissions
    of their own for each: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference#agent-id-administrator
    """
    resource, identity = inventory.resources.get(place), inventory.identities.get(place)
    if resource is not None and resource.kind == "application":
        return _BLUEPRINTS if _is_blueprint(resource.attributes) else ""
    if identity is None or identity.provider != "azure":
        return ""
    if identity.kind == "agent_identity":
        return "agentIdentities"
    if not _is_blueprint(identity.attributes):
        return ""
    return _BLUEPRINTS if identity.kind == "app" else "agentIdentityBlueprintPrincipals"


def guarded(inventory: Inventory, places: Places, place: str) -> bool:
    """Say whether a place is an object that not every permission for things of its kind reaches."""
    return bool(places.restricted(place) or own_entity(inventory, place) or by_rule(inventory, place))


def by_rule(inventory: Inventory, place: str) -> bool:
    """Say whether a place is a group whose members a rule chooses: nobody else adds any, or removes any."""
    group = inventory.groups.get(place)
    return group is not None and group.kind == "entra_group" and dict(group.attributes).get("dynamic") == "true"


def _is_blueprint(attributes: tuple[tuple[str, str], ...]) -> bool:
    return dict(attributes).get("agent_blueprint") == "true"


class Objects:
    """Tells who owns an object, which kind of application it is, whether a group may be given directory roles."""

    def __init__(self, inventory: Inventory, places: Places, members: Members, seen: Seen) -> None:
        """Index who owns what."""
        self._inventory = inventory
        self._places = places
        self._members = members
        self._seen = seen
        self._owners: dict[str, list[Binding]] = {}
        for row in inventory.bindings.values():
            if row.policy_id.startswith(OWNER_ROLES):
                self._owners.setdefault(row.scope_id, []).append(row)

    def owned(self, place: str, identity_id: str) -> Truth:
        """Say whether an identity owns an object; None also where no single object is asked about."""
        if not self._places.is_object(place):
            return None
        stands = self._members.stands
        states = [(stands(row.principal_id, identity_id), row.eligible) for row in self._owners.get(place, ())]
        if (True, False) in states:
            return True
        perhaps = any(holds is not False for holds, _ in states)
        return False if self._seen.owners_known(place) and not perhaps else None

    def role_assignable(self, place: str) -> Truth:
        """Say whether a place is a group that directory roles can be given to; fixed when it is made.

        https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
        """
        group = self._inventory.groups.get(place)
        if group is None or group.kind != "entra_group":
            return False
        told = dict(group.attributes)
        # Microsoft says nothing of a group that never was one; of a group that nobody read nothing is said at all.
        return _TRUTHS.get(told.get("role_assignable", "false" if told else ""))

    def parts(self, place: str) -> frozenset[str] | None:
        """Name the parts of its kind that an object belongs to: `myOrganization`, for what only this tenant uses.

        https://learn.microsoft.com/entra/identity/role-based-access-control/custom-available-permissions
        """
        resource = self._inventory.resources.get(place)
        if resource is None or resource.kind != "application":
            return None
        audience = dict(resource.attributes).get("sign_in_audience", "").lower()
        if not audience:
            return None
        return _MINE if audience == _SINGLE_TENANT else frozenset()
