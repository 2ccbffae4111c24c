"""Turns edges into steps that a person can follow, with the statements that prove each of them."""

from collections.abc import Iterable

from nhi_scan.access.azure.escalation.build import Escalation, Use
from nhi_scan.access.azure.escalation.control import CREDENTIALS, ELEVATES, RESETS, TAKES
from nhi_scan.access.azure.escalation.directory import GROUP
from nhi_scan.access.azure.summarise import Access
from nhi_scan.graph.graph import Edge
from nhi_scan.graph.paths import Ways
from nhi_scan.model.access import StatementRef, Step
from nhi_scan.model.policy import Binding

# What whoever controls something does next: it gives itself what that takes, so that no statement gives it yet.
_AS_CONTROLLING = {
    TAKES: "Act as what runs there, by a role that whoever may assign roles gives itself",
    ELEVATES: "Elevate itself to control of all subscriptions, as a Global Administrator may",
    CREDENTIALS: "Add a credential of its own, as whoever controls the directory may",
    RESETS: "Reset how somebody signs in, as whoever controls the directory may",
}


class Steps:
    """Explains the edges of one escalation graph."""

    def __init__(self, access: Access, escalation: Escalation) -> None:
        """Begin with nothing remembered."""
        self._access = access
        self._escalation = escalation
        self._known: dict[tuple[int, str], tuple[StatementRef, ...]] = {}
        self._tails: dict[tuple[int, int], tuple[Step, ...]] = {}

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. An edge to a set and those from it to a member are one step."""
        made: list[Step] = []
        pending: Edge | None = None
        conditional = False
        actor = edges[0].source if edges else ""
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
        """Return what a node is about, as it is called elsewhere: an identity, a group or a place."""
        return self._escalation.about.get(node_id, node_id)

    def way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        """Return the steps of the way from an identity; what several ways have in common is made once."""
        known = self._tails.get((id(ways), node))
        if known is None:
            known = self._tails[id(ways), node] = self._way_from(ways, node)
        return known

    def one(self, use: Use, source: str, target: str, *, conditional: bool) -> Step:
        """Return the step of one technique.

        Args:
            use: the technique, and where what it takes is held.
            source: id of the identity that does it, or of the node of the group as whose member it does.
            target: id of the node that it leads to; empty for none.
            conditional: whether it depends on an open condition.
        """
        return Step(
            technique=use.technique.id,
            source_id=self.shown(source),
            target_id=self.shown(target) if target else "",
            statements=self._statements(use, source),
            conditional=conditional,
            detail=use.technique.title,
        )

    def _way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        graph = ways.graph
        made: list[Step] = []
        actor = graph.ids[node]
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

    def _kind(self, node_id: str) -> str:
        graph = self._escalation.graph
        number = graph.number(node_id)
        return "" if number is None else graph.kinds[number]

    def _next(self, actor: str, target: str) -> str:
        """Who acts next: whoever was become, or as a member of a group; who took control of something is the same."""
        return actor if self._kind(target) == "control" else target

    def _step(self, edge: Edge, actor: str, target: str, *, conditional: bool) -> Step:
        use = edge.note
        if isinstance(use, Use):
            return self.one(use, actor, target, conditional=conditional)
        return Step(
            technique=edge.label,
            source_id=self.shown(actor),
            target_id=self.shown(target),
            conditional=conditional,
            detail=_AS_CONTROLLING[edge.label],
        )

    def _statements(self, use: Use, source: str) -> tuple[StatementRef, ...]:
        """Name the assignments that give what a technique takes."""
        key = (id(use), source)
        if key not in self._known:
            self._known[key] = self._find(use, source)
        return self._known[key]

    def _find(self, use: Use, source: str) -> tuple[StatementRef, ...]:
        access, principal = self._access, source
        if source.startswith(GROUP) and source in self._escalation.about:
            assert self._escalation.grouped is not None  # noqa: S101 - groups have nodes only where it is there
            access, principal = self._escalation.grouped.access, self.shown(source)
        if use.ground is None or principal not in access.inventory.identities or not use.technique.requires:
            return ()
        found: set[StatementRef] = set()
        for row in use.technique.requires[use.ground.alternative]:
            place = use.ground.place if row.at == "target" else None
            if row.role:
                found.update(_given(access, principal, row.role, place))
            else:
                found.update(proof(access, principal, row.action, place))
        return _nearest_first(access, found)


def proof(access: Access, principal: str, action: str, place: str | None) -> tuple[StatementRef, ...]:
    """Name the statements that give an action (on a place), nearest first; those alone that are certain, if any is."""
    found = access.statements(principal, action, place)
    certain = [ref for ref in found if _is_plain(access, principal, ref)]
    return _nearest_first(access, certain or found)


def _is_plain(access: Access, principal: str, ref: StatementRef) -> bool:
    """Whether nothing has to hold, or to be activated, for a statement to give what it says."""
    policy = access.inventory.policies.get(ref.policy_id)
    rules = [one for one in policy.statements if one.index == ref.index] if policy is not None else []
    unconditional = bool(rules) and not any(one.conditions or one.malformed for one in rules)
    return unconditional and _counts_now(access, principal, access.inventory.bindings[ref.binding_id])


def _counts_now(access: Access, principal: str, row: Binding) -> bool:
    return row.condition is None and not row.eligible and row.principal_id in access.members.principals(principal).sure


def _given(access: Access, principal: str, role: str, place: str | None) -> list[StatementRef]:
    """Name the assignments of a role (on a place or above it); those alone that are certain, if any is."""
    names = (*access.members.principals(principal).sure, *access.members.eligible(principal))
    chain = None if place is None else access.places.chain(place)
    rows = [
        row
        for name in names
        for row in access.inventory.bindings_of.get(name, ())
        if row.policy_id == role and (chain is None or row.scope_id in chain)
        if row.expires_at is None or row.expires_at > access.now
    ]
    certain = [row for row in rows if _counts_now(access, principal, row)]
    return [StatementRef(policy_id=role, index=0, layer="allow", binding_id=row.id) for row in certain or rows]


def _nearest_first(access: Access, found: Iterable[StatementRef]) -> tuple[StatementRef, ...]:
    return tuple(sorted(found, key=lambda ref: (-_depth(access, ref), *_order(ref))))


def _depth(access: Access, ref: StatementRef) -> int:
    return len(access.places.chain(access.inventory.bindings[ref.binding_id].scope_id))


def _order(ref: StatementRef) -> tuple[str, str, int, str]:
    return ref.policy_id, ref.binding_id, ref.index, ref.layer
