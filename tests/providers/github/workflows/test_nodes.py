"""YAML as GitHub reads it: what is taken, what is refused and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.jobs import read_jobs, read_workflow
from nhi_scan.providers.github.workflows.nodes import Listing, MalformedError, Scalar, Table, load

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def root(text: str) -> Table:
    found = load(text)
    assert isinstance(found, Table)
    return found


def test_words_are_words() -> None:
    found = root("on: push\nyes: no\n12: 0o14\nwhen: 2026-01-01\nnothing: ~\nquoted: '~'\n")
    assert list(found.items) == ["on", "yes", "12", "when", "nothing", "quoted"]
    assert found.text("yes") == "no"
    assert found.text("12") == "0o14"
    assert found.text("when") == "2026-01-01"
    assert isinstance(found.get("nothing"), Scalar)
    assert found.text("nothing") == ""
    assert found.text("quoted") == "~"


def test_everything_has_its_place() -> None:
    found = root("# top\non: push\njobs:\n  a:\n    steps: [x, y]\n")
    assert (found.line, found.column) == (2, 1)
    steps = found.table("jobs").table("a").get("steps")
    assert isinstance(steps, Listing)
    assert [(item.line, item.column) for item in steps.items] == [(5, 13), (5, 16)]
    assert found.table("jobs").line_of("a") == 4


def test_anchors_are_followed() -> None:
    found = root("a: &steps [{run: x}]\nb: *steps\n")
    assert found.get("b") == found.get("a")


def test_a_byte_order_mark_and_comments_are_nothing() -> None:
    assert root("\ufeff---\non: push # x\n").text("on") == "push"


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("", 1, 1, "the file is empty"),
        ("# only\n", 1, 1, "the file is empty"),
        ("a: 1\na: 2\n", 2, 1, "`a` is already defined"),
        ("on: 1\nON: 2\n", 2, 1, "`ON` is already defined"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "merge keys"),
        ("a: *b\n", 1, 4, "undefined alias"),
        ("a: &a [*a]\n", 1, 7, "nested deeper"),
        (LAUGHS, 1, 8, "once its aliases are written out"),
        ("[" * 60 + "]" * 60, 1, 51, "nested deeper"),
        ("a: !!python/object:os.system x\n", 1, 4, "is not allowed"),
        ("a: !!binary aGk=\n", 1, 4, "tag `binary` is not allowed"),
        ("a: 1\n---\nb: 2\n", 2, 1, "more than one document"),
        ("a:\n\tb: 1\n", 2, 1, "cannot start any token"),
        ("[a]: 1\n", 1, 1, "a key has to be a word"),
        ("a: \x00\n", 1, 4, "does not allow"),
        ("a: \ud800\n", 1, 4, "no character"),
        ("a: 'x\n", 2, 1, "end of stream"),
    ],
)
def test_what_github_refuses_is_refused_with_its_place(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem) as caught:
        load(text)
    if problem not in ("nested deeper", "once its aliases are written out", "does not allow"):
        assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.line >= 1


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("abjo:- \n\t{}[]&*!|>'\"#?,%$<~\ufeff\x00\ud800é"), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"on: push\njobs:\n  a:\n    {text}\n", f"on: {text}\njobs: {{a: {{steps: []}}}}\n"):
        assert outcome(candidate)


def outcome(text: str) -> str:
    try:
        return f"{len(read_jobs(read_workflow(text), {}))} jobs"
    except MalformedError as error:
        return error.problem
