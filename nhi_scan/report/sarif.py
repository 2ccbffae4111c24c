"""Findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html).

GitHub's code scanning is the reader that asks the most, and what is odd below is for it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import re
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Finding, FindingState, Reference, Severity
from nhi_scan.model.github_ids import WORKFLOWS
from nhi_scan.report import projection
from nhi_scan.report.figures import Gap, gaps
from nhi_scan.report.text import one_line, shorten, visible
from nhi_scan.ruleset import template
from nhi_scan.ruleset.rule import Rule
from nhi_scan.snapshot import codec

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
MOST_RESULTS = 25_000
MOST_BYTES_PACKED = 10_000_000
_MOST_TAGS = 10
_MOST_GAPS = 50
_LONGEST = 4_000
_URI = ":/?#[]@!$&'()*+,;=%~"  # what stays as it is in an address: RFC 3986, section 2.2
_LINE = re.compile(r"\(([^()]+), line ([1-9]\d{0,6})\)$")  # as evidence says where something stands
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub: above 9.0 is critical, from 7.0 high, from 4.0 medium, from 0.1 low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.5",
}
_PRECISION = {"high": "very-high", "medium": "medium", "low": "low"}
_BASELINE = {FindingState.NEW: "new"}  # the others were in the baseline, or are held to have been


def render(assessment: Assessment) -> bytes:
    """Write the findings as one run.

    A resolved finding is left out: code scanning closes an alert that is no longer there, and would keep one that is
    listed. Of more findings than it takes, the least severe are left out, and a notification says how many.
    """
    present = [finding for finding in assessment.findings if finding.state is not FindingState.RESOLVED]
    kept = _worst(present, MOST_RESULTS)
    while True:
        data = _log(assessment, kept, left_out=len(present) - len(kept))
        if len(kept) <= 1 or not _too_big(data):
            return data
        kept = _worst(kept, len(kept) // 2)


def _worst(findings: Sequence[Finding], count: int) -> list[Finding]:
    """Keep the first `count` in order of severity, the waived ones last, without changing the order they stand in."""
    if len(findings) <= count:
        return list(findings)
    order = sorted(range(len(findings)), key=lambda at: (findings[at].state is FindingState.WAIVED, at))
    return [findings[at] for at in sorted(order[:count])]


def _too_big(data: bytes) -> bool:
    return len(data) > MOST_BYTES_PACKED and len(zlib.compress(data, 1)) > MOST_BYTES_PACKED


def _log(assessment: Assessment, findings: Sequence[Finding], left_out: int) -> bytes:
    rules = _rules(assessment, findings)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = b",\n".join(codec.encode(_result(finding, index[finding.rule_id], assessment)) for finding in findings)
    run = {
        "tool": {
            "driver": {
                "name": "nhi-scan",
                "semanticVersion": assessment.tool_version,
                "version": assessment.tool_version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": "nhi-scan/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": projection.instant(assessment.now),
                "toolExecutionNotifications": _notifications(assessment, left_out),
            }
        ],
        "properties": {"capturedAt": projection.instant(assessment.captured_at), "complete": assessment.complete},
    }
    head = codec.encode(run)[:-1]  # the results are appended, a line each
    return (
        b'{"$schema":'
        + codec.encode(SCHEMA)
        + b',"version":"2.1.0","runs":[\n'
        + head
        + b',"results":[\n'
        + results
        + b"\n]}]}\n"
    )


def _notifications(assessment: Assessment, left_out: int) -> list[dict[str, Any]]:
    notes = []
    if not assessment.complete:
        text = "The collection is incomplete: what was not seen is not assessed. The JSON report lists the coverage."
        notes.append({"level": "warning", "message": {"text": text}})
        notes += [{"level": "warning", "message": {"text": _sentence(_gap(gap))}} for gap in _told(assessment)]
    if left_out:
        text = f"{left_out} findings of the least severity are left out, for the limits of code scanning."
        text += " The JSON and CSV reports have them all."
        notes.append({"level": "warning", "message": {"text": text}})
    return notes


def _told(assessment: Assessment) -> Sequence[Gap]:
    """Find the gaps that say what is wrong: a file that cannot be read is named to whoever wrote it."""
    return [gap for gap in gaps(assessment.coverage) if gap.detail][:_MOST_GAPS]


def _gap(gap: Gap) -> str:
    more = f" and {len(gap.scope_ids) - 1} more" if len(gap.scope_ids) > 1 else ""
    return f"`{gap.record_kind}` of {gap.scope_ids[0]}{more}: {gap.status.value}: {one_line(gap.detail)}"


def _rules(assessment: Assessment, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Describe the rules that ran, and those of findings whose rule is not among them any more."""
    known = {rule.id: _rule(rule) for rule in assessment.rules}
    for finding in findings:
        if finding.rule_id not in known:
            known[finding.rule_id] = _rule_of(finding)
    return [known[name] for name in sorted(known)]


def _rule(rule: Rule) -> dict[str, Any]:
    described = _descriptor(rule.id, rule.title, rule.question, rule.severity, rule.references)
    described["fullDescription"] = {"text": _sentence(rule.why)}
    listed = "\n".join(f"- {_reference_text(item)}" for item in rule.references) or "- none"
    fix = "".join(_shown(part, rule) for part in template.parse(rule.remediation))
    described["help"] = {
        "text": f"{_sentence(rule.why)}\n\nFix: {_sentence(fix)}",
        "markdown": f"{_text(rule.why)}\n\n**Fix**: {_text(fix)}\n\n**References**\n\n{listed}",
    }
    described["properties"]["precision"] = _PRECISION[rule.confidence.value]
    return described


def _shown(part: str | template.Field, rule: Rule) -> str:
    """Show a part of a template that nothing was filled into: `{identity.name!sh}` as IDENTITY_NAME."""
    if isinstance(part, str):
        return part
    return template.text_of(rule.params[part.name]) if part.parameter else part.name.replace(".", "_").upper()


def _rule_of(finding: Finding) -> dict[str, Any]:
    described = _descriptor(finding.rule_id, finding.title, finding.question, finding.severity, finding.references)
    described["help"] = {"text": _sentence(finding.remediation or finding.title)}
    return described


def _descriptor(
    rule_id: str, title: str, question: str, severity: Severity, references: Sequence[Reference]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule_id,
        "shortDescription": {"text": _sentence(title)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "security-severity": _SCORES[severity],
            "tags": _tags(question, references),
        },
    }
    page = next((item.id for item in references if item.framework == "url" and item.id.startswith("https://")), None)
    if page:
        described["helpUri"] = quote(page, safe=_URI, errors="replace")
    return described


def _tags(question: str, references: Sequence[Reference]) -> list[str]:
    named = [f"{item.framework}/{item.id}" for item in references if item.framework != "url"]
    return list(dict.fromkeys(["security", question, *named]))[:_MOST_TAGS]


def _reference_text(reference: Reference) -> str:
    if reference.framework == "url":
        return f"<{quote(reference.id, safe=_URI, errors='replace')}>"
    return _text(" ".join(part for part in (reference.framework, reference.id, reference.title) if part))


def _result(finding: Finding, rule_index: int, assessment: Assessment) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _sentence(finding.message or finding.title)},
        "locations": [_location(finding, assessment)],
        # GitHub reads the first name only; without it, it would hash a line of a file that does not exist.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "nhiScan/v1": finding.fingerprint,
        },
        "baselineState": _BASELINE.get(finding.state, "unchanged"),
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "state": finding.state.value,
            "evidence": [one_line(piece.text, _LONGEST) for piece in finding.evidence],
            "remediation": shorten(visible(finding.remediation), _LONGEST),
        },
    }
    if finding.state is FindingState.WAIVED:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": one_line(finding.note, _LONGEST) or "waived"}
        ]
    return result


def _location(finding: Finding, assessment: Assessment) -> dict[str, Any]:
    """Say where it is: logically, by its id; physically in a file, which GitHub demands.

    Where there is none the path names provider and scope, so that it is the same in every run and tells a reader where
    to look.
    """
    names = [
        {
            "name": one_line(finding.subject_name or finding.subject_id, _LONGEST),
            "fullyQualifiedName": one_line(finding.subject_id, _LONGEST),
            "kind": finding.subject_kind,
        }
    ]
    identity = assessment.inventory.identities.get(finding.identity_id)
    if identity is not None and identity.id != finding.subject_id:
        names.append(
            {
                "name": one_line(identity.name, _LONGEST),
                "fullyQualifiedName": one_line(identity.id, _LONGEST),
                "kind": "identity",
            }
        )
    return {"physicalLocation": _file(finding, assessment), "logicalLocations": names}


def _file(finding: Finding, assessment: Assessment) -> dict[str, Any]:
    """Name the file and line that the subject of a finding stands in (a workflow of a repository), if in any.

    The line is that of the first piece of evidence that names one, else where the subject begins; where the subject is
    written in another repository, that of the call.
    """
    inventory = assessment.inventory
    for id_ in (finding.subject_id, finding.identity_id):
        subject = inventory.identities.get(id_) or inventory.workloads.get(id_) or inventory.resources.get(id_)
        said = dict(subject.attributes) if subject is not None else {}
        file, line = said.get("source_file", ""), said.get("source_line", "")
        if "source_repository" in said:
            file, line = f"{WORKFLOWS}{id_.partition(WORKFLOWS)[2].rpartition('#')[0]}", said.get("call_line", "")
        elif file:
            told = (_LINE.search(one.text) for one in finding.evidence if one.kind == "fact" and one.ref == id_)
            file, line = next(((one[1].replace("%20", " "), one[2]) for one in told if one), (file, line))
        parts = [part for part in file.split("/") if part]
        if parts and ".." not in parts and line.isdecimal() and int(line):
            uri = "/".join(quote(part, safe="", errors="replace") for part in parts)
            return {"artifactLocation": {"uri": uri}, "region": {"startLine": int(line)}}
    path = "/".join(
        quote(part, safe="", errors="replace") for part in ("nhi-scan", finding.provider, finding.scope_id) if part
    )
    return {"artifactLocation": {"uri": path}, "region": {"startLine": 1}}


def _text(text: str) -> str:
    return shorten(visible(text), _LONGEST)


def _sentence(text: str) -> str:
    r"""Write a plain-text message.

    Section 3.11.6: `[` and `]` would start an embedded link and `\` an escape; section 3.11.5: braces are doubled.
    The end gets a full stop, as section 3.11.3 wants of a first sentence.
    """
    plain = _text(text).strip().replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    plain = plain.replace("{", "{{").replace("}", "}}")
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
