"""Answers that are odd anywhere: a record may be lost, and then coverage says so, but nothing stops."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.aws.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.oddities import ODD, changed, unpacked

ODD_HERE = (*ODD, "arn:")


def read(folder: Path, scopes: dict[str, dict[str, list[Any]]]) -> Any:
    writer = SnapshotWriter.create(folder, datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True)
    for scope, kinds in scopes.items():
        for kind, records in kinds.items():
            writer.write("aws", scope, kind, [unpacked(record, "eu-west-1") for record in records])
    writer.finish()
    return build([normalise(Snapshot.open(folder))])


@pytest.mark.parametrize("name", ["workloads.json", "resources.json", "organization.json", "identities.json"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_odd_value_anywhere(recorded: Callable[[str], Any], tmp_path: Path, name: str, data: st.DataObject) -> None:
    recording = recorded(name)
    scope = data.draw(st.sampled_from(sorted(recording)))
    kind = data.draw(st.sampled_from(sorted(k for k, records in recording[scope].items() if records)))
    odd = {kind: changed(data, recording[scope][kind], ODD_HERE)}
    inventory = read(tmp_path / "snapshot", recording | {scope: recording[scope] | odd})
    assert scope in inventory.scopes
    assert {row.status for row in inventory.coverage} <= {CoverageStatus.PARTIAL}


def test_the_recordings_themselves_are_read_whole(recorded: Callable[[str], Any], tmp_path: Path) -> None:
    for name in ("workloads.json", "resources.json", "organization.json", "identities.json"):
        assert read(tmp_path / name, recorded(name)).coverage == ()


def test_the_order_of_records_does_not_matter(recorded: Callable[[str], Any], tmp_path: Path) -> None:
    for name in ("workloads.json", "resources.json", "organization.json", "identities.json"):
        recording = recorded(name)
        inventory = read(tmp_path / name, recording)
        for kinds in recording.values():
            for records in kinds.values():
                random.Random(7).shuffle(records)  # noqa: S311 - no secret
        assert read(tmp_path / f"{name}-shuffled", recording) == inventory
