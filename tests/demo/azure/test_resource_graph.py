"""Resource Graph: its tables, its language, its pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from nhi_scan.demo.azure.arm import kql
from nhi_scan.demo.azure.errors import ApiError
from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import Served, serve

SHOP, LAB = "50b00000-0000-4000-8000-000000000001", "50b00000-0000-4000-8000-000000000002"
ASSIGNMENTS = (
    "AuthorizationResources | where type =~ 'microsoft.authorization/roleassignments'"
    " | project name | order by name asc"
)

Connect = Callable[[Any], Any]
ROWS = [
    {"name": "one", "type": "a/b", "tags": {"owner": "o'neil", "env": None}, "list": [1, 2], "n": 1, "on": True},
    {"name": "Two", "type": "A/B", "tags": {}, "list": [], "n": 2, "on": False, "identity": {"type": "SystemAssigned"}},
    {"name": "three", "type": "c/d", "tags": None, "n": 3, "identity": None},
]


def run(query: str) -> list[Any]:
    table, steps = kql.parse(query)
    assert table == "resources"
    rows: list[Any] = list(ROWS)
    for step in steps:
        rows = step(rows)
    return rows


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("name == 'two'", []),
        ("name =~ 'two'", ["Two"]),
        ("name != 'one'", ["Two", "three"]),
        ("name !~ 'TWO'", ["one", "three"]),
        ("type in ('a/b')", ["one"]),
        ("type in~ ('a/b', 'x/y')", ["one", "Two"]),
        ("type !in~ ('a/b')", ["three"]),
        ("isnotnull(identity)", ["Two"]),
        ("isnull(identity) and n == 3", ["three"]),
        ("isnotnull(identity) or type =~ 'c/d'", ["Two", "three"]),
        ("not(isnull(identity))", ["Two"]),
        ("(n == 1 or n == 2) and on == true", ["one"]),
        ("n == 1 or n == 2 and n == 3", ["one"]),
        ("on", ["one"]),
        ('tags.owner == "o\'neil"', ["one"]),
        ("tags['owner'] has 'neil'", ["one"]),
        ("identity.type contains 'system'", ["Two"]),
        ("name startswith 't'", ["Two", "three"]),
        ("tolower(name) endswith 'wo'", ["Two"]),
        ("array_length(list) == 2", ["one"]),
        ("isempty(tags.env) and isnotempty(name)", ["one", "Two", "three"]),
        ("strcat(name, '-', n) == 'one-1' // a remark", ["one"]),
    ],
)
def test_conditions_choose_rows(condition: str, names: list[str]) -> None:
    assert [row["name"] for row in run(f"Resources | where {condition}")] == names


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        ("project name, owner = tags.owner | limit 1", [{"name": "one", "owner": "o'neil"}]),
        ("project n | order by n desc | take 2", [{"n": 3}, {"n": 2}]),
        (
            "project type, name | sort by type asc, name asc | project name",
            [{"name": "Two"}, {"name": "one"}, {"name": "three"}],
        ),
        ("where n == 1 | extend big = toupper(name) | project big", [{"big": "ONE"}]),
        ("where n == 2 | project-away tags, list, identity, on, n, type", [{"name": "Two"}]),
        ("where n == 1 | project list[0], tags.owner", [{"list[0]": 1, "tags_owner": "o'neil"}]),
        ("where n == 1 | project both = bag_pack('a', n)", [{"both": {"a": 1}}]),
    ],
)
def test_steps_shape_rows(steps: str, rows: list[Any]) -> None:
    assert run(f"Resources | {steps}") == rows


@pytest.mark.parametrize(
    "query",
    [
        "Resources | summarize count()",
        "Resources | where name == ",
        "Resources | where name ==",
        "Resources | where exec('rm')",
        "Resources where name == 'x'",
        "Resources | project ;",
        "Resources | where (name == 'x'",
        "| where name == 'x'",
        "",
    ],
)
def test_what_is_not_understood_is_refused(query: str) -> None:
    with pytest.raises(ApiError) as refused:
        kql.parse(query)
    assert refused.value.code == "InvalidQuery"


def test_tables_hold_what_the_estate_has(served: Served, client: Connect) -> None:
    asking = client(served)
    containers = asking.query("ResourceContainers | project name, type, subscriptionId, properties | order by name asc")
    assert [(row["name"], row["type"].rpartition("/")[2]) for row in containers] == [
        ("6d1a0f00-0000-4000-8000-000000000001", "managementgroups"),
        ("lab", "subscriptions"),
        ("prod", "managementgroups"),
        ("rg-web", "resourcegroups"),
        ("shop", "subscriptions"),
    ]
    assert [one["name"] for one in containers[4]["properties"]["managementGroupAncestorsChain"]] == [
        "prod",
        "6d1a0f00-0000-4000-8000-000000000001",
    ]
    vm = asking.query("Resources | where type == 'microsoft.compute/virtualmachines'")[0]
    assert (vm["subscriptionId"], vm["resourceGroup"], vm["tags"]) == (SHOP, "rg-web", {"owner": "o'neil"})
    roles = asking.query("AuthorizationResources | where type =~ 'Microsoft.Authorization/roleDefinitions'")
    assert roles[0]["properties"]["permissions"][0]["actions"] == ["*/read"]
    assert "condition" not in roles[0]["properties"]["permissions"][0]  # lists of Resource Manager have it


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({}, ["80", "81", "82", "83", "84"]),
        ({"subscriptions": [SHOP]}, ["80", "81"]),
        ({"managementGroups": ["prod"]}, ["80", "81", "83"]),
        (
            {"subscriptions": [SHOP], "options": {"authorizationScopeFilter": "AtScopeAboveAndBelow"}},
            ["80", "81", "83", "84"],
        ),
        ({"subscriptions": [LAB], "options": {"authorizationScopeFilter": "AtScopeAboveAndBelow"}}, ["82", "84"]),
    ],
)
def test_assignments_are_those_of_the_places_that_were_asked_about(
    served: Served, client: Connect, where: dict[str, Any], names: list[str]
) -> None:
    assert [row["name"][-2:] for row in client(served).query(ASSIGNMENTS, **where)] == names


def test_pages_have_tokens_that_fit_one_query(small: Estate, now: datetime, client: Connect) -> None:
    with serve(small, now, Conduct(page=2)) as server:
        asking, path = client(server), "/providers/Microsoft.ResourceGraph/resources"
        rows, token = [], ""
        while True:
            options = {"$skipToken": token} if token else {}
            _, answer = asking.arm(path, {"query": ASSIGNMENTS, "options": options})
            rows += answer["data"]
            assert (answer["totalRecords"], answer["count"], answer["resultTruncated"]) == (
                5,
                len(answer["data"]),
                "false",
            )
            token = answer.get("$skipToken", "")
            if not token:
                break
        assert [row["name"][-2:] for row in rows] == ["80", "81", "82", "83", "84"]
        _, first = asking.arm(path, {"query": ASSIGNMENTS})
        other = {"query": "Resources", "options": {"$skipToken": first["$skipToken"]}}
        assert asking.arm(path, other)[0] == 400
        assert asking.arm(path, {"query": "Resources", "options": {"$skipToken": "invented"}})[0] == 400


def test_the_answer_says_what_is_left_of_the_quota(served: Served, client: Connect) -> None:
    asking = client(served)
    path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    answer = asking.ask("POST", path, asking.arm_token, json={"query": "Resources"})
    assert answer.headers["x-ms-user-quota-remaining"] == "14"
    assert answer.headers["x-ms-user-quota-resets-after"] == "00:00:05"
    assert asking.arm("/providers/Microsoft.ResourceGraph/resources", {"query": "Secrets"})[0] == 400
    assert asking.arm("/providers/Microsoft.ResourceGraph/resources", {})[0] == 400
