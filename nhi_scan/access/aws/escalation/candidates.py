"""Possible targets of one kind in one account, and sets of them: bits of Python integers, as sets of actions are.

An account has ten thousand roles and thousands of patterns that each match many of them. A set of ten thousand bits
takes 1.2 kB, and two are intersected in a tenth of a microsecond.
"""

import re
from bisect import bisect_left
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from itertools import compress

from nhi_scan.access.match import has_wildcard, matcher

_FEW = 100  # ids, which are searched one by one
_AFTER_ANY = "\U0010ffff"  # sorts behind every character that a name can have
_FLAGS = bytes.maketrans(b"01", b"\x00\x01")


class Candidates:
    """Ids, sorted, and the sets of those that patterns match.

    Attributes:
        ids: the names; bit `i` stands for `ids[i]`.
        everything: the set of all of them.
    """

    __slots__ = ("_hits", "_index", "_masks", "_text", "everything", "ids")

    def __init__(self, ids: Iterable[str]) -> None:
        """Take the names, in any order."""
        self.ids = tuple(sorted(ids))
        self.everything = (1 << len(self.ids)) - 1
        self._masks: dict[str, int] = {}
        self._hits: dict[tuple[int, int], Hits] = {}
        self._index: dict[str, int] = {}
        self._text: str | None = None  # all ids, one a line

    def mask(self, pattern: str) -> int:
        """Return the set of those that a pattern matches."""
        found = self._masks.get(pattern)
        if found is None:
            found = self._masks[pattern] = self._find(pattern)
        return found

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return the ids that a pattern matches, sorted."""
        return self.pick(self.mask(pattern))

    def pick(self, mask: int) -> tuple[str, ...]:
        """Return the ids in a set, sorted."""
        if mask == self.everything:
            return self.ids
        return tuple(compress(self.ids, format(mask, "b")[::-1].encode().translate(_FLAGS)))

    def hits(self, sure: int, perhaps: int) -> "Hits":
        """Return two sets as one answer: the same object for the same sets.

        Args:
            sure: those on which something is allowed.
            perhaps: these, and those on which it is if an open condition holds.
        """
        found = self._hits.get((sure, perhaps))
        if found is None:
            found = self._hits[sure, perhaps] = Hits(self, sure, perhaps)
        return found

    def all_hits(self) -> "Hits":
        """Return the answer that something is allowed on all of them."""
        return self.hits(self.everything, self.everything)

    def hits_among(self, found: Mapping[str, bool]) -> "Hits":
        """Return the part of an answer that is about these candidates."""
        index = self.index()
        known = [(index[target], conditional) for target, conditional in found.items() if target in index]
        return self.hits(
            self._mask_of(i for i, conditional in known if not conditional), self._mask_of(i for i, _ in known)
        )

    def index(self) -> Mapping[str, int]:
        """Return which bit stands for each id."""
        if not self._index:
            self._index.update((target, i) for i, target in enumerate(self.ids))
        return self._index

    def _mask_of(self, numbers: Iterable[int]) -> int:
        raw = bytearray(len(self.ids) // 8 + 1)
        for i in numbers:
            raw[i >> 3] |= 1 << (i & 7)
        return int.from_bytes(raw, "little")

    def _find(self, pattern: str) -> int:
        if not pattern.strip("*"):
            return self.everything
        if not has_wildcard(pattern):
            at = bisect_left(self.ids, pattern)
            return 1 << at if at < len(self.ids) and self.ids[at] == pattern else 0
        prefix = pattern[:-1]
        if pattern[-1] == "*" and not has_wildcard(prefix):
            low, high = bisect_left(self.ids, prefix), bisect_left(self.ids, prefix + _AFTER_ANY)
            return ((1 << (high - low)) - 1) << low
        index = self.index()
        some = self._having(max(re.split(r"[*?]", pattern), key=len))
        return self._mask_of(index[target] for target in filter(matcher(pattern), some))

    def _having(self, part: str) -> Iterable[str]:
        """Yield the ids that have a part, some others too; a search in one long text is faster than one in each id."""
        if self._text is None:
            whole = "\n".join(self.ids)
            self._text = "" if len(self.ids) < _FEW or whole.count("\n") >= len(self.ids) else whole
        return self._lines_with(part) if self._text and "\n" not in part else self.ids

    def _lines_with(self, part: str) -> Iterator[str]:
        text, end = self._text or "", 0
        while (at := text.find(part, end)) >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            yield text[start : end if end >= 0 else None]
            if end < 0:
                return


class Hits(Mapping[str, bool]):
    """Candidates on which something is allowed, each with whether an open condition remains."""

    __slots__ = ("_dict", "candidates", "perhaps", "sure")

    def __init__(self, candidates: Candidates, sure: int, perhaps: int) -> None:
        """Take the sets. `Candidates.hits` makes one object for equal ones."""
        self.candidates = candidates
        self.sure = sure
        self.perhaps = perhaps
        self._dict: dict[str, bool] | None = None

    def both(self, other: "Hits") -> "Hits":
        """Return what is hit by both."""
        if self.candidates is other.candidates:
            return self.candidates.hits(self.sure & other.sure, self.perhaps & other.perhaps)
        few, many = (self, other) if len(self) <= len(other) else (other, self)
        index, sure, perhaps = many.candidates.index(), many.sure, many.perhaps
        found: dict[str, bool] = {}
        for target, conditional in few.items():
            number = index.get(target)
            if number is not None and perhaps >> number & 1:
                found[target] = conditional or not sure >> number & 1
        return few.candidates.hits_among(found)

    def lazily(self) -> Iterator[str]:
        """Yield the ids one by one, sorted, for who looks at the first few."""
        mask, ids = self.perhaps, self.candidates.ids
        while mask:
            lowest = mask & -mask
            yield ids[lowest.bit_length() - 1]
            mask ^= lowest

    def _as_dict(self) -> dict[str, bool]:
        if self._dict is None:
            doubtful = self.perhaps & ~self.sure
            self._dict = dict.fromkeys(self.candidates.pick(self.perhaps), False)
            if doubtful:
                self._dict.update(dict.fromkeys(self.candidates.pick(doubtful), True))
        return self._dict

    def __bool__(self) -> bool:
        return bool(self.perhaps)

    def __len__(self) -> int:
        return self.perhaps.bit_count()

    def __iter__(self) -> Iterator[str]:
        return iter(self._as_dict())

    def items(self) -> ItemsView[str, bool]:
        """Return the ids with whether a condition remains, sorted by id."""
        return self._as_dict().items()  # what is inherited looks each up

    def __contains__(self, target: object) -> bool:
        number = self.candidates.index().get(target)  # type: ignore[call-overload] # anything may be asked about
        return number is not None and bool(self.perhaps >> number & 1)

    def __getitem__(self, target: str) -> bool:
        number = self.candidates.index()[target]
        if not self.perhaps >> number & 1:
            raise KeyError(target)
        return not self.sure >> number & 1

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
