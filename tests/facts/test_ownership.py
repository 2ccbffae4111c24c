"""Absence is said only where somebody looked."""

from typing import Any

import pandas as pd
import pytest

from nhi_scan.facts.things import USER_KINDS
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Group, Owner, Resource, Workload
from nhi_scan.model.policy import Trust


def service_trust(role: Any, service: str) -> Trust:
    return Trust(
        id=f"{role.id}#trust/{service}",
        identity_id=role.id,
        subject=service,
        subject_kind="service",
        policy_id=f"{role.id}#trust",
    )


def function(role: Any, **fields: Any) -> Workload:
    return Workload(
        **{
            "id": "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "provider": "aws",
            "kind": "lambda_function",
            "name": "f",
            "scope_id": "111122223333",
            "runs_as": (role.id,),
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [(CoverageStatus.COMPLETE, False), (CoverageStatus.PARTIAL, None), (CoverageStatus.DENIED, None), (None, None)],
)
def test_no_owner_needs_a_complete_listing(facts: Any, make: Any, status: Any, expected: Any) -> None:
    coverage = make.covered("iam-roles", status=status) if status else []
    assert make.cell(facts(identities=[make.role()], coverage=coverage), "identity.has_owner") is expected


def test_an_owner_is_an_owner_whatever_the_coverage(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.role(owner=Owner(name="team-a", source="tag:owner", gone=None))])
    assert make.cell(tables, "identity.has_owner") is True
    assert make.cell(tables, "identity.owner_gone") is None
    assert make.cell(tables, "identity.owner") == "team-a"


@pytest.mark.parametrize(
    ("services", "kinds", "expected"),
    [
        (["lambda.amazonaws.com"], ["lambda-functions"], 0),
        (["lambda.amazonaws.com"], [], None),
        (["lambda.amazonaws.com"], ["ecs-task-definitions"], None),
        (["lambda.amazonaws.com", "states.amazonaws.com"], ["lambda-functions"], None),
        (["lambda.amazonaws.com", "states.amazonaws.com"], ["lambda-functions", "stepfunctions-state-machines"], 0),
        (["lambda.amazonaws.com", "firehose.amazonaws.com"], ["lambda-functions"], None),
        (["states.eu-west-1.amazonaws.com"], ["stepfunctions-state-machines"], 0),
        (["lambda.amazonaws.com.cn"], ["lambda-functions"], 0),
        (["glue.amazonaws.com"], ["glue-dev-endpoints", "glue-jobs"], None),  # a crawler may use it
        ([], ["lambda-functions"], None),
    ],
)
def test_no_workload_needs_every_kind_that_could_run_as_it(
    facts: Any, make: Any, services: list[str], kinds: list[str], expected: int | None
) -> None:
    role = make.role()
    tables = facts(
        identities=[role], trusts=[service_trust(role, name) for name in services], coverage=make.covered(*kinds)
    )
    assert make.cell(tables, "identity.workload_count") == expected


def test_a_workload_that_was_seen_counts_whatever_the_coverage(facts: Any, make: Any) -> None:
    role = make.role()
    tables = facts(identities=[role], trusts=[service_trust(role, "lambda.amazonaws.com")], workloads=[function(role)])
    assert make.cell(tables, "identity.workload_count") == 1
    assert make.cell(tables, "identity.expects_workload") is True


@pytest.mark.parametrize(
    ("service", "expected"),
    [("firehose.amazonaws.com", True), ("lambda.amazonaws.com", True), (None, False)],
)
def test_a_role_for_a_service_of_which_nothing_is_collected_still_waits_for_a_workload(
    facts: Any, make: Any, service: str | None, expected: Any
) -> None:
    role = make.role()
    trusts = [service_trust(role, service)] if service else []
    assert make.cell(facts(identities=[role], trusts=trusts), "identity.expects_workload") is expected


@pytest.mark.parametrize(("covered", "expected"), [(True, True), (False, None)])
def test_a_role_is_missing_where_all_roles_were_listed(facts: Any, make: Any, covered: Any, expected: Any) -> None:
    coverage = make.covered("iam-roles") if covered else []
    tables = facts(workloads=[function(make.role("gone"))], coverage=coverage)
    assert make.cell(tables, "workload.runs_as_missing") is expected
    gone = "arn:aws:iam::111122223333:role/gone" if covered else None
    assert make.cell(tables, "workload.missing_identities") == gone


def test_a_workload_that_runs_as_nothing_misses_nothing(facts: Any, make: Any) -> None:
    assert make.cell(facts(workloads=[function(make.role(), runs_as=())]), "workload.runs_as_missing") is False


def test_groups_are_resources_with_members(facts: Any, make: Any) -> None:
    group = Group(
        id="arn:aws:iam::111122223333:group/ops", provider="aws", kind="iam_group", name="ops", scope_id=make.account
    )
    whole = facts(groups=[group], coverage=make.covered("iam-users", "iam-groups"))
    assert (make.cell(whole, "resource.kind"), make.cell(whole, "resource.used_by")) == ("iam_group", 0)
    assert make.cell(facts(groups=[group], coverage=make.covered("iam-groups")), "resource.used_by") is None


def test_an_unused_instance_profile_needs_everything_that_can_start_an_instance(facts: Any, make: Any) -> None:
    profile = Resource(
        id="arn:aws:iam::111122223333:instance-profile/web",
        provider="aws",
        kind="instance_profile",
        name="web",
        scope_id=make.account,
    )
    every = make.covered(*USER_KINDS["instance_profile"])
    assert make.cell(facts(resources=[profile], coverage=every), "resource.used_by") == 0
    assert make.cell(facts(resources=[profile], coverage=every[:-1]), "resource.used_by") is None


@pytest.mark.parametrize("kind", ["oidc_provider", "saml_provider"])
def test_an_unused_identity_provider_needs_all_that_could_use_it(facts: Any, make: Any, kind: str) -> None:
    provider = Resource(id="p", provider="aws", kind=kind, name="p", scope_id=make.account)
    every = make.covered(*USER_KINDS[kind])
    assert make.cell(facts(resources=[provider], coverage=every), "resource.used_by") == 0
    for missing in every:
        rest = [row for row in every if row is not missing]
        assert make.cell(facts(resources=[provider], coverage=rest), "resource.used_by") is None


@pytest.mark.parametrize(("attributes", "expected"), [((), False), ((("owning_service", "sso.amazonaws.com"),), True)])
def test_what_a_service_keeps_is_managed(facts: Any, make: Any, attributes: Any, expected: Any) -> None:
    one = Resource(id="p", provider="aws", kind="saml_provider", name="p", scope_id=make.account, attributes=attributes)
    assert make.cell(facts(resources=[one]), "resource.managed_by_provider") is expected


def test_facts_of_the_identity_reach_its_workload(facts: Any, make: Any) -> None:
    from nhi_scan.facts.catalogue import FACTS  # noqa: PLC0415 - beside its use

    role = make.role("runner")
    tables = facts(
        identities=[make.role("another"), role], workloads=[function(role), function(make.role("gone"), id="x")]
    )
    names = tables.column("workload", FACTS["identity.name"])
    assert [None if name is pd.NA else name for name in names] == ["runner", None]
