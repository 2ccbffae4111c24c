"""Turns edges into steps that a person can follow, with the rules and bindings that prove each of them."""

from collections.abc import Iterable, Iterator, Mapping

from nhi_scan.access.kubernetes.escalation.build import HOLDS, Escalation
from nhi_scan.access.kubernetes.escalation.control import TITLES
from nhi_scan.access.kubernetes.escalation.grounds import Ground
from nhi_scan.access.kubernetes.escalation.held import Names
from nhi_scan.access.kubernetes.escalation.sets import MEMBER
from nhi_scan.access.kubernetes.escalation.technique import Requirement, Technique
from nhi_scan.access.kubernetes.subjects import Subjects
from nhi_scan.graph.graph import Edge
from nhi_scan.graph.paths import Ways
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef, Step
from nhi_scan.model.kube_ids import cluster_of, take_apart
from nhi_scan.model.policy import Binding

_WITHIN = (HOLDS, MEMBER)


class Steps:
    """Explains the edges of one escalation graph."""

    def __init__(self, inventory: Inventory, escalation: Escalation) -> None:
        """Begin with nothing remembered."""
        self._inventory = inventory
        self._escalation = escalation
        self._subjects = Subjects(inventory)
        self._by_scope: dict[str, dict[str, list[Binding]]] = {}
        self._tails: dict[tuple[int, int], tuple[Step, ...]] = {}

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. The edges into a set and out of it are one step."""
        made: list[Step] = []
        hop: list[Edge] = []
        for edge in edges:
            hop.append(edge)
            if not self._virtual(edge.target):
                made.append(self._step(hop))
                hop = []
        return tuple(made)

    def shown(self, node_id: str) -> str:
        """Return what a node is about, as it is called elsewhere: an identity, a role, or a place."""
        return self._escalation.about.get(node_id, node_id)

    def way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        """Return the steps of the way from an identity; what several ways have in common is made once."""
        key = (id(ways), node)
        known = self._tails.get(key)
        if known is None:
            known = self._tails[key] = self._way_from(ways, node)
        return known

    def _way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        graph = ways.graph
        made: list[Step] = []
        hop: list[Edge] = []
        while (index := int(ways.next_edge[node])) >= 0:
            hop.append(graph.edge(index))
            node = int(graph.targets[index])
            if graph.virtual[node]:
                continue
            made.append(self._step(hop))
            hop = []
            tail = self._tails.get((id(ways), node))
            if tail is not None:
                return (*made, *tail)
        return tuple(made)

    def _virtual(self, node_id: str) -> bool:
        graph = self._escalation.graph
        number = graph.number(node_id)
        return number is not None and bool(graph.virtual[number])

    def _step(self, hop: list[Edge]) -> Step:
        """Return the step of the edges from one node that is no set to the next."""
        meant = next((edge for edge in hop if edge.label not in _WITHIN), hop[0])
        source, target = hop[0].source, hop[-1].target
        conditional = any(edge.conditional for edge in hop)
        technique = self._escalation.techniques.get(meant.label)
        if technique is not None and isinstance(meant.note, Ground):
            return self.one(technique, source, target, meant.note, conditional=conditional)
        return Step(
            technique=meant.label,
            source_id=self.shown(source),
            target_id=self.shown(target),
            conditional=conditional,
            detail=TITLES.get(meant.label, meant.label),
        )

    def one(self, technique: Technique, source: str, target: str, ground: Ground, *, conditional: bool) -> Step:
        """Return the step of one technique.

        Args:
            technique: what is done.
            source: node of who does it.
            target: node that it leads to; empty for none.
            ground: where all that it takes is held.
            conditional: whether it depends on what is open.
        """
        found = {ref for row in technique.requires for ref in self._statements(source, row, ground)}
        return Step(
            technique=technique.id,
            source_id=self.shown(source),
            target_id=self.shown(target) if target else "",
            statements=tuple(sorted(found, key=_order)),
            conditional=conditional,
            detail=_sentence(technique.title, ground),
        )

    def reading(self, source: str, action: str, ground: Ground) -> tuple[StatementRef, ...]:
        """Name the rules that give one action in a place."""
        row = Requirement((action,), "target")
        return tuple(sorted(self._statements(source, row, ground), key=_order))

    def _statements(self, source: str, requirement: Requirement, ground: Ground) -> set[StatementRef]:
        """Name the rules that give one of several actions where a technique is used."""
        scopes = None if requirement.at == "anywhere" else dict.fromkeys((ground.scope_id, cluster_of(ground.scope_id)))
        return {
            StatementRef(policy_id, rule.index, "", "allow", binding_id)
            for policy_id, scope_id, binding_id in self._held_by(source, scopes)
            for action in requirement.actions
            if self._escalation.roles.counts(action, everywhere="/" not in scope_id)
            for rule in self._escalation.roles.gives(policy_id).get(action, ())
            if _is_meant(rule.names, requirement, ground)
        }

    def _held_by(self, node_id: str, scopes: Iterable[str] | None) -> Iterator[tuple[str, str, str]]:
        """Yield the roles that somebody has in some places, or anywhere: which, where, and by which binding."""
        given = self._escalation.given.get(node_id)
        if given is not None:
            yield (*given, "")
            return
        if node_id in self._escalation.about:
            return  # whoever controls a place has all rights there, by no rule
        for name in self._subjects.names(node_id).sure:
            by_scope = self._bindings(name)
            for scope_id in by_scope if scopes is None else scopes:
                for row in by_scope.get(scope_id, ()):
                    yield row.policy_id, row.scope_id, row.id

    def _bindings(self, name: str) -> Mapping[str, list[Binding]]:
        known = self._by_scope.get(name)
        if known is None:
            known = self._by_scope[name] = {}
            for row in self._inventory.bindings_of.get(name, ()):
                known.setdefault(row.scope_id, []).append(row)
        return known


def _is_meant(names: Names, requirement: Requirement, ground: Ground) -> bool:
    """Say whether a rule about objects of some names is one that a step rests on."""
    if names is None:
        return True
    if requirement.names:
        return not names.isdisjoint(requirement.names)
    if requirement.at != "target":
        return True
    return ground.names is not None and not names.isdisjoint(ground.names)


def _sentence(title: str, ground: Ground) -> str:
    """Say where it is done, where that is one namespace."""
    if ground.everywhere:
        return title
    return f"{title} (namespace `{take_apart(ground.scope_id).namespace}`)"


def _order(ref: StatementRef) -> tuple[str, int, str]:
    return ref.policy_id, ref.index, ref.binding_id
