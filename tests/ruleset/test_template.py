"""Templates fill in facts and nothing else."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.ruleset import template


def render(text: str, **facts: object) -> str:
    texts = {name.replace("__", "."): [template.text_of(value)] for name, value in facts.items()}
    (rendered,) = template.render(template.parse(text), texts, {"days": 90, "names": ("a", "b")}, 1)
    return rendered


def test_facts_and_parameters_are_filled_in() -> None:
    assert render("{identity.name}: {$days} days, {$names}", identity__name="ci") == "ci: 90 days, a, b"


def test_unknown_and_truth_are_words() -> None:
    assert render("{a.b} {c.d} {e.f}", a__b=None, c__d=True, e__f=False) == "unknown yes no"


def test_doubled_braces_are_braces() -> None:
    assert render('{{"Sub": "{a.b}"}}', a__b="x") == '{"Sub": "x"}'


@given(st.text())
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert render("<{a.b}>", a__b=value) == f"<{value}>"


@given(st.text().filter(lambda text: "\0" not in text))
def test_a_quoted_value_stays_one_word(value: str) -> None:
    assert shlex.split(render("aws iam delete-user --user-name {a.b!sh}", a__b=value))[-1] == value


@pytest.mark.parametrize(
    "text", ["{", "}", "{}", "{a.b", "{a.b.c}", "{a[0]}", "{a.b!r}", "{a.__class__}", "{0}", "{A.b}"]
)
def test_anything_else_in_braces_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no field"):
        template.parse(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{a.b!words} hook", "Lambda function hook"),
        ("the {a.b!words} hook", "the Lambda function hook"),
        ("{c.d!words} 1", "Access key 1"),
        ("an {c.d!words}", "an access key"),
        ("{e.f!words}", "DynamoDB table"),
    ],
)
def test_an_identifier_is_written_as_words(text: str, written: str) -> None:
    assert render(text, a__b="lambda_function", c__d="access_key", e__f="dynamodb_table") == written


def test_many_subjects_at_once() -> None:
    parsed = template.parse("{a.b!sh} for {$days}")
    assert template.render(parsed, {"a.b": ["x y", "z"]}, {"days": 9}, 2) == ["'x y' for 9", "z for 9"]
    assert template.render(template.parse(""), {}, {}, 2) == ["", ""]
