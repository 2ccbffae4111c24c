"""Which techniques somebody may use, found without asking about one of them: from its roles, and where it has them."""

from collections.abc import Mapping, Sequence

from nhi_scan.access.azure.escalation.families import Families
from nhi_scan.access.azure.escalation.relevance import Relevance
from nhi_scan.access.azure.escalation.sets import Sets
from nhi_scan.access.azure.escalation.subject import Subject
from nhi_scan.access.azure.escalation.technique import Alternative, Technique

ABOUT_PLACES = frozenset({"place", "directory", "root", "own_role"})
"""The targets of techniques that are about a place or the directory, and not about whom one becomes."""

_NOWHERE = frozenset({"none", "approval"})


class Candidates:
    """Bounds, as bits over the techniques of a catalogue."""

    def __init__(self, techniques: Sequence[Technique], relevance: Relevance, families: Families, sets: Sets) -> None:
        """Take the techniques."""
        self._techniques = techniques
        self._relevance = relevance
        self._sets = sets
        self._needed = [(i, row, [self._bits(rows) for rows in row.requires]) for i, row in enumerate(techniques)]
        self._names = frozenset[str]().union(*[row.roles for row in techniques])
        self._usable: dict[tuple[int, frozenset[str]], list[tuple[int, Technique]]] = {}
        leading = [
            (i, row) for i, row in enumerate(techniques) if row.yields != "latent" and row.target not in _NOWHERE
        ]
        self._targeted = [(1 << i, self._on_target(row), row.roles) for i, row in leading]
        self._anyhow = sum(1 << i for i, row in leading if row.target in ABOUT_PLACES)
        self._by_family: dict[str, int] = {}
        for i, row in leading:
            if row.target not in ABOUT_PLACES:
                family = families.of(row)
                self._by_family[family] = self._by_family.get(family, 0) | 1 << i
        self._by_roles: dict[frozenset[str], int] = {}
        self._by_place: dict[str, int] = {}
        self._numbers: dict[int, tuple[int, ...]] = {}

    def usable(self, actions: int, roles: frozenset[str]) -> list[tuple[int, Technique]]:
        """Return the techniques of which an alternative may be held somewhere.

        Args:
            actions: what the roles may give.
            roles: their ids.
        """
        key = (actions, roles & self._names)
        found = self._usable.get(key)
        if found is None:
            found = self._usable[key] = [
                (i, row)
                for i, row, alternatives in self._needed
                if any(
                    all(bits & actions if bits else one.role in roles for bits, one in zip(masks, rows, strict=True))
                    for masks, rows in zip(alternatives, row.requires, strict=True)
                )
            ]
        return found

    def near(self, subject: Subject) -> Mapping[int, tuple[str, ...]]:
        """Return by technique the places where something of it may be held, and on or below which a target lies."""
        found: dict[int, list[str]] = {}
        for place, roles in subject.roles_by_place().items():
            for i in self._split(self._of_roles(roles) & (self._of_place(place) | self._anyhow)):
                found.setdefault(i, []).append(place)
        return {i: tuple(places) for i, places in found.items()}

    def _of_roles(self, roles: frozenset[str]) -> int:
        found = self._by_roles.get(roles)
        if found is None:
            actions = self._relevance.of(roles)
            found = sum(bit for bit, mask, names in self._targeted if mask & actions or not names.isdisjoint(roles))
            self._by_roles[roles] = found
        return found

    def _of_place(self, place: str) -> int:
        found = self._by_place.get(place)
        if found is None:
            found = 0
            for family, mask in self._by_family.items():
                if self._sets.present(family, place):
                    found |= mask
            self._by_place[place] = found
        return found

    def _split(self, mask: int) -> tuple[int, ...]:
        found = self._numbers.get(mask)
        if found is None:
            found = self._numbers[mask] = tuple(i for i in range(len(self._techniques)) if mask >> i & 1)
        return found

    def _on_target(self, technique: Technique) -> int:
        found = 0
        for rows in technique.requires:
            for one, bits in zip(rows, self._bits(rows), strict=True):
                if one.at == "target":
                    found |= bits
        return found

    def _bits(self, rows: Alternative) -> list[int]:
        """Return the action of each requirement; 0 for a role."""
        return [self._relevance.bit(one.action) if one.action else 0 for one in rows]
