"""How much every identity of GitHub can do in the end: its level, the way there, and what makes it possible.

Administrator is whoever controls an organization: may change its settings, make somebody its owner, or administers
every repository of it (https://docs.github.com/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization).
Control of one repository makes nobody an administrator; what it leads to is in the graph. A level is unknown where
nobody could read what an identity may do, as it is with people: their rights are not collected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nhi_scan.access import levels
from nhi_scan.access.github.escalation.build import CONTROL, Builder, Escalation, Grip
from nhi_scan.access.github.escalation.steps import Steps, shown
from nhi_scan.access.github.escalation.technique import EscalationCatalogue
from nhi_scan.access.github.grants import UNLISTED
from nhi_scan.access.github.summarise import Access
from nhi_scan.access.judged import Judged, ways_to_content
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity
from nhi_scan.model.scope import Scope

_READS = "may run code in a workflow that is handed secrets"


class Report(Judged[Escalation, Steps]):
    """Privileges and what they rest on, for questions about particular ways."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes whose holder controls the last of these scopes: itself, or the organization above it."""
        names = (f"{CONTROL}{scope.id}" for scope in chain)
        return self.there(names)


def judge(inventory: Inventory, access: Access, techniques: EscalationCatalogue) -> Report:
    """Judge every identity of GitHub, and keep the graph and the ways."""
    escalation = Builder(access, techniques).build()
    graph = escalation.graph
    top = [graph.number(f"{CONTROL}{one}") for one in access.places.organizations]
    ways = ways_to(graph, [number for number in top if number is not None])
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
        gap = self.access.grants.gap(identity)
        return levels.doubted(self._known(identity), gap if gap == UNLISTED else "")

    def _known(self, identity: Identity) -> Privilege:
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
        if self.to_content.distance[node] >= 0:
            return self._beneath(identity, node)
        if not self.access.stack(identity.id).policies_known:
            reason = self.access.grants.gap(identity)
            return Privilege(identity_id=identity.id, level="unknown", reason=reason)
        return levels.ordinary(identity.id)

    def _administrator(self, identity: Identity, grips: Sequence[Grip]) -> Privilege:
        ids = self.escalation.graph.ids
        grip = min(grips, key=lambda one: (ids[one.node], one.technique.id))
        step = self.steps.one(grip.technique, identity.id, ids[grip.node], conditional=grip.conditional)
        return levels.administrator(
            identity.id, step, f"it controls `{shown(ids[grip.node])}`: {levels.lower(step.detail)}"
        )

    def _beneath(self, identity: Identity, node: int) -> Privilege:
        edges = self.to_content.path(node)
        last = edges[-1].target if edges else identity.id
        resource, action, conditional = self.escalation.hits[last]
        statements = self.access.statements(last, action, github_ids.repository_of(last))
        final = levels.reading(last, action, resource, statements, conditional=conditional)
        path = (*self.steps.way_from(self.to_content, node), replace(final, detail=_READS))
        found = levels.reaches(identity.id, path, conditional=bool(self.to_content.conditional[node]))
        return replace(found, reason=f"it {_READS}")
