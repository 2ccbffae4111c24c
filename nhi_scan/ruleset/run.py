"""Rules over fact tables: findings where a rule answers true, a table of reasons where it cannot answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nhi_scan.facts.catalogue import FACTS
from nhi_scan.facts.columns import days
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.facts.tables import FactTables
from nhi_scan.model.finding import Confidence, Evidence, Finding, NotAssessed
from nhi_scan.model.ids import fingerprint
from nhi_scan.ruleset import template
from nhi_scan.ruleset.expr import Getter, Mask, blame, evaluate
from nhi_scan.ruleset.rule import Rule

_CONFIDENCES = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class RunResult:
    """What the rules said. Both tuples are sorted: by rule, then subject or reason."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    unanswered: Mapping[str, frozenset[str]] = field(default_factory=dict)  # rule id -> subjects it could not judge


def run(rules: Sequence[Rule], tables: FactTables) -> RunResult:
    """Ask every rule of every subject of its kind.

    Args:
        rules: rules with the user's parameters in place (`configure.configure`).
        tables: the facts.

    Returns:
        Findings in state `new` (a baseline and waivers come later), and what could not be answered.
    """
    findings: list[Finding] = []
    not_assessed: list[NotAssessed] = []
    unanswered: dict[str, frozenset[str]] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        if not len(tables[rule.subject]):
            continue
        answers = evaluate(rule.when, _getter(rule, tables), rule.params)
        hits = np.flatnonzero(answers.to_numpy(dtype=bool, na_value=False))
        if len(hits):
            findings += _findings(rule, tables, hits)
        unknown = answers.isna()
        if unknown.any():
            not_assessed += _unanswered(rule, tables)
            unanswered[rule.id] = frozenset(tables[rule.subject].index[unknown])
    return RunResult(tuple(findings), tuple(not_assessed), unanswered)


def _getter(rule: Rule, tables: FactTables) -> Getter:
    return lambda name: tables.column(rule.subject, FACTS[name])


def _findings(rule: Rule, tables: FactTables, hits: "np.ndarray[Any, np.dtype[np.intp]]") -> list[Finding]:
    """Build the findings of one rule, in the order of the table."""
    ids = tables[rule.subject].index.take(hits).tolist()
    abouts = [tables.about(rule.subject, subject_id) for subject_id in ids]
    providers = sorted({about.provider for about in abouts})
    messages = {provider: template.parse(rule.said(provider)) for provider in providers}
    remedies = {provider: template.parse(rule.remedy(provider)) for provider in providers}
    named = {
        field.name
        for part in (*messages.values(), *remedies.values())
        for field in template.fields(part)
        if not field.parameter
    }
    texts = {name: _texts(rule, tables, name, hits) for name in sorted(named | set(rule.identity_of_finding))}
    said = {provider: template.render(part, texts, rule.params, len(ids)) for provider, part in messages.items()}
    fixes = {provider: template.render(part, texts, rule.params, len(ids)) for provider, part in remedies.items()}
    identifying = zip(*(texts[name] for name in rule.identity_of_finding), strict=True)
    columns = zip(
        ids,
        abouts,
        identifying if rule.identity_of_finding else [()] * len(ids),
        _confidences(rule, tables, hits),
        strict=True,
    )
    return [
        Finding(
            fingerprint=fingerprint(rule.id, subject_id, fields),
            rule_id=rule.id,
            title=rule.title,
            question=rule.question,
            subject_kind=rule.subject,
            subject_id=subject_id,
            subject_name=about.name,
            provider=about.provider,
            scope_id=about.scope_id,
            severity=rule.severity,
            confidence=confidence,
            message=said[about.provider][row],
            evidence=_evidence(rule, tables, subject_id),
            remediation=fixes[about.provider][row],
            references=rule.references_for(about.provider),
            identity_id=about.identity_id,
        )
        for row, (subject_id, about, fields, confidence) in enumerate(columns)
    ]


def _texts(rule: Rule, tables: FactTables, name: str, hits: "np.ndarray[Any, np.dtype[np.intp]]") -> list[str]:
    """Write the cells of one fact at the hits for a person."""
    fact = FACTS[name]
    picked: Any = tables.column(rule.subject, fact).take(hits)
    empty = picked.isna()
    values = days(picked) if fact.kind == "moment" else picked.tolist()  # Python's own types, not numpy's
    return [template.text_of(None if null else value) for value, null in zip(values, empty, strict=True)]


def _confidences(rule: Rule, tables: FactTables, hits: "np.ndarray[Any, np.dtype[np.intp]]") -> list[Confidence]:
    levels = np.full(len(hits), _CONFIDENCES.index(rule.confidence))
    for drop in rule.confidence_drops:
        applies = evaluate(drop.when, _getter(rule, tables), rule.params).to_numpy(dtype=bool, na_value=False)[hits]
        levels = np.where(applies, np.maximum(levels, _CONFIDENCES.index(drop.to)), levels)
    return [_CONFIDENCES[level] for level in levels.tolist()]


def _evidence(rule: Rule, tables: FactTables, subject_id: str) -> tuple[Evidence, ...]:
    estate = tables.estate
    if estate is None:
        return ()
    return once([piece for name in rule.evidence for piece in BUILDERS[name](estate, rule.subject, subject_id)])


def once(pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Tell what a binding gives once: as the binding, which can be taken away, where it stands first as a statement."""
    given = {piece.text: piece for piece in pieces if piece.kind == "binding"}
    told = (given.get(piece.text, piece) if piece.kind == "statement" else piece for piece in pieces)
    return tuple(dict.fromkeys(told))


def _unanswered(rule: Rule, tables: FactTables) -> list[NotAssessed]:
    """Group the subjects that a rule cannot judge by the facts that are to blame."""
    blamed = blame(rule.when, _getter(rule, tables), rule.params)
    names = sorted(blamed)
    matrix: Mask = np.column_stack([blamed[name] for name in names])
    rows = np.flatnonzero(matrix.any(axis=1))
    groups, group_of = np.unique(matrix[rows], axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    unanswered: list[NotAssessed] = []
    for number, group in enumerate(groups):
        members = rows[group_of == number]
        ids = sorted(tables[rule.subject].index.take(members).tolist())
        unanswered.append(
            NotAssessed(
                rule_id=rule.id,
                title=rule.title,
                subject_kind=rule.subject,
                reason="; ".join(_reason(name) for name, is_blamed in zip(names, group, strict=True) if is_blamed),
                count=len(ids),
                examples=tuple(ids[:_EXAMPLES]),
            )
        )
    return sorted(unanswered, key=lambda row: row.reason)


def _reason(name: str) -> str:
    why = FACTS[name].unknown
    return f"{name} unknown: {why}" if why else f"{name} unknown"
