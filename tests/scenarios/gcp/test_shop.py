"""Google Cloud from Google's own records to findings: exactly those that the organization was given."""

import copy
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.snapshot.store import Snapshot

Write = Callable[..., Snapshot]
SHOP: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("shop.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Assessment:
    snapshot = write(tmp_path_factory.mktemp("shop") / "snapshot", SHOP)
    return app.analyse(snapshot, Settings(), app.shipped_rules())


def pairs(assessment: Assessment) -> set[tuple[str, str]]:
    return {(finding.rule_id, finding.subject_id) for finding in assessment.findings}


def test_findings_are_exactly_those_that_the_organization_was_given(assessment: Assessment) -> None:
    expected = {(rule, subject) for rule, subjects in SHOP["expect"].items() for subject in subjects}
    assert sorted(pairs(assessment)) == sorted(expected)
    assert len(assessment.findings) == len(expected)


# Rules that say that something is not there.
ABSENCES = {
    "empty-group",
    "project-without-owner",
    "service-account-of-unknown-project",
    "service-account-without-workload",
    "unbound-custom-role",
    "workload-runs-as-missing-role",
}


@pytest.mark.parametrize("status", [CoverageStatus.DENIED, CoverageStatus.PARTIAL, CoverageStatus.FAILED])
def test_where_nothing_was_collected_whole_nothing_is_called_absent(
    tmp_path: Path, write: Write, status: CoverageStatus
) -> None:
    snapshot = write(tmp_path / "snapshot", SHOP, status)
    found = pairs(app.analyse(snapshot, Settings(), app.shipped_rules()))
    expected = {(rule, subject) for rule, subjects in SHOP["expect"].items() for subject in subjects}
    assert found <= expected
    assert SHOP["expect"].keys() >= ABSENCES
    assert {rule for rule, _ in found} & ABSENCES == set()
    # What is there is wrong all the same.
    assert ("basic-role-on-service-account", "serviceAccount:ci@shop.iam.gserviceaccount.com") in found
    assert ("public-scope", "projects/lab") in found
    assert ("user-managed-key-exists", "serviceAccount:ci@shop.iam.gserviceaccount.com") in found


def test_what_is_not_assessed_says_why(assessment: Assessment) -> None:
    unanswered = {(row.rule_id, row.examples) for row in assessment.not_assessed}
    # Nobody records the use of its HMAC key.
    assert ("unused-service-account", ("serviceAccount:backup@shop.iam.gserviceaccount.com",)) in unanswered


def test_rules_of_aws_say_nothing_about_google_cloud(assessment: Assessment) -> None:
    for finding in assessment.findings:
        assert "aws " not in finding.remediation, finding.rule_id
        assert {reference.framework for reference in finding.references}.isdisjoint({"CIS-AWS-7.0.0"})
        assert not any("amazon" in reference.id for reference in finding.references), finding.rule_id


def test_every_finding_has_proof_that_names_google_clouds_own_things(assessment: Assessment) -> None:
    bare = {finding.rule_id for finding in assessment.findings if not finding.evidence}
    assert bare == {"empty-group", "unbound-custom-role"}  # nobody has them: there is nothing to show
    (root,) = [one for one in assessment.findings if one.rule_id == "administrator-equivalent"]
    assert "serviceAccount:root@lab.iam.gserviceaccount.com has roles/owner on projects/lab" in [
        piece.text for piece in root.evidence
    ]


def test_a_name_that_somebody_chose_is_one_word_of_a_command(tmp_path: Path, write: Write) -> None:
    pool = "principalSet://iam.googleapis.com/projects/300/locations/global/workloadIdentityPools/ci"
    member = f"{pool}/attribute.ref/'; $(reboot) `id` {{identity.name}} \n#"
    policy = {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]}
    estate = copy.deepcopy(SHOP)
    place = "//iam.googleapis.com/projects/shop/serviceAccounts/1001"
    estate["records"]["asset-iam-policies"].append({"resource": place, "project": "projects/100", "policy": policy})
    snapshot = write(tmp_path / "snapshot", estate)
    assessment = app.analyse(snapshot, Settings(), app.shipped_rules())
    (finding,) = [one for one in assessment.findings if one.subject_id == member]
    assert finding.rule_id == "federated-strangers-bound"
    assert f"--member={member}" in shlex.split(finding.remediation, comments=False)
