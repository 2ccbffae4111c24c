"""The last pure stage: answers, baseline, waivers and coverage become one assessment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.findings.assessment import Assessment, sort_coverage, sort_findings, sort_not_assessed
from nhi_scan.findings.baseline import Baseline, compare
from nhi_scan.findings.waivers import Waiver, apply, idle
from nhi_scan.inventory.build import Inventory
from nhi_scan.inventory.naming import name_of
from nhi_scan.model.access import Privilege
from nhi_scan.ruleset.rule import Rule
from nhi_scan.ruleset.run import RunResult
from nhi_scan.snapshot.manifest import Manifest


def assess(  # noqa: PLR0913 - the one place where everything comes together
    *,
    manifest: Manifest,
    inventory: Inventory,
    access: EffectiveAccess,
    privileges: Mapping[str, Privilege],
    rules: Sequence[Rule],
    answers: RunResult,
    now: datetime,
    baseline: Baseline | None = None,
    waivers: Sequence[Waiver] = (),
) -> Assessment:
    """Compose the assessment.

    Args:
        manifest: of the snapshot: when, by which version, was everything collected.
        inventory: what there is.
        access: what identities may do.
        privileges: how much they can do in the end.
        rules: those that ran, with the user's parameters.
        answers: what they said.
        now: the moment of judgement (aware, UTC).
        baseline: what was found in an earlier snapshot, assessed by the same rules; None where there is none: then all
            findings are new.
        waivers: findings that somebody has accepted.

    Raises:
        UserError: a waiver that holds for longer than it may.
    """
    findings = answers.findings
    if baseline is not None:
        active = frozenset(rule.id for rule in rules)
        findings = compare(findings, baseline.findings, inventory, answers.unanswered, active, baseline.grounds)
    findings = apply(waivers, findings, rules, now)
    return Assessment(
        tool_version=manifest.tool_version,
        captured_at=manifest.captured_at,
        now=now,
        complete=manifest.complete and not any(row.status.is_gap for row in inventory.coverage),
        inventory=inventory,
        access=access,
        privileges=privileges,
        findings=sort_findings(findings),
        not_assessed=sort_not_assessed(answers.not_assessed),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        coverage=sort_coverage(inventory.coverage),
        idle_waivers=idle(waivers, findings, rules, partial(name_of, inventory)),
    )
