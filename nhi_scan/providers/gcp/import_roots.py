"""Of what an import is an export: the lowest scope that everything in it lies below.

What the files hold is complete for that scope and not for what is beside or above it.
"""

from collections.abc import Sequence

_NOWHERE = "organizations/unknown"


class Roots:
    """Finds the root of each record."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._asked: set[str] = set()  # scopes that were asked by themselves
        self._common: dict[str, tuple[str, ...]] = {}  # top scope -> what all lines below it begin with, from the top

    def given(self, scope: str) -> None:
        """Note a scope that the user names; it goes before what the files say."""
        if scope:
            self._given.add(scope)

    def saw(self, line: Sequence[str], scope: str) -> None:
        """Note what a record lies in, from the nearest scope upwards."""
        if not line or scope:
            return
        down = tuple(reversed(line))
        known = self._common.get(down[0])
        self._common[down[0]] = down if known is None else _shared(known, down)

    def asked(self, scope: str) -> None:
        """Note a scope that was asked by itself; what nothing else places is of these."""
        if scope:
            self._asked.add(scope)

    def all(self) -> tuple[str, ...]:
        """All roots, sorted."""
        found = {common[-1] for common in self._common.values()} | self._given
        return tuple(sorted(found or self._asked)) or (_NOWHERE,)

    def of(self, line: Sequence[str]) -> str:
        """The root of a record; of one that does not say where it lies, the first of all."""
        common = self._common.get(line[-1]) if line else None
        return self.all()[0] if common is None else common[-1]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        length += 1
    return one[:length]
