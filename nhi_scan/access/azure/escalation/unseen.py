"""What nobody looked at and somebody could use: the resources of subscriptions that were not collected.

Who may run commands on machines becomes those as whom they run. Where machines were not listed, none is found, and an
identity is not called ordinary without saying so. Deny assignments that were not collected give nobody more.
"""

from collections.abc import Mapping

from nhi_scan.access.azure.escalation.relevance import Relevance
from nhi_scan.access.azure.escalation.subject import Subject
from nhi_scan.access.azure.escalation.technique import EscalationCatalogue
from nhi_scan.access.azure.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import arm_ids

# On what techniques are used that is found among the resources of subscriptions.
_FOUND_THERE = frozenset({"workload", "identity", "cluster", "node_group"})
_LISTS = ("arg-resources", "arm-resources")  # one of them is enough
_TENANT = "tenant"


class Unseen:
    """Tells which subscriptions were not looked into in which somebody could do more with what is there."""

    def __init__(
        self, inventory: Inventory, places: Places, relevance: Relevance, catalogue: EscalationCatalogue
    ) -> None:
        """Take what was collected, and what is worth holding."""
        self._relevance = relevance
        self._inventory = inventory
        self._below = _unlisted(inventory, places)
        self._needed: set[int] = {relevance.bit(row.action) for row in catalogue.sensitive if row.kind != _TENANT}
        for technique in catalogue.techniques:
            for rows in technique.requires if technique.target in _FOUND_THERE else ():
                bits = 0
                for row in rows:
                    bits |= relevance.bit(row.action) if row.action else 0
                self._needed.add(bits)
        self._needed.discard(0)

    def about(self, subject: Subject, actions: int) -> str:
        """Return what was not collected that somebody could use, as a clause; empty: nothing.

        Args:
            subject: who.
            actions: a bound of what its roles give it.
        """
        if not self._below:
            return ""
        useful = 0
        for bits in self._needed:
            useful |= bits if bits & actions == bits else 0
        found: set[str] = set()
        for place, roles in subject.roles_by_place().items() if useful else ():
            below = self._below.get(place) or self._below.get(arm_ids.subscription_of(place) or "", ())
            if below and useful & self._relevance.of(roles):
                found.update(below)
        if not found:
            return ""
        first = min(found, key=lambda one: (self._called(one), one))
        more = {0: "", 1: " and one other"}.get(len(found) - 1, f" and {len(found) - 1} others")
        return f"what is in subscription {self._called(first)}{more} was not collected and may give it more"

    def _called(self, subscription: str) -> str:
        name = self._inventory.scopes[subscription].name.strip()
        return name if name and name != subscription else f"`{subscription}`"


def _unlisted(inventory: Inventory, places: Places) -> Mapping[str, tuple[str, ...]]:
    """Return the subscriptions whose resources were not listed, by every place that they are in and by themselves."""
    found: dict[str, list[str]] = {}
    for scope in inventory.scopes.values():
        if scope.provider != "azure" or scope.kind != "subscription":
            continue
        if not any(inventory.covered(scope.id, kind) is True for kind in _LISTS):
            for above in places.chain(scope.id):
                found.setdefault(above, []).append(scope.id)
    return {place: tuple(below) for place, below in found.items()}
