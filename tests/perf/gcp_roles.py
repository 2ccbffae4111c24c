"""Predefined roles in Google's numbers: 1,200 over 9,000 permissions, those that matter under their own names."""

import random
from typing import Any

VERBS = ("create", "delete", "get", "getIamPolicy", "list", "setIamPolicy", "update", "use", "export")
REAL = (
    "actAs", "getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt", "create", "delete",
    "disable", "enable", "get", "getIamPolicy", "list", "setIamPolicy", "undelete", "update",
)  # fmt: skip
NAMED = (
    *(f"iam.serviceAccounts.{verb}" for verb in REAL),
    *(f"iam.serviceAccountKeys.{verb}" for verb in ("create", "delete", "get", "list")),
    *(f"iam.roles.{verb}" for verb in ("create", "delete", "get", "list", "update")),
    *(
        f"resourcemanager.{kind}.{verb}"
        for kind in ("projects", "folders", "organizations")
        for verb in ("get", "getIamPolicy", "setIamPolicy", "update", "list")
    ),
    *(f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")),
    *(f"storage.buckets.{verb}" for verb in ("create", "delete", "get", "list", "setIamPolicy")),
    *(f"storage.hmacKeys.{verb}" for verb in ("create", "get", "list")),
    *(f"compute.instances.{verb}" for verb in ("create", "get", "list", "setMetadata", "setServiceAccount", "osLogin")),
    "compute.projects.setCommonInstanceMetadata", "compute.disks.create", "compute.subnetworks.use",
    "run.services.create", "run.services.update", "run.jobs.create", "run.jobs.run",
    "cloudfunctions.functions.create", "cloudfunctions.functions.update", "cloudbuild.builds.create",
    "deploymentmanager.deployments.create", "secretmanager.versions.access", "cloudkms.cryptoKeyVersions.useToDecrypt",
    "orgpolicy.policy.set", "apikeys.keys.create", "apikeys.keys.list", "container.clusters.get",
    "container.pods.create", "dataflow.jobs.create", "dataproc.clusters.create", "composer.environments.create",
)  # fmt: skip
# What editors do not have: other people's rights, secrets, organization policies.
ENDS = ("setIamPolicy", "Token", "signBlob", "signJwt", "implicitDelegation", "versions.access")
BEGINNINGS = ("orgpolicy.", "iam.roles.", "resourcemanager.organizations.", "resourcemanager.folders.")
READING = ("get", "list", "getIamPolicy", "export", "access")


def roles(chance: random.Random, count: int = 1200) -> list[dict[str, Any]]:
    """Return the roles as `roles.list` with `view=FULL` prints them; names begin with those that grants use."""
    permissions = _permissions()
    giving = [name for name in permissions if name.endswith(ENDS) or name.startswith(BEGINNINGS)]
    reading = [name for name in permissions if name.rpartition(".")[2] in READING]
    basic = {
        "roles/owner": permissions,
        "roles/editor": sorted({*permissions} - {*giving}),
        "roles/viewer": reading,
    }
    known = {
        "roles/iam.serviceAccountTokenCreator": [f"iam.serviceAccounts.{verb}" for verb in REAL[1:6]],
        "roles/iam.serviceAccountUser": ["iam.serviceAccounts.actAs", "iam.serviceAccounts.get"],
        "roles/iam.serviceAccountKeyAdmin": [name for name in NAMED if ".serviceAccountKeys." in name],
        "roles/iam.securityAdmin": [name for name in permissions if name.endswith("IamPolicy")],
        "roles/resourcemanager.projectIamAdmin": [
            f"resourcemanager.projects.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy")
        ],
        "roles/storage.objectViewer": ["storage.objects.get", "storage.objects.list"],
        "roles/storage.objectAdmin": [name for name in NAMED if name.startswith("storage.objects.")],
        "roles/run.admin": [name for name in NAMED if name.startswith("run.")],
        "roles/compute.instanceAdmin.v1": [name for name in NAMED if name.startswith("compute.")],
        "roles/secretmanager.secretAccessor": ["secretmanager.versions.access"],
        "roles/cloudbuild.builds.editor": ["cloudbuild.builds.create"],
    }
    found = {**basic, **known}
    by_service: dict[str, list[str]] = {}
    for name in permissions:
        by_service.setdefault(name.partition(".")[0], []).append(name)
    services = sorted(by_service)
    for number in range(count - len(found)):
        service = services[number % len(services)]
        kind = ("viewer", "user", "admin", "editor", "operator")[number // len(services) % 5]
        held = by_service[service]
        chosen = held if kind == "admin" else chance.sample(held, max(1, len(held) // 2))
        found[f"roles/{service}.{kind}{number}"] = sorted(chosen)
    return [
        {"name": name, "title": name[6:], "stage": "GA", "etag": "AA==", "includedPermissions": found[name]}
        for name in found
    ]


def _permissions(count: int = 9000) -> list[str]:
    found = dict.fromkeys(NAMED)
    number = 0
    while len(found) < count:
        service, rest = divmod(number, 4 * len(VERBS))
        resource, verb = divmod(rest, len(VERBS))
        found[f"service{service:03d}.things{resource}.{VERBS[verb]}"] = None
        number += 1
    return sorted(found)
