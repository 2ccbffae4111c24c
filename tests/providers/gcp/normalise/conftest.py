"""A snapshot of Google Cloud on disk from records that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.gcp.kinds import scope_dir
from nhi_scan.providers.gcp.normalise import normalise
from nhi_scan.snapshot.store import Snapshot
from tests.providers.snapshots import Kinds, Missing, covered

ORGANIZATION = "organizations/1"


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(scopes: Mapping[str, Kinds], *, missing: Missing | None = None) -> Snapshot:
        return covered(tmp_path / "snapshot", "gcp", scopes, scope_dir, missing)

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        scope: str = ORGANIZATION,
        missing: Missing | None = None,
        **settings: Any,
    ) -> Records:
        """The model records of one sweep."""
        return normalise(snapshot({scope: kinds}, missing=missing), **settings)

    return records


@pytest.fixture
def asset() -> Callable[..., dict[str, Any]]:
    def made(name: str, data: Any, *, project: str = "projects/100", above: Iterable[str] = ()) -> dict[str, Any]:
        """An asset as `list_assets` gives it."""
        return {
            "name": name,
            "ancestors": [*([project] if project else []), *(above or ("folders/10", "organizations/1"))],
            "resource": {"data": data},
        }

    return made
