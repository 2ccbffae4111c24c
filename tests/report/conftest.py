"""One small assessment, built by hand so that a new rule or a new fact does not repaint the golden files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.findings.assessment import Assessment, sort_coverage, sort_findings
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Confidence, Evidence, Finding, FindingState, NotAssessed, Reference, Severity
from nhi_scan.model.identity import NEVER_USED, Credential, Identity, LastUsed, Nature, Owner, Workload
from nhi_scan.model.ids import fingerprint
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.ruleset.rule import Comparison, Rule

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
PLAIN = f"arn:aws:iam::{ACCOUNT}:role/orders-api"
DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"
HOSTILE = f"arn:aws:iam::{ACCOUNT}:user/=cmd|' /C calc'!A0"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/everything"
SURROGATE = "\ud800"  # what a JSON escape can smuggle in, and UTF-8 cannot hold
HOSTILE_TEXT = (
    "</script><script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe @everyone #1 `code` | **bold** "
    f"[link](javascript:alert(1)) ![](https://evil.example/x) <!-- --> {{0}} nul\x00 {SURROGATE} end"
)


def _rule(rule_id: str, title: str, severity: Severity, subject: str) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        question="privilege",
        subject=subject,
        severity=severity,
        why="Whoever takes it over has the account [and more].",
        references=(
            Reference("OWASP-NHI-2025", "NHI5:2025", "Overprivileged NHI"),
            Reference("url", "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"),
        ),
        when=Comparison("identity.privilege", "is", "administrator", "when"),
        message="{identity.name} is an administrator",
        remediation="aws iam detach-role-policy --role-name {identity.name!sh}",
    )


RULES = (
    _rule("administrator", "An identity is an administrator", Severity.CRITICAL, "identity"),
    _rule("unused-key", "An access key is not used", Severity.MEDIUM, "credential"),
)


def make_finding(rule: Rule, subject_id: str, **changes: object) -> Finding:
    values = {
        "fingerprint": fingerprint(rule.id, subject_id),
        "rule_id": rule.id,
        "title": rule.title,
        "question": rule.question,
        "subject_kind": rule.subject,
        "subject_id": subject_id,
        "subject_name": subject_id.rpartition("/")[2],
        "provider": "aws",
        "scope_id": ACCOUNT,
        "severity": rule.severity,
        "message": f"`{subject_id}` is wrong",
        "evidence": (Evidence("statement", "Allow * on *", f"{POLICY}#0"),),
        "remediation": "aws iam detach-role-policy --role-name deploy",
        "references": rule.references,
        **changes,
    }
    return Finding(**values)


def make_findings() -> tuple[Finding, ...]:
    administrator, unused = RULES
    return sort_findings(
        (
            make_finding(administrator, DEPLOY),
            make_finding(
                administrator,
                HOSTILE,
                message=HOSTILE_TEXT,
                subject_name="=cmd|' /C calc'!A0",
                confidence=Confidence.LOW,
                state=FindingState.OPEN,
            ),
            make_finding(
                unused,
                f"{HOSTILE}#access-key-1",
                identity_id=HOSTILE,
                state=FindingState.WAIVED,
                note="accepted by ciso@example.com until 2027-01-01 (SEC-1)",
            ),
            make_finding(unused, f"{PLAIN}#gone", state=FindingState.RESOLVED),
            make_finding(unused, f"{PLAIN}#unseen", state=FindingState.UNVERIFIED, severity=Severity.LOW),
        )
    )


def _role(arn: str, **changes: object) -> Identity:
    values = {
        "id": arn,
        "provider": "aws",
        "kind": "iam_role",
        "nature": Nature.NON_HUMAN,
        "nature_reason": "a service may assume it",
        "name": arn.rpartition("/")[2],
        "scope_id": ACCOUNT,
        "created_at": NOW - timedelta(days=400),
        "last_authenticated": LastUsed.on(NOW - timedelta(days=2), region="eu-west-1"),
        **changes,
    }
    return Identity(**values)


def make_records() -> Records:
    everything = Policy(
        id=POLICY,
        provider="aws",
        kind="identity",
        name="everything",
        scope_id=ACCOUNT,
        version="2012-10-17",
        statements=(Statement(effect=Effect.ALLOW, actions=("*",), resources=("*",)),),
    )
    queue = Policy(
        id=f"{PLAIN}#inline/queue",
        provider="aws",
        kind="identity",
        name="queue",
        scope_id=ACCOUNT,
        version="2012-10-17",
        statements=(
            Statement(
                effect=Effect.ALLOW, actions=("sqs:SendMessage",), resources=(f"arn:aws:sqs:*:{ACCOUNT}:orders",)
            ),
        ),
    )
    return Records(
        scopes=[Scope(id=ACCOUNT, provider="aws", kind="account", name="shop", collected=True)],
        identities=[
            _role(
                PLAIN,
                owner=Owner(name="orders@example.com", source="tag:owner"),
                tags=(("owner", "orders@example.com"),),
            ),
            _role(DEPLOY, last_authenticated=NEVER_USED),
            _role(
                HOSTILE, kind="iam_user", nature=Nature.UNKNOWN, name="=cmd|' /C calc'!A0", tags=(("x", HOSTILE_TEXT),)
            ),
        ],
        credentials=[
            Credential(
                id=f"{HOSTILE}#access-key-1",
                provider="aws",
                identity_id=HOSTILE,
                scope_id=ACCOUNT,
                kind="access_key",
                status="active",
                created_at=NOW - timedelta(days=500),
            )
        ],
        workloads=[
            Workload(
                id=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders",
                provider="aws",
                kind="lambda_function",
                name="orders",
                scope_id=ACCOUNT,
                region="eu-west-1",
                runs_as=(PLAIN,),
                environment_names=("TABLE",),
                active=True,
            )
        ],
        policies=[everything, queue],
        bindings=[
            Binding(id=f"{arn}:{policy}", principal_id=arn, policy_id=policy, scope_id=ACCOUNT)
            for arn, policy in ((PLAIN, queue.id), (DEPLOY, POLICY), (HOSTILE, POLICY))
        ],
        coverage=[
            Coverage(
                provider="aws", scope_id=ACCOUNT, record_kind="iam-roles", status=CoverageStatus.COMPLETE, records=2
            ),
            *(
                Coverage(
                    provider="aws",
                    scope_id=ACCOUNT,
                    record_kind="lambda-functions",
                    status=CoverageStatus.DENIED,
                    region=region,
                    detail="AccessDeniedException",
                    permission="lambda:ListFunctions",
                )
                for region in ("eu-west-1", "us-east-1")
            ),
        ],
    )


def make_assessment(records: Records, findings: tuple[Finding, ...]) -> Assessment:
    inventory = build([records])
    statement = StatementRef(POLICY, 0)
    privileges = {
        PLAIN: Privilege(
            identity_id=PLAIN,
            level="can_become_administrator",
            conditional=True,
            path=(Step(technique="lambda-update-code", source_id=PLAIN, target_id=DEPLOY, statements=(statement,)),),
        ),
        DEPLOY: Privilege(identity_id=DEPLOY, level="administrator", statements=(statement,), reason="it may do all"),
    }
    return Assessment(
        tool_version="0.1.0",
        captured_at=NOW,
        now=NOW + timedelta(hours=1),
        complete=False,
        inventory=inventory,
        access=EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}),
        privileges=privileges,
        findings=findings,
        not_assessed=(
            NotAssessed(
                rule_id="unused-key",
                title="An access key is not used",
                subject_kind="credential",
                reason="credential.idle_days unknown",
                count=7,
                examples=(f"{HOSTILE}#access-key-1",),
            ),
        ),
        rules=RULES,
        coverage=sort_coverage(records.coverage),
    )


@pytest.fixture(scope="session")
def assessment() -> Assessment:
    return make_assessment(make_records(), make_findings())


def build_large(identities: int, findings: int, text: str = "") -> Assessment:
    """Build an assessment of a size, its names made of a number."""
    records = make_records()
    records.identities += [_role(f"arn:aws:iam::{ACCOUNT}:role/generated-{number:05}") for number in range(identities)]
    records.bindings += [
        Binding(
            id=f"binding-{number}",
            principal_id=f"arn:aws:iam::{ACCOUNT}:role/generated-{number:05}",
            policy_id=POLICY if number % 100 == 0 else f"{PLAIN}#inline/queue",
            scope_id=ACCOUNT,
        )
        for number in range(identities)
    ]
    severities = list(Severity)
    found = tuple(
        make_finding(
            RULES[0],
            f"arn:aws:iam::{ACCOUNT}:role/generated-{number % max(identities, 1):05}",
            severity=severities[number % 5],
            fingerprint=f"{number:032x}",
            message=f"{text}{number}",
        )
        for number in range(findings)
    )
    return make_assessment(records, sort_findings(found))


@pytest.fixture(scope="session")
def large() -> Assessment:
    return build_large(12_000, 20_000)


@pytest.fixture(scope="session")
def make_large() -> Callable[..., Assessment]:
    return build_large


@pytest.fixture(scope="session")
def rebuild() -> Callable[..., Assessment]:
    """The small assessment with some of its lists changed: `findings=lambda findings: [...]`."""

    def make(findings: Callable[..., list] = list, **changes: Callable[..., list]) -> Assessment:
        records = make_records()
        for name, change in changes.items():
            setattr(records, name, list(change(getattr(records, name))))
        return make_assessment(records, sort_findings(findings(list(make_findings()))))

    return make
