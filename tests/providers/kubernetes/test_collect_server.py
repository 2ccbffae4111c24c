"""A real API server is collected: what is there is kept, what may be a secret is not, and what it lacks is no gap."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model.errors import NothingReadError
from nhi_scan.providers.kubernetes import kinds

Collect = Callable[..., Any]

NS = "nhi-collect"
CANARY = "CANARY-5up3r"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
POD = {
    "serviceAccountName": "app",
    "hostPID": True,
    "imagePullSecrets": [{"name": "pull"}],
    "volumes": [
        {"name": "root", "hostPath": {"path": "/"}},
        {
            "name": "token",
            "projected": {"sources": [{"serviceAccountToken": {"audience": "sts.amazonaws.com", "path": "token"}}]},
        },
    ],
    "containers": [
        {
            "name": "main",
            "image": "registry.example/app:1",
            "command": ["run", f"--password={CANARY}"],
            "args": [CANARY],
            "env": [
                {"name": "AWS_SECRET_ACCESS_KEY", "value": CANARY},
                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "pull", "key": "k"}}},
            ],
            "envFrom": [{"secretRef": {"name": "pull"}}],
            "securityContext": {"allowPrivilegeEscalation": True, "capabilities": {"add": ["SYS_ADMIN"]}},
            "livenessProbe": {"exec": {"command": ["curl", CANARY]}},
        }
    ],
}
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": POD}
SELECTED = {"selector": {"matchLabels": {"app": "a"}}, "template": TEMPLATE}


def _named(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": {APPLIED: CANARY}, **more}}


# Namespaced collections and what is created in each.
THINGS: dict[str, list[dict[str, Any]]] = {
    f"/api/v1/namespaces/{NS}/serviceaccounts": [
        {
            "metadata": {"name": "app", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/r"}},
            "automountServiceAccountToken": False,
            "imagePullSecrets": [{"name": "pull"}],
        },
        *(_named(f"more-{number}") for number in range(7)),
    ],
    f"/api/v1/namespaces/{NS}/secrets": [
        {
            "metadata": {
                "name": "app-token",
                "annotations": {"kubernetes.io/service-account.name": "app", APPLIED: CANARY},
                "labels": {"kubernetes.io/legacy-token-last-used": "2025-01-01"},
            },
            "type": "kubernetes.io/service-account-token",
            "data": {"token": base64.b64encode(CANARY.encode()).decode()},
        },
        {**_named("pull"), "type": "Opaque", "stringData": {"k": CANARY}},
    ],
    f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NS}/roles": [
        {**_named("reader"), "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    ],
    f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NS}/rolebindings": [
        {
            **_named("reader"),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "app", "namespace": NS}],
        }
    ],
    f"/api/v1/namespaces/{NS}/pods": [{**_named("bare"), "spec": POD}],
    f"/apis/apps/v1/namespaces/{NS}/deployments": [{**_named("web"), "spec": SELECTED}],
    f"/apis/apps/v1/namespaces/{NS}/daemonsets": [{**_named("agent"), "spec": SELECTED}],
    f"/apis/apps/v1/namespaces/{NS}/statefulsets": [{**_named("db"), "spec": {**SELECTED, "serviceName": "db"}}],
    f"/apis/apps/v1/namespaces/{NS}/replicasets": [
        {**_named("alone"), "spec": SELECTED},
        {
            **_named("owned", ownerReferences=[
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u", "controller": True}
            ]),
            "spec": SELECTED,
        },
    ],
    f"/apis/batch/v1/namespaces/{NS}/jobs": [
        {**_named("once"), "spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}}
    ],
    f"/apis/batch/v1beta1/namespaces/{NS}/cronjobs": [
        {
            **_named("nightly"),
            "spec": {
                "schedule": "0 3 * * *",
                "jobTemplate": {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}},
            },
        }
    ],
    "/api/v1/namespaces/kube-system/configmaps": [
        {**_named("aws-auth"), "data": {"mapRoles": "- rolearn: arn:aws:iam::1:role/r", "other": CANARY}}
    ],
    "/api/v1/nodes": [{**_named("nhi-node"), "spec": {"providerID": "aws:///eu-west-1a/i-1"}}],
    "/api/v1/persistentvolumes": [
        {
            **_named("nhi-volume"),
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/etc"}},
        }
    ],
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": [
        {
            **_named("nhi-hook"),
            "webhooks": [
                {
                    "name": "hook.example.com",
                    "clientConfig": {"url": "https://hook.example.com/path"},
                    "rules": [
                        {"apiGroups": ["x.io"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["x"]}
                    ],
                    "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                    "failurePolicy": "Ignore",
                }
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(api_server: Any) -> Iterator[Any]:
    api_server.create("/api/v1/namespaces", {"metadata": {"name": NS, "labels": {"team": "payments"}}})
    for path, things in THINGS.items():
        for thing in things:
            api_server.create(path, thing)
    yield api_server
    for path, things in THINGS.items():
        for thing in things:
            api_server.delete(f"{path}/{thing['metadata']['name']}?gracePeriodSeconds=0&propagationPolicy=Background")
    api_server.delete(f"/api/v1/namespaces/{NS}")


def test_everything_that_is_there_is_kept_and_no_secret_of_it(seeded: Any, collect: Collect) -> None:
    found = collect(kubeconfig=str(seeded.kubeconfig), page_size=3)

    statuses = found.statuses()
    assert {kind: status for kind, status in statuses.items() if status != "complete"} == {}
    assert set(statuses) == {*kinds.PLURALS, kinds.OPENID_CONFIGURATION, kinds.VERSION, kinds.API_RESOURCES}
    names = {
        kind: sorted(one["metadata"]["name"] for one in found.records(kind, NS))
        for kind in kinds.PLURALS
        if found.records(kind, NS)
    }
    assert names == {
        kinds.SERVICE_ACCOUNTS: ["app", *(f"more-{number}" for number in range(7))],
        kinds.SECRETS: ["app-token"],
        kinds.ROLES: ["reader"],
        kinds.ROLE_BINDINGS: ["reader"],
        kinds.PODS: ["bare"],
        kinds.DEPLOYMENTS: ["web"],
        kinds.DAEMON_SETS: ["agent"],
        kinds.STATEFUL_SETS: ["db"],
        kinds.REPLICA_SETS: ["alone", "owned"],
        kinds.JOBS: ["once"],
        kinds.CRON_JOBS: ["nightly"],
    }
    written = found.bytes()
    assert CANARY not in written
    assert base64.b64encode(CANARY.encode()).decode() not in written
    assert "managedFields" not in written
    assert "last-applied" not in written
    assert seeded.token not in written


def test_a_pod_says_who_it_runs_as_and_what_it_could_reach(seeded: Any, collect: Collect) -> None:
    found = collect(kubeconfig=str(seeded.kubeconfig))

    (pod,) = found.records(kinds.PODS, NS)
    (container,) = pod["spec"]["containers"]
    assert (pod["apiVersion"], pod["kind"], pod["spec"]["serviceAccountName"]) == ("v1", "Pod", "app")
    assert pod["spec"]["hostPID"] is True
    assert {"name": "root", "hostPath": {"path": "/", "type": ""}} in pod["spec"]["volumes"]
    sources = [one["projected"]["sources"] for one in pod["spec"]["volumes"] if one["name"] == "token"]
    assert sources[0][0]["serviceAccountToken"]["audience"] == "sts.amazonaws.com"
    assert container["env"] == [
        {"name": "AWS_SECRET_ACCESS_KEY"},
        {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "pull", "key": "k"}}},
    ]
    assert container["envFrom"] == [{"secretRef": {"name": "pull"}}]
    assert container["securityContext"] == {"allowPrivilegeEscalation": True, "capabilities": {"add": ["SYS_ADMIN"]}}
    assert set(container) & {"command", "args", "livenessProbe"} == set()


def test_other_kinds_keep_what_is_asked_of_them(seeded: Any, collect: Collect) -> None:
    found = collect(kubeconfig=str(seeded.kubeconfig))

    by_name = {one["metadata"]["name"]: one for one in found.records(kinds.REPLICA_SETS, NS)}
    assert "spec" in by_name["alone"]
    assert "spec" not in by_name["owned"]  # its deployment has the same
    assert by_name["owned"]["metadata"]["ownerReferences"][0]["kind"] == "Deployment"
    (cron,) = found.records(kinds.CRON_JOBS, NS)
    assert cron["apiVersion"] == "batch/v1beta1"  # a server of 1.20 has no other
    assert cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["serviceAccountName"] == "app"
    (secret,) = found.records(kinds.SECRETS, NS)
    assert set(secret) == {"apiVersion", "kind", "type", "metadata"}
    assert (secret["kind"], secret["type"]) == ("Secret", "kubernetes.io/service-account-token")
    assert secret["metadata"]["annotations"]["kubernetes.io/service-account.name"] == "app"
    accounts = {one["metadata"]["name"]: one for one in found.records(kinds.SERVICE_ACCOUNTS, NS)}
    assert accounts["app"]["automountServiceAccountToken"] is False
    assert accounts["app"]["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/r"}
    (mapped,) = found.records(kinds.AWS_AUTH)
    assert mapped["data"] == {"mapRoles": "- rolearn: arn:aws:iam::1:role/r"}
    (hook,) = [one for one in found.records(kinds.MUTATING_WEBHOOKS) if one["metadata"]["name"] == "nhi-hook"]
    assert hook["webhooks"][0]["clientConfig"] == {"url": "https://hook.example.com"}
    (version,) = found.records(kinds.VERSION)
    assert version["server"] == seeded.url
    assert found.records(kinds.OPENID_CONFIGURATION)[0]["issuer"]
    groups = {(one["group"], one["version"]) for one in found.records(kinds.API_RESOURCES)}
    assert {("", "v1"), ("apps", "v1"), ("batch", "v1"), ("batch", "v1beta1")} <= groups


def test_two_contexts_of_one_cluster_are_collected_once(seeded: Any, collect: Collect) -> None:
    if not seeded.own:
        pytest.skip("only the server that is started here has a second user")
    found = collect(kubeconfig=str(seeded.kubeconfig), contexts=["admin", "alice"])

    assert {row.scope_id for row in found.snapshot.manifest.coverage} == {"k8s:admin"}
    row = found.rows("k8s:admin")[kinds.CONTEXTS]
    assert (row.status.value, row.detail) == ("skipped", "context `alice` is the same cluster")


def test_who_may_nothing_learns_that_everything_is_denied(seeded: Any, collect: Collect) -> None:
    if not seeded.own:
        pytest.skip("only the server that is started here has a second user")
    with pytest.raises(NothingReadError) as refused:
        collect(kubeconfig=str(seeded.kubeconfig), contexts=["alice"])

    assert str(refused.value).startswith("nothing of context `alice` of `")
    assert 'User "alice" cannot list resource "namespaces"' in str(refused.value)
    assert str(refused.value).endswith("`nhi-scan permissions kubernetes` prints the role that is needed")


def test_who_acts_as_somebody_else_sees_what_they_may(seeded: Any, collect: Collect, tmp_path: Path) -> None:
    config = yaml.safe_load(seeded.kubeconfig.read_text(encoding="utf-8"))
    for one in config["users"]:
        one["user"]["as"] = "nhi-nobody"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config), encoding="utf-8")

    with pytest.raises(NothingReadError, match='User "nhi-nobody" cannot list'):
        collect(kubeconfig=str(tmp_path / "kubeconfig"))


@pytest.mark.parametrize("namespaces", [["no-such"], [NS, "no-such"]])
def test_a_namespace_that_is_not_there(seeded: Any, collect: Collect, namespaces: list[str]) -> None:
    with pytest.raises(NothingReadError, match="`--namespace`: there is no namespace `no-such`: context"):
        collect(kubeconfig=str(seeded.kubeconfig), namespaces=namespaces)


def test_only_the_namespaces_that_were_named(seeded: Any, collect: Collect) -> None:
    found = collect(kubeconfig=str(seeded.kubeconfig), namespaces=[NS, "default"])

    scopes = {row.scope_id for row in found.snapshot.manifest.coverage}
    cluster = min(scopes, key=len)
    assert scopes == {cluster, f"{cluster}/namespaces/{NS}", f"{cluster}/namespaces/default"}
    assert {one["metadata"]["namespace"] for one in found.records(kinds.SERVICE_ACCOUNTS)} <= {NS, "default"}
    row = found.rows(cluster)[kinds.SERVICE_ACCOUNTS]
    assert (row.status.value, row.detail, row.records) == ("skipped", "only some namespaces were asked for", 8)
    assert found.rows(f"{cluster}/namespaces/{NS}")[kinds.SERVICE_ACCOUNTS].records == 8
    assert found.statuses(cluster)[kinds.CLUSTER_ROLES] == "complete"
