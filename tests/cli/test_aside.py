"""Two reports of a large estate are rendered side by side: the same bytes, the same errors."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nhi_scan.cli import outputs
from nhi_scan.cli.aside import aside

Say = Callable[..., tuple[int, str, str]]


def test_work_is_done_in_another_process_and_waited_for(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "by").write_text(str(os.getpid()))

    with aside(work):
        pass

    assert (tmp_path / "by").read_text() not in ("", str(os.getpid()))


def test_work_that_fails_there_fails_here(tmp_path: Path) -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), aside(work):
        pass


def test_a_failure_here_still_waits_for_the_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="here"), aside((tmp_path / "done").touch):
        raise ValueError("here")

    assert (tmp_path / "done").exists()


def test_reports_side_by_side_are_the_reports_one_by_one(
    say: Say, snapshot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("report", snapshot, "-f", "json", "-o", "{}.json", "-f", "html", "-o", "{}.html")
    say(*(argument.format("one") for argument in arguments))
    monkeypatch.setattr(outputs, "MANY", 0)
    code, out, _ = say(*(argument.format("two") for argument in arguments))

    assert (code, "html report: two.html" in out) == (0, True)
    for ending in ("json", "html"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


def test_an_output_that_cannot_be_written_is_named_from_either_process(
    say: Say, snapshot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "MANY", 0)
    (tmp_path / "file").write_text("")

    code, _, err = say("report", snapshot, "-f", "json", "-o", "a.json", "-f", "html", "-o", "file/b.html")
    assert (code, "`file/b.html`" in err) == (2, True)
    code, _, err = say("report", snapshot, "-f", "json", "-o", "file/a.json", "-f", "html", "-o", "b.html")
    assert (code, "`file/a.json`" in err) == (2, True)
