"""Existing workloads as ways to whom they run as.

Those that run as an account of their own project are a set of that project. This is about the others: permissions held
on a single workload or account, conditions that have to be asked about, and accounts of other projects.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.gcp.escalation.cover import Ground, Subject, Way
from nhi_scan.access.gcp.escalation.families import STORAGE, Families, told
from nhi_scan.access.gcp.escalation.sets import MEMBER, Family, Sets
from nhi_scan.access.gcp.escalation.targets import Targets
from nhi_scan.access.gcp.escalation.technique import Requirement, Technique
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.identity import Workload

ASKED_ONE_BY_ONE = 40
"""So many targets of one technique are asked about singly; of more, the whole set is said to depend on a condition."""

Open = tuple[Requirement, ...]
Covered = dict[str, Open]
"""Places on which something is held, with what is open there."""

_Single = tuple[Workload, str, int, bool]
"""A workload, whom it runs as, the node of that, and whether it is so only conditionally."""


class Running:
    """Finds whom workloads run as, one by one or as sets of pairs."""

    def __init__(self, access: Access, graph: GraphBuilder, sets: Sets, targets: Targets, families: Families) -> None:
        """Begin with nothing indexed."""
        self._access = access
        self._graph = graph
        self._sets = sets
        self._targets = targets
        self._families = families
        self._guests: dict[tuple[str, str], list[Workload]] | None = None
        self._pairs: dict[tuple[str, str, str], int | None] = {}

    def singly(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        """Yield the accounts that workloads run as which no set of a project holds, or holds only for some."""
        around = _covered(subject.cover(row for row in technique.requires if row.at in ("workload", "project")))
        targeted = [row for row in technique.requires if row.at == "target"]
        acting: Covered = _covered(subject.cover(targeted)) if targeted else {"": ()}
        if not around or not acting:
            return
        for workload, account, node, conditional in self._singles(technique, around, acting):
            open_ = self._open(workload.id, around), self._open(account, acting)
            if open_[0] is not None and open_[1] is not None:
                state = self._holds(subject, (*open_[0], *open_[1]), account, workload)
                if state is not False:
                    yield Way(node, conditional or state is None)
        yield from self._many(technique, around, acting)

    def asked(self, subject: Subject, technique: Technique, ground: Ground) -> Iterator[Way]:
        """Yield the accounts of a scope's own workloads, where what is held there has to be asked about."""
        family, place = self._families.of(technique), ground.place_id
        below = list(islice(self._sets.below(family, place), ASKED_ONE_BY_ONE + 1))
        if len(below) > ASKED_ONE_BY_ONE:
            node = self._sets.node(family, place)
            if node is not None:
                yield Way(node, conditional=True)
            return
        for account, scope_id, conditional in below:
            running = [one for one in self._targets.workloads(scope_id, technique.workloads) if account in one.runs_as]
            state = either(*[self._holds(subject, ground.open, account, one) for one in running])
            if state is not False:
                yield Way(self._graph.node(account), conditional or state is None)

    def _singles(self, technique: Technique, around: Covered, acting: Covered) -> Iterator[_Single]:
        inventory = self._access.inventory
        found: dict[str, Workload] = {}
        for place in acting:
            found.update((one.id, one) for one in inventory.workloads_of.get(place, ()))
        for place in around:
            if place in inventory.workloads:
                found[place] = inventory.workloads[place]
            else:
                guests = self._below(technique, place)
                if len(guests) <= ASKED_ONE_BY_ONE:
                    found.update((one.id, one) for one in guests)
        for id_ in sorted(found):
            if found[id_].kind in technique.workloads:
                for account, conditional in self._targets.runs_as(found[id_], told(technique)):
                    yield found[id_], account, self._graph.node(account), conditional
                for account, conditional in self._targets.runs_as(found[id_], told(technique), storage=True):
                    scope_id = inventory.identities[account].scope_id
                    limited = self._sets.member(Family(STORAGE), account, scope_id)
                    if limited is not None:
                        yield found[id_], account, limited[0], conditional

    def _many(self, technique: Technique, around: Covered, acting: Covered) -> Iterator[Way]:
        """Yield sets of the accounts of other projects that many workloads of a scope run as."""
        scopes = self._access.inventory.scopes
        for place, open_ in around.items():
            if place in scopes and len(self._below(technique, place)) > ASKED_ONE_BY_ONE:
                for above, others in acting.items():
                    node = self._set(technique, place, above) if not above or above in scopes else None
                    if node is not None:
                        yield Way(node, conditional=bool(open_ or others))

    def _set(self, technique: Technique, place: str, above: str) -> int | None:
        """Return the node of the accounts below one scope that workloads below another run as."""
        base = self._families.of(technique).base
        key = (base, place, above)
        if key not in self._pairs:
            chain = self._access.places.chain
            members: dict[str, bool] = {}
            for workload in self._below(technique, place):
                for account, conditional in self._targets.runs_as(workload, told(technique)):
                    if not above or above in chain(account):
                        members[account] = members.get(account, True) and conditional
            self._pairs[key] = self._node(f"set/{base}/{place}/{above}", members)
        return self._pairs[key]

    def _node(self, name: str, members: dict[str, bool]) -> int | None:
        if not members:
            return None
        node = self._graph.node(self._targets.unused(name), "set", virtual=True)
        for account, conditional in sorted(members.items()):
            self._graph.edge(node, self._graph.node(account), MEMBER, conditional=conditional)
        return node

    def _below(self, technique: Technique, place: str) -> list[Workload]:
        """Return the workloads below a place that run as another project's account."""
        if self._guests is None:
            self._guests = defaultdict(list)
            for workload in self._targets.guests():
                for above in self._access.places.chain(workload.id):
                    self._guests[workload.kind, above].append(workload)
        return [one for kind in technique.workloads for one in self._guests.get((kind, place), ())]

    def _open(self, id_: str, covered: Covered) -> Open | None:
        """Return what is open of what is held on a thing; None where it is not held."""
        found = [covered[above] for above in ("", *self._access.places.chain(id_)) if above in covered]
        return min(found, key=len) if found else None

    def _holds(self, subject: Subject, asked: Open, account: str, workload: Workload) -> Truth:
        project = self._access.places.project_of(workload.id)
        places = {"target": account, "workload": workload.id}
        return both(*[subject.truth(row.permission, places.get(row.at) or project) for row in asked])


def _covered(grounds: list[Ground]) -> Covered:
    return {ground.place_id: ground.open for ground in grounds}
