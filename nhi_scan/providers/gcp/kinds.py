"""Names of record kinds and folders: what the collector writes and the normaliser reads."""

import re

# What Cloud Asset Inventory lists (https://cloud.google.com/asset-inventory/docs/asset-types) and the analysis reads:
# what has an identity, what runs as one, what limits one, and what is worth having. One sweep asks for all of them.
ASSET_TYPES: tuple[str, ...] = (
    "aiplatform.googleapis.com/CustomJob",
    "aiplatform.googleapis.com/Endpoint",
    "aiplatform.googleapis.com/NotebookRuntimeTemplate",
    "aiplatform.googleapis.com/PipelineJob",
    "aiplatform.googleapis.com/ReasoningEngine",
    "apikeys.googleapis.com/Key",
    "appengine.googleapis.com/Application",
    "appengine.googleapis.com/Service",
    "appengine.googleapis.com/Version",
    "artifactregistry.googleapis.com/Repository",
    "bigquery.googleapis.com/Dataset",
    "cloudbuild.googleapis.com/BuildTrigger",
    "cloudfunctions.googleapis.com/CloudFunction",
    "cloudfunctions.googleapis.com/Function",
    "cloudkms.googleapis.com/CryptoKey",
    "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Organization",
    "cloudresourcemanager.googleapis.com/Project",
    "cloudresourcemanager.googleapis.com/TagBinding",
    "cloudresourcemanager.googleapis.com/TagKey",
    "cloudresourcemanager.googleapis.com/TagValue",
    "cloudscheduler.googleapis.com/Job",
    "composer.googleapis.com/Environment",
    "compute.googleapis.com/Instance",
    "compute.googleapis.com/InstanceTemplate",
    "compute.googleapis.com/Project",
    "container.googleapis.com/Cluster",
    "container.googleapis.com/NodePool",
    "dataflow.googleapis.com/Job",
    "dataproc.googleapis.com/Cluster",
    "deploymentmanager.googleapis.com/Deployment",
    "iam.googleapis.com/Role",
    "iam.googleapis.com/ServiceAccount",
    "iam.googleapis.com/ServiceAccountKey",
    "iam.googleapis.com/WorkloadIdentityPool",
    "iam.googleapis.com/WorkloadIdentityPoolProvider",
    "notebooks.googleapis.com/Instance",
    "orgpolicy.googleapis.com/Policy",
    "pubsub.googleapis.com/Subscription",
    "run.googleapis.com/Job",
    "run.googleapis.com/Service",
    "secretmanager.googleapis.com/Secret",
    "serviceusage.googleapis.com/Service",
    "sqladmin.googleapis.com/Instance",
    "storage.googleapis.com/Bucket",
    "workflows.googleapis.com/Workflow",
)

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def asset_kind(asset_type: str) -> str:
    """Name the record kind of an asset type: `iam.googleapis.com/ServiceAccountKey` -> `asset-iam-service-account-key`.

    What is no asset type gives a name all the same, of characters that every disk takes.
    """
    service, _, noun = asset_type.partition("/")
    words = f"asset-{service.partition('.')[0]}-{_WORD.sub('-', noun)}"
    return _UNSAFE.sub("-", words).replace(".", "-").lower()


def scope_dir(scope_id: str) -> str:
    """Name the folder of a scope in a snapshot: `organizations/123` -> `organizations-123`."""
    return _UNSAFE.sub("-", scope_id)
