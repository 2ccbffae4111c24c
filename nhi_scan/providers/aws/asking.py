"""One step at one place: questions asked, answers written, and how far it got, noted with them."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.aws.answers import Question, questions, records_of
from nhi_scan.providers.aws.faults import STATUS, CallError
from nhi_scan.providers.aws.places import Place, Stopped
from nhi_scan.providers.aws.plan import Step
from nhi_scan.providers.aws.sessions import PROVIDER
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.snapshot.store import RecordSink, SnapshotWriter

_FIRST_WAIT = 0.5  # seconds between looks at a report that is being made, doubled up to
_LONGEST_WAIT = 8.0


@dataclass(slots=True)
class _Outcome:
    """How the questions of one part went."""

    answered: int = 0
    error: CallError | None = None  # the first

    def status(self) -> CoverageStatus:
        if self.error is None:
            return CoverageStatus.COMPLETE
        return CoverageStatus.PARTIAL if self.answered else STATUS[self.error.kind]


class Asker:
    """Asks the questions of one step at one place, in as many parts as the caller likes, from many threads.

    Args:
        settings: of the run.
        writer: receives records and coverage.
        place: account and region.
        step: what is asked.
        lacking: why the parents are not all there; None where they are.
    """

    def __init__(
        self, settings: AwsSettings, writer: SnapshotWriter, place: Place, step: Step, lacking: Coverage | None
    ) -> None:
        self._settings = settings
        self._writer = writer
        self._place = place
        self._step = step
        self._lacking = lacking
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._given_up: CallError | None = None

    def ask(self, part: str, asked: Sequence[Question]) -> None:
        """Ask some questions and keep what comes as one part of each kind.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this part is kept.
        """
        if not self._step.feeds_itself:
            self._write(part, iter(asked))
            return
        queue = list(asked)
        self._write(part, _growing(queue), queue)

    def _write(self, part: str, asked: Iterator[Question], queue: list[Question] | None = None) -> None:
        outcome = _Outcome()
        with ExitStack() as stack:
            sinks = [
                stack.enter_context(self._writer.part(PROVIDER, self._place.scope, call.kind, part, call.drop))
                for call in self._step.calls
            ]
            for question in asked:
                self._ask_one(question, sinks, outcome, queue)
            for call, sink in zip(self._step.calls, sinks, strict=True):
                entry = sink.close()
                self._writer.commit(part, entry, self._coverage(call, outcome, sink.records))

    def _ask_one(
        self, question: Question, sinks: Sequence[RecordSink], outcome: _Outcome, queue: list[Question] | None
    ) -> None:
        if self._place.stop.is_set():
            raise Stopped
        try:
            if self._given_up:
                raise self._given_up
            for page in self._pages(question):
                outcome.answered += 1
                for call, sink in zip(self._step.calls, sinks, strict=True):
                    for record in records_of(call, page):
                        sink.add(self._place.region, question.of, record)
                        if queue is not None and isinstance(record, dict):
                            queue.extend(questions(call, [{**question.of, **record}], frozenset()))
        except CallError as error:
            if error.code in self._step.call.absent:
                outcome.answered += 1
                self._note(None)
                return
            outcome.error = outcome.error or error
            self._note(error)
        else:
            self._note(None)

    def _note(self, error: CallError | None) -> None:
        """Count failures in a row: a service that only throttles or hangs is not asked a thousand times more."""
        with self._lock:
            if error is None or error.kind in ("denied", "absent", "unsupported"):
                self._failed_in_a_row = 0
                return
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= self._settings.give_up_after:
                self._given_up = error

    def _pages(self, question: Question) -> Iterator[dict[str, Any]]:
        call = self._step.call
        params = {name: value for name, value in question.params.items() if value is not None}
        if not call.until:
            yield from self._place.pages(call.service, call.operation, params)
            return
        waited, pause = 0.0, _FIRST_WAIT
        while True:
            pages = self._place.pages(call.service, call.operation, params)
            first = next(pages, {})
            if search(call.until, first):
                yield first
                yield from pages
                return
            if waited >= self._settings.wait_seconds:
                raise CallError("failed", "NotReady", f"was not ready after {self._settings.wait_seconds} seconds")
            if self._place.stop.wait(pause):
                raise Stopped
            waited += pause
            pause = min(pause * 2, _LONGEST_WAIT)

    def _coverage(self, call: Call, outcome: _Outcome, records: int) -> Coverage:
        status, detail, permission = outcome.status(), "", ""
        if outcome.error:
            detail = outcome.error.sentence
            permission = ", ".join(call.permissions) if outcome.error.kind == "denied" else ""
        elif self._lacking:
            detail = f"`{self._lacking.record_kind}` is not complete: {self._lacking.detail}"[:300]
            status = CoverageStatus.PARTIAL if outcome.answered else self._lacking.status
            permission = self._lacking.permission
        return Coverage(
            provider=PROVIDER,
            scope_id=self._place.scope,
            record_kind=call.kind,
            status=status,
            region=self._place.region,
            detail=detail,
            permission=permission,
            records=records,
        )


def _growing(queue: list[Question]) -> Iterator[Question]:
    """Yield questions while answers add more; one that comes again ends there."""
    asked: set[str] = set()
    for question in queue:  # a list may grow while it is walked
        mark = repr(sorted(question.params.items()))
        if mark not in asked:
            asked.add(mark)
            yield question


def parents(writer: SnapshotWriter, scope: str, kinds: Iterable[tuple[str, str | None]]) -> Iterator[Mapping[str, Any]]:
    """Stream the records that questions come from, each laid over its own `of`.

    Args:
        writer: has written them.
        scope: account or organization.
        kinds: record kind, and the part it lies in; None for every part.
    """
    for kind, part in kinds:
        for envelope in writer.read_parts(PROVIDER, scope, kind, part):
            record = envelope.value()
            if isinstance(record, dict):
                yield {**envelope.of, **record}
