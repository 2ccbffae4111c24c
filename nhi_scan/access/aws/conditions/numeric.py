"""Numeric operators: integers and decimals.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
"""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from nhi_scan.access.aws.conditions.variables import Piece


@lru_cache(maxsize=1 << 12)
def number(text: str) -> Decimal | None:
    """Read a number; None where the text is none, or is infinite."""
    if not text.isascii() or "_" in text:  # which Python would read
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def comparing(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Sequence[Piece]], Callable[[str], bool]]:
    """Make an operator of a comparison. What is no number compares with nothing."""

    def prepare(pieces: Sequence[Piece]) -> Callable[[str], bool]:
        wanted = number("".join([text for text, _ in pieces]))

        def check(value: str) -> bool:
            given = number(value)
            return wanted is not None and given is not None and holds(given, wanted)

        return check

    return prepare
