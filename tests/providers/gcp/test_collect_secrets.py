"""Values that may be secrets never reach the disk."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.providers.gcp.calls import ASSETS, PROJECT_WORKLOADS
from nhi_scan.snapshot.store import SnapshotWriter

SECRET = "hunter2-hunter2"
ADDRESS = f"https://user:{SECRET}@host.example/path?token={SECRET}"
DROPPING = [call for call in (*ASSETS, *PROJECT_WORKLOADS) if call.drop]


def _planted(path: str) -> Any:
    """A record with a secret where the path ends; every step on the way once as an object and once in a list."""
    first, _, rest = path.partition(".")
    if first.endswith("?"):
        return {first[:-1]: ADDRESS}
    if rest == "*":
        return {first: {"NAME": SECRET}}
    if rest:
        return {first: [_planted(rest), _planted(rest)]}
    return {first: {"deep": [SECRET]}}


def _written(folder: Path, kind: str, drop: tuple[str, ...], record: Any) -> tuple[bytes, Any]:
    writer = SnapshotWriter.create(folder, datetime(2026, 1, 1, tzinfo=UTC), "test")
    writer.write("gcp", "organizations-1", kind, [("", {}, record)], drop=drop)
    (envelope,) = writer.finish().records("gcp", "organizations-1", kind)
    return bytes(envelope.record), envelope.value()


@pytest.mark.parametrize("call", DROPPING, ids=lambda call: call.kind)
def test_what_the_table_names_is_gone(call: Any, tmp_path: Path) -> None:
    for number, path in enumerate(call.drop):
        text, _ = _written(tmp_path / str(number), call.kind, call.drop, _planted(path))
        assert SECRET.encode() not in text, path


def test_names_stay_where_values_go(tmp_path: Path) -> None:
    (call,) = [call for call in ASSETS if call.kind == "asset-compute-instance"]
    items = [{"key": "startup-script", "value": SECRET}, {"key": "enable-oslogin", "value": "TRUE"}]
    _, record = _written(tmp_path / "s", call.kind, call.drop, {"resource": {"data": {"metadata": {"items": items}}}})

    assert record["resource"]["data"]["metadata"]["items"] == [{"key": "startup-script"}, {"key": "enable-oslogin"}]


def test_an_address_stays_without_what_opens_it(tmp_path: Path) -> None:
    (call,) = [call for call in ASSETS if call.kind == "asset-cloudscheduler-job"]
    target = {"httpTarget": {"uri": ADDRESS, "oidcToken": {"serviceAccountEmail": "a@b"}}}
    _, record = _written(tmp_path / "s", call.kind, call.drop, {"resource": {"data": target}})

    assert record["resource"]["data"]["httpTarget"] == {
        "uri": "https://host.example/path",
        "oidcToken": {"serviceAccountEmail": "a@b"},
    }


@pytest.mark.parametrize(
    "record",
    [
        {"keyString": SECRET},
        {"privateKeyData": SECRET},
        {"serviceConfig": {"environmentVariables": {"A": SECRET}}},
        {"oidc": {"clientSecret": {"value": {"plainText": SECRET}}}},
        {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET}}},
        {"masterAuth": {"password": SECRET}},
    ],
)
def test_what_no_kind_may_keep_is_gone_from_all(record: Any, tmp_path: Path) -> None:
    text, _ = _written(tmp_path / "s", "asset-x-y", (), record)

    assert SECRET.encode() not in text


def test_the_account_of_a_dataflow_job_stays(tmp_path: Path) -> None:
    (call,) = [call for call in ASSETS if call.kind == "asset-dataflow-job"]
    environment = {"serviceAccountEmail": "a@b", "sdkPipelineOptions": {"options": SECRET}}
    text, record = _written(tmp_path / "s", call.kind, call.drop, {"resource": {"data": {"environment": environment}}})

    assert record["resource"]["data"]["environment"]["serviceAccountEmail"] == "a@b"
    assert SECRET.encode() not in text


def test_a_collection_leaves_no_script_on_the_disk(whole: Any) -> None:
    (instance,) = whole.records("organizations-1", "asset-compute-instance")

    assert instance["resource"]["data"]["metadata"] == {"items": [{"key": "startup-script"}]}
    assert instance["resource"]["data"]["serviceAccounts"] == [{"email": "web@shop.iam.gserviceaccount.com"}]
