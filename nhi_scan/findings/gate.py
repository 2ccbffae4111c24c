"""Whether a pipeline may go on."""

from dataclasses import dataclass
from typing import Literal

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import Coverage
from nhi_scan.model.finding import Finding, FindingState, Severity

FailOn = Literal["critical", "high", "medium", "low", "none"]

_STANDING = (FindingState.NEW, FindingState.OPEN, FindingState.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The exit code, and why it is not 0."""

    exit_code: Literal[0, 1, 3]
    reasons: tuple[str, ...] = ()


def gate(
    assessment: Assessment, *, fail_on: FailOn = "none", fail_on_new: bool = False, require_complete: bool = False
) -> GateResult:
    """Hold an assessment against the user's limits. Waived and resolved findings never count.

    Args:
        assessment: what was found.
        fail_on: findings this severe or worse fail; `none`: none does.
        fail_on_new: only findings that the baseline does not have count; with `none`, each of them does.
        require_complete: anything that could not be looked at fails as well.

    A collection that was interrupted says nothing about what it did not reach, so no limit on findings is met by it.

    Returns:
        1 where findings fail, else 3 where coverage is incomplete and has to be complete, else 0; all reasons.
    """
    reasons: list[str] = []
    failing = [finding for finding in assessment.findings if _counts(finding, fail_on, fail_on_new=fail_on_new)]
    if failing:
        reasons.append(_sentence(failing, fail_on, fail_on_new=fail_on_new))
    missing = [row for row in assessment.coverage if row.status.is_gap]
    interrupted = not missing and not assessment.complete
    limited = fail_on != "none" or fail_on_new
    incomplete = (require_complete and (bool(missing) or interrupted)) or (limited and interrupted)
    if incomplete:
        reasons.append(_what_is_missing(missing))
    return GateResult(1 if failing else (3 if incomplete else 0), tuple(reasons))


def _counts(finding: Finding, fail_on: FailOn, *, fail_on_new: bool) -> bool:
    if fail_on_new:
        return finding.state is FindingState.NEW and (fail_on == "none" or _reaches(finding, fail_on))
    return fail_on != "none" and finding.state in _STANDING and _reaches(finding, fail_on)


def _reaches(finding: Finding, fail_on: FailOn) -> bool:
    return finding.severity.rank >= Severity(fail_on).rank


def _sentence(failing: list[Finding], fail_on: FailOn, *, fail_on_new: bool) -> str:
    what = "finding" if len(failing) == 1 else "findings"
    new = "new " if fail_on_new else ""
    limit = "" if fail_on == "none" else f" of severity {fail_on}{'' if fail_on == 'critical' else ' or worse'}"
    rules = ", ".join(f"`{name}`" for name in sorted({finding.rule_id for finding in failing}))
    return f"gate failed: {len(failing)} {new}{what}{limit} ({rules})"


def _what_is_missing(missing: list[Coverage]) -> str:
    if not missing:
        return "coverage incomplete: the collection was interrupted: `nhi-scan collect --resume` completes it"
    first = missing[0]
    where = f"{first.scope_id} {first.region}".strip()
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"coverage incomplete: `{first.record_kind}` of {where} ({first.status.value}){more}"
