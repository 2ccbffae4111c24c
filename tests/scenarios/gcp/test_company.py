"""A company that is in order: what is said of it is right, and what nobody could look at is not called absent."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Severity
from nhi_scan.snapshot.store import Snapshot

COMPANY: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("company.yaml").read_text("utf-8"))
EXPECTED = {(rule, subject) for rule, subjects in COMPANY["expect"].items() for subject in subjects}
GROUPS = frozenset({"cloudidentity-groups", "cloudidentity-memberships"})
Analyse = Callable[..., Assessment]


@pytest.fixture
def analyse(tmp_path: Path, write: Callable[..., Snapshot]) -> Analyse:
    def run(estate: dict[str, Any] = COMPANY, denied: frozenset[str] = frozenset()) -> Assessment:
        return app.analyse(write(tmp_path / "snapshot", estate, denied=denied), Settings(), app.shipped_rules())

    return run


def pairs(assessment: Assessment) -> set[tuple[str, str]]:
    return {(finding.rule_id, finding.subject_id) for finding in assessment.findings}


def at(estate: dict[str, Any], project: str) -> list[Any]:
    """The bindings on a project."""
    place = f"//cloudresourcemanager.googleapis.com/projects/{project}"
    (policy,) = [row["policy"] for row in estate["records"]["asset-iam-policies"] if row["resource"] == place]
    bindings: list[Any] = policy["bindings"]
    return bindings


def test_a_company_in_order_is_told_little_and_only_what_is_right(analyse: Analyse) -> None:
    assessment = analyse()
    assert pairs(assessment) == EXPECTED
    grave = {one.rule_id for one in assessment.findings if one.severity not in (Severity.LOW, Severity.INFO)}
    assert grave == {"administrator-equivalent"}


def test_what_cannot_be_judged_is_what_no_api_tells(analyse: Analyse) -> None:
    assert {row.rule_id for row in analyse().not_assessed} <= {"domain-wide-delegation", "owner-gone"}


def test_where_groups_may_not_be_listed_nobody_is_called_absent_and_nothing_more_is_claimed(analyse: Analyse) -> None:
    assessment = analyse(denied=GROUPS)
    assert pairs(assessment) == EXPECTED
    (root,) = [one for one in assessment.findings if one.rule_id == "administrator-equivalent"]
    assert root.subject_id == "serviceAccount:terraform@seed.iam.gserviceaccount.com"


def test_a_group_that_may_not_be_listed_is_not_empty(analyse: Analyse) -> None:
    estate = copy.deepcopy(COMPANY)
    estate["records"]["cloudidentity-memberships"] = estate["records"]["cloudidentity-memberships"][:1]
    denied = analyse(estate, frozenset({"cloudidentity-memberships"}))
    assert "empty-group" not in {rule for rule, _ in pairs(denied)}


def test_a_group_without_members_that_was_listed_is_empty(analyse: Analyse) -> None:
    estate = copy.deepcopy(COMPANY)
    estate["records"]["cloudidentity-memberships"] = estate["records"]["cloudidentity-memberships"][:1]
    assert pairs(analyse(estate)) - EXPECTED == {("empty-group", "group:developers@corp.example")}


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("serviceAccount:500-compute@developer.gserviceaccount.com", "default-service-account-editor"),
        ("serviceAccount:web@appspot.gserviceaccount.com", "default-service-account-editor"),
        ("serviceAccount:storefront@web.iam.gserviceaccount.com", "basic-role-on-service-account"),
    ],
)
def test_what_an_older_organization_would_have_is_found(analyse: Analyse, member: str, rule: str) -> None:
    estate = copy.deepcopy(COMPANY)
    at(estate, "web")[0]["members"].append(member)
    assert (rule, member) in pairs(analyse(estate))


def test_who_may_mint_tokens_by_a_role_of_ones_own_is_found(analyse: Analyse) -> None:
    estate = copy.deepcopy(COMPANY)
    role = {"name": "roles/own", "includedPermissions": ["iam.serviceAccounts.getAccessToken"]}
    estate["records"]["iam-predefined-roles"].append(role)
    member = "serviceAccount:storefront@web.iam.gserviceaccount.com"
    at(estate, "web").append({"role": "roles/own", "members": [member]})
    assert pairs(analyse(estate)) - EXPECTED == {("act-as-any-service-account", member)}


def test_an_account_that_no_list_has_leaves_no_project_without_owner(analyse: Analyse) -> None:
    estate = copy.deepcopy(COMPANY)
    builder = "serviceAccount:500@cloudbuild.gserviceaccount.com"
    at(estate, "web").append({"role": "roles/run.developer", "members": [builder]})
    assert pairs(analyse(estate)) == EXPECTED


def test_in_a_project_that_names_no_owner_that_is_said_once(analyse: Analyse) -> None:
    estate = copy.deepcopy(COMPANY)
    for row in estate["records"]["asset-cloudresourcemanager-project"]:
        row["resource"]["data"].pop("labels")
    told = pairs(analyse(estate)) - EXPECTED
    assert told == {("project-without-owner", f"projects/{name}") for name in ("fleet", "seed", "web")}
