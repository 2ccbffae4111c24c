"""What conditions leave of a set of actions, as far as the clock and the action alone tell.

Most conditions of role assignments begin with `!(ActionMatches{...})`: they concern a few actions, and are met for all
others (https://learn.microsoft.com/azure/role-based-access-control/conditions-format#actions).
"""

from collections.abc import Callable, Iterable
from typing import Final

from nhi_scan.access.azure.actions import covers
from nhi_scan.access.azure.catalogue import AzureCatalogue
from nhi_scan.access.azure.conditions import ACTION, ASSIGNING, reads
from nhi_scan.access.azure.conditions.tokens import tokens
from nhi_scan.access.combine import Truth
from nhi_scan.model.policy import Condition

_LANGUAGE: Final = "ABAC"
_MOST_CLASSES: Final = 64


class Settling:
    """Splits sets of actions by conditions, each distinct condition and set once."""

    def __init__(self, catalogue: AzureCatalogue, holds: Callable[[Condition, str], Truth]) -> None:
        """Take what is needed.

        Args:
            catalogue: what the bits stand for.
            holds: says whether a condition is met for an action, whatever else is asked.
        """
        self._catalogue = catalogue
        self._holds = holds
        self._found: dict[tuple[Condition, int], tuple[int, int]] = {}
        self._patterns: dict[str, int] = {}

    def split(self, conditions: Iterable[Condition], mask: int) -> tuple[int, int]:
        """Return those actions of a set for which conditions are all surely met, and those for which they may be."""
        sure = may = mask
        for condition in conditions:
            certain, possible = self._split(condition, mask)
            sure &= certain
            may &= possible
        return sure, may

    def _split(self, condition: Condition, mask: int) -> tuple[int, int]:
        found = self._found.get((condition, mask))
        if found is None:
            sure = may = 0
            for alike in self._alike(condition, mask):
                holds = self._holds(condition, self._catalogue.names[(alike & -alike).bit_length() - 1])
                sure |= alike if holds else 0
                may |= alike if holds is not False else 0
            found = self._found[condition, mask] = sure, may
        return found

    def _alike(self, condition: Condition, mask: int) -> list[int]:
        """Part a set so that a condition says the same for all actions of each part."""
        parts = [mask] if mask else []
        expression = condition.values[0] if condition.operator == _LANGUAGE and condition.values else ""
        if ACTION not in reads(expression):
            return parts
        words = [one.text for one in tokens(expression) or () if one.kind in ("string", "word")]
        for text in (*ASSIGNING, *[text for text in words if "/" in text or "*" in text]):
            covered = self._covered(text)
            parts = [one for part in parts for one in (part & covered, part & ~covered) if one]
            if len(parts) > _MOST_CLASSES:
                return [bit for part in parts for bit in _bits(part)]
        return parts

    def _covered(self, pattern: str) -> int:
        found = self._patterns.get(pattern)
        if found is None:
            catalogue = self._catalogue
            if "*" not in pattern:
                found = catalogue.exactly((pattern,))
            elif "?" in pattern:  # a letter here, and a wildcard there
                found = catalogue.exactly([name for name in catalogue.names if covers("control", pattern, name)])
            else:
                found = catalogue.mask(pattern)
            self._patterns[pattern] = found
        return found


def _bits(mask: int) -> Iterable[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
