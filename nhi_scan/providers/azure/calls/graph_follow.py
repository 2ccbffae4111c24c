"""Calls to Microsoft Graph about what the others found: owners, groups, users, credentials of federation, as data.

Those with a `batch` are asked about twenty at a time: https://learn.microsoft.com/graph/json-batching
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.calls.graph import (
    ADMINISTRATIVE_UNITS,
    APPS,
    BETA,
    CREDENTIALS,
    DIRECTORY,
    GROUP,
    POLICIES,
    TOP,
    V1,
    select,
)

BATCH = 20
_GONE = ("Request_ResourceNotFound",)  # deleted since it was listed: it has none
# https://learn.microsoft.com/graph/filter-query-parameter: an `in` takes fifteen values
IN = 15
# https://learn.microsoft.com/graph/api/directoryobject-getbyids
BY_IDS = 1000


def _about(kind: str, path: str, permission: str | tuple[str, ...], params: Mapping[str, Any], **more: Any) -> Call:
    """A question about one object each; of several permissions it takes all."""
    return Call(
        kind=kind,
        service=more.pop("service", V1),
        operation=f"GET {path}",
        params=params,
        keep=more.pop("keep", ("id",)),
        result="value",
        permissions=(permission,) if isinstance(permission, str) else permission,
        scope="organization",
        batch=BATCH,
        absent=_GONE,
        drop=CREDENTIALS,  # of directory objects, should more than their ids come
        **more,
    )


_ID = select(("id",))
# The expansion of owners shows twenty and does not say that there are more.
_MORE_OWNERS = "owners == `null` || length(owners) >= `20`"
APPLICATION_OWNERS = _about(
    kinds.APPLICATION_OWNERS,
    "/applications/{id}/owners",
    APPS,
    {**_ID, **TOP},
    for_each=kinds.APPLICATIONS,
    only_if=_MORE_OWNERS,
)
SERVICE_PRINCIPAL_OWNERS = _about(
    kinds.SERVICE_PRINCIPAL_OWNERS,
    "/servicePrincipals/{id}/owners",
    APPS,
    {**_ID, **TOP},
    for_each=kinds.SERVICE_PRINCIPALS,
    only_if=_MORE_OWNERS,
)
APP_ROLE_ASSIGNMENTS = _about(
    kinds.APP_ROLE_ASSIGNMENTS,
    "/servicePrincipals/{id}/appRoleAssignedTo",
    APPS,
    TOP,
    keep=("id", "appId"),
    for_each=kinds.SERVICE_PRINCIPALS,
    only_if="appRoles[0]",
    note="one question for each API that declares permissions, and not one for each of its callers",
)
# The page of this list names `AgentIdentity.ReadWrite.All` alone, that of the agents, which may be expanded, the right
# to read them. A scan asks for no right to write: where the list is refused, the coverage says so.
# https://learn.microsoft.com/graph/api/agentidentity-list-sponsors, https://learn.microsoft.com/graph/api/agentidentity-list
AGENT_SPONSORS = _about(
    kinds.AGENT_SPONSORS,
    "/servicePrincipals/{id}/microsoft.graph.agentIdentity/sponsors",
    "AgentIdentity.Read.All",
    _ID,
    for_each=kinds.AGENT_IDENTITIES,
)
# https://learn.microsoft.com/graph/api/agentidentityblueprint-list-inheritablepermissions
AGENT_INHERITABLE_PERMISSIONS = _about(
    kinds.AGENT_INHERITABLE_PERMISSIONS,
    "/applications/{id}/microsoft.graph.agentIdentityBlueprint/inheritablePermissions",
    "AgentIdentityBlueprint.Read.All",
    {},
    keep=("id", "appId"),
    for_each=kinds.AGENT_BLUEPRINTS,
    note="which permissions of a blueprint's principal its agents have",
)
# https://learn.microsoft.com/graph/api/appmanagementpolicy-list-appliesto
APP_MANAGEMENT_TARGETS = _about(
    kinds.APP_MANAGEMENT_TARGETS,
    "/policies/appManagementPolicies/{id}/appliesTo",
    (APPS, POLICIES),
    _ID,
    for_each=kinds.APP_MANAGEMENT_POLICIES,
)
ADMINISTRATIVE_UNIT_MEMBERS = _about(
    kinds.ADMINISTRATIVE_UNIT_MEMBERS, "/directory/administrativeUnits/{id}/members", DIRECTORY, {**_ID, **TOP}
)
# Which applications have any is a filter that only an advanced query takes, and such a query cannot expand them:
# https://learn.microsoft.com/graph/api/resources/application and https://learn.microsoft.com/graph/aad-advanced-queries
FEDERATED_APPLICATIONS = Call(
    kind=kinds.FEDERATED_CREDENTIALS,
    service=V1,
    operation="GET /applications",
    params={
        "$filter": "federatedIdentityCredentials/$count ne 0",
        "$count": "true",
        **select(("id", "appId")),
        **TOP,
        "headers": {"ConsistencyLevel": "eventual"},
    },
    result="value",
    permissions=(APPS,),
    scope="organization",
    note="applications that have federated credentials",
)
FEDERATED_CREDENTIALS = _about(
    kinds.FEDERATED_CREDENTIALS,
    "/applications/{id}/federatedIdentityCredentials",
    APPS,
    {},
    keep=("id", "appId"),
    for_each=kinds.APPLICATIONS,
)
# A flexible one has no subject but an expression, which only beta shows:
# https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
FLEXIBLE_CREDENTIALS = _about(
    kinds.FEDERATED_CREDENTIALS,
    "/applications/{id}/federatedIdentityCredentials",
    APPS,
    {},
    keep=("id", "appId"),
    service=BETA,
    note="where v1.0 shows one without a subject",
)

NAMED_OBJECTS = Call(
    kind=kinds.DIRECTORY_OBJECTS,
    service=V1,
    operation="POST /directoryObjects/getByIds",
    params={"body": {"ids": "ids"}},
    result="value",
    permissions=(DIRECTORY,),
    scope="organization",
    note="who is named and is in no list: of what type, or gone",
)
_IN = {"$filter": "id in ({in})"}
NAMED_GROUPS = _about(kinds.GROUPS, "/groups", DIRECTORY, {**_IN, **select(GROUP)}, keep=())
NAMED_USERS = _about(
    kinds.USERS,
    "/users",
    DIRECTORY,
    {
        **_IN,
        **select(
            (
                "id",
                "displayName",
                "userPrincipalName",
                "accountEnabled",
                "userType",
                "onPremisesSyncEnabled",
                "createdDateTime",
            )
        ),
    },
    keep=(),
)
# In v1.0 both leave out service principals: https://learn.microsoft.com/graph/api/group-list-members and
# https://learn.microsoft.com/graph/api/group-list-owners say so, and name beta instead.
GROUP_MEMBERS = _about(kinds.GROUP_MEMBERS, "/groups/{id}/members", DIRECTORY, {**_ID, **TOP}, service=BETA)
GROUP_OWNERS = _about(kinds.GROUP_OWNERS, "/groups/{id}/owners", DIRECTORY, {**_ID, **TOP}, service=BETA)
GROUP_ELIGIBILITY = _about(
    kinds.GROUP_ELIGIBILITY_INSTANCES,
    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    {"$filter": "groupId eq '{id}'"},
    note="needs the licence for Privileged Identity Management",
)
GROUPS: tuple[Call, ...] = (NAMED_GROUPS, GROUP_MEMBERS, GROUP_OWNERS, GROUP_ELIGIBILITY)

FOLLOWED: tuple[Call, ...] = (
    APPLICATION_OWNERS,
    SERVICE_PRINCIPAL_OWNERS,
    APP_ROLE_ASSIGNMENTS,
    AGENT_SPONSORS,
    AGENT_INHERITABLE_PERMISSIONS,
    APP_MANAGEMENT_TARGETS,
    ADMINISTRATIVE_UNITS,
    ADMINISTRATIVE_UNIT_MEMBERS,
    FEDERATED_CREDENTIALS,
)
NAMED: tuple[Call, ...] = (NAMED_OBJECTS, *GROUPS, NAMED_USERS)
