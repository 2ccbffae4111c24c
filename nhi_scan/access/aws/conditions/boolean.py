"""The `Bool` operator.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
"""

from collections.abc import Callable, Sequence

from nhi_scan.access.aws.conditions.variables import Piece

_WORDS = ("true", "false")


def is_same(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """The same truth value; what is neither true nor false is never the same."""
    wanted = "".join([text for text, _ in pieces]).lower()
    return lambda value: wanted in _WORDS and value.lower() == wanted
