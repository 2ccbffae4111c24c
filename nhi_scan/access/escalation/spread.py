"""An answer for many targets at once: one for all of them, and others for those that a pattern singles out.

Ranks instead of truth values, so that AND is `min` and OR is `max`: 0 no, 1 under an open condition, 2 yes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nhi_scan.access.asking import Asking
from nhi_scan.access.combine import Truth
from nhi_scan.access.escalation.targets import Candidates
from nhi_scan.access.reach import Reach, state
from nhi_scan.access.terms import Term

NO, OPEN, YES = 0, 1, 2


@dataclass(frozen=True, slots=True)
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
    named = {target for spread in spreads for target in spread.given}
    return Spread(
        pick(spread.rest for spread in spreads),
        {target: pick(spread.of(target) for spread in spreads) for target in named},
    )


def spread_of(reach: Reach, candidates: Candidates, asking: Asking) -> Spread:
    """Say where an action is allowed, provided that no condition reads the target.

    Args:
        reach: the statements that speak of the action.
        candidates: the targets.
        asking: what is known of the request.
    """
    parts = []
    for sides in reach.levels:
        parts.append(_any(sides.allows, candidates, asking))
        if sides.denies:
            parts.append(_any(sides.denies, candidates, asking).opposite())
    return combine(parts, min)


def _any(terms: Iterable[Term], candidates: Candidates, asking: Asking) -> Spread:
    found = [Spread(NO)]
    for term in terms:
        met = state(term, asking)
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
    return Spread(NO, {id_: value for pattern in term.resources for id_ in candidates.matching(pattern)})
