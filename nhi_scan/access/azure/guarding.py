"""Objects of the directory that not every permission for things of their kind reaches: what is above them is not whole.

Members of restricted administrative units
(https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management) and objects of
agents, for which roles have permissions of their own.
"""

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.catalogue import AzureCatalogue
from nhi_scan.access.azure.objects import own_entity
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.scoped import concerns
from nhi_scan.inventory.build import Inventory

_READ = "/read"


class Guarding:
    """Tells which actions do not reach everything in a place."""

    def __init__(self, inventory: Inventory, places: Places, catalogue: AzureCatalogue) -> None:
        """Find the objects; there are few."""
        names = [
            name for name in catalogue.expand(catalogue.planes[directory.PLANE]) if not name.lower().endswith(_READ)
        ]
        changing = catalogue.exactly([name for name in names if concerns("unit", name)])
        of_agents = catalogue.exactly([name for name in names if directory.of_agents(name)])
        self._within: dict[str, int] = {}
        for object_id in (*inventory.identities, *inventory.groups, *inventory.resources):
            mask = changing if places.restricted(object_id) else 0
            mask = mask or (of_agents if own_entity(inventory, object_id) else 0)
            for above in places.chain(object_id) if mask else ():
                self._within[above] = self._within.get(above, 0) | mask

    def within(self, place: str) -> int:
        """Return the actions that may not reach a place or something in it."""
        return self._within.get(place, 0)
