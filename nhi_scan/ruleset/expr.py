"""Rule conditions over columns: true, false or unknown for every row at once.

pandas' nullable booleans follow Kleene logic
(https://pandas.pydata.org/docs/user_guide/boolean.html#kleene-logical-operations), so `all`, `any` and `not` are `&`,
`|` and `~`, and an unknown fact decides nothing that the known ones have decided.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import Any as Anything
from typing import Protocol, cast

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from nhi_scan.facts.registry import Kind
from nhi_scan.ruleset.rule import All, Any, Expression, Not, Operator, Parameter, Scalar, Test, Value

Getter = Callable[[str], ExtensionArray]  # full fact name -> column


class Truths(Protocol):
    """A column of true, false and unknown: what this module needs of pandas' BooleanArray."""

    def __and__(self, other: "Truths") -> "Truths": ...
    def __or__(self, other: "Truths") -> "Truths": ...
    def __invert__(self) -> "Truths": ...
    def isna(self) -> "np.ndarray[Anything, np.dtype[np.bool_]]":
        """Where the answer is unknown."""
        ...

    def to_numpy(self, dtype: type, na_value: bool) -> "np.ndarray[Anything, np.dtype[np.bool_]]":  # noqa: FBT001
        """The answers, with unknown replaced."""
        ...


# operator -> the kinds of fact it can be asked of
OPERATORS: Mapping[Operator, tuple[Kind, ...]] = {
    "is": ("boolean", "integer", "text"),
    "is_not": ("boolean", "integer", "text"),
    "in": ("integer", "text"),
    "not_in": ("integer", "text"),
    "at_least": ("integer",),
    "at_most": ("integer",),
    "more_than": ("integer",),
    "less_than": ("integer",),
    "matches": ("text",),  # shell patterns, case-sensitive
}


def evaluate(expression: Expression, column: Getter, params: Mapping[str, Value]) -> Truths:
    """Answer an expression for every row.

    Args:
        expression: a checked expression: the loader has made sure that facts, operators and values fit.
        column: yields the column of a fact.
        params: values of the rule's parameters.
    """
    match expression:
        case Test():
            return _test(column(expression.fact), expression.operator, value_of(expression, params))
        case Not(part=part):
            return ~evaluate(part, column, params)
        case All(parts=parts):
            answers = evaluate(parts[0], column, params)
            for part in parts[1:]:
                answers = answers & evaluate(part, column, params)
            return answers
        case Any(parts=parts):
            answers = evaluate(parts[0], column, params)
            for part in parts[1:]:
                answers = answers | evaluate(part, column, params)
            return answers


def unknown_facts(expression: Expression, column: Getter, params: Mapping[str, Value], row: int) -> tuple[str, ...]:
    """Name the facts for whose lack a row's answer is unknown, leaving out those that would change nothing."""
    if isinstance(expression, Test):
        return (expression.fact,)
    parts = (expression.part,) if isinstance(expression, Not) else expression.parts
    names: set[str] = set()
    for part in parts:
        if evaluate(part, lambda name: column(name)[[row]], params).isna()[0]:
            names.update(unknown_facts(part, column, params, row))
    return tuple(sorted(names))


def facts_of(expression: Expression) -> frozenset[str]:
    """All facts that an expression names."""
    return frozenset(test.fact for test in tests_of(expression))


def tests_of(expression: Expression) -> tuple[Test, ...]:
    """All comparisons of an expression, in order."""
    if isinstance(expression, Test):
        return (expression,)
    parts = (expression.part,) if isinstance(expression, Not) else expression.parts
    return tuple(test for part in parts for test in tests_of(part))


def value_of(test: Test, params: Mapping[str, Value]) -> Value:
    """Return a test's value with its parameter filled in."""
    return params[test.value.name] if isinstance(test.value, Parameter) else test.value


def _test(cells: ExtensionArray, operator: Operator, value: Value) -> Truths:
    array = cast("Anything", cells)
    match operator:
        case "is":
            return _truths(array == value)
        case "is_not":
            return _truths(array != value)
        case "in" | "not_in":
            inside = _masked(array.isin(list(cast("tuple[Scalar, ...]", value))), array)
            return inside if operator == "in" else ~inside
        case "at_least":
            return _truths(array >= value)
        case "at_most":
            return _truths(array <= value)
        case "more_than":
            return _truths(array > value)
        case "less_than":
            return _truths(array < value)
        case "matches":
            return _masked(_matching(array, value), array)


def _truths(answers: Anything) -> Truths:
    """Bring pandas' own answer to a nullable boolean, whichever of its boolean types it chose."""
    if isinstance(answers, pd.arrays.BooleanArray):
        return cast("Truths", answers)
    return cast("Truths", pd.array(answers, dtype="boolean"))


def _masked(answers: "np.ndarray[Anything, np.dtype[np.bool_]]", array: Anything) -> Truths:
    return cast("Truths", pd.arrays.BooleanArray(np.asarray(answers, dtype=np.bool_), np.asarray(array.isna())))


def _matching(array: Anything, value: Value) -> "np.ndarray[Anything, np.dtype[np.bool_]]":
    """Match shell patterns, each distinct text once."""
    patterns = value if isinstance(value, tuple) else (value,)
    pattern = re.compile("|".join(translate(str(one)) for one in patterns))
    codes, texts = pd.factorize(array)
    hits = np.array([pattern.match(str(text)) is not None for text in texts] + [False], dtype=np.bool_)
    return cast("np.ndarray[Anything, np.dtype[np.bool_]]", hits[codes])  # code -1, null, is the False at the end
