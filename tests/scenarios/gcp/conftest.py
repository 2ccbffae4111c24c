"""Organizations as Google's APIs describe them, written as a snapshot."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.gcp.kinds import scope_dir
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, tzinfo=UTC)
Write = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def write() -> Write:
    return _write


def _line(record: Any) -> tuple[str, dict[str, Any], Any]:
    if isinstance(record, dict) and record.keys() == {"record", "of"}:
        return "", record["of"], record["record"]
    return "", {}, record


def _write(
    folder: Path,
    estate: Mapping[str, Any],
    status: CoverageStatus = CoverageStatus.COMPLETE,
    denied: frozenset[str] = frozenset(),
) -> Snapshot:
    """Write an organization; all its kinds were collected as `status` says, but those that were denied."""
    writer = SnapshotWriter.create(folder, CAPTURED, "test")
    scope, records = estate["scope"], estate["records"]
    for kind, rows in records.items():
        if kind not in denied:
            writer.write("gcp", scope_dir(scope), kind, map(_line, rows))
    for kind in sorted({*estate["complete"], *records}):
        got = CoverageStatus.DENIED if kind in denied else status
        writer.cover(Coverage(provider="gcp", scope_id=scope, record_kind=kind, status=got))
    return writer.finish()
