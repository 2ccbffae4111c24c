"""Resources that are worth having: buckets, data sets, secrets, keys, databases.

Attributes: `uniform_access` of buckets (`true`: no access lists of single objects), `rotation_enabled` of secrets and
keys (`true`: a schedule is set), `purpose` of keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.model.identity import Resource
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, labels_of, project_of
from nhi_scan.providers.gcp.normalise.resource_kinds import kind_of, sensitivity_of
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text, texts, within

_ASSETS = {
    "asset-artifactregistry-repository": "artifactregistry.googleapis.com/Repository",
    "asset-bigquery-dataset": "bigquery.googleapis.com/Dataset",
    "asset-cloudkms-crypto-key": "cloudkms.googleapis.com/CryptoKey",
    "asset-secretmanager-secret": "secretmanager.googleapis.com/Secret",
    "asset-sqladmin-instance": "sqladmin.googleapis.com/Instance",
    "asset-storage-bucket": "storage.googleapis.com/Bucket",
}
# Lists of one project: what stands before a record's own name in its full one.
_LISTS = (
    ("storage-buckets", "storage.googleapis.com/Bucket", "//storage.googleapis.com/"),
    ("secretmanager-secrets", "secretmanager.googleapis.com/Secret", "//secretmanager.googleapis.com/"),
)


def read_resources(source: Source, hierarchy: Hierarchy) -> None:
    """All of them, whether a policy hangs on them or not."""
    for kind, asset_type, scope_id, name, record, project in _found(source, hierarchy):
        if not name.startswith("//"):
            source.note(kind, scope_id, "resources without a name")
            continue
        source.records.resources.append(_resource(hierarchy, asset_type, name, record, project))


def _found(source: Source, hierarchy: Hierarchy) -> Iterator[tuple[str, str, str, str, Mapping[str, Any], str]]:
    for kind, asset_type in _ASSETS.items():
        for scope_id, _, asset in source.plain(kind):
            ancestors = texts(asset.get("ancestors"))
            project = hierarchy.line(ancestors) if project_of(ancestors) else ""
            data = within(within(asset, "resource"), "data")
            yield kind, asset_type, scope_id, text(asset, "name"), data, project
    for kind, asset_type, start in _LISTS:
        for scope_id, _, record in source.plain(kind):
            name = text(record, "name")
            yield kind, asset_type, scope_id, f"{start}{name}" if name else "", record, hierarchy.scope_id(scope_id)


def _resource(hierarchy: Hierarchy, asset_type: str, name: str, record: Mapping[str, Any], project: str) -> Resource:
    kind = kind_of(asset_type)
    id_ = hierarchy.with_ids(name)
    return Resource(
        id=id_,
        provider=PROVIDER,
        kind=kind,
        name=name.rpartition("/")[2],
        scope_id=project or hierarchy.project_in(id_),
        region=text(record, "location").lower(),
        sensitivity=sensitivity_of(kind),
        public_access_blocked=_blocked(record) if kind == "storage_bucket" else None,
        # When the value of a secret was last changed only its versions tell, and they are not collected: so its own
        # date must not be taken for that of its value.
        created_at=None if kind == "secret" else _created(record),
        attributes=_attributes(kind, record),
        tags=labels_of(record),
    )


def _created(record: Mapping[str, Any]) -> Any:
    return next((at for key in ("createTime", "timeCreated", "creationTime") if (at := moment(record.get(key)))), None)


def _blocked(record: Mapping[str, Any]) -> bool | None:
    """Whether public access is prevented; None where an organization policy above decides.

    https://cloud.google.com/storage/docs/public-access-prevention
    """
    return True if text(within(record, "iamConfiguration"), "publicAccessPrevention") == "enforced" else None


def _attributes(kind: str, record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if kind == "storage_bucket":
        uniform = within(within(record, "iamConfiguration"), "uniformBucketLevelAccess").get("enabled") is True
        return (("uniform_access", "true" if uniform else "false"),)
    if kind == "secret":
        rotates = bool(text(within(record, "rotation"), "rotationPeriod"))
        return (("rotation_enabled", "true" if rotates else "false"),)
    if kind == "kms_key":
        told = (("purpose", text(record, "purpose")), ("rotation_enabled", _scheduled(record)))
        return tuple(pair for pair in told if pair[1])
    return ()


def _scheduled(record: Mapping[str, Any]) -> str:
    return "true" if text(record, "rotationPeriod") else "false"
