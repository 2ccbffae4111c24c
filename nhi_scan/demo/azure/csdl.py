"""Microsoft Graph's types, and whether a row fits one: see `csdl.yaml`."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

ODATA_TYPE = "@odata.type"
_PREFIX = "#microsoft.graph."
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DURATION = re.compile(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?")


@lru_cache(maxsize=1)
def _types() -> dict[str, Any]:
    text = files("nhi_scan.demo.azure").joinpath("csdl.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@lru_cache(maxsize=256)
def properties(name: str) -> Mapping[str, Any]:
    """Return the properties of a type and what each may hold, those of its bases and its relations among them."""
    kind = _types()[name]
    found: dict[str, Any] = dict(properties(kind["extends"])) if "extends" in kind else {}
    found.update(kind["properties"])
    for relation in kind.get("relations", ()):
        found[relation] = kind.get("expanded", {}).get(relation, "Json")
    return found


@lru_cache(maxsize=256)
def hidden(name: str) -> frozenset[str]:
    """Return the properties of a type that are answered only where somebody asks for them by name."""
    return _marked(name, "hidden")


@lru_cache(maxsize=256)
def beta_only(name: str) -> frozenset[str]:
    """Return the properties of a type that v1.0 does not have."""
    return _marked(name, "beta")


@lru_cache(maxsize=256)
def relations(name: str) -> frozenset[str]:
    """Return what of a type may be expanded."""
    return _marked(name, "relations")


def _marked(name: str, mark: str) -> frozenset[str]:
    kind = _types()[name]
    above = _marked(kind["extends"], mark) if "extends" in kind else frozenset()
    return above | frozenset(kind.get(mark, ()))


def type_of(row: Mapping[str, Any], otherwise: str) -> str:
    """Return the type that a row says it is of, without its namespace."""
    named = row.get(ODATA_TYPE)
    return named.removeprefix(_PREFIX) if isinstance(named, str) else otherwise


def breaches(row: Mapping[str, Any], kind: str, *, beta: bool = False, where: str = "") -> Iterator[str]:
    """Say what of a row Microsoft Graph would not answer.

    Args:
        row: as it is about to be answered.
        kind: the type that the collection holds; a row of a type of its own says so.
        beta: whether beta answers.
        where: what the sentences begin with.

    Yields:
        A sentence each: a property that the type does not have, a value of another type.
    """
    name = type_of(row, kind)
    if name not in _types():
        if not _is_rule(name):
            yield f"{where or kind}: no type `{name}`"
            return
        name = "unifiedRoleManagementPolicyRule"
    known, later = properties(name), beta_only(name)
    for key, value in row.items():
        if key.startswith("@") or "@odata." in key:
            continue
        if key not in known or (key in later and not beta):
            yield f"{where or name}: no property `{key}`"
        elif value is not None:
            yield from _wrong_value(value, known[key], f"{where or name}.{key}", beta=beta)


def _is_rule(name: str) -> bool:
    return name.startswith("unifiedRoleManagementPolicy") and name.endswith("Rule")


def _wrong_value(value: Any, kind: Any, where: str, *, beta: bool) -> Iterator[str]:
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{where}: not a collection"
            return
        for item in value:
            yield from _wrong_value(item, kind[0], where, beta=beta)
    elif kind in _SIMPLE:
        if not _SIMPLE[kind](value):
            yield f"{where}: `{value}` is no {kind}"
    elif not isinstance(value, Mapping):
        yield f"{where}: not an object"
    else:
        yield from breaches(value, kind, beta=beta, where=where)


def _matches(pattern: re.Pattern[str]) -> Any:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_SIMPLE: Mapping[str, Any] = {
    "Json": lambda _: True,
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Guid": _matches(_GUID),
    "DateTime": _matches(_MOMENT),
    "Duration": _matches(_DURATION),
}
