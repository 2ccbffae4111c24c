"""The gate: 0, 1 or 3, and the reasons."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.findings.assess import assess
from nhi_scan.findings.assessment import Assessment
from nhi_scan.findings.baseline import Baseline
from nhi_scan.findings.gate import GateResult, gate
from nhi_scan.findings.waivers import read_waivers
from nhi_scan.model.finding import FindingState, NotAssessed, Severity
from nhi_scan.ruleset.run import RunResult
from nhi_scan.snapshot.manifest import Manifest

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def assessment(make: Any, *findings: Any, complete: bool = True, **coverage: Any) -> Assessment:
    inventory = make.inventory(**coverage)
    return Assessment(
        tool_version="0",
        captured_at=NOW,
        now=NOW,
        complete=complete,
        inventory=inventory,
        access=EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}),
        privileges={},
        findings=findings,
        not_assessed=(),
        rules=(),
        coverage=inventory.coverage,
    )


@pytest.mark.parametrize(
    ("severity", "state", "limits", "code"),
    [
        ("high", "new", {"fail_on": "none"}, 0),
        ("high", "new", {"fail_on": "critical"}, 0),
        ("high", "new", {"fail_on": "high"}, 1),
        ("high", "open", {"fail_on": "high"}, 1),
        ("high", "unverified", {"fail_on": "high"}, 1),
        ("high", "waived", {"fail_on": "low"}, 0),
        ("high", "resolved", {"fail_on": "low"}, 0),
        ("critical", "open", {"fail_on": "high"}, 1),
        ("medium", "open", {"fail_on": "high"}, 0),
        ("info", "open", {"fail_on": "low"}, 0),
        ("high", "open", {"fail_on": "high", "fail_on_new": True}, 0),
        ("high", "new", {"fail_on": "high", "fail_on_new": True}, 1),
        ("low", "new", {"fail_on": "high", "fail_on_new": True}, 0),
        ("low", "new", {"fail_on_new": True}, 1),
        ("low", "unverified", {"fail_on_new": True}, 0),
    ],
)
def test_which_findings_fail(make: Any, severity: str, state: str, limits: Any, code: int) -> None:
    finding = make.finding(severity=Severity(severity), state=FindingState(state))
    result = gate(assessment(make, finding), **limits)
    assert result.exit_code == code
    assert bool(result.reasons) == bool(code)


def test_incomplete_coverage_is_another_exit_code(make: Any) -> None:
    denied = assessment(make, denied=("iam-roles",))
    assert gate(denied) == GateResult(0)
    result = gate(denied, require_complete=True)
    assert result == GateResult(3, ("coverage incomplete: `iam-roles` of 111122223333 (denied)",))
    assert gate(assessment(make, complete=False), require_complete=True).exit_code == 3
    assert gate(assessment(make, complete=True), require_complete=True) == GateResult(0)


def test_an_interrupted_collection_meets_no_limit_on_findings(make: Any) -> None:
    interrupted = assessment(make, complete=False)
    assert gate(interrupted, fail_on="low").exit_code == 3
    assert gate(interrupted, fail_on_new=True).exit_code == 3
    assert gate(interrupted).exit_code == 0
    assert gate(assessment(make, complete=False, denied=("iam-roles",)), fail_on="low").exit_code == 0


def test_findings_come_before_coverage_and_both_are_said(make: Any) -> None:
    both = assessment(make, make.finding(), denied=("iam-roles", "iam-users"))
    result = gate(both, fail_on="medium", require_complete=True)
    assert result.exit_code == 1
    assert result.reasons == (
        "gate failed: 1 finding of severity medium or worse (`unused-role`)",
        "coverage incomplete: `iam-roles` of 111122223333 (denied) and 1 more",
    )


def test_assess_composes_and_sorts(make: Any) -> None:
    inventory = make.inventory("role/app", denied=("lambda-functions", "iam-users"))
    low, high = make.finding("role/b", severity=Severity.LOW), make.finding("role/z", severity=Severity.HIGH)
    gone = make.finding("role/app")
    waiver = {
        "fingerprint": low.fingerprint,
        "reason": "r",
        "approved_by": "a",
        "ticket": "t",
        "expires": "2026-07-01",
    }
    rows = tuple(
        NotAssessed(rule_id=name, title="", subject_kind="identity", reason="", count=1) for name in ("z", "a")
    )
    result = assess(
        manifest=Manifest(captured_at=NOW, tool_version="1", complete=True),
        inventory=inventory,
        access=EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}),
        privileges={},
        rules=(),
        answers=RunResult((low, high), rows),
        now=NOW,
        baseline=Baseline([gone, high]),
        waivers=read_waivers([waiver], "w"),
    )
    assert [(f.subject_id[-1], f.state.value) for f in result.findings] == [
        ("z", "open"),
        ("p", "unverified"),
        ("b", "waived"),
    ]
    assert [row.rule_id for row in result.not_assessed] == ["a", "z"]
    assert [row.record_kind for row in result.coverage] == ["iam-users", "lambda-functions"]
    assert not result.complete


def test_without_a_baseline_all_is_new(make: Any) -> None:
    inventory = make.inventory()
    result = assess(
        manifest=Manifest(captured_at=NOW, tool_version="1", complete=True),
        inventory=inventory,
        access=EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}),
        privileges={},
        rules=(),
        answers=RunResult((make.finding(),), ()),
        now=NOW,
    )
    assert [f.state for f in result.findings] == [FindingState.NEW]
    assert result.complete
