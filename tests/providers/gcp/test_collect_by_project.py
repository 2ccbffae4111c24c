"""The way round by project, for those whom the organization denies its sweep."""

from typing import Any

import pytest

from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.calls import PROJECT_IDENTITIES, PROJECT_POLICIES, PROJECT_WORKLOADS

ALL = frozenset({"*"})
PROJECTS_ONLY = Conduct(permissions={"projects/shop": ALL, "projects/lab": ALL})
WEB = "web@shop.iam.gserviceaccount.com"


@pytest.fixture
def by_project(gather: Any) -> Any:
    return gather(PROJECTS_ONLY, organizations=["1"])


def test_projects_are_asked_where_the_organization_denies(by_project: Any) -> None:
    rows = (*PROJECT_IDENTITIES, *PROJECT_WORKLOADS, *PROJECT_POLICIES)

    for kind in {call.kind for call in rows}:
        assert by_project.row("projects/shop", kind).status is CoverageStatus.COMPLETE, kind


def test_what_the_organization_denied_says_which_permission_lacks(by_project: Any) -> None:
    assets = by_project.row("organizations/1", "asset-iam-service-account")
    policies = by_project.row("organizations/1", "asset-iam-policies")

    assert (assets.status, assets.permission) == (CoverageStatus.DENIED, "cloudasset.assets.listResource")
    assert (policies.status, policies.permission) == (
        CoverageStatus.DENIED,
        "cloudasset.assets.searchAllIamPolicies",
    )
    assert assets.detail.startswith("`IAM_PERMISSION_DENIED`: Permission 'cloudasset.assets.listResource' denied")


def test_records_of_a_project_lie_in_its_folder_with_what_they_are_of(by_project: Any) -> None:
    (account,) = by_project.records("projects-shop", "iam-service-accounts")
    (key,) = by_project.records("projects-shop", "iam-service-account-keys")
    (of,) = by_project.kept("projects-shop", "iam-service-account-keys")
    (policy,) = by_project.kept("projects-shop", "crm-iam-policies")
    (bucket,) = by_project.kept("projects-shop", "storage-bucket-policies")

    assert account["email"] == WEB
    assert key["name"].endswith("/keys/k1"), "keys that Google manages are not asked for"
    assert (of["email"], of["uniqueId"]) == (WEB, "1001")
    assert policy == {"resource": "projects/shop"}
    assert bucket == {"name": "pics"}


def test_conditions_of_policies_are_not_lost(by_project: Any) -> None:
    (policy,) = by_project.records("projects-shop", "crm-iam-policies")

    assert policy["version"] == 3
    assert policy["bindings"][0]["condition"]["expression"].startswith("request.time")


def test_an_api_that_a_project_has_not_enabled_has_nothing_there(by_project: Any) -> None:
    row = by_project.row("projects/lab", "compute-instances")

    assert row.status is CoverageStatus.SKIPPED
    assert row.detail == "`SERVICE_DISABLED`: enable `compute.googleapis.com` in `projects/78`"


def test_a_project_that_is_being_deleted_is_skipped(gather: Any) -> None:
    everywhere = Conduct(permissions=dict.fromkeys(("projects/shop", "projects/lab", "projects/old"), ALL))
    collected = gather(everywhere, organizations=["1"])

    row = collected.row("projects/old", "iam-service-accounts")
    assert (row.status, row.detail) == (CoverageStatus.SKIPPED, "the project is `DELETE_REQUESTED`")
    assert collected.served.requests["google.iam.admin.v1.IAM/ListServiceAccounts"] == 2


def test_an_api_that_is_not_enabled_for_the_caller_is_named(gather: Any) -> None:
    collected = gather(Conduct(disabled=frozenset({"cloudasset.googleapis.com"})))

    row = collected.row("organizations/1", "asset-iam-service-account")
    assert row.status is CoverageStatus.DENIED
    assert row.permission == ""
    assert row.detail == "`SERVICE_DISABLED`: enable `cloudasset.googleapis.com` in `projects/100000000001`"
    assert collected.row("projects/shop", "iam-service-accounts").status is CoverageStatus.COMPLETE


def test_where_only_the_search_is_denied_only_policies_are_asked_of_projects(gather: Any) -> None:
    fault = Fault(method="cloudasset.searchAllIamPolicies", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)))

    assert collected.row("organizations/1", "asset-iam-service-account").status is CoverageStatus.COMPLETE
    assert collected.row("projects/shop", "iam-service-account-policies").records == 1
    assert collected.row("folders/2", "crm-iam-policies").records == 1
    assert collected.row("organizations/1", "crm-iam-policies").records == 1
    assert collected.snapshot.count("gcp", "projects-shop", "compute-instances") == 0
    assert collected.served.requests["compute.instances.aggregatedList"] == 0


def test_where_only_the_listing_is_denied_policies_are_not_asked_again(gather: Any) -> None:
    fault = Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)))

    assert collected.row("organizations/1", "asset-iam-policies").status is CoverageStatus.COMPLETE
    assert collected.row("projects/shop", "iam-service-accounts").records == 1
    assert collected.row("organizations/1", "iam-custom-roles").records == 1
    assert collected.served.requests["cloudresourcemanager.projects.getIamPolicy"] == 0


def test_groups_named_by_the_policies_of_projects_are_asked(gather: Any) -> None:
    fault = Fault(method="cloudasset.searchAllIamPolicies", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)))

    emails = {of["email"] for of in collected.kept("organizations-1", "cloudidentity-groups")}
    assert emails == {"admins@example.com", "inner@example.com", "readers@example.com"}


def test_a_project_that_is_named_is_asked_by_itself(gather: Any) -> None:
    collected = gather(projects=["shop"])

    assert collected.gaps() == {}
    assert collected.row("projects/shop", "crm-projects").records == 1
    assert collected.row("projects/shop", "iam-deny-policies").records == 1
    assert collected.row("projects/shop", "iam-predefined-roles").records == 2
    assert collected.served.requests["cloudasset.assets.list"] == 0
    assert {row.scope_id for row in collected.snapshot.manifest.coverage} == {
        "projects/shop",
        "folders/3",
        "folders/2",
        "organizations/1",
    }, "and what lies above it, for its own policies"


def test_a_project_that_goes_meanwhile_is_not_asked_further(gather: Any) -> None:
    fault = Fault(method="compute.instances.aggregatedList", kind="gone", project="projects/shop")
    collected = gather(Conduct(faults=(fault,)), projects=["shop"])

    assert collected.row("projects/shop", "iam-service-accounts").status is CoverageStatus.COMPLETE
    assert collected.row("projects/shop", "compute-instances").status is CoverageStatus.FAILED
    for kind in ("crm-iam-policies", "iam-service-account-policies", "storage-buckets", "storage-bucket-policies"):
        row = collected.row("projects/shop", kind)
        assert (row.status, row.detail) == (CoverageStatus.SKIPPED, "the project is gone")


@pytest.mark.parametrize("kind", ["appengine-applications", "appengine-services", "appengine-versions"])
def test_a_project_without_an_application_has_none_and_is_asked_further(gather: Any, kind: str) -> None:
    collected = gather(projects=["lab"])

    assert collected.row("projects/lab", kind).status is CoverageStatus.COMPLETE
    assert collected.row("projects/lab", "crm-iam-policies").status is CoverageStatus.COMPLETE


def test_what_is_not_found_in_a_project_that_is_there_does_not_end_its_questions(gather: Any) -> None:
    fault = Fault(method="secretmanager.projects.secrets.list", kind="NOT_FOUND", times=9)
    collected = gather(Conduct(faults=(fault,)), projects=["shop"])

    assert collected.row("projects/shop", "secretmanager-secrets").status is CoverageStatus.FAILED
    assert collected.row("projects/shop", "secretmanager-secret-policies").detail.startswith("`secretmanager-secrets`")


def test_scopes_that_lie_in_each_other_are_asked_once(gather: Any) -> None:
    collected = gather(PROJECTS_ONLY, organizations=["1"], folders=["2"], projects=["shop"])

    assert collected.row("projects/shop", "iam-service-accounts").status is CoverageStatus.COMPLETE
    assert collected.row("projects/lab", "iam-service-accounts").status is CoverageStatus.COMPLETE
    assert collected.served.requests["google.iam.admin.v1.IAM/ListServiceAccounts"] == 2


def test_the_first_gap_of_parents_is_told_of_what_is_asked_about_them(gather: Any) -> None:
    fault = Fault(method="google.iam.admin.v1.IAM/ListServiceAccounts", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)), projects=["shop"])

    row = collected.row("projects/shop", "iam-service-account-keys")
    assert row.status is CoverageStatus.DENIED
    assert row.detail.startswith("`iam-service-accounts` is not complete")
    assert row.permission == "iam.serviceAccounts.list"
