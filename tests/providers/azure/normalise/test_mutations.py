"""Answers that are odd anywhere: a record may be lost, and then coverage says so, but nothing stops."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure.normalise import normalise
from tests.providers.oddities import ODD, changed
from tests.providers.snapshots import read_uncovered

TENANT = "aaaaaaaa-0000-0000-0000-000000000001"
ESTATE: dict[str, list[Any]] = yaml.safe_load(Path(__file__).with_name("every_kind.yaml").read_text(encoding="utf-8"))
ODD_HERE = (*ODD, "/subscriptions/", "/providers/", "P", "PT99999999999999999999H")


def read(folder: Path, records: dict[str, list[Any]]) -> Inventory:
    return read_uncovered(folder, "azure", f"tenants-{TENANT}", records, normalise)


def partial(inventory: Inventory) -> set[str]:
    return {row.record_kind for row in inventory.coverage if row.status is CoverageStatus.PARTIAL}


def test_the_estate_itself_is_read_whole(tmp_path: Path) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE)
    assert [row for row in inventory.coverage if row.status.is_gap] == []
    assert all((inventory.scopes, inventory.identities, inventory.groups, inventory.credentials, inventory.workloads))
    assert all((inventory.resources, inventory.policies, inventory.bindings, inventory.guardrails, inventory.trusts))
    assert {row.provider for row in inventory.policies.values()} == {"azure"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_odd_values_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ESTATE)))
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: changed(data, ESTATE[kind], ODD_HERE)})
    assert f"/tenants/{TENANT}" in inventory.scopes
    assert {row.status for row in inventory.coverage} <= {CoverageStatus.PARTIAL}


@pytest.mark.parametrize("kind", sorted(ESTATE))
@pytest.mark.parametrize("odd", [None, [{}]])
def test_a_record_that_is_no_object_is_not_lost_in_silence(tmp_path: Path, kind: str, odd: Any) -> None:
    whole = ESTATE[kind][0]
    lost = {**whole, "record": odd} if set(whole) == {"of", "record"} else odd
    assert kind in partial(read(tmp_path / "snapshot", ESTATE | {kind: [lost]}))


@pytest.mark.parametrize("kind", sorted(ESTATE))
def test_an_empty_record_is_not_lost_in_silence(tmp_path: Path, kind: str) -> None:
    assert kind in partial(read(tmp_path / "snapshot", ESTATE | {kind: [{}]}))


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    doubled = {kind: [*records, *({**one, "extra": 1} for one in records)] for kind, records in ESTATE.items()}
    before = read(tmp_path / "before", doubled)
    for records in doubled.values():
        random.Random(7).shuffle(records)  # noqa: S311 - no secret
    assert read(tmp_path / "after", doubled) == before
