"""Values of CEL as Python's own, and what operators make of them. UNKNOWN swallows whatever it touches.

https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import operator
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

Value = Any
"""bool, int, float, str, bytes, None, list, dict, datetime, timedelta, or UNKNOWN."""


class Unknown:
    """What nobody can tell; also what an expression that makes no sense comes to."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()


class Beginning(NamedTuple):
    """A text of which only the beginning is known: the name of some object in a bucket."""

    text: str
    but: frozenset[str] = frozenset()  # whole texts that it is not, in small letters

    def may_be(self, other: Any) -> bool:
        """Say whether it may be another text."""
        return isinstance(other, str) and other.startswith(self.text) and other.lower() not in self.but


_KINDS: Final = (bool, (int, float), str, bytes, list, dict, datetime, timedelta, type(None))
_ORDERED: Final = ((int, float), str, bytes, datetime, timedelta, bool)


def equal(one: Value, other: Value) -> bool | Unknown:
    """`==`. Google refuses to compare values of different types, so that comes to unknown."""
    if isinstance(one, Beginning) or isinstance(other, Beginning):
        return _equal_beginnings(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return _equal_lists(one, other)
    for kind in _KINDS:
        if isinstance(one, kind):
            # In Python, True is a 1.
            same = isinstance(other, kind) and isinstance(one, bool) == isinstance(other, bool)
            return bool(one == other) if same else UNKNOWN
    return UNKNOWN


def _equal_beginnings(one: Value, other: Value) -> bool | Unknown:
    beginning, text = (one, other) if isinstance(one, Beginning) else (other, one)
    return UNKNOWN if not isinstance(text, str) or beginning.may_be(text) else False


def _equal_lists(one: Sequence[Value], other: Sequence[Value]) -> bool | Unknown:
    if len(one) != len(other):
        return False
    found: bool | Unknown = True
    for mine, its in zip(one, other, strict=True):
        same = UNKNOWN if isinstance(mine, list) else equal(mine, its)  # a list in a list: nobody writes that
        if same is False:
            return False
        if same is UNKNOWN:
            found = UNKNOWN
    return found


def contains(item: Value, container: Value) -> bool | Unknown:
    """`in`: an item of a list, a key of a map."""
    if isinstance(container, dict):
        return UNKNOWN if isinstance(item, Unknown | Beginning | list | dict) else item in container
    if not isinstance(container, list):
        return UNKNOWN
    found: bool | Unknown = False
    for other in container:
        same = equal(item, other)
        if same is True:
            return True
        if same is UNKNOWN:
            found = UNKNOWN
    return found


def below(one: Value, other: Value) -> bool | Unknown:
    """`<`."""
    for kind in _ORDERED:
        if isinstance(one, kind) and isinstance(other, kind) and isinstance(one, bool) == isinstance(other, bool):
            return bool(operator.lt(one, other))
    return UNKNOWN


def plus(one: Value, other: Value) -> Value:
    """`+`: numbers, texts, lists, times and durations."""
    for left, right in ((str, str), (list, list), (datetime, timedelta), (timedelta, datetime), (timedelta, timedelta)):
        if isinstance(one, left) and isinstance(other, right):
            return operator.add(one, other)
    return one + other if _numbers(one, other) else UNKNOWN


def minus(one: Value, other: Value) -> Value:
    """`-`: numbers, times and durations."""
    for left, right in ((datetime, timedelta), (datetime, datetime), (timedelta, timedelta)):
        if isinstance(one, left) and isinstance(other, right):
            return operator.sub(one, other)
    return one - other if _numbers(one, other) else UNKNOWN


def times(one: Value, other: Value) -> Value:
    """`*`: numbers."""
    return one * other if _numbers(one, other) else UNKNOWN


def divided(one: Value, other: Value) -> Value:
    """`/`: numbers; whole ones are cut towards zero."""
    if not _numbers(one, other) or not other:
        return UNKNOWN
    if isinstance(one, int) and isinstance(other, int):
        whole = abs(one) // abs(other)
        return whole if (one < 0) == (other < 0) else -whole
    return one / other


def remainder(one: Value, other: Value) -> Value:
    """`%`: whole numbers, with the sign of the first."""
    if not _numbers(one, other) or not isinstance(one, int) or not isinstance(other, int) or not other:
        return UNKNOWN
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


def _numbers(one: Value, other: Value) -> bool:
    return type(one) is type(other) and isinstance(one, int | float) and not isinstance(one, bool)
