"""A snapshot of clusters on disk from objects that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.kinds import scope_dir
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CLUSTER = "k8s:prod"

Kinds = Mapping[str, Iterable[Any]]
Missing = Mapping[str, CoverageStatus]


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(clusters: Mapping[str, Kinds], *, missing: Missing | None = None) -> Snapshot:
        """Every kind that is named is covered completely, unless `missing` says otherwise."""
        writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test", overwrite=True)
        for cluster, kinds in clusters.items():
            for kind in sorted({*kinds, *(missing or {})}):
                lines: list[Any] = [("", {}, record) for record in kinds.get(kind, ())]
                count = writer.write("kubernetes", scope_dir(cluster), kind, lines)
                status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
                row = Coverage(provider="kubernetes", scope_id=cluster, record_kind=kind, status=status, records=count)
                writer.cover(row)
        return writer.finish()

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(kinds: Kinds, *, missing: Missing | None = None, **settings: Any) -> Records:
        """The model records of one cluster."""
        return normalise(snapshot({CLUSTER: kinds}, missing=missing), **settings)

    return records
