"""Holds answers against the models of Microsoft's own libraries: no property that they lack, no value of another type.

The libraries themselves drop what they do not know, so an invented property would go unseen.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

_PACKAGES = {"msi": "azure.mgmt.msi.models", "resourcegraph": "azure.mgmt.resourcegraph.models"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DOT = re.compile(r"(?<!\\)\.")


def breaches(answer: Mapping[str, Any], model: str) -> Iterator[str]:
    """Say what of an answer Resource Manager would not answer.

    Args:
        answer: as it is about to be sent.
        model: version and name of the model: `2022-04-01/RoleAssignmentListResult`, `msi/Identity`.

    Yields:
        A sentence each.
    """
    version, _, name = model.partition("/")
    module = _module(version)
    yield from _wrong_object(answer, getattr(module, name), module, name)


@lru_cache(maxsize=16)
def _module(version: str) -> ModuleType:
    authorization = f"azure.mgmt.authorization.v{version.replace('-', '_')}.models"
    return import_module(_PACKAGES.get(version, authorization))


@lru_cache(maxsize=256)
def _tree(model: type) -> Mapping[str, Any]:
    """Return the model's properties as nested dictionaries: `properties.scope` is one in another."""
    tree: dict[str, Any] = {}
    attributes: Mapping[str, Mapping[str, str]] = model._attribute_map  # type: ignore[attr-defined] # noqa: SLF001 - the libraries' own table
    for attribute in attributes.values():
        *above, last = (part.replace("\\.", ".") for part in _DOT.split(attribute["key"]))
        at = tree
        for part in above:
            at = at.setdefault(part, {})
        at[last] = attribute["type"]
    return tree


def _wrong_object(value: Any, model: type, module: ModuleType, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where}: not an object"
        return
    yield from _wrong_tree(value, _tree(_own(value, model, module)), module, where)


def _own(value: Mapping[str, Any], model: type, module: ModuleType) -> type:
    """Return the kind of a model that an answer says it is of."""
    for attribute, names in getattr(model, "_subtype_map", {}).items():
        key = model._attribute_map[attribute]["key"]  # type: ignore[attr-defined] # noqa: SLF001 - the libraries' own table
        name = names.get(value.get(key))
        if name:
            own: type = getattr(module, name)
            return own
    return model


def _wrong_tree(value: Mapping[str, Any], tree: Mapping[str, Any], module: ModuleType, where: str) -> Iterator[str]:
    for key, item in value.items():
        if key not in tree:
            yield f"{where}: no property `{key}`"
        elif item is not None:
            yield from _wrong(item, tree[key], module, f"{where}.{key}")


def _wrong(value: Any, kind: Any, module: ModuleType, where: str) -> Iterator[str]:
    if isinstance(kind, Mapping):
        if isinstance(value, Mapping):
            yield from _wrong_tree(value, kind, module, where)
        else:
            yield f"{where}: not an object"
    elif kind.startswith("["):
        for item in value if isinstance(value, list) else ():
            yield from _wrong(item, kind[1:-1], module, where)
        if not isinstance(value, list):
            yield f"{where}: not a list"
    elif kind.startswith("{"):
        for item in value.values() if isinstance(value, Mapping) else ():
            yield from _wrong(item, kind[1:-1], module, where)
    elif kind in _SIMPLE:
        if not _SIMPLE[kind](value):
            yield f"{where}: `{value}` is no {kind}"
    else:
        yield from _wrong_object(value, getattr(module, kind), module, where)


_SIMPLE: Mapping[str, Any] = {
    "object": lambda _: True,
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "long": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "duration": lambda value: isinstance(value, str) and value.startswith("P"),
    "iso-8601": lambda value: isinstance(value, str) and _MOMENT.fullmatch(value) is not None,
}
