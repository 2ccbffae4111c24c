"""Times and durations of CEL, with the time zones of the IANA database.

https://cloud.google.com/iam/docs/conditions-attribute-reference#date-time
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from nhi_scan.access.gcp.conditions.values import UNKNOWN, Value

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-]\d\d:\d\d))\Z",
    re.ASCII,
)
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|us|ns|m|s)", re.ASCII)
_OFFSET = re.compile(r"([+-]?)(\d\d?):(\d\d)\Z", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

PARTS: dict[str, Callable[[datetime], int]] = {
    "getDate": lambda at: at.day,
    "getDayOfMonth": lambda at: at.day - 1,
    "getDayOfWeek": lambda at: at.isoweekday() % 7,  # Sunday is 0
    "getDayOfYear": lambda at: at.timetuple().tm_yday - 1,
    "getFullYear": lambda at: at.year,
    "getHours": lambda at: at.hour,
    "getMilliseconds": lambda at: at.microsecond // 1000,
    "getMinutes": lambda at: at.minute,
    "getMonth": lambda at: at.month - 1,  # January is 0
    "getSeconds": lambda at: at.second,
}
"""The methods of a time, by name. All but `getDate` and `getFullYear` count from 0."""


def timestamp(text: Value) -> Value:
    """Read RFC 3339: `2026-01-01T00:00:00Z`, `2026-01-01T00:00:00.000-08:00`."""
    found = _TIMESTAMP.match(text) if isinstance(text, str) else None
    if found is None:
        return text if isinstance(text, datetime) else UNKNOWN
    day, clock, fraction, _, offset = found.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6].ljust(6, '0')}{offset or '+00:00'}")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return UNKNOWN


def date(text: Value) -> Value:
    """Read a day as the moment at which it begins, in UTC: `2026-01-01`."""
    return timestamp(f"{text}T00:00:00Z") if isinstance(text, str) and _DATE.match(text) else UNKNOWN


def duration(text: Value) -> Value:
    """Read `3600s`, `1.5h`, `-2h30m`."""
    if not isinstance(text, str):
        return text if isinstance(text, timedelta) else UNKNOWN
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    parts = _DURATION.findall(body)
    if not parts or "".join(number + unit for number, unit in parts) != body:
        return UNKNOWN
    try:
        return timedelta(seconds=sign * sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        return UNKNOWN


def part(name: str, at: datetime, zone: Value = "UTC") -> Value:
    """Take one part of a time, in a time zone: `Europe/Berlin`, `-08:00`."""
    where = _zone(zone) if isinstance(zone, str) else None
    if where is None:
        return UNKNOWN
    try:
        return PARTS[name](at.astimezone(where))
    except (ValueError, OverflowError):
        return UNKNOWN


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo | None:
    fixed = _OFFSET.match(name)
    if fixed is not None:
        hours, minutes = int(fixed[2]), int(fixed[3])
        if hours > 23 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if fixed[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name of a zone, or a folder of zones
        return None
