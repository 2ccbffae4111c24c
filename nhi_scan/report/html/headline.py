"""The first screen in numbers: who is dangerous, who is forgotten, and how much of the estate could be seen."""

from collections.abc import Iterable
from dataclasses import dataclass

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.finding import Finding, FindingState, Severity
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.report.figures import (
    CONTAINERS,
    Cause,
    Gap,
    by_privilege,
    by_rule,
    by_severity,
    causes,
    gaps,
    kinds_of,
    live,
    managed,
    places,
)

_STALE = "lifecycle"
_ORPHANED = "ownership"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the first screen says. Counts are of non-human identities that a customer can change, unless they say so."""

    non_human: int  # those managed by the provider included
    managed: int
    human: int
    undecided: int  # identities that could not be told to be human or not
    administrators: int
    can_become: int
    stale: int
    orphaned: int
    privilege_unknown: int
    severities: tuple[tuple[Severity, int], ...]  # of findings to act on, worst first
    findings: int  # to act on
    set_aside: tuple[tuple[FindingState, int], ...]  # states of all other findings, where there are any
    rules: tuple[tuple[Finding, int], ...]  # one example and a count of findings to act on, per rule, worst first
    places: str  # what was collected: `3 accounts and 12 projects`
    uncollected: int  # known, active accounts, projects and the like that were not
    uncollected_places: str  # the same in words
    administers: str  # what an administrator can do, in the words of the clouds whose identities there are
    gaps: tuple[Gap, ...]
    causes: tuple[Cause, ...]  # of the gaps
    kinds_read: int  # kinds of record that were asked for somewhere
    kinds_skipped: int  # kinds of record that were left out somewhere, on purpose
    rules_unanswered: int  # rules that could not be answered for some subject


def headline(assessment: Assessment) -> Headline:
    """Count what the first screen says."""
    identities = assessment.inventory.identities
    theirs = {one.id for one in identities.values() if one.nature is Nature.NON_HUMAN and not one.managed_by_provider}
    active = live(assessment.findings)
    levels = by_privilege(assessment, Nature.NON_HUMAN)
    left_alone = [
        one
        for one in assessment.inventory.scopes.values()
        if one.kind not in CONTAINERS and not one.collected and one.status == "active"
    ]
    found = gaps(assessment.coverage)
    left_out = {(row.provider, row.record_kind) for row in assessment.coverage if row.status is CoverageStatus.SKIPPED}
    read = {(row.provider, row.record_kind) for row in assessment.coverage if row.status is not CoverageStatus.SKIPPED}
    return Headline(
        non_human=_count(identities.values(), Nature.NON_HUMAN),
        managed=managed(assessment, Nature.NON_HUMAN),
        human=_count(identities.values(), Nature.HUMAN),
        undecided=_count(identities.values(), Nature.UNKNOWN),
        administrators=levels["administrator"],
        can_become=levels["can_become_administrator"],
        privilege_unknown=levels["unknown"],
        stale=_subjects_of(_STALE, active, theirs),
        orphaned=_subjects_of(_ORPHANED, active, theirs),
        severities=tuple(by_severity(active).items()),
        findings=len(active),
        set_aside=_set_aside(assessment.findings),
        rules=tuple(by_rule(active)),
        places=places(assessment),
        uncollected=len(left_alone),
        uncollected_places=kinds_of(left_alone),
        administers=_administers({one.provider for one in identities.values()}),
        gaps=found,
        causes=causes(found),
        kinds_read=len(read),
        kinds_skipped=len(left_out),
        rules_unanswered=len({row.rule_id for row in assessment.not_assessed}),
    )


def _administers(providers: set[str]) -> str:
    """Say what administrators can do: everything, in whatever their cloud calls a place of its own."""
    if providers == {"aws"}:
        return "can do everything in their account"
    places = [place for provider, place in _PLACES.items() if provider in providers]
    if not places:
        return "can do everything"
    *first, last = places
    told = f"{', '.join(first)} or {last}" if first else last
    return f"can give themselves everything in {told}, or above it"


_PLACES = {
    "aws": "an account",
    "azure": "a subscription",
    "gcp": "a project",
    "kubernetes": "a cluster",
    "github": "an organization on GitHub",
}


def _count(identities: Iterable[Identity], nature: Nature) -> int:
    return sum(one.nature is nature for one in identities)


def _subjects_of(question: str, findings: tuple[Finding, ...], among: set[str]) -> int:
    """Count the identities that a question has a finding about, directly or through something of theirs."""
    asked = (one for one in findings if one.question == question)
    return len({one.subject_id if one.subject_kind == "identity" else one.identity_id for one in asked} & among)


def _set_aside(findings: tuple[Finding, ...]) -> tuple[tuple[FindingState, int], ...]:
    states = [one.state for one in findings]
    rest = (FindingState.UNVERIFIED, FindingState.WAIVED, FindingState.RESOLVED)
    return tuple((state, states.count(state)) for state in rest if state in states)
