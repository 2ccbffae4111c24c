"""What Access Analyzer found unused, in the shapes of ListFindingsV2 and GetFindingV2."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed, UnusedAccess
from nhi_scan.model.records import Records

ANALYZER = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/unused"
ROLE = "arn:aws:iam::111122223333:role/app"
USER = "arn:aws:iam::111122223333:user/ci"
SEEN = LastUsed.on(datetime(2025, 11, 1, tzinfo=UTC))

Normalised = Callable[..., Records]


def analyzer(type_: str = "ACCOUNT_UNUSED_ACCESS", **rule: Any) -> dict[str, Any]:
    unused = {"unusedAccessAge": 90, **({"analysisRule": rule} if rule else {})}
    return {
        "arn": ANALYZER,
        "name": "unused",
        "type": type_,
        "status": "ACTIVE",
        "configuration": {"unusedAccess": unused},
    }


def finding(id_: str, kind: str, resource: str = ROLE, **fields: Any) -> dict[str, Any]:
    record = {
        "id": id_,
        "findingType": kind,
        "resource": resource,
        "status": "ACTIVE",
        "createdAt": "2026-02-01T00:00:00Z",
        **fields,
    }
    return {"record": record, "of": {"arn": ANALYZER}, "region": "eu-west-1"}


def details(id_: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "findingDetails": list(parts)}


def permission(service: str, *actions: str, last: str | None = None) -> dict[str, Any]:
    inner: dict[str, Any] = {"serviceNamespace": service, "actions": [{"action": action} for action in actions]}
    return {"unusedPermissionDetails": {**inner, **({"lastAccessed": last} if last else {})}}


def read(normalised: Normalised, findings: list[Any], parts: list[Any] | None = None) -> list[UnusedAccess]:
    kinds = {
        "accessanalyzer-analyzers": [analyzer()],
        "accessanalyzer-unused-findings": findings,
        "accessanalyzer-unused-details": parts or [],
    }
    return sorted(normalised(kinds).unused, key=lambda found: found.id)


def test_permissions_by_service(normalised: Normalised) -> None:
    found = read(
        normalised,
        [finding("f", "UnusedPermission")],
        [
            details("f", permission("s3", "GetObject", "s3:PutObject", last="2025-11-01T00:00:00Z"), permission("sqs")),
            details("f", permission("s3", "ListBucket")),  # a second page
        ],
    )
    assert [(one.id, one.identity_id, one.service, one.actions, one.last_used) for one in found] == [
        ("f#s3", ROLE, "s3", ("s3:GetObject", "s3:ListBucket", "s3:PutObject"), SEEN),
        ("f#sqs", ROLE, "sqs", (), NEVER_USED),
    ]
    assert {(one.kind, one.analyzer_id, one.window_days) for one in found} == {("permission", ANALYZER, 90)}
    assert found[0].found_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "part", "kind", "credential", "last_used"),
    [
        ("UnusedIAMRole", None, "identity", "", USE_UNKNOWN),
        ("UnusedIAMUserPassword", None, "console_password", "", USE_UNKNOWN),
        ("UnusedPermission", None, "permission", "", USE_UNKNOWN),  # its details were not collected
        (
            "UnusedIAMUserAccessKey",
            {"accessKeyId": "AKIAEXAMPLE", "lastAccessed": "2025-11-01T00:00:00Z"},
            "access_key",
            "AKIAEXAMPLE",
            SEEN,
        ),
        ("UnusedIAMUserAccessKey", {"accessKeyId": "AKIAEXAMPLE"}, "access_key", "AKIAEXAMPLE", NEVER_USED),
    ],
)
def test_the_other_kinds(
    normalised: Normalised, type_: str, part: Any, kind: str, credential: str, last_used: LastUsed
) -> None:
    parts = [details("f", {"unusedIamUserAccessKeyDetails": part})] if part else []
    (found,) = read(normalised, [finding("f", type_, USER)], parts)
    assert (found.identity_id, found.kind, found.credential, found.last_used) == (USER, kind, credential, last_used)
    assert found.service == ""


@pytest.mark.parametrize(
    "record",
    [
        finding("f", "ExternalAccess"),
        finding("f", "UnusedIAMRole", status="ARCHIVED"),
        finding("f", "UnusedIAMRole", error="INTERNAL_ERROR"),
        finding("f", "SomethingNew"),
    ],
)
def test_what_is_settled_not_analysed_or_of_another_kind_is_left_out(normalised: Normalised, record: Any) -> None:
    assert read(normalised, [record]) == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (analyzer(), {"covers": "account", "excludes": "false", "status": "active", "window_days": "90"}),
        (
            analyzer("ORGANIZATION_UNUSED_ACCESS", exclusions=[{"accountIds": ["1"]}]),
            {"covers": "organization", "excludes": "true", "status": "active", "window_days": "90"},
        ),
        (analyzer("ACCOUNT"), None),
    ],
)
def test_analyzers_of_unused_access_are_resources(normalised: Normalised, record: Any, expected: Any) -> None:
    resources = normalised({"accessanalyzer-analyzers": [record]}).resources
    assert [dict(resource.attributes) for resource in resources] == ([expected] if expected else [])


def test_the_inventory_finds_them_by_identity(normalised: Normalised) -> None:
    records = normalised({"accessanalyzer-unused-findings": [finding("f", "UnusedIAMRole")]})
    assert [found.id for found in build([records]).unused_of[ROLE]] == ["f"]
