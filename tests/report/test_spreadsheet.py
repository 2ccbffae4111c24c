import csv
import io

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report import csv as report


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\uff1d1", "=cmd|' /C calc'!A0"],
)
def test_a_formula_is_made_text(cell: str) -> None:
    assert report.safe_cell(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "orders", "arn:aws:iam::111122223333:role/x", "a=b", "1-2"])
def test_plain_text_stays_as_it_is(cell: str) -> None:
    assert report.safe_cell(cell) == cell


def test_rows_read_back_one_per_finding_with_the_same_columns(assessment: Assessment) -> None:
    text = report.render(assessment).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["fingerprint"] for row in rows] == [finding.fingerprint for finding in assessment.findings]
    assert all(None not in row and None not in row.values() for row in rows)
    assert tuple(rows[0]) == report.COLUMNS


def test_no_cell_starts_a_formula_and_none_holds_a_control_character(assessment: Assessment) -> None:
    text = report.render(assessment).decode("utf-8")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert any(cell.startswith("'=cmd|") for cell in cells)
    assert not [cell for cell in cells if cell[:1] in set("=+-@")]
    assert not [cell for cell in cells if any(ord(char) < 32 and char != "\n" for char in cell)]


def test_a_finding_of_a_credential_names_its_identity(assessment: Assessment) -> None:
    text = report.render(assessment).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    waived = next(row for row in rows if row["state"] == "waived")
    assert waived["identity_id"].endswith(":user/=cmd|' /C calc'!A0")
    assert waived["note"].startswith("accepted by")


def test_a_large_table_is_the_same_however_it_is_cut(large: Assessment) -> None:
    pieces = list(report.stream(large))
    assert len(pieces) == 21
    assert b"".join(pieces) == report.render(large)
    assert max(map(len, pieces)) * 10 < len(report.render(large))
