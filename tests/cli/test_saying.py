"""What is said on standard error while long work runs: plain lines, JSON lines, or nothing."""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from nhi_scan.cli import progress
from nhi_scan.cli.logs import configure

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    yield
    configure(verbosity=0, log_format="text")
    logging.getLogger("nhi_scan.progress").setLevel(logging.NOTSET)


def _work() -> None:
    with progress.progress_for(click.Context(click.Command("x"))) as told:
        told.start("111122223333", 3)
        told.advance("111122223333", "iam")
        told.advance("111122223333", "lambda", "eu-west-1")
        told.done("111122223333")


def test_a_name_can_neither_steer_the_terminal_nor_pass_for_a_line_of_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(verbosity=0, log_format="text")
    logging.getLogger("nhi_scan.import").warning("`%s` is empty", "x\x1b[2J\u202e\nnhi-scan: ERROR: all is well")
    logging.getLogger("nhi_scan").error("internal error", exc_info=ValueError("\x1b[2J"))

    first, second, *traceback = capsys.readouterr().err.splitlines()
    assert first == "nhi-scan: WARNING: `x\\x1b[2J\\u202e nhi-scan: ERROR: all is well` is empty"
    assert second == "nhi-scan: ERROR: internal error"
    assert traceback[-1] == "ValueError: \\x1b[2J"


def test_without_a_terminal_a_plain_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_PLAIN_EVERY_SECONDS", 0.0)
    configure(verbosity=0, log_format="text")

    _work()

    assert capsys.readouterr().err.splitlines() == [
        "111122223333: collecting, 3 steps",
        "111122223333: 1 steps done, now iam",
        "111122223333: 2 steps done, now lambda in eu-west-1",
        "111122223333: collected",
    ]


def test_progress_does_not_flood_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure(verbosity=0, log_format="text")

    _work()

    assert capsys.readouterr().err.splitlines() == ["111122223333: collecting, 3 steps", "111122223333: collected"]


def test_where_the_log_is_json_so_is_progress(capsys: pytest.CaptureFixture[str]) -> None:
    configure(verbosity=0, log_format="json")

    _work()

    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(row["level"], row["message"]) for row in told] == [
        ("info", "111122223333: collecting, 3 steps"),
        ("info", "111122223333: collected"),
    ]


@pytest.mark.parametrize(
    ("argv", "level", "word"),
    [
        (["analyse", "absent"], "error", "`absent`"),
        (["gate", "absent", "--fail-on", "horrible"], "error", "horrible"),
        (["import", "aws", "export", "--account", "111122223333", "-o", "s"], "warning", "`export/kittens-list.json`"),
        (["import", "aws", "export", "--account", "111122223333", "-o", "s"], "warning", "missing or not whole"),
    ],
)
def test_every_line_of_a_json_log_is_json(say: Say, tmp_path: Path, argv: list[str], level: str, word: str) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "kittens-list.json").write_text("{}")
    (tmp_path / "export" / "iam-get-account-authorization-details.json").write_text('{"UserDetailList": []}')

    _, _, err = say("--log-format", "json", *argv)

    told = [json.loads(line) for line in err.splitlines()]
    assert [row for row in told if row["level"] == level and word in row["message"]]
    assert all(set(row) == {"time", "level", "logger", "message"} for row in told)


def test_help_costs_a_quarter_of_a_second_at_most() -> None:
    def children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    costs = []
    for _ in range(3):  # the best of three: another program's noise is not ours
        before = children()
        done = subprocess.run([sys.executable, "-m", "nhi_scan", "--help"], capture_output=True, text=True, check=True)
        costs.append(children() - before)
        assert "collect" in done.stdout

    assert 0 < min(costs) < 0.25
