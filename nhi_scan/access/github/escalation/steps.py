"""Turns edges into steps that a person can follow, with what proves each of them."""

from typing import Final

from nhi_scan.access.github.escalation.build import CONTROL, Escalation
from nhi_scan.access.github.escalation.technique import Technique
from nhi_scan.access.github.summarise import Access
from nhi_scan.graph.graph import Edge
from nhi_scan.graph.paths import Ways
from nhi_scan.model import github_ids
from nhi_scan.model.access import StatementRef, Step

_IDENTITY: Final = "identity"


class Steps:
    """Explains the edges of one escalation graph."""

    def __init__(self, access: Access, escalation: Escalation) -> None:
        """Begin with nothing remembered."""
        self._access = access
        self._escalation = escalation
        self._known: dict[tuple[str, str, str], tuple[StatementRef, ...]] = {}

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. An edge to a set and the one from it to a member are one step."""
        made: list[Step] = []
        first: Edge | None = None
        actor = shown(edges[0].source) if edges else ""
        conditional = False
        for edge in edges:
            first = first or edge
            conditional = conditional or edge.conditional
            if self._kind(edge.target) == "set":
                continue
            technique = self._escalation.techniques[first.label]
            made.append(self.one(technique, actor, edge.target, conditional=conditional))
            if self._kind(edge.target) == _IDENTITY:
                actor = edge.target  # who has taken control of a place is still the same
            first, conditional = None, False
        return tuple(made)

    def way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        """Return the steps of the way from an identity."""
        return self.along(ways.path(node))

    def one(self, technique: Technique, source: str, target: str, *, conditional: bool) -> Step:
        """Return the step of one technique.

        Args:
            technique: what is done.
            source: id of the identity that does it.
            target: id of the node that it leads to; empty for none.
            conditional: whether it depends on an open condition.
        """
        place = shown(target)
        key = (technique.id, source, place)
        found = self._known.get(key)
        if found is None:
            refs = {ref for permission in technique.permissions for ref in self._statements(source, permission, place)}
            found = self._known[key] = tuple(sorted(refs, key=lambda ref: (ref.policy_id, ref.binding_id, ref.index)))
        needs = f", where {' and '.join(technique.needs)}" if technique.needs else ""
        return Step(
            technique=technique.id,
            source_id=source,
            target_id=place,
            statements=found,
            conditional=conditional,
            detail=f"{technique.title}{needs}",
        )

    def _statements(self, source: str, permission: str, place: str) -> tuple[StatementRef, ...]:
        """Name what gives a permission on a place; else what gives it at all."""
        if source not in self._access.inventory.identities:
            return ()
        near = github_ids.repository_of(place) or github_ids.organization_of(place)
        found = self._access.statements(source, permission, near) if self._access.places.scope(near) else ()
        return found or self._access.statements(source, permission)

    def _kind(self, node_id: str) -> str:
        graph = self._escalation.graph
        number = graph.number(node_id)
        return "" if number is None else graph.kinds[number]


def shown(node_id: str) -> str:
    """Return what a node is about, as it is called elsewhere: an identity or a place."""
    return node_id.removeprefix(CONTROL)
