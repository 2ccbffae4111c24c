import os
import re
from pathlib import Path

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report.html import render

GOLDEN = Path(__file__).parent / "golden" / "report.html"


def without_style_and_script(html: str) -> str:
    """Leave out what no assessment changes, so that a new colour does not repaint the golden file."""
    html = re.sub(r"<style>.*?</style>", "<style></style>", html, flags=re.DOTALL)
    html = re.sub(r"<script>.*?</script>", "<script></script>", html, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", html)


def test_the_page_but_its_style_and_script_is_the_golden_file_byte_for_byte(assessment: Assessment) -> None:
    written = without_style_and_script(render(assessment).decode("utf-8")).encode("utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_bytes(written)
    assert written == GOLDEN.read_bytes(), "look at the difference; UPDATE_GOLDEN=1 takes it over"


def test_the_page_holds_no_raw_control_or_direction_character(assessment: Assessment) -> None:
    assert not set(render(assessment).decode("utf-8")) & set("\x00\x1b\u202e\u200b\ufeff")
