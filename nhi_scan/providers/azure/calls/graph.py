"""Every call to Microsoft Graph that asks for a whole collection or a setting of the tenant, as data.

Each row names the application permissions that its page of https://learn.microsoft.com/graph/api/ gives as least. Where
the directory itself is read it is `Directory.Read.All`, for two of the calls take nothing less
(https://learn.microsoft.com/graph/api/oauth2permissiongrant-list,
https://learn.microsoft.com/graph/api/directoryobject-getbyids), and it is enough for the others.
"""

from typing import Any, Literal

from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds

V1, BETA = "graph:v1.0", "graph:beta"

APPS, DIRECTORY, ROLES = "Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory"
POLICIES, AUDIT = "Policy.Read.All", "AuditLog.Read.All"
# https://learn.microsoft.com/graph/paging: pages of this size at most, for objects of the directory
TOP = {"$top": "999"}
# $expand shows twenty related objects and no link to more: https://learn.microsoft.com/graph/query-parameters#expand
EXPANDED = 20

# What is secret, or says something of it: https://learn.microsoft.com/graph/api/resources/passwordcredential and
# https://learn.microsoft.com/graph/api/resources/keycredential. Descriptions of app roles are only long.
DROPS = (
    "passwordCredentials.secretText",
    "passwordCredentials.hint",
    "keyCredentials.key",
    "appRoles.description",
    "appRoles.displayName",
)
CREDENTIALS = ("passwordCredentials", "keyCredentials")
# Of related objects only the id is asked for; a server that sends all of them sends their credentials, too.
_RELATED = tuple(f"{relation}.{name}" for relation in ("owners", "sponsors") for name in CREDENTIALS)
# Left out where a cloud lags behind, one after the other; who then has no `owners` is asked for them.
_REFUSED = (("$expand",), ("$select",), ("$expand", "$select"))
_PLAIN = (("$top",),)

_APPLICATION = (
    "id",
    "appId",
    "displayName",
    "description",
    "createdDateTime",
    "signInAudience",
    "publisherDomain",
    "verifiedPublisher",
    "passwordCredentials",
    "keyCredentials",
    "requiredResourceAccess",
    "appRoles",
    "identifierUris",
    "api",
    "isFallbackPublicClient",
    "tags",
    "notes",
    "serviceManagementReference",
    "servicePrincipalLockConfiguration",
    "disabledByMicrosoftStatus",
)
_SERVICE_PRINCIPAL = (
    "id",
    "appId",
    "displayName",
    "description",
    "accountEnabled",
    "createdDateTime",
    "servicePrincipalType",
    "signInAudience",
    "appOwnerOrganizationId",
    "alternativeNames",
    "appRoleAssignmentRequired",
    "appRoles",
    "servicePrincipalNames",
    "verifiedPublisher",
    "passwordCredentials",
    "keyCredentials",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "tags",
    "notes",
    "disabledByMicrosoftStatus",
)
GROUP = (
    "id",
    "displayName",
    "description",
    "createdDateTime",
    "groupTypes",
    "isAssignableToRole",
    "membershipRule",
    "onPremisesSyncEnabled",
    "securityEnabled",
    "visibility",
)


def select(names: tuple[str, ...]) -> dict[str, str]:
    """Write which properties are asked for."""
    return {"$select": ",".join(names)}


def _listed(kind: str, path: str, permission: str, **more: Any) -> Call:
    """A collection that is asked for once."""
    params = more.pop("params", {})
    when: Literal["always", "usage"] = more.pop("when", "always")
    return Call(
        kind=kind,
        service=more.pop("service", V1),
        operation=f"GET {path}",
        params=params,
        result=more.pop("result", "value"),
        permissions=(permission,),
        scope="organization",
        when=when,
        **more,
    )


def _owned(names: tuple[str, ...], relation: str = "owners") -> dict[str, Any]:
    return {**select(names), "$expand": f"{relation}($select=id)", **TOP, "fallbacks": _REFUSED}


ORGANIZATION = _listed(
    kinds.ORGANIZATION,
    "/organization",
    DIRECTORY,
    params=select(("id", "displayName", "tenantType", "createdDateTime", "verifiedDomains", "onPremisesSyncEnabled")),
)
APPLICATIONS = _listed(
    kinds.APPLICATIONS,
    "/applications",
    APPS,
    params=_owned(_APPLICATION),
    drop=(*DROPS, *_RELATED),
    note="credentials come inline",
)
SERVICE_PRINCIPALS = _listed(
    kinds.SERVICE_PRINCIPALS, "/servicePrincipals", APPS, params=_owned(_SERVICE_PRINCIPAL), drop=(*DROPS, *_RELATED)
)
GRANTS = _listed(
    kinds.DELEGATED_GRANTS,
    "/oauth2PermissionGrants",
    DIRECTORY,
    params={**TOP, "fallbacks": _PLAIN},
    note="what users and administrators agreed to",
)
ROLE_DEFINITIONS = _listed(kinds.DIRECTORY_ROLE_DEFINITIONS, "/roleManagement/directory/roleDefinitions", ROLES)
ROLE_ASSIGNMENTS = _listed(
    kinds.DIRECTORY_ROLE_ASSIGNMENTS,
    "/roleManagement/directory/roleAssignments",
    ROLES,
    params={**TOP, "fallbacks": _PLAIN},
)
ASSIGNMENT_INSTANCES = _listed(
    kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES,
    "/roleManagement/directory/roleAssignmentScheduleInstances",
    ROLES,
    note="which of the assignments end, and when; needs the licence for Privileged Identity Management",
)
ELIGIBILITY_INSTANCES = _listed(
    kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES,
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    ROLES,
    note="needs the licence for Privileged Identity Management",
)
ROLE_POLICIES = _listed(
    kinds.DIRECTORY_ROLE_POLICIES,
    "/policies/roleManagementPolicyAssignments",
    ROLES,
    params={
        "$filter": "scopeId eq '/' and scopeType eq 'DirectoryRole'",
        "$expand": "policy($expand=rules)",
    },
    note="who has to approve an activation",
)
ROLE_GROUPS = _listed(
    kinds.GROUPS,
    "/groups",
    DIRECTORY,
    params={"$filter": "isAssignableToRole eq true", **select(GROUP), **TOP},
    note="others are asked for where something names them",
)
ADMINISTRATIVE_UNITS = _listed(
    kinds.ADMINISTRATIVE_UNITS,
    "/directory/administrativeUnits",
    DIRECTORY,
    params={
        **select(("id", "displayName", "visibility", "isMemberManagementRestricted", "membershipType")),
        **TOP,
        "fallbacks": (("$select",),),
    },
    note="those are kept that a role is given on or that guard their members: who is in the others does not matter",
)
AUTHORIZATION = _listed(
    kinds.AUTHORIZATION_POLICY,
    "/policies/authorizationPolicy",
    POLICIES,
    result="@",
    note="what users may do by themselves",
)
APP_MANAGEMENT_DEFAULT = _listed(
    kinds.APP_MANAGEMENT_DEFAULT_POLICY, "/policies/defaultAppManagementPolicy", POLICIES, result="@"
)
APP_MANAGEMENT = _listed(
    kinds.APP_MANAGEMENT_POLICIES,
    "/policies/appManagementPolicies",
    POLICIES,
    note="what each is for is asked apart: this list expands nothing",
)
PERMISSION_GRANTS = _listed(
    kinds.PERMISSION_GRANT_POLICIES, "/policies/permissionGrantPolicies", "Policy.Read.PermissionGrant"
)
ADMIN_CONSENT = _listed(kinds.ADMIN_CONSENT_POLICY, "/policies/adminConsentRequestPolicy", POLICIES, result="@")
RISKY = _listed(
    kinds.RISKY_SERVICE_PRINCIPALS,
    "/identityProtection/riskyServicePrincipals",
    "IdentityRiskyServicePrincipal.Read.All",
    params={"$top": "500", "fallbacks": _PLAIN},
    note="needs a licence for workload identities",
)
SIGN_INS = _listed(
    kinds.SERVICE_PRINCIPAL_SIGN_INS,
    "/reports/servicePrincipalSignInActivities",
    AUDIT,
    service=BETA,
    params={**TOP, "fallbacks": _PLAIN},
    when="usage",
)
CREDENTIAL_SIGN_INS = _listed(
    kinds.APP_CREDENTIAL_SIGN_INS,
    "/reports/appCredentialSignInActivities",
    AUDIT,
    service=BETA,
    params={**TOP, "fallbacks": _PLAIN},
    when="usage",
    note="by the id of the key",
)

# Agents: https://learn.microsoft.com/graph/api/resources/agentid-platform-overview. Pages of 100 at most. Where a
# cloud does not have them yet, it answers that there is no such type.
_AGENT = {"$top": "100", "fallbacks": _REFUSED}
_SPONSORED = {"$expand": "sponsors($select=id)"}
BLUEPRINTS = _listed(
    kinds.AGENT_BLUEPRINTS,
    "/applications/microsoft.graph.agentIdentityBlueprint",
    "AgentIdentityBlueprint.Read.All",
    params={**select(("id", "appId", "displayName", "createdDateTime", "disabledByMicrosoftStatus")), **_AGENT},
    drop=(*DROPS, *_RELATED),
)
BLUEPRINT_PRINCIPALS = _listed(
    kinds.AGENT_BLUEPRINT_PRINCIPALS,
    "/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal",
    "AgentIdentityBlueprintPrincipal.Read.All",
    params={**select(("id", "appId", "displayName", "accountEnabled", "appOwnerOrganizationId")), **_AGENT},
    drop=(*DROPS, *_RELATED),
)
AGENT_IDENTITIES = _listed(
    kinds.AGENT_IDENTITIES,
    "/servicePrincipals/microsoft.graph.agentIdentity",
    "AgentIdentity.Read.All",
    params={
        **select(("id", "displayName", "accountEnabled", "agentIdentityBlueprintId", "createdDateTime", "tags")),
        **_SPONSORED,
        **_AGENT,
    },
    drop=(*DROPS, *_RELATED),
)
AGENT_USERS = _listed(
    kinds.AGENT_USERS,
    "/users/microsoft.graph.agentUser",
    DIRECTORY,
    params={
        **select(("id", "displayName", "userPrincipalName", "accountEnabled", "identityParentId", "createdDateTime")),
        **_AGENT,
    },
)
AGENTS = (BLUEPRINTS, BLUEPRINT_PRINCIPALS, AGENT_IDENTITIES, AGENT_USERS)

SWEEP: tuple[Call, ...] = (
    SERVICE_PRINCIPALS,
    APPLICATIONS,
    ORGANIZATION,
    GRANTS,
    ROLE_DEFINITIONS,
    ROLE_ASSIGNMENTS,
    ASSIGNMENT_INSTANCES,
    ELIGIBILITY_INSTANCES,
    ROLE_POLICIES,
    ROLE_GROUPS,
    AUTHORIZATION,
    APP_MANAGEMENT_DEFAULT,
    APP_MANAGEMENT,
    PERMISSION_GRANTS,
    ADMIN_CONSENT,
    RISKY,
    *AGENTS,
)
USAGE: tuple[Call, ...] = (SIGN_INS, CREDENTIAL_SIGN_INS)
