"""Small building blocks of the page's data: every repeated value once, rows that point at it by number."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Generic, TypeVar

from nhi_scan.model.identity import LastUsed, UseState

K = TypeVar("K", bound=Hashable)


class Table(Generic[K]):
    """Distinct values in order of first use, each with a number."""

    __slots__ = ("_make", "numbers", "rows")

    def __init__(self, make: Callable[[K], Any] | None = None) -> None:
        self._make = make
        self.numbers: dict[K, int] = {}
        self.rows: list[Any] = []

    def number(self, key: K) -> int:
        """Return the number of `key`, giving it the next one where it is new."""
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.rows)
            self.rows.append(key if self._make is None else self._make(key))
        return found


def seconds(moment: datetime | None) -> int | None:
    """Return a moment as whole seconds since 1970 (UTC), None where there is none."""
    return None if moment is None else int(moment.timestamp())


def last_used(use: LastUsed) -> int | list[Any] | None:
    """Return `[seconds, service, region]` or seconds alone, -1 for never, None for unknown."""
    if use.state is UseState.AT:
        at = seconds(use.at)
        return [at, use.service or "", use.region or ""] if use.service or use.region else at
    return -1 if use.state is UseState.NEVER else None


def flag(value: bool | None) -> int | None:  # noqa: FBT001 - three values, not a switch
    """Return 1, 0 or None: a third of the bytes of true, false and null spelled out."""
    return None if value is None else int(value)
