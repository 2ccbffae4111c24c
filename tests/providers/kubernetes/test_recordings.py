"""A dump of a real API server, imported and read; and the server, which still gives what was recorded.

`recordings/manifests.json` are objects with the addresses that they are created at, `recordings/dump/all.json` is what
the server answers for them, joined into one list as `kubectl get KIND,KIND,... -A -o json` does it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import LastUsed
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.import_native import import_native
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

RECORDINGS = Path(__file__).with_name("recordings")
MANIFESTS: list[dict[str, Any]] = json.loads((RECORDINGS / "manifests.json").read_text(encoding="utf-8"))
NS = "k8s:farm/namespaces/apricot"
CART = f"{NS}/serviceaccounts"
_CHANGING = ("uid", "controller-uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    writer = SnapshotWriter.create(tmp_path / "snapshot", datetime(2026, 6, 1, tzinfo=UTC), "test")
    import_native([("farm", RECORDINGS / "dump")], writer, lambda _: None)
    return normalise(writer.finish())


def test_everything_is_read(records: Records) -> None:
    dump = json.loads((RECORDINGS / "dump" / "all.json").read_text(encoding="utf-8"))
    assert len(dump["items"]) == len(MANIFESTS)
    assert [one for one in records.coverage if one.status is CoverageStatus.FAILED] == []
    assert [one.kind for one in records.scopes] == ["cluster", "namespace", "namespace"]
    apricot = records.scopes[1]
    assert (apricot.id, dict(apricot.attributes), dict(apricot.tags)["team"]) == (
        NS,
        {"pod_security": "baseline"},
        "orchard",
    )


def test_identities_and_credentials(records: Records) -> None:
    found = {one.id.removeprefix("k8s:farm/"): one for one in records.identities}
    assert set(found) == {
        "namespaces/apricot/serviceaccounts/default",
        "namespaces/apricot/serviceaccounts/picker",
        "namespaces/elsewhere/serviceaccounts/far",
        "users/ann@example.com",
        "users/system:anonymous",
        "users/system:node:apricot-n1",
    }
    picker = found["namespaces/apricot/serviceaccounts/picker"]
    assert dict(picker.attributes) == {
        "automount": "false",
        "aws_role_arn": "arn:aws:iam::111122223333:role/picker",
        "image_pull_secrets": "registry",
    }
    assert picker.unique_id
    assert picker.created_at
    assert picker.owner
    assert (picker.owner.name, picker.owner.source) == ("orchard", "scope:team")
    assert found["namespaces/elsewhere/serviceaccounts/far"].status == "unknown"
    (token,) = records.credentials
    assert (token.identity_id, token.last_used) == (f"{CART}/picker", LastUsed.on(datetime(2026, 5, 1, tzinfo=UTC)))


def test_roles_and_bindings(records: Records) -> None:
    actions = {
        one.id.removeprefix("k8s:farm/"): [(s.actions, s.resources) for s in one.statements] for one in records.policies
    }
    assert actions == {
        "namespaces/apricot/roles/pick": [(("get secrets",), ("aws",))],
        "namespaces/apricot/roles/gone": [],
        "clusterroles/apricot-part": [(("update deployments.apps/scale",), ()), (("get /metrics",), ())],
        "clusterroles/apricot-sum": [(("get /metrics",), ()), (("update deployments.apps/scale",), ())],
    }
    bindings = {
        (one.id.partition("bindings/")[2], one.principal_id.removeprefix("k8s:farm/")) for one in records.bindings
    }
    assert bindings == {
        ("odd#subjects[0]", "namespaces/apricot/serviceaccounts/picker"),
        ("odd#subjects[1]", "namespaces/elsewhere/serviceaccounts/far"),
        ("odd#subjects[2]", "namespaces/apricot/serviceaccounts/default"),
        ("odd#subjects[3]", "users/ann@example.com"),
        ("odd#subjects[4]", "groups/system:serviceaccounts:apricot"),
        ("missing#subjects[0]", "users/ann@example.com"),
        ("apricot-all#subjects[0]", "groups/system:unauthenticated"),
    }


def test_workloads(records: Records) -> None:
    found = {
        one.id.removeprefix(f"{NS}/"): (one.kind, [id_.rpartition("/")[2] for id_ in one.runs_as], one.active)
        for one in records.workloads
    }
    assert found == {
        "deployments/web": ("deployment", ["picker"], True),
        "statefulsets/db": ("stateful_set", ["default"], False),
        "cronjobs/tidy": ("cron_job", ["picker"], False),
        "rollouts.argoproj.io/roll": ("custom_controller", ["default"], True),
        "pods/bare": ("pod", ["picker"], True),
    }
    said = {one.name: dict(one.attributes) for one in records.workloads}
    assert said["web"]["token_audiences"] == "sts.amazonaws.com"
    assert said["web"]["static_keys"] == "AWS_SECRET_ACCESS_KEY"
    assert (said["db"]["host_pid"], said["db"]["host_path"]) == ("true", "/")
    assert said["bare"]["capabilities"] == "NET_ADMIN"
    assert {one["automount"] for one in said.values()} == {"false"}
    assert {one.kind for one in records.resources} == {
        "admission_webhook",
        "kubernetes_node",
        "kubernetes_secret",
        "persistent_volume",
    }


def test_the_server_gives_what_was_recorded(api_server: Any) -> None:
    if not api_server.own:
        pytest.skip("another server than the one that was recorded")
    dump = json.loads((RECORDINGS / "dump" / "all.json").read_text(encoding="utf-8"))
    try:
        for manifest, recorded in zip(MANIFESTS, dump["items"], strict=True):
            path, wanted = manifest["path"], manifest["object"]
            status, _ = api_server.ask("POST", path, wanted)
            assert status in (201, 409), wanted["metadata"]["name"]
            status, got = api_server.ask("GET", f"{path}/{wanted['metadata']['name']}")
            assert status == 200
            assert _lasting(got) == _lasting(recorded)
    finally:
        for manifest in MANIFESTS:
            if "namespaces" not in manifest["path"]:
                api_server.delete(f"{manifest['path']}/{manifest['object']['metadata']['name']}")


def _lasting(value: Any) -> Any:
    """An object without what differs from one server to the next."""
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _lasting(item) for key, item in value.items() if key not in _CHANGING}


def test_no_kind_that_is_read_is_without_a_recording() -> None:
    recorded = {kinds.BY_KIND[one["object"]["kind"]] for one in MANIFESTS}
    missing = set(kinds.BY_KIND.values()) - recorded
    # The server starts with neither of these, or they are made as others are.
    assert missing == {
        kinds.AWS_AUTH,
        kinds.CSRS,
        kinds.DAEMON_SETS,
        kinds.MUTATING_WEBHOOKS,
        kinds.REPLICATION_CONTROLLERS,
    }
