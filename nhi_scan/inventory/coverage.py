"""May absence be believed? Coverage rows, looked up by scope and record kind."""

from collections.abc import Iterable, Mapping

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.scope import Scope

_DEEPEST = 20  # levels of folders: Google Cloud allows 10, AWS 5


class CoverageIndex:
    """Answers "was this collected completely?" in constant time."""

    __slots__ = ("_answers", "_parents")

    def __init__(self, rows: Iterable[Coverage], parents: Mapping[str, str] | None = None) -> None:
        """Take the rows and, by scope, the scope above: one sweep over an organization covers what is below it."""
        self._parents = parents or {}
        answers: dict[tuple[str, str], bool | None] = {}
        for row in rows:
            key = (row.scope_id, row.record_kind)
            answers[key] = _both(answers.get(key), row.status)
        self._answers = answers

    def covered(self, scope_id: str, record_kind: str) -> bool | None:
        """Whether a record kind of a scope was collected completely, over all regions that were asked.

        Where a scope has no row of its own, the nearest one above it that has answers for it.

        Returns:
            True: completely; False: some of it is missing; None: it was never asked for, or was skipped everywhere.
        """
        answers, parents = self._answers, self._parents
        place, seen = scope_id, 0
        while (place, record_kind) not in answers and place in parents and seen < _DEEPEST:
            place, seen = parents[place], seen + 1  # a crafted import may hold a ring
        return answers.get((place, record_kind))


def coverage_parents(scopes: Iterable[Scope]) -> dict[str, str]:
    """By scope, the one whose coverage answers for it.

    On Azure nobody may be able to tell which management groups lie above a subscription, but its tenant does: what is
    collected of the directory is collected for all subscriptions.
    """
    known = list(scopes)
    tenants = [scope.id for scope in known if scope.provider == "azure" and scope.kind == "tenant"]
    parents = {scope.id: scope.parent_id for scope in known if scope.parent_id}
    if len(tenants) == 1:
        for scope in known:
            if scope.provider == "azure" and scope.kind != "tenant":
                parents.setdefault(scope.id, tenants[0])
    return parents


def _both(before: bool | None, status: CoverageStatus) -> bool | None:  # noqa: FBT001 - an answer, no switch
    if before is False or status.is_gap:
        return False
    # A region that does not have the service takes nothing away from those that were collected.
    return True if status is CoverageStatus.COMPLETE else before
