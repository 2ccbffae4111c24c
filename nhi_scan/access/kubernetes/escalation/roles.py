"""What somebody gets who may bind a role, or may write into one that they have.

The API server lets nobody give more than they have, by a role or by a binding, unless they hold `escalate` or `bind`
on the role: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping.
So making a binding leads nowhere by itself, and neither does writing into a role.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from nhi_scan.access.kubernetes.escalation.control import Control
from nhi_scan.access.kubernetes.escalation.facts import Facts
from nhi_scan.access.kubernetes.escalation.grounds import Ground
from nhi_scan.access.kubernetes.escalation.held import Names, Pair, Pairs, Roles
from nhi_scan.access.kubernetes.escalation.sets import Part, Sets
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.kube_ids import cluster_of, object_id, take_apart
from nhi_scan.model.policy import Policy

# Of every cluster: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles. Which others gather
# is not kept.
_GATHERING = frozenset(("admin", "edit", "view"))

GIVEN = "role/"
"""Before the id of a role and the place that it is given in, as the name of a node."""


class RoleNodes:
    """Makes the nodes that stand for having a role somewhere."""

    def __init__(self, graph: GraphBuilder, facts: Facts, sets: Sets, control: Control, roles: Roles) -> None:
        """Index the roles and bindings."""
        self._graph = graph
        self._facts = facts
        self._sets = sets
        self._control = control
        self._roles = roles
        self._defined: dict[str, list[str]] = defaultdict(list)  # namespace -> roles in it
        self._bound: dict[str, list[str]] = defaultdict(list)  # scope -> roles that bindings there give
        self.pairs: dict[str, Pair] = {}  # what each node stands for
        self.about: dict[str, str] = {}
        inventory = facts.inventory
        for policy in inventory.policies.values():
            if policy.provider == "kubernetes" and take_apart(policy.id).plural == "roles":
                self._defined[policy.scope_id].append(policy.id)
        for policy_id, bindings in inventory.bindings_to.items():
            for binding in bindings:
                self._bound[binding.scope_id].append(policy_id)

    def bindable(self, ground: Ground, *, of_cluster: bool) -> Iterator[Part]:
        """Yield what somebody gets who makes bindings on a ground, to any roles or to those of some names.

        Args:
            ground: where `bind` and making bindings are held together.
            of_cluster: cluster roles, as against roles of the same namespace.
        """
        cluster_id = cluster_of(ground.scope_id)
        if not of_cluster:
            yield from self._every(ground, self._defined, plural="roles")
        elif ground.names is not None:
            for name in sorted(ground.names):
                yield from self._given(object_id(cluster_id, "clusterroles", name), ground)
        elif ground.everywhere:
            if (every := self._control.every_namespace(cluster_id)) is not None:
                yield every, ground.conditional
        else:
            yield self._control.of(ground.scope_id), ground.conditional

    def bindable_everywhere(self, ground: Ground) -> Iterator[Part]:
        """Yield what somebody gets who makes bindings of the whole cluster: of any role, all of it."""
        if ground.names is None:
            yield self._control.of(ground.scope_id), ground.conditional
            return
        for name in sorted(ground.names):
            yield from self._one(object_id(ground.scope_id, "clusterroles", name), ground.scope_id, ground.conditional)

    def bound(self, ground: Ground, *, of_cluster: bool) -> Iterator[Part]:
        """Yield what somebody gets who adds themselves to bindings that exist: the roles that these give."""
        plural = "clusterroles" if of_cluster else "roles"
        yield from self._every(ground, self._bound, plural=plural)

    def bound_everywhere(self, ground: Ground) -> Iterator[Part]:
        """Yield the same of bindings of the whole cluster."""
        for policy_id in sorted(set(self._bound.get(ground.scope_id, ()))):
            place = take_apart(policy_id)
            if place.plural == "clusterroles" and (ground.names is None or place.name in ground.names):
                yield from self._one(policy_id, ground.scope_id, ground.conditional)

    def own(self, ground: Ground, pairs: Pairs, *, of_cluster: bool) -> Iterator[Part]:
        """Yield control of wherever somebody has a role that they may write anything into."""
        for policy_id, scope_id in pairs:
            place = take_apart(policy_id)
            if place.plural != ("clusterroles" if of_cluster else "roles"):
                continue
            inside = ground.everywhere or scope_id == ground.scope_id
            if inside and (ground.names is None or place.name in ground.names):
                yield self._control.of(scope_id), ground.conditional

    def gathering(self, ground: Ground, pairs: Pairs) -> Iterator[Part]:
        """Yield control of wherever somebody has a cluster role that gathers what a new one with a label gives."""
        if ground.names is not None:
            return  # a request to create names nothing
        for policy_id, scope_id in pairs:
            if gathers(policy_id):
                yield self._control.of(scope_id), ground.conditional

    def missing(self, ground: Ground, pairs: Pairs, *, of_cluster: bool) -> Iterator[Part]:
        """Yield control of wherever somebody is bound to a role that is not there, and may make it of anything."""
        if ground.names is not None:
            return
        for policy_id, scope_id in pairs:
            right = take_apart(policy_id).plural == ("clusterroles" if of_cluster else "roles")
            inside = ground.everywhere or scope_id == ground.scope_id
            if right and inside and is_missing(self._facts.inventory.policies.get(policy_id)):
                yield self._control.of(scope_id), ground.conditional

    def _given(self, policy_id: str, ground: Ground) -> Iterator[Part]:
        """Yield having a cluster role in each of the namespaces of a ground, as one set."""
        if policy_id not in self._facts.inventory.policies:
            return
        parts = (
            part
            for namespace_id in self._facts.inside(ground.scope_id)
            for part in self._one(policy_id, namespace_id, conditional=False)
        )
        node = self._sets.of_parts(f"given/{policy_id}@{ground.scope_id}", parts)
        if node is not None:
            yield node, ground.conditional

    def _every(self, ground: Ground, among: dict[str, list[str]], *, plural: str) -> Iterator[Part]:
        """Yield the roles of some names that are defined or bound in the namespaces of a ground, as one set."""
        kind = "defined" if among is self._defined else "bound"
        names = "" if ground.names is None else f"{sorted(ground.names)}"
        parts = (
            part
            for namespace_id in self._facts.inside(ground.scope_id)
            for policy_id in _named(sorted(set(among.get(namespace_id, ()))), plural, ground.names)
            for part in self._one(policy_id, namespace_id, conditional=False)
        )
        node = self._sets.of_parts(f"{kind}-{plural}/{names}/{ground.scope_id}", parts)
        if node is not None:
            yield node, ground.conditional

    def _one(self, policy_id: str, scope_id: str, conditional: bool) -> Iterator[Part]:  # noqa: FBT001 - of a part
        if policy_id not in self._facts.inventory.policies:
            return
        if self._roles.is_everything(policy_id):
            yield self._control.of(scope_id), conditional
        elif self._roles.held(((policy_id, scope_id),)):
            name = f"{GIVEN}{policy_id}@{scope_id}"
            self.pairs.setdefault(name, (policy_id, scope_id))
            self.about.setdefault(name, policy_id)
            yield self._graph.node(name, "role"), conditional


def is_missing(policy: Policy | None) -> bool:
    """Say whether a role is known not to exist: a binding names it, and nobody made it."""
    return policy is not None and policy.complete and not policy.statements and policy.created_at is None


def gathers(policy_id: str) -> bool:
    """Say whether a role is one that gathers the rules of others, by its name."""
    place = take_apart(policy_id)
    return place.plural == "clusterroles" and place.name in _GATHERING


def _named(policy_ids: Iterable[str], plural: str, names: Names) -> Iterator[str]:
    for policy_id in policy_ids:
        place = take_apart(policy_id)
        if place.plural == plural and (names is None or place.name in names):
            yield policy_id
