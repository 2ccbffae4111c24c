"""What changed between two assessments. Absence counts as "gone" only where somebody could look."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from nhi_scan.findings.assessment import Assessment, sort_findings
from nhi_scan.findings.baseline import compare
from nhi_scan.findings.grounds import Grounds
from nhi_scan.findings.listing import listing_kinds, looked_at
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.finding import Finding, FindingState, SubjectKind
from nhi_scan.model.identity import Credential, Identity
from nhi_scan.report.figures import PRIVILEGE_LEVELS

_PRESENT = frozenset({FindingState.NEW, FindingState.OPEN, FindingState.WAIVED})
Thing = TypeVar("Thing", Identity, Credential)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not what it was."""

    subject_kind: Literal["identity", "credential"]
    subject_id: str
    what: str  # `privilege`, `owner`, `status`, `created`
    before: str
    after: str
    worse: bool = False  # the privilege went up


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that changed. Every tuple is sorted."""

    appeared: tuple[Finding, ...]  # as they are now
    resolved: tuple[Finding, ...]  # as they were
    unverified: tuple[Finding, ...]  # missing now, but nobody could look; the note says why
    judged_otherwise: tuple[tuple[Finding, Finding], ...]  # in both, with another severity, or waived meanwhile
    identities_added: tuple[str, ...]
    identities_gone: tuple[str, ...]
    identities_unverified: tuple[str, ...]
    credentials_added: tuple[str, ...]
    credentials_gone: tuple[str, ...]
    credentials_unverified: tuple[str, ...]
    changes: tuple[Change, ...]
    coverage_lost: tuple[tuple[str, str, str], ...]  # scope, record kind, region: complete before, not now
    coverage_gained: tuple[tuple[str, str, str], ...]

    @property
    def nothing(self) -> bool:
        """Whether the two say the same."""
        return not any(getattr(self, name) for name in self.__slots__)


def compare_assessments(before: Assessment, after: Assessment) -> Difference:
    """Compare two assessments, each made by itself or the later with the earlier as its baseline."""
    old = {finding.fingerprint: finding for finding in before.findings if finding.state in _PRESENT}
    new = {finding.fingerprint: finding for finding in after.findings if finding.state in _PRESENT}
    missing = _missing([finding for name, finding in old.items() if name not in new], before, after)
    identities = _Sets(before.inventory.identities, after.inventory.identities, "identity", after)
    credentials = _Sets(before.inventory.credentials, after.inventory.credentials, "credential", after)
    lost, gained = _coverage(before, after)
    return Difference(
        appeared=sort_findings(finding for name, finding in new.items() if name not in old),
        resolved=sort_findings(finding for finding in missing if finding.state is FindingState.RESOLVED),
        unverified=sort_findings(finding for finding in missing if finding.state is FindingState.UNVERIFIED),
        judged_otherwise=tuple(
            (old[finding.fingerprint], finding)
            for finding in sort_findings(new.values())
            if finding.fingerprint in old and _judged_otherwise(old[finding.fingerprint], finding)
        ),
        identities_added=identities.added,
        identities_gone=identities.gone,
        identities_unverified=identities.unverified,
        credentials_added=credentials.added,
        credentials_gone=credentials.gone,
        credentials_unverified=credentials.unverified,
        changes=tuple(sorted(_changes(before, after), key=lambda row: (not row.worse, row.subject_id, row.what))),
        coverage_lost=lost,
        coverage_gained=gained,
    )


def _missing(findings: list[Finding], before: Assessment, after: Assessment) -> tuple[Finding, ...]:
    """Say of findings that are not there any more whether they are resolved: as the baseline does."""
    unanswered: dict[str, frozenset[str]] = {}
    for row in after.not_assessed:
        # Of more than five subjects only the number is known: then any of the rule's may be among them.
        subjects = row.examples if row.count <= len(row.examples) else [finding.subject_id for finding in findings]
        unanswered[row.rule_id] = unanswered.get(row.rule_id, frozenset()).union(subjects)
    active = frozenset(rule.id for rule in after.rules)
    return compare((), findings, after.inventory, unanswered, active, Grounds.of(before.findings, before.inventory))


def _judged_otherwise(old: Finding, new: Finding) -> bool:
    waived = FindingState.WAIVED
    return old.severity is not new.severity or (old.state is waived) is not (new.state is waived)


class _Sets:
    """What came and what went, of one kind of thing."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any], kind: SubjectKind, after: Assessment) -> None:
        missing = sorted(old.keys() - new.keys())
        unsure = {name for name in missing if not _looked(kind, name, old[name].scope_id, after)}
        self.added = tuple(sorted(new.keys() - old.keys()))
        self.gone = tuple(name for name in missing if name not in unsure)
        self.unverified = tuple(name for name in missing if name in unsure)


def _looked(kind: SubjectKind, subject_id: str, scope_id: str, after: Assessment) -> bool:
    inventory = after.inventory
    kinds = listing_kinds(kind, subject_id, inventory, scope_id)
    where = looked_at(scope_id, inventory)
    return all(inventory.covered(where, record_kind) is True for record_kind in kinds)


def _changes(before: Assessment, after: Assessment) -> Iterable[Change]:
    yield from _privileges(before, after)
    yield from _fields(before.inventory.identities, after.inventory.identities, "identity", _OF_IDENTITY)
    yield from _fields(before.inventory.credentials, after.inventory.credentials, "credential", _OF_CREDENTIAL)


def _privileges(before: Assessment, after: Assessment) -> Iterable[Change]:
    for name in before.privileges.keys() & after.privileges.keys():
        old, new = before.privileges[name].level, after.privileges[name].level
        if old != new:
            rose = old != "unknown" and PRIVILEGE_LEVELS.index(new) < PRIVILEGE_LEVELS.index(old)
            yield Change(subject_kind="identity", subject_id=name, what="privilege", before=old, after=new, worse=rose)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


_OF_IDENTITY: Mapping[str, Callable[[Identity], str]] = {
    "status": lambda identity: identity.status,
    "nature": lambda identity: identity.nature.value,
    "owner": lambda identity: identity.owner.name if identity.owner else "",
    "created": lambda identity: _moment(identity.created_at),  # another one under the same name
}
_OF_CREDENTIAL: Mapping[str, Callable[[Credential], str]] = {
    "status": lambda credential: credential.status,
    "created": lambda credential: _moment(credential.created_at),  # replaced
    "expires": lambda credential: _moment(credential.expires_at),
}


def _fields(
    old: Mapping[str, Thing],
    new: Mapping[str, Thing],
    kind: Literal["identity", "credential"],
    fields: Mapping[str, Callable[[Thing], str]],
) -> Iterable[Change]:
    for name in old.keys() & new.keys():
        if old[name] is new[name] or old[name] == new[name]:
            continue
        for what, read in fields.items():
            was, now = read(old[name]), read(new[name])
            if was != now:
                yield Change(subject_kind=kind, subject_id=name, what=what, before=was, after=now)


def _coverage(before: Assessment, after: Assessment) -> tuple[tuple[tuple[str, str, str], ...], ...]:
    old, new = _complete(before), _complete(after)
    return tuple(sorted(old - new)), tuple(sorted(new - old))


def _complete(assessment: Assessment) -> set[tuple[str, str, str]]:
    return {
        (row.scope_id, row.record_kind, row.region)
        for row in assessment.coverage
        if row.status is CoverageStatus.COMPLETE
    }
