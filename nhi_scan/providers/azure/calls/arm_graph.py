"""Queries of Azure Resource Graph, as data: https://learn.microsoft.com/azure/governance/resource-graph/overview.

Its language is a part of Kusto's: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language.
All are in a fixed order: pages of an unordered answer may repeat rows and leave others out
(https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results).
"""

from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.calls.arm_types import KEPT, NAMED, read_action

_SUBMIT = "Microsoft.ResourceGraph/resources/read"
_ORDER = "order by id asc"

MANAGEMENT_GROUP_TYPE = "microsoft.management/managementgroups"
SUBSCRIPTION_TYPE = "microsoft.resources/subscriptions"
GROUP_TYPE = "microsoft.resources/subscriptions/resourcegroups"
IDENTITY_TYPE = "microsoft.managedidentity/userassignedidentities"


def _types(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name.lower()}'" for name in names)


def _query(kind: str, table: str, where: str, columns: str, actions: tuple[str, ...], note: str = "") -> Call:
    return Call(
        kind=kind,
        service=f"resourcegraph:{table}",
        operation="resources",
        result="data",
        params={"query": f"{table} | where {where} | project {columns} | {_ORDER}"},
        permissions=(_SUBMIT, *actions),
        note=note,
    )


CONTAINERS = _query(
    kinds.ARG_CONTAINERS,
    "ResourceContainers",
    f"type in~ ({_types((MANAGEMENT_GROUP_TYPE, SUBSCRIPTION_TYPE, GROUP_TYPE))})",
    "id, name, type, location, resourceGroup, subscriptionId, tenantId, managedBy, properties, tags",
    (
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Management/managementGroups/read",
    ),
)
MANAGEMENT_GROUPS = _query(
    kinds.ARG_CONTAINERS,
    "ResourceContainers",
    f"type =~ '{MANAGEMENT_GROUP_TYPE}'",
    "id, name, type, tenantId, properties",
    ("Microsoft.Management/managementGroups/read",),
    "asked of the whole tenant: a query about subscriptions does not answer with what is above them",
)
ROLE_ASSIGNMENTS = _query(
    kinds.ARG_ROLE_ASSIGNMENTS,
    "AuthorizationResources",
    "type =~ 'microsoft.authorization/roleassignments'",
    "id, name, type, properties",
    ("Microsoft.Authorization/roleAssignments/read",),
)
ROLE_DEFINITIONS = _query(
    kinds.ARG_ROLE_DEFINITIONS,
    "AuthorizationResources",
    "type =~ 'microsoft.authorization/roledefinitions'",
    "id, name, type, properties",
    ("Microsoft.Authorization/roleDefinitions/read",),
)
RESOURCES = _query(
    kinds.ARG_RESOURCES,
    "Resources",
    f"isnotnull(identity) or type in~ ({_types(NAMED)})",
    "id, name, type, kind, location, resourceGroup, subscriptionId, managedBy, identity, sku, tags, properties",
    tuple(read_action(type_) for type_ in KEPT),
)

SWEEPS: tuple[Call, ...] = (ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, RESOURCES)
RESOURCE_GRAPH: tuple[Call, ...] = (CONTAINERS, MANAGEMENT_GROUPS, *SWEEPS)
