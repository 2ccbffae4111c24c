"""A snapshot on disk from records that stand in the test, or in a recording."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

RECORDINGS = Path(__file__).parent.parent / "recordings"
CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"

Kinds = Mapping[str, Iterable[Any]]


def line(record: Any) -> tuple[str, dict[str, Any], Any]:
    """A record, or `{"record", "of", "region"}` where it was asked for with something."""
    if isinstance(record, dict) and "record" in record and record.keys() <= {"record", "of", "region"}:
        return record.get("region", ""), record.get("of", {}), record["record"]
    return "", {}, record


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(
        scopes: Mapping[str, Kinds],
        *,
        missing: Mapping[str, CoverageStatus] | None = None,
        unasked: Iterable[str] = (),
    ) -> Snapshot:
        """Every kind that is named is covered completely, unless `missing` or `unasked` say otherwise."""
        writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test")
        for scope, kinds in scopes.items():
            for kind in sorted({*kinds, *(missing or {})}):
                count = writer.write("aws", scope, kind, map(line, kinds.get(kind, ())))
                if kind not in unasked:
                    status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
                    writer.cover(
                        Coverage(provider="aws", scope_id=scope, record_kind=kind, status=status, records=count),
                    )
        return writer.finish()

    return write


@pytest.fixture
def normalised(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def read(kinds: Kinds, *, settings: Mapping[str, Any] | None = None, **options: Any) -> Records:
        """The model records of one account."""
        return normalise(snapshot({ACCOUNT: kinds}, **options), **(settings or {}))

    return read


@pytest.fixture
def recorded() -> Callable[[str], dict[str, dict[str, list[Any]]]]:
    return lambda name: json.loads((RECORDINGS / name).read_text(encoding="utf-8"))
