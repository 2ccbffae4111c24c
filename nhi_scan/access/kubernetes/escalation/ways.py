"""Where a technique leads from where it can be used: to nodes of the graph."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.kubernetes.escalation.control import Control
from nhi_scan.access.kubernetes.escalation.facts import SUPERUSERS, Facts
from nhi_scan.access.kubernetes.escalation.grounds import Ground, grounds
from nhi_scan.access.kubernetes.escalation.held import Pairs, Roles
from nhi_scan.access.kubernetes.escalation.roles import RoleNodes
from nhi_scan.access.kubernetes.escalation.sets import Part, Sets
from nhi_scan.access.kubernetes.escalation.technique import Technique
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model import kube_ids

# About existing objects of which only names are known; the name of a pod is rarely known beforehand.
_NOT_ALL: frozenset[str] = frozenset(("bootstrap_group", "agent", "scope", "namespace", "none"))


@dataclass(frozen=True, slots=True)
class Way:
    """A way by one technique."""

    node: int
    conditional: bool
    ground: Ground


class WaysFrom:
    """Finds the ways of whoever has some roles in some places."""

    def __init__(self, graph: GraphBuilder, facts: Facts, roles: Roles) -> None:
        """Make everything ready."""
        self._graph = graph
        self._facts = facts
        self._roles = roles
        self.sets = Sets(graph, facts)
        self.control = Control(graph, facts, self.sets)
        self.given = RoleNodes(graph, facts, self.sets, self.control, roles)
        self._finders: dict[str, Callable[[Technique, Ground], Iterable[Part]]] = {
            "account": self._account,
            "account_name": self._account_name,
            "namespace_account": self._namespace_account,
            "workload_account": self._workload_account,
            "inside": self._inside,
            "inside_node": self._inside_node,
            "inside_cluster": lambda _, one: self._some(self.sets.inside(one.scope_id)) if one.everywhere else (),
            "token_secret": self._token_secret,
            "bootstrap_group": self._bootstrap_group,
            "node": self._node,
            "node_user": self._node_user,
            "secret_account": self._secret_account,
            "user": self._user,
            "group": self._group,
            "absent_account": lambda _, ground: self._some(self.sets.absent(ground.scope_id)),
            "anybody": lambda _, ground: self._some(self.sets.anybody(kube_ids.cluster_of(ground.scope_id))),
            "agent": self._agent,
            "role": lambda row, ground: self.given.bindable(ground, of_cluster=_of_cluster(row)),
            "cluster_role": lambda _, ground: self.given.bindable_everywhere(ground) if ground.everywhere else (),
            "bound_role": lambda row, ground: self.given.bound(ground, of_cluster=_of_cluster(row)),
            "bound_cluster_role": lambda _, ground: self.given.bound_everywhere(ground) if ground.everywhere else (),
            "scope": lambda _, ground: [(self.control.of(ground.scope_id), False)],
            "namespace": self._namespace,
            "cluster": lambda _, ground: [(self.control.of(kube_ids.cluster_of(ground.scope_id)), False)],
        }

    def ways(self, technique: Technique, pairs: Pairs) -> Iterator[Way]:
        """Yield the ways by a technique of whoever has a stack of roles."""
        for ground in grounds(technique, self._roles.held(pairs)):
            if ground.names is not None and technique.target in _NOT_ALL:
                continue
            state = self._works(technique, ground)
            if state is False:
                continue
            if technique.target == "own_role":
                parts: Iterable[Part] = self.given.own(ground, pairs, of_cluster=_of_cluster(technique))
            elif technique.target == "gathering_role":
                parts = self.given.gathering(ground, pairs)
            elif technique.target == "missing_role":
                parts = self.given.missing(ground, pairs, of_cluster=_of_cluster(technique))
            else:
                parts = self._finders[technique.target](technique, ground)
            for node, conditional in parts:
                yield Way(node, conditional or ground.conditional or state is None, ground)

    def usable(self, technique: Technique, pairs: Pairs) -> list[tuple[Ground, Truth]]:
        """Return where a technique could be used that leads nowhere yet."""
        every = [one for one in grounds(technique, self._roles.held(pairs)) if one.names is None]
        found = [(one, self._works(technique, one)) for one in every]
        return [(ground, state) for ground, state in found if state is not False]

    def _works(self, technique: Technique, ground: Ground) -> Truth:
        """Say whether a cluster is one in which a technique works at all."""
        cluster_id, facts = kube_ids.cluster_of(ground.scope_id), self._facts
        agents = not technique.agents or bool(facts.named(cluster_id, technique.agents))
        return both(
            agents,
            None if "unlisted_thing" in technique.needs else True,
            facts.has_aws_auth(cluster_id) if "aws_auth" in technique.needs else True,
            facts.lacks_aws_auth(cluster_id) if "no_aws_auth" in technique.needs else True,
            facts.has_webhook(cluster_id, ground.names) if "mutating_webhook" in technique.needs else True,
            facts.before(cluster_id, technique.before),
            facts.is_version(cluster_id, technique.versions),
            facts.lets_in(ground.scope_id, technique.pod_security),
        )

    def _some(self, node: int | None, *, conditional: bool = False) -> list[Part]:
        return [] if node is None else [(node, conditional)]

    def _known(self, ids: Iterable[str]) -> Iterator[Part]:
        for id_ in ids:
            identity = self._facts.inventory.identities.get(id_)
            if identity is not None and identity.status != "deleted":
                yield self._graph.node(id_), identity.status == "unknown"

    def _account(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.accounts(ground.scope_id))
        names = sorted(ground.names)
        if ground.everywhere:
            return self._known(self._facts.named(ground.scope_id, names))
        return self._known(f"{ground.scope_id}/serviceaccounts/{name}" for name in names)

    def _account_name(self, technique: Technique, ground: Ground) -> Iterator[Part]:
        """Whoever says to be an account needs none: a name in a binding is enough."""
        yield from self._account(technique, ground)
        if ground.names is None:
            yield from self._some(self.sets.absent(ground.scope_id))
            return
        for id_ in self._facts.absent(ground.scope_id):
            if kube_ids.take_apart(id_).name in ground.names:
                yield self._graph.node(id_, "absent"), False

    def _namespace_account(self, _: Technique, ground: Ground) -> Iterable[Part]:
        return self._some(self.sets.accounts(ground.scope_id))

    def _workload_account(self, technique: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.accounts_beside(ground.scope_id, technique.workloads))
        name = f"accounts,{','.join(technique.workloads)}/{sorted(ground.names)}@{ground.scope_id}"
        parts = self._named_workloads(technique.workloads, ground.scope_id, ground.names)
        return self._some(self.sets.of_parts(name, parts))

    def _named_workloads(self, kinds: tuple[str, ...], scope_id: str, names: frozenset[str]) -> Iterator[Part]:
        for namespace_id in self._facts.inside(scope_id):
            state = self._facts.has_workload(namespace_id, kinds, names)
            if state is not False:
                yield from self._some(self.sets.accounts(namespace_id), conditional=state is None)

    def _inside(self, _: Technique, ground: Ground) -> Iterable[Part]:
        """Pods that something else made are known by what made them, so that of a name it stays open whose it is."""
        if ground.names is None:
            return self._some(self.sets.inside(ground.scope_id))
        name = f"inside/{sorted(ground.names)}@{ground.scope_id}"
        return self._some(self.sets.of_parts(name, self._named_pods(ground.scope_id, ground.names)))

    def _named_pods(self, scope_id: str, names: frozenset[str]) -> Iterator[Part]:
        for namespace_id in self._facts.inside(scope_id):
            for workload in self._facts.workloads.get(namespace_id, ()):
                name = kube_ids.take_apart(workload.id).name
                itself = workload.kind == "pod" and name in names
                if itself or any(one.startswith(f"{name}-") for one in names):
                    yield from ((node, one or not itself) for node, one in self.sets.inside_of(workload))
            yield from self.sets.unlisted(namespace_id)

    def _inside_node(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.inside(ground.scope_id))
        ids = (kube_ids.node(ground.scope_id, name) for name in sorted(ground.names))
        known = self._facts.inventory.identities
        return [part for id_ in ids if id_ in known for part in self._some(self.sets.inside_node(id_))]

    def _token_secret(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.tokens(ground.scope_id))
        named = [
            account
            for namespace_id in self._facts.inside(ground.scope_id)
            for secret, account in self._facts.tokens.get(namespace_id, ())
            if kube_ids.take_apart(secret).name in ground.names
        ]
        return self._known(named)

    def _bootstrap_group(self, _: Technique, ground: Ground) -> Iterable[Part]:
        for id_ in self._facts.bootstrappers(kube_ids.cluster_of(ground.scope_id)):
            yield self._graph.node(id_, "group"), False

    def _node(self, technique: Technique, ground: Ground) -> Iterable[Part]:
        state = self._facts.has_workload(ground.scope_id, technique.workloads, ground.names)
        cluster_id = kube_ids.cluster_of(ground.scope_id)
        return [] if state is False else self._some(self.sets.nodes(cluster_id), conditional=state is None)

    def _user(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.users(ground.scope_id))
        nodes = {id_ for id_, _ in self._facts.nodes.get(ground.scope_id, ())}  # a node is in the group of nodes, too
        ids = (f"{ground.scope_id}/users/{name}" for name in sorted(ground.names))
        return self._known(id_ for id_ in ids if id_ not in nodes)

    def _node_user(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.nodes(ground.scope_id))
        ids = {f"{ground.scope_id}/users/{name}" for name in ground.names}
        return self._known(id_ for id_, _ in self._facts.nodes.get(ground.scope_id, ()) if id_ in ids)

    def _secret_account(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None:
            return self._some(self.sets.accounts_of_secrets(ground.scope_id))
        name = f"accounts,secrets/{sorted(ground.names)}@{ground.scope_id}"
        return self._some(self.sets.of_parts(name, self._named_secrets(ground.scope_id, ground.names)))

    def _named_secrets(self, scope_id: str, names: frozenset[str]) -> Iterator[Part]:
        for namespace_id in self._facts.inside(scope_id):
            kept = {kube_ids.take_apart(secret).name for secret, _ in self._facts.tokens.get(namespace_id, ())}
            if kept & names:
                yield from self._some(self.sets.accounts(namespace_id))

    def _group(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.names is None or SUPERUSERS in ground.names:
            return [(self.control.of(ground.scope_id), False)]
        ids = [kube_ids.group(ground.scope_id, name) for name in sorted(ground.names)]
        known = self._facts.groups.get(ground.scope_id, ())
        return [(self._graph.node(id_, "group"), False) for id_ in ids if id_ in known]

    def _agent(self, technique: Technique, ground: Ground) -> Iterable[Part]:
        return self._known(self._facts.named(kube_ids.cluster_of(ground.scope_id), technique.agents))

    def _namespace(self, _: Technique, ground: Ground) -> Iterable[Part]:
        if ground.everywhere:
            return self._some(self.control.every_namespace(ground.scope_id))
        return [(self.control.of(ground.scope_id), False)]


def _of_cluster(technique: Technique) -> bool:
    """Whether a technique is about cluster roles."""
    return any(" clusterroles." in action for action in technique.requires[0].actions)
