"""Names of record kinds and folders: what the collector writes and the normaliser reads.

Records are Microsoft's REST JSON as it was answered. Beside some stands what they were asked for with (`of`): that is
what the tables below say of a kind.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")

ORGANIZATION = "graph-organization"
APPLICATIONS = "graph-applications"
SERVICE_PRINCIPALS = "graph-service-principals"
APPLICATION_OWNERS = "graph-application-owners"
SERVICE_PRINCIPAL_OWNERS = "graph-service-principal-owners"
FEDERATED_CREDENTIALS = "graph-federated-credentials"
APP_ROLE_ASSIGNMENTS = "graph-app-role-assignments"
DELEGATED_GRANTS = "graph-oauth2-permission-grants"
DIRECTORY_ROLE_DEFINITIONS = "graph-directory-role-definitions"
DIRECTORY_ROLE_ASSIGNMENTS = "graph-directory-role-assignments"
DIRECTORY_ROLE_ASSIGNMENT_INSTANCES = "graph-directory-role-assignment-instances"
DIRECTORY_ROLE_ELIGIBILITY_INSTANCES = "graph-directory-role-eligibility-instances"
DIRECTORY_ROLE_POLICIES = "graph-directory-role-policies"
GROUPS = "graph-groups"
GROUP_MEMBERS = "graph-group-members"
GROUP_OWNERS = "graph-group-owners"
GROUP_ELIGIBILITY_INSTANCES = "graph-group-eligibility-instances"
USERS = "graph-users"
DIRECTORY_OBJECTS = "graph-directory-objects"
ADMINISTRATIVE_UNITS = "graph-administrative-units"
ADMINISTRATIVE_UNIT_MEMBERS = "graph-administrative-unit-members"
AUTHORIZATION_POLICY = "graph-authorization-policy"
APP_MANAGEMENT_DEFAULT_POLICY = "graph-app-management-default-policy"
APP_MANAGEMENT_POLICIES = "graph-app-management-policies"
APP_MANAGEMENT_TARGETS = "graph-app-management-targets"  # what each of those policies is for
PERMISSION_GRANT_POLICIES = "graph-permission-grant-policies"
ADMIN_CONSENT_POLICY = "graph-admin-consent-request-policy"
RISKY_SERVICE_PRINCIPALS = "graph-risky-service-principals"
SERVICE_PRINCIPAL_SIGN_INS = "graph-service-principal-sign-ins"
APP_CREDENTIAL_SIGN_INS = "graph-app-credential-sign-ins"
AGENT_BLUEPRINTS = "graph-agent-blueprints"
AGENT_BLUEPRINT_PRINCIPALS = "graph-agent-blueprint-principals"
AGENT_IDENTITIES = "graph-agent-identities"
AGENT_USERS = "graph-agent-users"
AGENT_SPONSORS = "graph-agent-sponsors"
AGENT_INHERITABLE_PERMISSIONS = "graph-agent-inheritable-permissions"

# Resource Graph's rows, stored under the tenant: https://learn.microsoft.com/azure/governance/resource-graph/
ARG_CONTAINERS = "arg-resource-containers"
ARG_ROLE_ASSIGNMENTS = "arg-role-assignments"
ARG_ROLE_DEFINITIONS = "arg-role-definitions"
ARG_RESOURCES = "arg-resources"

ARM_TENANTS = "arm-tenants"
ARM_SUBSCRIPTIONS = "arm-subscriptions"
ARM_MANAGEMENT_GROUPS = "arm-management-groups"
ARM_DENY_ASSIGNMENTS = "arm-deny-assignments"
ARM_USER_ASSIGNED_IDENTITIES = "arm-user-assigned-identities"
ARM_FEDERATED_CREDENTIALS = "arm-federated-credentials"
ARM_ROLE_ELIGIBILITY_INSTANCES = "arm-role-eligibility-instances"
ARM_ROLE_ASSIGNMENT_INSTANCES = "arm-role-assignment-instances"
ARM_ROLE_POLICIES = "arm-role-policies"
ARM_PROVIDER_OPERATIONS = "arm-provider-operations"

# Kind -> the fields of `of` beside each record; a kind that is not here has none.
OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        APPLICATION_OWNERS: ("id",),
        SERVICE_PRINCIPAL_OWNERS: ("id",),
        FEDERATED_CREDENTIALS: ("id", "appId"),
        APP_ROLE_ASSIGNMENTS: ("id", "appId"),
        GROUP_MEMBERS: ("id",),
        GROUP_OWNERS: ("id",),
        GROUP_ELIGIBILITY_INSTANCES: ("id",),
        ADMINISTRATIVE_UNIT_MEMBERS: ("id",),
        AGENT_SPONSORS: ("id",),
        AGENT_INHERITABLE_PERMISSIONS: ("id", "appId"),
        APP_MANAGEMENT_TARGETS: ("id",),
        ARM_DENY_ASSIGNMENTS: ("scope",),
        ARM_FEDERATED_CREDENTIALS: ("id",),
        ARM_ROLE_ELIGIBILITY_INSTANCES: ("scope",),
        ARM_ROLE_ASSIGNMENT_INSTANCES: ("scope",),
        ARM_ROLE_POLICIES: ("scope",),
    }
)


def scope_dir(scope_id: str) -> str:
    """Name the folder of a scope in a snapshot: `/tenants/<guid>` -> `tenants-<guid>`."""
    return _UNSAFE.sub("-", scope_id).lstrip("-")
