"""Places: what roles are assigned on, and what lies in what.

Resource Manager's places are the tenant (`/`), management groups, subscriptions, resource groups, resources and their
parts; an assignment counts on everything below: https://learn.microsoft.com/azure/role-based-access-control/scope-overview.
The directory's are the tenant (`/` again), administrative units, and single objects by their ids
(https://learn.microsoft.com/entra/identity/role-based-access-control/custom-overview#scope). An application and its
service principal are two objects.
"""

import re

from nhi_scan.inventory.build import Inventory
from nhi_scan.model import arm_ids
from nhi_scan.model.errors import UserError

_MOST_REMEMBERED = 1 << 18
_DEEPEST = 20  # management groups nest six deep; a crafted import may hold a ring
_UNIT = "/administrativeunits/"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_ARM = re.compile(r"/(?:subscriptions|providers)/[^/]")
_PROVIDER = "azure"
_TENANTS = "/tenants/"
_SUBSCRIPTIONS = "/subscriptions/"
ARM_PLANES = frozenset({"control", "data"})


class Places:
    """The tree of places of an inventory. Whatever is asked about is named by its canonical id."""

    def __init__(self, inventory: Inventory) -> None:
        """Take an inventory, whose scopes and administrative units make the tree."""
        self._inventory = inventory
        scopes = [scope for scope in inventory.scopes.values() if scope.provider == _PROVIDER]
        self.tenants = tuple(sorted(scope.id for scope in scopes if scope.kind == "tenant"))
        self._groups = frozenset(scope.id for scope in scopes if scope.kind == "management_group")
        self._bound = frozenset(row.scope_id for row in inventory.bindings.values())
        self._units: dict[str, list[str]] = {}
        self._restricted: dict[str, set[str]] = {}
        for group in inventory.groups.values():
            if group.provider == _PROVIDER and group.kind == "administrative_unit":
                restricted = dict(group.attributes).get("restricted") == "true"
                for member in group.member_ids:
                    self._units.setdefault(member, []).append(group.id)
                    if restricted:
                        self._restricted.setdefault(member, set()).add(group.id)
        self._chains: dict[str, tuple[str, ...]] = {}
        self._perhaps: dict[str, frozenset[str]] = {}

    def resolve(self, text: str) -> str:
        """Return the canonical id of a place that somebody asks about.

        Args:
            text: in any case: `/` where there is one tenant; an id of a scope or a resource; the object id of an
                application, a service principal, a group or a user; `/administrativeUnits/<id>`; a tenant's own id.

        Raises:
            UserError: it is none that can be named.
        """
        if self.known(text):  # also where a crafted import spells it as nobody does
            return text
        place = self.canonical(text)
        if self.known(place) or _ARM.match(place):
            return place
        raise UserError(f"`{text}` is no place of Azure that the snapshot knows, and no id of a resource")

    def canonical(self, text: str) -> str:
        """Return the one spelling of a place's id; what is none comes back as it is, in lower case."""
        bare = text.strip().strip("/").lower()
        if not bare and text.strip():
            return self.tenants[0] if len(self.tenants) == 1 else "/"
        if _GUID.match(bare):
            whole = arm_ids.tenant(bare)
            return whole if whole in self.tenants else bare
        return "/" + bare if bare else ""

    def known(self, place: str) -> bool:
        """Say whether the inventory has a record of a place, or something is assigned on it."""
        inventory = self._inventory
        return (
            place in inventory.scopes
            or place in inventory.identities
            or place in inventory.groups
            or place in inventory.resources
            or place in inventory.workloads
            or place in self._bound
        )

    def chain(self, place_id: str) -> tuple[str, ...]:
        """Return the places from the outermost down to this one, which is the last. Never empty.

        Of a resource: tenant, management groups, subscription, resource group, resource. Of an object of the
        directory: tenant, the administrative units that hold it, itself. What nobody knows the tenant of is without
        one, unless the inventory has only one tenant.
        """
        found = self._chains.get(place_id)
        if found is None:
            if len(self._chains) >= _MOST_REMEMBERED:
                self._chains.clear()
            found = self._chains[place_id] = self._chain(place_id)
        return found

    def complete(self, place: str) -> bool:
        """Say whether everything above a place is known, up to its tenant."""
        chain = self.chain(place)
        top = next((one for one in chain if one not in self.tenants), place)
        if not top.startswith(_SUBSCRIPTIONS) and not arm_ids.is_management_group(top):
            return chain[0] in self.tenants
        scope = self._inventory.scopes.get(top)
        return scope is not None and (scope.parent_id == "" or scope.parent_id in self.tenants)

    def above_perhaps(self, place: str) -> frozenset[str]:
        """Name the management groups and tenants that may stand above a place, and of which nobody knows whether."""
        found = self._perhaps.get(place)
        if found is None:
            found = self._perhaps[place] = self._find_perhaps(place)
        return found

    def _find_perhaps(self, place: str) -> frozenset[str]:
        chain = self.chain(place)
        if self.complete(place):
            return frozenset()
        own = self._groups.intersection(chain)
        below = [one for one in self._groups if not own.isdisjoint(self.chain(one)[:-1])]
        return (self._groups | frozenset(self.tenants)).difference(chain, below)

    def subscription_of(self, place: str) -> str:
        """Return the subscription that a place is in or is; empty where it is in none."""
        return arm_ids.subscription_of(place)

    def in_directory(self, place: str) -> bool:
        """Say whether a place is an object of the directory or an administrative unit, and nothing of Azure's."""
        return bool(_GUID.match(place)) or place.startswith(_UNIT)

    def is_object(self, place: str) -> bool:
        """Say whether a place is one object of the directory: an application, a group, a user, a service principal."""
        return bool(_GUID.match(place))

    def restricted(self, place: str) -> frozenset[str]:
        """Name the administrative units that keep an object from being changed by anybody but their own administrators.

        https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
        """
        return frozenset(self._restricted.get(place, ()))

    def governed(self, plane: str, place: str) -> bool:
        """Say whether what a plane's actions are about can be at a place: the tenant is of all of them."""
        if place in self.tenants or place == "/" or place.startswith(_TENANTS):
            return True
        return self.in_directory(place) != (plane in ARM_PLANES)

    def _chain(self, place: str) -> tuple[str, ...]:
        if place in self.tenants or place.startswith(_TENANTS):
            return (place,)
        if self.in_directory(place):
            tenant = self._tenant_of_object(place)
            units = set(self._units.get(place, ())) - {tenant, place}
            return (*((tenant,) if tenant else ()), *sorted(units), place)
        steps = arm_ids.lineage(place)
        above = self._above(steps)
        return (*above, *steps)

    def _above(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """What is known to stand above the outermost part of a resource's own id."""
        found: list[str] = []
        seen = set(steps)  # a crafted import may say that a place lies in what lies in it
        scope = self._inventory.scopes.get(steps[0])
        parent = scope.parent_id if scope is not None else None
        while parent and parent not in seen and len(found) < _DEEPEST:
            seen.add(parent)
            found.append(parent)
            scope = self._inventory.scopes.get(parent)
            parent = scope.parent_id if scope is not None else None
        if parent == steps[0] or parent in found:
            _open_ring(steps[0], found, parent)
        if len(self.tenants) == 1 and self.tenants[0] not in seen:
            found.append(self.tenants[0])
        return tuple(reversed(found))

    def _tenant_of_object(self, place: str) -> str:
        inventory = self._inventory
        resource = inventory.resources.get(place)
        for thing in (inventory.identities.get(place), inventory.groups.get(place), resource):
            # A crafted import may say that one object lies in another, and that in the first.
            if thing is not None and thing.scope_id and not self.in_directory(thing.scope_id):
                top = self.chain(thing.scope_id)[0]
                if top in self.tenants:
                    return top
        return self.tenants[0] if len(self.tenants) == 1 else ""


def _open_ring(start: str, found: list[str], again: str) -> None:
    """Cut what is above a place where a ring begins, so that of two places in one only one is above the other.

    Args:
        start: the place.
        found: what is above it, innermost first; cut.
        again: the place that would come next, which is one of these already.
    """
    whole = [start, *found]
    top = min(whole[whole.index(again) :])
    del found[whole.index(top) :]
