"""Conditions as Microsoft documents them: https://learn.microsoft.com/azure/role-based-access-control/conditions-format."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.azure.conditions import ACTION, SUB_OPERATION, Known, attribute_key, evaluate, readable, reads

NAME = "@Resource[name1]"
WRITE = "Microsoft.Authorization/roleAssignments/write"
NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def known(**attributes: str | None) -> Known:
    """Resource attributes by name; None: it is missing."""
    found = {attribute_key("Resource", name): () if value is None else (value,) for name, value in attributes.items()}
    return Known(action=WRITE, attributes=found, now=NOW)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("ActionMatches{'Microsoft.Authorization/roleAssignments/*'}", True),
        ("ActionMatches{'Microsoft.Authorization/roleDefinitions/*'}", False),
        ("ActionMatches{'microsoft.authorization/ROLEASSIGNMENTS/write'}", True),
        ("@Resource[name1] StringLike 'a*c?'", True),
        ("Resource[name1] StringLike 'a*c?'", True),
        ("@Resource[name1] StringLike 'A*C?'", False),
        ("@Resource[name1] StringLike 'a*c'", False),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", True),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", False),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", True),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", False),
        ("{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}", True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}", False),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}", True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {15, 25, 30}", False),
    ],
)
def test_the_examples_of_the_page(expression: str, *, holds: bool) -> None:
    assert evaluate(expression, known(name1="abcd")) is holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("StringEquals", "'Abc'", True),
        ("StringEquals", "'abc'", False),
        ("StringEqualsIgnoreCase", "'aBC'", True),
        ("StringNotEquals", "'abc'", True),
        ("StringNotEqualsIgnoreCase", "'abc'", False),
        ("StringStartsWith", "'Ab'", True),
        ("StringStartsWith", "'ab'", False),
        ("StringStartsWithIgnoreCase", "'AB'", True),
        ("StringNotStartsWith", "'x'", True),
        ("StringNotStartsWithIgnoreCase", "'ab'", False),
        ("StringLike", "'A?c'", True),
        ("StringLike", "'*'", True),
        ("StringLikeIgnoreCase", "'a*C'", True),
        ("StringNotLike", "'a*'", True),
        ("StringNotLikeIgnoreCase", "'a*'", False),
        ("stringequals", "'Abc'", True),
        ("BoolEquals", "true", None),
        ("NumericEquals", "3", None),
        ("GuidEquals", "'a'", None),
        ("DateTimeEquals", "'2022-01-01'", None),
        ("StringGreaterThan", "'a'", None),
        ("NumericNotLessThan", "3", None),
        ("StringNotNotEquals", "'a'", None),
    ],
)
def test_strings(operator: str, value: str, holds: bool | None) -> None:
    assert evaluate(f"{NAME} {operator} {value}", known(name1="Abc")) is holds


@pytest.mark.parametrize(
    ("expression", "value", "holds"),
    [
        ("BoolEquals true", "True", True),
        ("BoolEquals false", "true", False),
        ("BoolNotEquals false", "true", True),
        ("BoolEquals 'true'", "true", True),
        ("BoolEquals 1", "true", None),
        ("NumericEquals 5", "05", True),
        ("NumericNotEquals 5", "5", False),
        ("NumericGreaterThan -5", "0", True),
        ("NumericGreaterThanEquals 5", "5", True),
        ("NumericLessThan 5", "5", False),
        ("NumericLessThanEquals 5", "5", True),
        ("NumericEquals 5", "5.0", None),
        ("NumericEquals 5", "five", None),
        ("GuidEquals B24988AC-6180-42A0-AB88-20F7382DD24C", "b24988ac-6180-42a0-ab88-20f7382dd24c", True),
        ("GuidEquals '{b24988ac-6180-42a0-ab88-20f7382dd24c}'", "b24988ac-6180-42a0-ab88-20f7382dd24c", True),
        ("GuidNotEquals b24988ac-6180-42a0-ab88-20f7382dd24c", "B24988ac-6180-42a0-ab88-20f7382dd24c", False),
        ("GuidEquals 'b24988ac'", "b24988ac-6180-42a0-ab88-20f7382dd24c", None),
        ("DateTimeEquals '2022-06-01T00:00:00.0Z'", "2022-06-01T00:00:00.0000000Z", True),
        ("DateTimeNotEquals '2022-06-01T00:00:00.0000001Z'", "2022-06-01T00:00:00Z", True),
        ("DateTimeGreaterThan '2022-06-01T00:00:00.0000001Z'", "2022-06-01T00:00:00.0000002Z", True),
        ("DateTimeLessThan '2022-06-01'", "2022-05-31T23:59:59Z", True),
        ("DateTimeLessThanEquals '2022-06-01'", "2022-06-01T00:00:00+00:00", True),
        ("DateTimeGreaterThanEquals '2022-13-01'", "2022-06-01", None),
        ("DateTimeGreaterThan 'yesterday'", "2022-06-01", None),
        ("TimeOfDayGreaterThan '08:00'", "2022-06-01T09:00:00Z", True),
        ("TimeOfDayLessThan '08:00:00'", "2022-06-01T09:00:00Z", False),
        ("TimeOfDayEquals '09:00Z'", "09:00:00", True),
        ("TimeOfDayEquals '25:00'", "09:00:00", None),
    ],
)
def test_other_types(expression: str, value: str, holds: bool | None) -> None:
    assert evaluate(f"{NAME} {expression}", known(name1=value)) is holds


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("readonly/*", "readonly/a/b", True),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("a\\?c", "a?c", True),
        ("a\\?c", "abc", False),
        ("a\\\\*", "a\\x", True),
        ("[ab]", "[ab]", True),
        ("[ab]", "a", False),
        ("a*b*c", "aXbYc\n", False),
        ("*\n", "a\n", True),
    ],
)
def test_like(pattern: str, text: str, *, holds: bool) -> None:
    assert evaluate(f"{NAME} StringLike '{pattern}'", known(name1=text)) is holds


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        (f"{NAME} StringEquals 'x'", False),
        (f"{NAME} ForAnyOfAnyValues:StringEquals {{'x'}}", False),
        (f"{NAME} ForAnyOfAllValues:StringEquals {{'x'}}", None),
        (f"{NAME} ForAllOfAnyValues:StringEquals {{'x'}}", None),
        (f"{NAME} StringNotEquals 'x'", None),
        (f"Exists {NAME}", False),
        (f"NOT Exists {NAME}", True),
        (f"NOT ({NAME} StringEquals 'x')", True),
    ],
)
def test_an_attribute_that_is_missing(expression: str, holds: bool | None) -> None:
    assert evaluate(expression, known(name1=None)) is holds


@pytest.mark.parametrize(
    "expression",
    [f"{NAME} StringEquals 'x'", f"Exists {NAME}", f"NOT Exists {NAME}", f"{NAME} StringNotEquals 'x'"],
)
def test_an_attribute_that_nobody_knows(expression: str) -> None:
    assert evaluate(expression, Known(action=WRITE)) is None


def test_several_values_need_an_operator_for_several() -> None:
    several = Known(attributes={attribute_key("Resource", "name1"): ("a", "b")})
    assert evaluate(f"{NAME} StringEquals 'a'", several) is None
    assert evaluate(f"{NAME} ForAnyOfAnyValues:StringEquals {{'a'}}", several) is True
    assert evaluate(f"{NAME} ForAllOfAnyValues:StringEquals {{'a'}}", several) is False
    assert evaluate("@Resource[name1] StringEquals {'a', 'b'}", known(name1="a")) is None


def test_two_attributes_may_be_compared() -> None:
    both = known(name1="a", name2="a", name3="b")
    assert evaluate(f"{NAME} StringEquals @Resource[name2]", both) is True
    assert evaluate(f"{NAME} StringEquals @Resource[name3]", both) is False
    assert evaluate(f"{NAME} StringEquals @Resource[name4]", both) is None


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("{t} AND {t}", True),
        ("{t} && {f}", False),
        ("{f} AND {n}", False),
        ("{t} AND {n}", None),
        ("{t} OR {n}", True),
        ("{f} || {n}", None),
        ("{f} or {f} or {t}", True),
        ("NOT {f}", True),
        ("!{t}", False),
        ("!!{t}", True),
        ("! NOT {n}", None),
        ("!({t} AND {f})", True),
        ("(({t}))", True),
        ("({t} AND {f}) OR {t}", True),
        ("{t} AND ({f} OR {t})", True),
        ("{t} AND {f} OR {t}", None),  # the page: the order is ambiguous, there must be parentheses
        ("{t} OR {t} AND {t}", None),
    ],
)
def test_logic(expression: str, holds: bool | None) -> None:
    parts = {"t": f"{NAME} StringEquals 'a'", "f": f"{NAME} StringEquals 'b'", "n": "@Request[x] StringEquals 'c'"}
    assert evaluate(expression.format(**parts), known(name1="a")) is holds


def test_names_of_attributes_are_read_without_case_and_keys_of_tags_with_it() -> None:
    tag = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags:Project<$key_case_sensitive$>"
    one = Known(attributes={attribute_key("resource", tag): ("Cascade",)})
    assert evaluate(f"@RESOURCE[{tag}] StringEquals 'Cascade'", one) is True
    assert evaluate(f"@Resource[{tag.replace('Microsoft', 'MICROSOFT')}] StringEquals 'Cascade'", one) is True
    assert evaluate(f"@Resource[{tag.replace('Project', 'project')}] StringEquals 'Cascade'", one) is None


def test_the_clock() -> None:
    assert evaluate("@Environment[UtcNow] DateTimeGreaterThan '2025-12-31T23:59:59Z'", known()) is True
    assert evaluate("@Environment[utcNow] DateTimeLessThan '2025-12-31T23:59:59Z'", known()) is False
    assert evaluate("@Environment[UtcNow] TimeOfDayLessThan '12:31'", known()) is True
    assert evaluate("@Environment[UtcNow] DateTimeLessThan '2025-12-31'", Known()) is None


def test_suboperations_old_and_new() -> None:
    old = "@Request[subOperation] ForAnyOfAnyValues:StringEqualsIgnoreCase {'blob.list'}"
    for expression in (old, "SubOperationMatches{'Blob.List'}"):
        assert evaluate(expression, Known(sub_operation="Blob.List")) is True
        assert evaluate(expression, Known(sub_operation="Blob.Read")) is False
        assert evaluate(expression, Known(sub_operation="")) is False
        assert evaluate(expression, Known()) is None


@pytest.mark.parametrize("expression", ["", "  \n"])
def test_no_condition_is_met(expression: str) -> None:
    assert evaluate(expression, Known()) is True
    assert readable(expression)
    assert reads(expression) == frozenset()


def test_what_it_reads() -> None:
    expression = "!(ActionMatches{'a/b'} AND SubOperationMatches{'c'}) OR @Request[X:y] StringEquals @Principal[Z]"
    assert reads(expression) == {ACTION, SUB_OPERATION, "request[x:y]", "principal[z]"}
    assert reads("((") == frozenset()


def test_more_pairs_of_values_than_anybody_writes_are_not_compared() -> None:
    few, many = ("{" + ",".join(["'a'"] * count) + "}" for count in (256, 257))
    assert evaluate(f"{few} ForAllOfAllValues:StringLike {few}", Known()) is True
    assert evaluate(f"{few} ForAllOfAllValues:StringLike {many}", Known()) is None


ROLE = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
ONE, TWO = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
WRITE = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize(
    ("expression", "action", "holds"),
    [
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", WRITE, True),
        (f"@Request[{ROLE}] ForAllOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", WRITE.upper(), True),
        (f"@Request[{ROLE}] ForAnyOfAllValues:GuidEquals {{{ONE}, {TWO}}}", WRITE, False),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {ONE.upper()}}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAllValues:GuidNotEquals {{{ONE}, {TWO}}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidEquals {{{ONE}, {TWO}}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{'x', 'y'}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:StringNotLike {{'a', 'b'}}", WRITE, None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", "a/read", None),
        (f"@Request[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", None, None),
        (f"@Resource[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", WRITE, None),
        (f"@Resource[{ROLE}] ForAnyOfAnyValues:GuidNotEquals {{{ONE}, {TWO}}}", WRITE.replace("write", "delete"), True),
        (f"{{{ONE}}} ForAnyOfAnyValues:GuidNotEquals @Request[{ROLE}]", WRITE, None),
    ],
)
def test_no_role_equals_two_and_each_differs_from_one_of_them(
    expression: str, action: str | None, holds: bool | None
) -> None:
    assert evaluate(expression, Known(action=action)) is holds
