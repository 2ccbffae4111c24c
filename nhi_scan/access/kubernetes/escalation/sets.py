"""Sets of targets as nodes of a graph: "every service account of this namespace" is one, with an edge to each of them.

The set of a cluster has an edge to the set of each namespace. So one who may create pods everywhere has one edge,
however many accounts there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from nhi_scan.access.combine import both
from nhi_scan.access.kubernetes.escalation.containers import nodes_of, runs, shows_token, takes_node
from nhi_scan.access.kubernetes.escalation.facts import Facts, Member
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.identity import Workload
from nhi_scan.model.kube_ids import cluster_of

MEMBER = "member"
"""Label of the edges within a set and out of it."""

Part = tuple[int, bool]
"""A node by its number, and whether conditionally."""

Parts = Callable[[], Iterable[Part]]
Listing = Callable[[str], Iterable[Part]]


class Sets:
    """Makes the nodes of sets, on demand."""

    def __init__(self, graph: GraphBuilder, facts: Facts) -> None:
        """Begin without any."""
        self._graph = graph
        self._facts = facts
        self._made: dict[str, int | None] = {}
        self._hosts: dict[str, dict[str, list[Workload]]] = {}
        self._adrift: dict[str, list[Workload]] = {}

    def accounts(self, scope_id: str) -> int | None:
        """Return the service accounts of a namespace, or of a cluster; None where there are none."""
        return self._of_scope("accounts", scope_id, lambda one: self._members(self._facts.accounts.get(one, ())))

    def accounts_beside(self, scope_id: str, kinds: tuple[str, ...]) -> int | None:
        """Return the service accounts of those namespaces that have a workload of some kinds."""

        def beside(namespace_id: str) -> Iterator[Part]:
            state, node = self._facts.has_workload(namespace_id, kinds), self.accounts(namespace_id)
            if node is not None and state is not False:
                yield node, state is None

        return self._of_scope("accounts," + ",".join(kinds), scope_id, beside)

    def inside(self, scope_id: str) -> int | None:
        """Return what is to be had in the containers of a scope's pods: tokens of accounts, and nodes."""

        def contents(namespace_id: str) -> Iterator[Part]:
            yield from self._contents(self._facts.workloads.get(namespace_id, ()))
            yield from self.unlisted(namespace_id)

        return self._of_scope("inside", scope_id, contents)

    def unlisted(self, scope_id: str) -> Iterator[Part]:
        """Yield what may be had in pods of a scope that nobody could list: as any account, on any node."""
        yield from self._unlisted_accounts(scope_id)
        known = all(map(self._facts.pods_known, self._facts.inside(scope_id)))
        if not known and self._facts.nodes.get(cluster_of(scope_id)):
            every = self.nodes(cluster_of(scope_id))
            yield from [] if every is None else [(every, True)]

    def inside_of(self, workload: Workload) -> list[Part]:
        """Return what is to be had in the containers of one workload."""
        return list(self._contents([workload]))

    def inside_node(self, node_id: str) -> int | None:
        """Return what is to be had in the containers that run on one node."""
        cluster_id = cluster_of(node_id)

        def contents() -> Iterator[Part]:
            here = self.on(node_id)
            yield from self._contents(here, node_id)
            yield from self._perhaps(f"unlisted/{cluster_id}", lambda: self.unlisted(cluster_id))
            adrift = self._adrift[cluster_id]
            yield from self._perhaps(f"inside-adrift/{cluster_id}", lambda: self._shown(adrift))
            if any(takes_node(one) is not False for one in adrift):
                yield self._graph.node(node_id), True

        return self._set(f"inside/{node_id}", contents)

    def hosted(self, node_id: str) -> int | None:
        """Return the accounts whose tokens are on a node, which its kubelet asks for."""
        cluster_id = cluster_of(node_id)

        def tokens() -> Iterator[Part]:
            yield from self._tokens(self.on(node_id))
            yield from self._perhaps(f"hosted-unlisted/{cluster_id}", lambda: self._unlisted_accounts(cluster_id))
            adrift = self._adrift[cluster_id]
            yield from self._perhaps(f"hosted-adrift/{cluster_id}", lambda: self._tokens(adrift))

        return self._set(f"hosted/{node_id}", tokens)

    def _unlisted_accounts(self, scope_id: str) -> Iterator[Part]:
        for namespace_id in self._facts.inside(scope_id):
            if not self._facts.pods_known(namespace_id) and (node := self.accounts(namespace_id)) is not None:
                yield node, True

    def _perhaps(self, name: str, parts: Parts) -> Iterator[Part]:
        """Yield a set of what may be anywhere, which is made once."""
        node = self._set(name, parts)
        if node is not None:
            yield node, True

    def nodes(self, cluster_id: str) -> int | None:
        """Return the nodes of a cluster; where nobody could list them, what runs in it."""

        def listed() -> Iterator[Part]:
            known = self._facts.nodes.get(cluster_id, [])
            yield from self._members(known)
            if not known and (inside := self.inside(cluster_id)) is not None:
                yield inside, True

        return self._set(f"nodes/{cluster_id}", listed)

    def absent(self, scope_id: str) -> int | None:
        """Return the service accounts of a scope that are bound and not there."""
        return self._set(f"absent/{scope_id}", lambda: self._groups(self._facts.absent(scope_id), "absent"))

    def users(self, cluster_id: str) -> int | None:
        """Return the users of a cluster that something is bound to, but for nodes."""
        return self._set(f"users/{cluster_id}", lambda: self._members(self._facts.users.get(cluster_id, ())))

    def anybody(self, cluster_id: str) -> int | None:
        """Return whoever a certificate can name: users, service accounts, nodes, groups but `system:masters`."""

        def listed() -> Iterator[Part]:
            named = (self.users(cluster_id), self.accounts(cluster_id), self.absent(cluster_id), self.nodes(cluster_id))
            for node in named:
                if node is not None:
                    yield node, False
            yield from self._groups(self._facts.groups.get(cluster_id, ()), "group")

        return self._set(f"anybody/{cluster_id}", listed)

    def tokens(self, scope_id: str) -> int | None:
        """Return the accounts of which a Secret of a scope holds a token; perhaps any, where Secrets are not known."""

        def kept(namespace_id: str) -> Iterator[Part]:
            yield from self._members((account, False) for _, account in self._facts.tokens.get(namespace_id, ()))
            if not self._facts.secrets_known(namespace_id) and (node := self.accounts(namespace_id)) is not None:
                yield node, True

        return self._of_scope("tokens", scope_id, kept)

    def accounts_of_secrets(self, scope_id: str) -> int | None:
        """Return the accounts of those namespaces of a scope in which a Secret keeps a token."""

        def beside(namespace_id: str) -> Iterator[Part]:
            kept, node = bool(self._facts.tokens.get(namespace_id)), self.accounts(namespace_id)
            if node is not None and (kept or not self._facts.secrets_known(namespace_id)):
                yield node, not kept

        return self._of_scope("accounts,secrets", scope_id, beside)

    def of_parts(self, name: str, parts: Iterable[Part]) -> int | None:
        """Return a set of what is given, by a name that nothing else has."""
        return self._set(name, lambda: parts)

    def on(self, node_id: str) -> list[Workload]:
        """Return the workloads that have a pod on a node, as far as that is told."""
        cluster_id = cluster_of(node_id)
        if cluster_id not in self._hosts:
            self._place(cluster_id)
        return self._hosts[cluster_id].get(node_id, [])

    def _place(self, cluster_id: str) -> None:
        hosts: dict[str, list[Workload]] = defaultdict(list)
        adrift = []
        for namespace_id in self._facts.inside(cluster_id):
            for workload in self._facts.workloads.get(namespace_id, ()):
                names, whole = nodes_of(workload)
                if workload.kind == "daemon_set" and not whole and names:
                    every = self._facts.nodes.get(cluster_id, ())
                    names, whole = tuple(id_.rpartition(":")[2] for id_, _ in every), True
                for name in names:
                    hosts[f"{cluster_id}/users/system:node:{name}"].append(workload)
                if not whole:
                    adrift.append(workload)
        self._hosts[cluster_id], self._adrift[cluster_id] = hosts, adrift

    def _tokens(self, workloads: Iterable[Workload]) -> Iterator[Part]:
        for workload in workloads:
            for id_ in workload.runs_as:
                yield from self._members([(id_, shows_token(workload) is not True)])

    def _shown(self, workloads: Iterable[Workload]) -> Iterator[Part]:
        """Yield the accounts of which a token is to be had in containers."""
        for workload in workloads:
            shown = both(runs(workload), shows_token(workload))
            if shown is not False:
                yield from self._members((id_, shown is None) for id_ in workload.runs_as)

    def _contents(self, workloads: Iterable[Workload], node_id: str = "") -> Iterator[Part]:
        for workload in workloads:
            yield from self._shown([workload])
            taken = both(runs(workload), takes_node(workload))
            if taken is not False:
                yield from ((node, one or taken is None) for node, one in self.nodes_under(workload, node_id))

    def nodes_under(self, workload: Workload, node_id: str = "") -> Iterator[Part]:
        """Yield the nodes that a workload runs on: the one that is meant, or all that are told; else perhaps any."""
        cluster_id = cluster_of(workload.id)
        names, whole = nodes_of(workload)
        if node_id:
            yield self._graph.node(node_id), False
            return
        for name in names:
            yield self._graph.node(f"{cluster_id}/users/system:node:{name}"), False
        if not whole and (every := self.nodes(cluster_id)) is not None:
            yield every, True

    def _members(self, members: Iterable[Member]) -> Iterator[Part]:
        known = self._facts.inventory.identities
        for id_, conditional in members:
            if id_ in known:
                yield self._graph.node(id_), conditional

    def _groups(self, ids: Iterable[str], kind: str) -> Iterator[Part]:
        for id_ in ids:
            yield self._graph.node(id_, kind), False

    def _of_scope(self, name: str, scope_id: str, listing: Listing) -> int | None:
        if "/" in scope_id:
            return self._set(f"{name}/{scope_id}", lambda: listing(scope_id))

        def parts() -> Iterator[Part]:
            for namespace_id in self._facts.inside(scope_id):
                if (node := self._of_scope(name, namespace_id, listing)) is not None:
                    yield node, False

        return self._set(f"{name}/{scope_id}", parts)

    def _set(self, name: str, parts: Parts) -> int | None:
        if name not in self._made:
            self._made[name] = None  # what is asked for while it is being made is itself
            self._made[name] = self._make(f"set/{name}", parts())
        return self._made[name]

    def _make(self, name: str, parts: Iterable[Part]) -> int | None:
        found: dict[int, bool] = {}
        for node, conditional in parts:
            found[node] = found.get(node, True) and conditional
        if not found:
            return None
        if len(found) == 1 and not any(found.values()):
            return next(iter(found))
        node = self._graph.node(name, "set", virtual=True)
        for part, conditional in found.items():
            self._graph.edge(node, part, MEMBER, conditional=conditional)
        return node
