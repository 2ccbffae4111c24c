"""Which assertions are alike to what compares some of their claims with texts and patterns.

A policy that asks for `system:serviceaccount:*:*` gives the same answer for every service account of a cluster: it is
asked once. What is told apart here is told apart on purpose more often than needed, never less often.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from nhi_scan.access.match import covers, has_wildcard, matcher
from nhi_scan.access.witnesses import Pattern, meets, reached
from nhi_scan.model.assertion import Assertion, Claim

T = TypeVar("T")
A = TypeVar("A")

_WILDCARDS = "*?"
_NO, _ALL = 0, 1
_LONGEST = 300  # characters of a pattern that is compared with another one; those of longer ones are told apart


class Alike:
    """Tells assertions apart as far as some comparisons do.

    Attributes:
        asked: claims, sorted, with what each is compared with; None where its very text counts.
    """

    def __init__(self, asked: Mapping[str, Sequence[Pattern] | None]) -> None:
        """Take what is asked.

        Args:
            asked: claims, with what each is compared with and nothing else; None where its very text counts.
        """
        self.asked = tuple((name, None if asked[name] is None else tuple(asked[name] or ())) for name in sorted(asked))

    def key(self, assertion: Assertion) -> Hashable:
        """Return a key that two assertions share only if no comparison tells them apart, nor whether they are whole."""
        claims = {one.name: one for one in assertion.claims}
        shown = [(claims.get(name), patterns) for name, patterns in self.asked]
        # What two patterns have in common can count, too: https://docs.github.com/actions/concepts/security/openid-connect
        several = sum(claim is not None and claim.form == "glob" for claim, _ in shown) > 1
        return assertion.complete, *(_as_asked(claim, patterns, whole=several) for claim, patterns in shown)


def _as_asked(claim: Claim | None, patterns: tuple[Pattern, ...] | None, *, whole: bool) -> Hashable:
    if claim is None or patterns is None or len(claim.values) != 1:
        return claim
    if any(one.wildcards not in {"", _WILDCARDS} for one in patterns):
        return claim
    text = claim.values[0]
    if claim.form == "exact":
        return claim.form, *(_is(text, one) for one in patterns)
    if claim.form != "glob" or whole:
        return claim
    found = [_within(claim, one) for one in patterns]
    return claim if None in found else (claim.form, *found)


def _is(text: str, pattern: Pattern) -> bool:
    return bool(matcher(pattern.text)(text)) if pattern.wildcards else text == pattern.text


def _is_open(claim: Claim, pattern: Pattern) -> bool:
    """Whether what a claim surely is not may count: where no text is found, or one could have been missed."""
    return "?" in pattern.text or (meets(claim, pattern) and reached(claim, pattern) is None)


def _within(claim: Claim, pattern: Pattern) -> int | None:
    """Whether all that a claim can be matches a pattern, or nothing does; None where some of it does."""
    glob, text = claim.values[0], pattern.text
    if max(len(glob), len(text)) > _LONGEST or (claim.excluded and _is_open(claim, pattern)):
        return None
    head, start = glob.partition("*")[0], text
    if pattern.wildcards:
        start = text.partition("*")[0].partition("?")[0]
        if text == f"{start}*" and head.startswith(start):
            return _ALL
    if not (head.startswith(start) or start.startswith(head)):
        return _NO
    if pattern.wildcards and not has_wildcard(glob.replace("*", "")) and covers(text, glob):
        return _ALL
    return None if meets(claim, pattern) else _NO


class Answers(Generic[T, A]):
    """What things answered to assertions: each was asked once for all assertions that are alike to it."""

    def __init__(self, asked: Callable[[T], Mapping[str, Sequence[Pattern] | None]]) -> None:
        """Begin with none.

        Args:
            asked: says what a thing compares (see `Alike`). Things must live as long as this: they go by identity.
        """
        self._asked = asked
        self._of: dict[int, tuple[Alike, dict[Hashable, A]]] = {}
        self._alike: dict[Hashable, Alike] = {}

    def of(self, thing: T, assertion: Assertion, keys: dict[int, Hashable], ask: Callable[[T], A]) -> A:
        """Return what a thing answers to an assertion.

        Args:
            thing: what is asked.
            assertion: as the thing reads it.
            keys: the assertion's keys so far, empty at first: things that compare the same share them.
            ask: works the answer out.
        """
        alike, answers = self._of.get(id(thing)) or self._open(thing)
        number = id(alike)
        if number not in keys:
            keys[number] = alike.key(assertion)
        key = keys[number]
        if key not in answers:
            answers[key] = ask(thing)
        return answers[key]

    def _open(self, thing: T) -> tuple[Alike, dict[Hashable, A]]:
        made = Alike(self._asked(thing))
        found = self._of[id(thing)] = self._alike.setdefault(made.asked, made), {}
        return found
