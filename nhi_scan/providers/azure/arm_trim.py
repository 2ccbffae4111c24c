"""What is kept of a resource: see `calls.arm_types`, which lists it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.providers.azure.calls.arm_types import BY_TYPE

_LOGIN = re.compile(r"//[^/]*@")
_WHOLE = ("id", "name", "type", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku", "tags")


def trimmed(record: Any) -> Any:
    """Return a resource without what is not worth keeping; `properties` only by the list of its type.

    Args:
        record: a row of Resource Graph, or an item of a list of Resource Manager; anything else is returned as it is
            not to be kept: None.
    """
    if not isinstance(record, dict):
        return None
    kept = {name: record[name] for name in _WHOLE if name in record}
    if "identity" in record:
        kept["identity"] = _identity(record["identity"])
    properties = record.get("properties")
    if isinstance(properties, dict):
        kept["properties"] = picked(properties, BY_TYPE.get(str(record.get("type")).lower(), ()))
    return kept


def _identity(identity: Any) -> Any:
    """Keep an identity as it is: ids, and a type. https://learn.microsoft.com/rest/api/resources/resources/list#identity."""
    if not isinstance(identity, dict):
        return None
    return {
        name: value
        for name, value in identity.items()
        if name in ("type", "principalId", "tenantId", "userAssignedIdentities", "identityIds")
    }


def picked(value: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return the part of an object that lies at dotted paths, through lists; names are compared without case.

    A path that ends in `?` is an address, which loses its query and a login.
    """
    heads: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        heads.setdefault(head.lower(), []).append(rest)
    found: dict[str, Any] = {}
    for name, item in value.items():
        if name.lower() in heads:
            found[name] = _below(item, heads[name.lower()])
        elif f"{name.lower()}?" in heads and isinstance(item, str):
            found[name] = _LOGIN.sub("//", item.partition("?")[0])
    return found


def _below(item: Any, rests: list[str]) -> Any:
    if "" in rests:
        return item
    if isinstance(item, list):
        return [_below(one, rests) for one in item]
    return picked(item, rests) if isinstance(item, dict) else None
