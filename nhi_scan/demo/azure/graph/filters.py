"""The part of OData's `$filter` that Microsoft Graph's directory takes.

`eq`, `ne`, `ge`, `le`, `and`, `or`, `not`, `in (...)`, `startswith(a, 'b')` and `a/any(x:x eq 'b')`, over properties
with slashes in them:
https://learn.microsoft.com/graph/filter-query-parameter
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from nhi_scan.demo.azure.errors import bad_request

MOST = 15  # values of an `in`
Test = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[(),:]|[A-Za-z0-9_@.\-+#]+(?:/[A-Za-z0-9_@.\-$]+)*)")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise _wrong(text)
            self.tokens.append(found[1])
            at = found.end()

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *expected: str) -> str:
        if not self.tokens or (expected and self.tokens[0] not in expected):
            raise _wrong(self.text)
        return self.tokens.pop(0)


def _wrong(text: str) -> Exception:
    return bad_request(f"Invalid filter clause: {text}", "Request_UnsupportedQuery")


def parse(text: str) -> Test:
    """Return what a filter lets through.

    Raises:
        ApiError: it is none that this server understands.
    """
    reader = _Reader(text)
    found = _any_of(reader)
    if reader.tokens:
        raise _wrong(text)
    return found


def _any_of(reader: _Reader) -> Test:
    tests = [_all_of(reader)]
    while reader.peek() == "or":
        reader.take()
        tests.append(_all_of(reader))
    return lambda row: any(test(row) for test in tests)


def _all_of(reader: _Reader) -> Test:
    tests = [_one(reader)]
    while reader.peek() == "and":
        reader.take()
        tests.append(_one(reader))
    return lambda row: all(test(row) for test in tests)


def _one(reader: _Reader) -> Test:
    first = reader.take()
    if first == "(":
        inner = _any_of(reader)
        reader.take(")")
        return inner
    if first == "not":
        denied = _one(reader)
        return lambda row: not denied(row)
    if first.lower() == "startswith":
        return _starts(reader)
    if first.endswith("/any"):
        return _has(reader, first.removesuffix("/any"))
    return _compared(reader, first)


def _starts(reader: _Reader) -> Test:
    reader.take("(")
    path = reader.take()
    reader.take(",")
    start = str(_literal(reader.take())).lower()
    reader.take(")")
    return lambda row: str(value_at(row, path) or "").lower().startswith(start)


def _has(reader: _Reader, path: str) -> Test:
    reader.take("(")
    reader.take()
    reader.take(":")
    inside = reader.take()
    reader.take("eq")
    wanted = _literal(reader.take())
    reader.take(")")
    below = inside.partition("/")[2]

    def test(row: Mapping[str, Any]) -> bool:
        items = value_at(row, path) or ()
        return any(_equal(value_at(item, below) if below else item, wanted) for item in items)

    return test


def _compared(reader: _Reader, path: str) -> Test:
    operator = reader.take("eq", "ne", "ge", "le", "in")
    if operator == "in":
        reader.take("(")
        wanted = [_literal(reader.take())]
        while reader.take(",", ")") == ",":
            wanted.append(_literal(reader.take()))
        if len(wanted) > MOST:
            message = "Too many child clauses specified in search filter expression containing 'OR' operators"
            raise bad_request(f"{message}: {len(wanted)}. Max allowed: {MOST}.", "Request_UnsupportedQuery")
        return lambda row: any(_equal(value_at(row, path), one) for one in wanted)
    value = _literal(reader.take())
    tests: Mapping[str, Test] = {
        "eq": lambda row: _equal(value_at(row, path), value),
        "ne": lambda row: not _equal(value_at(row, path), value),
        "ge": lambda row: str(value_at(row, path) or "") >= str(value),
        "le": lambda row: str(value_at(row, path) or "") <= str(value),
    }
    return tests[operator]


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.isdigit():
        return int(token)
    return {"true": True, "false": False, "null": None}.get(token, token)


def _equal(value: Any, wanted: Any) -> bool:
    """Compare as the directory does: without regard to case."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return bool(value == wanted)


def value_at(row: Any, path: str) -> Any:
    """Return what a row has at `a/b`; None where it has nothing."""
    for part in path.split("/"):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row
