"""Which of Microsoft Graph's paths are answered, from what, and which application permissions allow it.

Each permission is one of those that the page of the request names; whichever of them a caller has is enough.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_APPS = ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_FEDERATED = ("Application.Read.All", "Application.ReadWrite.All")
_GRANTS = ("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All")
_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "Directory.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
_ACTIVE = (
    "RoleAssignmentSchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
)
_ELIGIBLE = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
)
_PIM_POLICIES = (
    "RoleManagementPolicy.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagementPolicy.ReadWrite.Directory",
)
_GROUPS = (
    "GroupMember.Read.All",
    "Group.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "Directory.ReadWrite.All",
)
_GROUP_OWNERS = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All")
_USERS = ("User.ReadBasic.All", "User.Read.All", "Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_POLICIES = ("Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration")
_CONSENT = ("Policy.Read.PermissionGrant", "Policy.ReadWrite.PermissionGrant")
_AGENTS = ("AgentIdentity.Read.All", "AgentIdentity.ReadWrite.All")
_BLUEPRINTS = ("AgentIdentityBlueprint.Read.All", "AgentIdentityBlueprint.ReadWrite.All")
_BLUEPRINT_PRINCIPALS = ("AgentIdentityBlueprintPrincipal.Read.All", "AgentIdentityBlueprintPrincipal.ReadWrite.All")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path that is answered.

    Attributes:
        path: with `{id}` where an id stands.
        family: what requests of it are counted as, after `graph.`.
        kind: type of the rows.
        permissions: application permissions of which one is needed.
        besides: another that is needed with it; empty: none.
        source: attribute of the estate that holds the rows; empty: a function of `objects` makes them.
        single: it answers an object and no collection.
        most: rows of a page at most.
        usual: rows of a page where nobody says how many.
        beta: only beta has it.
        premium: the licence without which it is refused; empty: none.
        filtered: a filter is demanded.
        page: where Microsoft documents it, below https://learn.microsoft.com/graph/api/.
    """

    path: str
    family: str
    kind: str
    permissions: tuple[str, ...]
    besides: str = ""
    source: str = ""
    single: bool = False
    most: int = 999
    usual: int = 100
    beta: bool = False
    premium: str = ""
    filtered: bool = False
    page: str = ""


_P2 = "aad_premium_p2"
_P1 = "premium"

ROUTES = (
    Route(path="organization", family="organization", kind="organization", page="organization-list",
          permissions=("Organization.Read.All", "User.Read.All", "Directory.Read.All", "Application.Read.All")),
    Route(path="applications", family="applications", kind="application", permissions=_APPS, source="applications",
          page="application-list"),
    Route(path="applications/microsoft.graph.agentIdentityBlueprint", family="agentIdentityBlueprints",
          kind="agentIdentityBlueprint", most=100, permissions=_BLUEPRINTS, page="agentidentityblueprint-list"),
    Route(path="applications/{id}", family="applications.get", kind="application", permissions=_APPS, single=True,
          page="application-get"),
    Route(path="applications/{id}/owners", family="applications.owners", kind="directoryObject", permissions=_APPS,
          page="application-list-owners"),
    Route(path="applications/{id}/federatedIdentityCredentials", family="applications.federatedIdentityCredentials",
          kind="federatedIdentityCredential", permissions=_FEDERATED,
          page="application-list-federatedidentitycredentials"),
    Route(path="applications/{id}/inheritablePermissions", family="agentIdentityBlueprints.inheritablePermissions",
          kind="inheritablePermission", permissions=("AgentIdentityBlueprint.Read.All", "Application.Read.All"),
          page="agentidentityblueprint-list-inheritablepermissions"),
    Route(path="applications/{id}/sponsors", family="sponsors", kind="directoryObject", permissions=_FEDERATED,
          page="agentidentityblueprint-list-sponsors"),
    Route(path="servicePrincipals", family="servicePrincipals", kind="servicePrincipal", permissions=_APPS,
          source="service_principals", page="serviceprincipal-list"),
    Route(path="servicePrincipals/microsoft.graph.agentIdentity", family="agentIdentities", kind="agentIdentity",
          most=100, permissions=_AGENTS, page="agentidentity-list"),
    Route(path="servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal",
          family="agentIdentityBlueprintPrincipals", kind="agentIdentityBlueprintPrincipal", most=100,
          permissions=_BLUEPRINT_PRINCIPALS, page="agentidentityblueprintprincipal-list"),
    Route(path="servicePrincipals/{id}", family="servicePrincipals.get", kind="servicePrincipal", permissions=_APPS,
          single=True, page="serviceprincipal-get"),
    Route(path="servicePrincipals/{id}/owners", family="servicePrincipals.owners", kind="directoryObject",
          permissions=_APPS, page="serviceprincipal-list-owners"),
    Route(path="servicePrincipals/{id}/appRoleAssignedTo", family="servicePrincipals.appRoleAssignedTo",
          kind="appRoleAssignment", permissions=_APPS, page="serviceprincipal-list-approleassignedto"),
    Route(path="servicePrincipals/{id}/appRoleAssignments", family="servicePrincipals.appRoleAssignments",
          kind="appRoleAssignment", permissions=_APPS, page="serviceprincipal-list-approleassignments"),
    Route(path="servicePrincipals/{id}/sponsors", family="sponsors", kind="directoryObject", permissions=_AGENTS,
          page="agentidentity-list-sponsors"),
    Route(path="oauth2PermissionGrants", family="oauth2PermissionGrants", kind="oAuth2PermissionGrant",
          permissions=_GRANTS, source="oauth2_permission_grants", page="oauth2permissiongrant-list"),
    Route(path="roleManagement/directory/roleDefinitions", family="roleDefinitions", kind="unifiedRoleDefinition",
          permissions=_ROLES, source="directory_role_definitions", page="rbacapplication-list-roledefinitions"),
    Route(path="roleManagement/directory/roleAssignments", family="roleAssignments", kind="unifiedRoleAssignment",
          permissions=_ROLES, source="directory_role_assignments", page="rbacapplication-list-roleassignments"),
    Route(path="roleManagement/directory/roleAssignmentScheduleInstances", family="roleAssignmentScheduleInstances",
          kind="unifiedRoleAssignmentScheduleInstance", permissions=_ACTIVE, premium=_P2,
          source="directory_role_assignment_instances", page="rbacapplication-list-roleassignmentscheduleinstances"),
    Route(path="roleManagement/directory/roleEligibilityScheduleInstances", family="roleEligibilityScheduleInstances",
          kind="unifiedRoleEligibilityScheduleInstance", permissions=_ELIGIBLE, premium=_P2,
          source="directory_role_eligibility_instances", page="rbacapplication-list-roleeligibilityscheduleinstances"),
    Route(path="policies/roleManagementPolicyAssignments", family="roleManagementPolicyAssignments", premium=_P2,
          kind="unifiedRoleManagementPolicyAssignment", permissions=_PIM_POLICIES, filtered=True,
          source="directory_role_policies", page="policyroot-list-rolemanagementpolicyassignments"),
    Route(path="groups", family="groups", kind="group", permissions=_GROUPS, source="groups", page="group-list"),
    Route(path="groups/{id}", family="groups.get", kind="group", permissions=_GROUPS, single=True, page="group-get"),
    Route(path="groups/{id}/members", family="groups.members", kind="directoryObject", permissions=_GROUPS,
          page="group-list-members"),
    Route(path="groups/{id}/transitiveMembers", family="groups.transitiveMembers", kind="directoryObject",
          permissions=_GROUPS, page="group-list-transitivemembers"),
    Route(path="groups/{id}/owners", family="groups.owners", kind="directoryObject", permissions=_GROUP_OWNERS,
          page="group-list-owners"),
    Route(path="identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", filtered=True, premium=_P2,
          family="groups.eligibilityScheduleInstances", kind="privilegedAccessGroupEligibilityScheduleInstance",
          permissions=("PrivilegedEligibilitySchedule.Read.AzureADGroup", "PrivilegedAccess.Read.AzureADGroup",
                       "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup"),
          source="group_eligibility_instances", page="privilegedaccessgroup-list-eligibilityscheduleinstances"),
    Route(path="users", family="users", kind="user", permissions=_USERS, source="users", page="user-list"),
    Route(path="users/microsoft.graph.agentUser", family="agentUsers", kind="agentUser", most=100,
          permissions=("AgentUser.Read.All", "User.Read.All", "Directory.Read.All"), page="agentuser-list"),
    Route(path="users/{id}", family="users.get", kind="user", permissions=_USERS, single=True, page="user-get"),
    Route(path="users/{id}/sponsors", family="sponsors", kind="directoryObject", permissions=_USERS,
          page="user-list-sponsors"),
    Route(path="directory/administrativeUnits", family="administrativeUnits", kind="administrativeUnit",
          permissions=("AdministrativeUnit.Read.All", "Directory.Read.All", "AdministrativeUnit.ReadWrite.All"),
          source="administrative_units", page="directory-list-administrativeunits"),
    Route(path="directory/administrativeUnits/{id}/members", family="administrativeUnits.members",
          kind="directoryObject", page="administrativeunit-list-members",
          permissions=("AdministrativeUnit.Read.All", "Directory.Read.All", "AdministrativeUnit.ReadWrite.All")),
    Route(path="policies/authorizationPolicy", family="authorizationPolicy", kind="authorizationPolicy",
          permissions=("Policy.Read.All", "Policy.ReadWrite.Authorization"), single=True,
          page="authorizationpolicy-get"),
    Route(path="policies/defaultAppManagementPolicy", family="defaultAppManagementPolicy", single=True,
          kind="tenantAppManagementPolicy", permissions=_POLICIES, page="tenantappmanagementpolicy-get"),
    Route(path="policies/appManagementPolicies", family="appManagementPolicies", kind="appManagementPolicy",
          permissions=_POLICIES, source="app_management_policies", page="appmanagementpolicy-list"),
    Route(path="policies/appManagementPolicies/{id}/appliesTo", family="appManagementPolicies.appliesTo",
          kind="directoryObject", permissions=_POLICIES, besides="Application.Read.All",
          page="appmanagementpolicy-list-appliesto"),
    Route(path="policies/permissionGrantPolicies", family="permissionGrantPolicies", kind="permissionGrantPolicy",
          permissions=_CONSENT, source="permission_grant_policies", page="policyroot-list-permissiongrantpolicies"),
    Route(path="policies/permissionGrantPolicies/{id}/includes", family="permissionGrantPolicies.includes",
          kind="permissionGrantConditionSet", permissions=_CONSENT, page="permissiongrantpolicy-list-includes"),
    Route(path="policies/adminConsentRequestPolicy", family="adminConsentRequestPolicy", single=True,
          kind="adminConsentRequestPolicy", permissions=("Policy.Read.All", "Policy.ReadWrite.ConsentRequest"),
          page="adminconsentrequestpolicy-get"),
    Route(path="identityProtection/riskyServicePrincipals", family="riskyServicePrincipals", premium=_P1, most=500,
          kind="riskyServicePrincipal", source="risky_service_principals",
          permissions=("IdentityRiskyServicePrincipal.Read.All", "IdentityRiskyServicePrincipal.ReadWrite.All"),
          page="identityprotectionroot-list-riskyserviceprincipals"),
    Route(path="reports/servicePrincipalSignInActivities", family="servicePrincipalSignInActivities", beta=True,
          kind="servicePrincipalSignInActivity", permissions=("AuditLog.Read.All",), premium=_P1,
          source="service_principal_sign_ins", page="reportroot-list-serviceprincipalsigninactivities"),
    Route(path="reports/appCredentialSignInActivities", family="appCredentialSignInActivities", beta=True,
          kind="appCredentialSignInActivity", permissions=("AuditLog.Read.All",), premium=_P1,
          source="credential_sign_ins", page="reportroot-list-appcredentialsigninactivities"),
)  # fmt: skip
GET_BY_IDS = Route(path="directoryObjects/getByIds", family="getByIds", kind="directoryObject",
                   permissions=("Directory.Read.All",), page="directoryobject-getbyids")  # fmt: skip


def _pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path).replace(re.escape("{id}"), "([^/]+)")
    return re.compile(text, re.IGNORECASE)


_PATTERNS: Mapping[re.Pattern[str], Route] = {_pattern(route.path): route for route in ROUTES}


def find(path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a path below the version, and the ids in it; None: nothing is served there."""
    for pattern, route in _PATTERNS.items():
        found = pattern.fullmatch(path)
        if found:
            return route, tuple(found.groups())
    return None
