"""From one identity's permissions to nodes that it can reach: a way for each technique and set of targets."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.gcp.constraints import Constraints
from nhi_scan.access.gcp.escalation.control import Control
from nhi_scan.access.gcp.escalation.cover import Ground, Subject, Way
from nhi_scan.access.gcp.escalation.families import ACCOUNTS, Families
from nhi_scan.access.gcp.escalation.running import ASKED_ONE_BY_ONE, Running
from nhi_scan.access.gcp.escalation.sets import Family, Sets
from nhi_scan.access.gcp.escalation.targets import MAY_BE_NARROW, Targets
from nhi_scan.access.gcp.escalation.technique import Requirement, Technique
from nhi_scan.access.gcp.identifiers import ACCOUNT
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.graph.graph import GraphBuilder

CONTROLLED = frozenset({"project", "folder", "organization"})
"""The targets of techniques that take control of a place."""

_OF_ACCOUNTS = frozenset({"service_account", "attached_account", "delegate"})


class Edges:
    """Finds where techniques lead."""

    def __init__(self, access: Access, graph: GraphBuilder) -> None:
        """Index what there is to escalate to."""
        self._access = access
        self._graph = graph
        self.targets = Targets(access.inventory, access.places)
        self.constraints = Constraints(access.inventory)
        self.sets = Sets(graph, self.targets)
        self.control = Control(access, graph, self.targets, self.sets)
        self.families = Families(self.sets, self.targets, self.constraints)
        self._running = Running(access, graph, self.sets, self.targets, self.families)

    @staticmethod
    def settled(subject: Subject, technique: Technique) -> bool:
        """Say whether nobody new can come of a technique."""
        return technique.target in _OF_ACCOUNTS and technique.yields == "become" and subject.settled

    @staticmethod
    def is_open(subject: Subject, technique: Technique) -> bool:
        """Say whether a technique on service accounts has to be asked about singly: after those that need not be."""
        return technique.target in _OF_ACCOUNTS and any(ground.open for ground in subject.grounds(technique))

    def ways(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        """Yield where a technique leads an identity. A node may come more than once."""
        if self.settled(subject, technique):
            return
        elsewhere = subject.somewhere(row for row in technique.requires if row.at == "anywhere")
        if elsewhere is False:
            return
        doubt = elsewhere is None or "unlisted_thing" in technique.needs
        for way in self._found(subject, technique):
            yield Way(way.node, way.conditional or doubt) if doubt else way

    def _found(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        grounds = subject.grounds(technique)
        if technique.target in CONTROLLED:
            return self.control.ways(subject, technique, grounds)
        if technique.target == "workload":
            return self._workloads(subject, technique, grounds)
        if technique.target == "dag_bucket":
            return self._buckets(technique, grounds)
        if technique.attaches:
            return self._attached(subject, technique, grounds)
        if technique.target == "cluster":
            families = self.families.of(technique), self.families.on_storage(technique)
            return chain.from_iterable(self._members(subject, family, grounds) for family in families)
        return self._members(subject, self.families.of(technique), grounds)

    def _members(self, subject: Subject, family: Family, grounds: Iterable[Ground]) -> Iterator[Way]:
        for ground in grounds:
            if ground.open:
                yield from self._one_by_one(subject, family, ground)
            elif ground.place_id in self._access.inventory.scopes:
                node = self.sets.node(family, ground.place_id)
                if family == ACCOUNTS:
                    subject.done(ground.place_id)
                if node is not None:
                    yield Way(node, conditional=False)
            else:
                yield from self._single(family, ground.place_id)

    def _single(self, family: Family, place_id: str, *, conditional: bool = False) -> Iterator[Way]:
        """Yield the way to one service account, on which a permission is held directly."""
        if place_id.startswith(ACCOUNT) and place_id in self._access.inventory.identities:
            found = self.sets.member(family, place_id, self._access.inventory.identities[place_id].scope_id)
            if found is not None:
                yield Way(found[0], found[1] or conditional)

    def _one_by_one(self, subject: Subject, family: Family, ground: Ground) -> Iterator[Way]:
        """Ask about each target; where there are too many, leave it open."""
        place = ground.place_id
        if place not in self._access.inventory.scopes:
            state = self._holds(subject, ground.open, place, self._access.places.project_of(place))
            if state is not False:
                yield from self._single(family, place, conditional=state is None)
            return
        below = list(islice(self.sets.below(family, place), ASKED_ONE_BY_ONE + 1))
        if len(below) > ASKED_ONE_BY_ONE:
            node = self.sets.node(family, place)
            if node is not None:
                yield Way(node, conditional=True)
            return
        for id_, scope_id, conditional in below:
            state = self._holds(subject, ground.open, id_, scope_id)
            found = None if state is False else self.sets.member(family, id_, scope_id)
            if found is not None:
                yield Way(found[0], found[1] or conditional or state is None)

    @staticmethod
    def _holds(subject: Subject, asked: Iterable[Requirement], target: str, project: str) -> Truth:
        """Say whether some permissions are held on a target or its project."""
        return both(*[subject.truth(row.permission, target if row.at == "target" else project) for row in asked])

    def _attached(self, subject: Subject, technique: Technique, grounds: list[Ground]) -> Iterator[Way]:
        yield from self._members(subject, self.families.of(technique), grounds)
        if technique.exists:
            return
        certain = {ground.place_id for ground in grounds if not ground.open}
        acting = subject.cover(row for row in technique.requires if row.at == "target")
        elsewhere = subject.cover(row for row in technique.requires if row.at == "project")
        if acting and elsewhere:
            yield from self._across(subject, [one for one in acting if one.place_id not in certain])

    def _across(self, subject: Subject, acting: list[Ground]) -> Iterator[Way]:
        """Yield accounts that something in another project can run as.

        The service's own agent there must be allowed to mint their tokens, too, so that this is never certain:
        https://cloud.google.com/iam/docs/attach-service-accounts#attaching-different-project
        """
        for way in self._members(subject, self.families.elsewhere(), acting):
            yield Way(way.node, conditional=True)

    def _workloads(self, subject: Subject, technique: Technique, grounds: list[Ground]) -> Iterator[Way]:
        """Yield whom existing workloads run as: those of the project by sets, any others one by one."""
        scopes = [ground for ground in grounds if ground.place_id in self._access.inventory.scopes]
        if not subject.settled:
            closed = [ground for ground in scopes if not ground.open]
            yield from self._members(subject, self.families.of(technique), closed)
            if MAY_BE_NARROW.intersection(technique.workloads):
                yield from self._members(subject, self.families.on_storage(technique), closed)
        for ground in scopes:
            if ground.open:
                yield from self._running.asked(subject, technique, ground)
        yield from self._running.singly(subject, technique)

    def _buckets(self, technique: Technique, grounds: list[Ground]) -> Iterator[Way]:
        """Yield whom workloads run as into whose buckets code can be put."""
        family = self.families.of(technique)
        for ground in grounds:
            node = None
            if ground.place_id in self._access.inventory.scopes:
                node = self.sets.node(family, ground.place_id)
            if node is not None:
                yield Way(node, conditional=bool(ground.open))
            for id_, conditional in self.targets.of_bucket(ground.place_id, technique.workloads):
                yield Way(self._graph.node(id_), conditional or bool(ground.open))
