"""What is no condition is unknown, and nothing that somebody writes breaks or slows the reader."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.azure.conditions import Known, evaluate, readable
from nhi_scan.access.azure.conditions.tokens import LONGEST

LEAF = "@Resource[a] StringEquals 'x'"


@pytest.mark.parametrize(
    "expression",
    [
        "(",
        ")",
        "()",
        "a",
        "true",
        "'x'",
        "@Resource[a]",
        "@Resource[a] StringEquals",
        "@Resource[a] 'x'",
        "@Resource[a StringEquals 'x'",
        "@Other[a] StringEquals 'x'",
        "@Resource[a] StringEquals 'x",
        "@Resource[a] StringEquals {'x'",
        "@Resource[a] StringEquals {}",
        "@Resource[a] StringEquals {'x',}",
        "@Resource[a] StringEquals {@Resource[b]}",
        f"{LEAF} AND",
        f"AND {LEAF}",
        f"{LEAF} {LEAF}",
        f"({LEAF}",
        f"{LEAF})",
        "NOT",
        "Exists",
        "Exists 'x'",
        "ActionMatches('x')",
        "ActionMatches{}",
        "@Resource[a] StringEquals \u201cx\u201d",
        "\x00",
        "#",
    ],
)
def test_what_cannot_be_read_is_unknown(expression: str) -> None:
    assert not readable(expression)
    assert evaluate(expression, Known(action="a/b")) is None


def test_a_function_that_is_not_known_is_unknown_by_itself() -> None:
    assert evaluate("Fortunate{'x'}", Known()) is None
    assert evaluate("Fortunate{'x'} OR ActionMatches{'*'}", Known(action="a/b")) is True
    assert evaluate("NOT Fortunate{'x'}", Known()) is None
    assert readable("Fortunate{'x'}")


@pytest.mark.parametrize(("depth", "read"), [(50, True), (5_000, False)])
def test_nesting_is_bounded(depth: int, *, read: bool) -> None:
    assert readable("(" * depth + LEAF + ")" * depth) is read


def test_a_long_row_of_negations_nests_nothing() -> None:
    assert evaluate("!" * 5_001 + "ActionMatches{'*'}", Known(action="a")) is False


def test_what_is_far_too_long_is_not_read() -> None:
    assert readable(f"{LEAF} OR {LEAF}")
    assert not readable(" OR ".join([LEAF] * (LONGEST // len(LEAF))))


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 60_000,
        "'" * 60_001,
        "'" + "\\" * 60_000,
        "@Resource[" + "a" * 60_000,
        " OR ".join([LEAF] * 1_800),
        "{" + "'a'," * 15_000,
        "!" * 60_000,
        f"@Resource[a] StringLike '{'*a' * 20_000}'",
    ],
)
def test_the_time_that_reading_takes_grows_with_the_text_alone(expression: str) -> None:
    asked = Known(action="a", attributes={"resource[a]": ("a" * 2_000,)})
    # What is not linear takes hours, and so runs into the limit of every test.
    assert evaluate(expression, asked) in (True, False, None)


WORDS = st.sampled_from(
    [
        "(", ")", "{", "}", ",", "!", "&&", "||", "AND", "OR", "NOT", "Exists", "ActionMatches", "SubOperationMatches",
        "@Resource[a]", "@Request[b:c]", "'x'", "'*'", "5", "true", "StringEquals", "StringLike", "NumericLessThan",
        "ForAnyOfAnyValues:GuidNotEquals", "ForAllOfAllValues:DateTimeEquals", "b24988ac-6180-42a0-ab88-20f7382dd24c",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_whatever_is_written_is_answered(expression: str) -> None:
    asked = Known(action="a/b", sub_operation="", attributes={"resource[a]": ("x", "y"), "request[b:c]": ()})
    assert evaluate(expression, asked) in (True, False, None)


@given(st.recursive(st.sampled_from(["t", "f", "n"]), lambda inner: st.tuples(st.sampled_from("&|!"), inner, inner)))
def test_logic_is_kleenes(tree: Any) -> None:
    asked = Known(attributes={"resource[a]": ("x",)})
    assert evaluate(written(tree), asked) is meant(tree)


def written(tree: Any) -> str:
    if isinstance(tree, str):
        value = {"t": "'x'", "f": "'y'", "n": "@Request[q]"}[tree]
        return f"@Resource[a] StringEquals {value}"
    joint, one, other = tree
    if joint == "!":
        return f"NOT ({written(one)})"
    return f"({written(one)}) {'AND' if joint == '&' else 'OR'} ({written(other)})"


def meant(tree: Any) -> bool | None:
    if isinstance(tree, str):
        return {"t": True, "f": False, "n": None}[tree]
    joint, one, other = tree
    if joint == "!":
        return None if meant(one) is None else not meant(one)
    if joint == "&":
        return False if False in (meant(one), meant(other)) else None if None in (meant(one), meant(other)) else True
    return True if True in (meant(one), meant(other)) else None if None in (meant(one), meant(other)) else False
