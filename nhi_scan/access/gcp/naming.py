"""What conditions see of a resource: its name, its type, its service.

https://cloud.google.com/iam/docs/conditions-resource-attributes. Services that the page does not list, or lists without
an attribute, leave it unknown: what Google takes it for there, no page says.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from nhi_scan.access.gcp.places import Places


class Attributes(NamedTuple):
    """The attributes; None where nothing can tell."""

    name: str | None = None
    kind: str | None = None
    service: str | None = None


class _Form(NamedTuple):
    path: re.Pattern[str]  # what follows the host in a full resource name
    kind: str
    noun: str  # what permissions call it
    name: str | None = None  # a template; None: the path itself
    numbered: bool = False  # the name holds the project's number


NOTHING = Attributes()
_SPECIAL = re.compile(r"\{(\w+)\}")


def _form(path: str, kind: str, noun: str, name: str | None = None, *, numbered: bool = False) -> _Form:
    expression = "".join(
        f"(?P<{part}>[^/]+)" if i % 2 and part != "rest" else "(?P<rest>.+)" if i % 2 else re.escape(part)
        for i, part in enumerate(_SPECIAL.split(path))
    )
    return _Form(re.compile(expression + r"\Z", re.DOTALL), kind, noun, name, numbered)


_KMS = "projects/{p}/locations/{l}/keyRings/{r}"
_SPANNER = "projects/{p}/instances/{i}"
_FORMS: dict[str, tuple[_Form, ...]] = {
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
_SCOPES = {
    "projects": "cloudresourcemanager.googleapis.com/Project",
    "folders": "cloudresourcemanager.googleapis.com/Folder",
    "organizations": "cloudresourcemanager.googleapis.com/Organization",
}
_RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"


def attributes(place: str, permission: str, places: Places) -> Attributes:
    """Tell what a condition sees when a permission is used on a place.

    Asked about a scope, a permission on what lies in it (`storage.objects.get` on a project) is a question about
    everything of its kind there, of which nothing is known. So is one on the parts of a resource: of an object in a
    bucket the type and the service are known, and no name.
    """
    noun = permission.rpartition(".")[0].rpartition(".")[2]
    if not place.startswith("//"):
        kind = place.partition("/")[0]
        if place.count("/") == 1 and kind in _SCOPES and permission.startswith("resourcemanager.") and noun == kind:
            return Attributes(None, _SCOPES[kind], _RESOURCE_MANAGER)
        return NOTHING
    host, _, path = place[2:].partition("/")
    form = _form_of(host, path)
    if form is None:
        return NOTHING
    service = form.kind.partition("/")[0]
    if noun == form.noun:
        return Attributes(_name(form, path, places), form.kind, service)
    # The parts of it: their type, and nobody knows which one.
    parts = [each for each in _FORMS[host] if each.noun == noun]
    deeper = len(parts) == 1 and parts[0].path.pattern.count("(?P<") > form.path.pattern.count("(?P<")
    return Attributes(None, parts[0].kind if deeper else None, service)


@lru_cache(maxsize=1 << 16)
def _form_of(host: str, path: str) -> _Form | None:
    return next((form for form in _FORMS.get(host, ()) if form.path.match(path)), None)


def _name(form: _Form, path: str, places: Places) -> str | None:
    project, _, rest = path.removeprefix("projects/").partition("/")
    if not form.numbered and project.isdigit() and form.name is None:
        return None  # the name has the project's id, which is not known
    if form.numbered:
        number = places.number(f"projects/{project}")
        return f"projects/{number}/{rest}" if number else None
    found = form.path.match(path)
    return path if form.name is None or found is None else form.name.format(**found.groupdict())
