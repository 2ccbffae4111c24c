"""How much every identity of Azure and Entra can do in the end: its level, the way there, and what makes it possible.

Administrator is whoever may give itself any role on a subscription or on anything above one
(https://learn.microsoft.com/azure/role-based-access-control/role-assignments-steps), and whoever controls the
directory: may give itself Global Administrator or any application permission, or reset who is one
(https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions). The reason names
the widest such place. A condition that keeps somebody from giving the strong roles keeps it from being one; what the
roles that it may give are good for is asked of each. An assignment that has to be activated first is an open condition.

The level is what is known: groups whose members nobody listed, and whatever was not collected above a subscription, are
not counted, and the reason says so; nor is what is in a subscription whose resources were not collected. A level is
unknown only where a role is given of which nobody can tell what it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nhi_scan.access import levels
from nhi_scan.access.azure.escalation.build import Builder, Escalation, Grip
from nhi_scan.access.azure.escalation.control import CONTROL, DIRECTORY
from nhi_scan.access.azure.escalation.steps import Steps, proof
from nhi_scan.access.azure.escalation.technique import EscalationCatalogue
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.judged import Judged, ways_to_content
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity
from nhi_scan.model.scope import Scope

_MAY_BE_MORE = "a role or a group of which not everything was collected may give it more"
_WIDEST = {"tenant": 1, "management_group": 2, "subscription": 3}


class Report(Judged[Escalation, Steps]):
    """Privileges and what they rest on, for questions about particular ways."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes whose holder controls the last of these scopes: it, one above it, the directory."""
        names = [f"{prefix}{scope.id}" for scope in chain for prefix in (DIRECTORY, CONTROL)]
        return self.there(names)


def judge(inventory: Inventory, access: Access, techniques: EscalationCatalogue) -> Report:
    """Judge every identity of Azure and Entra, and keep the graph and the ways."""
    escalation = Builder(access, techniques).build()
    graph = escalation.graph
    wide = sorted(escalation.wide)
    ways = ways_to(graph, wide, ranks={node: _width(inventory, escalation, graph.ids[node]) for node in wide})
    to_content = ways_to_content(graph, escalation.hits)
    steps = Steps(access, escalation)
    titles = {row.action: row.title for row in techniques.sensitive if row.title}
    ladder = _Levels(access, escalation, ways, to_content, steps, titles)
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
    titles: Mapping[str, str]  # what actions are good for that are about a whole tenant

    def of(self, identity: Identity) -> Privilege:
        """Return an identity's level; the reason of one that may be higher says so."""
        if identity.status == "deleted":
            return Privilege(identity_id=identity.id, level="ordinary", reason="it is deleted")
        unlisted = "" if self.access.stack(identity.id).complete else _MAY_BE_MORE
        return levels.doubted(self._known(identity), unlisted, self.escalation.unseen.get(identity.id) or "")

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
            use, conditional = self.escalation.latent[identity.id]
            return levels.latent(identity.id, self.steps.one(use, identity.id, "", conditional=conditional))
        if not self.access.stack(identity.id).policies_known:
            return Privilege(identity_id=identity.id, level="unknown", reason="not all that it holds could be read")
        return self._beneath(identity, node)

    def _administrator(self, identity: Identity, grips: Sequence[Grip]) -> Privilege:
        ids = self.escalation.graph.ids
        grip = min(grips, key=lambda one: (self._width(ids[one.node]), ids[one.node]))
        name = ids[grip.node]
        step = self.steps.one(grip.use, identity.id, name, conditional=grip.conditional)
        place = self.escalation.about[name]
        what = f"it controls the directory of {self._called(place)}"
        if not name.startswith(DIRECTORY):
            what = f"it may assign any role on {self._called(place)}"
        return levels.administrator(identity.id, step, what)

    def _called(self, place: str) -> str:
        """Name a place as a person does: `subscription Production`; by its id where it has no name."""
        scope = self.access.inventory.scopes.get(place)
        if scope is None or not scope.name.strip() or scope.name == place:
            return f"`{place}`"
        return f"{scope.kind.replace('_', ' ')} {scope.name}"

    def _width(self, name: str) -> int:
        return _width(self.access.inventory, self.escalation, name)

    def _beneath(self, identity: Identity, node: int) -> Privilege:
        if self.to_content.distance[node] < 0:
            return levels.ordinary(identity.id)
        edges = self.to_content.path(node)
        last = edges[-1].target if edges else identity.id
        resource, action, conditional = self.escalation.hits[last]
        who = self.steps.shown(last)
        known = who in self.access.inventory.identities
        statements = proof(self.access, who, action, resource) if known else ()
        final = levels.reading(who, action, resource, statements, conditional=conditional)
        title = self.titles.get(action)
        if title is not None:
            final = replace(final, detail=f"may {title}, by {action}")
        path = (*self.steps.way_from(self.to_content, node), final)
        found = levels.reaches(identity.id, path, conditional=bool(self.to_content.conditional[node]))
        return found if title is None else replace(found, reason=final.detail)


def _width(inventory: Inventory, escalation: Escalation, name: str) -> int:
    """Return how much the holder of a node of control has: the less the more, the directory first."""
    scope = inventory.scopes.get(escalation.about[name])
    if name.startswith(DIRECTORY) or scope is None:
        return 0
    return _WIDEST.get(scope.kind, len(_WIDEST) + 1)
