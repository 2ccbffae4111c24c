"""May absence be believed? Coverage rows, looked up by scope and record kind."""

from collections.abc import Iterable

from nhi_scan.model.coverage import Coverage, CoverageStatus


class CoverageIndex:
    """Answers "was this collected completely?" in constant time."""

    __slots__ = ("_answers",)

    def __init__(self, rows: Iterable[Coverage]) -> None:
        answers: dict[tuple[str, str], bool | None] = {}
        for row in rows:
            key = (row.scope_id, row.record_kind)
            answers[key] = _both(answers.get(key), row.status)
        self._answers = answers

    def covered(self, scope_id: str, record_kind: str) -> bool | None:
        """Whether a record kind of a scope was collected completely, over all regions that were asked.

        Returns:
            True: completely; False: some of it is missing; None: it was never asked for, or was skipped everywhere.
        """
        return self._answers.get((scope_id, record_kind))


def _both(before: bool | None, status: CoverageStatus) -> bool | None:  # noqa: FBT001 - an answer, no switch
    if before is False or status.is_gap:
        return False
    # A region that does not have the service takes nothing away from those that were collected.
    return True if status is CoverageStatus.COMPLETE else before
