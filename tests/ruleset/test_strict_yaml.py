"""YAML from strangers: an answer or one sentence, never a crash, never a bomb."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.errors import UserError
from nhi_scan.ruleset.strict_yaml import load_mapping, parse, parse_mapping

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "f: line 1: anchors and aliases are not allowed: write it out"),
        ("a: *a", "f: line 1: anchors and aliases are not allowed"),
        ("!!python/object/apply:os.system [id]", "f: line 1: tag `tag:yaml.org,2002:python/object/apply:os.system`"),
        ("a: !!binary aGk=", "f: line 1: tag `tag:yaml.org,2002:binary` is not allowed"),
        ("a: 1\na: 2", "f: line 2: duplicate key `a`"),
        ("a: {b: 1, b: 2}", "f: line 1: duplicate key `b`"),
        ("[" * 5000, "f: line 1: nested deeper than 32"),
        ("{a: " * 100, "f: line 1: nested deeper than 32"),
        ("--- 1\n--- 2\n", "f: line 2: more than one document"),
        ("a: [", "f: line "),
        ("a: 2026-99-99", "f: a value cannot be read: "),
        (f"a: {'9' * 5000}", "f: a value cannot be read: "),
        ("? [a]\n: b", "f: line 1: a key has to be a word"),
        ("on: 1", "f: key `True` is no text: put it in quotes"),
        ("a: {1: b}", "f: key `1` in a is no text: put it in quotes"),
        ("a: \x07", "f: "),
        ("- a", "f: expected a mapping, not a list"),
        ("word", "f: expected a mapping, not `word`"),
    ],
    ids=str,
)
def test_hostile_yaml_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_mapping(text, "f")
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_an_answer_or_a_user_error(text: str) -> None:
    try:
        parse(text, "f")
    except UserError as error:
        assert str(error).startswith("f: ")  # noqa: PT017 - either outcome is right


@given(st.text(alphabet="{}[]:,-&*!|>'\"#%@ \n?ab1", max_size=60))
def test_any_punctuation_is_an_answer_or_a_user_error(text: str) -> None:
    try:
        parse(text, "f")
    except UserError as error:
        assert str(error).startswith("f: ")  # noqa: PT017 - either outcome is right


def test_plain_yaml_is_read() -> None:
    assert parse_mapping("a: [1, x, true]\nb:\n  c: null\n", "f") == {"a": [1, "x", True], "b": {"c": None}}
    assert parse_mapping("# nothing\n", "f") == {}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read `.*nowhere\.yaml`: no such file or directory"):
        load_mapping(tmp_path / "nowhere.yaml")
    big = tmp_path / "big.yaml"
    big.write_text("#" * 1_000_001)
    with pytest.raises(UserError, match="larger than 1000000 bytes"):
        load_mapping(big)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: \xff")
    with pytest.raises(UserError, match="not UTF-8 at byte 3"):
        load_mapping(latin)
