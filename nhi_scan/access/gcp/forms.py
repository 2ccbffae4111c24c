"""How services name their resources, in full resource names and for conditions.

https://cloud.google.com/iam/docs/conditions-resource-attributes, https://cloud.google.com/asset-inventory/docs/asset-names
"""

import re
from typing import NamedTuple


class Form(NamedTuple):
    """How a type of resource is named."""

    path: re.Pattern[str]  # what follows the host in a full resource name
    written: str  # that, as a template
    kind: str
    noun: str  # what permissions call it
    name: str | None = None  # what `resource.name` is, as a template; None: the path itself
    numbered: bool = False  # the name holds the project's number


_SPECIAL = re.compile(r"\{(\w+)\}")


def _form(path: str, kind: str, noun: str, name: str | None = None, *, numbered: bool = False) -> Form:
    expression = "".join(
        f"(?P<{part}>[^/]+)" if i % 2 and part != "rest" else "(?P<rest>.+)" if i % 2 else re.escape(part)
        for i, part in enumerate(_SPECIAL.split(path))
    )
    return Form(re.compile(expression + r"\Z", re.DOTALL), path, kind, noun, name, numbered)


_KMS = "projects/{p}/locations/{l}/keyRings/{r}"
_SPANNER = "projects/{p}/instances/{i}"
FORMS: dict[str, tuple[Form, ...]] = {
    "storage.googleapis.com": (
        _form("{b}", "storage.googleapis.com/Bucket", "buckets", "projects/_/buckets/{b}"),
        _form(
            "{b}/managedFolders/{rest}",
            "storage.googleapis.com/ManagedFolder",
            "managedFolders",
            "projects/_/buckets/{b}/managedFolders/{rest}",
        ),
        _form(
            "{b}/objects/{rest}",
            "storage.googleapis.com/Object",
            "objects",
            "projects/_/buckets/{b}/objects/{rest}",
        ),
    ),
    "bigquery.googleapis.com": (
        _form("projects/{p}/datasets/{d}", "bigquery.googleapis.com/Dataset", "datasets"),
        _form("projects/{p}/datasets/{d}/tables/{t}", "bigquery.googleapis.com/Table", "tables"),
        _form("projects/{p}/datasets/{d}/models/{m}", "bigquery.googleapis.com/Model", "models"),
        _form("projects/{p}/datasets/{d}/routines/{r}", "bigquery.googleapis.com/Routine", "routines"),
    ),
    "cloudkms.googleapis.com": (
        _form(_KMS, "cloudkms.googleapis.com/KeyRing", "keyRings"),
        _form(_KMS + "/cryptoKeys/{k}", "cloudkms.googleapis.com/CryptoKey", "cryptoKeys"),
        _form(
            _KMS + "/cryptoKeys/{k}/cryptoKeyVersions/{v}",
            "cloudkms.googleapis.com/CryptoKeyVersion",
            "cryptoKeyVersions",
        ),
    ),
    "secretmanager.googleapis.com": (
        _form("projects/{p}/secrets/{s}", "secretmanager.googleapis.com/Secret", "secrets", numbered=True),
        _form(
            "projects/{p}/secrets/{s}/versions/{v}",
            "secretmanager.googleapis.com/SecretVersion",
            "versions",
            numbered=True,
        ),
    ),
    "compute.googleapis.com": (
        _form("projects/{p}/zones/{z}/instances/{i}", "compute.googleapis.com/Instance", "instances"),
        _form("projects/{p}/zones/{z}/disks/{d}", "compute.googleapis.com/Disk", "disks"),
        _form("projects/{p}/global/images/{i}", "compute.googleapis.com/Image", "images"),
        _form("projects/{p}/global/snapshots/{s}", "compute.googleapis.com/Snapshot", "snapshots"),
        _form(
            "projects/{p}/global/instanceTemplates/{t}", "compute.googleapis.com/InstanceTemplate", "instanceTemplates"
        ),
    ),
    "cloudsql.googleapis.com": (_form("projects/{p}/instances/{i}", "sqladmin.googleapis.com/Instance", "instances"),),
    "bigtableadmin.googleapis.com": (
        _form("projects/{p}/instances/{i}", "bigtableadmin.googleapis.com/Instance", "instances"),
        _form("projects/{p}/instances/{i}/clusters/{c}", "bigtableadmin.googleapis.com/Cluster", "clusters"),
        _form("projects/{p}/instances/{i}/tables/{t}", "bigtableadmin.googleapis.com/Table", "tables"),
    ),
    "spanner.googleapis.com": (
        _form(_SPANNER, "spanner.googleapis.com/Instance", "instances"),
        _form(_SPANNER + "/databases/{d}", "spanner.googleapis.com/Database", "databases"),
        _form(_SPANNER + "/backups/{b}", "spanner.googleapis.com/Backup", "backups"),
    ),
    "container.googleapis.com": (
        _form("projects/{p}/locations/{l}/clusters/{c}", "container.googleapis.com/Cluster", "clusters"),
        _form("projects/{p}/zones/{l}/clusters/{c}", "container.googleapis.com/Cluster", "clusters"),
    ),
    "logging.googleapis.com": (
        _form("projects/{p}/locations/{l}/buckets/{b}", "logging.googleapis.com/LogBucket", "buckets"),
        _form("projects/{p}/locations/{l}/buckets/{b}/views/{v}", "logging.googleapis.com/LogView", "views"),
    ),
}
"""By the host of a full resource name."""

SCOPES = {
    "projects": "cloudresourcemanager.googleapis.com/Project",
    "folders": "cloudresourcemanager.googleapis.com/Folder",
    "organizations": "cloudresourcemanager.googleapis.com/Organization",
}
"""Types of scopes, by how their ids begin."""

HOSTS = {"cloudsql": "cloudsql.googleapis.com", "bigtable": "bigtableadmin.googleapis.com"}
"""Hosts of services that permissions call otherwise."""
