"""Which of Resource Manager's paths are answered, and the action that each needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SCOPE = "(?P<scope>.*)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One kind of path.

    Attributes:
        path: a pattern of the whole path, without regard to case; what it names, handlers are given.
        family: what requests of it are counted as, after `arm.`.
        action: needed at the scope, `{kind}` is the type in the path; empty: rows that cannot be read are left out.
        model: version and name of the SDK's model of the answer, `2022-04-01/RoleAssignmentListResult`; empty: none.
        post: it is a POST.
    """

    path: str
    family: str
    action: str = ""
    model: str = ""
    post: bool = False


_AUTHORIZATION = "/providers/Microsoft\\.Authorization/"
_MSI = "/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities"
_GROUPS = "/providers/Microsoft\\.Management/managementGroups"

ROUTES = (
    Route(path="/batch", family="batch", post=True),
    Route(path="/providers/Microsoft\\.ResourceGraph/resources", family="resourceGraph", post=True,
          model="resourcegraph/QueryResponse"),
    Route(path="/tenants", family="tenants"),
    Route(path="/subscriptions", family="subscriptions"),
    Route(path=_GROUPS, family="managementGroups"),
    Route(path="/providers/Microsoft\\.Management/getEntities", family="entities", post=True),
    Route(path=_GROUPS + "/(?P<name>[^/]+)", family="managementGroups.get",
          action="Microsoft.Management/managementGroups/read"),
    Route(path=_GROUPS + "/(?P<name>[^/]+)/descendants", family="managementGroups.descendants",
          action="Microsoft.Management/managementGroups/descendants/read"),
    Route(path=_AUTHORIZATION + "providerOperations", family="providerOperations",
          action="Microsoft.Authorization/providerOperations/read",
          model="2022-04-01/ProviderOperationsMetadataListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "roleAssignments", family="roleAssignments",
          action="Microsoft.Authorization/roleAssignments/read", model="2022-04-01/RoleAssignmentListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "roleDefinitions", family="roleDefinitions",
          action="Microsoft.Authorization/roleDefinitions/read",
          model="2022-05-01-preview/RoleDefinitionListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "denyAssignments", family="denyAssignments",
          action="Microsoft.Authorization/denyAssignments/read", model="2022-04-01/DenyAssignmentListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "roleEligibilityScheduleInstances", family="roleEligibilityScheduleInstances",
          action="Microsoft.Authorization/roleEligibilityScheduleInstances/read",
          model="2020-10-01/RoleEligibilityScheduleInstanceListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "roleAssignmentScheduleInstances", family="roleAssignmentScheduleInstances",
          action="Microsoft.Authorization/roleAssignmentScheduleInstances/read",
          model="2020-10-01/RoleAssignmentScheduleInstanceListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "roleManagementPolicyAssignments", family="roleManagementPolicyAssignments",
          action="Microsoft.Authorization/roleManagementPolicyAssignments/read",
          model="2020-10-01/RoleManagementPolicyAssignmentListResult"),
    Route(path=_SCOPE + _AUTHORIZATION + "permissions", family="permissions", model="2022-04-01/PermissionGetResult",
          action="Microsoft.Authorization/permissions/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+(/resourceGroups/[^/]+)?)" + _MSI, family="userAssignedIdentities",
          action="Microsoft.ManagedIdentity/userAssignedIdentities/read",
          model="msi/UserAssignedIdentitiesListResult"),
    Route(path="(?P<scope>.*" + _MSI + "/[^/]+)/federatedIdentityCredentials", family="federatedIdentityCredentials",
          action="Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
          model="msi/FederatedIdentityCredentialsListResult"),
    Route(path="(?P<scope>.*/providers/Microsoft\\.Batch/batchAccounts/[^/]+)/pools", family="pools",
          action="Microsoft.Batch/batchAccounts/pools/read"),
    Route(path="(?P<scope>.*/providers/Microsoft\\.MachineLearningServices/workspaces/[^/]+)/computes",
          family="computes", action="Microsoft.MachineLearningServices/workspaces/computes/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+)", family="subscriptions.get",
          action="Microsoft.Resources/subscriptions/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+)/resourceGroups", family="resourceGroups",
          action="Microsoft.Resources/subscriptions/resourceGroups/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+(/resourceGroups/[^/]+)?)/resources", family="resources",
          action="Microsoft.Resources/subscriptions/resources/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+(/resourceGroups/[^/]+)?)/providers/(?P<kind>[^/]+/[^/]+)",
          family="listed", action="{kind}/read"),
    Route(path="(?P<scope>/subscriptions/[^/]+/.+)", family="get", action="{kind}/read"),
)  # fmt: skip

_PATTERNS: Mapping[re.Pattern[str], Route] = {re.compile(route.path, re.IGNORECASE): route for route in ROUTES}


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a request and what its path names; None: nothing is served there."""
    for pattern, route in _PATTERNS.items():
        found = pattern.fullmatch(path) if (method == "POST") == route.post else None
        if found:
            return route, {name: value or "" for name, value in found.groupdict().items()}
    return None
