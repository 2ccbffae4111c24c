"""A snapshot of Azure on disk from records that stand in the test."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.azure.kinds import scope_dir
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.snapshot.store import Snapshot
from tests.providers.snapshots import Kinds, Missing, covered

TENANT = "/tenants/aaaaaaaa-0000-0000-0000-000000000001"


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(
        kinds: Kinds,
        *,
        missing: Missing | None = None,
        also: Iterable[str] = (),
        scope: str = TENANT,
    ) -> Snapshot:
        """Every kind that is named, and each of `also`, is covered completely, unless `missing` says otherwise."""
        named = {**dict.fromkeys(also, ()), **kinds}
        return covered(tmp_path / "snapshot", "azure", {scope: named}, scope_dir, missing)

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        missing: Missing | None = None,
        also: Iterable[str] = (),
        scope: str = TENANT,
        **settings: Any,
    ) -> Records:
        """The model records of one tenant."""
        return normalise(snapshot(kinds, missing=missing, also=also, scope=scope), **settings)

    return records
