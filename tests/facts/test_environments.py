"""Whether production shares an identity with the rest: told by names and tags, never declared."""

from typing import Any

import pytest

from nhi_scan.facts.environments import environment_of
from nhi_scan.model.identity import Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop-prod", "production"),
        ("PRODUCTION", "production"),
        ("prd_eu_1", "production"),
        ("prod2", "production"),
        ("live", "production"),
        ("shop-dev", "non_production"),
        ("staging.eu", "non_production"),
        ("qa7", "non_production"),
        ("non-prod", "non_production"),
        ("nonprod", "non_production"),
        ("pre-production", "non_production"),
        ("not prod", "non_production"),
        ("prod-test", "non_production"),  # a test of production is none
        ("products", ""),
        ("delivery", ""),
        ("developers", ""),
        ("shop", ""),
        ("", ""),
    ],
)
def test_a_name_tells_its_environment_by_whole_words(name: str, expected: str) -> None:
    assert environment_of(name) == expected


def workload(name: str, role: Any, scope: str, **fields: Any) -> Workload:
    return Workload(
        **{
            "id": name,
            "provider": "aws",
            "kind": "lambda_function",
            "name": name,
            "scope_id": scope,
            "runs_as": (role.id,),
            **fields,
        }
    )


def scopes(*names: str) -> list[Scope]:
    return [Scope(id=name, provider="aws", kind="account", name=name) for name in names]


def test_what_runs_in_both_makes_an_identity_mixed_and_says_why(facts: Any, make: Any) -> None:
    role = make.role()
    works = [workload("a", role, "shop-prod"), workload("b", role, "shop-dev")]
    tables = facts(identities=[role], workloads=works, scopes=scopes("shop-prod", "shop-dev"))
    assert make.cell(tables, "identity.environments_mixed") is True
    assert (
        make.cell(tables, "identity.reached_from")
        == "production (account shop-prod) and non-production (account shop-dev)"
    )


def test_what_says_nothing_is_of_no_environment(facts: Any, make: Any) -> None:
    role = make.role()
    works = [workload("a", role, "shop-prod"), workload("b", role, "shop")]
    tables = facts(identities=[role], workloads=works, scopes=scopes("shop-prod", "shop"))
    assert make.cell(tables, "identity.environments_mixed") is False


def test_a_tag_of_a_thing_tells_more_than_the_name_of_its_place(facts: Any, make: Any) -> None:
    role = make.role()
    works = [
        workload("a", role, "shop-prod"),
        workload("b", role, "shop-prod", tags=(("Environment", "staging"),)),
    ]
    tables = facts(identities=[role], workloads=works, scopes=scopes("shop-prod"))
    assert make.cell(tables, "identity.environments_mixed") is True


def test_the_nearest_place_that_says_it_counts(facts: Any, make: Any) -> None:
    role = make.role()
    places = [
        Scope(id="ou", provider="aws", kind="organizational_unit", name="Production"),
        Scope(id="a", provider="aws", kind="account", name="shop", parent_id="ou"),
        Scope(id="b", provider="aws", kind="account", name="shop-sandbox", parent_id="ou"),
    ]
    tables = facts(identities=[role], workloads=[workload("x", role, "a"), workload("y", role, "b")], scopes=places)
    assert (
        make.cell(tables, "identity.reached_from")
        == "production (unit Production) and non-production (account shop-sandbox)"
    )


def test_identities_that_may_become_it_count_and_the_clouds_own_do_not(facts: Any, make: Any) -> None:
    role, tester = make.role("a"), make.role("z-test", scope_id="test")
    trusts = [
        Trust(id="t", identity_id=role.id, subject=tester.id, subject_kind="identity"),
    ]
    works = [workload("x", role, "prod")]
    both = facts(identities=[role, tester], trusts=trusts, workloads=works, scopes=scopes("prod", "test"))
    assert make.cell(both, "identity.environments_mixed") is True
    plumbing = make.role("z-test", scope_id="test", managed_by_provider=True)
    one = facts(identities=[role, plumbing], trusts=trusts, workloads=works, scopes=scopes("prod", "test"))
    assert make.cell(one, "identity.environments_mixed") is False


def test_what_only_serves_a_workload_is_not_become_by_it(facts: Any, make: Any) -> None:
    role = make.role()
    served = workload("b", role, "shop-dev", runs_as=(), served_by=(role.id,))
    works = [workload("a", role, "shop-prod"), served]
    tables = facts(identities=[role], workloads=works, scopes=scopes("shop-prod", "shop-dev"))
    assert make.cell(tables, "identity.environments_mixed") is False
