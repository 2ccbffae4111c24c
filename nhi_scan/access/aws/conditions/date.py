"""Date operators: ISO 8601 in the formats that W3C allows, or seconds of the Unix epoch.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from nhi_scan.access.aws.conditions.numeric import number
from nhi_scan.access.aws.conditions.variables import Piece

_YEAR = re.compile(r"\d{4}\Z")
_MONTH = re.compile(r"\d{4}-\d{2}\Z")


@lru_cache(maxsize=1 << 12)
def instant(text: str) -> Decimal | None:
    """Read a point in time as seconds since 1970; None where the text is none. Without a zone it is UTC."""
    text = text.strip()
    if _YEAR.match(text):
        text += "-01-01"
    elif _MONTH.match(text):
        text += "-01"
    else:
        seconds = number(text)
        if seconds is not None:
            return seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


def comparing(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Sequence[Piece]], Callable[[str], bool]]:
    """Make an operator of a comparison. What is no date compares with nothing."""

    def prepare(pieces: Sequence[Piece]) -> Callable[[str], bool]:
        wanted = instant("".join([text for text, _ in pieces]))

        def check(value: str) -> bool:
            given = instant(value)
            return wanted is not None and given is not None and holds(given, wanted)

        return check

    return prepare
