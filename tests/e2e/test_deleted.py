"""What was deleted in a cluster or an organization is resolved by the next complete scan, and by no other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.app import assess_snapshot, import_native
from nhi_scan.config import Settings
from nhi_scan.demo.github.estate import Estate, Repository
from nhi_scan.demo.github.gate import FOREVER, Conduct, Fault
from nhi_scan.demo.github.server import serve
from nhi_scan.model.finding import Finding, FindingState
from tests.providers.github.conftest import Collect
from tests.providers.github.organization import OWN, small

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OLD = "2024-01-01T00:00:00Z"
RBAC = "rbac.authorization.k8s.io/v1"
SYSTEM = "kube-system"
# What an import lists, each kind in a file of its own.
KINDS = (
    "namespaces", "nodes", "serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings", "pods",
    "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "replicationcontrollers",
    "persistentvolumes", "certificatesigningrequests", "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations", "secrets",
)  # fmt: skip

World = Mapping[str, Sequence[Mapping[str, Any]]]


def thing(kind: str, name: str, ns: str = "", api: str = "v1", **more: Any) -> dict[str, Any]:
    place = {"namespace": ns} if ns else {}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, **place, "uid": f"u-{ns}-{name}", "creationTimestamp": OLD},
        **more,
    }


def _rule(*verbs: str, resources: str = "*") -> list[dict[str, Any]]:
    return [{"verbs": list(verbs), "apiGroups": ["*"], "resources": [resources]}]


def _bound(kind: str, name: str, role: str, subject: Mapping[str, Any], ns: str = "") -> dict[str, Any]:
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": "ClusterRole", "name": role}
    return thing(kind, name, ns, api=RBAC, roleRef=reference, subjects=[subject])


# What stays.
STAYS: dict[str, list[dict[str, Any]]] = {
    "namespaces": [thing("Namespace", SYSTEM), thing("Namespace", "default")],
    "nodes": [thing("Node", "n1")],
    "serviceaccounts": [thing("ServiceAccount", "default", SYSTEM), thing("ServiceAccount", "default", "default")],
    "clusterroles": [thing("ClusterRole", "chief", api=RBAC, rules=_rule("*"))],
}
DEPLOYER = {"kind": "ServiceAccount", "name": "deployer", "namespace": "ci"}
SECRET = thing("Secret", "deployer-token", "ci", type="kubernetes.io/service-account-token")
SECRET["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "deployer"}
POD = {
    "serviceAccountName": "deployer",
    "hostPID": True,
    "containers": [
        {
            "name": "a",
            "securityContext": {"privileged": True},
            "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}, {"name": "AWS_ACCESS_KEY_ID", "value": "x"}],
        }
    ],
}
# What is deleted.
GOES: dict[str, list[dict[str, Any]]] = {
    "namespaces": [thing("Namespace", "ci")],
    "nodes": [thing("Node", "n2")],
    "serviceaccounts": [thing("ServiceAccount", "deployer", "ci"), thing("ServiceAccount", "default", "ci")],
    "roles": [thing("Role", "all", "ci", api=RBAC, rules=_rule("*"))],
    "clusterroles": [thing("ClusterRole", "reader", api=RBAC, rules=_rule("get", "list", resources="secrets"))],
    "clusterrolebindings": [
        _bound("ClusterRoleBinding", "deployer", "chief", DEPLOYER),
        _bound("ClusterRoleBinding", "everyone", "reader", {"kind": "Group", "name": "system:authenticated"}),
        _bound("ClusterRoleBinding", "anyone", "reader", {"kind": "User", "name": "system:anonymous"}),
    ],
    "rolebindings": [_bound("RoleBinding", "gone", "chief", {**DEPLOYER, "name": "nobody"}, "ci")],
    "pods": [thing("Pod", "bare", "ci", spec=POD, status={"phase": "Running"})],
    "secrets": [SECRET],
}


def _imported(folder: Path, world: World, without: str = "") -> str:
    """Import a cluster that has this, where one kind was not asked for."""
    dump = folder / "lab"
    dump.mkdir(parents=True)
    for kind in KINDS:
        page = {"kind": "List", "apiVersion": "v1", "items": list(world.get(kind, ()))}
        if kind != without:
            (dump / f"{kind}.json").write_text(json.dumps(page), encoding="utf-8")
    about = {"gitVersion": "v1.33.0", "major": "1", "minor": "33"}
    (dump / "version.json").write_text(json.dumps({"serverVersion": about}), encoding="utf-8")
    snapshot = str(folder / "snapshot")
    import_native("kubernetes", [("", dump)], snapshot, captured_at=NOW, warn=lambda _: None)
    return snapshot


def _states(before: str, after: str) -> tuple[list[Finding], dict[str, list[str]]]:
    """Findings of the first snapshot that are missing in the second: what became of each, and why."""
    earlier = assess_snapshot(before, Settings(), now=NOW).findings
    later = assess_snapshot(after, Settings(), baseline=before, now=NOW).findings
    found: dict[str, list[str]] = {}
    for one in later:
        if one.state in (FindingState.RESOLVED, FindingState.UNVERIFIED):
            found.setdefault(one.state.value, []).append(f"{one.rule_id} {one.subject_id}: {one.note}")
    return [one for one in earlier if one.state is not FindingState.WAIVED], found


def _cluster_before(folder: Path) -> str:
    return _imported(folder, {kind: [*STAYS.get(kind, ()), *GOES.get(kind, ())] for kind in KINDS})


def test_what_was_deleted_in_a_cluster_is_resolved(tmp_path: Path) -> None:
    earlier, found = _states(_cluster_before(tmp_path / "a"), _imported(tmp_path / "b", STAYS))

    assert {one.subject_kind for one in earlier} >= {"identity", "credential", "workload", "scope"}
    assert len({one.rule_id for one in earlier}) > 5
    assert found.get("unverified", []) == []
    assert len(found["resolved"]) >= len([one for one in earlier if "/ci" in one.subject_id])


@pytest.mark.parametrize(
    ("without", "subject"),
    [
        ("serviceaccounts", "/serviceaccounts/deployer"),
        ("pods", "/pods/bare"),
        ("namespaces", "/namespaces/ci"),
        ("secrets", "/secrets/deployer-token"),
        ("clusterrolebindings", "/serviceaccounts/deployer"),
    ],
)
def test_what_may_only_not_have_been_listed_is_not_resolved(tmp_path: Path, without: str, subject: str) -> None:
    earlier, found = _states(_cluster_before(tmp_path / "a"), _imported(tmp_path / "b", STAYS, without))

    of_it = [one for one in earlier if one.subject_id.endswith(subject)]
    assert of_it
    assert not [one for one in found.get("resolved", ()) if f"{subject}:" in one]
    assert [one for one in found["unverified"] if f"k8s-{without}` of k8s:lab was not collected completely" in one]


# -- GitHub -----------------------------------------------------------------------------------------------------------

PWNED = """
on: {pull_request_target: {}}
permissions: write-all
jobs:
  test:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: echo "${{ github.event.pull_request.title }}"
        env: {AWS_SECRET_ACCESS_KEY: "${{ secrets.AWS_SECRET_ACCESS_KEY }}"}
"""


def _organization() -> Estate:
    whole = small()
    shop, site, *others = whole.repositories
    shop = replace(shop, secrets=[{"name": "AWS_SECRET_ACCESS_KEY", "created": 900, "updated": 900}])
    site = replace(site, files={".github/workflows/test.yml": PWNED})
    return replace(whole, repositories=[shop, site, *others])


def _after() -> Estate:
    """Return the organization when nearly everything in it is deleted."""
    return replace(
        small(),
        secrets=[],
        dependabot_secrets=[],
        installations=[OWN],
        grants=[],
        runner_groups=[],
        runners=[],
        webhooks=[],
        repositories=[Repository(name="kept", id=9)],
    )


def _organization_states(
    collecting: Collect, after: Estate, conduct: Conduct | None = None
) -> tuple[list[Finding], dict[str, list[str]]]:
    collecting(_organization())
    before = str(collecting.folder / f"snapshot-{collecting.number}")
    with serve(after, NOW, conduct) as served:
        collecting.from_server(served)
    return _states(before, str(collecting.folder / f"snapshot-{collecting.number}"))


@pytest.fixture
def collecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collect:
    return Collect(folder=tmp_path, monkeypatch=monkeypatch)


def test_what_was_deleted_in_an_organization_is_resolved(collecting: Collect) -> None:
    earlier, found = _organization_states(collecting, _after())

    assert {one.subject_kind for one in earlier} >= {"identity", "credential", "resource", "scope"}
    assert found.get("unverified", []) == []
    assert len(found["resolved"]) > 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/orgs/Northwind/repos", "github-repositories"),
        ("/orgs/Northwind/personal-access-tokens", "github-token-grants"),
    ],
)
def test_what_could_not_be_listed_of_an_organization_is_not_resolved(collecting: Collect, path: str, kind: str) -> None:
    denied = Conduct(faults=(Fault(path=path, kind="403", times=FOREVER),))
    _, found = _organization_states(collecting, _after(), denied)

    of_tokens = kind == "github-token-grants"
    resolved = ["/personal-access-tokens/" in one for one in found["resolved"]]
    unverified = ["/personal-access-tokens/" in one for one in found["unverified"]]
    assert resolved
    assert set(unverified) == {of_tokens}
    assert set(resolved) == {not of_tokens}
    assert all(f"`{kind}` of github.com/northwind was not collected completely" in one for one in found["unverified"])
