"""Sets of actions as services and kinds of access: short enough to be written for every identity."""

from functools import lru_cache
from typing import Final, cast

import numpy as np

from nhi_scan.access.catalogue import LEVELS, Catalogue
from nhi_scan.access.summary import Summary

LETTERS: Final = "LRWTP?"  # list, read, write, tagging, permissions management, unknown: as `LEVELS` has them


@lru_cache(maxsize=8)
def services_of(catalogue: Catalogue) -> "Services":
    """Return what names the services of a catalogue's sets: reports of one assessment share it."""
    return Services(catalogue)


class Services:
    """Names the services of a set of actions, each with the kinds of access that the set holds.

    One pass over the set's bits: a byte for each action says its kind, and those of a service are ORed together.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Lay the catalogue out service by service."""
        self._count = len(catalogue.names)
        letters = {level: letter for letter, level in LEVELS.items()}
        kinds = [1 << LETTERS.index(letters[catalogue.level(name)]) for name in catalogue.names]
        self._kinds = np.array(kinds, dtype=np.uint8)
        segments: list[str] = []
        starts: list[int] = []
        for index, name in enumerate(catalogue.names):
            service = catalogue.service_of(name)
            if not segments or segments[-1] != service:
                segments.append(service)
                starts.append(index)
        self._starts = np.array(starts, dtype=np.intp)
        self._names = sorted(set(segments))  # a service that is not in the catalogue stands behind the others, or twice
        self.identifier = " ".join(self._names)  # what tells them from those of another catalogue
        place = {name: index for index, name in enumerate(self._names)}
        self._places = np.array([place[name] for name in segments], dtype=np.intp)
        self._words = [
            "".join(x for bit, x in enumerate(LETTERS) if code >> bit & 1) for code in range(1 << len(LETTERS))
        ]
        self._known: dict[bytes, dict[str, str]] = {}

    def held_by(self, granted: Summary) -> dict[str, str]:
        """Do as `of` for the actions that an identity may do, once for all who share its policies, in every report."""
        memo = granted.stack.memo
        found = memo.get(Services)
        if found is None:
            found = memo[Services] = self.of(granted.actions)
        return cast("dict[str, str]", found)

    def of(self, actions: int) -> dict[str, str]:
        """Map each service of which the set has an action to the letters of the kinds of access, sorted by service."""
        key = self.codes(actions)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.spell(key)
        return found

    def codes(self, actions: int) -> bytes:
        """Do as `of` in a byte for each service of the catalogue: the bits stand for the letters."""
        codes = np.zeros(len(self._names), dtype=np.uint8)
        if actions:
            raw = np.frombuffer(actions.to_bytes(self._count // 8 + 1, "little"), dtype=np.uint8)
            held = np.unpackbits(raw, bitorder="little")[: self._count]
            np.bitwise_or.at(codes, self._places, np.bitwise_or.reduceat(held * self._kinds, self._starts))
        return codes.tobytes()

    def spell(self, codes: bytes) -> dict[str, str]:
        """Map the services of a set, given as `codes` writes them, to their letters, sorted by service."""
        return {name: self._words[code] for name, code in zip(self._names, codes, strict=True) if code}
