"""The few numbers that every report opens with, computed once and in one way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.naming import called
from nhi_scan.model.access import PrivilegeLevel
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Finding, FindingState, Severity
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.scope import Scope

# What somebody has to act on: not what was waived, is gone, or could not be looked at again.
LIVE = frozenset({FindingState.NEW, FindingState.OPEN})
SEVERITIES = tuple(Severity)
PRIVILEGE_LEVELS: tuple[PrivilegeLevel, ...] = (
    "administrator",
    "can_become_administrator",
    "latent",
    "reaches_sensitive",
    "ordinary",
    "unknown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Kinds of record that one missing permission keeps from being read in the same places."""

    provider: str
    record_kinds: tuple[str, ...]  # sorted
    status: CoverageStatus
    detail: str
    permission: str  # empty where none would help
    scope_ids: tuple[str, ...]  # sorted
    places: int  # scopes times regions, of the kind that has most


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What could not be collected, once per cause, over all places where it happened."""

    provider: str
    record_kind: str
    status: CoverageStatus
    detail: str
    permission: str
    scope_ids: tuple[str, ...]  # sorted
    places: int  # scopes times regions


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: `1 finding`, `2 findings`, `1,000 identities`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


CONTAINERS = frozenset(
    # A cluster's namespaces are counted with it.
    {
        "organization",
        "root",
        "folder",
        "organizational_unit",
        "management_group",
        "tenant",
        "resource_group",
        "namespace",
    }
)


def subject(finding: Finding) -> str:
    """Name what a finding is about in one cell: its id where that tells something, else its name and its id."""
    return called(finding.subject_name, finding.subject_id)


def places(assessment: Assessment) -> str:
    """Count the scopes whose identities were asked for in their clouds' words: `3 accounts and 12 projects`.

    What only contains others is not counted, unless nothing else was asked for.
    """
    collected = [scope for scope in assessment.inventory.scopes.values() if scope.collected]
    if not collected:
        asked = sorted({row.provider for row in assessment.coverage} & _NONE.keys())
        return listed([_NONE[provider] for provider in asked]) or _NONE["aws"]
    return kinds_of([scope for scope in collected if scope.kind not in CONTAINERS] or collected)


# What there is none of, where nothing was read.
_NONE: Mapping[str, str] = {
    "aws": "0 accounts",
    "azure": "0 subscriptions",
    "gcp": "0 projects",
    "github": "0 repositories",
    "kubernetes": "0 clusters",
}
_MANY = {"repository": "repositories"}


def kinds_of(scopes: Iterable[Scope]) -> str:
    """Count scopes by their kind, in words."""
    counts = by_word(scope.kind.replace("_", " ") for scope in scopes)
    named = [counted(count, kind, _MANY.get(kind, "")) for kind, count in counts.items()]
    return listed(named) or _NONE["aws"]


def listed(words: Sequence[str]) -> str:
    """Write words as a sentence lists them: `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def scopes_named(assessment: Assessment, scope_ids: Iterable[str]) -> str:
    """Say of which scopes something is: the name of one, or how many of which kind."""
    known = assessment.inventory.scopes
    ids = list(scope_ids)
    if len(ids) == 1:
        return known[ids[0]].name if ids[0] in known else ids[0]
    found = [known[id_] for id_ in ids if id_ in known]
    return kinds_of(found) if len(found) == len(ids) else f"{len(ids):,} places"


def moment(at: datetime) -> str:
    """Write a moment for a person, in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def live(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that somebody has to act on, in their order."""
    return tuple(finding for finding in findings if finding.state in LIVE)


def by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Count per severity, worst first, zeros included."""
    counted = Counter(finding.severity for finding in findings)
    return {severity: counted[severity] for severity in SEVERITIES}


def by_state(findings: Iterable[Finding]) -> dict[FindingState, int]:
    """Count per state, zeros included."""
    counted = Counter(finding.state for finding in findings)
    return {state: counted[state] for state in FindingState}


def by_nature(identities: Iterable[Identity]) -> dict[Nature, int]:
    """Count identities by whether somebody can be asked about them, zeros included."""
    counted = Counter(identity.nature for identity in identities)
    return {nature: counted[nature] for nature in Nature}


def by_privilege(assessment: Assessment, nature: Nature | None = None) -> dict[PrivilegeLevel, int]:
    """Count the identities that a customer can change by privilege, worst first, zeros included.

    Args:
        assessment: where they are.
        nature: only those of this nature; None for all.
    """
    counted: Counter[PrivilegeLevel] = Counter()
    for identity in assessment.inventory.identities.values():
        if not identity.managed_by_provider and nature in (None, identity.nature):
            privilege = assessment.privileges.get(identity.id)
            counted[privilege.level if privilege else "unknown"] += 1
    return {level: counted[level] for level in PRIVILEGE_LEVELS}


def managed(assessment: Assessment, nature: Nature | None = None) -> int:
    """Count the identities that belong to the provider: nobody else can change them."""
    every = assessment.inventory.identities.values()
    return sum(one.managed_by_provider and nature in (None, one.nature) for one in every)


def unfinished(assessment: Assessment) -> bool:
    """Whether the collection was interrupted: then not even the gaps are known."""
    return not assessment.complete and not any(row.status.is_gap for row in assessment.coverage)


def by_word(words: Iterable[str]) -> dict[str, int]:
    """Count words, sorted by the word."""
    return dict(sorted(Counter(words).items()))


def by_rule(findings: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """One example and a count per rule: worst severity first, then the most findings, then the rule's id."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.rule_id].append(finding)
    rows = [(max(group, key=lambda finding: finding.severity.rank), len(group)) for group in groups.values()]
    return sorted(rows, key=lambda row: (-row[0].severity.rank, -row[1], row[0].rule_id))


def gaps(coverage: Iterable[Coverage]) -> tuple[Gap, ...]:
    """Fold what is missing by its cause; what was left out on purpose is no gap."""
    places: Mapping[tuple[str, str, CoverageStatus, str, str], list[str]] = defaultdict(list)
    for row in coverage:
        if row.status.is_gap:
            places[row.provider, row.record_kind, row.status, row.detail, row.permission].append(row.scope_id)
    folded = (
        Gap(
            provider=provider,
            record_kind=kind,
            status=status,
            detail=detail,
            permission=permission,
            scope_ids=tuple(sorted(set(scopes))),
            places=len(scopes),
        )
        for (provider, kind, status, detail, permission), scopes in places.items()
    )
    return tuple(
        sorted(folded, key=lambda gap: (gap.provider, gap.record_kind, gap.status.value, gap.detail, gap.permission))
    )


def causes(found: Iterable[Gap]) -> tuple[Cause, ...]:
    """Fold gaps of one cause: a permission that would close them, or what the provider said. The widest come first."""
    folded: dict[tuple[object, ...], list[Gap]] = defaultdict(list)
    for gap in found:
        helps = gap.permission if gap.status is not CoverageStatus.FAILED else ""
        alone = "" if helps or gap.detail else gap.record_kind
        folded[gap.provider, gap.status, gap.detail, helps, gap.scope_ids, alone].append(gap)
    made = (
        Cause(
            provider=group[0].provider,
            record_kinds=tuple(sorted({gap.record_kind for gap in group})),
            status=group[0].status,
            detail=group[0].detail,
            permission=str(helps),
            scope_ids=group[0].scope_ids,
            places=max(gap.places for gap in group),
        )
        for (_, _, _, helps, _, _), group in folded.items()
    )
    return tuple(sorted(made, key=lambda one: (-len(one.record_kinds), one.provider, one.record_kinds, one.detail)))


def kinds_named(cause: Cause, most: int = 3) -> str:
    """Name the kinds of record of a cause, the first few of many."""
    shown = ", ".join(cause.record_kinds[:most])
    rest = len(cause.record_kinds) - most
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def helpers(found: Iterable[Gap]) -> tuple[str, ...]:
    """Say what to give `nhi-scan permissions` for what would close some gaps, sorted: a provider, `gcp --project`.

    Projects of Google Cloud that were asked one by one, with nothing above them, have a role of their own.
    """
    lacking: dict[str, set[str]] = defaultdict(set)
    for cause in causes(found):
        if cause.permission:
            lacking[cause.provider].update(cause.scope_ids)
    return tuple(
        sorted(f"{provider} --project" if _projects(places) else provider for provider, places in lacking.items())
    )


def _projects(scope_ids: Iterable[str]) -> bool:
    return all(id_.startswith("projects/") for id_ in scope_ids)
