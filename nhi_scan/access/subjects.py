"""What lets somebody in, found by the subject of their token: among ten thousand, without asking each."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, TypeVar

from nhi_scan.model.assertion import Claim

T = TypeVar("T")


class BySubject(Generic[T]):
    """Things by the subjects that they take. An index: what it finds is still to be asked."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._by_head: dict[str, list[T]] = {}
        self._heads: list[str] | None = None

    def add(self, thing: T, patterns: Iterable[str] | None) -> None:
        """Add a thing.

        Args:
            thing: what takes subjects.
            patterns: one of these a subject must match, `*` and `?` being wildcards; None: any subject.
        """
        heads = {""} if patterns is None else {_head(one) for one in patterns}
        for head in sorted(heads):
            self._by_head.setdefault(head, []).append(thing)
        self._heads = None

    def find(self, subject: Claim | None) -> list[T]:
        """Return what may take a subject, each once, in the order in which they were added under each beginning.

        Args:
            subject: the claim; None where nobody knows it.
        """
        if subject is None or subject.form == "any":
            return self._below("")
        found: list[T] = []
        for text in subject.values:
            head = _head(text) if subject.form == "glob" else text.lower()
            for end in range(len(head)):
                found += self._by_head.get(head[:end], ())
            found += self._below(head) if subject.form == "glob" else self._by_head.get(head, ())
        return _once(found)

    def _below(self, head: str) -> list[T]:
        if self._heads is None:
            self._heads = sorted(self._by_head)
        found: list[T] = []
        for position in range(bisect_left(self._heads, head), len(self._heads)):
            if not self._heads[position].startswith(head):
                break
            found += self._by_head[self._heads[position]]
        return _once(found)


def _once(things: list[T]) -> list[T]:
    return list({id(one): one for one in things}.values())


def _head(pattern: str) -> str:
    """What stands before the first wildcard, in lower case: some policies compare without it."""
    ends = [place for place in (pattern.find("*"), pattern.find("?")) if place >= 0]
    return pattern[: min(ends, default=len(pattern))].lower()
