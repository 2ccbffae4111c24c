"""A snapshot of Azure on disk from records that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.azure.kinds import scope_dir
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TENANT = "/tenants/aaaaaaaa-0000-0000-0000-000000000001"

Kinds = Mapping[str, Iterable[Any]]


def line(record: Any) -> tuple[str, dict[str, Any], Any]:
    """A record, or `{"record", "of"}` where it was asked for with something."""
    if isinstance(record, dict) and "record" in record and record.keys() <= {"record", "of"}:
        return "", record.get("of", {}), record["record"]
    return "", {}, record


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(
        kinds: Kinds,
        *,
        missing: Mapping[str, CoverageStatus] | None = None,
        also: Iterable[str] = (),
        scope: str = TENANT,
    ) -> Snapshot:
        """Every kind that is named, and each of `also`, is covered completely, unless `missing` says otherwise."""
        writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test", overwrite=True)
        for kind in sorted({*kinds, *(missing or {}), *also}):
            count = writer.write("azure", scope_dir(scope), kind, map(line, kinds.get(kind, ())))
            status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
            writer.cover(Coverage(provider="azure", scope_id=scope, record_kind=kind, status=status, records=count))
        return writer.finish()

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        missing: Mapping[str, CoverageStatus] | None = None,
        also: Iterable[str] = (),
        scope: str = TENANT,
        **settings: Any,
    ) -> Records:
        """The model records of one tenant."""
        return normalise(snapshot(kinds, missing=missing, also=also, scope=scope), **settings)

    return records
