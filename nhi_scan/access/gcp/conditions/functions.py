"""The functions and methods that conditions of Google Cloud may call.

https://cloud.google.com/iam/docs/conditions-attribute-reference
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from nhi_scan.access.gcp.conditions import moments
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Beginning, Value, contains

_TEMPLATE = re.compile(r"([^{}]*)\{\w+\}([^{}]*)\Z", re.ASCII)


def extract(text: str, template: Value) -> Value:
    """Cut out what stands at `{x}` in `/a/{x}/b`; nothing where the template does not match.

    https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
    """
    found = _TEMPLATE.match(template) if isinstance(template, str) else None
    if found is None:
        return UNKNOWN
    before, after = found.groups()
    _, met, rest = text.partition(before) if before else ("", True, text)
    if not met:
        return ""
    if not after:
        return rest
    value, met, _ = rest.partition(after)
    return value if met else ""


def extract_from_beginning(beginning: Beginning, template: Value) -> Value:
    """Cut out of a text of which only the beginning is known: what is found in that stays, whatever follows."""
    found = _TEMPLATE.match(template) if isinstance(template, str) else None
    if found is None or not found[2]:
        return UNKNOWN
    _, met, rest = beginning.text.partition(found[1]) if found[1] else ("", True, beginning.text)
    value, closed, _ = rest.partition(found[2])
    return value if met and closed else UNKNOWN


def starts_with(beginning: Beginning, other: Value) -> Value:
    """`startsWith` of a text of which only the beginning is known."""
    if not isinstance(other, str):
        return UNKNOWN
    if beginning.text.startswith(other):
        return True
    # What the whole text is not may still be how a longer one begins.
    return UNKNOWN if other.startswith(beginning.text) else False


def matches(text: str, pattern: Value) -> Value:
    """Search with a regular expression of RE2, as Google does: it takes no longer than the text is long."""
    expression = _expression(pattern) if isinstance(pattern, str) else None
    return UNKNOWN if expression is None else expression.search(text) is not None


@lru_cache(maxsize=1 << 12)
def _expression(pattern: str) -> Any:
    import re2  # noqa: PLC0415 - few conditions need it

    quiet = re2.Options()
    quiet.log_errors = False  # it would write to the terminal, past everything that cleans what a stranger wrote
    try:
        return re2.compile(pattern, quiet)
    except (re2.error, UnicodeError):
        return None


def has_only(values: list[Value], listed: Value) -> Value:
    """`hasOnly`: nothing in a list but what the other holds.

    https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
    """
    if not isinstance(listed, list):
        return UNKNOWN
    answers = [contains(value, listed) for value in values]
    if False in answers:
        return False
    return UNKNOWN if UNKNOWN in answers else True


def _between(test: Callable[[str, str], Value]) -> Callable[[str, Value], Value]:
    return lambda text, other: test(text, other) if isinstance(other, str) else UNKNOWN


def _split(text: str, by: Value) -> Value:
    return list(text.split(by)) if isinstance(by, str) and by else UNKNOWN


def _join(values: list[Value], by: Value = "") -> Value:
    texts = [value for value in values if isinstance(value, str)]
    return by.join(texts) if isinstance(by, str) and len(texts) == len(values) else UNKNOWN


_OF_TEXTS: dict[str, tuple[Callable[..., Value], int, int]] = {
    "startsWith": (_between(str.startswith), 1, 1),
    "endsWith": (_between(str.endswith), 1, 1),
    "contains": (_between(str.__contains__), 1, 1),
    "matches": (matches, 1, 1),
    "extract": (extract, 1, 1),
    "split": (_split, 1, 1),
    "lowerAscii": (str.lower, 0, 0),
    "upperAscii": (str.upper, 0, 0),
    "size": (len, 0, 0),
}
_OF_LISTS: dict[str, tuple[Callable[..., Value], int, int]] = {
    "hasOnly": (has_only, 1, 1),
    "join": (_join, 0, 1),
    "size": (len, 0, 0),
}
_OF_MAPS: dict[str, tuple[Callable[..., Value], int, int]] = {"size": (len, 0, 0)}


_OF_BEGINNINGS: dict[str, tuple[Callable[..., Value], int, int]] = {
    "startsWith": (starts_with, 1, 1),
    "contains": (lambda of, other: True if isinstance(other, str) and other in of.text else UNKNOWN, 1, 1),
    "extract": (extract_from_beginning, 1, 1),
}


def method(name: str, of: Value, arguments: list[Value]) -> Value:
    """Call a method of a value; unknown where it has no such method, or it is called with something else."""
    if UNKNOWN in arguments:
        return UNKNOWN
    if isinstance(of, datetime):
        return moments.part(name, of, *arguments) if name in moments.PARTS and len(arguments) < 2 else UNKNOWN
    if isinstance(of, timedelta):
        return _of_duration(name, of) if not arguments else UNKNOWN
    for kind, methods in ((str, _OF_TEXTS), (Beginning, _OF_BEGINNINGS), (list, _OF_LISTS), (dict, _OF_MAPS)):
        if isinstance(of, kind):
            found = methods.get(name)
            if found is not None and found[1] <= len(arguments) <= found[2]:
                return found[0](of, *arguments)
    return UNKNOWN


def _of_duration(name: str, of: timedelta) -> Value:
    seconds = of / timedelta(seconds=1)
    per = {"getHours": 3600, "getMinutes": 60, "getSeconds": 1}.get(name)
    if per is not None:
        return int(seconds / per)
    return of.microseconds // 1000 if name == "getMilliseconds" else UNKNOWN


def _string(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else UNKNOWN


def _int(value: Value) -> Value:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return UNKNOWN
    try:
        return int(value) if not isinstance(value, str) or len(value) < 20 else UNKNOWN
    except (ValueError, OverflowError):
        return UNKNOWN


def _size(value: Value) -> Value:
    return len(value) if isinstance(value, str | list | dict | bytes) else UNKNOWN


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "timestamp": moments.timestamp,
    "date": moments.date,
    "duration": moments.duration,
    "string": _string,
    "int": _int,
    "size": _size,
}


def function(name: str, arguments: list[Value]) -> Value:
    """Call a function of one argument; unknown where there is none of that name."""
    found = _FUNCTIONS.get(name)
    return UNKNOWN if found is None or len(arguments) != 1 or UNKNOWN in arguments else found(arguments[0])
