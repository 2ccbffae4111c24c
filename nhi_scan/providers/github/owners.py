"""An organization, or a person who owns repositories: what it is, which repositories it has, and its own settings."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.asking import Barred, Outcome, Record, Visit, coverage_of
from nhi_scan.providers.github.calls import INSTALLED, NAMED, OWNER, PERSON, PERSONS, REPOSITORIES, Row
from nhi_scan.providers.github.calls_organization import ORGANIZATION, OWN_REPOSITORIES
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.places import PROVIDER, Place
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.github.client import Clients

PART = "all"
LIST = "github-repository-list"  # what was listed first; each repository's record is written once it was asked about
_PERSONAL = "it belongs to a person, and only organizations have such settings"


class Owners:
    """Asks about owners and writes what comes.

    Args:
        clients: the seam.
        writer: receives records and coverage.
        barred: shared by all visits of the run.
    """

    def __init__(self, clients: "Clients", writer: SnapshotWriter, barred: Barred) -> None:
        self._clients = clients
        self._writer = writer
        self._barred = barred

    def _visit(self, place: Place) -> Visit:
        words = {"org": place.owner, "username": place.owner}
        return Visit(clients=self._clients, place=place, barred=self._barred, words=words)

    def look(self, place: Place) -> None:
        """Find out what an owner is and list its repositories, unless that was done.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over.
        """
        finished = self._writer.done(PROVIDER, place.folder, kinds.REPOSITORIES)
        if finished or self._writer.done(PROVIDER, place.folder, LIST, PART):
            return
        visit = self._visit(place)
        visit.ask(OWNER)
        row = OWNER
        error = visit.outcomes[OWNER.kind].error
        if error and error.kind == "absent":
            visit.outcomes.pop(OWNER.kind)
            row = PERSON
            visit.ask(PERSON)
        self._write(place, row, visit.found[row.kind], coverage_of(row, place, visit.outcomes[row.kind], 1))
        self._list(place, person=row is PERSON)

    def is_person(self, place: Place) -> bool:
        """Tell whether a person owns the repositories, as was found."""
        owners = self._writer.read_parts(PROVIDER, place.folder, kinds.ORGANIZATIONS, PART)
        return any(isinstance(one := each.value(), dict) and one.get("type") == "User" for each in owners)

    def refused(self, place: Place) -> Coverage | None:
        """Return why nothing is known of an owner; None where something is."""
        rows = self._writer.coverage_of(PROVIDER, place.folder, kinds.ORGANIZATIONS, PART)
        listed = self._writer.coverage_of(PROVIDER, place.folder, LIST, PART)
        lacking = next((row for row in rows if row.status is not CoverageStatus.COMPLETE), None)
        return None if any(row.records for row in listed) else lacking

    def _list(self, place: Place, *, person: bool) -> None:
        """Write the list of repositories: one that was renamed while it was listed stands there once."""
        row = _listing(place, person=person)
        outcome, found = Outcome(), dict[Any, Record]()
        for record in self._listed(place, row, outcome):
            found[record.get("id")] = record
        named = {str(record.get("full_name")).lower(): record for record in found.values()}
        listed = replace(row, kind=LIST)
        records: list[tuple[Record, Record]] = [({}, named[name]) for name in sorted(named)]
        coverage = coverage_of(listed, place, outcome, len(records))
        if person and not place.installation and coverage.status is CoverageStatus.COMPLETE:
            told = "of a person only public repositories are listed: name the others (`--github-repo`)"
            coverage = replace(coverage, status=CoverageStatus.PARTIAL, detail=told)
        self._write(place, listed, records, coverage)

    def _listed(self, place: Place, row: Row, outcome: Outcome) -> Iterator[Record]:
        visit = self._visit(place)
        for full_name in place.repositories or ("",):
            if full_name:
                visit.words["owner"], _, visit.words["repo"] = full_name.partition("/")
            try:
                yield from visit.answers(row, {})
                outcome.answered += 1
            except CallError as error:
                outcome.fail(error, full_name)

    def ask(self, place: Place) -> None:
        """Ask for an organization's own settings, unless that was done.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over.
        """
        rows = (*ORGANIZATION, OWN_REPOSITORIES)
        if all(self._writer.done(PROVIDER, place.folder, row.kind, PART) for row in rows):
            return
        if self.is_person(place):
            for row in rows:
                skipped = replace(
                    coverage_of(row, place, Outcome(), 0), status=CoverageStatus.SKIPPED, detail=_PERSONAL
                )
                self._write(place, row, (), skipped)
            return
        visit = self._visit(place)
        for row in ORGANIZATION:
            visit.ask(row)
        self._own(visit, place)
        for row in rows:
            outcome, found = visit.outcomes[row.kind], visit.found[row.kind]
            self._write(place, row, found, coverage_of(row, place, outcome, len(found)))

    def _own(self, visit: Visit, place: Place) -> None:
        """Ask for the repositories of the app's own installation; those of others are told as unknown."""
        row = OWN_REPOSITORIES
        outcome = visit.outcomes.setdefault(row.kind, Outcome())
        held = visit.found.setdefault(row.kind, [])
        if place.installation:
            visit.ask(row)
            held[:] = [({"installation_id": place.installation}, record) for _, record in held]
        listing = visit.outcomes[kinds.INSTALLATIONS]
        if listing.error:
            outcome.fail(listing.error, lacking=kinds.INSTALLATIONS)
        hidden = sorted(
            str(record.get("app_slug"))
            for _, record in visit.found[kinds.INSTALLATIONS]
            if record.get("repository_selection") == "selected" and record.get("id") != place.installation
        )
        if hidden:
            outcome.answered += 1
            names = ", ".join(f"`{one}`" for one in hidden)
            told = f"which repositories these are installed in only they can ask: {names}"
            outcome.fail(CallError("failed", "OtherApps", told, everywhere=True))

    def _write(self, place: Place, row: Row, records: Iterable[tuple[Record, Record]], coverage: Coverage) -> None:
        with self._writer.part(PROVIDER, place.folder, row.kind, PART, row.drop) as sink:
            for of, record in records:
                sink.add("", of, record)
            entry = sink.close()
            self._writer.commit(PART, entry, replace(coverage, records=sink.records))


def _listing(place: Place, *, person: bool) -> Row:
    """Choose how repositories are listed."""
    if place.repositories:
        return NAMED
    if place.installation and (place.selected or person):
        return INSTALLED
    return PERSONS if person else REPOSITORIES
