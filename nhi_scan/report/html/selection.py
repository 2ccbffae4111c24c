"""What a page of a very large estate holds: everything about whom it matters most, a line about everyone else.

100,000 identities with 250,000 findings would be 21 MB, which a browser takes 7 seconds and 660 MB to open; like this
they are 8 MB, 2 seconds and 250 MB. Where ids are random numbers, which do not pack, and each finding proves a way of
four steps, 50,000 identities would be 42 MB. What is left out is counted and said.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Finding
from nhi_scan.report.figures import LIVE, PRIVILEGE_LEVELS

DETAILED: Final = 40_000  # identities of which a page holds everything
LISTED: Final = 50_000  # findings that it lists
PROVEN: Final = 200_000  # pieces of evidence that those have between them
_EACH_RULE: Final = 200  # findings that each rule has among them in any case


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the findings about one identity come to, where not all of them are in the page."""

    live: int  # findings to act on
    worst: int  # rank of the worst of them, -1 for none
    questions: tuple[str, ...]  # that they are about, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What goes into the page."""

    detailed: AbstractSet[str]  # ids of the identities of which it holds everything
    findings: tuple[Finding, ...]  # that it lists, in the assessment's order
    unlisted: Counter[str]  # rule -> how many findings to act on it does not list
    tallies: dict[str, Tally] | None  # by identity; None where every finding is listed


def select(assessment: Assessment, detailed: int = DETAILED, listed: int = LISTED, proven: int = PROVEN) -> Selection:
    """Choose what the page holds.

    Args:
        assessment: everything.
        detailed: most identities with all that is known of them: the most privileged, then those with the worst
            findings.
        listed: most findings: some of every rule, then the worst.
        proven: most pieces of evidence that they have between them.
    """
    tallies = _tallies(assessment.findings)
    kept = _kept(assessment.findings, listed, proven)
    unlisted = Counter(one.rule_id for one in _without(assessment.findings, kept) if one.state in LIVE)
    return Selection(
        detailed=_weightiest(assessment, tallies, detailed),
        findings=kept,
        unlisted=unlisted,
        tallies=tallies if len(kept) < len(assessment.findings) else None,
    )


def _tallies(findings: tuple[Finding, ...]) -> dict[str, Tally]:
    about: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.state in LIVE:
            about[one.subject_id if one.subject_kind == "identity" else one.identity_id].append(one)
    return {
        identity_id: Tally(
            live=len(group),
            worst=max(one.severity.rank for one in group),
            questions=tuple(sorted({one.question for one in group})),
        )
        for identity_id, group in about.items()
    }


def _weightiest(assessment: Assessment, tallies: dict[str, Tally], most: int) -> AbstractSet[str]:
    identities = assessment.inventory.identities
    if len(identities) <= most:
        return identities.keys()
    unknown = len(PRIVILEGE_LEVELS)

    def weight(identity_id: str) -> tuple[int, int, int, str]:
        level = assessment.privileges.get(identity_id)
        tally = tallies.get(identity_id)
        return (
            PRIVILEGE_LEVELS.index(level.level) if level else unknown,
            -tally.worst if tally else 1,
            int(identities[identity_id].managed_by_provider),
            identity_id,
        )

    return frozenset(sorted(identities, key=weight)[:most])


def _kept(findings: tuple[Finding, ...], most: int, proven: int) -> tuple[Finding, ...]:
    if len(findings) <= most and sum(len(one.evidence) for one in findings) <= proven:
        return findings
    seen: Counter[str] = Counter()
    order: list[tuple[bool, bool, int, int]] = []
    for at, one in enumerate(findings):
        seen[one.rule_id] += 1
        order.append((one.state not in LIVE, seen[one.rule_id] > _EACH_RULE, -one.severity.rank, at))
    order.sort(key=lambda row: (row[1], row[0], row[2], row[3]))
    ranked = [row[3] for row in order[:most]]
    pieces = list(accumulate(len(findings[at].evidence) for at in ranked))
    return tuple(findings[at] for at in sorted(ranked[: bisect_right(pieces, proven)]))


def _without(findings: tuple[Finding, ...], kept: tuple[Finding, ...]) -> Iterator[Finding]:
    listed = {id(one) for one in kept}
    return (one for one in findings if id(one) not in listed)
