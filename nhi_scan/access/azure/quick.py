"""What the bits of what was collected tell of one identity, one action and one place: mostly everything."""

from typing import Final, Literal

from nhi_scan.access.azure.actions import Planes
from nhi_scan.access.azure.bounding import Bounding, Names
from nhi_scan.access.azure.holdings import Holdings
from nhi_scan.access.azure.objects import guarded
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.vaults import mode
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory

ASK: Final = "ask"
"""Only the definition can tell."""


class Quick:
    """Answers without asking the definition where the answer is the same for sure."""

    def __init__(
        self, inventory: Inventory, places: Places, planes: Planes, bounding: Bounding, holdings: Holdings
    ) -> None:
        """Take the parts of the engine."""
        self._inventory = inventory
        self.places = places
        self.planes = planes
        self.holdings = holdings
        self._bounding = bounding
        self._catalogue = bounding.catalogue

    def of(self, identity_id: str, action: str, place: str) -> Truth | Literal["ask"]:
        """Say whether an identity may do an action on a place, as if what was not collected gave nothing."""
        stack = self._bounding.stack(self._inventory.identities[identity_id])
        bit = self._catalogue.bit(action)
        granted = not bit or bool(stack.actions & bit)
        names = self._bounding.names(identity_id)
        torn = self._perhaps_taken(names, action, place)
        if torn or (not granted and stack.complete):
            return ASK if torn else False
        planes = self.planes.of(action)
        governed = [plane for plane in planes if self.places.governed(plane, place)]
        if not governed:
            return False
        around = self.around(place)
        held = [one for one in self.holdings.of(names, action) if one.place_id in around] if granted else []
        unsure = not stack.complete and any(
            one.scope_id in around
            for one in self._bounding.perhaps(identity_id, self.holdings.giving(action), governed)
        )
        if not held:
            return ASK if unsure else False
        other = "data" in governed and mode(self._inventory, self.places, place) not in ("", "rbac")
        if other or guarded(self._inventory, self.places, place):
            return ASK
        chain = self.places.chain(place)
        if any(one.state and one.place_id in chain for one in held) or (bit and self._surely(names, action, place)):
            return True
        return ASK if unsure or len(planes) == 1 else self._torn(identity_id, action, place, planes)

    def around(self, place: str) -> frozenset[str]:
        """Return a place, what is above it, and what may be."""
        return self.places.above_perhaps(place).union(self.places.chain(place))

    def _perhaps_taken(self, names: Names, action: str, place: str) -> bool:
        """Say whether an action is given where nobody knows whether that is above a place, and something may take it.

        What is surely taken there is held nowhere; whether it is taken on the place, nobody can tell either.
        """
        perhaps = self.places.above_perhaps(place) if names.profile.denied else ()
        return bool(perhaps) and any(
            binding.scope_id in perhaps
            for name, reading in names.given
            for binding, _ in self.holdings.given(name, reading, action)
        )

    def _surely(self, names: Names, action: str, place: str) -> bool:
        """Say whether an action is surely given on a place where nothing may take it away, whatever is taken beside."""
        chain, bit = self.places.chain(place), self._catalogue.bit(action)
        risky = names.profile.risky
        return any(
            gift.sure & bit and binding.scope_id in chain and not risky(place, by_role=gift.by_role) & bit
            for name, reading in names.given
            for binding, gift in self.holdings.given(name, reading, action)
        )

    def _torn(self, identity_id: str, action: str, place: str, planes: tuple[str, ...]) -> Truth | Literal["ask"]:
        """Answer about an action that may be of either plane: true where both allow it, open where one does.

        What no list of operations names is asked about thousands of times where such a list was not collected.
        """
        names = self._bounding.names(identity_id)
        if names.profile.limited(place) or self.places.above_perhaps(place):
            return ASK
        chain = self.places.chain(place)
        found: dict[str, bool] = {}
        for name, reading in names.given:
            for binding, gift in self.holdings.given(name, reading, action):
                if binding.scope_id in chain:
                    for plane in self.holdings.planes_of(gift, action):
                        found[plane] = found.get(plane, False) or gift.plain
        if not all(found.values()):
            return ASK
        return True if len(found) == len(planes) else None
