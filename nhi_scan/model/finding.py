"""A thing that is wrong, with the proof and the fix."""

from enum import Enum
from typing import Literal

from nhi_scan.model.record import record, value

SubjectKind = Literal["identity", "credential", "workload", "trust", "policy", "resource", "scope"]


class Severity(Enum):
    """How much harm it can do."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return ("info", "low", "medium", "high", "critical").index(self.value)


class Confidence(Enum):
    """How sure the evidence makes it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class FindingState(Enum):
    """Where a finding stands against the baseline and the waivers."""

    NEW = "new"
    OPEN = "open"
    WAIVED = "waived"
    RESOLVED = "resolved"  # in the baseline, gone, and its scope was collected completely
    UNVERIFIED = "unverified"  # in the baseline, missing now, but nobody could look


@value
class Evidence:
    """One piece of proof."""

    kind: Literal["statement", "policy", "binding", "trust", "date", "path", "workload", "tag", "coverage", "fact"]
    text: str  # one line for a person; may hold attacker-controlled names, so every report escapes it
    ref: str = ""  # id of the thing it points at


@value
class Reference:
    """A published rule, standard or page that backs a finding."""

    framework: str  # `OWASP-NHI-2025`, `CIS-AWS-7.0.0`, `NIST-800-53r5`, `url`
    id: str  # `NHI1:2025`, `1.13`, `AC-6`, or the address
    title: str = ""


@record
class Finding:
    """One rule that answered true for one subject."""

    fingerprint: str
    rule_id: str
    title: str
    question: str  # the folder of the rule: `lifecycle`, `privilege`, ...
    subject_kind: SubjectKind
    subject_id: str
    subject_name: str
    provider: str
    scope_id: str
    severity: Severity
    confidence: Confidence = Confidence.HIGH
    state: FindingState = FindingState.NEW
    message: str
    evidence: tuple[Evidence, ...] = ()
    remediation: str = ""
    references: tuple[Reference, ...] = ()
    identity_id: str = ""  # the identity it belongs to, where the subject is not one itself
    note: str = ""  # why the state is what it is: the waiver's reason, "waiver expired on 2026-01-01"


@record
class NotAssessed:
    """A rule that could not be answered for some subjects, and why. One row by rule and reason, never findings."""

    rule_id: str
    title: str
    subject_kind: SubjectKind
    reason: str  # the facts that were unknown: `identity.last_used_days unknown`
    count: int
    examples: tuple[str, ...] = ()  # up to five subject ids, sorted
