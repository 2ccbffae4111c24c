"""Who becomes the same: entries of all holders, put together so that neither holders nor entries stand there often.

A hundred roles that trust every repository are one set of a hundred entries, and not a hundred for each repository; a
role that trusts one repository only is a set of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nhi_scan.access.federation import Entry
from nhi_scan.model.assertion import Assertion

_ENTRY = 3  # an entry takes as much room as so many names of holders
_MANY = 8

Numbers = Sequence[int]


@dataclass(frozen=True, slots=True)
class Landed:
    """Sets of entries by number, and holders, sorted by id, with the numbers of their sets."""

    landings: tuple[tuple[Entry, ...], ...]
    holders: Mapping[str, Numbers]


class Landings:
    """Collects what assertions let their holders become. Entries that are equal are kept once."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._entries: dict[Entry, int] = {}
        self._kept: dict[int, int] = {}  # `id` of an entry that is kept -> its number
        self._opened: dict[tuple[int, str], int] = {}
        self._sets: dict[tuple[int, ...], int] = {}
        # Of many entries, by `id` of the whole: the engines give the same object again, which stays because it is here.
        self._seen: dict[tuple[int, str], tuple[tuple[Entry, ...], int, frozenset[str]]] = {}
        self._of: dict[str, list[int]] = {}

    def land(self, assertion: Assertion, entries: tuple[Entry, ...]) -> None:
        """Take what an assertion lets its holder become; itself does not count."""
        if not entries:
            return
        holder, key = assertion.holder_id, (id(entries), assertion.open)
        known = self._seen.get(key)
        if known is None:
            known = entries, self._set(assertion, entries), frozenset(one.identity_id for one in entries)
            if len(entries) >= _MANY:
                self._seen[key] = known
        _, number, ids = known
        if holder in ids:
            number = self._set(assertion, tuple(one for one in entries if one.identity_id != holder))
        numbers = self._of.setdefault(holder, []) if number >= 0 else [number]
        if number not in numbers:
            numbers.append(number)

    def _set(self, assertion: Assertion, entries: tuple[Entry, ...]) -> int:
        """Return the number of a set; -1 for nothing."""
        numbers = tuple([self._number(one, assertion.open) for one in entries])
        return self._sets.setdefault(numbers, len(self._sets)) if numbers else -1

    def finish(self) -> Landed:
        """Return all, in sets as they were found or taken apart, whichever is shorter."""
        entries, sets, of = list(self._entries), list(self._sets), self._of
        parts, parts_of = _apart(sets, len(entries))
        apart = {holder: _joined(parts_of, numbers) for holder, numbers in of.items()}
        if _size(parts, apart) < _size(sets, of):
            sets, of = parts, apart
        landings = tuple(tuple([entries[number] for number in one]) for one in sets)
        return Landed(landings, {holder: of[holder] for holder in sorted(of)})

    def _number(self, entry: Entry, open_: str) -> int:
        number = self._kept.get(id(entry))  # engines give the same object again: it is not compared
        if number is None:
            number = self._keep(entry)
        if not open_:
            return number
        opened = self._opened.get((number, open_))
        if opened is None:
            residual = (*entry.residual, open_)
            opened = self._opened[number, open_] = self._keep(replace(entry, state=None, residual=residual))
        return opened

    def _keep(self, entry: Entry) -> int:
        number = self._entries.get(entry)
        if number is None:
            number = self._entries[entry] = self._kept[id(entry)] = len(self._entries)
        return number


def _apart(sets: Sequence[tuple[int, ...]], count: int) -> tuple[list[tuple[int, ...]], list[Numbers]]:
    """Take sets apart: into parts that each set has whole or not at all, and for each set the numbers of its parts."""
    part_of, sizes = [0] * count, [count]
    for one in sets:
        touched: dict[int, list[int]] = {}
        for member in one:
            touched.setdefault(part_of[member], []).append(member)
        for part, members in touched.items():
            if len(members) < sizes[part]:
                sizes[part] -= len(members)
                for member in members:
                    part_of[member] = len(sizes)
                sizes.append(len(members))
    members_of: dict[int, dict[int, None]] = {}
    for one in sets:
        for member in one:
            members_of.setdefault(part_of[member], {})[member] = None
    numbers = {part: number for number, part in enumerate(members_of)}
    parts = [tuple(members) for members in members_of.values()]
    return parts, [sorted({numbers[part_of[member]] for member in one}) for one in sets]


def _joined(parts_of: Sequence[Numbers], numbers: Numbers) -> list[int]:
    return sorted({part for number in numbers for part in parts_of[number]})


def _size(sets: Sequence[tuple[int, ...]], of: Mapping[str, Numbers]) -> int:
    return _ENTRY * sum(map(len, sets)) + sum(map(len, of.values()))
