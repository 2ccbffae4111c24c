"""Policy variables: `${aws:username}`, with defaults, and the three literals `${*}`, `${?}` and `${$}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from nhi_scan.access.aws.context import UNKNOWN, Found, Open

Look = Callable[[str], Found]
"""Finds a condition key, named in lower case."""

Piece = tuple[str, bool]
"""Text, and whether `*` and `?` in it are wildcards."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*'(.*)'\s*\Z", re.DOTALL)
_LITERALS = ("*", "?", "$")


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder for the value of a condition key."""

    key: str  # in lower case
    default: str | None


Template = tuple[Piece | Variable, ...]


@lru_cache(maxsize=1 << 15)
def template(text: str, *, variables: bool) -> Template:
    """Take a value of a policy apart.

    Args:
        text: as written in the policy.
        variables: False for a policy of version 2008-10-17, in which `${...}` is plain text
            (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html).
    """
    if not variables or "${" not in text:
        return ((text, True),)
    parts: list[Piece | Variable] = []
    at = 0
    # Behind the last brace that closes nothing can end: not looked at, or many openings would each search to the end.
    for found in _VARIABLE.finditer(text, 0, text.rfind("}") + 1):
        if found.start() > at:
            parts.append((text[at : found.start()], True))
        parts.append(_placeholder(found[1]))
        at = found.end()
    if at < len(text):
        parts.append((text[at:], True))
    return tuple(parts)


def _placeholder(inside: str) -> Piece | Variable:
    if inside in _LITERALS:
        return (inside, False)
    key, _, rest = inside.partition(",")
    default = _DEFAULT.match(rest)
    if default:
        return Variable(key.strip().lower(), default[1])
    return Variable(inside.strip().lower(), None)


def constant(parts: Template) -> tuple[Piece, ...] | None:
    """The pieces of a template that has no variable, else None."""
    pieces = tuple(part for part in parts if isinstance(part, tuple))
    return pieces if len(pieces) == len(parts) else None


def resolve(parts: Template, look: Look) -> list[Piece] | Open | None:
    """Fill a template in. What comes from the request is literal text, never a wildcard.

    Returns:
        Pieces; None where a key is absent and has no default, or has several values, which makes what the variable
        stands in match nothing; `UNKNOWN` where a key is unknown.
    """
    pieces: list[Piece] = []
    unknown = False
    for part in parts:
        if isinstance(part, tuple):
            pieces.append(part)
            continue
        found = look(part.key)
        if isinstance(found, Open):
            unknown = True
        elif found is not None and len(found) == 1:
            pieces.append((found[0], False))
        elif found is None and part.default is not None:
            pieces.append((part.default, False))
        else:
            return None
    return UNKNOWN if unknown else pieces
