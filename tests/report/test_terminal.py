import io
import re
from collections.abc import Callable

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report import terminal

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    return monkeypatch


def test_without_a_terminal_the_text_is_plain(assessment: Assessment) -> None:
    assert b"\x1b" not in terminal.render(assessment)
    assert terminal.render(assessment, io.StringIO()) == terminal.render(assessment)


def test_a_terminal_gets_colours_and_its_own_width(assessment: Assessment, colours: pytest.MonkeyPatch) -> None:
    text = terminal.render(assessment, Screen()).decode()
    assert ESCAPE.search(text)
    assert max(len(line) for line in ESCAPE.sub("", text).splitlines()) <= 60


def test_no_color_is_heeded(assessment: Assessment, colours: pytest.MonkeyPatch) -> None:
    colours.setenv("NO_COLOR", "1")
    assert b"\x1b" not in terminal.render(assessment, Screen())


def test_only_our_own_escapes_reach_a_terminal(assessment: Assessment, colours: pytest.MonkeyPatch) -> None:
    text = terminal.render(assessment, Screen()).decode()
    assert "\x1b" not in ESCAPE.sub("", text)
    assert "\\x1b[31mred" in " ".join(ESCAPE.sub("", text).split())


def test_rich_markup_in_a_name_is_text() -> None:
    assert terminal.draw(terminal.plain("[bold red]x[/] :smile: [link=https://evil.example]y[/link]")).decode() == (
        "[bold red]x[/] :smile: [link=https://evil.example]y[/link]\n"
    )


def test_long_lists_are_cut_and_say_so(make_large: Callable[..., Assessment]) -> None:
    text = terminal.render(make_large(50, 60)).decode()
    assert "... and 50 more findings in the reports" in text
    assert "60 findings: 12 critical, 12 high, 12 medium, 12 low, 12 info" in text


def test_what_was_not_read_is_named_with_the_permission_that_would_help(assessment: Assessment) -> None:
    text = terminal.render(assessment).decode()
    assert "INCOMPLETE" in text
    assert "grant lambda:ListFunctions" in text
