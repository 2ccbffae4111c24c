"""Rule conditions over columns: true, false or unknown for every row at once.

pandas' nullable booleans follow Kleene logic
(https://pandas.pydata.org/docs/user_guide/boolean.html#kleene-logical-operations), so `all`, `any` and `not` are `&`,
`|` and `~`, and an unknown fact decides nothing that the known ones have decided.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from operator import eq, ge, gt, le, lt, ne
from typing import Any as Anything
from typing import Protocol, cast

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from nhi_scan.facts.registry import Kind
from nhi_scan.ruleset.rule import All, Any, Comparison, Expression, Not, Operator, Parameter, Scalar, Value

Getter = Callable[[str], ExtensionArray]  # full fact name -> column


Mask = np.ndarray[Anything, np.dtype[np.bool_]]


class Truths(Protocol):
    """A column of true, false and unknown: what this module needs of pandas' BooleanArray."""

    def __and__(self, other: "Truths") -> "Truths": ...
    def __or__(self, other: "Truths") -> "Truths": ...
    def __invert__(self) -> "Truths": ...
    def isna(self) -> Mask:
        """Where the answer is unknown."""
        ...

    def to_numpy(self, dtype: type, na_value: bool) -> Mask:  # noqa: FBT001 - as pandas has it
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

_COMPARISONS: Mapping[Operator, Callable[[Anything, Anything], Anything]] = {
    "is": eq,
    "is_not": ne,
    "at_least": ge,
    "at_most": le,
    "more_than": gt,
    "less_than": lt,
}


def evaluate(expression: Expression, column: Getter, params: Mapping[str, Value]) -> Truths:
    """Answer an expression for every row.

    Args:
        expression: a checked expression: the loader has made sure that facts, operators and values fit.
        column: yields the column of a fact.
        params: values of the rule's parameters.
    """
    match expression:
        case Comparison():
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


def blame(
    expression: Expression, column: Getter, params: Mapping[str, Value], rows: Mask | None = None
) -> dict[str, Mask]:
    """Say, for the rows whose answer is unknown, for lack of which facts.

    A part that is known is not to blame, nor is an unknown one whose group has its answer without it.

    Args:
        expression: a checked expression.
        column: yields the column of a fact.
        params: values of the rule's parameters.
        rows: the rows that matter; None for all.

    Returns:
        For each fact to blame, the rows in which it is.
    """
    unknown = evaluate(expression, column, params).isna()
    if rows is not None:
        unknown = unknown & rows
    if not unknown.any():
        return {}
    if isinstance(expression, Comparison):
        return {expression.fact: unknown}
    parts = (expression.part,) if isinstance(expression, Not) else expression.parts
    blamed: dict[str, Mask] = {}
    for part in parts:
        for name, mask in blame(part, column, params, unknown).items():
            blamed[name] = blamed[name] | mask if name in blamed else mask
    return blamed


def comparisons_of(expression: Expression) -> tuple[Comparison, ...]:
    """All comparisons of an expression, in order."""
    if isinstance(expression, Comparison):
        return (expression,)
    parts = (expression.part,) if isinstance(expression, Not) else expression.parts
    return tuple(test for part in parts for test in comparisons_of(part))


def value_of(test: Comparison, params: Mapping[str, Value]) -> Value:
    """Return a test's value with its parameter filled in."""
    return params[test.value.name] if isinstance(test.value, Parameter) else test.value


def _test(cells: ExtensionArray, operator: Operator, value: Value) -> Truths:
    array = cast("Anything", cells)
    if operator == "matches":
        return _masked(_matching(array, value), array)
    if operator in ("in", "not_in"):
        inside = _masked(array.isin(list(cast("tuple[Scalar, ...]", value))), array)
        return inside if operator == "in" else ~inside
    return _truths(_COMPARISONS[operator](array, value))


def _truths(answers: Anything) -> Truths:
    """Bring pandas' own answer to a nullable boolean, whichever of its boolean types it chose."""
    if isinstance(answers, pd.arrays.BooleanArray):
        return cast("Truths", answers)
    return cast("Truths", pd.array(answers, dtype="boolean"))


def _masked(answers: Mask, array: Anything) -> Truths:
    return cast("Truths", pd.arrays.BooleanArray(np.asarray(answers, dtype=np.bool_), np.asarray(array.isna())))


def _matching(array: Anything, value: Value) -> Mask:
    """Match shell patterns, each distinct text once."""
    patterns = value if isinstance(value, tuple) else (value,)
    pattern = re.compile("|".join(translate(str(one)) for one in patterns))
    codes, texts = pd.factorize(array)
    hits = np.array([pattern.match(str(text)) is not None for text in texts] + [False], dtype=np.bool_)
    return cast(Mask, hits[codes])  # code -1, null, is the False at the end
