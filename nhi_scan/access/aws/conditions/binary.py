"""The `BinaryEquals` operator: byte for byte, the policy's side in base64.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence

from nhi_scan.access.aws.conditions.variables import Piece


def equals(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """The same bytes. The request's side is base64 too, as SimulateCustomPolicy takes it."""
    text = "".join([text for text, _ in pieces])
    wanted = _bytes(text)
    return lambda value: value == text or (wanted is not None and _bytes(value) == wanted)


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
