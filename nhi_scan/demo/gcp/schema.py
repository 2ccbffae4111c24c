"""Holds a JSON value against a schema of one of Google's discovery documents, strictly.

What the schemas mean: https://developers.google.com/discovery/v1/type-format (a 64-bit integer is a string in JSON).
A property that the schema does not have, a wrong type or a word that is not in an enumeration is a breach.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_STRING_FORMATS = {
    "int64": re.compile(r"-?\d+"),
    "uint64": re.compile(r"\d+"),
    "google-datetime": _DATE_TIME,
    "date-time": _DATE_TIME,
    "google-duration": re.compile(r"-?\d+(\.\d{1,9})?s"),
    "byte": re.compile(r"[A-Za-z0-9+/_=-]*"),
}
_PLAIN: Mapping[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int,), "number": (int, float)}


def breaches(value: Any, schema: Schema, schemas: Mapping[str, Schema], where: str = "$") -> Iterator[str]:
    """Say what is wrong with a value, a sentence each.

    Args:
        value: decoded JSON.
        schema: what it should be.
        schemas: those that a `$ref` may name.
        where: where the value stands.

    Yields:
        Sentences; none where the value fits.
    """
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object":
        yield from _object(value, schema, schemas, where)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{where}: `{value!r:.60}` is no array"
            return
        for number, item in enumerate(value):
            yield from breaches(item, schema["items"], schemas, f"{where}[{number}]")
    elif kind == "string":
        yield from _string(value, schema, where)
    elif kind in _PLAIN and (not isinstance(value, _PLAIN[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{where}: `{value!r:.60}` is no {kind}"


def _object(value: Any, schema: Schema, schemas: Mapping[str, Schema], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: `{value!r:.60}` is no object"
        return
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        inner = properties.get(name, others)
        if inner is None:
            yield f"{where}: there is no `{name}` in `{schema.get('id', 'this object')}`"
        else:
            yield from breaches(item, inner, schemas, f"{where}.{name}")


def _string(value: Any, schema: Schema, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where}: `{value!r:.60}` is no string"
        return
    pattern = _STRING_FORMATS.get(schema.get("format", ""))
    if pattern is not None and not pattern.fullmatch(value):
        yield f"{where}: `{value:.60}` is no {schema['format']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: `{value:.60}` is not one of {', '.join(schema['enum'])}"
