from collections import Counter

import pytest

from nhi_scan.data import folder
from nhi_scan.demo.estate import Estate
from nhi_scan.demo.load import load

RULES = {path.stem for path in folder("rules").glob("*/*.yaml") if not path.name.endswith(".cases.yaml")}


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load("northwind")


def test_estate_has_three_accounts_and_about_three_hundred_identities(estate: Estate) -> None:
    linked = len(estate.service_linked) * len(estate.accounts)
    assert sorted(estate.accounts) == ["development", "management", "production"]
    assert 250 <= len(estate.roles) + len(estate.users) + linked <= 350


def test_nothing_is_described_twice(estate: Estate) -> None:
    for things in (estate.roles, estate.users, estate.groups, estate.policies):
        names = Counter((thing.account, thing.name) for thing in things)
        assert max(names.values()) == 1


def test_every_workload_but_the_orphaned_one_runs_as_a_role_that_is_described(estate: Estate) -> None:
    roles = {(role.account, role.name) for role in estate.roles}
    missing = [work.name for work in estate.workloads if (work.account, work.role) not in roles]
    assert missing == ["price-monitor"]


def test_reading_twice_gives_the_same_estate(estate: Estate) -> None:
    assert load("northwind") == estate


def test_every_expected_finding_is_of_a_rule_that_exists_and_stands_once(estate: Estate) -> None:
    assert {expected.rule for expected in estate.expected} <= RULES
    assert max(Counter(estate.expected).values()) == 1


def test_most_of_the_estate_is_in_order(estate: Estate) -> None:
    assert len({expected.subject for expected in estate.expected}) < 0.25 * len(estate.roles)
