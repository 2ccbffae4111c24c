"""A snapshot on disk from records that stand in a test."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.oddities import unpacked

CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

Kinds = Mapping[str, Iterable[Any]]
Missing = Mapping[str, CoverageStatus]


def covered(
    folder: Path,
    provider: str,
    scopes: Mapping[str, Kinds],
    scope_dir: Callable[[str], str],
    missing: Missing | None = None,
) -> Snapshot:
    """Write records by scope and kind. A kind that is named is covered completely, unless `missing` says otherwise."""
    writer = SnapshotWriter.create(folder, CAPTURED, "test", overwrite=True)
    for scope, kinds in scopes.items():
        for kind in sorted({*kinds, *(missing or {})}):
            count = writer.write(provider, scope_dir(scope), kind, map(line, kinds.get(kind, ())))
            status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
            writer.cover(Coverage(provider=provider, scope_id=scope, record_kind=kind, status=status, records=count))
    return writer.finish()


def read_uncovered(
    folder: Path, provider: str, directory: str, kinds: Kinds, normalise: Callable[[Snapshot], Records]
) -> Inventory:
    """Return what is read from records of which no coverage tells, so that all coverage there is tells of losses."""
    writer = SnapshotWriter.create(folder, CAPTURED, "test", overwrite=True)
    for kind, records in kinds.items():
        writer.write(provider, directory, kind, map(unpacked, records))
    writer.finish()
    return build([normalise(Snapshot.open(folder))])


def line(record: Any) -> tuple[str, dict[str, Any], Any]:
    """A record, or `{"record", "of"}` where it was asked for with something."""
    if isinstance(record, dict) and "record" in record and record.keys() <= {"record", "of"}:
        return "", record.get("of", {}), record["record"]
    return "", {}, record
