from collections import Counter
from datetime import datetime
from typing import Any

import pytest
import requests

from nhi_scan.data import folder
from nhi_scan.demo.gcp.large import ORGANIZATION, large
from nhi_scan.demo.gcp.load import Loaded, load
from nhi_scan.demo.gcp.server import serve

RULES = {path.stem for path in folder("rules").glob("*/*.yaml") if not path.name.endswith(".cases.yaml")}


@pytest.fixture(scope="module")
def northwind() -> Loaded:
    return load("northwind-gcp")


def test_estate_has_three_folders_twelve_projects_and_about_a_hundred_and_fifty_accounts(northwind: Loaded) -> None:
    estate = northwind.estate
    assert (len(estate.folders), len(estate.projects)) == (3, 12)
    assert 140 <= len(estate.accounts) <= 160


def test_nothing_is_described_twice(northwind: Loaded) -> None:
    estate = northwind.estate
    for names in (
        [account.email for account in estate.accounts],
        [account.unique_id for account in estate.accounts],
        [key.id for account in estate.accounts for key in account.keys],
        [thing.name for thing in estate.things],
        [role.id for role in estate.roles],
    ):
        assert max(Counter(names).values()) == 1


def test_every_role_that_is_bound_is_described(northwind: Loaded) -> None:
    estate = northwind.estate
    assert {binding.role for binding in estate.bindings} <= {role.id for role in estate.roles}


def test_every_binding_lies_on_something_that_is_there(northwind: Loaded) -> None:
    estate = northwind.estate
    places = {
        estate.organization,
        *(one.id for one in (*estate.folders, *estate.projects)),
        *(f"serviceAccount:{account.email}" for account in estate.accounts),
        *(thing.name for thing in estate.things),
    }
    assert {binding.place for binding in estate.bindings} <= places


def test_reading_twice_gives_the_same_estate(northwind: Loaded) -> None:
    assert load("northwind-gcp") == northwind


def test_every_expected_finding_is_of_a_rule_that_exists_and_stands_once(northwind: Loaded) -> None:
    assert {expected.rule for expected in northwind.expected} <= RULES
    assert max(Counter(northwind.expected).values()) == 1


def test_no_word_in_braces_was_left_standing(northwind: Loaded) -> None:
    subjects = [expected.subject for expected in northwind.expected]
    assert subjects
    assert not [subject for subject in subjects if "{" in subject]


def test_every_asset_and_policy_fits_googles_schemas(northwind: Loaded, now: datetime) -> None:
    with serve(northwind.estate, now) as server, requests.Session() as session:
        seen = {}
        for method, field in (("/assets?contentType=RESOURCE&pageSize=1000", "assets"), (":searchAllIamPolicies", "")):
            path = f"{server.endpoint}/cloudasset.googleapis.com/v1/{northwind.estate.organization}{method}"
            seen[field] = session.get(path, timeout=60).json()
        assert server.breaches == []
    kinds = Counter(asset["assetType"] for asset in seen["assets"]["assets"])
    assert kinds["iam.googleapis.com/ServiceAccount"] == len(northwind.estate.accounts)
    assert len(kinds) >= 18
    assert seen[""]["results"]


@pytest.mark.parametrize(("projects", "accounts"), [(1, 1), (250, 1000)])
def test_a_large_estate_has_what_was_asked_for(now: datetime, projects: int, accounts: int) -> None:
    estate = large(projects, accounts)
    assert (len(estate.projects), len(estate.accounts)) == (projects, accounts)
    assert len({account.unique_id for account in estate.accounts}) == accounts
    found: Counter[str] = Counter()
    with serve(estate, now) as server, requests.Session() as session:
        query: dict[str, Any] = {"contentType": "RESOURCE", "pageSize": 1000}
        while query.get("pageToken", "first"):
            path = f"{server.endpoint}/cloudasset.googleapis.com/v1/{ORGANIZATION}/assets"
            page = session.get(path, params=query, timeout=60).json()
            found.update(asset["assetType"].rpartition("/")[2] for asset in page["assets"])
            query["pageToken"] = page.get("nextPageToken", "")
        assert server.breaches == []
    assert found["ServiceAccount"] == accounts
    assert found["ServiceAccountKey"] == accounts + (accounts + 4) // 5
    assert found["Project"] == projects
