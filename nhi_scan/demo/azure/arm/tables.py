"""Resource Graph's tables, made of an estate's rows.

The tables and their columns: https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nhi_scan.demo.azure.estate import Record
from nhi_scan.demo.azure.gate import Gate
from nhi_scan.demo.azure.world import ROOT, World
from nhi_scan.model import arm_ids

COLUMNS = (
    "id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku", "plan",
    "properties", "tags", "identity", "zones", "extendedLocation",
)  # fmt: skip
_GROUP_TYPE = "microsoft.resources/resourcegroups"
# In a table of their own, or in none.
_NO_RESOURCES = frozenset(
    {
        "microsoft.batch/batchaccounts/pools",
        "microsoft.kubernetesconfiguration/extensions",
        "microsoft.machinelearningservices/workspaces/computes",
    }
)


def rows(table: str, world: World, gate: Gate) -> Iterator[Record] | None:
    """Return the rows of a table that the caller may read; None: there is no such table.

    Which actions a row needs: https://learn.microsoft.com/azure/governance/resource-graph/overview#permissions-in-azure-resource-graph
    """
    made = _TABLES.get(table)
    return made(world, gate) if made else None


def _columns(world: World, row: Mapping[str, Any], kind: str) -> Record:
    """Return a row as Resource Graph shows it: every column, the type in lower case, the place taken apart."""
    place = arm_ids.canonical(row["id"])
    group = arm_ids.resource_group_of(place)
    shown: Record = dict.fromkeys(COLUMNS)
    shown |= {"kind": "", "location": "", "managedBy": "", "name": row.get("name", "")}
    shown |= {key: world.at(value) for key, value in row.items() if key in shown}
    return {
        **shown,
        "type": kind.lower(),
        "tenantId": world.estate.tenant,
        "resourceGroup": arm_ids.name_of(group) if group else "",
        "subscriptionId": arm_ids.name_of(arm_ids.subscription_of(place)),
    }


def _containers(world: World, gate: Gate) -> Iterator[Record]:
    for one in world.estate.management_groups:
        row = {
            "id": "/providers/Microsoft.Management/managementGroups/" + one["name"],
            "name": one["name"],
            "properties": {"displayName": one.get("displayName", one["name"]), "tenantId": world.estate.tenant,
                           "details": _details(world, one.get("parent", ""))},
        }  # fmt: skip
        if gate.may("Microsoft.Management/managementGroups/read", row["id"]):
            yield _columns(world, row, "microsoft.management/managementgroups")
    for one in world.estate.subscriptions:
        id_ = f"/subscriptions/{one['subscriptionId']}"
        chain = _chain(world, one.get("parent", ""))
        row = {
            "id": id_,
            "name": one["displayName"],
            "tags": one.get("tags", {}),
            "properties": {"state": one.get("state", "Enabled"), "managementGroupAncestorsChain": chain},
        }
        if gate.may("Microsoft.Resources/subscriptions/read", id_):
            yield _columns(world, row, "microsoft.resources/subscriptions")
    for one in world.estate.resources:
        if one["type"].lower() == _GROUP_TYPE and gate.may(
            "Microsoft.Resources/subscriptions/resourceGroups/read", one["id"]
        ):
            yield _columns(world, one, "microsoft.resources/subscriptions/resourcegroups")


def _chain(world: World, name: str) -> list[Record]:
    """Return what is above, nearest first, the tenant's root group last."""
    by_name = {one["name"].lower(): one for one in world.estate.management_groups}
    found: list[Record] = []
    at = name.lower()
    while at in by_name and len(found) <= len(by_name):
        one = by_name[at]
        found.append({"name": one["name"], "displayName": one.get("displayName", one["name"])})
        at = one.get("parent", "").lower()
    return found


def _details(world: World, parent: str) -> Record:
    chain = _chain(world, parent)
    above: Record = {"managementGroupAncestorsChain": chain, "managementGroupAncestors": [one["name"] for one in chain]}
    if chain:
        id_ = "/providers/Microsoft.Management/managementGroups/" + chain[0]["name"]
        above["parent"] = {"id": id_, **chain[0]}
    return above


def _resources(world: World, gate: Gate) -> Iterator[Record]:
    for one in world.estate.resources:
        kind = one["type"].lower()
        if kind not in (_GROUP_TYPE, *_NO_RESOURCES) and gate.may(f"{one['type']}/read", one["id"]):
            yield _columns(world, one, kind)


def _authorization(world: World, gate: Gate) -> Iterator[Record]:
    may: dict[str, bool] = {}
    for one in world.estate.role_assignments:
        scope = one["properties"]["scope"]
        if scope not in may:
            may[scope] = gate.may("Microsoft.Authorization/roleAssignments/read", scope)
        if may[scope]:
            yield _columns(world, one, "microsoft.authorization/roleassignments")
    for one in world.estate.role_definitions:
        scopes = [scope for scope in one["properties"]["assignableScopes"] if world.is_scope(scope)]
        if any(gate.may("Microsoft.Authorization/roleDefinitions/read", scope) for scope in scopes) or (
            ROOT in scopes
            and any(gate.may("Microsoft.Authorization/roleDefinitions/read", each) for each in world.parents)
        ):
            yield _columns(world, _unconditioned(one), "microsoft.authorization/roledefinitions")


def _unconditioned(role: Mapping[str, Any]) -> Record:
    """Leave out the conditions inside a role: nothing documents that Resource Graph shows them, and lists do."""
    own = role["properties"]
    sets = [{key: each for key, each in one.items() if "condition" not in key} for one in own["permissions"]]
    return {**role, "properties": {**own, "permissions": sets}}


_TABLES: Mapping[str, Callable[[World, Gate], Iterator[Record]]] = {
    "resourcecontainers": _containers,
    "resources": _resources,
    "authorizationresources": _authorization,
}
