"""Rules over a small estate: findings, reasons, order, and names that want to do harm."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nhi_scan import data
from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.facts.tables import derive
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Confidence, Evidence, Severity
from nhi_scan.model.identity import NEVER_USED, Credential, Identity, LastUsed, Nature, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.ruleset.configure import configure
from nhi_scan.ruleset.load import load
from nhi_scan.ruleset.rule import Rule
from nhi_scan.ruleset.run import RunResult, once, run

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ACCOUNT = "111122223333"
RULES = load([data.folder("rules")])
EVIL = "'; rm -rf / #</script>{identity.owner}\n=HYPERLINK()"


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def estate(user: str = "ci") -> Records:
    user_id, role_id = f"arn:aws:iam::{ACCOUNT}:user/{user}", f"arn:aws:iam::{ACCOUNT}:role/app"
    return Records(
        scopes=[Scope(id=ACCOUNT, provider="aws", kind="account", name="main")],
        identities=[
            Identity(
                id=user_id,
                provider="aws",
                kind="iam_user",
                nature=Nature.NON_HUMAN,
                nature_reason="its name says so",
                name=user,
                scope_id=ACCOUNT,
                created_at=ago(500),
                last_authenticated=LastUsed.on(ago(3)),
                has_console_password=True,
            ),
            Identity(
                id=role_id,
                provider="aws",
                kind="iam_role",
                nature=Nature.NON_HUMAN,
                nature_reason="it trusts a service",
                name="app",
                scope_id=ACCOUNT,
                created_at=ago(500),
                last_authenticated=LastUsed.on(ago(1)),
            ),
        ],
        credentials=[
            Credential(
                id=f"{user_id}#access-key-{number}",
                provider="aws",
                identity_id=user_id,
                scope_id=ACCOUNT,
                kind="access_key",
                status="active",
                created_at=ago(500),
                last_used=used,
            )
            for number, used in ((1, LastUsed.on(ago(3))), (2, NEVER_USED))
        ],
        trusts=[
            Trust(
                id=f"{role_id}#trust/*",
                identity_id=role_id,
                subject="*",
                subject_kind="anyone",
                policy_id=f"{role_id}#trust",
            )
        ],
        workloads=[
            Workload(
                id=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:hook",
                provider="aws",
                kind="lambda_function",
                name="hook",
                scope_id=ACCOUNT,
                runs_as=(role_id,),
                environment_names=("DB_PASSWORD", "STAGE"),
            )
        ],
        coverage=[
            Coverage(provider="aws", scope_id=ACCOUNT, record_kind=kind, status=CoverageStatus.COMPLETE)
            for kind in ("iam-users", "iam-roles", "iam-credential-report")
        ],
    )


def judge(records: Records, rules: tuple[Rule, ...] = RULES) -> RunResult:
    inventory = build([records])
    privileges = {
        identity_id: Privilege(identity_id=identity_id, level="ordinary") for identity_id in inventory.identities
    }
    return run(
        rules, derive(inventory, EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}), privileges, NOW)
    )


def test_the_findings_are_exactly_these() -> None:
    found = {(f.rule_id, f.subject_name) for f in judge(estate()).findings}
    assert found == {
        ("console-password-on-service-user", "ci"),
        ("never-used-access-key", "access-key-2"),
        ("no-owner", "app"),
        ("no-owner", "ci"),
        ("old-access-key", "access-key-1"),
        ("old-access-key", "access-key-2"),
        ("secret-in-environment", "hook"),
        ("trust-in-anyone", "app trusts *"),
        ("two-active-access-keys", "ci"),
    }


def test_a_finding_says_whose_it_is_and_why() -> None:
    (finding,) = (f for f in judge(estate()).findings if f.rule_id == "never-used-access-key")
    assert finding.identity_id == f"arn:aws:iam::{ACCOUNT}:user/ci"
    assert finding.scope_id == ACCOUNT
    assert finding.severity is Severity.MEDIUM
    assert finding.message == "An active access key of ci was never used since it was created 500 days ago."
    assert [piece.text for piece in finding.evidence] == ["created 2025-01-17", "never used"]
    assert "aws iam delete-access-key --user-name ci --access-key-id ACCESS_KEY_ID" in finding.remediation


def test_what_cannot_be_answered_is_one_row_by_reason() -> None:
    rows = {row.rule_id: row for row in judge(estate()).not_assessed}
    row = rows["unused-services"]
    assert (row.count, row.examples) == (
        2,
        (f"arn:aws:iam::{ACCOUNT}:role/app", f"arn:aws:iam::{ACCOUNT}:user/ci"),
    )
    assert row.reason.startswith("identity.unused_service_count unknown: service last accessed details")
    assert "unused-role" not in rows


def test_order_of_input_does_not_count() -> None:
    records, shuffled = estate(), estate()
    for rows in (shuffled.identities, shuffled.credentials, shuffled.coverage):
        random.Random(7).shuffle(rows)  # noqa: S311 - no secret
    assert judge(records) == judge(shuffled, tuple(reversed(RULES)))


def test_names_are_raw_in_messages_and_quoted_in_commands() -> None:
    (finding,) = (f for f in judge(estate(EVIL)).findings if f.rule_id == "two-active-access-keys")
    assert finding.message == f"User {EVIL} has 2 active access keys."
    assert "--user-name ''\"'\"'; rm -rf / #" in finding.remediation


def test_a_lone_surrogate_in_a_name_breaks_nothing() -> None:
    assert judge(estate("\ud800")).findings


def test_fingerprints_outlive_wording_and_severity() -> None:
    reworded = tuple(replace(rule, title="x", message="y", severity=Severity.INFO) for rule in RULES)
    before = {f.fingerprint for f in judge(estate()).findings}
    assert {f.fingerprint for f in judge(estate(), reworded).findings} == before
    assert len(before) == len(judge(estate()).findings)


def test_parameters_severity_and_off() -> None:
    chosen: dict[str, Any] = {
        "old-access-key": {"max_age_days": 1000},
        "no-owner": False,
        "trust-in-anyone": {"severity": "low"},
        "unused-identity": True,  # the former name of `unused-user`
    }
    findings = judge(estate(), configure(RULES, chosen)).findings
    rules = {f.rule_id for f in findings}
    assert not rules & {"old-access-key", "no-owner"}
    assert [f.severity for f in findings if f.rule_id == "trust-in-anyone"] == [Severity.LOW]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"old-access-keys": False}, "rules: unknown rule `old-access-keys` (did you mean `old-access-key`?)"),
        ({"old-access-key": {"max_age": 5}}, "rules.old-access-key: rule `old-access-key` has no parameter `max_age`"),
        ({"old-access-key": {"max_age_days": "5"}}, "rules.old-access-key.max_age_days: expected the like of `90`"),
        ({"old-access-key": {"max_age_days": True}}, "rules.old-access-key.max_age_days: expected the like of `90`"),
        ({"old-access-key": {"severity": "bad"}}, "rules.old-access-key.severity: unknown severity `bad`"),
        ({"trust-in-unknown-account": {"known_accounts": [5]}}, "rules.trust-in-unknown-account: when.all[2]: "),
        ({"trust-in-unknown-account": {"known_accounts": []}}, "rules.trust-in-unknown-account: when.all[2]: "),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_place(chosen: Any, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        configure(RULES, chosen, "nhi-scan.yaml")
    assert str(caught.value).startswith(f"nhi-scan.yaml: {sentence}")


def test_confidence_drops_where_the_rule_says_so() -> None:
    records = estate()
    records.identities[0] = replace(records.identities[0], mfa_enabled=True)
    (finding,) = (f for f in judge(records).findings if f.rule_id == "console-password-on-service-user")
    assert finding.confidence is Confidence.MEDIUM


def test_an_empty_estate_is_quiet() -> None:
    assert judge(Records()) == RunResult((), ())


def test_what_a_binding_gives_is_told_once_and_as_what_can_be_taken_away() -> None:
    owner, way = "deploy has Owner on subscription Shop", Evidence("path", "step 1: assign itself a role", "shop")
    binding, other = Evidence("binding", owner, "assignment"), Evidence("statement", "Allow * on *", "a")
    pieces = [Evidence("statement", owner, "role"), way, Evidence("statement", owner, "role"), other, binding]

    assert once(pieces) == (binding, way, other)
    assert once([other, Evidence("statement", "Allow * on *", "b")]) == (
        other,
        Evidence("statement", "Allow * on *", "b"),
    )
