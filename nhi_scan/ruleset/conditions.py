"""Reads the `when` of a rule: shape, facts, operators and values are all checked here, so that running cannot fail."""

from collections.abc import Mapping

from nhi_scan.facts.registry import Fact
from nhi_scan.model.errors import UserError
from nhi_scan.ruleset.expr import OPERATORS
from nhi_scan.ruleset.reader import Reader, suggestion
from nhi_scan.ruleset.rule import All, Any, Comparison, Expression, Not, Operator, Parameter, Value
from nhi_scan.ruleset.strict_yaml import name_of

_PYTHON = {"boolean": bool, "integer": int, "text": str}
_WORDS = {"boolean": "true or false", "integer": "a whole number", "text": "a text"}


def read_expression(
    source: str, raw: object, path: str, facts: Mapping[str, Fact], params: Mapping[str, Value]
) -> Expression:
    """Read an expression: `all`, `any`, `not`, or one fact with one operator.

    Args:
        source: the file, for errors.
        raw: decoded YAML.
        path: where it stands: `when`.
        facts: the facts that may be used, by full name.
        params: the rule's parameters with their values.

    Raises:
        UserError: anything that is not exactly that.
    """
    reader = Reader(source, raw, path)
    keys = set(reader.mapping_keys())
    if keys & {"all", "any", "not"}:
        return _read_group(reader, facts, params)
    name = reader.text("fact")
    if name not in facts:
        reader.fail(f"unknown fact `{name}`{suggestion(name, facts)}")
    operators = sorted(keys - {"fact"})
    for word in operators:
        if word not in OPERATORS:
            reader.fail(f"unknown operator `{word}`{suggestion(word, OPERATORS)}")
    if len(operators) != 1:
        reader.fail(f"expected one operator for `{name}`, not {len(operators)}")
    operator: Operator = operators[0]  # type: ignore[assignment]  # just checked to be a key of OPERATORS
    raw_value = reader.take(operator)
    test = Comparison(name, operator, _value_or_parameter(reader, raw_value, operator, params), path)
    check_value(source, test, facts[name], params)
    return test


def _read_group(reader: Reader, facts: Mapping[str, Fact], params: Mapping[str, Value]) -> Expression:
    (word, *more) = reader.mapping_keys()
    if more:
        reader.fail(f"`{word}` stands alone; `{more[0]}` does not belong beside it")
    if word == "not":
        return Not(read_expression(reader.source, reader.take("not"), reader.at("not"), facts, params))
    parts = reader.items(word)
    if not parts:
        reader.fail("an empty list answers nothing", word)
    read = tuple(
        read_expression(reader.source, part, f"{reader.at(word)}[{place}]", facts, params)
        for place, part in enumerate(parts)
    )
    return All(read) if word == "all" else Any(read)


def _value_or_parameter(
    reader: Reader, raw: object, operator: Operator, params: Mapping[str, Value]
) -> Value | Parameter:
    if isinstance(raw, str) and raw.startswith("$"):
        if raw[1:] not in params:
            reader.fail(f"unknown parameter `{raw}`{suggestion(raw[1:], params)}")
        return Parameter(raw[1:])
    return reader.value(raw, operator)


def check_value(source: str, test: Comparison, fact: Fact, params: Mapping[str, Value]) -> None:
    """Check that an operator and a value make sense for a fact; also after the user has set a parameter.

    Raises:
        UserError: they do not; the sentence names the place, the fact and the value.
    """
    problem = _misfit(test, fact, params)
    if problem:
        raise UserError(f"{source}: {test.path}: {problem}")


def _misfit(test: Comparison, fact: Fact, params: Mapping[str, Value]) -> str:
    if fact.kind not in OPERATORS[test.operator]:
        return f"operator `{test.operator}` does not fit `{fact.full_name}`, which is {_article(fact.kind)}"
    value = params[test.value.name] if isinstance(test.value, Parameter) else test.value
    problem = _wrong_shape(test, value)
    values = value if isinstance(value, tuple) else (value,)
    return problem or next((p for one in values if (p := _wrong_value(test, fact, one))), "")


def _wrong_shape(test: Comparison, value: Value) -> str:
    many = test.operator in ("in", "not_in")
    if isinstance(value, tuple) and not many and test.operator != "matches":
        return f"operator `{test.operator}` takes one value, not a list"
    if many and not isinstance(value, tuple):
        return f"operator `{test.operator}` takes a list, not {name_of(value)}"
    return "an empty list answers nothing" if value == () else ""


def _wrong_value(test: Comparison, fact: Fact, value: object) -> str:
    if not fits(fact, value):
        return f"`{fact.full_name}` is {_article(fact.kind)}, never {name_of(value)}"
    if fact.values and test.operator != "matches" and value not in fact.values:
        return f"`{fact.full_name}` is never {name_of(value)}{suggestion(str(value), fact.values)}"
    return ""


def fits(fact: Fact, value: object) -> bool:
    """Whether a value has the type of a fact. `true` is no number."""
    type_ = _PYTHON.get(fact.kind)
    if type_ is None:
        return False
    return isinstance(value, type_) and not (type_ is int and isinstance(value, bool))


def _article(kind: str) -> str:
    return _WORDS.get(kind, "a moment in time: use its fact in days")
