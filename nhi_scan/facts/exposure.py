"""Facts about what strangers can reach, and about secrets that lie where many can read them."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from nhi_scan.access.aws.public import is_public
from nhi_scan.facts.bindings import public_bindings
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Resource, Workload

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {"apikey", "credential", "credentials", "passphrase", "passwd", "password", "pwd", "secret", "token"}
)
_SECRET_KEYS = frozenset({"access", "api", "auth", "encryption", "master", "private", "signing"})  # followed by `key`
# Roles that only call what runs somewhere.
_CALLING = frozenset({"roles/run.invoker", "roles/run.servicesInvoker", "roles/cloudfunctions.invoker"})
# What only somebody with a role starts, and nothing from outside talks to.
_STARTED_FROM_WITHIN = (
    "cloud_run_job",
    "cloud_scheduler_job",
    "compute_instance_template",
    "dataflow_job",
    "deployment_manager_deployment",
    "pubsub_subscription",
    "vertex_custom_job",
    "vertex_notebook_template",
    "vertex_pipeline_job",
    "workflow",
)
_CALLED = ("cloud_run_service", "cloud_function")
# What has settings on Azure that are read with the secrets in them alone, so that nobody looks.
# https://learn.microsoft.com/rest/api/appservice/web-apps/list-application-settings
_UNREAD_SETTINGS = (
    "container_app",
    "container_app_job",
    "container_instance",
    "function_app",
    "spring_app",
    "static_web_app",
    "web_app",
    "web_app_slot",
)
_ALL_APIS = frozenset({"https://www.googleapis.com/auth/cloud-platform", "cloud-platform"})
# A name that ends so holds where the secret lies, or a number about it, and not the secret.
_REFERENCE_ENDINGS = frozenset(
    (
        "arn",
        "bucket",
        "count",
        "days",
        "enabled",
        "endpoint",
        "expiration",
        "expiry",
        "file",
        "header",
        "hours",
        "issuer",
        "length",
        "limit",
        "location",
        "minutes",
        "name",
        "names",
        "param",
        "parameter",
        "path",
        "prefix",
        "ref",
        "region",
        "seconds",
        "size",
        "store",
        "timeout",
        "ttl",
        "type",
        "uri",
        "url",
        "version",
    )
)


@fact("workload", "boolean", unknown="nothing collected tells whether it can be reached")
def workload_exposed(estate: Estate) -> list[bool | None]:
    """Whether anyone can reach or invoke it.

    What runs on Google Cloud and is called over IAM is so where everybody may call it and it is not shut off from the
    outside (https://cloud.google.com/run/docs/authenticating/public).
    """
    return [_exposed(estate, workload) for workload in estate.workloads]


@fact("workload", "text")
def workload_secret_names(estate: Estate) -> list[str]:
    """Names of its environment variables that look as if they held a secret. Values are never collected."""
    return [", ".join(filter(looks_secret, workload.environment_names)) for workload in estate.workloads]


@fact("workload", "boolean", unknown="its configuration was not collected completely; that of apps on Azure never is")
def workload_has_secret_names(estate: Estate) -> list[bool | None]:
    """Whether an environment variable of it looks as if it held a secret."""
    return [
        any(map(looks_secret, workload.environment_names)) or (None if workload.kind in _UNREAD_SETTINGS else False)
        for workload in estate.workloads
    ]


@fact("resource", "boolean", unknown="its policy, or what blocks public access to it, was not collected or not read")
def resource_public(estate: Estate) -> list[bool | None]:
    """Whether its policy lets anyone in, and nothing blocks that.

    What is public is decided on AWS as S3 does, also for other services:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    On Google Cloud it is a role for `allUsers` or `allAuthenticatedUsers` on it, other than to call what runs there: a
    service may be meant for that. What everybody has above it is a matter of the scope.
    https://cloud.google.com/iam/docs/principal-identifiers#allow
    """
    return [_PUBLIC.get(resource.provider, _public_on_aws)(estate, resource) for resource in estate.resources]


@fact("resource", "text")
def resource_public_members(estate: Estate) -> list[str]:
    """Which of `allUsers` and `allAuthenticatedUsers` have a role on it (Google Cloud)."""
    return [
        ", ".join(sorted({one.principal_id for one in public_bindings(estate, resource.id)}))
        for resource in estate.resources
    ]


@fact("resource", "text")
def resource_public_roles(estate: Estate) -> list[str]:
    """The roles that everybody has on it (Google Cloud)."""
    return [
        ", ".join(sorted({one.policy_id for one in public_bindings(estate, resource.id)}))
        for resource in estate.resources
    ]


@fact("workload", "boolean", unknown="its access scopes were not collected, or it has none: its permissions are IAM's")
def workload_full_scopes(estate: Estate) -> list[bool | None]:
    """Whether a token that its code gets is limited by nothing but IAM: it has the access scope of all APIs.

    https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam
    """
    return [_full_scopes(dict(workload.attributes).get("access_scopes")) for workload in estate.workloads]


def _exposed(estate: Estate, workload: Workload) -> bool | None:
    if workload.exposed is not None or workload.kind not in _CALLED:
        return False if workload.kind in _STARTED_FROM_WITHIN else workload.exposed
    rows = public_bindings(estate, workload.id)
    if rows:
        return True if any(one.condition is None for one in rows) else None
    # A function's calls may go by the policy of the service that it is made of.
    whole = estate.listed(workload.provider, "resource_bindings", workload.scope_id) is True
    return False if whole and workload.kind == "cloud_run_service" else None


def _full_scopes(written: str | None) -> bool | None:
    return None if written is None else not _ALL_APIS.isdisjoint(written.split())


def _public_on_gcp(estate: Estate, resource: Resource) -> bool | None:
    if resource.kind == "google_group":  # no policy hangs on one
        return False
    rows = [one for one in public_bindings(estate, resource.id) if one.policy_id not in _CALLING]
    if resource.public_access_blocked or (rows and _prevented(estate, resource)):
        return False
    if rows:  # under a condition alone: nobody can tell from here for whom it is met
        return True if any(one.condition is None for one in rows) else None
    sort = f"{resource.kind}_bindings" if resource.kind == "storage_bucket" else "resource_bindings"
    return False if estate.listed("gcp", sort, resource.scope_id) is True else None


def _prevented(estate: Estate, resource: Resource) -> bool:
    """Whether an organization policy keeps a bucket from being public, whatever it says itself: the nearest counts.

    https://cloud.google.com/storage/docs/public-access-prevention
    """
    for scope in reversed(estate.inventory.scope_chain(resource.scope_id)):
        state = None if scope.constraints is None else dict(scope.constraints).get("storage.publicAccessPrevention", "")
        if state != "":
            return resource.kind == "storage_bucket" and state == "enforced"
    return False


def _public_on_aws(estate: Estate, resource: Resource) -> bool | None:
    if resource.policy_id is None:  # it has none: one that could not be fetched is there and not complete
        return False
    policy = estate.inventory.policies.get(resource.policy_id)
    if policy is None or not policy.complete:
        return None
    if not is_public(policy):
        return None if any(statement.malformed for statement in policy.statements) else False
    if resource.kind == "s3_bucket":
        return None if resource.public_access_blocked is None else not resource.public_access_blocked
    return True


def _public_on_azure(_estate: Estate, resource: Resource) -> bool | None:
    """Nothing on Azure has a policy of its own that could name everybody; blobs may be open, container by container.

    Which containers are is not collected: https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure
    """
    return None if dict(resource.attributes).get("public_blob") == "true" else False


_PUBLIC: Mapping[str, Callable[[Estate, Resource], bool | None]] = {
    "aws": _public_on_aws,
    "azure": _public_on_azure,
    "gcp": _public_on_gcp,
}


def looks_secret(name: str) -> bool:
    """Tell from a variable's name whether its value is likely a secret.

    `DB_PASSWORD`, `githubToken` and `AWS_SECRET_ACCESS_KEY` are; `SECRET_ARN`, `TOKEN_TTL` and `KEYBOARD` are not.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _REFERENCE_ENDINGS:
        return False
    if words[-1] == "id":  # `SECRET_ID` is a reference; `AWS_ACCESS_KEY_ID` comes with its secret
        return words[-3:] == ["access", "key", "id"]
    keys = (word in _SECRET_KEYS and after == "key" for word, after in pairwise(words))
    return not _SECRET_WORDS.isdisjoint(words) or any(keys)
