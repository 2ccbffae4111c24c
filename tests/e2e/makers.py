"""Makers of model records for the estates that the browser looks at."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.findings.assessment import Assessment, sort_coverage, sort_findings, sort_not_assessed
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Evidence, Finding, FindingState, NotAssessed, Reference, Severity
from nhi_scan.model.identity import NEVER_USED, Credential, Identity, LastUsed, Nature, Owner
from nhi_scan.model.ids import fingerprint
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.ruleset.rule import Comparison, Rule

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
ACCOUNTS = (("111111111111", "payments-prod"), ("222222222222", "data-platform"), ("333333333333", "sandbox"))
_NHI = "OWASP-NHI-2025"

_RULES = (
    (
        "administrator-equivalent",
        "Identity can do everything in its account",
        "privilege",
        "identity",
        Severity.CRITICAL,
        "NHI5:2025",
    ),
    (
        "can-become-administrator",
        "Identity can become administrator",
        "privilege",
        "identity",
        Severity.CRITICAL,
        "NHI5:2025",
    ),
    (
        "oidc-trust-without-subject",
        "Role trusts every workload of an identity provider",
        "exposure",
        "trust",
        Severity.HIGH,
        "NHI4:2025",
    ),
    ("pass-role-on-everything", "Identity can pass every role", "privilege", "identity", Severity.HIGH, "NHI5:2025"),
    (
        "unused-access-key",
        "Access key has not been used for 90 days",
        "lifecycle",
        "credential",
        Severity.MEDIUM,
        "NHI1:2025",
    ),
    ("old-access-key", "Access key is older than a year", "lifecycle", "credential", Severity.MEDIUM, "NHI7:2025"),
    ("stale-identity", "Identity has not been used for 90 days", "lifecycle", "identity", Severity.MEDIUM, "NHI1:2025"),
    ("no-owner", "Nobody answers for the identity", "ownership", "identity", Severity.LOW, "NHI1:2025"),
    ("two-active-keys", "User has two active access keys", "lifecycle", "identity", Severity.INFO, "NHI7:2025"),
)


def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            id=rule_id,
            title=title,
            question=question,
            subject=subject,  # type: ignore[arg-type]
            severity=severity,
            why="Whoever gets hold of it gets everything it may do, and nobody would notice for a while.",
            references=(
                Reference(_NHI, risk, "Improper offboarding"),
                Reference("NIST-800-53r5", "AC-6", "Least privilege"),
                Reference("url", "https://owasp.org/www-project-non-human-identities-top-10/", "OWASP NHI Top 10"),
            ),
            params={"max_idle_days": 90},
            when=Comparison("identity.status", "is", "active", "when"),
            message="{identity.name}",
            remediation="",
        )
        for rule_id, title, question, subject, severity, risk in sorted(_RULES)
    )


def user(number: int, account: str, name: str = "", **more: Any) -> Identity:
    given: dict[str, Any] = {
        "id": f"arn:aws:iam::{account}:user/{name or f'svc-{number:05d}'}",
        "provider": "aws",
        "kind": "iam_user",
        "nature": Nature.NON_HUMAN,
        "nature_reason": "it has access keys and no console password",
        "name": name or f"svc-{number:05d}",
        "scope_id": account,
        "unique_id": f"AIDA{number:016d}",
        "created_at": NOW - timedelta(days=400 + number % 700),
        "last_authenticated": LastUsed.on(NOW - timedelta(days=number % 300), "s3", "eu-west-1")
        if number % 5
        else NEVER_USED,
        "has_console_password": False,
        "mfa_enabled": False,
        "owner": Owner(name=f"team-{number % 7}", source="tag:owner") if number % 3 else None,
        "tags": (("env", "prod"), ("owner", f"team-{number % 7}")),
    }
    return Identity(**(given | more))


def role(number: int, account: str, name: str, **more: Any) -> Identity:
    given = {
        "id": f"arn:aws:iam::{account}:role/{name}",
        "kind": "iam_role",
        "nature_reason": "roles are assumed by software; its trust policy names a service",
        "unique_id": f"AROA{number:016d}",
        "has_console_password": None,
        "mfa_enabled": None,
    }
    return user(number, account, name, **(given | more))


def key(number: int, owner: Identity, slot: int = 1) -> Credential:
    return Credential(
        id=f"{owner.id}#access-key-{slot}",
        provider="aws",
        identity_id=owner.id,
        scope_id=owner.scope_id,
        kind="access_key",
        name=f"access key {slot}",
        status="active",
        created_at=NOW - timedelta(days=200 + number % 900),
        rotated_at=NOW - timedelta(days=200 + number % 900),
        last_used=LastUsed.on(NOW - timedelta(days=number % 400), "sts", "us-east-1") if number % 4 else NEVER_USED,
    )


def policy(policy_id: str, name: str, account: str, *statements: Statement) -> Policy:
    return Policy(
        id=policy_id,
        provider="aws",
        kind="identity",
        name=name,
        scope_id=account,
        statements=statements,
        version="2012-10-17",
    )


def allow(
    *actions: str, on: tuple[str, ...] = ("*",), conditions: tuple[Condition, ...] = (), sid: str = ""
) -> Statement:
    return Statement(effect=Effect.ALLOW, actions=actions, resources=on, conditions=conditions, sid=sid)


def finding(rule: Rule, subject: Identity | Credential | Trust, identity: Identity, **more: Any) -> Finding:
    name = (
        subject.name
        if isinstance(subject, Identity)
        else f"{subject.id.partition('#')[2] or subject.id} of {identity.name}"
    )
    given: dict[str, Any] = {
        "fingerprint": fingerprint(rule.id, subject.id),
        "rule_id": rule.id,
        "title": rule.title,
        "question": rule.question,
        "subject_kind": rule.subject,
        "subject_id": subject.id,
        "subject_name": name,
        "provider": "aws",
        "scope_id": identity.scope_id,
        "severity": rule.severity,
        "state": FindingState.OPEN,
        "message": f"{name} has not been used since 2025-08-14, which is 200 days, and 90 are allowed",
        "evidence": (
            Evidence("date", "last used 2025-08-14T03:12:00Z, says the credential report"),
            Evidence("coverage", "credential report of the account: complete"),
        ),
        "remediation": "Make it inactive, wait a week, then delete it:\n\n"
        f"aws iam update-access-key --user-name {identity.name} --access-key-id AKIA... --status Inactive",
        "references": rule.references,
        "identity_id": identity.id,
    }
    return Finding(**(given | more))


def scopes() -> list[Scope]:
    root = Scope(id="r-abcd", provider="aws", kind="root", name="Root")
    accounts = [
        Scope(id=account, provider="aws", kind="account", name=name, parent_id="r-abcd", collected=True)
        for account, name in ACCOUNTS
    ]
    return [root, *accounts]


def complete(
    kinds: Iterable[str] = ("iam-users", "iam-roles", "iam-credential-report", "lambda-functions"),
) -> list[Coverage]:
    return [
        Coverage(provider="aws", scope_id=account, record_kind=kind, status=CoverageStatus.COMPLETE, records=40)
        for account, _ in ACCOUNTS
        for kind in kinds
    ]


def assess(
    records: Records,
    findings: Iterable[Finding] = (),
    privileges: Iterable[Privilege] = (),
    not_assessed: Iterable[NotAssessed] = (),
    **more: Any,
) -> Assessment:
    inventory = build([records])
    given: dict[str, Any] = {
        "tool_version": "0.1.0",
        "captured_at": NOW,
        "now": NOW,
        "complete": all(row.status in {CoverageStatus.COMPLETE, CoverageStatus.SKIPPED} for row in records.coverage),
        "inventory": inventory,
        "access": EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}),
        "privileges": {one.identity_id: one for one in sorted(privileges, key=lambda one: one.identity_id)},
        "findings": sort_findings(findings),
        "not_assessed": sort_not_assessed(not_assessed),
        "rules": rules(),
        "coverage": sort_coverage(records.coverage),
    }
    return Assessment(**(given | more))


def inline_bindings(policies: Iterable[Policy]) -> list[Binding]:
    """Bind each inline policy to the identity that its id names."""
    return [
        Binding(
            id=f"b-{one.id}",
            principal_id=one.id.partition("#")[0],
            policy_id=one.id,
            scope_id=one.scope_id,
            inline=True,
        )
        for one in policies
    ]


def at(ruleset: tuple[Rule, ...], number: int) -> Rule:
    return ruleset[number // 7 % len(ruleset)]
