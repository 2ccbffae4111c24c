"""The escalation graph of GitHub: an edge for every way from one identity to others, or to control of a place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from nhi_scan.access.combine import both, either
from nhi_scan.access.github.escalation.jobs import Jobs
from nhi_scan.access.github.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.github.permissions import USE
from nhi_scan.access.github.summarise import Access
from nhi_scan.access.judged import Hit
from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity

CONTROL: Final = "control/"
"""Before the id of an organization or a repository: whoever controls it."""

Ground = tuple[str, bool]
"""A place where all that a technique takes is held, and whether that depends on an open condition."""


@dataclass(slots=True, frozen=True)
class Way:
    """Where a technique leads."""

    node: int
    conditional: bool


@dataclass(slots=True, frozen=True)
class Grip:
    """Control of an organization that an identity has already."""

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
    hits: dict[str, Hit] = field(default_factory=dict)  # by identity: a secret that its code is handed


class Builder:
    """Builds the graph of one inventory."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue) -> None:
        """Make everything ready."""
        self._access = access
        self._places = access.places
        self._jobs = Jobs(access)
        self._graph = GraphBuilder()
        self._found = Escalation({row.id: row for row in catalogue.techniques})
        rows = catalogue.techniques
        self._by = {actor: [row for row in rows if row.by == actor] for actor in ("holder", "anyone", "code", "owner")}
        self._sets: dict[str, int | None] = {}
        self._techniques: dict[int, list[Technique]] = {}
        self._runners = self._shared_runners()

    def build(self) -> Escalation:
        """Find everything."""
        for identity in self._access.identities:
            self._graph.node(identity.id)
        for organization_id in self._places.organizations:
            self._owned(organization_id)
        for identity in self._access.identities:
            if identity.status != "deleted":
                self._add(identity)
        self._found.graph = self._graph.build()
        return self._found

    def _add(self, identity: Identity) -> None:
        offers: dict[int, tuple[bool, int]] = {}
        for order, (technique, way) in enumerate(self._ways(identity)):
            known = offers.get(way.node)
            if known is None or (known[0] and not way.conditional):
                offers[way.node] = (way.conditional, order)
                self._graph.edge(self._graph.node(identity.id), way.node, technique.id, conditional=way.conditional)
                if technique.target == "organization":
                    self._found.grips.setdefault(identity.id, []).append(Grip(way.node, technique, way.conditional))
        self._secret(identity)

    def _ways(self, identity: Identity) -> Iterator[tuple[Technique, Way]]:
        """Yield where techniques lead somebody; an edge that is there already, and certain, comes first."""
        own = self._graph.node(identity.id)
        found: list[tuple[bool, int, Technique, Way]] = []
        actor = {"repository": "code", "federated_principal": "anyone"}.get(identity.kind, "")
        for order, technique in enumerate((*self._by.get(actor, ()), *self._usable(identity.id))):
            ways = self._used(identity, technique) if technique.by == actor else self._held(identity, technique)
            for way in ways:
                if way.node != own:
                    doubt = way.conditional or bool(technique.needs)
                    found.append((doubt, order, technique, Way(way.node, doubt)))
        for _, _, technique, way in sorted(found, key=lambda row: (row[0], row[1], row[3].node)):
            yield technique, way

    def _held(self, identity: Identity, technique: Technique) -> Iterator[Way]:
        """Yield where permissions lead."""
        for place, conditional in self._grounds(identity.id, technique):
            if technique.yields == "latent":
                known = self._found.latent.get(identity.id)
                if known is None or (known[1] and not conditional):
                    self._found.latent[identity.id] = (technique, conditional)
                continue
            for node, doubt in self._targets(technique, place):
                yield Way(node, conditional or doubt)

    def _grounds(self, identity_id: str, technique: Technique) -> Iterator[Ground]:
        """Yield organizations on which all that is required is held, else the repositories."""
        held = [
            {one.place_id: one.certain for one in self._access.holdings(identity_id, permission)}
            for permission in technique.permissions
        ]
        places = sorted({place for row in held for place in row})
        wide = [place for place in places if github_ids.is_organization(place) and all(place in row for row in held)]
        whole = technique.requires[0].at == "organization"
        for place in wide:
            yield place, not all(row[place] for row in held)
        sure = {place for place in wide if all(row[place] for row in held)}
        for place in () if whole else places:
            above = github_ids.organization_of(place)
            if github_ids.is_organization(place) or above in sure:
                continue
            states = [either(*(_state(row, one) for one in (place, above))) for row in held]
            together = both(*states)
            if together is not False:
                yield place, together is None

    def _usable(self, identity_id: str) -> list[Technique]:
        """Return the techniques all of whose permissions are held on something."""
        actions = self._access.stack(identity_id).actions
        found = self._techniques.get(actions)
        if found is None:
            bit = self._access.catalogue.bit
            found = [row for row in self._by["holder"] if all(actions & bit(name) for name in row.permissions)]
            self._techniques[actions] = found
        return found

    def _targets(self, technique: Technique, place: str) -> Iterator[tuple[int, bool]]:
        """Yield the nodes that a technique leads to on a repository, or on all of an organization."""
        wide = github_ids.is_organization(place)
        if technique.target == ("organization" if wide else "repository"):
            yield self._graph.node(f"{CONTROL}{place}", "control"), False
        elif technique.target in ("organization", "repository"):
            return  # all repositories are the organization: another technique says so
        elif wide:
            node = self._everywhere(technique, place)
            if node is not None:
                yield node, False
        else:
            yield from self._on(technique, place)

    def _on(self, technique: Technique, repository_id: str) -> Iterator[tuple[int, bool]]:
        if technique.target == "code":
            code = github_ids.code(repository_id)
            started = not technique.events or self._jobs.runs_on(repository_id, technique.events)
            if started and code in self._access.inventory.identities and self._places.runs(repository_id):
                yield self._graph.node(code), False
        else:
            for job_id, state in self._jobs.found(technique, repository_id):
                yield self._graph.node(job_id), state is None

    def _everywhere(self, technique: Technique, organization_id: str) -> int | None:
        """Return the node for all that a technique leads to in an organization; None where that is nothing."""
        name = f"{technique.id} in {organization_id}"
        if name not in self._sets:
            members = [
                member for one in self._places.repositories(organization_id) for member in self._on(technique, one)
            ]
            self._sets[name] = self._set(name, technique, members)
        return self._sets[name]

    def _set(self, name: str, technique: Technique, members: Iterable[tuple[int, bool]]) -> int | None:
        known = list(members)
        if not known:
            return None
        node = self._graph.node(name, "set", virtual=True)
        for member, conditional in known:
            self._graph.edge(node, member, technique.id, conditional=conditional)
        return node

    def _used(self, identity: Identity, technique: Technique) -> Iterator[Way]:
        if identity.kind == "repository":
            yield from self._pushed(identity.scope_id, technique)
            return
        host = github_ids.host_in(identity.id)
        for organization_id in self._places.organizations:
            if github_ids.host_in(organization_id) == host:
                for repository_id in self._places.repositories(organization_id):
                    yield from self._strange(repository_id, technique)

    def _strange(self, repository_id: str, technique: Technique) -> Iterator[Way]:
        """Yield the jobs that strangers get at: of a repository that is public, as far as anybody knows."""
        public = self._places.public(repository_id)
        if public is False:
            return
        for job_id, state in self._jobs.found(technique, repository_id):
            open_ = state is None or public is None or self._jobs.asks_who(job_id, technique.events)
            yield Way(self._graph.node(job_id), open_)

    def _pushed(self, repository_id: str, technique: Technique) -> Iterator[Way]:
        """Yield whom whoever can push to a repository becomes."""
        if not self._places.runs(repository_id):
            return
        if technique.finds in ("called", "used"):
            for job_id, state in self._jobs.depending(technique, repository_id):
                yield Way(self._graph.node(job_id), state is None)
        elif technique.finds == "self_hosted":
            node = self._on_runners(technique, github_ids.organization_of(repository_id))
            if node is not None:
                yield Way(node, conditional=True)
        else:
            for node, conditional in self._on(technique, repository_id):
                yield Way(node, conditional)

    def _on_runners(self, technique: Technique, organization_id: str) -> int | None:
        """Return the node for the jobs that runners of an organization's own run; None where it has none that stay."""
        name = f"jobs on runners of {organization_id}"
        if organization_id not in self._runners:
            return None
        if name not in self._sets:
            found = self._jobs.self_hosted(organization_id)
            members = [(self._graph.node(job_id), state is None) for job_id, state in found]
            self._sets[name] = self._set(name, technique, members)
        return self._sets[name]

    def _shared_runners(self) -> frozenset[str]:
        """Name the organizations with a runner of their own that is not known to end with its first job."""
        return frozenset(
            one.scope_id
            for one in self._access.inventory.workloads.values()
            if one.provider == "github"
            and one.kind == "self_hosted_runner"
            and github_ids.is_organization(one.scope_id)
            and dict(one.attributes).get("ephemeral") != "true"
        )

    def _owned(self, organization_id: str) -> None:
        """Add what control of an organization, and of each of its repositories, is good for."""
        top = self._graph.node(f"{CONTROL}{organization_id}", "control")
        repositories = self._places.repositories(organization_id)
        for technique in self._by["owner"]:
            if technique.target == "repository":
                controls = [(self._graph.node(f"{CONTROL}{one}", "control"), False) for one in repositories]
                node = self._set(f"repositories of {organization_id}", technique, controls)
                if node is not None:
                    self._graph.edge(top, node, technique.id)
                continue
            for one in repositories:
                control = self._graph.node(f"{CONTROL}{one}", "control")
                for target, _ in self._on(technique, one):
                    self._graph.edge(control, target, technique.id)

    def _secret(self, identity: Identity) -> None:
        found = self._access.secrets.first(identity)
        if found is not None:
            self._found.hits[identity.id] = (found[0], USE, found[1])


def _state(held: dict[str, bool], place: str) -> bool | None:
    """Say whether a permission is held on a place: None where that depends on an open condition."""
    sure = held.get(place)
    return False if sure is None else (True if sure else None)
