"""The condition language against a slow oracle: Kleene logic, one row at a time."""

from typing import Any as Anything

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.facts.columns import to_array
from nhi_scan.ruleset.expr import OPERATORS, blame, evaluate
from nhi_scan.ruleset.rule import All, Any, Comparison, Expression, Not, Parameter

Row = dict[str, bool | None]
NAMES = ("a", "b", "c")

rows = st.lists(st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in NAMES}), min_size=1)
YES = True
leaves = st.builds(lambda name, value: Comparison(name, "is", value, ""), st.sampled_from(NAMES), st.booleans())
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: All(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: Any(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


def oracle(expression: Expression, row: Row) -> bool | None:
    match expression:
        case Comparison():
            cell = row[expression.fact]
            return None if cell is None else cell == expression.value
        case Not(part=part):
            answer = oracle(part, row)
            return None if answer is None else not answer
        case All(parts=parts):
            answers = [oracle(part, row) for part in parts]
            return False if False in answers else (None if None in answers else True)
        case Any(parts=parts):
            answers = [oracle(part, row) for part in parts]
            return True if True in answers else (None if None in answers else False)


def columns(table: list[Row]) -> dict[str, Anything]:
    return {name: to_array("boolean", [row[name] for row in table]) for name in NAMES}


def answers_of(expression: Expression, table: list[Row]) -> list[bool | None]:
    answers = evaluate(expression, columns(table).__getitem__, {})
    return [None if empty else bool(value) for value, empty in zip(answers, answers.isna(), strict=True)]  # type: ignore[call-overload]


@given(expressions, rows)
def test_columns_answer_as_rows_do(expression: Expression, table: list[Row]) -> None:
    assert answers_of(expression, table) == [oracle(expression, row) for row in table]


@given(expressions, rows)
def test_a_known_answer_survives_whatever_the_unknown_turns_out_to_be(expression: Expression, table: list[Row]) -> None:
    for row, answer in zip(table, answers_of(expression, table), strict=True):
        filled = [{name: fill if cell is None else cell for name, cell in row.items()} for fill in (True, False)]
        if answer is not None:
            assert answers_of(expression, filled) == [answer, answer]


@given(expressions, rows)
def test_blame_names_unknown_facts_for_unknown_answers_only(expression: Expression, table: list[Row]) -> None:
    blamed = blame(expression, columns(table).__getitem__, {})
    for place, (row, answer) in enumerate(zip(table, answers_of(expression, table), strict=True)):
        names = {name for name, mask in blamed.items() if mask[place]}
        assert bool(names) == (answer is None)
        assert all(row[name] is None for name in names)


def test_blame_leaves_out_what_would_change_nothing() -> None:
    expression = All(
        (Comparison("a", "is", YES, ""), Any((Comparison("b", "is", YES, ""), Comparison("c", "is", YES, ""))))
    )
    table: list[Row] = [{"a": None, "b": None, "c": True}, {"a": False, "b": None, "c": None}]
    blamed = blame(expression, columns(table).__getitem__, {})
    assert list(blamed) == ["a"]
    assert np.flatnonzero(blamed["a"]).tolist() == [0]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", 5, [False, True, False, None]),
        ("is_not", 5, [True, False, True, None]),
        ("in", (5, 6), [False, True, True, None]),
        ("not_in", (5, 6), [True, False, False, None]),
        ("at_least", 5, [False, True, True, None]),
        ("at_most", 5, [True, True, False, None]),
        ("more_than", 5, [False, False, True, None]),
        ("less_than", 5, [True, False, False, None]),
    ],
)
def test_operators_on_numbers(operator: Anything, value: Anything, expected: list[bool | None]) -> None:
    cells = to_array("integer", [4, 5, 6, None])
    answers = evaluate(Comparison("n", operator, value, ""), lambda _: cells, {})
    assert [None if empty else bool(v) for v, empty in zip(answers, answers.isna(), strict=True)] == expected  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "ab", [True, False, False, None]),
        ("is_not", "ab", [False, True, True, None]),
        ("in", ("ab", "AB"), [True, False, True, None]),
        ("not_in", ("ab", "AB"), [False, True, False, None]),
        ("matches", "a*", [True, True, False, None]),
        ("matches", ("A?", "*c"), [False, True, True, None]),
        ("matches", "[", [False, False, False, None]),
    ],
)
def test_operators_on_texts(operator: Anything, value: Anything, expected: list[bool | None]) -> None:
    cells = to_array("text", ["ab", "abc", "AB", None])
    answers = evaluate(Comparison("t", operator, value, ""), lambda _: cells, {})
    assert [None if empty else bool(v) for v, empty in zip(answers, answers.isna(), strict=True)] == expected  # type: ignore[call-overload]


def test_every_operator_is_tried_above() -> None:
    assert set(OPERATORS) == {
        "is", "is_not", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "matches",
    }  # fmt: skip


def test_a_parameter_is_filled_in() -> None:
    cells = to_array("integer", [89, 90])
    test = Comparison("n", "at_least", Parameter("days"), "")
    assert evaluate(test, lambda _: cells, {"days": 90}).to_numpy(bool, na_value=False).tolist() == [False, True]
