"""One row of the call table asked about many scopes: twenty questions in a request where that is offered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nhi_scan.providers import Call
from nhi_scan.providers.azure.answers import records_of
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.sessions import Session

if TYPE_CHECKING:
    from nhi_scan.providers.azure.client_arm import Arm

Parent = Mapping[str, Any]
Found = tuple[Parent, list[Any], CallError | None]  # what was asked about, its records, what went wrong

_AT_ONCE = 20  # questions in a request: see `Arm.batch`
# A batch as such is not taken; or, 202, its answer is to be asked for again and again.
_REFUSED = frozenset({202, 400, 403, 404, 405, 501})
_WAVE = 16  # requests whose answers are held at once


def ask_many(session: Session, arm: "Arm", call: Call, parents: Sequence[Parent]) -> Iterator[Found]:
    """Ask a row about each parent.

    After as many requests in a row without any answer as the settings say, the rest is not asked, and fails alike.

    Args:
        session: threads, patience.
        arm: the seam.
        call: the row; its path is filled from the parent.
        parents: what it is asked about.

    Yields:
        What came of each, in their order.

    Raises:
        Stopped: the run is over.
    """
    chunks = [parents[first : first + _AT_ONCE] for first in range(0, len(parents), _AT_ONCE)]
    failed, last = 0, CallError("failed", "NotAsked", "was never asked")
    for first in range(0, len(chunks), _WAVE):
        wave = chunks[first : first + _WAVE]
        if failed >= session.settings.give_up_after:
            yield from ((parent, [], last) for chunk in wave for parent in chunk)
            continue
        for answers in session.executor.map(_asked_of(session, arm, call), wave):
            yield from answers
            errors = [error for _, _, error in answers if error is not None and error.again]
            failed = failed + 1 if len(errors) == len(answers) else 0
            last = errors[-1] if errors else last


def _asked_of(session: Session, arm: "Arm", call: Call) -> Callable[[Sequence[Parent]], list[Found]]:
    def ask(chunk: Sequence[Parent]) -> list[Found]:
        if arm.batches and len(chunk) > 1:
            try:
                return _batched(session, arm, call, chunk)
            except CallError as error:
                if error.status not in _REFUSED:
                    return [(parent, [], error) for parent in chunk]
                arm.batches = False
        return [_alone(arm, call, parent) for parent in chunk]

    return ask


def _alone(arm: "Arm", call: Call, parent: Parent) -> Found:
    records: list[Any] = []
    try:
        for page in arm.pages(call, parent):
            records += records_of(call, page)
    except CallError as error:
        return parent, records, error
    return parent, records, None


def _batched(session: Session, arm: "Arm", call: Call, chunk: Sequence[Parent]) -> list[Found]:
    """Ask in one request; what was throttled or failed for the moment is asked once more and again."""
    done: dict[int, Found] = {}
    left = list(range(len(chunk)))
    for attempt in range(1, session.settings.max_attempts + 1):
        again, slowest = [], None
        for number, part in zip(left, arm.batch([arm.url(call, chunk[number]) for number in left]), strict=True):
            found = _read(arm, call, chunk[number], part)
            done[number] = found
            if found[2] is not None and found[2].again:
                again.append(number)
                slowest = _slower(slowest, found[2])
        left = again
        if not left or slowest is None or attempt == session.settings.max_attempts:
            break
        session.clients.wait(slowest, attempt)
    return [done[number] for number in range(len(chunk))]


def _read(arm: "Arm", call: Call, parent: Parent, part: Any) -> Found:
    records: list[Any] = []
    try:
        for page in arm.rest_of(part):
            records += records_of(call, page)
    except CallError as error:
        return parent, records, error
    return parent, records, None


def _slower(one: CallError | None, other: CallError) -> CallError:
    return other if one is None or (other.after or 0) > (one.after or 0) else one
