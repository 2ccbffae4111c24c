"""Secrets and certificates of applications and service principals. Never the secret itself.

https://learn.microsoft.com/graph/api/resources/passwordcredential and
https://learn.microsoft.com/graph/api/resources/keycredential. Those of an application serve its service principals in
all tenants; those of a service principal only itself.

A service principal that signs people in by SAML has a certificate to sign tokens with: as a pair of keys (`Sign`,
`Verify`) and a password that only guards the private key
(https://learn.microsoft.com/graph/api/serviceprincipal-addtokensigningcertificate). That is one certificate here, the
one that signs.

Attributes: `key_id`; `holder` (`application`, `service_principal`), `holder_id`; of certificates `usage` (`Verify`,
`Sign`), `thumbprint` and `type` (`AsymmetricX509Cert`, `Symmetric`, ...).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from nhi_scan.model.identity import USE_UNKNOWN, Credential
from nhi_scan.providers.azure.normalise.activity import Activity
from nhi_scan.providers.azure.normalise.applications import Application
from nhi_scan.providers.azure.normalise.service_principals import Listed
from nhi_scan.providers.azure.normalise.shapes import Record, guid, pairs
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, objects, text

Holder = tuple[Literal["application", "service_principal"], str, str, str]  # what, its id, identity, tenant


def write_credentials(
    source: Source, applications: Mapping[tuple[str, str], Application], listed: Listed, activity: Activity
) -> None:
    """All credentials of applications and service principals."""
    seen: set[str] = set()
    managed = {one.id for one in listed.all if one.managed}
    for holder, record in _holders(applications, listed):
        for one in _credentials(source.captured_at, holder, record, activity if holder[1] not in managed else None):
            if one.id not in seen:
                seen.add(one.id)
                source.records.credentials.append(one)


def _holders(applications: Mapping[tuple[str, str], Application], listed: Listed) -> Iterator[tuple[Holder, Record]]:
    for key, one in applications.items():
        yield ("application", one.id, listed.homes.get(key, one.id), one.tenant), one.record
    for each in listed.all:
        yield ("service_principal", each.id, each.id, each.tenant), each.record


def _credentials(now: datetime, holder: Holder, record: Record, activity: Activity | None) -> Iterator[Credential]:
    keys, passwords = objects(record, "keyCredentials"), objects(record, "passwordCredentials")
    signing = [one for one in keys if text(one, "usage").lower() == "sign"]
    guards = {guid(one, "keyId") for one in signing} - {""}
    thumbs = {text(one, "customKeyIdentifier") for one in signing} - {""}
    for position, one in enumerate(passwords):
        if guid(one, "keyId") not in guards and text(one, "customKeyIdentifier") not in thumbs:
            yield _credential(now, holder, one, activity, ("client_secret", "password", position))
    for position, one in enumerate(keys):
        if text(one, "usage").lower() != "verify" or text(one, "customKeyIdentifier") not in thumbs:
            yield _credential(now, holder, one, activity, ("certificate", "key", position))


def _credential(
    now: datetime,
    holder: Holder,
    one: Record,
    activity: Activity | None,
    what: tuple[Literal["client_secret", "certificate"], str, int],
) -> Credential:
    (held_by, holder_id, identity, tenant), (kind, word, position) = holder, what
    key_id = guid(one, "keyId")
    created_at, expires_at = moment(one.get("startDateTime")), moment(one.get("endDateTime"))
    return Credential(
        id=f"{holder_id}#{word}/{key_id or position}",
        provider=PROVIDER,
        identity_id=identity,
        scope_id=tenant,
        kind=kind,
        name=text(one, "displayName") or key_id,
        status=_status(created_at, expires_at, now),
        # Neither can be changed, only replaced: its age is the time since it became valid.
        created_at=created_at,
        expires_at=expires_at,
        rotated_at=created_at,
        # The report of their use leaves out what managed identities sign in with.
        last_used=activity.of_key(key_id, tenant) if activity else USE_UNKNOWN,
        attributes=pairs(
            ("holder", held_by),
            ("holder_id", holder_id),
            ("key_id", key_id),
            ("thumbprint", text(one, "customKeyIdentifier") if kind == "certificate" else ""),
            ("type", text(one, "type") if kind == "certificate" else ""),
            ("usage", text(one, "usage") if kind == "certificate" else ""),
        ),
    )


def _status(
    begins: datetime | None, ends: datetime | None, now: datetime
) -> Literal["active", "inactive", "expired", "unknown"]:
    if ends is not None and ends <= now:
        return "expired"
    if begins is not None and begins > now:
        return "inactive"
    return "active"
