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

ODD = [
    None,
    5,
    -1.5,
    True,
    "",
    "x",
    "arn:",
    "9999-12-31T23:59:59-23:59",
    [],
    [None],
    {},
    {"a": []},
    [[{}]],
    "\u202e</script>",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values below."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in ((*path, key), *places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], odd)
    return copy


def read(folder: Path, scopes: dict[str, dict[str, list[Any]]]) -> Any:
    writer = SnapshotWriter.create(folder, datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True)
    for scope, kinds in scopes.items():
        for kind, records in kinds.items():
            writer.write("aws", scope, kind, [unpacked(record) for record in records])
    writer.finish()
    return build([normalise(Snapshot.open(folder))])


def unpacked(record: Any) -> tuple[str, dict[str, Any], Any]:
    if isinstance(record, dict) and "record" in record:
        of = record.get("of")
        return "eu-west-1", of if isinstance(of, dict) else {}, record["record"]
    return "", {}, record


@pytest.mark.parametrize("name", ["workloads.json", "resources.json", "organization.json", "identities.json"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_odd_value_anywhere(recorded: Callable[[str], Any], tmp_path: Path, name: str, data: st.DataObject) -> None:
    recording = recorded(name)
    scope = data.draw(st.sampled_from(sorted(recording)))
    kind = data.draw(st.sampled_from(sorted(k for k, records in recording[scope].items() if records)))
    changed = recording[scope][kind]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([place for place in places(changed) if place]))
        changed = put(changed, path, data.draw(st.sampled_from(ODD)))
    inventory = read(tmp_path / "snapshot", recording | {scope: recording[scope] | {kind: changed}})
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
