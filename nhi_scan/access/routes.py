"""Ways from one identity to another, to an administrator, or to a resource, asked one question at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.engine import Report
from nhi_scan.access.levels import reading
from nhi_scan.graph.paths import ways_to
from nhi_scan.model.access import Step, Verdict
from nhi_scan.model.identity import Resource
from nhi_scan.model.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The shortest way that one identity has; unconditional ways come before any that rest on an open condition."""

    source_id: str
    conditional: bool
    steps: tuple[Step, ...]


def to_administrator(report: Report) -> tuple[Route, ...]:
    """Return the way of every identity that is an administrator or can become one now, shortest first."""
    routes = (
        Route(source_id=level.identity_id, conditional=level.conditional, steps=level.path)
        for level in report.privileges.values()
        if level.level in ("administrator", "can_become_administrator")
    )
    return _sorted(routes)


def to_identity(report: Report, target_id: str) -> tuple[Route, ...]:
    """Return the way of every identity that can become another one, shortest first."""
    return _sorted(_towards(report, {target_id: ()}, ()))


def to_scope(report: Report, chain: Sequence[Scope]) -> tuple[Route, ...]:
    """Return the way of every identity that comes to control a scope, or one above it, shortest first.

    Args:
        report: of one provider.
        chain: the scope and all above it, root first.
    """
    return _sorted(_towards(report, dict.fromkeys(report.control(chain), ()), ()))


def to_resource(report: Report, access: EffectiveAccess, resource: Resource) -> tuple[Route, ...]:
    """Return the way of every identity that gets at what a resource holds, itself or as somebody else.

    What counts as getting at it is the provider's: reading an object of a bucket, decrypting with a key.
    """
    certain: dict[str, tuple[Step, ...]] = {}
    open_: dict[str, tuple[Step, ...]] = {}
    for row in report.sensitive:
        fits = row.fits(resource)
        if fits is False:
            continue
        for identity_id, decision in access.who_can(row.action, row.resource.format(id=resource.id)):
            if decision.baseless:
                continue
            conditional = decision.verdict is not Verdict.ALLOWED or fits is None
            found = open_ if conditional else certain
            step = reading(identity_id, row.action, resource.id, decision.statements, conditional=conditional)
            found.setdefault(identity_id, (step,))
    return _sorted(_towards(report, certain, {key: step for key, step in open_.items() if key not in certain}))


def _towards(
    report: Report, certain: dict[str, tuple[Step, ...]], open_: dict[str, tuple[Step, ...]] | tuple[()]
) -> Iterator[Route]:
    """Search backwards from the goals; a goal's own last steps end every way that leads to it."""
    graph = report.graph
    ends = {**certain, **dict(open_)}
    numbers = {goal: graph.number(goal) for goal in ends}
    ways = ways_to(
        graph,
        [number for goal in certain if (number := numbers[goal]) is not None],
        [number for goal in dict(open_) if (number := numbers[goal]) is not None],
    )
    for source_id in report.privileges:
        node = graph.number(source_id)
        if node is None or ways.distance[node] < 0:
            continue
        edges = ways.path(node)
        steps = (*report.steps.along(edges), *ends[edges[-1].target if edges else source_id])
        if steps:
            yield Route(source_id=source_id, conditional=bool(ways.conditional[node]), steps=steps)


def _sorted(routes: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(sorted(routes, key=lambda route: (route.conditional, len(route.steps), route.source_id)))
