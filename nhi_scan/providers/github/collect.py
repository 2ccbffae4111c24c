"""The collector: each organization's settings, its repositories a few at a time, and their workflow files."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import NothingReadError
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.asking import Barred, Outcome, Record, coverage_of
from nhi_scan.providers.github.calls import OWNER, REPOSITORIES, Row
from nhi_scan.providers.github.calls_organization import ORGANIZATION, OWN_REPOSITORIES
from nhi_scan.providers.github.checked_out import collect_checkouts
from nhi_scan.providers.github.owners import LIST, PART, Owners
from nhi_scan.providers.github.places import PROVIDER, Place
from nhi_scan.providers.github.repositories import ROWS, Repositories
from nhi_scan.providers.github.sessions import connect, find
from nhi_scan.providers.github.settings import GitHubSettings
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.github.client import Clients

_PARTS = 200  # at most about so many parts, of so many repositories that this suffices
_NOTE = "00000"  # part that says what limits all repositories; sorts before the others
_OF_ALL: tuple[Row, ...] = (*ROWS, REPOSITORIES)
_EVERY: tuple[Row, ...] = (OWNER, *_OF_ALL, *ORGANIZATION, OWN_REPOSITORIES)

Job = Callable[[], None]


def collect(settings: GitHubSettings, writer: SnapshotWriter, progress: Progress, executor: Executor) -> None:
    """Collect everything that the settings name into a snapshot; what does not work becomes coverage.

    Args:
        settings: organizations, credentials, how patient to be.
        writer: of a new snapshot, or of one that is resumed: what it has is not asked for again.
        progress: is told about every step.
        executor: of threads; gives the bound on requests in flight.

    Raises:
        UserError: no credentials work, there is nothing to ask about, or the snapshot cannot be written.
    """
    if settings.workflows and not settings.asks:
        collect_checkouts(settings.workflows, (), writer, progress)
        return
    clients = connect(settings)
    try:
        found = find(settings, clients)
        run = _Run(settings, clients, writer, progress, executor)
        run.all_of(found.places)
        if found.lacking:
            run.say_of_all(found.places[0], found.lacking)
        collect_checkouts(settings.workflows, [place.id for place in found.places], writer, progress)
    finally:
        clients.close()


class _Run:
    """One collection."""

    def __init__(
        self,
        settings: GitHubSettings,
        clients: "Clients",
        writer: SnapshotWriter,
        progress: Progress,
        executor: Executor,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._writer = writer
        self._progress = progress
        self._executor = executor
        barred = Barred()
        self._owners = Owners(clients, writer, barred)
        self._repositories = Repositories(clients, writer, barred, archived=settings.archived)

    def all_of(self, places: Iterable[Place]) -> None:
        """Go through the stages; within one, everything side by side."""
        usable = []
        for place in places:
            self._progress.start(place.id)
            if place.lacking:
                self._refuse(place)
            else:
                usable.append(place)
        self._clients.limits.told = partial(self._waits, [place.id for place in usable])
        self._side_by_side(partial(self._owners.look, place) for place in usable)
        self._refuse_nothing(tuple(places), usable)
        self._side_by_side(job for place in usable for job in self._jobs(place))
        for place in places:
            self._join(place)
            self._progress.done(place.id)

    def _refuse_nothing(self, places: tuple[Place, ...], usable: list[Place]) -> None:
        """Say what is wrong where nothing of what was named can be seen, instead of writing an empty snapshot.

        Raises:
            NothingReadError: nothing can.
        """
        told = [row.detail for place in usable if (row := self._owners.refused(place))]
        if len(told) < len(usable):
            return
        told += [place.lacking.sentence for place in places if place.lacking]
        owners = ", ".join(f"`{place.owner}`" for place in places)
        raise NothingReadError(f"nothing of {owners} on `{self._settings.host}` can be seen: {told[0]}")

    def _refuse(self, place: Place) -> None:
        for row in _EVERY:
            outcome = Outcome(error=place.lacking)
            self._writer.commit(PART, None, coverage_of(row, place, outcome, 0))

    def _waits(self, ids: list[str], seconds: float) -> None:
        for id_ in ids[:1]:
            self._progress.advance(id_, f"waiting for GitHub's rate limit, {seconds:.0f} seconds more")

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
                self._clients.stop.set()
                wait(running)  # connections are closed after this, and nobody may be opening one

    def _jobs(self, place: Place) -> Iterator[Job]:
        yield partial(self._organization, place)
        listed = self._listed(place)
        size = max(1, -(-len(listed) // _PARTS))
        for number, first in enumerate(range(0, len(listed), size), 1):
            yield partial(self._few, place, f"{number:05d}", listed[first : first + size])

    def _listed(self, place: Place) -> list[Record]:
        """Read the list back: a run that is resumed parts it as the one before did."""
        envelopes = self._writer.read_parts(PROVIDER, place.folder, LIST, PART)
        return [record for one in envelopes if isinstance(record := one.value(), dict)]

    def _organization(self, place: Place) -> None:
        self._owners.ask(place)
        self._progress.advance(place.id, "organization")

    def _few(self, place: Place, part: str, few: Iterable[Record]) -> None:
        if not self._repositories.done(place, part):
            self._repositories.ask(place, part, few)
        self._progress.advance(place.id, "repositories")

    def _join(self, place: Place) -> None:
        """Put together what was written of an owner, and say of its repositories what limits all of them."""
        if not place.lacking:
            self._note(place)
        unasked = self._unasked(place)
        for row in _EVERY:
            limits = unasked if row in _OF_ALL else ""
            self._writer.join(PROVIDER, place.folder, row.kind, unasked=limits)
        self._writer.settle(PROVIDER, place.folder)

    def _note(self, place: Place) -> None:
        """Say how far the rows got of which nothing was asked, and all of them where the list is not complete."""
        if self._writer.done(PROVIDER, place.folder, REPOSITORIES.kind):
            return
        listed = self._writer.coverage_of(PROVIDER, place.folder, LIST, PART)
        lacking = next((row for row in listed if row.status is not CoverageStatus.COMPLETE), None)
        for row in _OF_ALL:
            if lacking or not self._writer.coverage_of(PROVIDER, place.folder, row.kind):
                self._writer.commit(_NOTE, None, _limited(coverage_of(row, place, Outcome(), 0), lacking, row))

    def _unasked(self, place: Place) -> str:
        if place.repositories:
            return "only repositories that were named were asked about"
        if place.selected:
            return "the app is installed in selected repositories only"
        if not self._settings.archived and any(one.get("archived") is True for one in self._listed(place)):
            return "archived repositories were not looked into (`archived`)"
        return ""

    def say_of_all(self, place: Place, lacking: str) -> None:
        """Say that there may be organizations that nobody listed."""
        row = coverage_of(OWNER, place, Outcome(answered=1), 0)
        self._writer.cover(
            replace(row, record_kind=f"{OWNER.kind}-search", status=CoverageStatus.PARTIAL, detail=lacking)
        )


def _limited(row: Coverage, lacking: Coverage | None, of: Row) -> Coverage:
    if lacking is None:
        return row
    detail = (
        lacking.detail if of.kind == kinds.REPOSITORIES else f"`{kinds.REPOSITORIES}` is not complete: {lacking.detail}"
    )
    return replace(row, status=lacking.status, detail=detail[:300], permission=lacking.permission)
