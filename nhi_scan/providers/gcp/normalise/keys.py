"""Keys of service accounts that somebody holds.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys. Keys that Google manages and
rotates are left out: nobody has them (https://cloud.google.com/iam/docs/service-account-creds#google-managed-keys).

Attributes: `managed_by` (`user`), `origin` (`GOOGLE_PROVIDED`; `USER_PROVIDED` for an uploaded one), `algorithm`
(`KEY_ALG_RSA_2048`), `disable_reason` (`USER_INITIATED`, `EXPOSED`, `COMPROMISE_DETECTED`), `extended_status` (those
of the last two that Google has set, with spaces between them).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nhi_scan.model.identity import Credential
from nhi_scan.providers.gcp.normalise.activity import Activity
from nhi_scan.providers.gcp.normalise.hierarchy import IAM, Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment

_FOREVER = 9999  # the year that a key without an end is valid until
_REASON = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_"
_STATUS = "SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_"


@dataclass(slots=True)
class _Extended:
    key: str = ""


@dataclass(slots=True)
class Key:
    """`ServiceAccountKey`."""

    name: str = ""
    keyType: str = ""  # noqa: N815 - Google's spelling
    keyOrigin: str = ""  # noqa: N815 - Google's spelling
    keyAlgorithm: str = ""  # noqa: N815 - Google's spelling
    validAfterTime: str = ""  # noqa: N815 - Google's spelling
    validBeforeTime: str = ""  # noqa: N815 - Google's spelling
    disabled: bool | None = None
    disableReason: str = ""  # noqa: N815 - Google's spelling
    extendedStatus: list[_Extended] | None = None  # noqa: N815 - Google's spelling


@dataclass(slots=True)
class _Data:
    data: Key


@dataclass(slots=True)
class _Asset:
    resource: _Data
    name: str = ""
    ancestors: list[str] | None = None


def read_keys(source: Source, hierarchy: Hierarchy, activity: Activity) -> None:
    """All keys of service accounts, but those that Google manages."""
    homes = {one.id: one.scope_id for one in source.records.identities}
    attributes: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
    for kind, scope_id, key, name in _keys(source, hierarchy):
        if key.keyType == "SYSTEM_MANAGED":
            continue
        account, _, id_ = name.partition("/serviceAccounts/")[2].partition("/keys/")
        identity = hierarchy.account(account)
        if not identity or not id_:
            source.note(kind, scope_id, "keys of a service account that is not known")
            continue
        project = homes.get(identity) or hierarchy.project_in(name)
        expires_at = moment(key.validBeforeTime)
        if expires_at is not None and expires_at.year == _FOREVER:
            expires_at = None
        created_at = moment(key.validAfterTime)
        told = _attributes(key)
        source.records.credentials.append(
            Credential(
                id=f"{project or 'projects/-'}/serviceAccounts/{identity[15:]}/keys/{id_}",
                provider=PROVIDER,
                identity_id=identity,
                scope_id=project,
                kind="service_account_key",
                name=id_,
                status=_status(key, expires_at, source.captured_at),
                # A key cannot be changed, only replaced: its age is the time since it became valid.
                created_at=created_at,
                expires_at=expires_at,
                rotated_at=created_at,
                last_used=activity.of_key(id_, project),
                attributes=attributes.setdefault(told, told),
            )
        )


def _keys(source: Source, hierarchy: Hierarchy) -> Iterator[tuple[str, str, Key, str]]:
    """Kind, scope, key and the name that tells most about its account."""
    kind = "asset-iam-service-account-key"
    for scope_id, asset in source.typed(kind, _Asset):
        key = asset.resource.data
        project = project_of(asset.ancestors or ())
        name = key.name if "@" in key.name else asset.name.removeprefix(IAM) or key.name
        yield kind, hierarchy.scope_id(project) if project else scope_id, key, name
    kind = "iam-service-account-keys"
    for scope_id, key in source.typed(kind, Key):
        yield kind, scope_id, key, key.name


def _status(key: Key, expires_at: datetime | None, now: datetime) -> Literal["active", "inactive", "expired"]:
    if expires_at is not None and expires_at <= now:
        return "expired"
    return "inactive" if key.disabled else "active"


def _attributes(key: Key) -> tuple[tuple[str, str], ...]:
    extended = sorted({one.key.removeprefix(_STATUS) for one in key.extendedStatus or () if one.key})
    told = (
        ("algorithm", key.keyAlgorithm),
        ("disable_reason", key.disableReason.removeprefix(_REASON)),
        ("extended_status", " ".join(extended)),
        ("managed_by", "user" if key.keyType == "USER_MANAGED" else ""),
        ("origin", key.keyOrigin),
    )
    return tuple(pair for pair in told if pair[1])
