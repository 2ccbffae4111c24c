"""The way round by project, where the organization may not be swept: service accounts, keys, roles, federation."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.providers import Call


def _listed(kind: str, service: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    """A list of a project that is asked for once."""
    params: Mapping[str, Any] = more.pop("params")
    return Call(
        kind=kind,
        service=service,
        operation=operation,
        params=params,
        result=result,
        permissions=(permission,),
        scope="project",
        **more,
    )


PROJECT_IDENTITIES: tuple[Call, ...] = (
    _listed(
        "iam-service-accounts",
        "iam_admin_v1",
        "list_service_accounts",
        "accounts",
        "iam.serviceAccounts.list",
        params={"name": "{scope}", "page_size": 100},
        note="100 is the most that a page holds",
    ),
    _listed(
        "iam-service-account-keys",
        "iam:v1",
        "iam.projects.serviceAccounts.keys.list",
        "keys",
        "iam.serviceAccountKeys.list",
        for_each="iam-service-accounts",
        params={"name": "$.name", "keyTypes": ["USER_MANAGED"]},
        keep=("name", "email", "uniqueId"),
        note="keys that Google manages are nobody's credentials; gRPC does not say which keys it found in public",
    ),
    _listed(
        "iam-custom-roles",
        "iam_admin_v1",
        "list_roles",
        "roles",
        "iam.roles.list",
        params={"parent": "{scope}", "view": "FULL", "page_size": 1000, "show_deleted": True},
    ),
    _listed(
        "iam-workload-identity-pools",
        "iam:v1",
        "iam.projects.locations.workloadIdentityPools.list",
        "workloadIdentityPools",
        "iam.workloadIdentityPools.list",
        params={"parent": "{scope}/locations/global", "pageSize": 1000},
    ),
    _listed(
        "iam-workload-identity-pool-providers",
        "iam:v1",
        "iam.projects.locations.workloadIdentityPools.providers.list",
        "workloadIdentityPoolProviders",
        "iam.workloadIdentityPoolProviders.list",
        for_each="iam-workload-identity-pools",
        params={"parent": "$.name", "pageSize": 100},
        keep=("name",),
    ),
    _listed(
        "policyanalyzer-service-account-activities",
        "policyanalyzer:v1",
        "policyanalyzer.projects.locations.activityTypes.activities.query",
        "activities",
        "policyanalyzer.serviceAccountLastAuthenticationActivities.query",
        params={
            "parent": "{scope}/locations/global/activityTypes/serviceAccountLastAuthentication",
            "pageSize": 1000,
        },
    ),
    _listed(
        "policyanalyzer-key-activities",
        "policyanalyzer:v1",
        "policyanalyzer.projects.locations.activityTypes.activities.query",
        "activities",
        "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",
        params={
            "parent": "{scope}/locations/global/activityTypes/serviceAccountKeyLastAuthentication",
            "pageSize": 1000,
        },
    ),
    _listed(
        "apikeys-keys",
        "apikeys:v2",
        "apikeys.projects.locations.keys.list",
        "keys",
        "apikeys.keys.list",
        params={"parent": "{scope}/locations/global", "pageSize": 300},
        note="without the key itself, which only GetKeyString gives",
    ),
    _listed(
        "orgpolicy-policies",
        "orgpolicy:v2",
        "orgpolicy.projects.policies.list",
        "policies",
        "orgpolicy.policies.list",
        params={"parent": "{scope}"},
    ),
    _listed(
        "crm-tag-bindings",
        "cloudresourcemanager:v3",
        "cloudresourcemanager.tagBindings.list",
        "tagBindings",
        "resourcemanager.hierarchyNodes.listTagBindings",
        params={"parent": "{full_name}", "pageSize": 300},
        note="of the scope itself; the inventory has those of every resource",
    ),
)

OF_ANY_SCOPE = ("iam-custom-roles", "orgpolicy-policies", "crm-tag-bindings")
"""Rows that work for organizations as well, and but for the roles for folders."""
