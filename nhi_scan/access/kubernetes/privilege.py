"""How much every identity of Kubernetes can do in the end: its level, the way there, and what makes it possible.

Administrator is whoever may do everything with all resources of a cluster, or gives itself that without becoming
somebody else first: a member of `system:masters`, who holds `escalate` or `bind` on cluster roles with the right to
write them or bindings, who may impersonate any group
(https://kubernetes.io/docs/concepts/security/rbac-good-practices/#kubernetes-rbac-privilege-escalation-risks). Control
of a namespace is a node of its own, and leads on to the service accounts in it.

Which groups a user is in, only an authenticator outside of the cluster can tell. The level is then what is known; the
reason says where more may come of it. Of service accounts all groups are known. Without a cluster's ClusterRoleBindings
nobody of it can be called ordinary.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nhi_scan.access import levels
from nhi_scan.access.judged import Judged, ways_to_content
from nhi_scan.access.kubernetes.escalation.build import Builder, Escalation, Grip
from nhi_scan.access.kubernetes.escalation.control import CONTROL
from nhi_scan.access.kubernetes.escalation.grounds import Ground
from nhi_scan.access.kubernetes.escalation.steps import Steps
from nhi_scan.access.kubernetes.escalation.technique import EscalationCatalogue
from nhi_scan.access.kubernetes.seen import Seen
from nhi_scan.access.kubernetes.subjects import Subjects
from nhi_scan.access.kubernetes.summarise import Access
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_name, cluster_of, namespace, take_apart
from nhi_scan.model.scope import Scope

_GROUPS = "a group that only its authenticator can tell may give it more"
_UNSEEN = "the cluster role bindings of its cluster were not collected"
_READING = ("get ", "list ", "watch ")
_ANSWERED = ", and is answered with it"
_GAP = "bindings that were not collected may give it more"


class Report(Judged[Escalation, Steps]):
    """Privileges and what they rest on, for questions about particular ways."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes whose holder controls the last of these scopes: itself, or the cluster that it is in."""
        nodes = (f"{CONTROL}{scope.id}" for scope in chain)
        return self.there(nodes)


def judge(inventory: Inventory, access: Access, catalogue: EscalationCatalogue) -> Report:
    """Judge every identity of Kubernetes, and keep the graph and the ways."""
    escalation = Builder(inventory, catalogue).build()
    graph = escalation.graph
    clusters = (graph.number(f"{CONTROL}{scope.id}") for scope in inventory.scopes.values() if scope.kind == "cluster")
    ways = ways_to(graph, [number for number in clusters if number is not None])
    to_content = ways_to_content(graph, escalation.hits)
    steps = Steps(inventory, escalation)
    ladder = _Levels(access, escalation, ways, to_content, steps, Subjects(inventory), Seen(inventory))
    found = {row.id: ladder.of(row) for row in inventory.identities.values() if row.provider == catalogue.provider}
    return Report(found, escalation, ways, steps, catalogue.sensitive)


@dataclass(slots=True)
class _Levels:
    """Puts the answers about one identity in order."""

    access: Access
    escalation: Escalation
    ways: Ways
    to_content: Ways
    steps: Steps
    subjects: Subjects
    seen: Seen

    def of(self, identity: Identity) -> Privilege:
        """Return an identity's level; the reason of one that may be higher says so."""
        if identity.status == "deleted":
            return Privilege(identity_id=identity.id, level="ordinary", reason="it is deleted")
        found = self._known(identity)
        if found.level == "ordinary" and self.seen.gap(cluster_of(identity.id), ""):
            return Privilege(identity_id=identity.id, level="unknown", reason=_UNSEEN)
        stack = self.access.stack(identity.id)
        gap = "" if stack.complete or not stack.policies_known else _GAP
        outside = self.subjects.open_groups(self.subjects.names(identity.id))
        return levels.doubted(found, _GROUPS if outside else "", gap)

    def _known(self, identity: Identity) -> Privilege:
        """Return an identity's level: the highest that is certain, before any that depends on something open."""
        node = self.escalation.graph.number(identity.id)
        assert node is not None  # noqa: S101 - every identity is a node
        way, conditional = self.ways.distance[node] > 0, bool(self.ways.conditional[node])
        grips = self.escalation.grips.get(identity.id, [])
        if mine := levels.administering(grips, surely_becomes=way and not conditional):
            return self._administrator(identity, mine[0])
        if way:
            return levels.can_become(identity.id, self.steps.way_from(self.ways, node), conditional=conditional)
        if identity.id in self.escalation.latent:
            technique, ground, conditional = self.escalation.latent[identity.id]
            step = self.steps.one(technique, identity.id, "", ground, conditional=conditional)
            return levels.latent(identity.id, step)
        if identity.id in self.escalation.unread:
            return Privilege(identity_id=identity.id, level="unknown", reason="not all that it holds could be read")
        return self._beneath(identity, node)

    def _administrator(self, identity: Identity, grip: Grip) -> Privilege:
        ids = self.escalation.graph.ids
        technique = self.escalation.techniques[grip.technique]
        step = self.steps.one(technique, identity.id, ids[grip.node], grip.ground, conditional=grip.conditional)
        return levels.administrator(
            identity.id, step, f"over cluster `{cluster_name(cluster_of(step.target_id))}`: {levels.lower(step.detail)}"
        )

    def _beneath(self, identity: Identity, node: int) -> Privilege:
        if self.to_content.distance[node] < 0:
            return levels.ordinary(identity.id)
        edges = self.to_content.path(node)
        last = edges[-1].target if edges else identity.id
        thing, action, conditional = self.escalation.hits[last]
        statements = self.steps.reading(last, action, _ground_of(thing))
        who = self.steps.shown(last)
        final = levels.reading(who, action, thing, statements, conditional=conditional)
        path = (*self.steps.way_from(self.to_content, node), final)
        found = levels.reaches(identity.id, path, conditional=bool(self.to_content.conditional[node]))
        return found if action.startswith(_READING) else replace(found, reason=found.reason + _ANSWERED)


def _ground_of(thing: str) -> Ground:
    """Where something is: a resource in its namespace, by its name; a namespace or a cluster is all of it."""
    place = take_apart(thing)
    if not place.plural:
        return Ground(scope_id=thing)
    return Ground(scope_id=namespace(cluster_of(thing), place.namespace), names=frozenset((place.name,)))
