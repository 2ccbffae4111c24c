"""Calls to Azure Resource Manager, as data: which path, which version of it, and which action each takes.

`service` is the resource provider and the version of its API, `operation` the path; `{name}` in it is a field of what
is asked about. Actions: https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds

BATCH_VERSION = "2020-06-01"
# The first that can be told which role assignments are meant:
# https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
GRAPH_VERSION = "2022-10-01"

PERMISSIONS_KIND = "arm-permissions"  # asked for what it says of coverage, and not kept
ROLE_ASSIGNMENTS = "arm-role-assignments"
ROLE_DEFINITIONS = "arm-role-definitions"
RESOURCES = "arm-resources"
RESOURCE_GROUPS = "arm-resource-groups"
KEY_VAULTS = "arm-key-vaults"
STORAGE_ACCOUNTS = "arm-storage-accounts"
MANAGED_CLUSTERS = "arm-managed-clusters"

_AUTHORIZATION = "Microsoft.Authorization:2022-04-01"
_PIM = "Microsoft.Authorization:2020-10-01"  # the version that has PIM
_ROLES = "Microsoft.Authorization:2022-05-01-preview"  # the first that tells the conditions inside a role definition
_IDENTITIES = "Microsoft.ManagedIdentity:2024-11-30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A method of one of Microsoft's libraries that asks what a path asks.

    Each library has a client for every version: the one that picks versions by itself cannot go to a second page.

    Attributes:
        module: of the version of the API that the row names.
        client: class.
        method: `group.method` of the client.
        words: its parameters; `subscription` is the client's own.
    """

    module: str
    client: str
    method: str
    words: Mapping[str, str] = field(default_factory=dict)


def _authorization(method: str, module: str = "v2022_04_01", **words: str) -> Library:
    module = f"azure.mgmt.authorization.{module}"
    return Library(module=module, client="AuthorizationManagementClient", method=method, words=words)


def _msi(method: str, **words: str) -> Library:
    return Library(
        module="azure.mgmt.msi.v2024_11_30", client="ManagedServiceIdentityClient", method=method, words=words
    )


def _at_scope(noun: str) -> str:
    return f"{{scope}}/providers/Microsoft.Authorization/{noun}"


_PROVIDER_OPERATIONS = "/providers/Microsoft.Authorization/providerOperations"
_USER_ASSIGNED = "{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
_FEDERATED = "{id}/federatedIdentityCredentials"

# Path -> who asks it where it is asked by itself; paths that are not here are asked without a library.
LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        _PROVIDER_OPERATIONS: _authorization("provider_operations_metadata.list"),
        _at_scope("denyAssignments"): _authorization("deny_assignments.list_for_scope", scope="{scope}"),
        _at_scope("roleAssignments"): _authorization("role_assignments.list_for_scope", scope="{scope}"),
        _at_scope("roleDefinitions"): _authorization("role_definitions.list", "v2022_05_01_preview", scope="{scope}"),
        _at_scope("roleEligibilityScheduleInstances"): _authorization(
            "role_eligibility_schedule_instances.list_for_scope", "v2020_10_01", scope="{scope}"
        ),
        _at_scope("roleAssignmentScheduleInstances"): _authorization(
            "role_assignment_schedule_instances.list_for_scope", "v2020_10_01", scope="{scope}"
        ),
        _at_scope("roleManagementPolicyAssignments"): _authorization(
            "role_management_policy_assignments.list_for_scope", "v2020_10_01", scope="{scope}"
        ),
        _USER_ASSIGNED: _msi("user_assigned_identities.list_by_subscription", subscription="{subscription}"),
        _FEDERATED: _msi(
            "federated_identity_credentials.list",
            subscription="{subscription}",
            resource_group_name="{group}",
            resource_name="{name}",
        ),
    }
)


def _arm(kind: str, service: str, operation: str, *permissions: str, **more: Any) -> Call:
    return Call(
        kind=kind,
        service=service,
        operation=operation,
        result=more.pop("result", "value"),
        permissions=permissions,
        **more,
    )


TENANTS = _arm(kinds.ARM_TENANTS, "Microsoft.Resources:2022-12-01", "/tenants", note="needs no action")
SUBSCRIPTIONS = _arm(
    kinds.ARM_SUBSCRIPTIONS,
    "Microsoft.Resources:2022-12-01",
    "/subscriptions",
    "Microsoft.Resources/subscriptions/read",
    note="lists whatever the caller has any role in, also in one resource group of it",
)
MANAGEMENT_GROUPS = _arm(
    kinds.ARM_MANAGEMENT_GROUPS,
    "Microsoft.Management:2020-05-01",
    "/providers/Microsoft.Management/managementGroups",
    "Microsoft.Management/managementGroups/read",
    note="where Resource Graph does not show them; the list does not say which lies in which",
)
MANAGEMENT_GROUP = _arm(
    kinds.ARM_MANAGEMENT_GROUPS,
    "Microsoft.Management:2020-05-01",
    "{scope}",
    "Microsoft.Management/managementGroups/read",
    result="@",
    params={"$expand": "children"},
)
PROVIDER_OPERATIONS = _arm(
    kinds.ARM_PROVIDER_OPERATIONS,
    _AUTHORIZATION,
    _PROVIDER_OPERATIONS,
    "Microsoft.Authorization/providerOperations/read",
    params={"$expand": "resourceTypes"},
    drop=tuple(
        f"{path}{name}"
        for path in ("operations.", "resourceTypes.operations.")
        for name in ("displayName", "description", "origin", "properties")
    ),
)
PERMISSIONS = _arm(
    PERMISSIONS_KIND,
    _AUTHORIZATION,
    _at_scope("permissions"),
    "Microsoft.Authorization/permissions/read",
    note="what the caller itself may do there",
)
DENY_ASSIGNMENTS = _arm(
    kinds.ARM_DENY_ASSIGNMENTS,
    _AUTHORIZATION,
    _at_scope("denyAssignments"),
    "Microsoft.Authorization/denyAssignments/read",
    keep=("scope",),
    note="without a filter at, above and below the scope",
)
ELIGIBILITY_INSTANCES = _arm(
    kinds.ARM_ROLE_ELIGIBILITY_INSTANCES,
    _PIM,
    _at_scope("roleEligibilityScheduleInstances"),
    "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
    keep=("scope",),
)
ASSIGNMENT_INSTANCES = _arm(
    kinds.ARM_ROLE_ASSIGNMENT_INSTANCES,
    _PIM,
    _at_scope("roleAssignmentScheduleInstances"),
    "Microsoft.Authorization/roleAssignmentScheduleInstances/read",
    keep=("scope",),
)
ROLE_POLICIES = _arm(
    kinds.ARM_ROLE_POLICIES,
    _PIM,
    _at_scope("roleManagementPolicyAssignments"),
    "Microsoft.Authorization/roleManagementPolicyAssignments/read",
    keep=("scope",),
    note="asked where somebody is eligible for a role",
)
FEDERATED_CREDENTIALS = _arm(
    kinds.ARM_FEDERATED_CREDENTIALS,
    _IDENTITIES,
    _FEDERATED,
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
    keep=("id",),
)
ABOVE = _arm(
    ROLE_ASSIGNMENTS,
    _AUTHORIZATION,
    _at_scope("roleAssignments"),
    "Microsoft.Authorization/roleAssignments/read",
    params={"$filter": "atScope()"},
    note="of one subscription below each chain of management groups: they need not be readable",
)
# The list, and not Resource Graph's rows, is documented to tell the conditions inside a role:
# https://learn.microsoft.com/azure/role-based-access-control/role-definitions-list
BUILT_IN = _arm(
    ROLE_DEFINITIONS,
    _ROLES,
    _at_scope("roleDefinitions"),
    "Microsoft.Authorization/roleDefinitions/read",
    params={"$filter": "type eq 'BuiltInRole'"},
    note="of one scope, for all have the same",
)

# Parts of resources that run as identities and are not among Resource Graph's resources, by the type of the whole:
# https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
PARTS_OF: Mapping[str, Call] = MappingProxyType(
    {
        "microsoft.batch/batchaccounts": _arm(
            "arm-batch-pools", "Microsoft.Batch:2024-07-01", "{id}/pools", "Microsoft.Batch/batchAccounts/pools/read"
        ),
        "microsoft.machinelearningservices/workspaces": _arm(
            "arm-machine-learning-computes",
            "Microsoft.MachineLearningServices:2024-04-01",
            "{id}/computes",
            "Microsoft.MachineLearningServices/workspaces/computes/read",
        ),
    }
)

# What of each scope is asked besides Resource Graph.
OF_SCOPES: tuple[Call, ...] = (DENY_ASSIGNMENTS, ELIGIBILITY_INSTANCES, ASSIGNMENT_INSTANCES)

# The way round Resource Graph, by subscription.
BY_SUBSCRIPTION: tuple[Call, ...] = (
    _arm(
        ROLE_ASSIGNMENTS,
        _AUTHORIZATION,
        _at_scope("roleAssignments"),
        "Microsoft.Authorization/roleAssignments/read",
        note="without a filter at, above and below the scope",
    ),
    _arm(ROLE_DEFINITIONS, _ROLES, _at_scope("roleDefinitions"), "Microsoft.Authorization/roleDefinitions/read"),
    _arm(
        RESOURCE_GROUPS,
        "Microsoft.Resources:2022-09-01",
        "{scope}/resourcegroups",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
    ),
    _arm(
        RESOURCES,
        "Microsoft.Resources:2022-09-01",
        "{scope}/resources",
        "Microsoft.Resources/subscriptions/resources/read",
        note="all types at once, with their identities and without their properties",
    ),
    _arm(
        kinds.ARM_USER_ASSIGNED_IDENTITIES,
        _IDENTITIES,
        _USER_ASSIGNED,
        "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    ),
    _arm(
        KEY_VAULTS,
        "Microsoft.KeyVault:2023-07-01",
        "{scope}/providers/Microsoft.KeyVault/vaults",
        "Microsoft.KeyVault/vaults/read",
    ),
    _arm(
        STORAGE_ACCOUNTS,
        "Microsoft.Storage:2023-05-01",
        "{scope}/providers/Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/read",
    ),
    _arm(
        MANAGED_CLUSTERS,
        "Microsoft.ContainerService:2024-09-01",
        "{scope}/providers/Microsoft.ContainerService/managedClusters",
        "Microsoft.ContainerService/managedClusters/read",
    ),
)

ARM: tuple[Call, ...] = (
    TENANTS,
    SUBSCRIPTIONS,
    MANAGEMENT_GROUPS,
    MANAGEMENT_GROUP,
    PROVIDER_OPERATIONS,
    PERMISSIONS,
    ABOVE,
    BUILT_IN,
    *OF_SCOPES,
    ROLE_POLICIES,
    FEDERATED_CREDENTIALS,
    *PARTS_OF.values(),
    *BY_SUBSCRIPTION,
)


def query_of(call: Call) -> dict[str, str]:
    """Return the parameters of a row's address: the version of the API and what the row adds."""
    return {"api-version": call.service.partition(":")[2], **call.params}
