import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Nature
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


def test_how_many_nobody_can_judge_stands_beside_the_administrators(make_large: Callable[..., Assessment]) -> None:
    judged = make_large(20, 1)
    privileges = {id_: Privilege(identity_id=id_, level="ordinary", reason="") for id_ in judged.inventory.identities}
    assert "not known" not in terminal.render(replace(judged, privileges=privileges)).decode()
    one = next(id_ for id_, row in judged.inventory.identities.items() if row.nature is Nature.NON_HUMAN)
    privileges[one] = Privilege(identity_id=one, level="unknown", reason="")
    text = terminal.render(replace(judged, privileges=privileges)).decode()
    assert "more that can become one; what 1 may do is not known\n" in text


def test_a_permission_that_would_help_is_named_whole_after_a_long_reason(make_large: Callable[..., Assessment]) -> None:
    gap = Coverage(
        provider="gcp",
        scope_id="projects/p",
        record_kind="iam-service-account-policies-of-every-kind",
        status=CoverageStatus.DENIED,
        detail="denied on what has a long name: " + "x" * 300,
        permission="iam.serviceAccounts.getIamPolicy",
    )
    text = terminal.render(replace(make_large(1, 1), coverage=(gap,))).decode()
    assert "… (grant iam.serviceAccounts.getIamPolicy)" in " ".join(text.split())
    assert "x" * 30 in text, "the reason has room beside the name"
