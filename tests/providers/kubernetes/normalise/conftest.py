"""A snapshot of clusters on disk from objects that stand in the test."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.kinds import scope_dir
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import Snapshot
from tests.providers.snapshots import Kinds, Missing, covered

CLUSTER = "k8s:prod"


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(clusters: Mapping[str, Kinds], *, missing: Missing | None = None) -> Snapshot:
        return covered(tmp_path / "snapshot", "kubernetes", clusters, scope_dir, missing)

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(kinds: Kinds, *, missing: Missing | None = None, **settings: Any) -> Records:
        """The model records of one cluster."""
        return normalise(snapshot({CLUSTER: kinds}, missing=missing), **settings)

    return records
