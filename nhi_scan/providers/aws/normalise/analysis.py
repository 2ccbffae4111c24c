"""What IAM Access Analyzer found granted and not used.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingDetails.html; without a date of last access a
thing was not used within the tracking period.

Attributes of the resource `unused_access_analyzer`, each a text:

- `covers`: `account` or `organization`; `status`: `active`, `disabled`, ...
- `window_days`: how long a thing must be unused to be found.
- `excludes`: `true` where accounts or tagged resources are left out, so that silence proves nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed, UnusedAccess, UnusedKind
from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.stores import add
from nhi_scan.providers.aws.normalise.values import distinct, moment, objects, tags_of, text, within
from nhi_scan.snapshot.paths import reach

_KINDS: Mapping[str, UnusedKind] = {
    "UnusedIAMRole": "identity",
    "UnusedIAMUserAccessKey": "access_key",
    "UnusedIAMUserPassword": "console_password",
    "UnusedPermission": "permission",
}
_Details = list[Mapping[str, Any]]


def read_analysis(source: Source) -> None:
    """`accessanalyzer-analyzers`, `accessanalyzer-unused-findings` and `accessanalyzer-unused-details`."""
    windows = dict(_read_analyzers(source))
    details: dict[str, _Details] = {}
    for _, record in source.plain("accessanalyzer-unused-details"):
        details.setdefault(text(record, "id"), []).extend(objects(record, "findingDetails"))
    for envelope, record in source.plain("accessanalyzer-unused-findings"):
        kind = _KINDS.get(text(record, "findingType"))
        # One that was not analysed says so in `error`, one that was settled in its status.
        if kind and text(record, "status") in ("", "ACTIVE") and not text(record, "error"):
            analyzer = text(envelope.of, "arn")
            found = _unused(record, kind, analyzer, windows.get(analyzer), details.get(text(record, "id"), []))
            source.records.unused += found


def _read_analyzers(source: Source) -> Iterator[tuple[str, int | None]]:
    for envelope, record in source.plain("accessanalyzer-analyzers"):
        type_, arn = text(record, "type"), text(record, "arn")
        if not type_.endswith("_UNUSED_ACCESS"):
            continue
        window = next(iter(reach(record, "configuration.unusedAccess.unusedAccessAge")), None)
        add(
            source,
            arn,
            "unused_access_analyzer",
            name=text(record, "name"),
            region=envelope.region,
            created_at=record.get("createdAt"),
            attributes=(
                ("covers", "organization" if type_.startswith("ORGANIZATION") else "account"),
                ("status", text(record, "status").lower()),
                ("window_days", window),
                ("excludes", bool(reach(record, "configuration.unusedAccess.analysisRule.exclusions"))),
            ),
            tags=tags_of(record),
        )
        yield arn, window if isinstance(window, int) else None


def _unused(
    record: Mapping[str, Any], kind: UnusedKind, analyzer: str, window: int | None, details: _Details
) -> Iterator[UnusedAccess]:
    common: dict[str, Any] = {
        "identity_id": text(record, "resource"),
        "kind": kind,
        "analyzer_id": analyzer,
        "window_days": window,
        "found_at": moment(record.get("createdAt")),
    }
    id_ = text(record, "id")
    if kind == "permission" and details:
        for service, parts in _by_service(details).items():
            yield UnusedAccess(
                id=f"{id_}#{service}",
                service=service,
                actions=distinct(_named(service, text(action, "action")) for action in _actions(parts)),
                last_used=_last(parts),
                **common,
            )
        return
    keys = [within(part, "unusedIamUserAccessKeyDetails") for part in details]
    key = next((text(part, "accessKeyId") for part in keys if part), "")
    yield UnusedAccess(id=id_, credential=key, last_used=_last(keys) if keys else USE_UNKNOWN, **common)


def _by_service(details: _Details) -> dict[str, _Details]:
    found: dict[str, _Details] = {}
    for part in details:
        permission = within(part, "unusedPermissionDetails")
        if service := text(permission, "serviceNamespace"):
            found.setdefault(service, []).append(permission)
    return found


def _actions(parts: _Details) -> Iterator[Mapping[str, Any]]:
    return (action for part in parts for action in objects(part, "actions"))


def _named(service: str, action: str) -> str:
    return action if ":" in action or not action else f"{service}:{action}"


def _last(parts: _Details) -> LastUsed:
    moments = [at for part in parts if (at := moment(part.get("lastAccessed")))]
    return LastUsed.on(max(moments)) if moments else NEVER_USED
