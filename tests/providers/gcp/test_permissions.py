"""The custom role is enough, and each permission that is missing costs what the coverage says."""

import json
import re
from typing import Any

import pytest

from nhi_scan.demo.gcp.gate import Conduct
from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.permissions import FORMATS, permissions, render, rows, rows_above
from nhi_scan.providers.gcp.provider import PROVIDER

ORGANIZATION = permissions(rows(usage=True, organization=True))
PROJECT = permissions(rows(usage=True, organization=False))
SEES_THE_ORGANIZATION = "resourcemanager.organizations.get"  # what it costs is tested by itself
# Whoever lacks one of these is denied the sweep, and the way round by project begins.
OF_THE_SWEEP = ("cloudasset.", "serviceusage.")


def test_the_role_is_enough_for_an_organization(gather: Any) -> None:
    collected = gather(Conduct(permissions={"organizations/1": frozenset(ORGANIZATION)}), usage=True)

    assert collected.gaps() == {}


def test_the_role_without_usage_is_enough_without_usage(gather: Any) -> None:
    needed = frozenset(permissions(rows(usage=False, organization=True)))
    collected = gather(Conduct(permissions={"organizations/1": needed}))

    assert collected.gaps() == {}
    assert needed < set(ORGANIZATION)


@pytest.mark.parametrize("missing", sorted(set(ORGANIZATION) - {SEES_THE_ORGANIZATION}))
def test_each_missing_permission_of_an_organization_costs_what_coverage_says(gather: Any, missing: str) -> None:
    held = frozenset(ORGANIZATION) - {missing}
    collected = gather(Conduct(permissions={"organizations/1": held}), usage=True, organizations=["1"])

    gaps = collected.gaps()
    assert gaps, f"{missing} is not needed"
    needing = {call.kind for call in rows(usage=True, organization=True) if missing in call.permissions}
    own = {key: row for key, row in gaps.items() if row.permission == missing}
    assert own, gaps
    assert {kind for _, kind in own} >= needing
    if not missing.startswith(OF_THE_SWEEP):
        children = {call.kind for call in rows(usage=True, organization=True) if call.for_each in needing}
        assert {kind for _, kind in gaps} <= needing | children


def test_an_organization_that_may_not_be_seen_has_to_be_named(gather: Any) -> None:
    conduct = Conduct(permissions={"organizations/1": frozenset(ORGANIZATION) - {SEES_THE_ORGANIZATION}})

    with pytest.raises(
        UserError, match=r"no organization and no project can be found.*: name one with `--organization`"
    ):
        gather(conduct)
    assert gather(conduct, usage=True, organizations=["1"]).gaps() == {}


def test_the_role_is_enough_for_a_project(gather: Any) -> None:
    collected = gather(Conduct(permissions={"projects/shop": frozenset(PROJECT)}), usage=True, projects=["shop"])

    assert {scope for scope, _ in collected.gaps()} == {"folders/2", "folders/3", "organizations/1"}


def test_what_a_project_inherits_needs_what_its_note_names(gather: Any) -> None:
    above = permissions(rows_above())
    text = render("gcloud", usage=True, organization=False, project=True)
    held = {"projects/shop": frozenset(PROJECT), "organizations/1": frozenset(above)}

    assert f"above the project, too, the principal needs there: {', '.join(above)}\n" in text
    assert gather(Conduct(permissions=held), usage=True, projects=["shop"]).gaps() == {}
    for missing in above:
        held["organizations/1"] = frozenset(above) - {missing}
        gaps = gather(Conduct(permissions=held), usage=True, projects=["shop"]).gaps()
        assert {row.permission for row in gaps.values()} == {missing}


@pytest.mark.parametrize("missing", PROJECT)
def test_each_missing_permission_of_a_project_costs_what_coverage_says(gather: Any, missing: str) -> None:
    held = frozenset(PROJECT) - {missing}
    collected = gather(Conduct(permissions={"projects/shop": held}), usage=True, projects=["shop"])

    gaps = {key: row for key, row in collected.gaps().items() if key[0] == "projects/shop"}
    needing = {call.kind for call in rows(usage=True, organization=False) if missing in call.permissions}
    children = _below(needing)
    if missing == "resourcemanager.projects.get":  # nothing then tells which organization's they would be
        children |= {"iam-pab-policies", "iam-pab-bindings"}
    told = {kind for (_, kind), row in gaps.items() if row.permission == missing}
    assert needing <= told
    assert {kind for _, kind in gaps} <= needing | children


def _below(kinds: set[str]) -> set[str]:
    """Kinds that are asked for each record of some kinds, and of those in turn."""
    inner = {call.kind for call in rows(usage=True, organization=False) if call.for_each in kinds}
    return inner | _below(inner) if inner else inner


def test_without_the_administrators_right_groups_are_not_known(gather: Any) -> None:
    collected = gather(Conduct(groups=False))

    assert {kind for _, kind in collected.gaps()} == {"cloudidentity-groups", "cloudidentity-memberships"}
    row = collected.row("organizations/1", "cloudidentity-groups")
    assert (row.status.value, row.permission) == ("denied", "")
    assert row.detail.endswith("The administrator role `Groups Reader` of the directory allows it.")


def test_the_formats_are_those_that_the_provider_offers() -> None:
    assert tuple(PROVIDER.formats) == FORMATS


@pytest.mark.parametrize("asked", [{"usage": False}, {"usage": True}])
def test_json_is_a_role_as_iam_takes_it(asked: dict[str, bool]) -> None:
    role = json.loads(render("json", usage=asked["usage"], organization=False))

    assert set(role) == {"title", "description", "stage", "includedPermissions"}
    assert role["stage"] == "GA"
    assert role["includedPermissions"] == sorted(set(role["includedPermissions"]))
    assert ("storage.hmacKeys.list" in role["includedPermissions"]) is asked["usage"]
    assert "cloudasset.assets.listResource" in role["includedPermissions"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_all_permissions_and_no_other(form: str) -> None:
    text = render(form, usage=True, organization=True)

    found = set(re.findall(r"[a-z]+\.[A-Za-z]+\.[A-Za-z]+", text))
    assert set(ORGANIZATION) <= found
    assert text == render(form, usage=True, organization=True)
    assert text.endswith("\n")


def test_gcloud_makes_the_role_and_gives_it() -> None:
    text = render("gcloud", usage=False, organization=True)

    assert text.startswith("gcloud iam roles create nhiScan --organization=$ORGANIZATION_ID \\\n")
    assert "gcloud organizations add-iam-policy-binding $ORGANIZATION_ID" in text
    assert "Groups Reader" in text


def test_terraform_is_the_role_and_a_member() -> None:
    text = render("terraform", usage=False, organization=True)

    assert 'resource "google_organization_iam_custom_role" "nhi_scan"' in text
    assert 'resource "google_organization_iam_member" "nhi_scan"' in text
    assert text.count("{") == text.count("}")


def test_a_project_alone_has_a_role_of_its_own() -> None:
    role = json.loads(render("json", usage=True, organization=False, project=True))
    commands = render("gcloud", usage=True, organization=False, project=True)
    terraform = render("terraform", usage=True, organization=False, project=True)

    assert tuple(role["includedPermissions"]) == PROJECT
    assert commands.startswith("gcloud iam roles create nhiScan --project=$PROJECT_ID \\\n")
    assert "gcloud projects add-iam-policy-binding $PROJECT_ID" in commands
    assert f"--permissions={','.join(PROJECT)}\n" in commands
    assert 'resource "google_project_iam_custom_role" "nhi_scan" {\n  project     = var.project_id\n' in terraform
    assert 'resource "google_project_iam_member" "nhi_scan" {\n  project = var.project_id\n' in terraform
    assert "google_organization" not in terraform


def test_a_role_is_of_an_organization_or_of_a_project() -> None:
    with pytest.raises(UserError, match="`--organization` and `--project` are two roles"):
        render("json", usage=False, organization=True, project=True)


def test_another_format_is_refused() -> None:
    with pytest.raises(UserError, match="unknown format `yaml`: it is one of `json`, `gcloud`, `terraform`"):
        render("yaml", usage=False, organization=False)
