"""String operators. `StringEquals` and `StringLike` count case, `StringEqualsIgnoreCase` does not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from nhi_scan.access.aws.conditions.variables import Piece
from nhi_scan.access.match import expression, has_wildcard, matcher


def equals(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """Exactly this text; `*` and `?` are themselves."""
    return "".join([text for text, _ in pieces]).__eq__


def equals_ignoring_case(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """This text in whatever case."""
    wanted = "".join([text for text, _ in pieces]).casefold()
    return lambda value: value.casefold() == wanted


def like(pieces: Sequence[Piece]) -> Callable[[str], object]:
    """This pattern, with `*` and `?`."""
    for text, live in pieces:
        if not live and has_wildcard(text):
            return _mixed(tuple(pieces))
    return matcher("".join([text for text, _ in pieces]))


@lru_cache(maxsize=1 << 13)
def _mixed(pieces: tuple[Piece, ...]) -> Callable[[str], object]:
    return re.compile(expression(pieces), re.DOTALL).match
