"""A snapshot of GitHub on disk from records that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ORGANIZATION = "github.com/acme"

Kinds = Mapping[str, Iterable[Any]]


def line(record: Any) -> tuple[str, dict[str, Any], Any]:
    """A record, or `{"record", "of"}` where it was asked for with something."""
    if isinstance(record, dict) and "record" in record and record.keys() <= {"record", "of"}:
        return "", record.get("of", {}), record["record"]
    return "", {}, record


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(scopes: Mapping[str, Kinds], *, missing: Mapping[str, CoverageStatus] | None = None) -> Snapshot:
        """Every kind that is named is covered completely, unless `missing` says otherwise."""
        writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test", overwrite=True)
        for scope, kinds in scopes.items():
            for kind in sorted({*kinds, *(missing or {})}):
                count = writer.write("github", scope_dir(scope), kind, map(line, kinds.get(kind, ())))
                status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
                writer.cover(
                    Coverage(provider="github", scope_id=scope, record_kind=kind, status=status, records=count)
                )
        return writer.finish()

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        scope: str = ORGANIZATION,
        missing: Mapping[str, CoverageStatus] | None = None,
        **settings: Any,
    ) -> Records:
        """The model records of one organization."""
        return normalise(snapshot({scope: kinds}, missing=missing), **settings)

    return records


@pytest.fixture
def of() -> Callable[..., dict[str, Any]]:
    def made(record: Any, name: str = "acme/shop", **fields: Any) -> dict[str, Any]:
        """A record that was asked for with a repository."""
        return {"of": {"full_name": name, **fields}, "record": record}

    return made
