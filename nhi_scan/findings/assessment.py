"""All that a report may say: the last value of the pipeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage
from nhi_scan.model.finding import Finding, NotAssessed
from nhi_scan.ruleset.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One snapshot, judged. Every tuple is sorted, so that equal input renders to equal bytes."""

    tool_version: str
    captured_at: datetime  # when the snapshot was taken (aware, UTC)
    now: datetime  # the moment it was judged at (aware, UTC)
    complete: bool  # everything that was asked for was collected
    inventory: Inventory
    access: EffectiveAccess
    privileges: Mapping[str, Privilege]  # by identity id
    findings: tuple[Finding, ...]  # by severity downwards, then rule id, then subject id
    not_assessed: tuple[NotAssessed, ...]
    rules: tuple[Rule, ...]  # those that ran, by id
    coverage: tuple[Coverage, ...]
    idle_waivers: tuple[str, ...] = ()  # a sentence for each that matches nothing; for who runs it, and in no report


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings as every report shows them: worst first, then by rule and subject."""
    return tuple(sorted(findings, key=lambda f: (-f.severity.rank, f.rule_id, f.subject_id, f.fingerprint)))


def sort_not_assessed(rows: Iterable[NotAssessed]) -> tuple[NotAssessed, ...]:
    """Order the table of unanswered questions by rule and reason."""
    return tuple(sorted(rows, key=lambda row: (row.rule_id, row.reason)))


def sort_coverage(rows: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Order coverage by place, then by what was asked for."""
    return tuple(sorted(rows, key=lambda row: (row.provider, row.scope_id, row.record_kind, row.region)))
