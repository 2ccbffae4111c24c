import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.finding import FindingState
from nhi_scan.report import markdown, terminal
from nhi_scan.report.html.headline import headline

PAYLOADS = [
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example",
    "www.evil.example",
    "<https://evil.example>",
    "a | b | c",
    "\\| a \\\\| b",
    "`code` ``code`` ```",
    "# heading\n\n- list\n\n> quote",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "[x]: https://evil.example",
    "<!-- comment",
    "&lt;script&gt;",
    "\x1b[31mred \u202egnp \ud800",
    "$\\mathrm{x}$",
    "1. first",
    "+ plus",
    "=== under",
    "see http://evil.example and HTTPS://evil.example and ftp://evil.example",
    "WWW.evil.example",
    "a_b_c _x_ __y__",
    "::error::x",
]


def _html(text: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("escape", [markdown.prose, markdown.code], ids=["prose", "code"])
def test_nothing_in_a_string_renders(escape: Callable[[str], str], payload: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {escape(payload)} | last |\n"
    html = _html(table)
    assert html.count("<td>") == 2
    assert "<td>last</td>" in html
    inside = re.sub(r"</?(table|thead|tbody|tr|th|td|code)>", "", html)
    assert "<" not in inside
    source = str(escape(payload))
    assert source.startswith("`") or not re.search(r"://|www\.", source, re.IGNORECASE)


@pytest.mark.parametrize("payload", ["@everyone", "me@org/team", "see #12", "owner/repo#12"])
def test_a_mention_or_a_reference_is_parted_by_a_joiner(payload: str) -> None:
    html = _html(markdown.prose(payload))
    assert not re.search(r"[@#]\w", html.replace("&amp;", ""))
    assert "\u2060" in html


def test_prose_reads_as_it_was_written() -> None:
    html = _html(markdown.prose("role `a-b` may do s3:* on *, 100%"))
    assert html == "<p>role `a-b` may do s3:* on *, 100%</p>\n"


def test_summary_has_the_figures_and_the_worst_first(assessment: Assessment) -> None:
    text = markdown.render(assessment).decode()
    assert text.startswith("# nhi-scan: 2 findings to act on\n")
    assert "| 2 | 0 | 0 | 0 | 0 |" in text
    assert "1 waived, 1 resolved, 1 unverified." in text
    assert text.index("role/deploy`") < text.index("user/=cmd")


def test_summary_of_many_long_findings_stays_under_a_megabyte(make_large: Callable[..., Assessment]) -> None:
    data = markdown.render(make_large(10, 3_000, text="|<@#" * 2_000))
    assert len(data) < markdown.SIZE_LIMIT
    assert "more are in the other reports" in data.decode()


def test_a_summary_over_its_budget_shows_fewer_findings(
    make_large: Callable[..., Assessment], monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment = make_large(10, 300, text="|" * 400)
    full = markdown.render(assessment)
    monkeypatch.setattr(markdown, "BUDGET", len(full) // 3)
    cut = markdown.render(assessment)
    assert len(cut) <= len(full) // 3
    assert cut.startswith(full[:60])


def test_an_empty_assessment_says_none(make_large: Callable[..., Assessment]) -> None:
    assert "None." in markdown.render(make_large(0, 0)).decode()


def test_every_report_counts_the_same_administrators(assessment: Assessment) -> None:
    counted = headline(assessment)
    text = markdown.render(assessment).decode()
    assert f"| administrator | 0 | {counted.administrators} | 0 |" in text
    assert f"| can become administrator | 0 | {counted.can_become} | 0 |" in text
    said = f"non-human administrators: {counted.administrators}, and {counted.can_become} more that can become one"
    assert said in terminal.render(assessment).decode()


def test_an_interrupted_collection_is_called_so(assessment: Assessment) -> None:
    interrupted = replace(assessment, complete=False, coverage=())
    assert "The collection was interrupted." in markdown.render(interrupted).decode()
    assert "INTERRUPTED" in terminal.render(interrupted).decode()
    assert "INTERRUPTED" not in terminal.render(assessment).decode()


def test_a_permission_is_named_where_it_would_help(assessment: Assessment) -> None:
    row = assessment.coverage[0]
    for status, helps in ((CoverageStatus.DENIED, True), (CoverageStatus.FAILED, False)):
        one = replace(assessment, coverage=(replace(row, status=status, detail="not there", permission="x:ListY"),))
        assert ("x:ListY" in markdown.render(one).decode()) is helps
        assert ("x:ListY" in terminal.render(one).decode()) is helps


def test_the_note_of_a_waiver_that_expired_is_said(assessment: Assessment) -> None:
    expired = replace(assessment.findings[0], state=FindingState.NEW, note="waiver by a@example.com (T-1) expired")
    noted = replace(assessment, findings=(expired,))
    for written in (markdown.render(noted), terminal.render(noted)):
        assert "waiver by a" in " ".join(written.decode().split())
