"""Literals of CEL.

https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
"""

import re

from nhi_scan.access.gcp.conditions.values import UNKNOWN, Value

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COMMENT_OR_QUOTE = re.compile(r"//[^\n]*|\"\"\"|'''|[\"']")
_REST = {  # of a text, after what opens it
    '"': re.compile(r'(?:[^"\\\r\n]|\\[^\r\n])*+"'),
    "'": re.compile(r"(?:[^'\\\r\n]|\\[^\r\n])*+'"),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"""', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+'''", re.DOTALL),
}


def literal(kind: str, written: str) -> Value:
    """Read a literal.

    Args:
        kind: the parser's name of its kind: `STRING_LIT`, `INT_LIT`.
        written: as the expression has it.
    """
    if kind in ("STRING_LIT", "MLSTRING_LIT"):
        return text(written)
    if kind == "BOOL_LIT":
        return written == "true"
    if kind in ("INT_LIT", "UINT_LIT"):
        digits = written.rstrip("uU")
        return int(digits, 16 if "0x" in digits else 10) if len(digits) <= 20 else UNKNOWN
    if kind == "FLOAT_LIT":
        return float(written)
    return None if kind == "NULL_LIT" else UNKNOWN


def text(written: str) -> str:
    """Read a text, quotes and escapes taken off; a raw one keeps its backslashes."""
    raw = written[:1] in "rR"
    body = written[raw:]
    quote = 3 if body[:3] in ('"""', "'''") else 1
    inside = body[quote:-quote]
    return inside if raw else _ESCAPE.sub(_escaped, inside)


def _escaped(found: re.Match[str]) -> str:
    byte, short, long, octal, other = found.groups()
    code = byte or short or long
    if code:
        return chr(int(code, 16))
    return chr(int(octal, 8)) if octal else _ESCAPES.get(other, other)


def texts_end(expression: str) -> bool:
    """Say whether every text ends.

    The parser's lexer tries an escape in two ways, so that with each the time doubles in which it finds that one does
    not: sixteen take a minute.
    """
    at = 0
    while (opens := _COMMENT_OR_QUOTE.search(expression, at)) is not None:
        at = opens.end()
        rest = _REST.get(opens[0])
        if rest is not None:
            closed = rest.match(expression, at)
            if closed is None:
                return False
            at = closed.end()
    return True
