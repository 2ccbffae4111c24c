"""Which techniques a role may be about: a quick bound, so that what nobody holds is never asked about."""

from collections.abc import Iterable

from nhi_scan.access.azure.actions import Planes, covers
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Policy

_WILD = "*"
_LITERAL = frozenset({"control", "data", "app_role", "delegated"})
"""Planes in which a pattern without a wildcard stands for nothing but itself."""


class Relevance:
    """Sets of actions that roles may give, as bits over the actions that somebody asks about."""

    def __init__(self, inventory: Inventory, actions: Iterable[str]) -> None:
        """Number the actions."""
        self._inventory = inventory
        names = sorted({action.lower() for action in actions})
        self._bit = {name: 1 << i for i, name in enumerate(names)}
        planes = Planes(inventory)
        self._of_plane: dict[str, list[str]] = {}
        for name in names:
            for plane in planes.of(name):
                self._of_plane.setdefault(plane, []).append(name)
        self._patterns: dict[tuple[str, str], int] = {}
        self._policies: dict[str, int] = {}

    def bit(self, action: str) -> int:
        """Return the bit of one action."""
        return self._bit[action.lower()]

    def of(self, policy_ids: Iterable[str]) -> int:
        """Return the actions that some roles may give: not fewer than they do, whatever they are given on."""
        found = 0
        for id_ in policy_ids:
            mask = self._policies.get(id_)
            if mask is None:
                policy = self._inventory.policies.get(id_)
                mask = self._policies[id_] = self._policy(policy) if policy is not None else 0
            found |= mask
        return found

    def _policy(self, policy: Policy) -> int:
        found = 0
        for row in policy.statements:
            given = taken = 0
            for pattern in row.actions:
                given |= self._pattern(row.plane, pattern)
            for pattern in row.not_actions:
                taken |= self._pattern(row.plane, pattern)
            found |= given & ~taken
        return found

    def _pattern(self, plane: str, pattern: str) -> int:
        low = pattern.lower()
        if plane in _LITERAL and _WILD not in low:
            return self._bit.get(low, 0)
        key = (plane, low)
        if key not in self._patterns:
            mask = 0
            for name in self._of_plane.get(plane, ()):
                if covers(plane, low, name):
                    mask |= self._bit[name]
            self._patterns[key] = mask
        return self._patterns[key]
