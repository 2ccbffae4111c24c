"""Runs a rule's own cases: a table of one row, through the same code as ten thousand."""

from dataclasses import replace

from nhi_scan.facts.tables import of_case
from nhi_scan.ruleset.rule import Case, Rule
from nhi_scan.ruleset.run import run

_OUTCOMES = ("finding", "quiet", "unknown")


def check(rule: Rule) -> tuple[str, ...]:
    """Run every case of a rule (loaded `with_cases`).

    Returns:
        A sentence for each case that fails, and for each outcome that no case shows; empty where all is well.
    """
    failures = [failure for case in rule.cases if (failure := _failure(rule, case))]
    shown = {case.expect for case in rule.cases}
    missing = [f"{rule.id}: no case shows `{outcome}`" for outcome in _OUTCOMES if outcome not in shown]
    return (*failures, *missing)


def _failure(rule: Rule, case: Case) -> str:
    asked = replace(rule, params=dict(case.params)) if case.params else rule
    result = run([asked], of_case(rule.subject, case.facts))
    outcome = "finding" if result.findings else ("unknown" if result.not_assessed else "quiet")
    where = f"{rule.id}: case `{case.name}`"
    if outcome != case.expect:
        why = f" ({result.not_assessed[0].reason})" if result.not_assessed else ""
        return f"{where}: expected {case.expect}, got {outcome}{why}"
    if case.message and result.findings[0].message != case.message:
        return f"{where}: expected the message `{case.message}`, got `{result.findings[0].message}`"
    return ""
