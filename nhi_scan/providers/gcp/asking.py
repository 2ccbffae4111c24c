"""One row of the call table at one scope: questions asked, answers written, and how far it got, noted with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.answers import is_asked, kept, parameters, records_of, unreachable
from nhi_scan.providers.gcp.calls.located import LOCATIONS
from nhi_scan.providers.gcp.faults import STATUS, CallError
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.gcp.client import Clients

Parent = Mapping[str, Any]
_LOCATIONS = frozenset(call.kind for call in LOCATIONS)


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
    """Say how far a kind got at a scope.

    The permission is the one that Google names; where it names none, those of the row. An API that is not enabled in
    the very project that was asked about has nothing there: that is no gap.
    """
    error, status = outcome.error, outcome.status
    permission = ""
    if error and error.kind == "denied":
        permission = error.permission or ", ".join(call.permissions)
    if error and error.kind == "disabled" and not outcome.answered and _is(error.consumer, place):
        status = CoverageStatus.SKIPPED
    return Coverage(
        provider=PROVIDER,
        scope_id=place.id,
        record_kind=call.kind,
        status=status,
        detail=error.sentence if error else "",
        permission=permission,
        records=records,
    )


def _is(consumer: str, place: Place) -> bool:
    return consumer in {place.id, f"projects/{place.number}"} and consumer != "projects/"


class Asker:
    """Asks rows of the call table and writes what comes. Safe for threads that work on different scopes.

    Args:
        clients: the seam.
        writer: receives records and coverage.
        give_up_after: requests that fail in a row before the rest of a row is not asked.
    """

    def __init__(self, clients: "Clients", writer: SnapshotWriter, give_up_after: int) -> None:
        self.clients = clients
        self.writer = writer
        self._give_up_after = give_up_after

    def done(self, place: Place, kind: str) -> bool:
        """Tell whether a kind was finished here, in this run or the one that is resumed."""
        return self.writer.done(PROVIDER, place.folder, kind, PART)

    def ask(self, call: Call, place: Place, parents: Iterable[Parent] | None = None) -> Outcome | None:
        """Ask a row at a scope and keep what comes.

        Args:
            call: the row.
            place: where.
            parents: records that are asked about, each by itself; None: those of `for_each`, or one question without.

        Returns:
            How it went; None where that was done before.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this kind is kept.
        """
        if self.done(place, call.kind):
            return None
        lacking = self._lacking(call, place) if parents is None else None
        asked = self._parents(call, place) if parents is None else iter(parents)
        outcome, failed = Outcome(), 0
        with self.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
            for parent in asked:
                try:
                    for record in self.records(call, place, parent, outcome):
                        sink.add("", kept(call, parent), record)
                    failed = 0
                except CallError as error:
                    if error.code in call.absent:
                        continue
                    outcome.fail(error)
                    failed = 0 if self._is_about_one(call, error) else failed + 1
                    if error.kind == "disabled":  # so it is for every other parent of this project
                        break
                if failed >= self._give_up_after:
                    break
            entry = sink.close()
            row = coverage_of(call, place, outcome, sink.records)
            row = row if lacking is None else _lacks(row, lacking)
            self.writer.commit(PART, entry, row)
        return outcome

    @staticmethod
    def _is_about_one(call: Call, error: CallError) -> bool:
        """Tell whether an error says nothing of other parents: who may not list one location may list none."""
        return error.kind == "absent" or (error.kind == "denied" and call.for_each not in _LOCATIONS)

    def records(self, call: Call, place: Place, parent: Parent, outcome: Outcome) -> Iterator[Any]:
        """Ask one question and yield its records.

        Raises:
            CallError: no answer, or not all of it.
        """
        params = parameters(call, place.words, parent)
        if params is None:
            return
        for page in self.clients.pages(call.service, call.operation, params):
            outcome.answered += 1
            yield from records_of(call, page)
            if missing := unreachable(page):
                outcome.fail(CallError("failed", "Unreachable", f"{missing} locations did not answer"))

    def _parents(self, call: Call, place: Place) -> Iterator[Parent]:
        if not call.for_each:
            yield {"resource": place.id}
            return
        for envelope in self.writer.read_parts(PROVIDER, place.folder, call.for_each, PART):
            record = envelope.value()
            if isinstance(record, dict) and is_asked(call, parent := {**envelope.of, **record}):
                yield parent

    def _lacking(self, call: Call, place: Place) -> Coverage | None:
        """Find that the parents are not all there: what is asked about them cannot be complete either."""
        if not call.for_each:
            return None
        rows = self.writer.coverage_of(PROVIDER, place.folder, call.for_each, PART)
        return next((row for row in rows if row.status is not CoverageStatus.COMPLETE), None)

    def skip(self, place: Place, calls: Iterable[Call], reason: str) -> None:
        """Note that rows are not asked at a scope."""
        for call in calls:
            if not self.done(place, call.kind):
                row = coverage_of(call, place, Outcome(), 0)
                self.writer.commit(PART, None, limited(row, CoverageStatus.SKIPPED, reason))

    def join(self, place: Place, kinds: Iterable[str]) -> None:
        """Put together what was written at a scope."""
        for kind in dict.fromkeys(kinds):
            self.writer.join(PROVIDER, place.folder, kind)
        self.writer.settle(PROVIDER, place.folder)


def limited(row: Coverage, status: CoverageStatus, detail: str, permission: str = "") -> Coverage:
    """Say of a row what limits it."""
    return Coverage(
        provider=row.provider,
        scope_id=row.scope_id,
        record_kind=row.record_kind,
        status=status,
        detail=detail[:300],
        permission=permission,
        records=row.records,
    )


def _lacks(row: Coverage, lacking: Coverage) -> Coverage:
    if row.status is not CoverageStatus.COMPLETE:
        return row
    status = CoverageStatus.PARTIAL if row.records else lacking.status
    return limited(row, status, f"`{lacking.record_kind}` is not complete: {lacking.detail}", lacking.permission)


def write_all(
    asker: Asker, place: Place, calls: Sequence[Call], pages: Iterable[Iterable[tuple[int, Any]]], outcome: Outcome
) -> list[Coverage]:
    """Write one stream of records into several kinds at once.

    Args:
        asker: writes.
        place: the scope of the records.
        calls: a row for each kind.
        pages: of (number of the row, record); what they raise as `CallError` ends the stream and is noted.
        outcome: is told.

    Returns:
        How far each kind got.
    """
    writer = asker.writer
    with ExitStack() as stack:
        sinks = [stack.enter_context(writer.part(PROVIDER, place.folder, call.kind, PART, call.drop)) for call in calls]
        try:
            for page in pages:
                outcome.answered += 1
                for number, record in page:
                    sinks[number].add("", {}, record)
        except CallError as error:
            outcome.fail(error)
        rows = []
        for call, sink in zip(calls, sinks, strict=True):
            entry = sink.close()
            rows.append(coverage_of(call, place, outcome, sink.records))
            writer.commit(PART, entry, rows[-1])
    return rows
