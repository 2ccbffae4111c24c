"""On which of many targets an action is allowed: on some surely, on some if an open condition holds, as two sets."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from nhi_scan.access.aws.escalation.candidates import Candidates
from nhi_scan.access.aws.reach import Reach
from nhi_scan.access.aws.terms import Term
from nhi_scan.access.combine import Truth

Spread = tuple[int, int]
"""The targets on which it surely is, and those on which it may be."""


def spread_of(reach: Reach, candidates: Candidates, states: Sequence[Truth] = ()) -> Spread:
    """Say where an action is allowed, provided that no condition reads the target.

    Args:
        reach: the statements that speak of the action.
        candidates: the targets.
        states: for each of the statements whether its conditions are met; empty: they all are.
    """
    each: Iterator[Truth] = iter(states) if states else repeat(object=True)
    sure = perhaps = candidates.everything
    for sides in reach.levels:
        allowed, maybe_allowed = _any(sides.allows, candidates, each)
        sure &= allowed
        perhaps &= maybe_allowed
        if sides.denies:
            denied, maybe_denied = _any(sides.denies, candidates, each)
            sure &= ~maybe_denied
            perhaps &= ~denied
    return sure, perhaps


def _any(terms: Iterable[Term], candidates: Candidates, states: Iterator[Truth]) -> Spread:
    """Say on which targets any of the statements applies."""
    sure = perhaps = 0
    for term in terms:
        met = next(states)
        if met is False:
            continue
        spoken = _spoken(term, candidates)
        perhaps |= spoken
        if met is True:
            sure |= spoken
    return sure, perhaps


def _spoken(term: Term, candidates: Candidates) -> int:
    """Return the targets of which a statement speaks."""
    if term.rule.everywhere:
        return candidates.everything
    if term.rule.statement.not_resources:
        return candidates.everything & ~_matched(term.not_resources, candidates)
    return _matched(term.resources, candidates)


def _matched(patterns: Iterable[str], candidates: Candidates) -> int:
    found = 0
    for pattern in patterns:
        found |= candidates.mask(pattern)
    return found
