"""Turns edges into steps that a person can follow, with the statements that prove each of them."""

from nhi_scan.access.gcp.escalation.build import Escalation, Use
from nhi_scan.access.gcp.escalation.control import TAKES
from nhi_scan.access.gcp.escalation.technique import Requirement, Technique
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.graph.graph import Edge
from nhi_scan.graph.paths import Ways
from nhi_scan.model.access import StatementRef, Step

_AS_GIVEN = "Mint a token of a service account, as whoever controls its project may allow itself to"


class Steps:
    """Explains the edges of one escalation graph."""

    def __init__(self, access: Access, escalation: Escalation) -> None:
        """Begin with nothing remembered."""
        self._access = access
        self._escalation = escalation
        self._known: dict[tuple[str, str, str, tuple[StatementRef, ...]], tuple[StatementRef, ...]] = {}
        self._tails: dict[tuple[int, int], tuple[Step, ...]] = {}

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. An edge to a set and those from it to a member are one step."""
        made: list[Step] = []
        pending: Edge | None = None
        conditional = False
        actor = self.shown(edges[0].source) if edges else ""
        for edge in edges:
            first = pending or edge
            conditional = (pending is not None and conditional) or edge.conditional
            if self._kind(edge.target) == "set":
                pending = first
                continue
            made.append(self._step(first, actor, edge.target, conditional=conditional))
            pending = None
            actor = self._next(actor, edge.target)
        return tuple(made)

    def shown(self, node_id: str) -> str:
        """Return what a node is about, as it is called elsewhere: an identity or a place."""
        return self._escalation.about.get(node_id, node_id)

    def _kind(self, node_id: str) -> str:
        graph = self._escalation.graph
        number = graph.number(node_id)
        return "" if number is None else graph.kinds[number]

    def _next(self, actor: str, target: str) -> str:
        """Who acts next: whoever was become; who has taken control of a place is still the same."""
        return actor if self._kind(target) == "control" else self.shown(target)

    def way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        """Return the steps of the way from an identity; what several ways have in common is made once."""
        known = self._tails.get((id(ways), node))
        if known is None:
            known = self._tails[id(ways), node] = self._way_from(ways, node)
        return known

    def _way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        graph = ways.graph
        made: list[Step] = []
        actor = self.shown(graph.ids[node])
        while (index := int(ways.next_edge[node])) >= 0:
            first = graph.edge(index)
            conditional = first.conditional
            node = int(graph.targets[index])
            while graph.virtual[node]:
                last = int(ways.next_edge[node])
                conditional = conditional or bool(graph.conditional[last])
                node = int(graph.targets[last])
            made.append(self._step(first, actor, graph.ids[node], conditional=conditional))
            actor = self._next(actor, graph.ids[node])
            tail = self._tails.get((id(ways), node))
            if tail is not None and graph.kinds[node] == "identity":
                return (*made, *tail)
        return tuple(made)

    def _step(self, edge: Edge, actor: str, target: str, *, conditional: bool) -> Step:
        if self._kind(edge.source) == "control":
            return Step(
                technique=TAKES,
                source_id=actor,
                target_id=self.shown(target),
                conditional=conditional,
                detail=_AS_GIVEN,
            )
        use = edge.note
        refs = use.refs if isinstance(use, Use) else ()
        technique = self._escalation.techniques[edge.label]
        return self.one(technique, actor, target, refs, conditional=conditional)

    def one(
        self,
        technique: Technique,
        source: str,
        target: str,
        refs: tuple[StatementRef, ...] = (),
        *,
        conditional: bool,
    ) -> Step:
        """Return the step of one technique.

        Args:
            technique: what is done.
            source: id of the identity that does it.
            target: id of the node that it leads to; empty for none.
            refs: statements that it rests on besides those that give its permissions.
            conditional: whether it depends on an open condition.
        """
        key = (technique.id, source, target, refs)
        known = self._known.get(key)
        if known is None:
            found = {*refs, *[ref for row in technique.requires for ref in self._statements(source, row, target)]}
            known = self._known[key] = tuple(sorted(found, key=_order))
        return Step(
            technique=technique.id,
            source_id=source,
            target_id=self.shown(target),
            statements=known,
            conditional=conditional,
            detail=technique.title,
        )

    def _statements(self, source: str, requirement: Requirement, target: str) -> tuple[StatementRef, ...]:
        """Name the bindings that give a permission on a target or its project; else those that give it at all."""
        if source not in self._access.inventory.identities:
            return ()
        place = self.shown(target)
        if requirement.at == "project":
            place = self._access.places.project_of(place)
        if place and requirement.at in ("target", "project", "scope"):
            found = self._access.statements(source, requirement.permission, place)
            if found:
                return found
        return self._access.statements(source, requirement.permission)


def _order(ref: StatementRef) -> tuple[str, str, int, str]:
    return ref.policy_id, ref.binding_id, ref.index, ref.layer
