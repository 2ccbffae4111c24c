"""On which places assignments may give one action: remembered for that action, since a thousand are asked about it."""

from collections.abc import Iterable, Iterator
from itertools import chain

from nhi_scan.access.azure.collect import matching
from nhi_scan.access.azure.directory import AGENTS, PLANE
from nhi_scan.access.azure.request import Request
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Binding


class Giving:
    """Finds the places, whatever conditions say."""

    def __init__(self, inventory: Inventory) -> None:
        """Take an inventory, for its roles."""
        self._inventory = inventory
        self._about = ("", "")
        self._roles: dict[str, bool] = {}
        self._of_many: dict[tuple[str, ...], frozenset[str]] = {}

    def places(self, rows: Iterable[Binding], plane: str, action: str) -> set[str]:
        """Return the places on which one of some assignments may give an action."""
        self._turn_to(plane, action)
        return {row.scope_id for row in rows if self._may(row.policy_id)}

    def places_of(self, ids: tuple[str, ...], rows: Iterable[Binding], plane: str, action: str) -> frozenset[str]:
        """Return the same of all assignments to some principals, whom many share."""
        self._turn_to(plane, action)
        found = self._of_many.get(ids)
        if found is None:
            found = self._of_many[ids] = frozenset(self.places(rows, plane, action))
        return found

    def _turn_to(self, plane: str, action: str) -> None:
        if self._about != (plane, action):
            self._about = plane, action
            self._roles = {}
            self._of_many = {}

    def _may(self, role: str) -> bool:
        known = self._roles.get(role)
        if known is None:
            plane, action = self._about
            policy = self._inventory.policies.get(role)
            known = self._roles[role] = any(
                True for asked in _wherever(plane, action) for _ in matching(policy, role, asked)
            )
        return known


def _wherever(plane: str, action: str) -> Iterator[Request]:
    """Ask about whatever object there may be: of some, permissions have other names."""
    entities = ("", *chain.from_iterable(AGENTS.values())) if plane == PLANE else ("",)
    for entity in entities:
        yield Request(
            action=action,
            plane=plane,
            chain=("/",),
            stands=_nobody_can_tell,
            role_assignable=None,
            own_entity=entity,
        )


def _nobody_can_tell(_principal: str) -> None:
    return None
