"""The part of Kusto's language that questions to Resource Graph are asked in here.

    <table>
    | where <condition> | extend <name> = <value>, ... | project <name>[ = <value>], ... | project-away <name>, ...
    | order by <name> [asc|desc], ... | limit <number>

A condition is made of `and`, `or`, `not(...)`, brackets, `==`, `!=`, `=~`, `!~`, `in`, `in~`, `!in`, `!in~`, `has`,
`contains`, `startswith`, `endswith`, `isnull()`, `isnotnull()`, `isempty()`, `isnotempty()`; a value of columns
(`properties.vaultUri`, `tags['owner']`), texts, numbers, `true`, `false` and the functions in `_FUNCTIONS`. What else
is asked is refused, as Resource Graph refuses what it does not understand:
https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nhi_scan.demo.azure.errors import bad_request

Row = dict[str, Any]
Value = Callable[[Mapping[str, Any]], Any]
Step = Callable[[Sequence[Mapping[str, Any]]], list[Row]]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|=~|!~|[()\[\],.|=])|(?P<word>!?[A-Za-z_$][\w~-]*|\d+))"
)
_LEAVES = {"and", "or", "by", "asc", "desc"}


class _Reader:
    def __init__(self, query: str) -> None:
        self.tokens: list[str] = []
        at, text = 0, re.sub(r"//[^\n]*", "", query).strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _refused(text[at:])
            self.tokens.append(found[found.lastgroup or "word"])
            at = found.end()
            while at < len(text) and text[at].isspace():
                at += 1

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[ahead] if len(self.tokens) > ahead else ""

    def take(self, *expected: str) -> str:
        if not self.tokens or (expected and self.tokens[0].lower() not in expected):
            raise _refused(" ".join(self.tokens[:5]) or "the end")
        return self.tokens.pop(0)

    def takes(self, token: str) -> bool:
        if self.peek().lower() == token:
            self.tokens.pop(0)
            return True
        return False


def _refused(text: str) -> Exception:
    return bad_request(f"Query is invalid. Please refer to the documentation: near `{text[:60]}`.", "InvalidQuery")


def parse(query: str) -> tuple[str, list[Step]]:
    """Read a query.

    Returns:
        Its table, lower case, and what is done with the table's rows.

    Raises:
        ApiError: `InvalidQuery`.
    """
    reader = _Reader(query)
    table, steps = reader.take().lower(), []
    while reader.tokens:
        reader.take("|")
        name = reader.take().lower()
        if name not in _STEPS:
            raise _refused(name)
        steps.append(_STEPS[name](reader))
    return table, steps


def _where(reader: _Reader) -> Step:
    test = _any_of(reader)
    return lambda rows: [dict(row) for row in rows if test(row)]


def _named(reader: _Reader) -> list[tuple[str, Value]]:
    found = []
    while True:
        if reader.peek(1) == "=":
            name = reader.take()
            reader.take("=")
            found.append((name, _value(reader)))
        else:
            start = list(reader.tokens)
            value = _value(reader)
            used = "".join(start[: len(start) - len(reader.tokens)])
            found.append((used.replace(".", "_"), value))
        if not reader.takes(","):
            return found


def _extend(reader: _Reader) -> Step:
    columns = _named(reader)
    return lambda rows: [{**row, **{name: value(row) for name, value in columns}} for row in rows]


def _project(reader: _Reader) -> Step:
    columns = _named(reader)
    return lambda rows: [{name: value(row) for name, value in columns} for row in rows]


def _project_away(reader: _Reader) -> Step:
    dropped = {name for name, _ in _named(reader)}
    return lambda rows: [{key: value for key, value in row.items() if key not in dropped} for row in rows]


def _order(reader: _Reader) -> Step:
    reader.take("by")
    keys: list[tuple[Value, bool]] = []
    while True:
        value = _value(reader)
        descending = reader.peek().lower() != "asc"
        if reader.peek().lower() in {"asc", "desc"}:
            reader.take()
        keys.append((value, descending))
        if not reader.takes(","):
            break

    def step(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        found = [dict(row) for row in rows]
        for value, descending in reversed(keys):
            found.sort(key=partial(_shown, value), reverse=descending)
        return found

    return step


def _shown(value: Value, row: Row) -> str:
    return str(value(row) or "")


def _limit(reader: _Reader) -> Step:
    most = int(reader.take())
    return lambda rows: [dict(row) for row in rows[:most]]


def _any_of(reader: _Reader) -> Value:
    tests = [_all_of(reader)]
    while reader.takes("or"):
        tests.append(_all_of(reader))
    return lambda row: any(test(row) for test in tests)


def _all_of(reader: _Reader) -> Value:
    tests = [_one(reader)]
    while reader.takes("and"):
        tests.append(_one(reader))
    return lambda row: all(test(row) for test in tests)


def _one(reader: _Reader) -> Value:
    if reader.peek() == "(":
        reader.take()
        inner = _any_of(reader)
        reader.take(")")
        return inner
    if reader.peek().lower() == "not" and reader.peek(1) == "(":
        reader.take()
        denied = _one(reader)
        return lambda row: not denied(row)
    left = _value(reader)
    operator = reader.peek().lower()
    if operator in _SETS:
        reader.take()
        return _among(reader, left, operator)
    if operator in _COMPARED:
        reader.take()
        right, compare = _value(reader), _COMPARED[operator]
        return lambda row: compare(left(row), right(row))
    return lambda row: bool(left(row))


def _among(reader: _Reader, left: Value, operator: str) -> Value:
    reader.take("(")
    wanted = [_value(reader)]
    while reader.takes(","):
        wanted.append(_value(reader))
    reader.take(")")
    equal = _alike if operator.endswith("~") else _same
    denied = operator.startswith("!")
    return lambda row: any(equal(left(row), one(row)) for one in wanted) is not denied


def _value(reader: _Reader) -> Value:
    token = reader.take()
    if token[0] in "'\"":
        return _constant(token[1:-1])
    if token.isdigit():
        return _constant(int(token))
    if token.lower() in {"true", "false"}:
        return _constant(token.lower() == "true")
    if reader.peek() == "(":
        return _function(reader, token.lower())
    if not re.fullmatch(r"[A-Za-z_$][\w-]*", token) or token.lower() in _LEAVES:
        raise _refused(token)
    path = [token]
    while reader.peek() in {".", "["}:
        if reader.take() == ".":
            path.append(reader.take())
        else:
            path.append(reader.take().strip("'\""))
            reader.take("]")
    return lambda row: _at(row, path)


def _constant(value: Any) -> Value:
    return lambda _: value


def _function(reader: _Reader, name: str) -> Value:
    if name not in _FUNCTIONS:
        raise _refused(name)
    reader.take("(")
    arguments: list[Value] = []
    while not reader.takes(")"):
        arguments.append(_value(reader))
        reader.takes(",")
    work = _FUNCTIONS[name]
    return lambda row: work(*(one(row) for one in arguments))


def _at(row: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Read a column, and what is in it; Resource Graph's dynamic values know upper and lower case."""
    value: Any = row
    for part in path:
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _same(left: Any, right: Any) -> bool:
    return _text(left) == _text(right)


def _alike(left: Any, right: Any) -> bool:
    return _text(left).lower() == _text(right).lower()


def _bag(*items: Any) -> Row:
    return dict(zip(items[::2], items[1::2], strict=False))


_SETS = {"in", "in~", "!in", "!in~"}
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": _same,
    "!=": lambda left, right: not _same(left, right),
    "=~": _alike,
    "!~": lambda left, right: not _alike(left, right),
    "has": lambda left, right: _text(right).lower() in _text(left).lower(),
    "contains": lambda left, right: _text(right).lower() in _text(left).lower(),
    "startswith": lambda left, right: _text(left).lower().startswith(_text(right).lower()),
    "endswith": lambda left, right: _text(left).lower().endswith(_text(right).lower()),
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
    "isempty": lambda value: value in (None, ""),
    "isnotempty": lambda value: value not in (None, ""),
    "tolower": lambda value: _text(value).lower(),
    "toupper": lambda value: _text(value).upper(),
    "tostring": _text,
    "array_length": lambda value: len(value) if isinstance(value, list) else None,
    "strcat": lambda *values: "".join(map(_text, values)),
    "bag_pack": _bag,
    "pack": _bag,
}
_STEPS: Mapping[str, Callable[[_Reader], Step]] = {
    "where": _where,
    "extend": _extend,
    "project": _project,
    "project-away": _project_away,
    "order": _order,
    "sort": _order,
    "limit": _limit,
    "take": _limit,
}
