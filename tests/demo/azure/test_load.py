from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from nhi_scan.data import folder
from nhi_scan.demo.azure.csdl import type_of
from nhi_scan.demo.azure.estate import Lazy
from nhi_scan.demo.azure.large import large
from nhi_scan.demo.azure.load import Loaded, load
from nhi_scan.demo.azure.world import World
from nhi_scan.model import arm_ids
from nhi_scan.model.entra import EVERYONE

RULES = {path.stem for path in folder("rules").glob("*/*.yaml") if not path.name.endswith(".cases.yaml")}


@pytest.fixture(scope="module")
def northwind() -> Loaded:
    return load("northwind-azure")


def test_tenant_has_three_subscriptions_under_management_groups_and_dozens_of_principals(northwind: Loaded) -> None:
    estate = northwind.estate
    assert (len(estate.management_groups), len(estate.subscriptions)) == (4, 3)
    kinds = Counter(type_of(row, row["servicePrincipalType"]) for row in estate.service_principals)
    assert kinds["Application"] >= 45
    assert kinds["ManagedIdentity"] >= 30
    assert kinds["agentIdentity"] == 3


def test_nothing_is_described_twice(northwind: Loaded) -> None:
    estate = northwind.estate
    rows = (
        *estate.applications,
        *estate.service_principals,
        *estate.users,
        *estate.groups,
        *estate.administrative_units,
    )
    keys = [
        key["keyId"] for row in rows for name in ("passwordCredentials", "keyCredentials") for key in row.get(name, ())
    ]
    arm = (*estate.resources, *estate.role_assignments, *estate.role_definitions, *estate.deny_assignments)
    for names in (
        [row["id"] for row in rows],
        [row["appId"] for row in estate.applications],
        [row["appId"] for row in estate.service_principals],
        keys,
        [row["id"].lower() for row in arm],
        [row["id"] for row in estate.directory_role_assignments],
    ):
        assert max(Counter(names).values()) == 1


def test_every_id_is_of_something_that_is_there(northwind: Loaded, now: datetime) -> None:
    estate = northwind.estate
    world = World(estate, now)
    roles = {row["name"] for row in estate.role_definitions}
    assert {arm_ids.name_of(one["properties"]["roleDefinitionId"]) for one in estate.role_assignments} <= roles
    assert all(world.is_scope(one["properties"]["scope"]) for one in estate.role_assignments)
    held = {one["properties"]["principalId"] for one in estate.role_assignments}
    gone = {id_ for id_ in held if world.find(id_) is None}
    deleted = ("deleted-principal-bound", "deleted-group-bound")
    assert gone == {one.subject for one in northwind.expected if one.rule in deleted}
    related = (estate.owners, estate.members, estate.sponsors)
    assert all(world.find(id_) for relation in related for ids in relation.values() for id_ in ids)
    assert {one["roleDefinitionId"] for one in estate.directory_role_assignments} <= {
        row["id"] for row in estate.directory_role_definitions
    }
    assert all(
        one["id"] == EVERYONE or world.find(one["id"])
        for row in estate.deny_assignments
        for one in (*row["properties"]["principals"], *row["properties"]["excludePrincipals"])
    )


def test_no_word_is_left_to_be_filled_in(northwind: Loaded) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, dict):
            return [text for item in value.items() for text in texts(list(item))]
        return [text for item in value for text in texts(item)] if isinstance(value, list) else []

    estate = northwind.estate
    everything = [
        list(getattr(estate, name)) for name in ("applications", "service_principals", "resources", "role_assignments")
    ]
    assert [text for text in texts(everything) if "{res:" in text or "{sp:" in text or "{mi:" in text] == []
    assert [one for one in northwind.expected if "{" in one.subject] == []


def test_reading_twice_gives_the_same_estate(northwind: Loaded) -> None:
    assert load("northwind-azure") == northwind


def test_every_expected_finding_is_of_a_rule_that_exists_and_stands_once(northwind: Loaded) -> None:
    assert {expected.rule for expected in northwind.expected} <= RULES
    assert max(Counter((one.rule, one.subject) for one in northwind.expected).values()) == 1


def test_a_large_tenant_is_made_when_it_is_read() -> None:
    estate = large(50_000, 200_000)
    for rows, count in ((estate.service_principals, 50_000), (estate.role_assignments, 200_000)):
        assert isinstance(rows, Lazy)
        assert len(rows) == count
        assert rows[count - 1] == rows[-1]
        assert [row["id"] for row in rows[:2]] == [rows[0]["id"], rows[1]["id"]]
        assert rows.number_of(arm_ids.name_of(rows[count - 1]["id"])) == count - 1
        with pytest.raises(IndexError):
            rows[count]
    world = World(estate, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    application = estate.applications[777]
    assert world.find(application["id"]) == ("applications", application)
    assert world.find(estate.owners[application["id"]][0]) is not None
    assert application["id"] in estate.owners
    assert "nobody" not in estate.owners
