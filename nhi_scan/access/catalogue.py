"""The actions that exist, as bits: a pattern becomes a Python integer with a bit for every action it covers.

Names are kept sorted, so that what a pattern without an inner wildcard covers is one range, found by bisection.

*Fail closed*: an action or a pattern that the catalogue does not know stays itself. It gets a bit of its own
(`Catalogue.extended`), wildcards cover that bit as they cover any other, and it never expands to nothing.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from nhi_scan.access.match import expression

LEVELS: Final = {
    "L": "list",
    "R": "read",
    "W": "write",
    "T": "tagging",
    "P": "permissions management",
    "?": "unknown",
}
_WILDCARD: Final = re.compile(r"[*?]")
Numbers = np.ndarray[tuple[int], np.dtype[np.intp]]
_REMEMBERED: Final = 1 << 10  # bits, which take 3 kB each
_AFTER_ANY: Final = "\U0010ffff"  # sorts behind every character that a name can have


class Catalogue:
    """A sorted list of action names and the bit sets of patterns over it.

    Bit `i` stands for `names[i]`. The bits of names that `extended` adds lie behind those of the catalogue itself.

    Attributes:
        names: lower-case names, `service:action` or `service.resource.verb`; sorted, then the added ones, sorted too.
        version: the version of the source, part of what a verdict rests on.
        everything: the set of all actions.
    """

    def __init__(
        self,
        names: Sequence[str],
        levels: str = "",
        version: str = "",
        extra: Sequence[str] = (),
        *,
        separator: str = ":",
    ) -> None:
        """Take names as the provider writes them (`s3:GetObject`), sorted without regard to case.

        Args:
            names: the known actions.
            levels: one letter of `LEVELS` for each name.
            version: where the names are from.
            extra: names and patterns that are used and not known.
            separator: what ends the service in a name: `:` on AWS, `.` on Google Cloud.
        """
        self.separator = separator
        self._known = tuple(name.lower() for name in names)
        self._extra = tuple(sorted({name.lower() for name in extra}))
        self._display = (*names, *self._extra)
        self._levels = levels
        self.version = version
        self.names = (*self._known, *self._extra)
        self.everything = (1 << len(self.names)) - 1
        self._index = {name: i for i, name in enumerate(self.names)}
        self._masks: dict[str, int] = {}
        self._bit_of: dict[str, int] = {}
        self._level_masks: dict[str, int] = {}
        self._full: dict[int, tuple[str, ...]] = {}
        self._services, self._starts, self._service_of = _services(self._known, separator)

    def extended(self, patterns: Iterable[str]) -> "Catalogue":
        """Return a catalogue in which every one of these action patterns covers at least one bit."""
        missing = [pattern for pattern in patterns if not self._covers_something(pattern.lower())]
        if not missing:
            return self
        names = self._display[: len(self._known)]
        return Catalogue(names, self._levels, self.version, (*self._extra, *missing), separator=self.separator)

    def _covers_something(self, pattern: str) -> bool:
        if pattern in self._index:
            return True
        return bool(_WILDCARD.search(pattern)) and bool(self.mask(pattern))

    def mask(self, pattern: str) -> int:
        """Return the set of actions that a pattern covers; 0 where it covers none that is known."""
        mask = self._masks.get(pattern)
        if mask is None:
            mask = self._masks[pattern] = self._expand(pattern.lower())
        return mask

    def union(self, patterns: Iterable[str]) -> int:
        """Return the set of actions that any of the patterns covers."""
        mask = 0
        for pattern in patterns:
            mask |= self._masks.get(pattern) or self.mask(pattern)
        return mask

    def exactly(self, names: Iterable[str]) -> int:
        """Return the set of just these actions; no wildcard is read, and what is unknown is passed over.

        Thousands of names take one pass, where a union would make a set for each.
        """
        raw = bytearray(len(self.names) // 8 + 1)
        index = self._index
        for name in names:
            i = index.get(name.lower())
            if i is not None:
                raw[i >> 3] |= 1 << (i & 7)
        return int.from_bytes(raw, "little")

    def _expand(self, pattern: str) -> int:
        wildcard = _WILDCARD.search(pattern)
        if wildcard is None:
            index = self._index.get(pattern)
            return 0 if index is None else 1 << index
        start = wildcard.start()
        tail_is_free = not pattern[start:].strip("*")
        return self._block(pattern, start, 0, tail_is_free=tail_is_free) | self._block(
            pattern, start, len(self._known), tail_is_free=tail_is_free
        )

    def _block(self, pattern: str, start: int, offset: int, *, tail_is_free: bool) -> int:
        """Match one sorted block of names: the known ones (offset 0) or the added ones."""
        block = self._extra if offset else self._known
        prefix = pattern[:start]
        low = bisect_left(block, prefix)
        high = bisect_left(block, prefix + _AFTER_ANY)
        if tail_is_free:
            return ((1 << (high - low)) - 1) << (low + offset)
        # `?` does not stand for `*`: matched against another pattern, it must not claim what that one stands for.
        matches = re.compile(expression([(pattern[start:], True)], "[^*]"), re.DOTALL).match
        mask = 0
        for i in range(low, high):
            if matches(block[i][start:]) or block[i] == pattern:
                mask |= 1 << (i + offset)
        return mask

    def bit(self, action: str) -> int:
        """Return the set that holds just this action; 0 where it has no bit of its own."""
        bit = self._bit_of.get(action)
        if bit is None:
            index = self._index.get(action.lower())
            bit = 0 if index is None else 1 << index
            if len(self._bit_of) < _REMEMBERED:
                self._bit_of[action] = bit
        return bit

    def display(self, action: str) -> str:
        """Return an action as the provider writes it, whatever its case; an unknown one as it is."""
        index = self._index.get(action.lower())
        return action if index is None else self._display[index]

    def knows(self, action: str) -> bool:
        """Say whether the source lists this action."""
        index = self._index.get(action.lower())
        return index is not None and index < len(self._known)

    def service_of(self, action: str) -> str:
        """Return the service that an action belongs to, as it is written in its name."""
        return action.partition(self.separator)[0]

    def beside(self, action: str) -> list[str]:
        """Return the known actions of the service that an action belongs to, as the provider writes them."""
        prefix = self.service_of(action).lower() + self.separator
        low, high = bisect_left(self._known, prefix), bisect_left(self._known, prefix + _AFTER_ANY)
        return list(self._display[low:high])

    def expand(self, mask: int) -> Iterator[str]:
        """Yield the names in a set, as the provider writes them, in order."""
        for i in np.flatnonzero(self._bits(mask)):
            yield self._display[i]

    def level(self, action: str) -> str:
        """Return what kind of access an action is, in the provider's words; `unknown` for an unknown action."""
        index = self._index.get(action.lower(), len(self._levels))
        return LEVELS[self._levels[index]] if index < len(self._levels) else LEVELS["?"]

    def of_level(self, level: str) -> int:
        """Return the set of known actions of one access level."""
        mask = self._level_masks.get(level)
        if mask is None:
            bits = "".join("1" if LEVELS[letter] == level else "0" for letter in reversed(self._levels))
            mask = self._level_masks[level] = int(bits or "0", 2)
        return mask

    def services(self, mask: int) -> tuple[str, ...]:
        """Name the services of which the set has at least one action, sorted."""
        flags = np.zeros(len(self._services), dtype=np.bool_)
        # Bools are searched for what is set five times faster than numbers.
        flags[self._service_of[self._bits(mask)[: len(self._known)].view(np.bool_).nonzero()[0]]] = True
        some = [self._services[i] for i in flags.nonzero()[0].tolist()]
        extra = {self.service_of(name) for name in self._added(mask)}
        return tuple(sorted(extra.union(some)))

    def full_services(self, mask: int) -> tuple[str, ...]:
        """Name the known services of which the set has every action, sorted."""
        if not self._services or not mask:
            return ()
        full = self._full.get(mask)  # few sets are given whole: half the stacks of an account share theirs
        if full is None:
            flags = np.bitwise_and.reduceat(self._bits(mask)[: len(self._known)], self._starts)
            full = self._full[mask] = tuple(sorted([self._services[i] for i in flags.nonzero()[0].tolist()]))
        return full

    def _bits(self, mask: int) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
        raw = np.frombuffer(mask.to_bytes(len(self.names) // 8 + 1, "little"), dtype=np.uint8)
        return np.unpackbits(raw, bitorder="little")[: len(self.names)]  # asking for a count doubles the time

    def _added(self, mask: int) -> list[str]:
        beyond = mask >> len(self._known)
        return [name for i, name in enumerate(self._extra) if beyond >> i & 1]


def _services(names: Sequence[str], separator: str) -> tuple[list[str], Numbers, Numbers]:
    """Find where each service's actions begin in the sorted list, and to which service each action belongs."""
    services: list[str] = []
    starts: list[int] = []
    for i, name in enumerate(names):
        service = name.partition(separator)[0]
        if not services or services[-1] != service:
            services.append(service)
            starts.append(i)
    lengths = np.diff([*starts, len(names)])
    return services, np.asarray(starts, dtype=np.intp), np.repeat(np.arange(len(services)), lengths)
