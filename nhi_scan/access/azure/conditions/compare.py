"""Comparisons of values, each unknown where a value is not of its type.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format#boolean-comparison-operators and on
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import NamedTuple

from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.match import expression

_CACHE = 1 << 12
_GUID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?\Z", re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]00:00)?\Z", re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?Z?\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,18}\Z")
_QUANTIFIED = re.compile(r"For(Any|All)Of(Any|All)Values:(\w+)\Z", re.IGNORECASE)
_MOST_COMPARED = 1 << 16  # pairs of values: Azure's own limit of a condition is 8 KB
_FRACTION = 9  # digits to which fractions of seconds are filled up

Compare = Callable[[str, str], Truth]


class Unknown:
    """What stands for something that cannot be read."""


class Operator(NamedTuple):
    """One operator: how two values compare, and over which values of either side."""

    compare: Compare
    negated: bool
    left: str = ""  # `any` or `all`; empty: each side has one value
    right: str = ""
    same: Compare | None = None  # whether two values are equal; None: it is about something else

    def holds(self, left: tuple[str, ...], right: tuple[str, ...]) -> Truth:
        """Compare the values of both sides.

        An attribute that is missing meets no comparison. Whether it meets a negated one, or one over all of its
        values, no page says.
        """
        if not left or not right:
            return None if self.negated or "all" in (self.left, self.right) else False
        if len(left) * len(right) > _MOST_COMPARED:
            return None
        if not self.left:
            return self.compare(left[0], right[0]) if len(left) == len(right) == 1 else None
        rows = [_over(self.right, [self.compare(one, other) for other in right]) for one in left]
        return _over(self.left, rows)

    def whatever(self, right: tuple[str, ...]) -> Truth:
        """Say what comes of any one value on the left; None where that depends on the value.

        No value equals two that differ, and each differs from one of them: `ForAnyOfAnyValues:GuidNotEquals` with two
        roles keeps nobody from giving either. An example of Microsoft's had it so before it became
        `ForAnyOfAllValues:GuidNotEquals`
        (https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples).
        """
        same = self.same
        if same is None or self.right != ("any" if self.negated else "all"):
            return None
        return self.negated if any(same(right[0], other) is False for other in right[1:]) else None


@lru_cache(maxsize=_CACHE)
def operator(name: str) -> Operator | None:
    """Return an operator by its name, in any case; None where there is no such one."""
    quantified = _QUANTIFIED.match(name)
    left, right, plain = ("", "", name)
    if quantified is not None:
        left, right, plain = quantified[1].lower(), quantified[2].lower(), quantified[3]
    plain = plain.lower()
    positive = plain.replace("not", "", 1)
    negated = positive != plain
    compare = _COMPARISONS.get(positive)
    if compare is None or (negated and positive not in _NEGATABLE):
        return None
    same = compare if positive in _EQUALITIES else None
    return Operator(_negation(compare) if negated else compare, negated, left, right, same)


def _over(quantifier: str, truths: list[Truth]) -> Truth:
    return either(*truths) if quantifier == "any" else both(*truths)


def _negation(compare: Compare) -> Compare:
    def negated(one: str, other: str) -> Truth:
        found = compare(one, other)
        return None if found is None else not found

    return negated


def _folded(compare: Compare) -> Compare:
    return lambda one, other: compare(one.casefold(), other.casefold())


def _like(one: str, pattern: str) -> Truth:
    return _pattern(pattern).match(one) is not None


@lru_cache(maxsize=_CACHE)
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compile `*` and `?`, which a backslash takes literally."""
    parts = [(part[1:], False) if part[:1] == "\\" and len(part) > 1 else (part, True) for part in _pieces(pattern)]
    return re.compile(expression(parts), re.DOTALL)


def _pieces(pattern: str) -> list[str]:
    return [part for part in re.split(r"(\\[*?\\])", pattern) if part]


def _bool(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _guid(text: str) -> str | None:
    found = _GUID.match(text)
    return found[1].lower() if found else None


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.match(text) else None


def _moment(text: str) -> tuple[datetime, str] | None:
    """A time in UTC, and the fraction of its second in full: blob versions have seven digits."""
    found = _MOMENT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = [int(part or 0) for part in found.groups()[:6]]
    try:
        whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return whole, (found[7] or "").ljust(_FRACTION, "0")


def _clock(text: str) -> time | None:
    moment = _moment(text)
    if moment is not None:
        return moment[0].time()
    found = _CLOCK.match(text)
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
    except ValueError:
        return None


def _typed(read: Callable[[str], object | None], test: Callable[..., bool]) -> Compare:
    def compare(one: str, other: str) -> Truth:
        mine, its = read(one), read(other)
        return None if mine is None or its is None else test(mine, its)

    return compare


_ORDER: Mapping[str, Callable[..., bool]] = {
    "equals": lambda one, other: one == other,
    "greaterthan": lambda one, other: one > other,
    "greaterthanequals": lambda one, other: one >= other,
    "lessthan": lambda one, other: one < other,
    "lessthanequals": lambda one, other: one <= other,
}
_STRINGS: Mapping[str, Compare] = {
    "stringequals": str.__eq__,
    "stringstartswith": str.startswith,
    "stringlike": _like,
}
_COMPARISONS: Mapping[str, Compare] = {
    **_STRINGS,
    **{f"{name}ignorecase": _folded(compare) for name, compare in _STRINGS.items()},
    "boolequals": _typed(_bool, _ORDER["equals"]),
    "guidequals": _typed(_guid, _ORDER["equals"]),
    **{f"numeric{name}": _typed(_number, test) for name, test in _ORDER.items()},
    **{f"datetime{name}": _typed(_moment, test) for name, test in _ORDER.items()},
    **{f"timeofday{name}": _typed(_clock, test) for name, test in _ORDER.items()},
}
_NEGATABLE = frozenset(name for name in _COMPARISONS if "than" not in name)
_EQUALITIES = frozenset(name for name in _NEGATABLE if "equals" in name)
