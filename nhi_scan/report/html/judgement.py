"""Findings, rules and what could not be answered or seen, as rows that the page's script reads."""

from collections import defaultdict
from typing import Any

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Finding, NotAssessed, Reference
from nhi_scan.report.html.columns import Table
from nhi_scan.report.html.estate import Estate
from nhi_scan.report.html.proofs import Proofs
from nhi_scan.report.html.selection import Selection
from nhi_scan.ruleset.rule import Rule

_LEFT_OUT = "\0"


class Judgement:
    """Yields the rows of everything that was judged. The order of each row is read in `scripts/data.js`."""

    def __init__(self, assessment: Assessment, estate: Estate, selection: Selection) -> None:
        self._assessment = assessment
        self._selection = selection
        self._estate = estate
        self._proofs = Proofs(selection.findings, estate.identity_numbers)
        self._references: Table[tuple[Reference, ...]] = Table(
            lambda group: [[one.framework, one.id, one.title] for one in group]
        )
        self._seen_references: dict[int, int] = {}  # the assessment keeps the tuples alive
        self._rule_bodies = {rule.id: rule for rule in assessment.rules}
        self._titles: dict[str, list[Any]] = {}
        self._rules: Table[str] = Table(self._titles.__getitem__)
        for rule in assessment.rules:
            self._rule_number(rule.id, rule.title, rule.question)

    def columns(self) -> dict[str, Any]:
        """Return every table of the judgement."""
        findings = [self._finding(one) for one in self._selection.findings]
        missing = [self._not_assessed(one) for one in self._assessment.not_assessed]
        return {
            "findings": findings,
            "findings_total": len(self._assessment.findings),
            "proofs": self._proofs.rows,
            "not_assessed": missing,
            "rules": [[*row, *self._rule(self._rule_bodies.get(row[0]))] for row in self._rules.rows],
            "references": self._references.rows,
            "coverage": self._coverage(),
        }

    def _reference_number(self, group: tuple[Reference, ...]) -> int:
        found = self._seen_references.get(id(group))  # rules share theirs with all their findings; hashing each is slow
        if found is None:
            found = self._seen_references[id(group)] = self._references.number(group)
        return found

    def _rule_number(self, rule_id: str, title: str, question: str) -> int:
        self._titles.setdefault(rule_id, [rule_id, title, question])
        return self._rules.number(rule_id)

    def _finding(self, one: Finding) -> list[Any]:
        identity_id = one.subject_id if one.subject_kind == "identity" else one.identity_id
        estate, pointers = self._estate, self._estate.identity_numbers
        return [
            one.fingerprint,
            self._rule_number(one.rule_id, one.title, one.question),
            one.subject_kind,
            pointers.get(one.subject_id, one.subject_id),
            one.subject_name,
            estate.scope(one.scope_id),
            one.severity.rank,
            one.confidence.value,
            one.state.value,
            one.message,
            self._proofs.numbers(one),
            self._remediation(one),
            self._reference_number(one.references),
            pointers.get(identity_id, -1),
            one.note,
        ]

    def _remediation(self, one: Finding) -> int | list[int]:
        """Number it; in a list where the id of whom it is about is left out of it, so that many findings share it.

        The second number tells whose id: 1 for the subject's, 0 for the identity's.
        """
        about = one.identity_id or one.subject_id
        known = about == one.subject_id or about in self._estate.identity_numbers
        if not (about and known and about in one.remediation) or _LEFT_OUT in one.remediation:
            return self._estate.text(one.remediation)
        return [self._estate.text(one.remediation.replace(about, _LEFT_OUT)), int(about == one.subject_id)]

    def _not_assessed(self, one: NotAssessed) -> list[Any]:
        known = self._rule_bodies.get(one.rule_id)
        number = self._rule_number(one.rule_id, one.title, known.question if known else "")
        return [number, one.subject_kind, one.reason, one.count, one.examples]

    def _rule(self, rule: Rule | None) -> list[Any]:
        if rule is None:
            return []
        params = [[name, list(value) if isinstance(value, tuple) else value] for name, value in rule.params.items()]
        unlisted = self._selection.unlisted[rule.id]
        return [rule.subject, rule.severity.rank, rule.why, self._references.number(rule.references), params, unlisted]

    def _coverage(self) -> dict[str, Any]:
        return {"complete": _complete(self._assessment.coverage), "rest": self._rest()}

    def _rest(self) -> list[Any]:
        """Fold what is not complete by its cause: `[kind, status, detail, permission, provider, places]`."""
        places: dict[tuple[str, str, str, str, str], list[Any]] = defaultdict(list)
        for row in self._assessment.coverage:
            if row.status is not CoverageStatus.COMPLETE:
                key = (row.record_kind, row.status.value, row.detail, row.permission, row.provider)
                scope = self._estate.scope(row.scope_id)
                places[key].append([scope, row.region] if row.region else scope)
        return [[*key, where] for key, where in sorted(places.items())]


def _complete(coverage: tuple[Coverage, ...]) -> list[list[Any]]:
    """Count what was collected whole: `[provider, kind, places, records]` by kind."""
    counted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in coverage:
        if row.status is CoverageStatus.COMPLETE:
            count = counted[row.provider, row.record_kind]
            count[0] += 1
            count[1] += row.records
    return [[*key, *count] for key, count in sorted(counted.items())]
