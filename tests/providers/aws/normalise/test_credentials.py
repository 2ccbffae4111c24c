"""Keys, passwords, certificates: what the credential report says, and what it does not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Credential, LastUsed
from nhi_scan.model.records import Records

IAM = "arn:aws:iam::111122223333:"
DAY = datetime(2026, 5, 1, tzinfo=UTC)
TEXT = "2026-05-01T00:00:00+00:00"
ROW = {
    "user": "ci",
    "arn": f"{IAM}user/ci",
    "user_creation_time": "2020-01-01T00:00:00+00:00",
    "password_enabled": "false",
    "password_last_used": "N/A",
    "password_last_changed": "N/A",
    "password_next_rotation": "N/A",
    "mfa_active": "false",
    **{
        f"access_key_{slot}_{field}": value
        for slot in (1, 2)
        for field, value in (
            ("active", "false"),
            ("last_rotated", "N/A"),
            ("last_used_date", "N/A"),
            ("last_used_region", "N/A"),
            ("last_used_service", "N/A"),
        )
    },
    **{
        f"cert_{slot}_{field}": value
        for slot in (1, 2)
        for field, value in (("active", "false"), ("last_rotated", "N/A"))
    },
}

Normalised = Callable[..., Records]


def of_row(normalised: Normalised, **changes: str) -> tuple[Records, dict[str, Credential]]:
    user = {"UserName": "ci", "Arn": f"{IAM}user/ci"}
    records = normalised({"iam-credential-report": [ROW | changes], "iam-users": [user]})
    return records, {credential.id.partition("#")[2]: credential for credential in records.credentials}


def test_a_user_without_credentials_has_none(normalised: Normalised) -> None:
    records, credentials = of_row(normalised)
    assert credentials == {}
    assert records.identities[0].has_console_password is False
    assert records.identities[0].last_authenticated == USE_UNKNOWN  # deleted ones may have been used


def test_without_a_report_nothing_is_known(normalised: Normalised) -> None:
    records = normalised({"iam-users": [{"UserName": "ci", "Arn": f"{IAM}user/ci"}]})
    assert records.credentials == []
    assert records.identities[0].has_console_password is None
    assert records.identities[0].mfa_enabled is None
    assert records.identities[0].last_authenticated == USE_UNKNOWN


def test_a_key_that_is_used(normalised: Normalised) -> None:
    records, credentials = of_row(
        normalised,
        access_key_1_active="true",
        access_key_1_last_rotated=TEXT,
        access_key_1_last_used_date="2026-05-20T10:00:00+00:00",
        access_key_1_last_used_region="eu-west-1",
        access_key_1_last_used_service="s3",
    )
    key = credentials["access-key-1"]
    assert (key.kind, key.status, key.created_at, key.rotated_at) == ("access_key", "active", DAY, DAY)
    assert key.last_used == LastUsed.on(datetime(2026, 5, 20, 10, tzinfo=UTC), "s3", "eu-west-1")
    assert key.identity_id == f"{IAM}user/ci"
    assert records.identities[0].last_authenticated == key.last_used


def test_a_key_that_was_never_used(normalised: Normalised) -> None:
    records, credentials = of_row(normalised, access_key_2_active="true", access_key_2_last_rotated=TEXT)
    assert credentials["access-key-2"].last_used == NEVER_USED
    assert records.identities[0].last_authenticated == NEVER_USED


def test_an_inactive_key_is_still_there(normalised: Normalised) -> None:
    _, credentials = of_row(normalised, access_key_1_last_rotated=TEXT)
    assert credentials["access-key-1"].status == "inactive"
    assert "access-key-2" not in credentials


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("no_information", NEVER_USED),
        ("N/A", NEVER_USED),
        (TEXT, LastUsed.on(DAY)),
        ("not_supported", USE_UNKNOWN),
        ("", USE_UNKNOWN),
    ],
)
def test_a_password(normalised: Normalised, word: str, wanted: LastUsed) -> None:
    records, credentials = of_row(
        normalised,
        password_enabled="true",
        password_last_used=word,
        password_last_changed=TEXT,
        password_next_rotation="2026-09-01T00:00:00+00:00",
        mfa_active="true",
    )
    password = credentials["console-password"]
    assert (password.kind, password.status, password.last_used) == ("console_password", "active", wanted)
    assert password.rotated_at == DAY
    assert password.expires_at == datetime(2026, 9, 1, tzinfo=UTC)
    assert records.identities[0].last_authenticated == wanted
    assert records.identities[0].mfa_enabled is True


def test_the_latest_use_of_all_counts_and_one_unknown_does_not_hide_it(normalised: Normalised) -> None:
    records, _ = of_row(
        normalised,
        password_enabled="true",
        password_last_used="not_supported",
        access_key_1_active="true",
        access_key_1_last_used_date="2026-01-01T00:00:00+00:00",
        access_key_2_active="true",
        access_key_2_last_used_date=TEXT,
    )
    assert records.identities[0].last_authenticated.at == DAY


def test_never_needs_all_to_be_never(normalised: Normalised) -> None:
    records, _ = of_row(
        normalised, password_enabled="true", password_last_used="not_supported", access_key_1_active="true"
    )
    assert records.identities[0].last_authenticated == USE_UNKNOWN


def test_signing_certificates_come_from_the_report_unless_they_were_listed(normalised: Normalised) -> None:
    listed = {"UserName": "ci", "CertificateId": "CERTID", "Status": "Inactive", "UploadDate": TEXT}
    report = [ROW | {"cert_1_active": "true", "cert_1_last_rotated": TEXT}]
    records = normalised({"iam-credential-report": report, "iam-signing-certificates": [listed], "iam-users": []})
    assert [(c.id, c.status) for c in records.credentials] == [("CERTID", "inactive")]


def test_an_active_signing_certificate_of_the_report(normalised: Normalised) -> None:
    _, credentials = of_row(normalised, cert_2_active="true", cert_2_last_rotated=TEXT)
    assert credentials["signing-certificate-2"].created_at == DAY


def test_listed_credentials_belong_to_their_users(normalised: Normalised) -> None:
    records = normalised(
        {
            "iam-users": [{"UserName": "ann", "Path": "/x/", "Arn": f"{IAM}user/x/ann"}],
            "iam-service-specific-credentials": [
                {
                    "UserName": "ann",
                    "Status": "Active",
                    "ServiceName": "bedrock.amazonaws.com",
                    "ServiceUserName": "ann-at-111122223333",
                    "ServiceSpecificCredentialId": "ACCAEXAMPLE",
                    "CreateDate": TEXT,
                    "ExpirationDate": "2026-05-31T00:00:00+00:00",
                },
            ],
            "iam-ssh-public-keys": [
                {"UserName": "bob", "SSHPublicKeyId": "APKAEXAMPLE", "Status": "Active", "UploadDate": TEXT}
            ],
            "iam-virtual-mfa-devices": [
                {"SerialNumber": f"{IAM}mfa/ann", "User": {"Arn": f"{IAM}user/x/ann"}, "EnableDate": TEXT},
                {"SerialNumber": f"{IAM}mfa/unassigned"},
            ],
            "iam-mfa-devices": [{"SerialNumber": f"{IAM}mfa/ann", "UserName": "ann", "EnableDate": TEXT}],
        },
    )
    found = {c.id: c for c in records.credentials}
    assert set(found) == {"ACCAEXAMPLE", "APKAEXAMPLE", f"{IAM}mfa/ann"}
    assert found["ACCAEXAMPLE"].identity_id == f"{IAM}user/x/ann"
    assert found["ACCAEXAMPLE"].status == "expired"  # a day before the snapshot
    assert found["APKAEXAMPLE"].identity_id == f"{IAM}user/bob"
    assert found["APKAEXAMPLE"].created_at == DAY


@pytest.mark.parametrize(
    ("expiration", "status"),
    [("2026-06-01T11:59:59+00:00", "expired"), ("2026-06-01T12:00:01+00:00", "active"), (None, "unknown")],
)
def test_a_server_certificate_expires_with_the_snapshot(normalised: Normalised, expiration: Any, status: str) -> None:
    arn = f"{IAM}server-certificate/web"
    record = {"Arn": arn, "ServerCertificateName": "web", "UploadDate": TEXT, "Expiration": expiration}
    (credential,) = normalised({"iam-server-certificates": [record]}).credentials
    assert (credential.id, credential.identity_id, credential.status) == (arn, "", status)


def test_usage_by_service_and_action(normalised: Normalised) -> None:
    page = {
        "JobStatus": "COMPLETED",
        "ServicesLastAccessed": [
            {
                "ServiceNamespace": "s3",
                "LastAuthenticated": TEXT,
                "LastAuthenticatedRegion": "eu-west-1",
                "TrackedActionsLastAccessed": [
                    {"ActionName": "GetObject", "LastAccessedTime": TEXT},
                    {"ActionName": "PutObject"},
                ],
            },
            {"ServiceNamespace": "iam", "TotalAuthenticatedEntities": 0},
        ],
    }
    records = normalised(
        {
            "iam-service-last-accessed": [
                {"of": {"Arn": f"{IAM}role/r"}, "record": page},
                {"of": {"Arn": f"{IAM}role/failed"}, "record": page | {"JobStatus": "FAILED"}},
            ],
        },
    )
    assert {(u.identity_id, u.service, u.action, u.last_used.state.value) for u in records.usage} == {
        (f"{IAM}role/r", "s3", None, "at"),
        (f"{IAM}role/r", "s3", "s3:GetObject", "at"),
        (f"{IAM}role/r", "s3", "s3:PutObject", "never"),
        (f"{IAM}role/r", "iam", None, "never"),
    }
    assert {u.tracked_since for u in records.usage} == {datetime(2025, 4, 27, 12, tzinfo=UTC)}
