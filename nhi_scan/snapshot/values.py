"""Reading values that a cloud, a mock or a hand-made export may have written oddly."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Tags = tuple[tuple[str, str], ...]

_NOTHING: dict[str, Any] = {}


def moment(value: object) -> datetime | None:
    """A moment from what clouds print: ISO 8601 text, or seconds since 1970. None for anything else.

    A text without offset is UTC, which is what the services mean.
    """
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        # The one instance most moments have: a comparison by identity is the cheapest way to see it.
        return parsed if parsed.tzinfo is UTC else _as_utc(parsed)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def _as_utc(parsed: datetime) -> datetime | None:
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:  # the year 1 or 9999, with an offset that leads out of the calendar
        return None


def text(record: Mapping[str, Any], name: str) -> str:
    """A text field, empty where it is missing or something else."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def within(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object, empty where it is missing or something else."""
    value = record.get(name)
    return value if isinstance(value, dict) else _NOTHING


def objects(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list field, empty where it is missing or something else."""
    value = record.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts of a list, or the names of an object; empty where it is something else."""
    if isinstance(value, list | dict):
        return [item for item in value if isinstance(item, str)]
    return []


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not empty, sorted, each once."""
    return tuple(sorted({value for value in values if value}))
