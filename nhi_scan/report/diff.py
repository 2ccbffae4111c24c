"""The difference of two assessments as text, JSON or Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Finding
from nhi_scan.report import figures, markdown, projection
from nhi_scan.report.changes import Change, Difference, compare_assessments
from nhi_scan.report.text import one_line
from nhi_scan.snapshot import codec

FORMAT_VERSION = "1.0"
_SHOWN = 50
_LONGEST = 1000


def render(before: Assessment, after: Assessment, format_: str = "text") -> bytes:
    """Say what changed from one assessment to a later one.

    Args:
        before: the earlier one.
        after: the later one, made by itself or with the earlier as its baseline.
        format_: `text`, `json` or `markdown`.
    """
    return _RENDERERS[format_](before, after, compare_assessments(before, after))


def _json(before: Assessment, after: Assessment, difference: Difference) -> bytes:
    document = {
        "format_version": FORMAT_VERSION,
        "before": _moments(before),
        "after": _moments(after),
        "findings": {
            "appeared": [projection.finding(finding) for finding in difference.appeared],
            "resolved": [projection.finding(finding) for finding in difference.resolved],
            "unverified": [projection.finding(finding) for finding in difference.unverified],
            "judged_otherwise": [
                {"before": projection.finding(old), "after": projection.finding(new)}
                for old, new in difference.judged_otherwise
            ],
        },
        "identities": {
            "added": difference.identities_added,
            "gone": difference.identities_gone,
            "unverified": difference.identities_unverified,
        },
        "credentials": {
            "added": difference.credentials_added,
            "gone": difference.credentials_gone,
            "unverified": difference.credentials_unverified,
        },
        "changes": [
            {
                "subject_kind": change.subject_kind,
                "subject_id": change.subject_id,
                "what": change.what,
                "before": change.before,
                "after": change.after,
                "worse": change.worse,
            }
            for change in difference.changes
        ],
        "coverage": {
            "lost": [_place(row) for row in difference.coverage_lost],
            "gained": [_place(row) for row in difference.coverage_gained],
        },
    }
    return codec.indent(codec.encode(document)) + b"\n"


def _moments(assessment: Assessment) -> dict[str, Any]:
    return {
        "captured_at": projection.instant(assessment.captured_at),
        "assessed_at": projection.instant(assessment.now),
        "tool_version": assessment.tool_version,
    }


def _place(row: tuple[str, str, str]) -> dict[str, str]:
    return {"scope_id": row[0], "record_kind": row[1], "region": row[2]}


def _markdown(before: Assessment, after: Assessment, difference: Difference) -> bytes:
    template = markdown.environment().get_template("diff.md.j2")
    shown = _SHOWN
    while True:
        text = template.render(before=before, after=after, difference=difference, shown=shown)
        data = text.encode()
        if len(data) <= markdown.BUDGET or shown == 0:
            return data
        shown //= 2


def _text(before: Assessment, after: Assessment, difference: Difference) -> bytes:
    """Write a line for each change and no wrapping, so that `grep` finds whole ids."""
    lines = [f"{figures.moment(before.captured_at)} -> {figures.moment(after.captured_at)}"]
    if difference.nothing:
        lines.append("nothing changed")
    for sign, title, entries in _sections(difference):
        if entries:
            lines += ["", f"{title}: {len(entries):,}"]
            lines += [f"{sign} {one_line(entry, _LONGEST)}" for entry in entries[:_SHOWN]]
            lines += [f"  ... and {len(entries) - _SHOWN:,} more"] if len(entries) > _SHOWN else []
    return ("\n".join(lines) + "\n").encode()


def _sections(difference: Difference) -> list[tuple[str, str, Sequence[str]]]:
    """Order what changed by how much it asks for attention."""
    return [
        ("+", "findings appeared", [_line(finding) for finding in difference.appeared]),
        ("!", "privilege rose", [_change(change) for change in difference.changes if change.worse]),
        ("-", "findings resolved", [_line(finding) for finding in difference.resolved]),
        ("?", "findings nobody could check", [_line(f, f.note) for f in difference.unverified]),
        ("~", "findings judged otherwise", [_otherwise(old, new) for old, new in difference.judged_otherwise]),
        ("+", "identities added", difference.identities_added),
        ("-", "identities gone", difference.identities_gone),
        ("?", "identities nobody could look for", difference.identities_unverified),
        ("+", "credentials added", difference.credentials_added),
        ("-", "credentials gone", difference.credentials_gone),
        ("?", "credentials nobody could look for", difference.credentials_unverified),
        ("~", "changes", [_change(change) for change in difference.changes if not change.worse]),
        ("?", "no longer collected completely", [_where(row) for row in difference.coverage_lost]),
        ("+", "now collected completely", [_where(row) for row in difference.coverage_gained]),
    ]


def _line(finding: Finding, note: str = "") -> str:
    text = f"{finding.severity.value} {finding.rule_id} {figures.subject(finding)}"
    return f"{text} ({note})" if note else text


def _otherwise(old: Finding, new: Finding) -> str:
    was = f"{old.severity.value}, {old.state.value}"
    return f"{new.rule_id} {figures.subject(new)}: {was} -> {new.severity.value}, {new.state.value}"


def _change(change: Change) -> str:
    return f"{change.subject_id}: {change.what}: {change.before or 'nothing'} -> {change.after or 'nothing'}"


def _where(row: tuple[str, str, str]) -> str:
    return " ".join(part for part in row if part)


_RENDERERS: Mapping[str, Callable[[Assessment, Assessment, Difference], bytes]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
}
