"""The escalation graph of Azure: an edge for every way from one identity to others, or to control of something."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nhi_scan.access.azure.escalation.candidates import ABOUT_PLACES, Candidates
from nhi_scan.access.azure.escalation.control import Control
from nhi_scan.access.azure.escalation.edges import Edges, Way
from nhi_scan.access.azure.escalation.families import Families
from nhi_scan.access.azure.escalation.grouped import Grouped
from nhi_scan.access.azure.escalation.relevance import Relevance
from nhi_scan.access.azure.escalation.sensitive import SensitiveThings
from nhi_scan.access.azure.escalation.sets import Sets
from nhi_scan.access.azure.escalation.subject import Ground, Subject
from nhi_scan.access.azure.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.azure.escalation.unseen import Unseen
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.judged import Hit
from nhi_scan.graph.graph import Graph, GraphBuilder

_BY_NATURE = ("agent_identity", "agent_user")
# What is about identities says something of whoever holds it, whatever there is to use it on: any that is made later is
# at its mercy. Who may run commands on machines is not suspect because there might come to be one.
_SUSPECT = frozenset(
    {
        "application",
        "service_principal",
        "agent_blueprint",
        "identity",
        "role_group",
        "any_group",
        "any_user",
    }
)
_WEIGHTS = ("control", "become", "join", "latent")  # what techniques yield, what weighs most first


@dataclass(slots=True, eq=False)
class Use:
    """What an edge stands for."""

    technique: Technique
    ground: Ground | None = None  # where what it takes is held


@dataclass(slots=True, frozen=True)
class Grip:
    """Control that makes an administrator, and that an identity has already."""

    node: int
    use: Use
    conditional: bool


@dataclass(slots=True)
class Escalation:
    """Everything that was found."""

    techniques: dict[str, Technique]
    graph: Graph = field(default_factory=lambda: GraphBuilder().build())
    grips: dict[str, list[Grip]] = field(default_factory=dict)  # by identity, or by a group's node
    wide: set[int] = field(default_factory=set)  # nodes whose holder is an administrator
    latent: dict[str, tuple[Use, bool]] = field(default_factory=dict)  # by identity; whether conditionally
    hits: dict[str, Hit] = field(default_factory=dict)  # by node: what is sensitive and within its own reach
    about: dict[str, str] = field(default_factory=dict)  # by node that is no identity: which place or group is meant
    unseen: dict[str, str] = field(default_factory=dict)  # by node: what was not collected that it could use
    grouped: "Grouped | None" = None


Offers = dict[int, tuple[bool, int, Way]]
"""The best way to each of some nodes: whether it is conditional, the technique's place in the catalogue, the way."""


class Builder:
    """Builds the graph of one inventory."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue) -> None:
        """Make everything ready."""
        self._access = access
        self._catalogue = catalogue
        self._graph = GraphBuilder()
        inventory = access.inventory
        self._found = Escalation({row.id: row for row in catalogue.techniques})
        required = [one for row in catalogue.techniques for rows in row.requires for one in rows if one.action]
        names = [one.action for one in required] + [row.action for row in catalogue.sensitive]
        self._relevance = Relevance(inventory, names)
        self._sets = Sets(self._graph, access.places, lambda name: name in inventory.identities)
        self._families = Families(inventory, access.members, access.places, self._sets)
        self._sensitive = SensitiveThings(access, catalogue.sensitive, self._relevance)
        self._control = Control(access, self._graph, self._sets, self._note_content)
        self._grouped = Grouped(access)
        self._unseen = Unseen(inventory, access.places, self._relevance, catalogue)
        self._edges = Edges(access, catalogue, self._sets, self._families, self._control, self._sensitive)
        self._candidates = Candidates(catalogue.techniques, self._relevance, self._families, self._sets)
        self._approvers = frozenset(
            name
            for one in inventory.resources.values()
            if one.kind == "pim_policy"
            for name in dict(one.attributes).get("approvers", "").split()
        )
        self._uses: dict[tuple[str, Ground | None], Use] = {}

    def build(self) -> Escalation:
        """Find everything."""
        mine = [row for row in self._access.inventory.identities.values() if row.provider == self._catalogue.provider]
        for identity in mine:
            self._graph.node(identity.id)
        for identity in mine:
            if identity.status != "deleted":
                self._add(Subject(self._access, identity.id), identity.id)
        self._add_by_nature()
        self._add_groups()
        found = self._found
        found.about.update(self._control.about)
        found.wide = self._control.wide
        found.grouped = self._grouped
        found.graph = self._graph.build()
        return found

    def _approves(self, subject: Subject, node_id: str) -> None:
        """Note who is asked before somebody activates a role: nothing that it could approve for itself."""
        technique = next((row for row in self._catalogue.techniques if row.target == "approval"), None)
        if technique is not None and not self._approvers.isdisjoint(subject.names):
            self._found.latent.setdefault(node_id, (self._use(technique, None), False))

    def _add(self, subject: Subject, node_id: str) -> None:
        roles = subject.roles()
        actions = self._relevance.of(roles)
        usable = self._candidates.usable(actions, roles)
        if usable:
            self._connect(subject, node_id, usable)
        self._approves(subject, node_id)
        unseen = self._unseen.about(subject, actions)
        if unseen:
            self._found.unseen[node_id] = unseen
        hit = self._sensitive.first(subject, actions) if self._sensitive.reads(actions) else None
        given = self._edges.content.pop(subject.id, None)
        if hit is None or (hit[2] and given is not None and not given[2]):
            hit = given
        if hit is not None:
            self._found.hits[node_id] = hit

    def _connect(self, subject: Subject, node_id: str, usable: list[tuple[int, Technique]]) -> None:
        """Add somebody's edges: one to each node, by the first technique without an open condition."""
        source = self._graph.node(node_id)
        offers: Offers = {}
        for order, technique in self._worth_asking(subject, usable):
            for way in self._edges.ways(subject, technique):
                if way.node != source:
                    _improve(offers, way, order)
        techniques = self._catalogue.techniques
        for node, (conditional, order, way) in sorted(offers.items(), key=lambda one: (one[1][:2], one[0])):
            technique = techniques[order]
            use = self._use(technique, way.ground)
            self._graph.edge(source, node, technique.id, conditional=conditional, note=use)
            if node in self._control.wide:
                self._found.grips.setdefault(node_id, []).append(Grip(node, use, conditional))
        latent = self._latent(subject, usable, any_edge=bool(offers))
        if latent is not None:
            self._found.latent[node_id] = latent

    def _worth_asking(self, subject: Subject, usable: list[tuple[int, Technique]]) -> Iterator[tuple[int, Technique]]:
        """Yield the techniques that may lead somewhere, but those all of whose targets are surely reached already."""
        settled: dict[str, set[str]] = {}
        reached: set[tuple[str, tuple[str, ...]]] = set()
        near = self._candidates.near(subject)
        for order, technique in usable:
            places = near.get(order)
            if places is None:
                continue
            if technique.target in ABOUT_PLACES:
                yield order, technique
                continue
            family = self._families.of(technique)
            if (family, places) in reached:
                continue
            yield order, technique
            if not technique.needs:
                done = settled.setdefault(family, set())
                done.update(one.place for one in subject.grounds(technique) if not (one.open or one.doubt))
                if done and all(not done.isdisjoint(self._access.places.chain(place)) for place in places):
                    reached.add((family, places))

    def _latent(
        self, subject: Subject, usable: list[tuple[int, Technique]], *, any_edge: bool
    ) -> tuple[Use, bool] | None:
        """Return a technique that is held and leads nowhere: by its nature, or because nothing else is found.

        What weighs most is said: of who gives out roles, that it does.
        """
        found: tuple[Use, bool] | None = None
        for technique in sorted([one for _, one in usable], key=_weight):
            by_nature = technique.yields == "latent"
            if not by_nature and (any_edge or technique.target not in _SUSPECT):
                continue
            ground = _first(subject, technique)
            if ground is not None:
                use = self._use(technique, ground)
                if not (ground.open or ground.doubt):
                    return self._giving(subject, usable) or use, False
                found = found or (use, True)
        return found

    def _giving(self, subject: Subject, usable: list[tuple[int, Technique]]) -> Use | None:
        """Return a technique by which somebody surely controls a place, however little there is to find in it."""
        for _, technique in usable:
            ground = _first(subject, technique) if technique.target == "place" else None
            if ground is not None and not (ground.open or ground.doubt):
                return self._use(technique, ground)
        return None

    def _use(self, technique: Technique, ground: Ground | None) -> Use:
        key = (technique.id, ground)
        use = self._uses.get(key)
        if use is None:
            use = self._uses[key] = Use(technique, ground)
        return use

    def _add_by_nature(self) -> None:
        """Add what needs no permission: an agent identity blueprint is its agent identities, and they their users."""
        for technique in self._catalogue.techniques:
            if technique.target in _BY_NATURE:
                use = self._use(technique, None)
                for holder, targets in sorted(self._families.directory.agents(technique.target).items()):
                    if holder in self._access.inventory.identities:
                        for one in targets:
                            source, target = self._graph.node(holder), self._graph.node(one.node)
                            self._graph.edge(source, target, technique.id, conditional=one.conditional, note=use)

    def _add_groups(self) -> None:
        """Add what the groups that somebody can join give their members."""
        done = 0
        while done < len(self._sets.joined):
            made = list(self._sets.joined.items())
            for node_id, group_id in made[done:]:
                self._found.about[node_id] = group_id
                self._add(Subject(self._grouped.access, group_id), node_id)
            done = len(made)

    def _note_content(self, node_id: str, place: str) -> bool:
        """Note that whoever controls a place gets at what is sensitive in it; say whether anything is."""
        found = self._sensitive.below(place)
        if found is not None:
            self._found.hits[node_id] = (*found, False)
        return found is not None


def _improve(offers: Offers, way: Way, order: int) -> None:
    known = offers.get(way.node)
    if known is None or (way.conditional, order) < known[:2]:
        offers[way.node] = (way.conditional, order, way)


def _weight(technique: Technique) -> int:
    return _WEIGHTS.index(technique.yields)


def _first(subject: Subject, technique: Technique) -> Ground | None:
    """Return where somebody holds a technique, without doubt if anywhere; what it holds on itself does not count."""
    return next((one for one in subject.grounds(technique) if one.place not in subject.itself), None)
