"""One row of the call table: questions asked, answers written, and how far it got, noted with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure.answers import is_asked, kept, records_of
from nhi_scan.providers.azure.faults import STATUS, CallError
from nhi_scan.providers.azure.places import PART, PROVIDER, Place
from nhi_scan.snapshot.store import SnapshotWriter

Parent = Mapping[str, Any]
Fetch = Callable[
    [Call, Parent], Iterator[Mapping[str, Any]]
]  # asks a row about a parent; yields pages, raises CallError
# Asks a row about several parents at once; yields (parent, page or what went wrong).
FetchMany = Callable[[Call, Sequence[Parent]], Iterator[tuple[Parent, Mapping[str, Any] | CallError]]]
Answer = tuple[Parent, list[Any] | CallError]  # a page of records about a parent, or what went wrong with it
_LONGEST = 300  # characters of a row's detail


@dataclass(slots=True)
class Outcome:
    """How the questions of one part went."""

    answered: int = 0  # pages that came
    error: CallError | None = None  # the first

    @property
    def status(self) -> CoverageStatus:
        """How far it got."""
        if self.error is None:
            return CoverageStatus.COMPLETE
        return CoverageStatus.PARTIAL if self.answered else STATUS[self.error.kind]

    def fail(self, error: CallError) -> None:
        """Note an error; the first one is what coverage tells."""
        self.error = self.error or error


def coverage_of(call: Call, place: Place, outcome: Outcome, records: int) -> Coverage:
    """Say how far a kind got at a scope, and which permission of the row's would have closed the gap."""
    error = outcome.error
    return Coverage(
        provider=PROVIDER,
        scope_id=place.id,
        record_kind=call.kind,
        status=outcome.status,
        detail=error.sentence[:_LONGEST] if error else "",
        permission=(error.permission or ", ".join(call.permissions)) if error and error.kind == "denied" else "",
        records=records,
    )


def limited(row: Coverage, status: CoverageStatus, detail: str, permission: str = "") -> Coverage:
    """Say of a row what limits it."""
    return replace(row, status=status, detail=detail[:_LONGEST], permission=permission)


class Asker:
    """Asks rows of the call table and writes what comes. Safe for threads that work on different kinds.

    Args:
        fetch: the seam: of `client_graph` or of `client_arm`.
        writer: receives records and coverage.
        give_up_after: requests that fail in a row before the rest of a row is not asked.
        fetch_many: of `client_graph`: asks rows that have a `batch` about so many parents at once.
    """

    def __init__(
        self, fetch: Fetch, writer: SnapshotWriter, give_up_after: int, fetch_many: FetchMany | None = None
    ) -> None:
        self._fetch = fetch
        self._fetch_many = fetch_many
        self.writer = writer
        self._give_up_after = give_up_after

    def done(self, place: Place, kind: str) -> bool:
        """Tell whether a kind was finished here, in this run or the one that is resumed."""
        return self.writer.done(PROVIDER, place.folder, kind, PART)

    def ask(
        self,
        call: Call,
        place: Place,
        parents: Iterable[Parent] | None = None,
        note: Callable[[Any], None] | None = None,
        unserved: str = "",
    ) -> Outcome | None:
        """Ask a row at a scope and keep what comes.

        Args:
            call: the row.
            place: where.
            parents: records that are asked about, each by itself; None: those of `for_each`, or one question without.
            note: is told every record on its way, also those that an earlier run wrote.
            unserved: why it is no gap where the server knows no such API; empty: it is one.

        Returns:
            How it went; None where that was done before.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this kind is kept.
        """
        if self.done(place, call.kind):
            for record in self.written(place, call.kind) if note else ():
                note(record)  # type: ignore[misc]  # there is one, or nothing to loop over
            return None
        lacking = self.lacking(call, place) if parents is None else None
        outcome = Outcome()
        with self.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
            for parent, records in self.answers(
                call, self._parents(call, place) if parents is None else parents, outcome
            ):
                for record in records:
                    if note:
                        note(record)
                    sink.add("", kept(call, parent), record)
            entry = sink.close()
            row = coverage_of(call, place, outcome, sink.records)
            if unserved and outcome.error and outcome.error.kind in ("refused", "absent") and not outcome.answered:
                row = limited(row, CoverageStatus.SKIPPED, f"{unserved}: {row.detail}")
            self.writer.commit(PART, entry, row if lacking is None else lacks(row, lacking))
        return outcome

    def answers(self, call: Call, parents: Iterable[Parent], outcome: Outcome) -> Iterator[tuple[Parent, list[Any]]]:
        """Ask a row about parents and yield what comes, page by page; what fails is noted.

        Where several in a row fail, the rest is not asked.

        Raises:
            Stopped: the run is over.
        """
        failed = 0
        for parent, answer in self._asked(call, parents):
            if not isinstance(answer, CallError):
                outcome.answered += 1
                failed = 0
                yield parent, answer
            elif answer.code not in call.absent:
                outcome.fail(answer)
                failed = 0 if answer.kind == "absent" else failed + 1
                if failed >= self._give_up_after:
                    return

    def _asked(self, call: Call, parents: Iterable[Parent]) -> Iterator[Answer]:
        if call.batch and self._fetch_many:
            left = iter(parents)
            while group := list(islice(left, call.batch)):
                for parent, page in self._fetch_many(call, group):
                    yield parent, _records(call, page)
            return
        for parent in parents:
            try:
                for page in self._fetch(call, parent):
                    yield parent, list(records_of(call, page))
            except CallError as error:
                yield parent, error

    def written(self, place: Place, kind: str) -> Iterator[Any]:
        """Yield the records of a kind that are written already, with the fields of `of` where they have none such."""
        for envelope in self.writer.read_parts(PROVIDER, place.folder, kind, PART):
            record = envelope.value()
            yield {**envelope.of, **record} if isinstance(record, dict) else record

    def _parents(self, call: Call, place: Place) -> Iterator[Parent]:
        if not call.for_each:
            yield {}
            return
        for kind in call.for_each.split():
            for record in self.written(place, kind):
                if isinstance(record, dict) and is_asked(call, record):
                    yield record

    def lacking(self, call: Call, place: Place) -> Coverage | None:
        """Find that the parents are not all there: what is asked about them cannot be complete either."""
        for kind in call.for_each.split():
            for row in self.writer.coverage_of(PROVIDER, place.folder, kind, PART):
                if row.status is not CoverageStatus.COMPLETE:
                    return row
        return None

    def skip(self, place: Place, calls: Iterable[Call], reason: str) -> None:
        """Note that rows are not asked at a scope."""
        for call in calls:
            if not self.done(place, call.kind):
                row = coverage_of(call, place, Outcome(), 0)
                self.writer.commit(PART, None, limited(row, CoverageStatus.SKIPPED, reason))

    def fail(self, place: Place, calls: Iterable[Call], error: CallError) -> None:
        """Note that rows cannot be asked at a scope: there is no token for the API."""
        for call in calls:
            if not self.done(place, call.kind):
                self.writer.commit(PART, None, coverage_of(call, place, Outcome(error=error), 0))

    def join(self, place: Place, kinds: Iterable[str]) -> None:
        """Put together what was written at a scope."""
        for kind in dict.fromkeys(kinds):
            if self.done(place, kind):
                self.writer.join(PROVIDER, place.folder, kind)
        self.writer.settle(PROVIDER, place.folder)


def _records(call: Call, page: Mapping[str, Any] | CallError) -> list[Any] | CallError:
    if isinstance(page, CallError):
        return page
    try:
        return list(records_of(call, page))
    except CallError as error:
        return error


def lacks(row: Coverage, lacking: Coverage) -> Coverage:
    """Say of a complete row that what it was asked about is not."""
    if row.status is not CoverageStatus.COMPLETE:
        return row
    status = CoverageStatus.PARTIAL if row.records else lacking.status
    return limited(row, status, f"`{lacking.record_kind}` is not complete: {lacking.detail}", lacking.permission)
