"""What goes wrong on the way costs no more than it must."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.gcp.estate import Binding, Estate, Group, Project
from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.demo.gcp.large import large
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind

ROOT = "organizations-1"
UNLIMITED = {"assets_per_minute": 10_000, "searches_per_minute": 10_000}


@pytest.mark.parametrize("kind", ["INTERNAL", "UNAVAILABLE", "truncated", "closed"])
@pytest.mark.parametrize(
    "method", ["cloudasset.assets.list", "policyanalyzer.organizations.locations.activityTypes.activities.query"]
)
def test_what_happens_once_is_asked_again(gather: Any, kind: str, method: str) -> None:
    collected = gather(Conduct(faults=(Fault(method=method, kind=kind),)))

    assert collected.gaps() == {}


@pytest.mark.parametrize("method", ["google.iam.admin.v1.IAM/ListRoles", "cloudasset.searchAllIamPolicies"])
def test_haste_is_slowed_down_and_not_punished(gather: Any, method: str) -> None:
    collected = gather(Conduct(quotas={method: 0}, retry_delay=0.01), max_attempts=2)

    assert {row.detail.split(":")[0] for row in collected.gaps().values()} == {"`RATE_LIMIT_EXCEEDED`"}


class Always(dict[str, int]):
    """A quota of nothing for every method there is."""

    def get(self, _method: str, _default: Any = None) -> int:
        return 0


@pytest.mark.parametrize("section", [{"usage": True, "organizations": ["1"]}, {"projects": ["shop", "lab"]}])
def test_a_storm_of_refusals_ends_in_coverage_and_in_no_endless_wait(gather: Any, section: dict[str, Any]) -> None:
    collected = gather(Conduct(quotas=Always(), retry_delay=0.001), max_attempts=2, give_up_after=1, **section)

    rows = collected.snapshot.manifest.coverage
    complete = {row.record_kind for row in rows if row.status is CoverageStatus.COMPLETE}
    assert complete == {"cloudidentity-groups", "cloudidentity-memberships"}, "no binding names one: none was asked"
    assert sum("`RATE_LIMIT_EXCEEDED`" in row.detail for row in rows) > 10
    assert collected.served.requests.total() < 2 * len(rows), "an API that refuses everything is not asked patiently"


def test_a_quota_between_pages_costs_time_and_nothing_else(gather: Any) -> None:
    conduct = Conduct(quotas={"cloudasset.assets.list": 1, "cloudasset.searchAllIamPolicies": 1})
    collected = gather(conduct, of=large(700, 2000), deny_policies_at_most=1, **UNLIMITED)

    assert collected.gaps() == {}
    assert collected.served.requests["cloudasset.assets.list"] > 8, "refused between the pages"
    assert len(collected.records("organizations-900000000001", "asset-iam-service-account")) == 2000


def test_an_asset_type_that_google_dropped_costs_only_itself(gather: Any) -> None:
    gone = ("composer.googleapis.com/Environment", "run.googleapis.com/Job")
    collected = gather(Conduct(unlisted=frozenset(gone)))

    assert set(collected.gaps()) == {("organizations/1", asset_kind(asset_type)) for asset_type in gone}
    row = collected.row("organizations/1", "asset-run-job")
    assert (row.status, row.detail) == (
        CoverageStatus.FAILED,
        "`INVALID_ARGUMENT`: Cloud Asset Inventory does not list this type",
    )
    assert collected.served.requests["cloudasset.assets.list"] == 3


def test_a_refusal_that_names_no_type_is_not_repeated(gather: Any) -> None:
    collected = gather(Conduct(faults=(Fault(method="cloudasset.assets.list", kind="INVALID_ARGUMENT", times=99),)))

    rows = [collected.row("organizations/1", asset_kind(asset_type)) for asset_type in ASSET_TYPES]
    assert {row.status for row in rows} == {CoverageStatus.FAILED}
    assert collected.served.requests["cloudasset.assets.list"] == 2, "a type that is surely there is tried"


def test_pools_that_the_inventory_does_not_list_are_asked_of_the_projects_that_bindings_name(
    gather: Any, estate: Estate
) -> None:
    pool = "//iam.googleapis.com/projects/77/locations/global/workloadIdentityPools/gh"
    named = Binding(place="projects/lab", role="roles/viewer", members=(f"principalSet:{pool}/*",))
    types = ("iam.googleapis.com/WorkloadIdentityPool", "iam.googleapis.com/WorkloadIdentityPoolProvider")
    collected = gather(Conduct(unlisted=frozenset(types)), of=replace(estate, bindings=[named]))

    assert len(collected.records("projects-shop", "iam-workload-identity-pool-providers")) == 1
    assert collected.served.requests["iam.projects.locations.workloadIdentityPools.list"] == 1


def test_a_listing_that_breaks_off_is_partial(gather: Any) -> None:
    fault = Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", after=1, times=99)
    collected = gather(Conduct(faults=(fault,)), of=large(3, 1500), **UNLIMITED)

    row = collected.row("organizations/900000000001", "asset-iam-service-account")
    assert row.status is CoverageStatus.PARTIAL
    assert 0 < row.records < 1500


def test_a_page_token_that_comes_again_is_a_failure_and_no_loop(gather: Any) -> None:
    fault = Fault(method="cloudasset.assets.list", kind="repeated_token", times=99)
    collected = gather(Conduct(faults=(fault,)), of=large(3, 1500), **UNLIMITED)

    row = collected.row("organizations/900000000001", "asset-iam-service-account")
    assert row.status is CoverageStatus.PARTIAL
    assert row.detail == "`PagingLoop`: `list_assets` gave the same page token twice"
    assert collected.served.requests["cloudasset.assets.list"] <= 6


def test_a_project_deleted_between_two_questions_is_no_crash(gather: Any) -> None:
    fault = Fault(method="cloudasset.searchAllIamPolicies", kind="gone", project="projects/shop")
    collected = gather(Conduct(faults=(fault,)), usage=True)

    assert set(collected.gaps()) <= {
        ("projects/shop", kind)
        for kind in (
            "iam-deny-policies",
            "recommender-iam-recommendations",
            "recommender-service-account-insights",
            "storage-hmac-keys",
        )
    }
    assert all(row.detail for row in collected.gaps().values())


def test_a_large_ring_of_groups_ends(gather: Any, estate: Estate) -> None:
    size = 30
    ring = [
        Group(id=f"groups/r{n}", email=f"r{n}@example.com", members=(f"group:r{(n + 1) % size}@example.com",))
        for n in range(size)
    ]
    bound = Binding(place="projects/lab", role="roles/viewer", members=("group:r0@example.com",))
    collected = gather(of=replace(estate, groups=ring, bindings=[bound]))

    assert len(collected.records(ROOT, "cloudidentity-groups")) == size
    assert collected.served.requests["cloudidentity.groups.memberships.list"] == size


def test_a_group_that_nobody_may_list_is_known_and_its_members_are_not(gather: Any, estate: Estate) -> None:
    hidden = [replace(group, hidden=group.id == "groups/c") for group in estate.groups]
    collected = gather(of=replace(estate, groups=hidden))

    listed = {of["email"]: of["listed"] for of in collected.kept(ROOT, "cloudidentity-groups")}
    assert listed == {"admins@example.com": True, "inner@example.com": True, "readers@example.com": False}
    assert collected.row("organizations/1", "cloudidentity-memberships").status is CoverageStatus.PARTIAL


def test_a_project_id_with_a_domain_has_a_folder(gather: Any, estate: Estate) -> None:
    projects = [*estate.projects, Project(id="projects/example.com:web", number="90", parent="organizations/1")]
    collected = gather(of=replace(estate, projects=projects), usage=True)

    assert collected.row("projects/example.com:web", "storage-hmac-keys").status is CoverageStatus.COMPLETE
