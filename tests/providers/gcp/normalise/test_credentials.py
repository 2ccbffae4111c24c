"""Keys: which they are, whether they count, and when they were last used."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import UseState
from nhi_scan.model.records import Records

Read = Callable[..., Records]
Asset = Callable[..., dict[str, Any]]

EMAIL = "app@my-app.iam.gserviceaccount.com"
NAME = f"projects/my-app/serviceAccounts/{EMAIL}"
FULL = f"//iam.googleapis.com/{NAME}"
SERVICE = "//iam.googleapis.com/projects/my-app/serviceAccounts/1234567"
ACTIVITIES = "policyanalyzer-service-account-activities"
KEY_ACTIVITIES = "policyanalyzer-key-activities"


def kinds(asset: Asset, *keys: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        "asset-cloudresourcemanager-project": [
            asset("//cloudresourcemanager.googleapis.com/projects/100", {"projectId": "my-app", "projectNumber": "100"})
        ],
        "asset-iam-service-account": [asset(SERVICE, {"email": EMAIL, "uniqueId": "1234567"})],
        "asset-iam-service-account-key": [
            asset(f"{SERVICE}/keys/{number:04}", {"keyType": "USER_MANAGED", **key}) for number, key in enumerate(keys)
        ],
    }


def test_a_key_of_the_inventory(read: Read, asset: Asset) -> None:
    key = {
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "validAfterTime": "2025-01-02T03:04:05Z",
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "disabled": True,
        "disableReason": "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED",
        "extendedStatus": [{"key": "SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED", "value": "https://x"}],
    }
    (found,) = read(kinds(asset, key)).credentials
    assert (found.id, found.identity_id) == (f"{NAME}/keys/0000", f"serviceAccount:{EMAIL}")
    assert (found.kind, found.status, found.scope_id) == ("service_account_key", "inactive", "projects/my-app")
    assert (found.created_at, found.expires_at) == (datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), None)
    assert found.attributes == (
        ("algorithm", "KEY_ALG_RSA_2048"),
        ("disable_reason", "EXPOSED"),
        ("extended_status", "EXPOSED"),
        ("managed_by", "user"),
        ("origin", "GOOGLE_PROVIDED"),
    )


def test_a_key_of_the_api_is_the_same(read: Read, asset: Asset) -> None:
    record = {"name": f"{NAME}/keys/0000", "keyType": "USER_MANAGED"}
    listed = read({"iam-service-account-keys": [record]}, scope="projects/my-app").credentials
    assert [(one.id, one.scope_id) for one in listed] == [(f"{NAME}/keys/0000", "projects/my-app")]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ({}, ["active"]),
        ({"validBeforeTime": "2026-05-01T00:00:00Z"}, ["expired"]),
        ({"validBeforeTime": "2026-07-01T00:00:00Z"}, ["active"]),
        ({"validBeforeTime": "soon"}, ["active"]),
        ({"disabled": True}, ["inactive"]),
        ({"keyType": "SYSTEM_MANAGED"}, []),
    ],
)
def test_status(read: Read, asset: Asset, key: dict[str, Any], status: list[str]) -> None:
    assert [one.status for one in read(kinds(asset, key)).credentials] == status


def test_a_key_of_nobody(read: Read, asset: Asset) -> None:
    records = read({**kinds(asset, {}), "asset-iam-service-account": []})
    assert not records.credentials
    (row,) = [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]
    assert row.detail == "keys of a service account that is not known: 1"


def activity(name: str, at: str | None) -> dict[str, Any]:
    seen = {"lastAuthenticatedTime": at} if at else {}
    return {"fullResourceName": name, "activity": seen, "observationPeriod": {"startTime": "2025-11-01T07:00:00Z"}}


@pytest.mark.parametrize(
    ("activities", "state"),
    [
        (None, UseState.UNKNOWN),
        ([], UseState.NEVER),
        ([activity(FULL, None)], UseState.NEVER),
        ([activity(FULL, "2026-05-01T07:00:00Z")], UseState.AT),
        ([activity(SERVICE, "2026-05-01T07:00:00Z")], UseState.AT),
        ([activity(FULL, "tomorrow")], UseState.UNKNOWN),
        ([activity(f"{FULL}x", "2026-05-01T07:00:00Z")], UseState.NEVER),
    ],
)
def test_last_use_of_an_account(read: Read, asset: Asset, activities: Any, state: UseState) -> None:
    more = {} if activities is None else {ACTIVITIES: activities}
    (found,) = read({**kinds(asset), **more}).identities
    assert found.last_authenticated.state is state


def test_last_use_of_keys(read: Read, asset: Asset) -> None:
    used = [
        activity(f"{FULL}/keys/0000", "2026-05-01T07:00:00Z"),
        activity(f"{FULL}/keys/0000", "2026-05-02T07:00:00Z"),
    ]
    first, second = read({**kinds(asset, {}, {}), KEY_ACTIVITIES: used}).credentials
    assert first.last_used.at == datetime(2026, 5, 2, 7, tzinfo=UTC)
    assert second.last_used.state is UseState.NEVER


def test_silence_says_nothing_where_nobody_could_look(read: Read, asset: Asset) -> None:
    records = read(
        kinds(asset, {}), missing={ACTIVITIES: CoverageStatus.DENIED, KEY_ACTIVITIES: CoverageStatus.PARTIAL}
    )
    assert records.identities[0].last_authenticated.state is UseState.UNKNOWN
    assert records.credentials[0].last_used.state is UseState.UNKNOWN


def test_an_insight_tells_where_activities_do_not(read: Read, asset: Asset) -> None:
    insight = {
        "name": "projects/100/locations/global/insightTypes/google.iam.serviceAccount.Insight/insights/1",
        "content": {"email": EMAIL, "lastAuthenticatedTime": "2025-12-01T08:00:00Z"},
        "observationPeriod": "7776000s",
        "stateInfo": {"state": "ACTIVE"},
    }
    records = read({**kinds(asset), "recommender-service-account-insights": [insight]})
    assert records.identities[0].last_authenticated.at == datetime(2025, 12, 1, 8, tzinfo=UTC)
    (unused,) = records.unused
    assert (unused.kind, unused.identity_id, unused.window_days) == ("identity", f"serviceAccount:{EMAIL}", 90)


def test_a_recommendation(read: Read, asset: Asset) -> None:
    overview = {
        "member": f"serviceAccount:{EMAIL}",
        "removedRole": "roles/editor",
        "addedRoles": ["roles/viewer"],
        "resource": "//cloudresourcemanager.googleapis.com/projects/100",
        "minimumObservationPeriodInDays": "60",
    }
    record = {"name": "r/1", "content": {"overview": overview}, "stateInfo": {"state": "ACTIVE"}}
    done = {**record, "name": "r/2", "stateInfo": {"state": "DISMISSED"}}
    records = read({**kinds(asset), "recommender-iam-recommendations": [record, done, {"name": "r/3"}]})
    (found,) = records.unused
    assert (found.id, found.kind, found.window_days) == ("r/1", "permission", 60)
    assert (found.policy_id, found.place_id, found.suggested) == (
        "roles/editor",
        "projects/my-app",
        ("roles/viewer",),
    )
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "recommendations about nobody or no role: 1"
    ]


@pytest.mark.parametrize(
    ("restrictions", "told"),
    [
        ({}, {"api_restricted": "false", "application_restricted": "false"}),
        (
            {"apiTargets": [{"service": "maps.googleapis.com"}, {"service": "b.googleapis.com"}]},
            {
                "api_restricted": "true",
                "api_targets": "b.googleapis.com maps.googleapis.com",
                "application_restricted": "false",
            },
        ),
        (
            {"browserKeyRestrictions": {"allowedReferrers": ["https://x.example/*"]}},
            {"api_restricted": "false", "application": "browser", "application_restricted": "true"},
        ),
        (
            {"serverKeyRestrictions": {"allowedIps": ["0.0.0.0/0"]}},
            {"api_restricted": "false", "application_restricted": "false"},
        ),
        (
            {"apiTargets": 7, "browserKeyRestrictions": []},
            {"api_restricted": "false", "application_restricted": "false"},
        ),
    ],
)
def test_api_keys(read: Read, asset: Asset, restrictions: Any, told: dict[str, str]) -> None:
    name = "projects/100/locations/global/keys/u"
    data = {"name": name, "displayName": "Maps", "createTime": "2024-01-01T00:00:00Z", "restrictions": restrictions}
    (found,) = read(
        {**kinds(asset), "asset-apikeys-key": [asset(f"//apikeys.googleapis.com/{name}", data)]}
    ).credentials
    assert (found.id, found.kind, found.name) == ("projects/my-app/locations/global/keys/u", "api_key", "Maps")
    assert (found.identity_id, found.scope_id, found.status) == ("", "projects/my-app", "active")
    assert dict(found.attributes) == told


def test_a_bound_and_a_deleted_api_key(read: Read) -> None:
    name = "projects/my-app/locations/global/keys/u"
    record = {"name": name, "serviceAccountEmail": EMAIL, "deleteTime": "2026-01-01T00:00:00Z"}
    (found,) = read({"apikeys-keys": [record]}, scope="projects/my-app").credentials
    assert (found.identity_id, found.status) == (f"serviceAccount:{EMAIL}", "inactive")


def test_hmac_keys(read: Read) -> None:
    record = {
        "accessId": "GOOG1",
        "serviceAccountEmail": EMAIL,
        "projectId": "my-app",
        "timeCreated": "2024-01-01T00:00:00Z",
    }
    records = read(
        {
            "storage-hmac-keys": [
                {**record, "state": "ACTIVE"},
                {**record, "accessId": "GOOG2", "state": "DELETED"},
                {**record, "accessId": "GOOG3", "state": "INACTIVE"},
                {"accessId": "GOOG4"},
            ]
        },
        scope="projects/my-app",
    )
    assert [(one.id, one.status, one.identity_id) for one in records.credentials] == [
        ("projects/my-app/hmacKeys/GOOG1", "active", f"serviceAccount:{EMAIL}"),
        ("projects/my-app/hmacKeys/GOOG3", "inactive", f"serviceAccount:{EMAIL}"),
    ]
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "keys without an id or a service account: 1"
    ]
