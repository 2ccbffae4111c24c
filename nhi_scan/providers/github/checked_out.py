"""Writes the workflow files of checkouts into a snapshot, beside what GitHub was asked for or instead of it.

What a checkout holds is all that its repository has; whatever else its organization has was not asked for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.checkouts import Checkout, read_checkouts
from nhi_scan.providers.github.kinds import WORKFLOW_FILES, scope_dir
from nhi_scan.providers.github.places import PROVIDER
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

PART = "checkouts"
_WHERE = "`.github/workflows/*.yml` in it"
_ALONE = "only the workflow files of checkouts were read"


def collect_checkouts(folders: Iterable[str], asked: Iterable[str], writer: SnapshotWriter, progress: Progress) -> None:
    """Read checkouts and keep their workflow files.

    Args:
        folders: each the top of a checkout.
        asked: ids of scopes that GitHub is asked about: what it answers is what runs, and checkouts of these are left
            out.
        writer: receives records and coverage.
        progress: is told of each scope.

    Raises:
        UserError: a folder is none or has no workflow files, or two are of the same repository.
    """
    by_scope: dict[str, list[Checkout]] = {}
    for one in read_checkouts(list(folders)):
        if not one.files and not one.gaps:  # a wrong path, with which a gate would pass for ever
            raise UserError(
                f"`{one.folder}` has no workflow files: `--github-workflows` takes a checkout with {_WHERE}"
            )
        by_scope.setdefault(one.scope_id, []).append(one)
    for scope_id in sorted(set(by_scope) - set(asked)):
        progress.start(scope_id)
        _write(scope_id, by_scope[scope_id], writer)
        progress.done(scope_id)


def _write(scope_id: str, checkouts: list[Checkout], writer: SnapshotWriter) -> None:
    folder = scope_dir(scope_id)
    if writer.done(PROVIDER, folder, WORKFLOW_FILES):
        return
    lines: list[tuple[str, Mapping[str, Any], Any]] = [
        ("", one.of, record)
        for one in sorted(checkouts, key=lambda each: each.full_name.lower())
        for record in one.files
    ]
    with writer.part(PROVIDER, folder, WORKFLOW_FILES, PART) as sink:
        for line in lines:
            sink.add(*line)
        for one in checkouts:
            writer.cover(_covered(scope_id, one), scope_id)
        entry = sink.close()
        writer.commit(PART, entry, _row(scope_id, CoverageStatus.SKIPPED, _ALONE, sink.records))
    writer.join(PROVIDER, folder, WORKFLOW_FILES)


def _covered(scope_id: str, checkout: Checkout) -> Coverage:
    """Say how far the files of one repository could be read."""
    place = github_ids.of_full_name(github_ids.host_in(scope_id), checkout.full_name)
    status = CoverageStatus.PARTIAL if checkout.gaps else CoverageStatus.COMPLETE
    return _row(place, status, "; ".join(checkout.gaps)[:300], len(checkout.files))


def _row(scope_id: str, status: CoverageStatus, detail: str, records: int) -> Coverage:
    return Coverage(
        provider=PROVIDER,
        scope_id=scope_id,
        record_kind=WORKFLOW_FILES,
        status=status,
        detail=detail,
        records=records,
    )
