"""What a cloud says of a thing, in few bytes: many have the same names, and some values stand in the thing's own id."""

from collections.abc import Iterable
from typing import Any

from nhi_scan.report.html.columns import Table

_WORTH = 16  # characters of a value from which on saying where it stands is shorter


class Attributes:
    """Writes attributes as rows: the number of their names, then the values."""

    def __init__(self) -> None:
        """Begin with none."""
        self._shapes: Table[tuple[str, ...]] = Table()

    @property
    def shapes(self) -> list[Any]:
        """The lists of names, by number."""
        return self._shapes.rows

    def row(self, pairs: Iterable[tuple[str, str]], known: str) -> list[Any]:
        """Return the row of some attributes, empty for none.

        Args:
            pairs: names and values.
            known: what the page has of the thing anyway, `id` or `id unique_id`: a long value that stands in it is
                the place where it begins and its length.
        """
        pairs = tuple(pairs)
        if not pairs:
            return []
        return [self._shapes.number(tuple(name for name, _ in pairs)), *(_value(value, known) for _, value in pairs)]


def _value(value: str, known: str) -> str | list[int]:
    at = known.find(value) if len(value) >= _WORTH and value.isascii() and known.isascii() else -1
    return value if at < 0 else [at, len(value)]
