"""Control of a cluster or of a namespace, and what whoever has it does next."""

from nhi_scan.access.kubernetes.escalation.facts import Facts
from nhi_scan.access.kubernetes.escalation.sets import Sets
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.kube_ids import cluster_of

CONTROL = "control/"
"""Before the id of what is controlled."""

TAKES = "k8s-control-takes"
ESCAPES = "k8s-container-escape"
HOSTS = "k8s-node-tokens"
OWNS = "k8s-control-plane-node"
SUPERUSER = "k8s-superuser"

TITLES = {
    TAKES: "Become anybody in what it controls, by a token or by impersonation",
    ESCAPES: "Break out of a container of its own onto the node",
    HOSTS: "Use the tokens of the pods that run on the node",
    OWNS: "Read the keys of the control plane on its own node",
    SUPERUSER: "Be asked nothing, as a member of `system:masters`",
}
"""What follows from how a cluster is made, and not from a right that somebody was given."""


class Control:
    """Makes the nodes of control."""

    def __init__(self, graph: GraphBuilder, facts: Facts, sets: Sets) -> None:
        """Begin with none."""
        self._graph = graph
        self._facts = facts
        self._sets = sets
        self._made: dict[str, int] = {}
        self.about: dict[str, str] = {}  # the place that each node is about

    def of(self, scope_id: str) -> int:
        """Return the node for control of a cluster or a namespace."""
        known = self._made.get(scope_id)
        if known is not None:
            return known
        name = f"{CONTROL}{scope_id}"
        node = self._made[scope_id] = self._graph.node(name, "control")
        self.about[name] = scope_id
        if "/" in scope_id:
            self._of_namespace(node, scope_id)
        elif (everybody := self._sets.anybody(scope_id)) is not None:
            self._graph.edge(node, everybody, TAKES)
        return node

    def every_namespace(self, cluster_id: str) -> int | None:
        """Return the set of the nodes for control of each namespace of a cluster."""
        return self._sets.of_parts(
            f"control/{cluster_id}", ((self.of(one), False) for one in self._facts.inside(cluster_id))
        )

    def _of_namespace(self, node: int, namespace_id: str) -> None:
        """Whoever may do everything in a namespace runs pods there: as any account, and on a node if let in."""
        if (accounts := self._sets.accounts(namespace_id)) is not None:
            self._graph.edge(node, accounts, TAKES)
        let_in = self._facts.lets_in(namespace_id, "privileged")
        if let_in is not False and (nodes := self._sets.nodes(cluster_of(namespace_id))) is not None:
            self._graph.edge(node, nodes, ESCAPES, conditional=let_in is None)
