"""What providers do alike with an answer, whatever sent it: find something in it, quote it."""

from functools import lru_cache
from typing import Any

import jmespath

_LONGEST = 300  # characters of what was said that a row of coverage quotes


@lru_cache(maxsize=1024)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


def search(path: str, value: Any) -> Any:
    """Evaluate a JMESPath (https://jmespath.org/specification.html).

    What it cannot be applied to (a function on another type) is None.
    """
    try:
        return _compiled(path).search(value)
    except jmespath.exceptions.JMESPathError:
        return None


def one_line(text: str) -> str:
    """Make a text printable, on one line, no longer than 300 characters: a server may send anything."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:_LONGEST]
