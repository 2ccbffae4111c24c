"""A large cluster as a snapshot of raw records: what a collector is told by its API server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan.model import kube_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.snapshot.store import SnapshotWriter

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CREATED = "2025-03-01T00:00:00Z"
CLUSTER = kube_ids.cluster("perf")
RBAC = "rbac.authorization.k8s.io"
ACCOUNTS = 10  # of each namespace
PODS = 5  # of each account
Row = tuple[str, dict[str, Any], dict[str, Any]]

_READING = ["get", "list", "watch"]
_SHARED: dict[str, list[dict[str, Any]]] = {
    "cluster-admin": [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["*"], "nonResourceURLs": ["*"]},
    ],
    "view": [{"verbs": _READING, "apiGroups": ["", "apps", "batch"], "resources": ["pods", "services", "jobs"]}],
    "edit": [
        {"verbs": ["*"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments", "secrets", "configmaps"]},
        {"verbs": ["create"], "apiGroups": [""], "resources": ["pods/exec", "serviceaccounts/token"]},
    ],
    "discovery": [{"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/healthz", "/version"]}],
    "leases": [{"verbs": ["*"], "apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}],
}


class Estate:
    """Writes a cluster of some number of service accounts, the same for the same size."""

    def __init__(self, accounts: int) -> None:
        """Count: a tenth as many namespaces, five times as many pods."""
        self._spaces = max(1, accounts // ACCOUNTS)
        self._nodes = max(3, accounts // 50)

    def write(self, folder: Path) -> None:
        """Write the snapshot."""
        writer = SnapshotWriter.create(folder, NOW, "perf", overwrite=True)
        for kind, rows in self._kinds():
            count = writer.write("kubernetes", kinds.scope_dir(CLUSTER), kind, rows)
            writer.cover(
                Coverage(
                    provider="kubernetes",
                    scope_id=CLUSTER,
                    record_kind=kind,
                    status=CoverageStatus.COMPLETE,
                    records=count,
                )
            )
        writer.finish()

    def _kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        yield kinds.NAMESPACES, (_row("v1", "Namespace", _space(number)) for number in range(self._spaces))
        yield kinds.SERVICE_ACCOUNTS, self._accounts()
        yield kinds.SECRETS, self._secrets()
        yield kinds.ROLES, self._roles()
        yield kinds.CLUSTER_ROLES, self._cluster_roles()
        yield kinds.ROLE_BINDINGS, self._role_bindings()
        yield kinds.CLUSTER_ROLE_BINDINGS, self._cluster_role_bindings()
        yield kinds.DEPLOYMENTS, self._made("apps/v1", "Deployment")
        yield kinds.REPLICA_SETS, self._made("apps/v1", "ReplicaSet")
        yield kinds.PODS, self._pods()
        yield kinds.NODES, (_row("v1", "Node", f"node-{number}") for number in range(self._nodes))
        yield kinds.API_RESOURCES, self._served()
        for kind in kinds.PLURALS:
            if kind in (kinds.STATEFUL_SETS, kinds.DAEMON_SETS, kinds.JOBS, kinds.CRON_JOBS, kinds.CSRS):
                yield kind, iter(())

    def _each(self) -> Iterator[tuple[int, str, int, str]]:
        for number in range(self._spaces):
            for account in range(ACCOUNTS):
                yield number, _space(number), account, f"app-{account}" if account else "default"

    def _served(self) -> Iterator[Row]:
        verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        for number in range(300):
            names = ("widgets", "gadgets", "clusters")
            resources = [{"name": name, "kind": "Any", "namespaced": True, "verbs": verbs} for name in names]
            yield "", {}, {"group": f"g{number}.example.com", "version": "v1", "resources": resources}

    def _accounts(self) -> Iterator[Row]:
        for _, space, _, name in self._each():
            yield _row("v1", "ServiceAccount", name, space)

    def _secrets(self) -> Iterator[Row]:
        kind = "kubernetes.io/service-account-token"
        for number in range(self._spaces):
            row = _row("v1", "Secret", "app-1-token", _space(number), type=kind)
            row[2]["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "app-1"}
            yield row

    def _roles(self) -> Iterator[Row]:
        for number in range(self._spaces):
            own = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [f"key-{number}"]}
            kind = {"verbs": ["get", "update"], "apiGroups": [f"g{number % 300}.example.com"], "resources": ["widgets"]}
            shared = {"verbs": ["get", "create"], "apiGroups": [""], "resources": ["configmaps", "events"]}
            yield _row(f"{RBAC}/v1", "Role", "own", _space(number), rules=[own, kind])
            yield _row(f"{RBAC}/v1", "Role", "shared", _space(number), rules=[shared])

    def _cluster_roles(self) -> Iterator[Row]:
        for name, rules in _SHARED.items():
            yield _row(f"{RBAC}/v1", "ClusterRole", name, rules=rules)
        for number in range(200):
            rule = {
                "verbs": _READING,
                "apiGroups": [f"g{number}.example.com"],
                "resources": ["widgets", "widgets/status"],
            }
            yield _row(f"{RBAC}/v1", "ClusterRole", f"operator-{number}", rules=[rule, *_SHARED["leases"]])

    def _role_bindings(self) -> Iterator[Row]:
        for number in range(self._spaces):
            space = _space(number)
            yield _bound(space, "own", "Role", "own", _account(space, f"app-{1 + number % 9}"))
            yield _bound(space, "shared", "Role", "shared", _group(f"system:serviceaccounts:{space}"))
            yield _bound(space, "deployer", "ClusterRole", "edit", _account(space, "app-2"))
            yield _bound(space, "watcher", "ClusterRole", "view", _account(_space(number - 1), "app-3"))
            yield _bound(space, "team", "ClusterRole", "edit", _group(f"team-{number % 50}"))
            yield _bound(space, "person", "ClusterRole", "view", _user(f"user-{number % 500}@example.com"))

    def _cluster_role_bindings(self) -> Iterator[Row]:
        yield _bound("", "masters", "ClusterRole", "cluster-admin", _group("system:masters"))
        yield _bound("", "discovery", "ClusterRole", "discovery", _group("system:authenticated"))
        yield _bound("", "admin", "ClusterRole", "cluster-admin", _account(_space(0), "app-4"))
        yield _bound("", "deployer", "ClusterRole", "edit", _account(_space(1), "app-5"))
        for number in range(min(200, self._spaces)):
            yield _bound("", f"op-{number}", "ClusterRole", f"operator-{number}", _account(_space(number), "app-6"))

    def _made(self, version: str, kind: str) -> Iterator[Row]:
        for _, space, account, name in self._each():
            spec = {"template": {"spec": _pod(name)}}
            own = f"web-{account}" if kind == "Deployment" else f"web-{account}-abc"
            row = _row(version, kind, own, space, spec=spec)
            if kind == "ReplicaSet":
                _own(row, "apps/v1", "Deployment", f"web-{account}")
            yield row

    def _pods(self) -> Iterator[Row]:
        for number, space, account, name in self._each():
            for pod in range(PODS):
                node = f"node-{(number * 7 + account + pod) % self._nodes}"
                row = _row("v1", "Pod", f"web-{account}-abc-{pod}", space, spec={**_pod(name), "nodeName": node})
                row[2]["status"] = {"phase": "Running"}
                yield _own(row, "apps/v1", "ReplicaSet", f"web-{account}-abc")


def _space(number: int) -> str:
    return f"team-{number % 50}-{max(number, 0):05d}"


def _row(version: str, kind: str, name: str, space: str = "", **more: Any) -> Row:
    metadata: dict[str, Any] = {"name": name, "uid": f"{kind}-{space}-{name}", "creationTimestamp": CREATED}
    if space:
        metadata["namespace"] = space
    return "", {}, {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def _own(row: Row, version: str, kind: str, name: str) -> Row:
    row[2]["metadata"]["ownerReferences"] = [
        {"apiVersion": version, "kind": kind, "name": name, "uid": name, "controller": True}
    ]
    return row


def _pod(account: str) -> dict[str, Any]:
    token = {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 3600, "path": "token"}}
    return {
        "serviceAccountName": account,
        "containers": [{"name": "web", "image": "registry.example.com/web:1", "env": [{"name": "LOG_LEVEL"}]}],
        "volumes": [{"name": "token", "projected": {"sources": [token]}}],
    }


def _bound(space: str, name: str, kind: str, role: str, subject: dict[str, str]) -> Row:
    made = "RoleBinding" if space else "ClusterRoleBinding"
    reference = {"apiGroup": RBAC, "kind": kind, "name": role}
    return _row(f"{RBAC}/v1", made, name, space, roleRef=reference, subjects=[subject])


def _account(space: str, name: str) -> dict[str, str]:
    return {"kind": "ServiceAccount", "namespace": space, "name": name}


def _group(name: str) -> dict[str, str]:
    return {"kind": "Group", "name": name, "apiGroup": RBAC}


def _user(name: str) -> dict[str, str]:
    return {"kind": "User", "name": name, "apiGroup": RBAC}
