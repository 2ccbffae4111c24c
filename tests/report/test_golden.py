import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report import csv, json, markdown, sarif, terminal

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "report.json": json.render,
    "report.sarif": sarif.render,
    "findings.csv": csv.render,
    "summary.md": markdown.render,
    "summary.txt": terminal.render,
}


@pytest.mark.parametrize(("name", "render"), REPORTS.items(), ids=REPORTS)
def test_report_is_the_golden_file_byte_for_byte(
    name: str, render: Callable[[Assessment], bytes], assessment: Assessment
) -> None:
    written = render(assessment)
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(written)
    assert written == (GOLDEN / name).read_bytes(), "look at the difference; UPDATE_GOLDEN=1 takes it over"


@pytest.mark.parametrize("render", REPORTS.values(), ids=REPORTS)
def test_rendering_twice_gives_the_same_bytes(render: Callable[[Assessment], bytes], assessment: Assessment) -> None:
    assert render(assessment) == render(assessment)


@pytest.mark.parametrize("render", REPORTS.values(), ids=REPORTS)
def test_no_report_holds_a_raw_control_or_direction_character(
    render: Callable[[Assessment], bytes], assessment: Assessment
) -> None:
    text = render(assessment).decode("utf-8")
    if render is json.render:
        text = text.replace("\u202e", "")  # JSON is data: exact, and only its control characters are escaped
    assert not set(text) & set("\x00\x1b\u202e\u200b\ufeff")
