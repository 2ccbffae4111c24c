import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.finding import FindingState, Severity
from nhi_scan.report import diff
from nhi_scan.report.changes import Change, compare_assessments

PLAIN = "arn:aws:iam::111122223333:role/orders-api"
DEPLOY = "arn:aws:iam::111122223333:role/deploy"


@pytest.fixture
def later(rebuild: Callable[..., Assessment]) -> Callable[..., Assessment]:
    def make(**changes: object) -> Assessment:
        assessment = rebuild(**changes)
        return replace(assessment, captured_at=assessment.captured_at + timedelta(days=7))

    return make


def test_the_same_twice_is_no_difference(assessment: Assessment) -> None:
    difference = compare_assessments(assessment, assessment)
    assert difference.nothing
    assert b"nothing changed" in diff.render(assessment, assessment)


def test_a_finding_that_is_gone_is_resolved_where_its_subject_is_still_there(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    after = later(findings=lambda findings: [f for f in findings if f.subject_id != DEPLOY])
    difference = compare_assessments(assessment, after)
    assert [finding.subject_id for finding in difference.resolved] == [DEPLOY]
    assert difference.unverified == ()


def test_a_finding_whose_identity_nobody_could_list_is_unverified(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    after = later(
        findings=lambda findings: [f for f in findings if f.subject_id != DEPLOY],
        identities=lambda identities: [identity for identity in identities if identity.id != DEPLOY],
        coverage=lambda rows: [
            replace(row, status=CoverageStatus.DENIED) if row.record_kind == "iam-roles" else row for row in rows
        ],
    )
    difference = compare_assessments(assessment, after)
    assert [finding.subject_id for finding in difference.unverified] == [DEPLOY]
    assert difference.identities_unverified == (DEPLOY,)
    assert difference.resolved == difference.identities_gone == ()
    assert difference.coverage_lost == (("111122223333", "iam-roles", ""),)


def test_an_identity_that_is_missing_from_a_complete_list_is_gone(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    after = later(identities=lambda identities: [identity for identity in identities if identity.id != DEPLOY])
    assert compare_assessments(assessment, after).identities_gone == (DEPLOY,)
    assert compare_assessments(after, assessment).identities_added == (DEPLOY,)


def test_a_finding_of_a_rule_that_could_not_answer_is_unverified(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    before = later(findings=lambda findings: [replace(f, state=FindingState.OPEN) for f in findings])
    after = later(findings=lambda findings: [f for f in findings if f.rule_id != "unused-key"])
    missing = compare_assessments(before, after)
    assert {finding.rule_id for finding in missing.unverified} == {"unused-key"}
    assert missing.resolved == ()


def test_a_rise_in_privilege_comes_first_and_is_marked(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    after = replace(
        later(),
        privileges={
            PLAIN: Privilege(identity_id=PLAIN, level="administrator"),
            DEPLOY: Privilege(identity_id=DEPLOY, level="ordinary"),
        },
    )
    changes = compare_assessments(assessment, after).changes
    assert changes == (
        Change(
            subject_kind="identity",
            subject_id=PLAIN,
            what="privilege",
            before="can_become_administrator",
            after="administrator",
            worse=True,
        ),
        Change(subject_kind="identity", subject_id=DEPLOY, what="privilege", before="administrator", after="ordinary"),
    )


def test_a_replaced_credential_and_a_lost_owner_are_changes(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    after = later(
        identities=lambda identities: [replace(identity, owner=None) for identity in identities],
        credentials=lambda rows: [replace(row, status="inactive", created_at=None) for row in rows],
    )
    found = {(change.what, change.subject_kind) for change in compare_assessments(assessment, after).changes}
    assert found == {("owner", "identity"), ("status", "credential"), ("created", "credential")}


def test_a_moment_that_changed_is_written_as_in_the_json_report(
    assessment: Assessment, later: Callable[..., Assessment]
) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    after = later(credentials=lambda rows: [replace(row, created_at=moment) for row in rows])
    (change,) = compare_assessments(assessment, after).changes
    assert change.after == "2026-01-02T03:04:05Z"


def test_a_waiver_and_a_new_severity_judge_otherwise(assessment: Assessment, later: Callable[..., Assessment]) -> None:
    def judge(findings: list) -> list:
        return [
            replace(f, severity=Severity.LOW) if f.subject_id == DEPLOY else replace(f, state=FindingState.WAIVED)
            for f in findings
        ]

    pairs = compare_assessments(assessment, later(findings=judge)).judged_otherwise
    assert len(pairs) == 2
    assert {(old.severity, new.severity) for old, new in pairs if old.subject_id == DEPLOY} == {
        (Severity.CRITICAL, Severity.LOW)
    }


@pytest.fixture
def changed(later: Callable[..., Assessment]) -> Assessment:
    return replace(
        later(
            findings=lambda findings: [f for f in findings if f.subject_id != DEPLOY],
            credentials=lambda rows: rows[:0],
            coverage=lambda rows: [replace(row, status=CoverageStatus.COMPLETE) for row in rows],
        ),
        privileges={PLAIN: Privilege(identity_id=PLAIN, level="administrator")},
    )


def test_text_names_each_thing_under_its_heading(assessment: Assessment, changed: Assessment) -> None:
    text = diff.render(assessment, changed).decode()
    assert "2026-11-22 05:00 UTC -> 2026-11-29 05:00 UTC" in text
    assert f"findings resolved: 1\n- critical administrator {DEPLOY}\n" in text
    assert f"! {PLAIN}: privilege: can_become_administrator -> administrator" in text
    assert "\x1b" not in diff.render(changed, assessment).decode()


def test_json_holds_everything(assessment: Assessment, changed: Assessment) -> None:
    document = json.loads(diff.render(assessment, changed, "json"))
    assert [finding["subject_id"] for finding in document["findings"]["resolved"]] == [DEPLOY]
    assert document["changes"][0]["worse"] is True
    assert len(document["coverage"]["gained"]) == 2
    assert len(document["credentials"]["unverified"]) + len(document["credentials"]["gone"]) == 1


def test_markdown_escapes_and_lists(assessment: Assessment, changed: Assessment) -> None:
    backwards = diff.render(changed, assessment, "markdown").decode()
    assert "## Findings that appeared: 1" in backwards
    assert f"| critical | `administrator` | `{DEPLOY}` |" in backwards
    assert "<script>" not in backwards
    assert "=cmd|" not in backwards
    assert "\n\n\n\n" not in backwards
