"""An answer for many targets at once: one for all of them, and others for those that a pattern singles out.

Ranks instead of truth values, so that AND is `min` and OR is `max`: 0 no, 1 under an open condition, 2 yes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from nhi_scan.access.combine import Truth
from nhi_scan.access.escalation.targets import Candidates
from nhi_scan.access.reach import Reach
from nhi_scan.access.terms import Term

NO, OPEN, YES = 0, 1, 2


@dataclass(slots=True)
class Spread:
    """Ranks of targets: `rest` for all that `given` does not name."""

    rest: int
    given: dict[str, int] = field(default_factory=dict)

    def of(self, target: str) -> int:
        """Return the rank of one target."""
        return self.given.get(target, self.rest)

    def opposite(self) -> "Spread":
        """Return NOT."""
        return Spread(YES - self.rest, {target: YES - rank for target, rank in self.given.items()})


def combine(spreads: Sequence[Spread], pick: Callable[[Iterable[int]], int]) -> Spread:
    """Return AND (`min`) or OR (`max`) of several answers."""
    neutral = YES if pick is min else NO
    spreads = [spread for spread in spreads if spread.given or spread.rest != neutral]
    if len(spreads) <= 1:
        return spreads[0] if spreads else Spread(neutral)
    if pick is max and all(spread.rest == NO for spread in spreads):
        return Spread(NO, _highest(spreads))
    named = {target for spread in spreads for target in spread.given}
    return Spread(
        pick(spread.rest for spread in spreads),
        {target: pick(spread.of(target) for spread in spreads) for target in named},
    )


def _highest(spreads: Sequence[Spread]) -> dict[str, int]:
    """Join answers that are NO for all that they do not name."""
    joined: dict[str, int] = {}
    for value in (OPEN, YES):
        for spread in spreads:
            joined.update({target: rank for target, rank in spread.given.items() if rank == value})
    return joined


def spread_of(reach: Reach, candidates: Candidates, states: Sequence[Truth] = ()) -> Spread:
    """Say where an action is allowed, provided that no condition reads the target.

    Args:
        reach: the statements that speak of the action.
        candidates: the targets.
        states: for each of the statements whether its conditions are met; empty: they all are.
    """
    each: Iterator[Truth] = iter(states) if states else repeat(object=True)
    parts = []
    for sides in reach.levels:
        parts.append(_any(sides.allows, candidates, each))
        if sides.denies:
            parts.append(_any(sides.denies, candidates, each).opposite())
    return combine(parts, min)


def _any(terms: Iterable[Term], candidates: Candidates, states: Iterator[Truth]) -> Spread:
    found: list[Spread] = []
    for term in terms:
        met = next(states)
        if met is not False:
            found.append(_spread(term, candidates, rank(met)))
    return combine(found, max)


def rank(met: Truth) -> int:
    """Return a truth value's rank."""
    return NO if met is False else OPEN if met is None else YES


def _spread(term: Term, candidates: Candidates, value: int) -> Spread:
    if term.rule.everywhere:
        return Spread(value)
    if term.rule.statement.not_resources:
        return Spread(value, {id_: NO for pattern in term.not_resources for id_ in candidates.matching(pattern)})
    given = dict.fromkeys(candidates.matching(term.resources[0]), value) if term.resources else {}
    for pattern in term.resources[1:]:
        given.update(dict.fromkeys(candidates.matching(pattern), value))
    return Spread(NO, given)
