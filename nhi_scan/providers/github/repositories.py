"""A few repositories at a time: everything that is asked about each, written together when all of them were asked."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.asking import Barred, Outcome, Record, Visit, coverage_of
from nhi_scan.providers.github.calls import NAMED, REPOSITORIES, Row
from nhi_scan.providers.github.calls_repository import LISTING, REPOSITORY
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.files import Files
from nhi_scan.providers.github.places import PROVIDER, Place
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.github.client import Clients

ROWS: tuple[Row, ...] = (*REPOSITORY, LISTING)


class Repositories:
    """Asks about repositories and writes what comes.

    Args:
        clients: the seam.
        writer: receives records and coverage.
        barred: shared by all visits of the run.
        archived: whether archived ones are looked into.
    """

    def __init__(self, clients: "Clients", writer: SnapshotWriter, barred: Barred, *, archived: bool) -> None:
        self._clients = clients
        self._writer = writer
        self._barred = barred
        self._archived = archived
        self._files = Files()

    def done(self, place: Place, part: str) -> bool:
        """Tell whether a part was finished, in this run or the one that is resumed: the repositories come last."""
        return self._writer.done(PROVIDER, place.folder, REPOSITORIES.kind, part)

    def ask(self, place: Place, part: str, listed: Iterable[Record]) -> None:
        """Ask about repositories and keep what comes, as one part.

        Args:
            place: whose they are.
            part: its name.
            listed: their records.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this part is kept.
        """
        outcomes = {row.kind: Outcome() for row in (*ROWS, REPOSITORIES)}
        with ExitStack() as stack:
            sinks = {
                row.kind: stack.enter_context(self._writer.part(PROVIDER, place.folder, row.kind, part, row.drop))
                for row in (*ROWS, REPOSITORIES)
            }
            for record in listed:
                visit = self._visited(place, record)
                for kind, outcome in visit.outcomes.items():
                    outcomes[kind].take(outcome)
                for kind, found in visit.found.items():
                    for of, each in found:
                        sinks[kind].add("", of, each)
            for row in (*ROWS, REPOSITORIES):
                sink, outcome = sinks[row.kind], outcomes[row.kind]
                entry = sink.close()
                if outcome.asked or row is REPOSITORIES:
                    self._writer.commit(part, entry, coverage_of(row, place, outcome, sink.records))

    def _visited(self, place: Place, record: Record) -> Visit:
        """Ask everything about a repository; nothing is left of one that is gone."""
        visit = _Repository(self._clients, place, self._barred, record)
        if self._archived or record.get("archived") is not True:
            visit.ask_all(self._files)
        return visit.named()


class _Repository:
    """One repository, which may be renamed or deleted while it is asked about."""

    def __init__(self, clients: "Clients", place: Place, barred: Barred, record: Record) -> None:
        self._record = record
        owner, _, name = str(record.get("full_name")).partition("/")
        known = {kinds.REPOSITORIES: [record]}
        words = {"owner": owner, "repo": name}
        self._visit = Visit(clients=clients, place=place, barred=barred, words=words, known=known)
        self._gone = False
        self._doubted = False

    def ask_all(self, files: Files) -> None:
        """Ask the rows one after the other, as long as the repository is there."""
        for row in ROWS:
            outcome = files.ask(self._visit) if row is LISTING else self._visit.ask(row)
            if outcome.error and outcome.error.kind == "absent" and not self._doubted:
                self._doubted = True
                self._ask_again()
            elif self._visit.moved:
                self._ask_again()
            if self._gone:
                return
            if outcome.error and outcome.error.kind == "blocked":
                self._leave(outcome.error)
                return

    def _ask_again(self) -> None:
        """See what has become of the repository: its name now, or nothing.

        GitHub sends requests for the old name of a renamed repository on, as of one that has another owner now:
        https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
        """
        try:
            found = next(iter(self._visit.answers(NAMED, {})), {})
        except CallError as error:
            self._gone = error.kind == "absent"
            return
        finally:
            self._visit.moved = False
        owner, _, name = str(found.get("full_name")).partition("/")
        if found.get("id") != self._record.get("id") or owner.lower() != self._visit.place.owner.lower():
            self._gone = True
            return
        self._record = found
        self._visit.known[kinds.REPOSITORIES] = [found]
        self._visit.words.update(owner=owner, repo=name)

    def _leave(self, error: CallError) -> None:
        """Nothing of a repository that GitHub has closed can be asked."""
        for row in ROWS:
            self._visit.outcomes.setdefault(row.kind, Outcome()).fail(error, self._visit.about)

    def named(self) -> Visit:
        """Return what was found, all of it under the name that the repository has now."""
        visit = self._visit
        if self._gone:
            visit.found, visit.outcomes = {}, {}
            return visit
        of = {"full_name": self._record.get("full_name"), "repository_id": self._record.get("id")}
        visit.found = {kind: [({**of, **beside}, one) for beside, one in found] for kind, found in visit.found.items()}
        visit.found[kinds.REPOSITORIES] = [({}, self._record)]
        visit.outcomes[kinds.REPOSITORIES] = Outcome(answered=1)
        return visit
