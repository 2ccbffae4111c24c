"""The collector: an organization in two listings and a handful of questions, its projects one by one if it must be."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from dataclasses import dataclass, field, replace
from functools import partial

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.gcp import follow, sweep
from nhi_scan.providers.gcp.above import BOUNDARIES, Line, above_folder, above_project, ask_ancestor, note_line
from nhi_scan.providers.gcp.asking import Asker, Outcome, coverage_of
from nhi_scan.providers.gcp.by_project import Lack, Project, ask_above, ask_project, groups_named, hierarchy
from nhi_scan.providers.gcp.calls import CALLS, ORGANIZATION, PROJECT_IDENTITIES, PROJECT_ONLY, RECOMMENDATIONS
from nhi_scan.providers.gcp.calls.hierarchy import HIERARCHY
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.named import Look, look, refuse_nothing
from nhi_scan.providers.gcp.places import PROVIDER, Place
from nhi_scan.providers.gcp.sessions import connect, places
from nhi_scan.providers.gcp.settings import GcpSettings
from nhi_scan.providers.gcp.sweep import Learned
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

_ROLES = "iam-predefined-roles"
_OF_ORGANIZATIONS = ("iam-workforce-pools", "iam-workforce-pool-providers")
_POOLS = tuple(call for call in PROJECT_IDENTITIES if call.kind.startswith("iam-workload-identity-pool"))
_ACTIVITIES = tuple(call for call in PROJECT_IDENTITIES if call.kind.startswith("policyanalyzer-"))
_ADVICE = tuple(call for call in PROJECT_ONLY if call.kind == RECOMMENDATIONS)
_POOL_KINDS = ("asset-iam-workload-identity-pool", "asset-iam-workload-identity-pool-provider")
_KINDS = tuple(dict.fromkeys(call.kind for call in (*CALLS, *HIERARCHY)))

Job = Callable[[], None]


@dataclass(slots=True)
class _Root:
    """One scope that the collection was asked about."""

    place: Place
    learned: Learned = field(default_factory=Learned)
    assets: list[Coverage] = field(default_factory=list)
    policies: list[Coverage] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)  # scopes with folders of their own in the snapshot
    look: Look = field(default_factory=Look)
    line: Line = field(default_factory=Line)

    @property
    def lack(self) -> Lack:
        """What has to be asked of each project; of a project that was named, everything."""
        if self.place.kind == "projects":
            return Lack(assets=True, policies=True)
        return Lack(assets=_denied(self.assets), policies=_denied(self.policies))


def _denied(rows: Iterable[Coverage]) -> bool:
    return any(row.status is CoverageStatus.DENIED for row in rows)


def collect(settings: GcpSettings, writer: SnapshotWriter, progress: Progress, executor: Executor) -> None:
    """Collect everything that the settings name into a snapshot; what does not work becomes coverage.

    Args:
        settings: scopes, credentials, how patient to be.
        writer: of a new snapshot, or of one that is resumed: what it has is not asked for again.
        progress: is told about every step.
        executor: of threads; gives the bound on calls in flight.

    Raises:
        UserError: no credentials work, there is nothing to ask about, or the snapshot cannot be written.
    """
    clients = connect(settings)
    try:
        asker = Asker(clients, writer, settings.give_up_after)
        found = places(settings, clients)
        roots = [_Root(place) for place in found.places]
        for call, error in found.failed:
            writer.cover(_unfound(call, error, roots[0].place))
        if settings.names_places:
            for root, seen in zip(roots, executor.map(partial(look, asker), [one.place for one in roots]), strict=True):
                root.look = seen
        _Run(settings, asker, progress, executor).all_of(roots)
    finally:
        clients.close()


def _unfound(call: Call, error: CallError, place: Place) -> Coverage:
    """Say that a search for what to ask about failed, at the first scope that was found: nobody knows the others'."""
    outcome = Outcome()
    outcome.fail(error)
    row = coverage_of(call, place, outcome, 0)
    status = CoverageStatus.DENIED if error.kind in ("denied", "disabled") else CoverageStatus.FAILED
    return replace(row, record_kind=f"{call.kind}-search", status=status)


class _Run:
    """One collection."""

    def __init__(self, settings: GcpSettings, asker: Asker, progress: Progress, executor: Executor) -> None:
        self._settings = settings
        self._asker = asker
        self._progress = progress
        self._executor = executor
        self._taken: set[str] = set()  # ids of scopes that are asked

    def all_of(self, roots: list[_Root]) -> None:
        """Go through the stages; within one, everything side by side."""
        self._taken.update(root.place.id for root in roots)
        for root in roots:
            self._progress.start(root.place.id)
        self._side_by_side(job for root in roots for job in self._swept(root, first=root is roots[0]))
        self._side_by_side(job for root in roots for job in self._followed(root))
        ancestors = self._lines(roots)
        self._side_by_side(partial(self._ancestor, place, root) for place, root in ancestors)
        self._side_by_side(partial(self._groups, root) for root in roots)
        refuse_nothing(self._asker, [(root.place, root.below, root.look) for root in roots])
        for place in (place for place, _ in ancestors):
            self._asker.join(place, self._written(place))
        for root in roots:
            for place in (root.place, *root.below):
                self._asker.join(place, self._written(place))
            self._progress.done(root.place.id)

    def _lines(self, roots: list[_Root]) -> list[tuple[Place, Place]]:
        """Find what lies above the roots, and what of it is asked by none of them, each with a root below it."""
        self._side_by_side(partial(self._line, root) for root in roots if root.place.kind == "projects")
        for root in roots:  # one by one: what is above them they share
            if root.place.kind == "folders":
                root.line = above_folder(self._asker, root.place, root.learned.above, root.look.record)
            if root.place.kind != "organizations":
                note_line(self._asker, root.place, root.line)
        found = {place.id: (place, root.place) for root in reversed(roots) for place in root.line.places}
        return [found[id_] for id_ in sorted(found) if id_ not in self._taken]

    def _line(self, root: _Root) -> None:
        root.line = above_project(self._asker, root.place)

    def _ancestor(self, place: Place, root: Place) -> None:
        ask_ancestor(self._asker, place)
        self._progress.advance(root.id, "cloudresourcemanager")

    def _side_by_side(self, jobs: Iterable[Job]) -> None:
        """Run jobs and wait for all; the first that fails ends the others at their next request."""
        running = [self._executor.submit(job) for job in jobs]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future.done() and not future.cancelled() and (error := future.exception()):
                    raise error
            wait(running)
        finally:
            if [future for future in running if not future.cancel() and not future.done()]:
                self._asker.clients.stop.set()

    def _swept(self, root: _Root, *, first: bool) -> list[Job]:
        jobs: list[Job] = (
            [partial(self._ask, root.place, [call for call in ORGANIZATION if call.kind == _ROLES])] if first else []
        )
        if root.place.kind == "projects":
            return jobs
        return [
            *jobs,
            partial(self._assets, root),
            partial(self._policies, root),
            partial(self._organization, root.place),
        ]

    def _assets(self, root: _Root) -> None:
        root.assets = sweep.sweep_assets(self._asker, root.place, root.learned)
        self._progress.advance(root.place.id, "cloudasset")

    def _policies(self, root: _Root) -> None:
        root.policies = sweep.sweep_policies(self._asker, root.place, root.learned)
        self._progress.advance(root.place.id, "cloudasset")

    def _organization(self, place: Place) -> None:
        rows = [call for call in ORGANIZATION if call.kind != _ROLES]
        if place.kind != "organizations":
            others = [call for call in rows if call.kind in _OF_ORGANIZATIONS]
            self._asker.skip(place, others, "it belongs to the organization, which was not asked about")
            rows = [call for call in rows if call not in others and call not in BOUNDARIES]
        self._ask(place, rows)
        if self._settings.usage:
            self._ask(place, _ADVICE)
        else:
            self._asker.skip(place, PROJECT_ONLY, "each project is asked by itself: `--usage` does")

    def _ask(self, place: Place, rows: Iterable[Call], root: Place | None = None) -> None:
        for call in rows:
            self._asker.ask(call, place)
            self._progress.advance((root or place).id, call.service.partition(":")[0].partition("_")[0])

    def _followed(self, root: _Root) -> list[Job]:
        """What is asked once it is known how the sweep went."""
        place, lack = root.place, root.lack
        if place.kind == "projects":
            return [partial(self._project, Project(place=place, record=root.look.record), lack, place)]
        folders, projects = self._untaken(*self._around(root, lack))
        root.below = [*folders, *(project.place for project in projects)]
        jobs: list[Job] = [partial(self._deny, root, folders, projects)]
        if self._settings.usage:
            jobs += [partial(self._ask, folder, _ADVICE, place) for folder in folders]
        if lack.rows():
            jobs += [partial(self._above, one, lack, place) for one in (place, *folders)]
            return [*jobs, *(partial(self._project, project, lack, place) for project in projects)]
        rows = [*self._missing_pools(root)]
        if self._settings.usage:
            rows += [*PROJECT_ONLY, *self._missing_activities(place)]
        known = root.learned.pools
        asked = [one.place for one in projects if self._settings.usage or f"projects/{one.place.number}" in known]
        return [*jobs, *(partial(self._ask, one, rows, place) for one in asked if rows)]

    def _untaken(self, folders: list[Place], projects: list[Project]) -> tuple[list[Place], list[Project]]:
        """Leave out what another scope of this run has: scopes may lie in each other, or hide what is above them."""
        free = [place for place in folders if place.id not in self._taken]
        asked = [project for project in projects if project.place.id not in self._taken]
        self._taken.update(place.id for place in (*free, *(project.place for project in asked)))
        return free, asked

    def _around(self, root: _Root, lack: Lack) -> tuple[list[Place], list[Project]]:
        """Find the folders and projects below: in the sweep, or by a search where that has none."""
        if lack.rows():
            return hierarchy(self._asker, root.place)
        organization = root.place.organization or root.learned.organization
        folders = [Place(id=name) for name in sorted(root.learned.folders - {root.place.id})]
        projects = [
            Project(place=Place(id=name, number=number, organization=organization))
            for name, number in sorted(root.learned.projects.items())
        ]
        return folders, projects

    def _missing_pools(self, root: _Root) -> tuple[Call, ...]:
        complete = [row.status is CoverageStatus.COMPLETE for row in root.assets if row.record_kind in _POOL_KINDS]
        return () if complete and all(complete) else _POOLS

    def _missing_activities(self, place: Place) -> list[Call]:
        """Rows for each project where the organization as a whole gave no answer."""
        rows = []
        for call in _ACTIVITIES:
            found = self._asker.writer.coverage_of(PROVIDER, place.folder, call.kind)
            if any(row.status is CoverageStatus.FAILED for row in found):
                rows.append(call)
        return rows

    def _above(self, place: Place, lack: Lack, root: Place) -> None:
        ask_above(self._asker, place, lack)
        self._progress.advance(root.id, "iam")

    def _project(self, project: Project, lack: Lack, root: Place) -> None:
        ask_project(self._asker, project, lack, usage=self._settings.usage)
        self._progress.advance(root.id, "iam")

    def _deny(self, root: _Root, folders: list[Place], projects: list[Project]) -> None:
        """Ask where deny policies may hang; a project that is asked by itself asks for its own."""
        points = [*folders, *(() if root.lack.rows() else (project.place for project in projects))]
        most = len(points) if self._settings.usage else self._settings.deny_policies_at_most
        follow.deny_policies(self._asker, root.place, points[:most], points[most:])
        self._progress.advance(root.place.id, "iam")

    def _groups(self, root: _Root) -> None:
        named = root.learned.groups | groups_named(self._asker, (root.place, *root.below, *root.line.places))
        most = 0 if self._settings.usage else self._settings.groups_at_most
        follow.groups(self._asker, root.place, named, most)
        self._progress.advance(root.place.id, "cloudidentity")

    def _written(self, place: Place) -> list[str]:
        return [kind for kind in _KINDS if self._asker.done(place, kind)]
