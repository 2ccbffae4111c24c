"""The way round by project: allow policies, which the search over an organization would have given."""

from nhi_scan.providers import Call

# Without asking for version 3 conditions are left out: https://cloud.google.com/iam/docs/policies#versions
_VERSION = 3
_BODY = {"options": {"requestedPolicyVersion": _VERSION}}


def _of_scope(plural: str) -> Call:
    return Call(
        kind="crm-iam-policies",
        service="cloudresourcemanager:v3",
        operation=f"cloudresourcemanager.{plural}.getIamPolicy",
        params={"resource": "{scope}", **_BODY},
        keep=("resource",),
        result="@",
        permissions=(f"resourcemanager.{plural}.getIamPolicy",),
        scope="project",
    )


ABOVE: tuple[Call, ...] = (_of_scope("organizations"), _of_scope("folders"))


def _of_each(kind: str, parents: str, operation: str, permission: str, version: str = "v1") -> Call:
    """The policies of all resources of a kind, each asked by its name."""
    return Call(
        kind=kind,
        service=f"{operation.partition('.')[0]}:{version}",
        operation=operation,
        for_each=parents,
        params={"resource": "$.name", "options.requestedPolicyVersion": _VERSION},
        keep=("name",),
        result="@",
        permissions=(permission,),
        scope="project",
    )


PROJECT_POLICIES: tuple[Call, ...] = (
    _of_scope("projects"),
    Call(
        kind="iam-service-account-policies",
        service="iam:v1",
        operation="iam.projects.serviceAccounts.getIamPolicy",
        for_each="iam-service-accounts",
        params={"resource": "$.name", "options.requestedPolicyVersion": _VERSION},
        keep=("name", "email", "uniqueId"),
        result="@",
        permissions=("iam.serviceAccounts.getIamPolicy",),
        scope="project",
    ),
    Call(
        kind="storage-buckets",
        service="storage:v1",
        operation="storage.buckets.list",
        params={"project": "{project}", "maxResults": 1000},
        result="items",
        permissions=("storage.buckets.list",),
        scope="project",
    ),
    Call(
        kind="storage-bucket-policies",
        service="storage:v1",
        operation="storage.buckets.getIamPolicy",
        for_each="storage-buckets",
        params={"bucket": "$.name", "optionsRequestedPolicyVersion": _VERSION},
        keep=("name",),
        result="@",
        permissions=("storage.buckets.getIamPolicy",),
        scope="project",
    ),
    _of_each(
        "run-service-policies",
        "run-services",
        "run.projects.locations.services.getIamPolicy",
        "run.services.getIamPolicy",
        "v2",
    ),
    _of_each(
        "run-job-policies",
        "run-jobs",
        "run.projects.locations.jobs.getIamPolicy",
        "run.jobs.getIamPolicy",
        "v2",
    ),
    _of_each(
        "pubsub-subscription-policies",
        "pubsub-subscriptions",
        "pubsub.projects.subscriptions.getIamPolicy",
        "pubsub.subscriptions.getIamPolicy",
    ),
    _of_each(
        "functions-function-policies",
        "functions-functions",
        "cloudfunctions.projects.locations.functions.getIamPolicy",
        "cloudfunctions.functions.getIamPolicy",
        "v2",
    ),
    Call(
        kind="secretmanager-secrets",
        service="secretmanager:v1",
        operation="secretmanager.projects.secrets.list",
        params={"parent": "{scope}", "pageSize": 1000},
        result="secrets",
        permissions=("secretmanager.secrets.list",),
        scope="project",
        note="what secrets there are; their versions are never read",
    ),
    _of_each(
        "secretmanager-secret-policies",
        "secretmanager-secrets",
        "secretmanager.projects.secrets.getIamPolicy",
        "secretmanager.secrets.getIamPolicy",
    ),
)
