"""What Cloud Asset Inventory does not have and an organization can be asked for as a whole."""

from nhi_scan.providers import Call

ORGANIZATION: tuple[Call, ...] = (
    Call(
        kind="iam-predefined-roles",
        service="iam_admin_v1",
        operation="list_roles",
        params={"view": "FULL", "page_size": 1000},
        result="roles",
        permissions=(),
        scope="organization",
        note="without a parent these are Google's own, which anybody may list",
    ),
    Call(
        kind="iam-pab-policies",
        service="iam_v3",
        operation="list_principal_access_boundary_policies",
        params={"parent": "{organization}/locations/global", "page_size": 1000},
        result="principalAccessBoundaryPolicies",
        permissions=("iam.principalaccessboundarypolicies.list",),
        scope="organization",
    ),
    Call(
        kind="iam-pab-bindings",
        service="iam_v3",
        operation="search_principal_access_boundary_policy_bindings",
        for_each="iam-pab-policies",
        params={"name": "$.name", "page_size": 1000},
        result="policyBindings",
        permissions=("iam.principalaccessboundarypolicies.searchPolicyBindings",),
        scope="organization",
        note="by policy, so that the bindings of every project and folder come without asking each; the permission is "
        "that of the audit log's page, the guide to viewing these policies spells another",
    ),
    Call(
        kind="iam-workforce-pools",
        service="iam:v1",
        operation="iam.locations.workforcePools.list",
        params={"location": "locations/global", "parent": "{organization}", "pageSize": 100},
        result="workforcePools",
        permissions=("iam.workforcePools.list",),
        scope="organization",
    ),
    Call(
        kind="iam-workforce-pool-providers",
        service="iam:v1",
        operation="iam.locations.workforcePools.providers.list",
        for_each="iam-workforce-pools",
        params={"parent": "$.name", "pageSize": 100},
        keep=("name",),
        result="workforcePoolProviders",
        permissions=("iam.workforcePoolProviders.list",),
        scope="organization",
    ),
    Call(
        kind="policyanalyzer-service-account-activities",
        service="policyanalyzer:v1",
        operation="policyanalyzer.organizations.locations.activityTypes.activities.query",
        params={
            "parent": "{scope}/locations/global/activityTypes/serviceAccountLastAuthentication",
            "pageSize": 1000,
        },
        result="activities",
        permissions=("policyanalyzer.serviceAccountLastAuthenticationActivities.query",),
        scope="organization",
    ),
    Call(
        kind="policyanalyzer-key-activities",
        service="policyanalyzer:v1",
        operation="policyanalyzer.organizations.locations.activityTypes.activities.query",
        params={
            "parent": "{scope}/locations/global/activityTypes/serviceAccountKeyLastAuthentication",
            "pageSize": 1000,
        },
        result="activities",
        permissions=("policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",),
        scope="organization",
    ),
)

# One list for each point that a policy can hang on: the organization, its folders and projects. Cloud Asset Inventory
# does not list them (https://cloud.google.com/asset-inventory/docs/asset-types).
DENY: tuple[Call, ...] = (
    Call(
        kind="iam-deny-policies",
        service="iam_v2",
        operation="list_policies",
        params={"parent": "policies/{attachment}/denypolicies", "page_size": 1000},
        result="policies",
        permissions=("iam.denypolicies.list",),
        scope="organization",
        note="names without rules",
    ),
    Call(
        kind="iam-deny-policies",
        service="iam_v2",
        operation="get_policy",
        params={"name": "$.name"},
        result="@",
        permissions=("iam.denypolicies.get",),
        scope="organization",
        note="one for each name",
    ),
)

# Only groups that a binding names, and those in them. No permission of IAM gives this: the caller needs the
# administrator role `Groups Reader` of the directory (https://cloud.google.com/identity/docs/how-to/setup).
#
# Groups in groups are asked in turn, and not by `searchTransitiveMemberships`: that needs an edition which not
# everybody has, and the right to see every group on the way as well, so it shows nobody whom this way does not show
# (https://cloud.google.com/identity/docs/reference/rest/v1/groups.memberships/searchTransitiveMemberships). It would
# not say through which group somebody is in another, which is where an owner has to take him out; and a group that
# lies in many is asked once here, where there it would come with each of them.
GROUPS: tuple[Call, ...] = (
    Call(
        kind="cloudidentity-groups",
        service="cloudidentity:v1",
        operation="cloudidentity.groups.lookup",
        params={"groupKey.id": "$.email"},
        keep=("email",),
        result="@",
        permissions=(),
        scope="organization",
    ),
    Call(
        kind="cloudidentity-memberships",
        service="cloudidentity:v1",
        operation="cloudidentity.groups.memberships.list",
        params={"parent": "$.group", "view": "FULL", "pageSize": 500},
        keep=("group", "email"),
        result="memberships",
        permissions=(),
        scope="organization",
        note="direct members with their types; groups among them are asked in turn",
    ),
)
