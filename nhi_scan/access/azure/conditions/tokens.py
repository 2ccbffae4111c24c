"""The words of a condition."""

import re
from typing import Literal, NamedTuple

Kind = Literal["attribute", "string", "word", "sign"]

LONGEST = 1 << 16
"""Characters. Azure takes 8 KB: https://learn.microsoft.com/azure/role-based-access-control/conditions-faq"""

# One alternative at each place, none of which can be read in two ways: the time it takes grows with the text alone.
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|@?(?P<source>Request|Resource|Principal|Environment)\s*\[(?P<name>[^\[\]]*)\]"
    r"|'(?P<string>(?:[^'\\]|\\.)*)'"
    r"|(?P<sign>&&|\|\||[!(){},])"
    r"|(?P<word>[\w.:+/-]+)",
    re.IGNORECASE | re.DOTALL,
)


class Token(NamedTuple):
    """One word: of an attribute its source is in `text`, its name in `name`."""

    kind: Kind
    text: str
    name: str = ""


def tokens(expression: str) -> list[Token] | None:
    """Return the words of a condition; None where some of it is none."""
    if len(expression) > LONGEST:
        return None
    found: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            return None
        at = match.end()
        if match["source"] is not None:
            found.append(Token("attribute", match["source"], match["name"]))
        elif match["string"] is not None:
            found.append(Token("string", match["string"].replace("\\'", "'")))
        elif match["sign"] is not None:
            found.append(Token("sign", match["sign"]))
        elif match["word"] is not None:
            found.append(Token("word", match["word"]))
    return found
