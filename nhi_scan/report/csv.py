"""Findings as CSV (RFC 4180, UTF-8), one row each, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Finding
from nhi_scan.report.text import visible

COLUMNS = (
    "fingerprint",
    "severity",
    "confidence",
    "state",
    "rule_id",
    "title",
    "question",
    "provider",
    "scope_id",
    "scope_name",
    "subject_kind",
    "subject_id",
    "subject_name",
    "identity_id",
    "owner",
    "message",
    "evidence",
    "remediation",
    "references",
    "note",
)
_AT_ONCE = 1_000
# What a spreadsheet takes for the start of a formula, full-width forms included, and what it skips before one:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def render(assessment: Assessment) -> bytes:
    """Write every finding, worst first, as the assessment sorts them."""
    return b"".join(stream(assessment))


def stream(assessment: Assessment) -> Iterator[bytes]:
    """Do as `render`, some rows at a time: 230,000 findings are 300 MB."""
    yield _lines([COLUMNS])
    rows = iter(assessment.findings)
    while some := list(islice(rows, _AT_ONCE)):
        yield _lines([safe_cell(cell) for cell in _row(assessment, finding)] for finding in some)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def safe_cell(text: str) -> str:
    """Make a cell that no spreadsheet runs: an apostrophe before a formula, control characters as visible escapes."""
    dangerous = text.lstrip(" \u00a0\u3000").startswith(_FORMULA)
    return "'" + visible(text) if dangerous else visible(text)


def _row(assessment: Assessment, finding: Finding) -> tuple[str, ...]:
    inventory = assessment.inventory
    scope = inventory.scopes.get(finding.scope_id)
    identity = inventory.identities.get(finding.identity_id or finding.subject_id)
    return (
        finding.fingerprint,
        finding.severity.value,
        finding.confidence.value,
        finding.state.value,
        finding.rule_id,
        finding.title,
        finding.question,
        finding.provider,
        finding.scope_id,
        scope.name if scope else "",
        finding.subject_kind,
        finding.subject_id,
        finding.subject_name,
        identity.id if identity else finding.identity_id,
        identity.owner.name if identity and identity.owner else "",
        finding.message,
        "\n".join(piece.text for piece in finding.evidence),
        finding.remediation,
        "; ".join(f"{reference.framework} {reference.id}" for reference in finding.references),
        finding.note,
    )
