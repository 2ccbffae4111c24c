"""Writes the workflow files of checkouts into a snapshot, beside what GitHub was asked for or instead of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.github.checkouts import Checkout, read_checkouts
from nhi_scan.providers.github.kinds import WORKFLOW_FILES, scope_dir
from nhi_scan.providers.github.places import PROVIDER
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

PART = "checkouts"
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
        UserError: a folder is none, or two are of the same repository.
    """
    by_scope: dict[str, list[Checkout]] = {}
    for one in read_checkouts(list(folders)):
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
    gaps = [f"{one.full_name}: {gap}" for one in checkouts for gap in one.gaps]
    with writer.part(PROVIDER, folder, WORKFLOW_FILES, PART) as sink:
        for line in lines:
            sink.add(*line)
        entry = sink.close()
        row = Coverage(
            provider=PROVIDER,
            scope_id=scope_id,
            record_kind=WORKFLOW_FILES,
            status=CoverageStatus.PARTIAL,
            detail="; ".join((_ALONE, *gaps))[:300],
            records=sink.records,
        )
        writer.commit(PART, entry, row)
    writer.join(PROVIDER, folder, WORKFLOW_FILES)
