"""What lies above the projects and folders that were named is inherited by them: read, or said to be unread."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.gcp.estate import Estate, Tag
from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import NothingReadError
from nhi_scan.providers.gcp.normalise import normalise

ALL = frozenset({"*"})
ABOVE = {"folders/3", "folders/2", "organizations/1"}
INHERITED = ("crm-iam-policies", "iam-deny-policies", "iam-pab-policies", "iam-pab-bindings")
NAMED = [{"projects": ["shop"]}, {"folders": ["3"]}]


@pytest.mark.parametrize("section", NAMED)
def test_what_is_above_is_read_and_the_hierarchy_is_rooted(gather: Any, estate: Estate, section: Any) -> None:
    tags = [Tag(place="organizations/1", key="env", value="prod", number="12300")]
    root = "projects-shop" if "projects" in section else "folders-3"
    collected = gather(of=replace(estate, tags=tags), **section)

    assert collected.gaps() == {}
    records = normalise(collected.snapshot)
    scopes = {scope.id: scope for scope in records.scopes}
    assert [scopes[id_].parent_id for id_ in ("projects/shop", "folders/3", "folders/2", "organizations/1")] == [
        "folders/3",
        "folders/2",
        "organizations/1",
        "",
    ]
    assert {scopes["folders/2"].name, scopes["organizations/1"].name}.isdisjoint({"folders/2", "organizations/1"})
    assert {("organizations/1", "group:admins@example.com"), ("folders/2", "group:readers@example.com")} <= {
        (one.scope_id, one.principal_id) for one in records.bindings
    }
    assert {(one.kind, one.scope_id) for one in records.guardrails} >= {
        ("deny_policy", "organizations/1"),
        ("principal_access_boundary", "organizations/1"),
    }
    assert scopes["organizations/1"].policy_tags == (("1/env", "prod"),)
    assert {"projects/lab"}.isdisjoint(scopes)
    emails = {of["email"] for of in collected.kept(root, "cloudidentity-groups")}
    assert {"admins@example.com", "readers@example.com"} <= emails


@pytest.mark.parametrize("section", NAMED)
def test_what_is_above_and_denied_is_missing_above_and_where_it_is_inherited(gather: Any, section: Any) -> None:
    root = "projects/shop" if "projects" in section else "folders/3"
    collected = gather(Conduct(permissions={root: ALL}), **section)

    gaps = collected.gaps()
    assert {scope for scope, _ in gaps} == ABOVE - {root}
    assert gaps["organizations/1", "crm-iam-policies"].permission == "resourcemanager.organizations.getIamPolicy"
    assert gaps["folders/2", "crm-iam-policies"].permission == "resourcemanager.folders.getIamPolicy"
    assert gaps["folders/2", "iam-deny-policies"].permission == "iam.denypolicies.list"
    assert gaps["organizations/1", "iam-pab-policies"].permission == "iam.principalaccessboundarypolicies.list"
    inventory = build([normalise(collected.snapshot)])
    assert {inventory.covered("projects/shop", kind) for kind in INHERITED} == {False}
    assert inventory.covered("projects/shop", "asset-iam-policies") is (None if "projects" in section else False)
    told = [row for row in inventory.coverage if (row.scope_id, row.record_kind) == (root, "iam-deny-policies")]
    assert any(row.status is CoverageStatus.PARTIAL and row.permission == "iam.denypolicies.list" for row in told)


def test_what_is_above_a_project_that_may_not_be_seen_is_not_known(gather: Any) -> None:
    held = frozenset({"resourcemanager.projects.getIamPolicy", "iam.serviceAccounts.list"})
    collected = gather(Conduct(permissions={"projects/shop": held}), projects=["shop"])

    row = collected.row("projects/shop", "iam-pab-policies")
    assert (row.status, row.permission) == (CoverageStatus.DENIED, "resourcemanager.projects.get")
    assert collected.row("projects/shop", "crm-ancestries").status is CoverageStatus.DENIED
    inventory = build([normalise(collected.snapshot)])
    assert inventory.covered("projects/shop", "crm-iam-policies") is False


def test_a_folder_whose_sweep_is_denied_is_walked_up_from(gather: Any) -> None:
    fault = Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)), folders=["3"])

    assert {scope for scope, _ in collected.gaps()} == {"folders/3"}
    assert collected.row("organizations/1", "crm-iam-policies").records == 1


def test_what_two_projects_share_is_asked_once(gather: Any) -> None:
    collected = gather(projects=["shop", "lab"])

    assert collected.gaps() == {}
    assert collected.served.requests["cloudresourcemanager.organizations.getIamPolicy"] == 1


@pytest.mark.parametrize("section", [{"projects": ["nope"]}, {"folders": ["999"]}, {"organizations": ["999"]}])
def test_what_google_has_not_found_is_said_at_once(gather: Any, section: Any) -> None:
    ((kind, (name,)),) = section.items()

    with pytest.raises(NothingReadError, match=f"^there is no `{kind}/{name}`"):
        gather(**section)


@pytest.mark.parametrize("section", [{"projects": ["nope"]}, {"folders": ["999"]}, {"organizations": ["999"]}])
def test_where_nothing_can_be_read_nothing_is_kept(gather: Any, section: Any) -> None:
    ((kind, (name,)),) = section.items()

    with pytest.raises(NothingReadError, match=f"^nothing of `{kind}/{name}` could be read: it may not exist"):
        gather(Conduct(permissions={}), **section)


def test_one_of_two_that_may_not_exist_costs_coverage(gather: Any) -> None:
    collected = gather(Conduct(permissions={"projects/shop": ALL}), projects=["shop", "nope"])

    assert collected.row("projects/nope", "crm-projects").status is CoverageStatus.DENIED
    assert collected.row("projects/shop", "crm-projects").status is CoverageStatus.COMPLETE


def test_without_an_organization_to_be_seen_every_project_that_can_be_seen_is_asked(gather: Any) -> None:
    seen = dict.fromkeys(("projects/shop", "projects/lab", "projects/old"), ALL)
    collected = gather(Conduct(permissions=seen))

    for project in ("projects/shop", "projects/lab"):
        assert collected.row(project, "iam-service-accounts").status is CoverageStatus.COMPLETE
    assert collected.row("organizations/1", "crm-organizations").status is CoverageStatus.DENIED
    assert not [row for row in collected.snapshot.manifest.coverage if row.scope_id == "projects/old"]


def test_a_search_for_what_to_ask_about_that_fails_is_a_gap_and_not_a_smaller_world(gather: Any) -> None:
    fault = Fault(method="cloudresourcemanager.organizations.search", kind="INTERNAL", times=9)
    collected = gather(Conduct(faults=(fault,)), max_attempts=1)

    gap = collected.gaps()["projects/lab", "crm-organizations-search"]
    assert gap.status is CoverageStatus.FAILED
    assert gap.detail


def test_an_api_that_is_off_for_the_search_is_denied(gather: Any) -> None:
    fault = Fault(method="cloudresourcemanager.organizations.search", kind="PERMISSION_DENIED", times=9)
    collected = gather(Conduct(faults=(fault,)), max_attempts=1)

    assert collected.gaps()["projects/lab", "crm-organizations-search"].status is CoverageStatus.DENIED
