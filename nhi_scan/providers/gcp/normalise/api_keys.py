"""API keys and HMAC keys.

https://cloud.google.com/api-keys/docs/reference/rest/v2/projects.locations.keys and
https://cloud.google.com/storage/docs/authentication/hmackeys. When they were used nobody records.

Attributes of API keys: `api_restricted` and `application_restricted` (`true`, `false`), `api_targets` (services, with
spaces between them), `application` (`browser`, `server`, `android`, `ios`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from nhi_scan.model.identity import Credential
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, objects, text, texts, within

# Restriction -> its short name, and where it says what it lets through.
_APPLICATIONS = (
    ("browserKeyRestrictions", "browser", "allowedReferrers"),
    ("serverKeyRestrictions", "server", "allowedIps"),
    ("androidKeyRestrictions", "android", "allowedApplications"),
    ("iosKeyRestrictions", "ios", "allowedBundleIds"),
)
_ANYTHING = frozenset({"*", "0.0.0.0/0", "::/0", "http://*", "https://*", "*.com"})

_HMAC_STATUS: dict[str, Literal["active", "inactive"]] = {"ACTIVE": "active", "INACTIVE": "inactive"}


def read_api_keys(source: Source, hierarchy: Hierarchy) -> None:
    """All API keys; those that were deleted and can still be restored are inactive."""
    for kind, scope_id, record, project in _listed(source, hierarchy):
        name = text(record, "name")
        if "/keys/" not in name:
            source.note(kind, scope_id, "keys without a name")
            continue
        email = text(record, "serviceAccountEmail")
        source.records.credentials.append(
            Credential(
                id=hierarchy.with_ids(f"/{name}")[1:],
                provider=PROVIDER,
                identity_id=f"serviceAccount:{email}" if email else "",
                scope_id=hierarchy.project_in(name) or project,
                kind="api_key",
                name=text(record, "displayName") or text(record, "uid"),
                status="inactive" if record.get("deleteTime") else "active",
                created_at=moment(record.get("createTime")),
                rotated_at=moment(record.get("createTime")),
                attributes=_attributes(within(record, "restrictions")),
            )
        )


def _listed(source: Source, hierarchy: Hierarchy) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    for scope_id, _, asset in source.plain("asset-apikeys-key"):
        data = dict(within(within(asset, "resource"), "data"))
        data.setdefault("name", text(asset, "name").partition("apikeys.googleapis.com/")[2])
        yield "asset-apikeys-key", scope_id, data, hierarchy.scope_id(project_of(texts(asset.get("ancestors"))))
    for scope_id, _, record in source.plain("apikeys-keys"):
        yield "apikeys-keys", scope_id, record, scope_id


def _attributes(restrictions: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    targets = sorted({text(one, "service") for one in objects(restrictions, "apiTargets")} - {""})
    kind = ""
    for name, short, allowed in _APPLICATIONS:
        let_through = within(restrictions, name).get(allowed)
        if isinstance(let_through, list) and let_through and not any(one in _ANYTHING for one in texts(let_through)):
            kind = short
    told = (
        ("api_restricted", "true" if targets else "false"),
        ("api_targets", " ".join(targets)),
        ("application", kind),
        ("application_restricted", "true" if kind else "false"),
    )
    return tuple(pair for pair in told if pair[1])


def read_hmac_keys(source: Source, hierarchy: Hierarchy) -> None:
    """All HMAC keys of service accounts; those of people are listed nowhere."""
    kind = "storage-hmac-keys"
    for scope_id, _, record in source.plain(kind):
        access, email = text(record, "accessId"), text(record, "serviceAccountEmail")
        if not access or not email:
            source.note(kind, scope_id, "keys without an id or a service account")
            continue
        if text(record, "state") == "DELETED":
            continue
        project = hierarchy.scope_id(f"projects/{text(record, 'projectId')}") if record.get("projectId") else scope_id
        source.records.credentials.append(
            Credential(
                id=f"{project}/hmacKeys/{access}",
                provider=PROVIDER,
                identity_id=f"serviceAccount:{email}",
                scope_id=project,
                kind="hmac_key",
                name=access,
                status=_HMAC_STATUS.get(text(record, "state"), "unknown"),
                created_at=moment(record.get("timeCreated")),
                rotated_at=moment(record.get("timeCreated")),
            )
        )
