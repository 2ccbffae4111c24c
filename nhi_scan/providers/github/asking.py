"""Rows of the call table about one organization or repository: asked in their order, held, and how each went."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.answers import search
from nhi_scan.providers.github.calls import Row
from nhi_scan.providers.github.faults import STATUS, CallError
from nhi_scan.providers.github.places import PROVIDER, Place
from nhi_scan.providers.github.trim import trimmed

if TYPE_CHECKING:
    from nhi_scan.providers.github.client import Clients

Record = dict[str, Any]
_PATH = "$."  # marks a parameter that is read from the parent


@dataclass(slots=True)
class Outcome:
    """How the questions of one row went."""

    answered: int = 0
    error: CallError | None = None  # the first
    about: str = ""  # what the first was about; empty: everything
    lacking: str = ""  # kind that it hangs on and that is not complete

    @property
    def asked(self) -> bool:
        """Whether there was anything to ask about."""
        return bool(self.answered or self.error)

    @property
    def status(self) -> CoverageStatus:
        """How far it got."""
        if self.error is None:
            return CoverageStatus.COMPLETE
        return CoverageStatus.PARTIAL if self.answered else STATUS[self.error.kind]

    def fail(self, error: CallError, about: str = "", lacking: str = "") -> None:
        """Note an error; the first one is what coverage tells."""
        if self.error is None:
            self.error, self.about, self.lacking = error, about, lacking

    def take(self, other: "Outcome") -> None:
        """Add how the same row went about something else."""
        self.answered += other.answered
        if other.error:
            self.fail(other.error, other.about, other.lacking)


def coverage_of(row: Row, place: Place, outcome: Outcome, records: int) -> Coverage:
    """Say how far a kind got; the permission is the one that GitHub names, else those of the row."""
    error = outcome.error
    detail, permission = "", ""
    if error:
        about = f" (first about `{outcome.about}`)" if outcome.about and not error.everywhere else ""
        lacking = f"`{outcome.lacking}` is not complete: " if outcome.lacking else ""
        detail = f"{lacking}{error.sentence}{about}{_hidden(error)}"[:300]
    if error and STATUS[error.kind] is CoverageStatus.DENIED:
        permission = error.permission or ", ".join(row.permissions)
    return Coverage(
        provider=PROVIDER,
        scope_id=place.id,
        record_kind=row.kind,
        status=outcome.status,
        detail=detail,
        permission=permission,
        records=records,
    )


def _hidden(error: CallError) -> str:
    return "; GitHub answers so to who may not see it, and where it has no such thing" if error.kind == "absent" else ""


class Barred:
    """Rows that were refused in a way that would be repeated for everything. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: dict[tuple[str, str], CallError] = {}

    def of(self, place: Place, row: Row) -> CallError | None:
        """Return why a row is not asked any more."""
        with self._lock:
            return self._errors.get((place.id, row.operation))

    def note(self, place: Place, row: Row, error: CallError) -> None:
        """Remember a refusal."""
        with self._lock:
            self._errors.setdefault((place.id, row.operation), error)


@dataclass(slots=True)
class Visit:
    """Everything that is asked about one thing; nothing is written before all was asked.

    Attributes:
        clients: the seam.
        place: whose token is used.
        barred: shared by all visits of a run.
        words: what `{owner}` and the like in a path stand for.
        known: kind -> records that others are asked about, besides those that this visit found.
        found: kind -> (fields of the parent, record).
        outcomes: by kind.
        moved: GitHub answered from elsewhere: the repository has another name now.
    """

    clients: "Clients"
    place: Place
    barred: Barred
    words: dict[str, str]
    known: dict[str, list[Record]] = field(default_factory=dict)
    found: dict[str, list[tuple[Record, Record]]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    moved: bool = False

    def ask(self, row: Row) -> Outcome:
        """Ask a row about each of its parents and hold what comes; errors are in the outcome."""
        outcome = self.outcomes.setdefault(row.kind, Outcome())
        held = self.found.setdefault(row.kind, [])
        self._inherit(row, outcome)
        for parent in self._parents(row):
            try:
                for record in self.answers(row, parent):
                    held.append((_beside(row, parent), record))
                outcome.answered += 1
            except CallError as error:
                if is_absent(row, error):
                    outcome.answered += 1
                    continue
                outcome.fail(error, self.about)
        return outcome

    @property
    def about(self) -> str:
        """Name of the repository that is visited; empty for the organization itself."""
        return f"{self.words['owner']}/{self.words['repo']}" if "repo" in self.words else ""

    def answers(self, row: Row, parent: Mapping[str, Any]) -> Iterator[Record]:
        """Ask one question and yield its records, trimmed.

        Raises:
            CallError: no answer, or not all of it.
        """
        if error := self.barred.of(self.place, row):
            raise error
        filled = parameters(row, parent)
        if filled is None:
            raise CallError("failed", "OddAnswer", "what it is asked about has no name")
        path, query = address(row, {**self.words, **filled}), query_of(row, filled)
        try:
            for page in self.clients.pages(path, query, self.place.owner):
                self.moved = self.moved or page.moved
                for record in records_of(row, page.body):
                    yield trimmed(record, row.fields)
        except CallError as error:
            if error.everywhere:
                self.barred.note(self.place, row, error)
            raise

    def _inherit(self, row: Row, outcome: Outcome) -> None:
        """Parents that are not all there leave their children incomplete too."""
        above = self.outcomes.get(row.for_each)
        if above and above.error:
            outcome.fail(above.error, above.about, above.lacking or row.for_each)

    def _parents(self, row: Row) -> Sequence[Mapping[str, Any]]:
        if not row.for_each:
            return ({},)
        here = [record for _, record in self.found.get(row.for_each, ())] or self.known.get(row.for_each, [])
        return [one for one in here if not row.only_if or bool(search(row.only_if, one))]


def is_absent(row: Row, error: CallError) -> bool:
    """Tell whether an error says that there is nothing, as the row reads it."""
    return any(error.matches(one) for one in row.absent)


def parameters(row: Row, parent: Mapping[str, Any]) -> dict[str, str] | None:
    """Fill in the parameters of a row; None where the parent lacks one."""
    filled = {name: _filled(value, parent) for name, value in row.params.items()}
    return None if None in filled.values() else {name: str(value) for name, value in filled.items()}


def _filled(value: Any, parent: Mapping[str, Any]) -> str | None:
    if not isinstance(value, str) or not value.startswith(_PATH):
        return str(value)
    found = search(value.removeprefix(_PATH), parent)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        return None
    return str(found)


def address(row: Row, words: Mapping[str, str]) -> str:
    """Fill in a path: names are encoded, a slash in one too, but not in the path of a file."""
    path = row.operation
    for name, value in words.items():
        mark = f"{{{name}}}"
        if mark in path:
            path = path.replace(mark, quote(value, safe="/" if name == "path" else ""))
    return path


def query_of(row: Row, filled: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that are not part of the path."""
    return {name: value for name, value in filled.items() if f"{{{name}}}" not in row.operation}


def records_of(row: Row, body: Any) -> Iterable[Record]:
    """Find the records in a page.

    Raises:
        CallError: it is of another form than the row says.
    """
    found = body if row.result == "@" else search(row.result, body)
    records = found if isinstance(found, list) else [found]
    for record in records:
        if not isinstance(record, dict):
            raise CallError("failed", "OddAnswer", f"the answer has not the form of `{row.kind}`")
    return records


def _beside(row: Row, parent: Mapping[str, Any]) -> Record:
    return {name: search(path, parent) for name, path in row.beside.items()}
