"""Reads `<id>.cases.yaml`: the facts of one subject each, under what the rule has to say about it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from nhi_scan.facts.catalogue import usable
from nhi_scan.facts.registry import Fact
from nhi_scan.ruleset.conditions import check_value, fits
from nhi_scan.ruleset.expr import comparisons_of
from nhi_scan.ruleset.reader import Reader, suggestion
from nhi_scan.ruleset.rule import Case, Rule, Scalar, Value
from nhi_scan.ruleset.strict_yaml import name_of

_OUTCOMES: tuple[Literal["finding", "quiet", "unknown"], ...] = ("finding", "quiet", "unknown")


def read_cases(rule: Rule, content: object, source: str) -> Rule:
    """Return the rule with its cases.

    The file holds `facts` (shared by all cases; a case's own win) and a list each for `finding`, `quiet` and
    `unknown`. A case holds `name`, `facts`, and where wanted `params` and `message`. `null` makes a fact unknown.

    Raises:
        UserError: anything else; a fact that the rule cannot use; a value of the wrong type.
    """
    reader = Reader(source, content)
    facts = usable(rule.subject)
    shared = _facts(reader, reader.mapping("facts"), "facts", facts)
    cases: list[Case] = []
    for outcome in _OUTCOMES:
        for place, raw in enumerate(reader.items(outcome)):
            case = Reader(source, raw, f"{outcome}[{place}]")
            cases.append(
                Case(
                    name=case.text("name"),
                    expect=outcome,
                    facts={**shared, **_facts(case, case.mapping("facts"), "facts", facts)},
                    params=set_params(rule, case.mapping("params"), source, case.at("params")),
                    message=case.text("message", default=""),
                )
            )
            case.finish()
    reader.finish()
    return replace(rule, cases=tuple(cases))


def set_params(rule: Rule, chosen: Mapping[str, object], source: str, path: str) -> dict[str, Value]:
    """Check a user's parameters against a rule.

    Returns:
        All parameters of the rule, sorted by name, with the chosen values in place.

    Raises:
        UserError: a parameter that the rule does not have, or a value that does not fit where it is used.
    """
    reader = Reader(source, dict(chosen), path)
    params = dict(rule.params)
    for name in chosen:
        if name not in params:
            reader.fail(f"rule `{rule.id}` has no parameter `{name}`{suggestion(name, params)}")
        params[name] = reader.value(reader.take(name), name)
        if type(params[name]) is not type(rule.params[name]):
            reader.fail(f"expected the like of {name_of(rule.params[name])}, not {name_of(params[name])}", name)
    known = usable(rule.subject)
    for expression in (rule.when, *(drop.when for drop in rule.confidence_drops)):
        for test in comparisons_of(expression):
            check_value(f"{source}: {path}" if chosen else source, test, known[test.fact], params)
    return params


def _facts(reader: Reader, raw: Mapping[str, object], key: str, known: Mapping[str, Fact]) -> dict[str, Scalar | None]:
    read: dict[str, Scalar | None] = {}
    for name, value in raw.items():
        if name not in known:
            reader.fail(f"unknown fact `{name}`{suggestion(name, known)}", key)
        if value is not None and not fits(known[name], value):
            reader.fail(f"`{name}` is never {name_of(value)}", key)
        if value is not None and known[name].values and value not in known[name].values:
            reader.fail(f"`{name}` is never {name_of(value)}{suggestion(str(value), known[name].values)}", key)
        read[name] = None if value is None else reader.scalar(value, f"{key}.{name}")
    return read
