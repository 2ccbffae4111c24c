"""On what an action is allowed: the statements of a stack that speak of it, asked about one thing or about a pattern.

The same logic as `evaluate.decide` within one account and without resource policies: every level must allow, none may
deny (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). Kept because it asks
a hundred thousand times in a second what `decide` answers once with all its reasons.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nhi_scan.access.aws.asking import Asking
from nhi_scan.access.aws.stacks import Level, Stack
from nhi_scan.access.aws.terms import Rule, Term, View
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.access.match import action_matcher, covers, matcher, may_match

Speaks = Callable[[Rule], bool]
"""Says whether a statement speaks of the action that is asked about."""


@dataclass(slots=True, eq=False)
class Sides:
    """The statements of one level that speak of an action."""

    allows: tuple[Term, ...]
    denies: tuple[Term, ...]


class Reach:
    """Where one action is allowed to those who share a stack."""

    __slots__ = ("_patterns", "everywhere", "levels", "open", "possible")

    def __init__(self, levels: tuple[Sides, ...]) -> None:
        """Take the statements that speak of the action, level by level."""
        self.levels = levels
        self.everywhere = all(map(_is_everywhere, levels))
        self.possible = all(sides.allows for sides in levels)
        self.open = any(term.open for term in self.terms())  # a condition is not decided before the request
        self._patterns: dict[str, tuple[tuple[str, bool], ...]] = {}

    @staticmethod
    def of(stack: Stack, action: str, catalogue: Catalogue) -> "Reach":
        """Return where an action, named as in a policy, is allowed."""
        speaks = speaking_of(action, catalogue)
        return Reach(tuple([_sides(level, speaks) for level in stack.levels]))

    def terms(self) -> Iterator[Term]:
        """Yield every statement that speaks of the action."""
        for sides in self.levels:
            yield from sides.allows
            yield from sides.denies

    def on(self, resource: str, asking: Asking | None = None) -> Truth:
        """Say whether the action is allowed on one resource.

        Args:
            resource: its ARN.
            asking: what is known of the request; None: what is open stays open.
        """
        if self.everywhere:
            return True
        result: Truth = True
        for sides in self.levels:
            allowed = _any(sides.allows, resource, asking)
            if allowed is False:
                return False
            denied = _any(sides.denies, resource, asking) if sides.denies else False
            if denied is True:
                return False
            if allowed is None or denied is None:
                result = None
        return result

    @property
    def certain(self) -> bool:
        """Whether the action is allowed on something, with no condition open."""
        return self.everywhere or any(sure for _, sure in self.patterns("*"))

    def patterns(self, template: str, asking: Asking | None = None) -> tuple[tuple[str, bool], ...]:
        """Return patterns of resources on which the action may be allowed, each with whether that is certain.

        Args:
            template: what the resource must look like: `arn:aws:lambda:*:111122223333:function:*`.
            asking: what is known of the request; None: what is open stays open.
        """
        if asking is None:
            known = self._patterns.get(template)
            if known is None:
                known = self._patterns[template] = tuple(self._meet(template, None))
            return known
        return tuple(self._meet(template, asking))

    def _meet(self, template: str, asking: Asking | None) -> Iterator[tuple[str, bool]]:
        if self.everywhere:
            yield template, True
            return
        found = {template: True}
        for sides in self.levels:
            found = _merged(
                (narrow, sure and certain)
                for pattern, sure in found.items()
                for narrow, certain in _allowed_patterns(sides.allows, pattern, asking)
            )
            for term in sides.denies:
                if term.rule.statement.not_resources and state(term, asking) is True:
                    found = _merged(
                        both
                        for pattern, sure in found.items()
                        for both in _shared(term.not_resources, pattern, sure=sure)
                    )
        for pattern, sure in found.items():
            denied = _denied(self.levels, pattern, asking)
            if denied is not True:
                yield pattern, sure and denied is False


def _merged(found: Iterable[tuple[str, bool]]) -> dict[str, bool]:
    """Keep each pattern once, sure where it is by any way: levels of many patterns would multiply to billions."""
    merged: dict[str, bool] = {}
    for pattern, sure in found:
        merged[pattern] = merged.get(pattern, False) or sure
    return merged


def speaking_of(action: str, catalogue: Catalogue) -> Speaks:
    """Return what picks the statements that speak of an action, also of one that has no bit."""
    bit = catalogue.bit(action)
    if bit:
        index = bit.bit_length() - 1
        return lambda rule: bool(rule.mask >> index & 1)
    name = action.lower()

    def speaks(rule: Rule) -> bool:
        statement = rule.statement
        if statement.not_actions:
            return not any(action_matcher(pattern)(name) for pattern in statement.not_actions)
        return any(action_matcher(pattern)(name) for pattern in statement.actions)

    return speaks


def allowing(view: View, speaks: Speaks, resource: str | None = None) -> Iterator[Term]:
    """Yield the statements of a document that may allow an action (on a resource)."""
    for term in view.allows:
        if speaks(term.rule) and (resource is None or matches(term, resource)):
            yield term


def _sides(level: Level, speaks: Speaks) -> Sides:
    return Sides(
        tuple([term for view in level.views for term in view.allows if speaks(term.rule)]),
        tuple([term for view in level.views for term in view.denies if speaks(term.rule)]),
    )


def _is_everywhere(sides: Sides) -> bool:
    return not sides.denies and any(term.rule.everywhere and not term.open for term in sides.allows)


def matches(term: Term, resource: str) -> bool:
    """Say whether a statement speaks of a resource."""
    if term.rule.everywhere:
        return True
    if term.rule.statement.not_resources:
        return not any(matcher(pattern)(resource) for pattern in term.not_resources)
    return any(matcher(pattern)(resource) for pattern in term.resources)


def state(term: Term, asking: Asking | None) -> Truth:
    """Say whether a statement's conditions are met, or can be by a caller who wants it allowed."""
    if not term.open:
        return True
    if asking is None:
        return None
    result: Truth = None if term.loose else True
    for condition in term.rule.statement.conditions:
        met = asking.met(condition, variables=term.variables)
        if met is False:
            return False
        if met is None:
            if not asking.picks(condition.key):
                result = None
            elif term.rule.deny:
                return False
    return result


def _any(terms: Iterable[Term], resource: str, asking: Asking | None) -> Truth:
    """Say whether any of the statements applies to a resource."""
    result: Truth = False
    for term in terms:
        if matches(term, resource):
            met = state(term, asking)
            if met is True:
                return True
            if met is None:
                result = None
    return result


def _allowed_patterns(terms: Iterable[Term], pattern: str, asking: Asking | None) -> Iterator[tuple[str, bool]]:
    """Yield what is left of a pattern under each statement that allows a part of it."""
    for term in terms:
        met = state(term, asking)
        if met is False:
            continue
        sure = met is True
        if term.rule.everywhere:
            yield pattern, sure
        elif term.rule.statement.not_resources:
            if not any(covers(other, pattern) for other in term.not_resources):
                touched = any(may_match(other, pattern) for other in term.not_resources)
                yield pattern, sure and not touched
        else:
            yield from _shared(term.resources, pattern, sure=sure)


def _shared(others: Iterable[str], pattern: str, *, sure: bool) -> Iterator[tuple[str, bool]]:
    """Yield what a pattern shares with each of others."""
    for other in others:
        if may_match(other, pattern):
            shared = intersection(other, pattern)
            yield (pattern, False) if shared is None else (shared, sure)


@lru_cache(maxsize=1 << 14)
def intersection(first: str, second: str) -> str | None:
    """Return a pattern of texts that both match; None where none is found, though there may be some.

    Where neither covers the other, ARNs are met part by part: what comes out may be less than all they share.
    """
    if covers(first, second):
        return second
    if covers(second, first):
        return first
    for separator in (":", "/"):
        ours, theirs = first.split(separator), second.split(separator)
        if len(ours) == len(theirs) > 1:
            parts = [intersection(*pair) for pair in zip(ours, theirs, strict=True)]
            if None not in parts:
                return separator.join(part for part in parts if part is not None)
    return None


def _denied(levels: Sequence[Sides], pattern: str, asking: Asking | None) -> Truth:
    """Say whether all of a pattern is denied (True), nothing of it (False), or it cannot be told (None)."""
    result: Truth = False
    for sides in levels:
        for term in sides.denies:
            met = state(term, asking)
            if met is False:
                continue
            if term.rule.everywhere or _covers_all(term, pattern):
                if met is True:
                    return True
                result = None
            elif _touches(term, pattern):
                result = None if met is None or _is_one(pattern) else result
    return result


def _covers_all(term: Term, pattern: str) -> bool:
    if term.rule.statement.not_resources:
        return not any(may_match(other, pattern) for other in term.not_resources)
    return any(covers(other, pattern) for other in term.resources)


def _touches(term: Term, pattern: str) -> bool:
    if term.rule.statement.not_resources:
        return not any(covers(other, pattern) for other in term.not_resources)
    return any(may_match(other, pattern) for other in term.resources)


def _is_one(pattern: str) -> bool:
    return "*" not in pattern and "?" not in pattern
