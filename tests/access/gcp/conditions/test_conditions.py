"""Conditions by what they come to. The table is cases.yaml."""

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import celpy
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions import Known, evaluate, readable, reads

CASES: dict[Any, Any] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())
KNOWN = Known(**CASES["known"])
NOTHING = Known()
ANSWERS: dict[str, Truth] = {"true": True, "false": False, "unknown": None, "unreadable": None}


def without(known: Known, *fields: str) -> Known:
    nothing: dict[str, Any] = dict.fromkeys(fields)
    return replace(known, **nothing)


TABLE = [
    pytest.param(expression, answer, word != "unreadable", id=f"{word}: {expression!r:.60}")
    for word, answer in ANSWERS.items()
    for expression in CASES[word if word in CASES else answer]
]


@pytest.mark.parametrize(("expression", "answer", "sound"), TABLE)
def test_a_condition_comes_to_what_the_table_says(expression: str, answer: Truth, sound: bool) -> None:
    assert evaluate(expression, KNOWN) is answer
    if not sound:
        assert not readable(expression)
        assert reads(expression) == frozenset()


@pytest.mark.parametrize(("expression", "answer", "sound"), TABLE)
def test_what_is_not_known_only_opens_an_answer(expression: str, answer: Truth, sound: bool) -> None:
    assert evaluate(expression, NOTHING) in (answer, None)
    for field in ("resource_name", "resource_type", "resource_service", "now", "tags"):
        assert evaluate(expression, without(KNOWN, field)) in (answer, None)


@pytest.mark.parametrize(("expression", "answer", "sound"), TABLE)
def test_an_answer_hangs_on_nothing_but_what_the_condition_reads(
    expression: str,
    answer: Truth,
    sound: bool,
) -> None:
    read = reads(expression)
    bare = Known(
        resource_name=KNOWN.resource_name if "resource.name" in read else "other",
        resource_type=KNOWN.resource_type if "resource.type" in read else "other",
        resource_service=KNOWN.resource_service if "resource.service" in read else "other",
        now=KNOWN.now if "request.time" in read else dt.datetime(1999, 1, 1, tzinfo=dt.UTC),
        tags=KNOWN.tags if "resource.tags" in read else {},
        extra={name: text for name, text in KNOWN.extra.items() if name in read},
    )
    assert evaluate(expression, bare) is answer


def test_there_are_enough_cases() -> None:
    assert len(TABLE) >= 200


def test_the_empty_condition_is_met() -> None:
    assert evaluate("", NOTHING) is True
    assert readable("")
    assert reads("") == frozenset()


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("true", set()),
        ("resource.name == 'a' && request.time < timestamp('2026-01-01T00:00:00Z')", {"resource.name", "request.time"}),
        ("resource.matchTag('1/env', 'prod') || resource.hasTagKeyId('tagKeys/1')", {"resource.tags"}),
        ("'a' in request.auth.access_levels", {"request.auth.access_levels"}),
        (
            "api.getAttribute('iam.googleapis.com/x', []).hasOnly([resource.type])",
            {"iam.googleapis.com/x", "resource.type"},
        ),
        ("has(destination.ip)", {"destination.ip"}),
    ],
)
def test_what_a_condition_reads(expression: str, names: set[str]) -> None:
    assert reads(expression) == names


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("resource.name.startsWith('projects/_/buckets/data')", True),
        ("resource.name.startsWith('projects/_/buckets/data/objects/')", True),
        ("resource.name.startsWith('projects/_/buckets/data/objects/a')", None),
        ("resource.name.startsWith('projects/_/buckets/other')", False),
        ("resource.name == 'projects/_/buckets/data/objects/a'", None),
        ("resource.name == 'projects/_/buckets/data'", False),
        ("'projects/_/buckets/data' != resource.name", True),
        ("resource.name in ['projects/_/buckets/x', 'y']", False),
        ("resource.name in ['projects/_/buckets/data/objects/a', 'y']", None),
        ("resource.name in {'projects/_/buckets/data/objects/a': 1}", None),
        ("resource.name.contains('buckets/data')", True),
        ("resource.name.contains('a')", True),
        ("resource.name.contains('secret')", None),
        ("resource.name.endsWith('/')", None),
        ("resource.name.matches('^projects')", None),
        ("resource.name.extract('buckets/{b}/') == 'data'", True),
        ("resource.name.extract('buckets/{b}/') == 'other'", False),
        ("resource.name.extract('objects/{o}') == 'a'", None),
        ("resource.name.extract('secrets/{o}/') == ''", None),
        ("resource.name.extract('{all}') == 'a'", None),
        ("resource.name == resource.name", None),
        ("resource.name == 1", None),
        ("resource.name + 'a' == 'a'", None),
        ("resource.name < 'a'", None),
        ("resource.name.size() == 1", None),
        ("resource.name", None),
        ("has(resource.name)", True),
        ("'x'.startsWith(resource.name)", None),
    ],
)
@pytest.mark.parametrize("rest", ["", "a", "secret/", "z" * 20])
def test_of_a_name_the_beginning_may_be_all_that_is_known(expression: str, answer: Truth, rest: str) -> None:
    beginning = "projects/_/buckets/data/objects/"
    assert evaluate(expression, Known(resource_prefix=beginning)) is answer
    if answer is not None:
        assert evaluate(expression, Known(resource_name=beginning + rest)) is answer


def test_without_any_tags_none_matches_by_id_either() -> None:
    assert evaluate("resource.hasTagKeyId('tagKeys/1')", Known(tags={})) is False
    assert evaluate("resource.hasTagKeyId('tagKeys/1')", Known(tags={"1/env": "prod"})) is None
    both = {"1/env": "prod", "tagKeys/1": "tagValues/2"}
    assert evaluate("resource.hasTagKeyId('tagKeys/1')", Known(tags={**both, "1/team": "blue"})) is True
    assert evaluate("resource.hasTagKeyId('tagKeys/3')", Known(tags={**both, "1/team": "blue"})) is None
    assert evaluate("resource.hasTagKeyId('tagKeys/3')", Known(tags=both)) is False


@pytest.mark.timeout(60)  # each of these must not take a machine's lifetime
@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5_000 + "true" + ")" * 5_000,
        "!" * 3_000 + "true",
        "[" * 3_000 + "]" * 3_000,
        "||".join(["false"] * 1_900) + "||true",
        "true" + " && true" * 1_400,
        "a." * 1_900 + "b",
        "a" + "()" * 2_000,
        "f(" * 2_000 + ")" * 2_000,
        "1" + "+1" * 1_900 + " == 1",
        "true ? " * 1_000 + "true" + " : true" * 1_000,
        '"' + r"\n" * 5_000,
        "'" + "\\'" * 5_000,
        '"' + r"\n" * 16 + "a" * 9_000,
        '"' + r"\n" * 16 + "a" * 9_000 + "\n" + '" == "a"',
        '""""' + r"\n" * 16 + "a" * 9_000 + '"',
        '"""' + '"' * 3_000,
        "1" * 11_000 + " == 1",
        "true" + " " * 20_000,
        "//" * 5_000,
        "{" + "'a': " * 2_000 + "}",
    ],
    ids=lambda expression: expression[:12],
)
def test_a_hostile_condition_is_unknown_and_done(expression: str) -> None:
    assert evaluate(expression, KNOWN) is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("pattern", "answer"), [("(a*)*" * 50, True), (".*" * 200 + "x", False), ("(a+)+$", True)])
def test_a_hostile_pattern_is_done(pattern: str, answer: bool) -> None:
    assert evaluate(f"resource.name.matches('{pattern}')", Known(resource_name="a" * 1_000)) is answer


def test_a_pattern_that_is_none_is_unknown_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for pattern in ("(", "a{1000}{1000}{1000}", "\\\\1"):
        assert evaluate(f"resource.name.matches('{pattern}')", Known(resource_name="a")) is None
    assert capfd.readouterr() == ("", "")


def test_a_pattern_may_have_many_escapes() -> None:
    pattern = "^" + r"\\." * 30 + "$"
    assert evaluate(f"resource.name.matches('{pattern}')", Known(resource_name="." * 30)) is True
    assert evaluate(f"resource.name.matches('{pattern}')", Known(resource_name="a" * 30)) is False


def test_as_many_operators_as_google_allows_are_read() -> None:
    assert evaluate("false || " * 12 + "true", NOTHING) is True
    assert evaluate("true && (" * 12 + "true" + ")" * 12, NOTHING) is True


ATOMS = [
    "true",
    "false",
    "resource.name == 'a'",
    "resource.name.startsWith('b')",
    "resource.type == 't'",
    "1 < 2",
    "'x' in ['x', 'y']",
    "request.time < timestamp('2026-01-01T00:00:00Z')",
    "request.time.getFullYear() == 2026",
]
EXPRESSIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]}) ? ({three[1]}) : ({three[2]})"),
    ),
    max_leaves=8,
)


def some_expressions(chance: random.Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(ATOMS)
    one, other, third = (some_expressions(chance, depth - 1) for _ in range(3))
    forms = (f"!({one})", f"({one}) && ({other})", f"({one}) || ({other})", f"({one}) ? ({other}) : ({third})")
    return chance.choice(forms)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_known_comes_to_what_cel_python_says(seed: int) -> None:
    # cel-python's evaluation raises the limit of recursion, which hypothesis guards.
    chance = random.Random(seed)  # noqa: S311 - no secret
    expression = some_expressions(chance, 3)
    name, kind = chance.choice(["a", "bc"]), chance.choice(["t", "u"])
    now = dt.datetime(chance.choice([2025, 2026]), 6, 1, tzinfo=dt.UTC)
    environment = celpy.Environment()
    program = environment.program(environment.compile(expression))
    context: dict[str, dict[str, Any]] = {
        "resource": {"name": name, "type": kind},
        "request": {"time": celpy.celtypes.TimestampType(now)},
    }
    activation = {
        key: celpy.celtypes.MapType({celpy.celtypes.StringType(k): v for k, v in values.items()})
        for key, values in context.items()
    }
    expected = bool(program.evaluate(activation))
    assert evaluate(expression, Known(resource_name=name, resource_type=kind, now=now)) is expected


@given(EXPRESSIONS, st.data())
def test_unknown_means_that_both_may_come_out(expression: str, data: st.DataObject) -> None:
    """What is said of a request of which less is known holds whatever else becomes known."""
    full = Known(
        resource_name=data.draw(st.sampled_from(["a", "bc"])),
        resource_type=data.draw(st.sampled_from(["t", "u"])),
        now=dt.datetime(data.draw(st.sampled_from([2025, 2026])), 6, 1, tzinfo=dt.UTC),
    )
    less = replace(
        full, **dict.fromkeys(data.draw(st.sets(st.sampled_from(["resource_name", "resource_type", "now"]))))
    )
    before, after = evaluate(expression, less), evaluate(expression, full)
    assert after is not None
    assert before in (after, None)
