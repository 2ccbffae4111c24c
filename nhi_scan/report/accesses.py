"""What identities may do, for the JSON report: each distinct answer once, and large ones by how they differ.

Whoever holds Viewer on Google Cloud, or ReadOnlyAccess on AWS, may do something in each of 250 services. Written out
for each of 100,000 identities these lists were 190 MB.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.summary import Stack, Summary
from nhi_scan.model.record import value
from nhi_scan.report.once import Once
from nhi_scan.report.reach import LETTERS, Services, services_of

Json = dict[str, Any]
Codes = bytes  # a byte for each service of the catalogue: the kinds of access

_LARGE = 48  # services from which on an answer may be written by its difference from a set of services
_MOST_SETS = 256


@value
class Answer:
    """What an identity may do, as far as the report says it."""

    services: Services | None  # None: everything
    codes: Codes
    full_services: tuple[str, ...]
    counts: tuple[int, int, int]  # possible, certain, everywhere
    complete: bool
    guardrails_known: bool


class Accesses:
    """Collects the answers while identities are written; afterwards says what their keys stand for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._answers: Once[Answer] = Once(_spell)
        self._sets: Once[tuple[Services, Codes]] = Once(lambda one: one[1])
        # By the object, which is kept so that no other takes its place: identities with equal policies share one stack.
        self._key_of: dict[int, tuple[Stack, str]] = {}

    def key(self, granted: Summary) -> str:
        """Return the key of what an identity may do."""
        known = self._key_of.get(id(granted.stack))
        if known is None:
            known = self._key_of[id(granted.stack)] = granted.stack, self._answers.key(_answer(granted))
        return known[1]

    def records(self) -> tuple[Iterable[tuple[str, Json]], Iterable[tuple[str, Json]]]:
        """Return the sets of services and the answers, each by key, sorted; the answers name the sets."""
        by_catalogue: dict[Services, set[Codes]] = defaultdict(set)
        for answer in self._answers:
            if answer.services is not None:
                by_catalogue[answer.services].add(answer.codes)
        written: dict[tuple[Services, Codes], tuple[str | None, Json]] = {}
        for services, found in by_catalogue.items():
            for codes, base in _bases(found).items():
                key = None if base is None else self._sets.key((services, base))
                written[services, codes] = key, _further(services, codes, base)
        sets = ((key, services.spell(codes)) for key, (services, codes) in self._sets.items())
        return sets, self._written(written)

    def _written(self, written: Mapping[tuple[Services, Codes], tuple[str | None, Json]]) -> Iterator[tuple[str, Json]]:
        for key, answer in self._answers.items():
            base, further = None, {"*": LETTERS.rstrip("?")}
            if answer.services is not None:
                base, further = written[answer.services, answer.codes]
            possible, certain, everywhere = answer.counts
            yield (
                key,
                {
                    "service_set": base,
                    "services": further,
                    "full_services": answer.full_services,
                    "actions": {"possible": possible, "certain": certain, "everywhere": everywhere},
                    "complete": answer.complete,
                    "guardrails_known": answer.guardrails_known,
                },
            )


def _answer(granted: Summary) -> Answer:
    catalogue: Catalogue = granted.catalogue
    everything = granted.everywhere == catalogue.everything
    services = services_of(catalogue)
    return Answer(
        services=None if everything else services,
        codes=b"" if everything else services.codes(granted.actions),
        full_services=("*",) if everything else granted.full_services(),
        counts=(granted.actions.bit_count(), granted.certain.bit_count(), granted.everywhere.bit_count()),
        complete=granted.complete,
        guardrails_known=granted.guardrails_known,
    )


def _spell(answer: Answer) -> bytes:
    names = "" if answer.services is None else answer.services.identifier
    rest = (names, answer.full_services, answer.counts, answer.complete, answer.guardrails_known)
    return repr(rest).encode("utf-8", "backslashreplace") + answer.codes


def _bases(found: Iterable[Codes]) -> dict[Codes, Codes | None]:
    """Choose for each large answer the smaller one whose services it has too, mostly with the same kinds of access.

    The smallest come first: holders of one broad role and nothing else are what holders of that role and more are
    described by. An answer that none describes in half its length becomes such a one itself.
    """
    chosen: dict[Codes, Codes | None] = {}
    names: list[Codes] = []
    sets: np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None = None
    for codes in sorted(found, key=lambda one: (len(one) - one.count(0), one)):
        count = len(codes) - codes.count(0)
        chosen[codes] = None
        if count < _LARGE:
            continue
        row = np.frombuffer(codes, dtype=np.uint8)
        if sets is not None:
            different = (sets != row).sum(axis=1)
            different[((sets != 0) & (row == 0)).any(axis=1)] = count  # it has a service that this one has not
            best = int(different.argmin())
            if different[best] * 2 <= count:
                chosen[codes] = names[best]
                continue
        if len(names) < _MOST_SETS:
            names.append(codes)
            sets = row[np.newaxis] if sets is None else np.vstack((sets, row))
            chosen[codes] = codes
    return chosen


def _further(services: Services, codes: Codes, base: Codes | None) -> Json:
    if base is None:
        return services.spell(codes)
    return services.spell(bytes(mine if mine != other else 0 for mine, other in zip(codes, base, strict=True)))
