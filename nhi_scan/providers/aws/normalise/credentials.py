"""What users sign in with: the credential report first, the lists of single credentials where it has no answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from nhi_scan.model.identity import Credential, CredentialKind
from nhi_scan.providers.aws.normalise.report import ReportRow
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import moment, text, within

Status = Literal["active", "inactive", "expired", "unknown"]

_STATUS: dict[str, Status] = {"active": "active", "inactive": "inactive", "expired": "expired"}


def read_credentials(source: Source, report: Mapping[str, ReportRow]) -> None:
    """All credentials of an account. Where the credential report is missing, keys and passwords are not known."""
    users = {identity.name: identity.id for identity in source.identities_of("iam_user")}
    certified = _read_lists(source, users)
    for row in report.values():
        _read_row(source, row, with_certificates=row.user not in certified)
    _read_server_certificates(source)
    _read_mfa_devices(source, users)


def _read_row(source: Source, row: ReportRow, *, with_certificates: bool) -> None:
    if row.has_password:
        _add(
            source,
            f"{row.arn}#console-password",
            row.arn,
            "console_password",
            status="active",
            rotated_at=row.password_changed_at,
            expires_at=row.password_expires_at,
            last_used=row.password_used,
        )
    for key in row.keys:
        _add(
            source,
            f"{row.arn}#access-key-{key.slot}",
            row.arn,
            "access_key",
            status="unknown" if key.active is None else "active" if key.active else "inactive",
            # A key cannot be changed, only replaced: when it was "rotated" is when the present one was made.
            created_at=key.rotated_at,
            rotated_at=key.rotated_at,
            last_used=key.last_used,
        )
    if with_certificates:
        for slot, rotated_at in row.certificates:
            id_ = f"{row.arn}#signing-certificate-{slot}"
            _add(
                source,
                id_,
                row.arn,
                "signing_certificate",
                status="active",
                created_at=rotated_at,
                rotated_at=rotated_at,
            )


def _read_lists(source: Source, users: Mapping[str, str]) -> set[str]:
    """Credentials that have native ids.

    Returns:
        Names of the users whose signing certificates are among them.
    """
    certified: set[str] = set()
    for _, record in source.plain("iam-service-specific-credentials"):
        name = f"{text(record, 'ServiceName')} {text(record, 'ServiceUserName')}".strip()
        _add_listed(source, record, users, "service_specific_credential", "ServiceSpecificCredentialId", name)
    for _, record in source.plain("iam-ssh-public-keys"):
        _add_listed(source, record, users, "ssh_public_key", "SSHPublicKeyId", "")
    for _, record in source.plain("iam-signing-certificates"):
        certified.add(text(record, "UserName"))
        _add_listed(source, record, users, "signing_certificate", "CertificateId", "")
    return certified


def _add_listed(
    source: Source,
    record: Mapping[str, Any],
    users: Mapping[str, str],
    kind: CredentialKind,
    id_field: str,
    name: str,
) -> None:
    id_ = text(record, id_field)
    if id_:
        expires_at = moment(record.get("ExpirationDate"))
        _add(
            source,
            id_,
            _user_id(source, users, text(record, "UserName")),
            kind,
            name=name,
            status=_status(source, text(record, "Status"), expires_at),
            created_at=moment(record.get("CreateDate")) or moment(record.get("UploadDate")),
            expires_at=expires_at,
        )


def _read_server_certificates(source: Source) -> None:
    for _, record in source.plain("iam-server-certificates"):
        expires_at = moment(record.get("Expiration"))
        _add(
            source,
            text(record, "Arn"),
            "",  # it belongs to the account and to no identity
            "server_certificate",
            name=text(record, "ServerCertificateName"),
            status=_status(source, "active", expires_at) if expires_at else "unknown",
            created_at=moment(record.get("UploadDate")),
            expires_at=expires_at,
        )


def _read_mfa_devices(source: Source, users: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for kind in ("iam-virtual-mfa-devices", "iam-mfa-devices"):
        for _, record in source.plain(kind):
            serial = text(record, "SerialNumber")
            owner = text(within(record, "User"), "Arn")
            if not owner and text(record, "UserName"):
                owner = _user_id(source, users, text(record, "UserName"))
            if serial and owner and serial not in seen:  # a device without a user is assigned to nobody
                seen.add(serial)
                enabled_at = moment(record.get("EnableDate"))
                _add(source, serial, owner, "mfa_device", status="active", created_at=enabled_at)


def _add(source: Source, id_: str, identity_id: str, kind: CredentialKind, **fields: Any) -> None:
    source.records.credentials.append(
        Credential(
            id=id_,
            provider=PROVIDER,
            identity_id=identity_id,
            scope_id=source.scope_id,
            kind=kind,
            **fields,
        ),
    )


def _status(source: Source, word: str, expires_at: datetime | None) -> Status:
    if expires_at is not None and expires_at <= source.captured_at:
        return "expired"
    return _STATUS.get(word.lower(), "unknown")


def _user_id(source: Source, users: Mapping[str, str], name: str) -> str:
    return users.get(name) or f"arn:{source.partition()}:iam::{source.scope_id}:user/{name}"
