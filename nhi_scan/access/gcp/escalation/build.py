"""The escalation graph of Google Cloud: an edge for every way from one identity to others, or to control of a place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.gcp.escalation.control import TAKES
from nhi_scan.access.gcp.escalation.cover import Subject, Way
from nhi_scan.access.gcp.escalation.edges import CONTROLLED, Edges
from nhi_scan.access.gcp.escalation.families import DELEGATE, STORAGE
from nhi_scan.access.gcp.escalation.sensitive import SensitiveThings
from nhi_scan.access.gcp.escalation.special import SPECIAL, Special
from nhi_scan.access.gcp.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.access.judged import Hit
from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.model.access import StatementRef
from nhi_scan.model.identity import Identity

_DELEGATION = ("iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.implicitDelegation")
_NO_EDGES = frozenset({"invoke", "unlisted", "latent"})


@dataclass(slots=True, eq=False)
class Use:
    """What an edge stands for."""

    technique: Technique
    refs: tuple[StatementRef, ...] = ()  # what it rests on, where its permissions alone do not tell


@dataclass(slots=True, frozen=True)
class Grip:
    """Control of a place that an identity has already."""

    node: int
    technique: Technique
    conditional: bool


@dataclass(slots=True)
class Escalation:
    """Everything that was found."""

    techniques: dict[str, Technique]
    graph: Graph = field(default_factory=lambda: GraphBuilder().build())
    grips: dict[str, list[Grip]] = field(default_factory=dict)  # by identity
    latent: dict[str, tuple[Technique, bool]] = field(default_factory=dict)  # by identity; whether conditionally
    hits: dict[str, Hit] = field(default_factory=dict)  # by node: what is sensitive and within its own reach
    about: dict[str, str] = field(
        default_factory=dict
    )  # by node that is no identity: which one, or which place, is meant


Offers = dict[int, tuple[bool, int, Way]]
"""The best way to each of some nodes: whether it is conditional, the technique's place in the catalogue, the way."""


class Builder:
    """Builds the graph of one inventory."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue) -> None:
        """Make everything ready."""
        self._access = access
        self._catalogue = catalogue
        self._graph = GraphBuilder()
        self._edges = Edges(access, self._graph)
        self._special = Special(access, self._graph, self._edges)
        self._sensitive = SensitiveThings(access, catalogue.sensitive)
        self._found = Escalation({row.id: row for row in catalogue.techniques})
        bit = access.catalogue.bit
        needed = [[bit(permission) for permission in row.permissions] for row in catalogue.techniques]
        self._needed = [
            (i, row, _union(bits))
            for i, (row, bits) in enumerate(zip(catalogue.techniques, needed, strict=True))
            if all(bits)
        ]
        self._focus = _union(mask for _, _, mask in self._needed)
        self._usable: dict[int, list[tuple[int, Technique]]] = {}
        self._delegating = _union(map(bit, _DELEGATION))
        self._edges.families.define(DELEGATE, lambda id_: bool(access.stack(id_).actions & self._delegating))
        self._edges.families.define(STORAGE, self._reads_storage)
        self._uses: dict[tuple[str, tuple[StatementRef, ...]], Use] = {}

    def build(self) -> Escalation:
        """Find everything."""
        judged = [row for row in self._access.inventory.identities.values() if row.provider == self._catalogue.provider]
        for identity in judged:
            self._graph.node(identity.id)
        for identity in judged:
            if identity.status != "deleted":
                self._add(identity)
        self._add_delegates()
        self._found.about.update(self._edges.control.about)
        for prefix in (DELEGATE, STORAGE):
            made = self._edges.sets.made(prefix)
            self._found.about.update((self._edges.sets.name(prefix, id_), id_) for id_ in made)
        self._found.graph = self._graph.build()
        return self._found

    def _add(self, identity: Identity) -> None:
        actions = self._access.stack(identity.id).actions
        usable, reading = self._techniques(actions), self._sensitive.reads(actions)
        if not usable and not reading:
            return
        subject = Subject(self._access, identity.id)
        if usable:
            self._connect(self._graph.node(identity.id), subject, usable)
        if reading:
            hit = self._sensitive.first(subject)
            if hit is not None:
                self._found.hits[identity.id] = hit

    def _techniques(self, actions: int) -> list[tuple[int, Technique]]:
        """Return the techniques all of whose permissions are held on something."""
        held = actions & self._focus
        usable = self._usable.get(held)
        if usable is None:
            usable = self._usable[held] = [(i, row) for i, row, mask in self._needed if not mask & ~held]
        return usable

    def _connect(self, source: int, subject: Subject, usable: list[tuple[int, Technique]]) -> None:
        """Add an identity's edges: one to each node, by the first technique without an open condition."""
        offers: Offers = {}
        for order, technique in self._in_order(subject, usable):
            for way in self._ways(subject, technique):
                if way.node != source:
                    _improve(offers, way, order)
        techniques = self._catalogue.techniques
        for node, (conditional, order, way) in sorted(offers.items(), key=lambda one: (one[1][:2], one[0])):
            technique = techniques[order]
            self._graph.edge(source, node, technique.id, conditional=conditional, note=self._use(technique, way.refs))
            if technique.target in CONTROLLED:
                self._found.grips.setdefault(subject.id, []).append(Grip(node, technique, conditional))
        latent = self._latent(subject, usable, any_edge=bool(offers))
        if latent is not None:
            self._found.latent[subject.id] = latent

    def _in_order(self, subject: Subject, usable: list[tuple[int, Technique]]) -> Iterator[tuple[int, Technique]]:
        """Yield techniques that lead somewhere: last those about which much has to be asked, perhaps for nothing."""
        late = []
        for order, technique in usable:
            if technique.yields in _NO_EDGES or self._edges.settled(subject, technique):
                continue
            if self._edges.is_open(subject, technique):
                late.append((order, technique))
            else:
                yield order, technique
        yield from late

    def _ways(self, subject: Subject, technique: Technique) -> Iterable[Way]:
        if technique.target in SPECIAL:
            return self._special.ways(subject, technique)
        return self._edges.ways(subject, technique)

    def _use(self, technique: Technique, refs: tuple[StatementRef, ...]) -> Use:
        key = (technique.id, refs)
        use = self._uses.get(key)
        if use is None:
            use = self._uses[key] = Use(technique, refs)
        return use

    def _latent(
        self, subject: Subject, usable: list[tuple[int, Technique]], *, any_edge: bool
    ) -> tuple[Technique, bool] | None:
        """Return a technique that is held and leads nowhere: by its nature, or because nothing else is found."""
        found: tuple[Technique, bool] | None = None
        for _, technique in usable:
            if not _may_be_latent(technique) or (any_edge and not _by_nature(technique)):
                continue
            state = _held(subject, technique)
            if state:
                return technique, False
            if state is None:
                found = found or (technique, True)
        return found

    def _add_delegates(self) -> None:
        """Add what those can do in whose names tokens are minted: mint one, or pass the request on."""
        wanted = [(i, row) for i, row, _ in self._needed if row.id == TAKES or row.target == "delegate"]
        seen = 0
        while seen < len(made := self._edges.sets.made(DELEGATE)):
            for identity_id in made[seen:]:
                actions = self._access.stack(identity_id).actions
                source = self._graph.node(self._edges.sets.name(DELEGATE, identity_id))
                held = {row.id for _, row in self._techniques(actions)}
                self._join(source, Subject(self._access, identity_id), [one for one in wanted if one[1].id in held])
            seen = len(made)

    def _join(self, source: int, subject: Subject, usable: list[tuple[int, Technique]]) -> None:
        for _, technique in usable:
            for way in self._edges.ways(subject, technique):
                if way.node != source:
                    use = self._use(technique, way.refs)
                    self._graph.edge(source, way.node, technique.id, conditional=way.conditional, note=use)

    def _reads_storage(self, identity_id: str) -> bool:
        """Whether a service account gets at sensitive objects of Cloud Storage itself."""
        if not self._sensitive.reads(self._access.stack(identity_id).actions):
            return False
        hit = self._sensitive.first(Subject(self._access, identity_id), storage=True)
        if hit is None:
            return False
        name = self._edges.sets.name(STORAGE, identity_id)
        self._found.hits[name] = hit
        return True


def _may_be_latent(technique: Technique) -> bool:
    """Whether it says something of an identity that it holds a technique, whatever there is to use it on.

    What is about service accounts says so: any that is made later is at its mercy. Who may write to some bucket, or run
    a job, is not suspect because somebody may come to trust that bucket or that job.
    """
    own = any(name.startswith("iam.") for name in technique.permissions)
    return technique.yields == "latent" or (technique.yields == "become" and own)


def _by_nature(technique: Technique) -> bool:
    """Whether a technique prepares others and nothing that it needs is missing."""
    return technique.yields == "latent" and not technique.needs


def _held(subject: Subject, technique: Technique) -> Truth:
    """Say whether all permissions of a technique are held, on a place of which nothing else is asked."""
    elsewhere = subject.somewhere(row for row in technique.requires if row.at == "anywhere")
    if all(row.at == "anywhere" for row in technique.requires):
        return elsewhere
    states = [
        both(*[subject.truth(row.permission, one.place_id) for row in one.open]) if one.open else True
        for one in subject.grounds(technique)
        if one.place_id != subject.id  # what is held on oneself never finds another target
    ]
    return both(elsewhere, either(*states))


def _improve(offers: Offers, way: Way, order: int) -> None:
    known = offers.get(way.node)
    if known is None or (way.conditional, order) < known[:2]:
        offers[way.node] = (way.conditional, order, way)


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
