"""ARN operators: the six parts between colons are compared one by one, each with `*` and `?`.

`ArnEquals` and `ArnLike` are the same
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN).
"""

from collections.abc import Callable, Sequence

from nhi_scan.access.aws.conditions.string import like
from nhi_scan.access.aws.conditions.variables import Piece

_PARTS = 6


def matches(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """An ARN whose parts match the parts of this one. `*` alone is any ARN."""
    if list(pieces) == [("*", True)]:
        return lambda value: len(value.split(":", _PARTS - 1)) == _PARTS
    checks = [like(part) for part in _split(pieces)]
    if len(checks) != _PARTS:
        return _never

    def check(value: str) -> bool:
        parts = value.split(":", _PARTS - 1)
        return len(parts) == _PARTS and all(match(part) for match, part in zip(checks, parts, strict=True))

    return check


def _split(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Cut the pieces at the first five colons, keeping which text is literal."""
    parts: list[list[Piece]] = [[]]
    for text, live in pieces:
        segments = text.split(":", _PARTS - len(parts))
        parts[-1].append((segments[0], live))
        parts += [[(segment, live)] for segment in segments[1:]]
    return [[piece for piece in part if piece[0]] or [("", True)] for part in parts]


def _never(_value: str) -> bool:
    return False
