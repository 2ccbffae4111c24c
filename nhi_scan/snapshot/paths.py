"""Values at dotted paths of a record, whatever shape the record really has."""

from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.snapshot.values import distinct


def reach(record: object, path: str) -> list[Any]:
    """All values at a dotted path; lists on the way, and at its end, are entered."""
    values = [record]
    for name in path.split(".") if path else ():
        values = [value[name] for value in _flat(values) if isinstance(value, dict) and value.get(name) is not None]
    return _flat(values)


def _flat(values: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list):
            flat += _flat(value)
        else:
            flat.append(value)
    return flat


def words(record: object, paths: Iterable[str]) -> list[str]:
    """The texts at several paths."""
    return [value for path in paths for value in reach(record, path) if isinstance(value, str)]


def environment_names(record: Mapping[str, Any], paths: tuple[str, ...]) -> tuple[str, ...]:
    """Names of environment variables: the texts at the paths, and the field names of objects there."""
    names: list[str] = []
    for path in paths:
        for value in reach(record, path):
            names += [value] if isinstance(value, str) else list(value) if isinstance(value, dict) else []
    return distinct(names)
