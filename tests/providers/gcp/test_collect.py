"""An organization by its sweep: what comes, what it costs, what is not asked."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.gcp.estate import Estate, Recommendation
from nhi_scan.demo.gcp.gate import Conduct
from nhi_scan.demo.gcp.large import large
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind

ROOT = "organizations-1"
CONSTANT = 70  # requests that an organization costs, however large it is: most of them for deny policies
UNLIMITED = {"assets_per_minute": 10_000, "searches_per_minute": 10_000}


def test_an_organization_comes_whole(whole: Any) -> None:
    assert whole.gaps() == {}
    assert whole.served.breaches == []


def test_assets_are_sorted_into_their_kinds(whole: Any) -> None:
    for asset_type, count in (
        ("iam.googleapis.com/ServiceAccount", 2),
        ("iam.googleapis.com/ServiceAccountKey", 2),
        ("iam.googleapis.com/Role", 2),
        ("iam.googleapis.com/WorkloadIdentityPoolProvider", 1),
        ("cloudresourcemanager.googleapis.com/Folder", 2),
        ("compute.googleapis.com/Instance", 1),
    ):
        records = whole.records(ROOT, asset_kind(asset_type))
        assert [record["assetType"] for record in records] == [asset_type] * count
        assert all(record["resource"]["data"] for record in records)


def test_every_asset_type_has_coverage(whole: Any) -> None:
    for asset_type in ASSET_TYPES:
        assert whole.row("organizations/1", asset_kind(asset_type)).status is CoverageStatus.COMPLETE


def test_records_are_googles_json(whole: Any) -> None:
    (key, _) = sorted(whole.records(ROOT, "asset-iam-service-account-key"), key=lambda record: str(record["name"]))
    policies = {record["resource"]: record for record in whole.records(ROOT, "asset-iam-policies")}
    roles = {record["name"]: record for record in whole.records(ROOT, "iam-predefined-roles")}

    assert key["resource"]["data"]["validAfterTime"].endswith("Z")
    shop = policies["//cloudresourcemanager.googleapis.com/projects/77"]
    assert shop["policy"]["bindings"][0]["condition"]["expression"].startswith("request.time")
    assert roles["roles/owner"]["includedPermissions"] == ["iam.roles.list"]


def test_deny_policies_come_with_their_rules_and_say_where_they_hang(whole: Any) -> None:
    points = [of["attachmentPoint"] for of in whole.kept(ROOT, "iam-deny-policies")]
    records = whole.records(ROOT, "iam-deny-policies")

    assert points == [
        "cloudresourcemanager.googleapis.com/organizations/1",
        "cloudresourcemanager.googleapis.com/projects/shop",
    ]
    assert all(record["rules"][0]["denyRule"]["deniedPermissions"] for record in records)
    for scope in ("organizations/1", "folders/2", "folders/3", "projects/lab", "projects/shop"):
        assert whole.row(scope, "iam-deny-policies").status is CoverageStatus.COMPLETE


def test_boundaries_come_with_their_bindings(whole: Any) -> None:
    (policy,) = whole.records(ROOT, "iam-pab-policies")
    (binding,) = whole.records(ROOT, "iam-pab-bindings")

    assert policy["details"]["rules"][0]["effect"] == "ALLOW"
    assert binding["policy"] == policy["name"]


def test_pools_of_the_workforce_come_with_their_providers(whole: Any) -> None:
    assert [record["name"] for record in whole.records(ROOT, "iam-workforce-pool-providers")] == [
        "locations/global/workforcePools/people/providers/okta"
    ]


def test_only_groups_that_bindings_name_are_asked_and_those_in_them_once(whole: Any) -> None:
    asked = sorted((of["email"], of["listed"]) for of in whole.kept(ROOT, "cloudidentity-groups"))

    assert asked == [("admins@example.com", True), ("inner@example.com", True), ("readers@example.com", True)]
    of = whole.kept(ROOT, "cloudidentity-memberships")
    assert {(one["group"], one["email"]) for one in of} == {
        ("groups/a", "admins@example.com"),
        ("groups/b", "inner@example.com"),
        ("groups/c", "readers@example.com"),
    }
    assert whole.served.requests["cloudidentity.groups.memberships.list"] == 3


def test_when_accounts_and_keys_were_used_is_asked_of_the_organization(whole: Any) -> None:
    assert len(whole.records(ROOT, "policyanalyzer-service-account-activities")) == 1
    assert len(whole.records(ROOT, "policyanalyzer-key-activities")) == 1


def test_what_only_projects_can_be_asked_is_skipped_without_usage(whole: Any) -> None:
    for kind in ("recommender-iam-recommendations", "recommender-service-account-insights", "storage-hmac-keys"):
        row = whole.row("organizations/1", kind)
        assert (row.status, row.detail) == (CoverageStatus.SKIPPED, "each project is asked by itself: `--usage` does")


def test_with_usage_each_project_is_asked(gather: Any) -> None:
    collected = gather(usage=True)

    assert [record["accessId"] for record in collected.records("projects-shop", "storage-hmac-keys")] == ["GOOG1E"]
    assert collected.row("projects/lab", "storage-hmac-keys").status is CoverageStatus.COMPLETE
    assert collected.served.requests["storage.projects.hmacKeys.list"] == 2  # not of the one that is being deleted


def test_with_usage_folders_and_the_organization_are_asked_for_recommendations(gather: Any, estate: Estate) -> None:
    places = ("organizations/1", "folders/2", "projects/shop")
    advice = [
        Recommendation(place=place, source="google.iam.policy.Recommender", id=f"r{number}", data={})
        for number, place in enumerate(places)
    ]
    collected = gather(of=replace(estate, recommendations=advice), usage=True)

    for place in places:
        row = collected.row(place, "recommender-iam-recommendations")
        assert (row.status, row.records) == (CoverageStatus.COMPLETE, 1)
    assert collected.served.requests["recommender.projects.locations.recommenders.recommendations.list"] == 2


def test_nothing_is_asked_by_account_or_by_project(whole: Any) -> None:
    """Deny policies and groups are the exception, and are bounded."""
    few = {"iam.policies.listPolicies", "iam.policies.get", "cloudidentity.groups.lookup"}
    for method, count in whole.served.requests.items():
        if method not in few:
            assert count <= 3, method


@pytest.mark.parametrize(("projects", "accounts"), [(3, 300), (240, 6000)])
def test_requests_grow_by_one_for_two_hundred_accounts(gather: Any, projects: int, accounts: int) -> None:
    collected = gather(of=large(projects, accounts), deny_policies_at_most=50, **UNLIMITED)

    assert collected.gaps() == {}
    assert len(collected.records("organizations-900000000001", "asset-iam-service-account")) == accounts
    assert collected.served.requests.total() <= CONSTANT + accounts / 200


def test_deny_policies_of_what_is_left_out_are_not_known(gather: Any) -> None:
    collected = gather(deny_policies_at_most=1)

    assert collected.row("folders/2", "iam-deny-policies").status is CoverageStatus.COMPLETE
    row = collected.row("projects/shop", "iam-deny-policies")
    assert (row.status, row.detail) == (CoverageStatus.SKIPPED, "`--usage` asks every folder and project")
    assert collected.served.requests["iam.policies.listPolicies"] == 2


def test_with_usage_no_deny_policy_is_left_out(gather: Any) -> None:
    collected = gather(deny_policies_at_most=1, usage=True)

    assert collected.row("projects/shop", "iam-deny-policies").records == 1


def test_groups_beyond_the_bound_make_memberships_partial(gather: Any) -> None:
    collected = gather(groups_at_most=1)

    row = collected.row("organizations/1", "cloudidentity-memberships")
    assert row.status is CoverageStatus.PARTIAL
    assert row.detail == "1 groups were asked and 2 or more were not: `--usage` asks all"


def test_a_folder_is_swept_without_what_is_the_organizations(gather: Any) -> None:
    collected = gather(folders=["2"])

    assert collected.gaps() == {}
    names = [record["name"] for record in collected.records("folders-2", "asset-cloudresourcemanager-project")]
    assert names == ["//cloudresourcemanager.googleapis.com/projects/77"]
    row = collected.row("folders/2", "iam-workforce-pools")
    assert row.status is CoverageStatus.SKIPPED
    assert row.detail == "it belongs to the organization, which was not asked about"
    assert collected.row("organizations/1", "iam-pab-policies").records == 1, "which holds for what is in the folder"
    assert collected.row("organizations/1", "crm-iam-policies").records == 1
    assert collected.snapshot.count("gcp", "organizations-1", "asset-iam-service-account") == 0


def test_progress_is_told(whole: Any) -> None:
    assert whole.steps.told[0] == ("start", "organizations/1")
    assert whole.steps.told[-1] == ("done", "organizations/1")
    assert ("advance", "organizations/1") in whole.steps.told


def test_no_organization_and_no_project_is_said(gather: Any) -> None:
    with pytest.raises(UserError, match="name one with `--organization`, `--folder` or `--project`"):
        gather(Conduct(permissions={}))
