"""The escalation graph of Kubernetes: an edge for every way from one identity to others, or to control of a place.

Whoever is in a group goes through one virtual node for what the group has, so that a group of everybody with rights in
every namespace takes one edge for each of them and not one for each pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nhi_scan.access.judged import Hit
from nhi_scan.access.kubernetes.escalation.containers import takes_node
from nhi_scan.access.kubernetes.escalation.control import ESCAPES, HOSTS, OWNS, SUPERUSER
from nhi_scan.access.kubernetes.escalation.facts import SUPERUSERS, Facts
from nhi_scan.access.kubernetes.escalation.grounds import Ground
from nhi_scan.access.kubernetes.escalation.held import EVERYTHING, Pair, Pairs, Roles
from nhi_scan.access.kubernetes.escalation.parts import Parts
from nhi_scan.access.kubernetes.escalation.sensitive import SensitiveThings
from nhi_scan.access.kubernetes.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.kubernetes.escalation.ways import Way, WaysFrom
from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.kube_ids import cluster_of, group

HOLDS = "holds"
"""Label of the edge from who is in a group to what the group has."""

_HELD = "held/"

Latent = tuple[Technique, Ground, bool]
"""A technique of which all is held, where, and whether conditionally."""


@dataclass(slots=True, frozen=True)
class Grip:
    """Control of a cluster that an identity gives itself."""

    node: int
    technique: str
    ground: Ground
    conditional: bool


@dataclass(slots=True)
class Escalation:
    """Everything that was found."""

    techniques: dict[str, Technique]
    roles: Roles
    graph: Graph = field(default_factory=lambda: GraphBuilder().build())
    grips: dict[str, list[Grip]] = field(default_factory=dict)  # by identity
    latent: dict[str, Latent] = field(default_factory=dict)  # by identity
    hits: dict[str, Hit] = field(default_factory=dict)  # by node: what is sensitive and within its own reach
    about: dict[str, str] = field(default_factory=dict)  # by node that is no identity: which place or role is meant
    given: dict[str, Pair] = field(default_factory=dict)  # by node that stands for having a role
    unread: set[str] = field(default_factory=set)  # identities that have a role which nobody could read


Offer = tuple[int, Way]
"""A technique by its place in the catalogue, and a way by it."""


class Builder:
    """Builds the graph of one inventory."""

    def __init__(self, inventory: Inventory, catalogue: EscalationCatalogue) -> None:
        """Make everything ready."""
        self._inventory = inventory
        self._catalogue = catalogue
        self._graph = GraphBuilder()
        self._facts = Facts(inventory)
        asked = {action for row in catalogue.techniques for action in row.actions}
        asked.update(row.action for row in catalogue.sensitive)
        self._roles = Roles(inventory, sorted({*asked, EVERYTHING}))
        self._ways = WaysFrom(self._graph, self._facts, self._roles)
        self._sensitive = SensitiveThings(self._facts, catalogue.sensitive)
        self._found = Escalation({row.id: row for row in catalogue.techniques}, self._roles)
        self._parts = Parts(inventory, self._roles)
        self._aside: dict[Pairs, tuple[Hit | None, Latent | None]] = {}
        self._group_grips: dict[str, list[Grip]] = {}
        self._offers: dict[tuple[Pairs, bool], list[Offer]] = {}
        self._held: dict[str, int] = {}

    def build(self) -> Escalation:
        """Find everything."""
        judged = [row for row in self._inventory.identities.values() if row.provider == self._catalogue.provider]
        for identity in judged:
            self._graph.node(identity.id)
        for cluster_id in self._facts.clusters():
            self._groups(cluster_id)
        for identity in judged:
            if identity.status != "deleted":
                self._connect(self._graph.node(identity.id), identity.id)
        for cluster_id in self._facts.clusters():
            self._nodes(cluster_id)
            self._containers(cluster_id)
        self._given()
        for name, scope_id in self._ways.control.about.items():
            if (hit := self._sensitive.inside(scope_id)) is not None:
                self._found.hits[name] = hit
        self._found.about |= self._ways.control.about | self._ways.given.about
        self._found.given = self._ways.given.pairs
        self._found.graph = self._graph.build()
        return self._found

    def _groups(self, cluster_id: str) -> None:
        masters = group(cluster_id, SUPERUSERS)
        node = self._graph.node(masters, "group")
        self._graph.edge(node, self._ways.control.of(cluster_id), SUPERUSER)
        for id_ in self._facts.groups.get(cluster_id, ()):
            self._connect(self._graph.node(id_, "group"), id_, is_group=True)
        for id_ in self._facts.absent(cluster_id):
            self._connect(self._graph.node(id_, "absent"), id_)

    def _connect(self, source: int, principal_id: str, *, is_group: bool = False) -> None:
        """Add the edges of an identity or a group: by what it has itself, by what its groups have, and by both."""
        own, groups = self._parts.of(principal_id)
        parts = [own, *groups] if self._parts.has_any(own) else groups
        shared = parts if is_group else groups
        for id_ in shared:
            self._graph.edge(source, self._held_by(id_), HOLDS)
        offers = [*([] if is_group else self._of(own)), *self._offered(self._parts.together(parts), several=True)]
        self._lay(source, offers)
        grips = [grip for id_ in shared for grip in self._grips_of(id_)] + self._grips(principal_id, offers)
        if grips:
            self._found.grips[principal_id] = grips
        for id_ in parts:
            self._remember(principal_id, self._parts.pairs(id_))
        if self._parts.has_unread(principal_id):
            self._found.unread.add(principal_id)

    def _grips_of(self, group_id: str) -> list[Grip]:
        known = self._group_grips.get(group_id)
        if known is None:
            known = self._group_grips[group_id] = self._grips(group_id, self._of(group_id))
        return known

    def _grips(self, principal_id: str, offers: Sequence[Offer]) -> list[Grip]:
        """Return by what of its ways somebody administers the cluster that they are in."""
        techniques = self._catalogue.techniques
        whole = self._ways.control.of(cluster_of(principal_id)) if offers else None
        return [
            Grip(way.node, techniques[order].id, way.ground, way.conditional)
            for order, way in offers
            if techniques[order].yields == "control" and way.node == whole
        ]

    def _remember(self, node_id: str, pairs: Pairs) -> None:
        """Keep what decides about an identity's level besides its ways."""
        known = self._aside.get(pairs)
        if known is None:
            known = self._aside[pairs] = self._sensitive.first(self._roles.held(pairs)), self._latent(pairs)
        hit, latent = known
        if hit is not None and (node_id not in self._found.hits or self._found.hits[node_id][2]):
            self._found.hits[node_id] = hit
        if latent is not None:
            self._found.latent.setdefault(node_id, latent)

    def _latent(self, pairs: Pairs) -> Latent | None:
        for technique in self._catalogue.techniques:
            if technique.yields == "latent":
                for ground, state in self._ways.usable(technique, pairs):
                    return technique, ground, state is None
        return None

    def _nodes(self, cluster_id: str) -> None:
        """Add what whoever has a node has: the tokens on it, and of a control plane's node the cluster."""
        for id_, _ in self._facts.nodes.get(cluster_id, ()):
            node = self._graph.node(id_)
            if (hosted := self._ways.sets.hosted(id_)) is not None:
                self._graph.edge(node, hosted, HOSTS)
            if id_ in self._facts.masters:
                self._graph.edge(node, self._ways.control.of(cluster_id), OWNS)

    def _containers(self, cluster_id: str) -> None:
        """Add that whoever runs as an account gets onto a node where its own pods can be left.

        Open, as a token alone is no container.
        """
        for namespace_id in self._facts.inside(cluster_id):
            for workload in self._facts.workloads.get(namespace_id, ()):
                if takes_node(workload) is False:
                    continue
                for target, _ in self._ways.sets.nodes_under(workload):
                    for id_ in workload.runs_as:
                        if id_ in self._inventory.identities:
                            self._graph.edge(self._graph.node(id_), target, ESCAPES, conditional=True)

    def _given(self) -> None:
        """Add what those have who were given a role; that may be the right to give others."""
        done = 0
        while done < len(names := list(self._ways.given.pairs)):
            for name in names[done:]:
                pairs = (self._ways.given.pairs[name],)
                self._lay(self._graph.node(name, "role"), self._offered(pairs))
                self._remember(name, pairs)
            done = len(names)

    def _lay(self, source: int, offers: Iterable[Offer]) -> None:
        """Add edges: one to each node, by the first technique without an open condition."""
        best: dict[int, tuple[bool, int, Way]] = {}
        for order, way in offers:
            known = best.get(way.node)
            if way.node != source and (known is None or (way.conditional, order) < known[:2]):
                best[way.node] = (way.conditional, order, way)
        techniques = self._catalogue.techniques
        for node, (conditional, order, way) in sorted(best.items(), key=lambda one: (one[1][:2], one[0])):
            self._graph.edge(source, node, techniques[order].id, conditional=conditional, note=way.ground)

    def _offered(self, pairs: Pairs, *, several: bool = False) -> list[Offer]:
        """Return the ways of a stack; `several`: by those techniques alone that take several rights at once."""
        key = (pairs, several)
        known = self._offers.get(key)
        if known is None:
            held = self._roles.held(pairs)
            known = self._offers[key] = [
                (order, way)
                for order, technique in enumerate(self._catalogue.techniques)
                if technique.yields != "latent" and (not several or len(technique.requires) > 1)
                if all(any(action in held for action in row.actions) for row in technique.requires)
                for way in self._ways.ways(technique, pairs)
            ]
        return known

    def _held_by(self, group_id: str) -> int:
        """Return the virtual node of what a group has."""
        known = self._held.get(group_id)
        if known is None:
            known = self._held[group_id] = self._graph.node(f"{_HELD}{group_id}", "set", virtual=True)
            self._lay(known, self._of(group_id))
        return known

    def _of(self, principal_id: str) -> list[Offer]:
        return self._offered(self._parts.pairs(principal_id))
