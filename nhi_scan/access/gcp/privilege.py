"""How much every identity of Google Cloud can do in the end: its level, the way there, and what makes it possible.

Administrator is whoever controls a project, or anything above one: whoever may set its IAM policy gives itself
everything in it (https://cloud.google.com/iam/docs/allow-policies). The reason names the widest such place.

Most who scan may not list the members of groups. The level is then what is known: a service account is rarely in a
group, and were each of them unknown because of a group that anybody might be in, nothing would be said at all. The
reason says where more may come of it, `Stack.complete` is false, and coverage names what was refused. So it is with
allow policies above a project that were not collected: what they may give is not counted, and the reason names the
place. A level is unknown only where a role is bound to the identity, or to a group that it surely is in, of which
nobody can tell what it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nhi_scan.access import levels
from nhi_scan.access.gcp.escalation.build import Builder, Escalation, Grip
from nhi_scan.access.gcp.escalation.control import CONTROL
from nhi_scan.access.gcp.escalation.steps import Steps
from nhi_scan.access.gcp.escalation.technique import EscalationCatalogue
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.access.judged import Judged, ways_to_content
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity
from nhi_scan.model.scope import Scope

_MAY_BE_MORE = "a group or a set whose members could not be listed may give it more"
_WIDEST = {"organization": 0, "folder": 1, "project": 2}


class Report(Judged[Escalation, Steps]):
    """Privileges and what they rest on, for questions about particular ways."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes whose holder controls the last of these scopes: itself, one above it, or all of its kind."""
        kind = chain[-1].kind
        own = [f"{CONTROL}{scope.id}" for scope in chain]
        below = [f"{CONTROL}{kind}s of {scope.id}" for scope in chain]
        return self.there((*own, *below))


def judge(inventory: Inventory, access: Access, techniques: EscalationCatalogue) -> Report:
    """Judge every identity of Google Cloud, and keep the graph and the ways."""
    escalation = Builder(access, techniques).build()
    graph = escalation.graph
    ways = ways_to(graph, [number for number, kind in enumerate(graph.kinds) if kind == "control"])
    to_content = ways_to_content(graph, escalation.hits)
    steps = Steps(access, escalation)
    ladder = _Levels(access, escalation, ways, to_content, steps)
    found = {row.id: ladder.of(row) for row in inventory.identities.values() if row.provider == techniques.provider}
    return Report(found, escalation, ways, steps, techniques.sensitive)


@dataclass(slots=True)
class _Levels:
    """Puts the answers about one identity in order."""

    access: Access
    escalation: Escalation
    ways: Ways
    to_content: Ways
    steps: Steps

    def of(self, identity: Identity) -> Privilege:
        """Return an identity's level; the reason of one that may be higher says so."""
        if identity.status == "deleted":
            return Privilege(identity_id=identity.id, level="ordinary", reason="it is deleted")
        unlisted = "" if self.access.stack(identity.id).complete else _MAY_BE_MORE
        return levels.doubted(self._known(identity), unlisted, self.access.seen.about(identity.scope_id))

    def _known(self, identity: Identity) -> Privilege:
        """Return an identity's level: the highest that is certain, before any that depends on an open condition."""
        node = self.escalation.graph.number(identity.id)
        assert node is not None  # noqa: S101 - every identity is a node
        way, conditional = self.ways.distance[node] > 0, bool(self.ways.conditional[node])
        grips = self.escalation.grips.get(identity.id, [])
        if mine := levels.administering(grips, surely_becomes=way and not conditional):
            return self._administrator(identity, mine)
        if way:
            return levels.can_become(identity.id, self.steps.way_from(self.ways, node), conditional=conditional)
        if identity.id in self.escalation.latent:
            technique, conditional = self.escalation.latent[identity.id]
            return levels.latent(identity.id, self.steps.one(technique, identity.id, "", conditional=conditional))
        if not self.access.stack(identity.id).policies_known:
            return Privilege(identity_id=identity.id, level="unknown", reason="not all that it holds could be read")
        return self._beneath(identity, node)

    def _administrator(self, identity: Identity, grips: Sequence[Grip]) -> Privilege:
        ids = self.escalation.graph.ids
        grip = min(grips, key=lambda one: (_WIDEST[one.technique.target], ids[one.node]))
        step = self.steps.one(grip.technique, identity.id, ids[grip.node], conditional=grip.conditional)
        return levels.administrator(identity.id, step, f"it may set the IAM policy of {_place(ids[grip.node])}")

    def _beneath(self, identity: Identity, node: int) -> Privilege:
        if self.to_content.distance[node] < 0:
            return levels.ordinary(identity.id)
        edges = self.to_content.path(node)
        last = edges[-1].target if edges else identity.id
        resource, action, conditional = self.escalation.hits[last]
        who = self.steps.shown(last)
        statements = self.access.statements(who, action, resource)
        final = levels.reading(who, action, resource, statements, conditional=conditional)
        path = (*self.steps.way_from(self.to_content, node), final)
        return levels.reaches(identity.id, path, conditional=bool(self.to_content.conditional[node]))


def _place(node_id: str) -> str:
    """Name what is controlled: "`projects/p`", "every project under `folders/1`"."""
    kind, below, place = node_id.removeprefix(CONTROL).rpartition(" of ")
    return f"every {kind.removesuffix('s')} under `{place}`" if below else f"`{place}`"
