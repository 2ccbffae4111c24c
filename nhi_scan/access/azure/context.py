"""What is known of a request before it is made, and what somebody who asks states about it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from nhi_scan.access.azure.conditions import Known, attribute_key
from nhi_scan.access.engine import Keys
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import arm_ids
from nhi_scan.model.errors import UserError

_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
_ATTRIBUTE = re.compile(r"@?(Request|Resource|Principal|Environment)\[([^\[\]]+)\]\Z", re.IGNORECASE)
_SUB_OPERATION = "suboperation"
_NOW = "environment[utcnow]"

# Attributes that are names of what a place lies in, of kinds whose names have no capitals, since places have none.
# https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
_NAMED = (
    "microsoft.storage/storageaccounts",
    "microsoft.storage/storageaccounts/blobservices/containers",
    "microsoft.storage/storageaccounts/queueservices/queues",
)
PRINCIPAL_TYPES = {"user": "User", "agent_user": "User"}
"""How an assignment calls the type of its principal, by `Identity.kind`; of all others `ServicePrincipal`."""


def principal_type(inventory: Inventory, principal_id: str) -> str | None:
    """Return what an assignment would call a principal: `User`, `Group` or `ServicePrincipal`; None: nobody knows it.

    https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes
    """
    if principal_id in inventory.groups:
        return "Group"
    identity = inventory.identities.get(principal_id)
    return None if identity is None else PRINCIPAL_TYPES.get(identity.kind, "ServicePrincipal")


def assignment(source: str, role_id: str, type_: str | None, principal_id: str | None) -> dict[str, tuple[str, ...]]:
    """Return what conditions see of a role assignment.

    Args:
        source: `Request` for one that is to be made, `Resource` for one that is there.
        role_id: of the role: its GUID, or an id that ends in it.
        type_: of the principal: `User`, `Group`, `ServicePrincipal`; None: not known.
        principal_id: None: not known.
    """
    values = {"RoleDefinitionId": arm_ids.name_of(role_id), "PrincipalType": type_, "PrincipalId": principal_id}
    return {attribute_key(source, f"{_ASSIGNMENTS}:{name}"): (value,) for name, value in values.items() if value}


def of_place(inventory: Inventory, place: str) -> dict[str, tuple[str, ...]]:
    """Return what conditions see of a place, as far as its id and the inventory tell."""
    found: dict[str, tuple[str, ...]] = {}
    if "/microsoft.storage/" in place:
        for step in arm_ids.lineage(place):
            kind = arm_ids.type_of(step)
            if kind in _NAMED:
                found[attribute_key("Resource", f"{kind}:name")] = (arm_ids.name_of(step),)
    made = inventory.bindings.get(place)
    if made is not None:
        type_ = principal_type(inventory, made.principal_id)
        found |= assignment("Resource", made.policy_id, type_, made.principal_id)
    return found


def stated(known: Known, context: Keys) -> Known:
    """Add what somebody states, by the names that conditions use.

    `@Request[...]`, `@Resource[...]`, `@Principal[...]`, `@Environment[...]`, with several values joined by commas and
    none for an attribute that is missing; `subOperation`, none for a request that has none.

    Raises:
        UserError: a name is none of these, or a time cannot be read.
    """
    attributes: dict[str, tuple[str, ...]] = {}
    for key, value in context.items():
        values = tuple(value.split(",")) if isinstance(value, str) else tuple(value)
        values = tuple(one for one in values if one)
        if key.lower() == _SUB_OPERATION:
            known = replace(known, sub_operation=",".join(values))
            continue
        match = _ATTRIBUTE.match(key.strip())
        if match is None:
            raise UserError(f"`{key}` is no attribute such as `@Request[subOperation]` (in the context)")
        attributes[attribute_key(match[1], match[2])] = values
    known = replace(known, attributes={**known.attributes, **attributes})
    return replace(known, now=_moment(attributes[_NOW])) if _NOW in attributes else known


def _moment(values: tuple[str, ...]) -> datetime:
    text = ",".join(values)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"`{text}` is no time such as `2026-01-01T00:00:00Z` (in the context)") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def of_roles(attributes: Mapping[str, tuple[str, ...]], known: Known) -> Known:
    """Add attributes of a request to what is known of it."""
    return replace(known, attributes={**known.attributes, **attributes})
