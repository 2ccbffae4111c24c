"""Clusters, namespaces, service accounts, secrets, nodes, use: from objects as the API server gives them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import USE_UNKNOWN, LastUsed, Nature
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

Read = Callable[..., Records]
SHOP = "k8s:prod/namespaces/shop"


def meta(name: str, ns: str = "shop", **more: Any) -> dict[str, Any]:
    return {"name": name, **({"namespace": ns} if ns else {}), **more}


def account(name: str, ns: str = "shop", **more: Any) -> dict[str, Any]:
    return {"metadata": meta(name, ns, uid=f"uid-{name}"), **more}


def identity(records: Records, id_: str) -> Any:
    return next(one for one in records.identities if one.id == id_)


def test_a_cluster_is_known_by_its_system_namespace_issuer_and_version(read: Read) -> None:
    records = read(
        {
            kinds.NAMESPACES: [
                {"metadata": meta("kube-system", "", uid="5f0c")},
                {
                    "metadata": meta(
                        "shop", "", labels={"team": "carts", "pod-security.kubernetes.io/enforce": "restricted"}
                    )
                },
            ],
            kinds.OPENID_CONFIGURATION: [{"issuer": "https://oidc.example.com/id/1", "jwks_uri": "x"}],
            kinds.VERSION: [{"gitVersion": "v1.29.1", "server": "https://10.0.0.1:6443"}],
        }
    )
    cluster, system, shop = records.scopes
    assert (cluster.id, cluster.kind, cluster.name, cluster.parent_id) == ("k8s:prod", "cluster", "prod", "")
    assert dict(cluster.attributes) == {
        "uid": "5f0c",
        "oidc_issuer": "https://oidc.example.com/id/1",
        "server": "https://10.0.0.1:6443",
        "version": "v1.29.1",
    }
    assert (system.id, dict(system.attributes)) == ("k8s:prod/namespaces/kube-system", {"pod_security": "none"})
    assert (shop.id, shop.parent_id, dict(shop.attributes)) == (SHOP, "k8s:prod", {"pod_security": "restricted"})
    assert ("team", "carts") in shop.tags


def test_nothing_is_said_of_what_nobody_could_look_at(read: Read) -> None:
    records = read({kinds.SERVICE_ACCOUNTS: [account("cart")]})
    assert [(one.id, one.attributes) for one in records.scopes] == [("k8s:prod", ()), (SHOP, ())]


def test_a_service_account(read: Read) -> None:
    one = account(
        "cart",
        automountServiceAccountToken=False,
        imagePullSecrets=[{"name": "b"}, {"name": "a"}],
    )
    one["metadata"] |= {
        "creationTimestamp": "2025-03-01T10:00:00Z",
        "labels": {"app": "cart"},
        "annotations": {
            "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/cart",
            "iam.gke.io/gcp-service-account": "cart@shop.iam.gserviceaccount.com",
            "azure.workload.identity/client-id": "c1",
            "azure.workload.identity/tenant-id": "t1",
            "example.com/owner": "ann@example.com",
        },
    }
    found = identity(read({kinds.SERVICE_ACCOUNTS: [one]}), f"{SHOP}/serviceaccounts/cart")
    assert (found.kind, found.nature, found.scope_id, found.unique_id) == (
        "service_account",
        Nature.NON_HUMAN,
        SHOP,
        "uid-cart",
    )
    assert found.created_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert found.tags == (("app", "cart"),)
    assert (found.owner.name, found.owner.source) == ("ann@example.com", "tag:example.com/owner")
    assert dict(found.attributes) == {
        "automount": "false",
        "aws_role_arn": "arn:aws:iam::111122223333:role/cart",
        "azure_client_id": "c1",
        "azure_tenant_id": "t1",
        "gcp_service_account": "cart@shop.iam.gserviceaccount.com",
        "image_pull_secrets": "a b",
    }


def test_an_account_that_does_not_say_mounts_its_token(read: Read) -> None:
    found = identity(read({kinds.SERVICE_ACCOUNTS: [account("default")]}), f"{SHOP}/serviceaccounts/default")
    assert dict(found.attributes) == {"automount": "true", "default": "true"}


@pytest.mark.parametrize(
    ("name", "ns", "labels", "own"),
    [
        ("job-controller", "kube-system", {}, True),
        ("job-controller", "shop", {}, False),
        ("tagging-controller", "kube-system", {}, True),
        ("coredns", "kube-system", {"eks.amazonaws.com/component": "coredns"}, True),
        ("coredns", "shop", {"eks.amazonaws.com/component": "coredns"}, False),
        ("tiller", "kube-system", {}, False),
        ("dns", "kube-system", {"addonmanager.kubernetes.io/mode": "Reconcile"}, True),
        ("dns", "kube-system", {"addonmanager.kubernetes.io/mode": "EnsureExists"}, False),
        ("dns", "shop", {"addonmanager.kubernetes.io/mode": "Reconcile"}, False),
    ],
)
def test_what_the_control_plane_owns(read: Read, name: str, ns: str, labels: dict[str, str], own: bool) -> None:
    one = {"metadata": meta(name, ns, labels=labels)}
    (found,) = read({kinds.SERVICE_ACCOUNTS: [one]}).identities
    assert found.managed_by_provider is own


@pytest.mark.parametrize(
    ("labels", "annotations", "owner"),
    [
        ({"owner": "ann"}, {"team": "x"}, ("ann", "tag:owner")),
        ({"app.kubernetes.io/managed-by": "Helm"}, {"example.com/team": "x"}, ("x", "tag:example.com/team")),
        ({"a.example/owner": "low", "owner": "high"}, {}, ("high", "tag:owner")),
        ({}, {}, ("carts", "scope:team")),
    ],
)
def test_owners(read: Read, labels: dict[str, str], annotations: dict[str, str], owner: tuple[str, str]) -> None:
    records = read(
        {
            kinds.NAMESPACES: [{"metadata": meta("shop", "", labels={"team": "carts"})}],
            kinds.SERVICE_ACCOUNTS: [{"metadata": meta("cart", labels=labels, annotations=annotations)}],
        }
    )
    (found,) = records.identities
    assert found.owner is not None
    assert (found.owner.name, found.owner.source) == owner


def test_token_secrets_are_credentials_of_their_accounts(read: Read) -> None:
    token = {
        "type": "kubernetes.io/service-account-token",
        "metadata": meta(
            "cart-token",
            creationTimestamp="2021-01-01T00:00:00Z",
            annotations={"kubernetes.io/service-account.name": "cart"},
            labels={
                "kubernetes.io/legacy-token-last-used": "2026-05-01",
                "kubernetes.io/legacy-token-invalid-since": "2026-05-20",
            },
        ),
    }
    plain = {"type": "Opaque", "metadata": meta("db")}
    unused = {"type": token["type"], "metadata": meta("x", annotations={"kubernetes.io/service-account.name": "cart"})}
    records = read({kinds.SERVICE_ACCOUNTS: [account("cart")], kinds.SECRETS: [token, plain, unused]})
    assert [(one.name, dict(one.attributes)["type"], one.sensitivity) for one in records.resources] == [
        ("cart-token", "kubernetes.io/service-account-token", "secret"),
        ("db", "Opaque", "secret"),
        ("x", "kubernetes.io/service-account-token", "secret"),
    ]
    used, other = records.credentials
    assert used.id == f"{SHOP}/secrets/cart-token"
    assert (used.identity_id, used.kind) == (f"{SHOP}/serviceaccounts/cart", "service_account_token")
    assert used.last_used == LastUsed.on(datetime(2026, 5, 1, tzinfo=UTC))
    assert (used.status, used.attributes) == ("inactive", (("invalid_since", "2026-05-20"),))
    assert used.created_at == datetime(2021, 1, 1, tzinfo=UTC)
    assert (other.status, other.last_used) == ("active", USE_UNKNOWN)


def test_nodes_are_identities_and_resources(read: Read) -> None:
    records = read(
        {kinds.NODES: [{"metadata": meta("n1", "", uid="u"), "spec": {"providerID": "aws:///eu-west-1a/i-0123"}}]}
    )
    (one,), (resource,) = records.identities, records.resources
    assert (one.id, one.kind, one.name) == ("k8s:prod/users/system:node:n1", "node", "system:node:n1")
    assert one.attributes == resource.attributes == (("provider_id", "aws:///eu-west-1a/i-0123"),)
    assert (resource.id, resource.kind) == ("k8s:prod/nodes/n1", "kubernetes_node")


def test_use_of_the_audit_log(read: Read) -> None:
    def used(user: str, verb: str, last: str, **more: Any) -> dict[str, Any]:
        return {"user": user, "verb": verb, "last": last, "since": "2026-05-01T00:00:00+00:00", **more}

    cart = "system:serviceaccount:shop:cart"
    records = read(
        {
            kinds.SERVICE_ACCOUNTS: [account("cart"), account("idle")],
            kinds.NODES: [{"metadata": meta("n1", "")}],
            kinds.CLUSTER_ROLE_BINDINGS: [
                {
                    "metadata": meta("b", ""),
                    "roleRef": {"kind": "ClusterRole", "name": "x"},
                    "subjects": [{"kind": "User", "name": "ann"}],
                }
            ],
            kinds.AUDIT_USERS: [
                used(cart, "get", "2026-05-03T00:00:00+00:00", resource="secrets", namespace="shop"),
                used(cart, "get", "2026-05-02T00:00:00+00:00", resource="secrets", namespace="other"),
                used(cart, "list", "2026-05-05T00:00:00+00:00", resource="nodes", allowed=False),
                used(cart, "get", "2026-05-01T00:00:00+00:00", url="/metrics"),
                used("ann", "get", "2026-05-06T00:00:00+00:00", resource="pods"),
                used("system:node:n1", "get", "2026-05-07T00:00:00+00:00", resource="pods"),
                used("system:serviceaccount:shop:idle", "get", "2026-05-01", resource="pods", authenticated=False),
            ],
        }
    )
    assert identity(records, f"{SHOP}/serviceaccounts/cart").last_authenticated == LastUsed.on(
        datetime(2026, 5, 5, tzinfo=UTC)
    )
    assert identity(records, f"{SHOP}/serviceaccounts/idle").last_authenticated == USE_UNKNOWN
    assert identity(records, "k8s:prod/users/ann").last_authenticated.at == datetime(2026, 5, 6, tzinfo=UTC)
    assert identity(records, "k8s:prod/users/system:node:n1").last_authenticated.at == datetime(2026, 5, 7, tzinfo=UTC)
    found = {(one.identity_id.rpartition("/")[2], one.service, one.action): one.last_used.at for one in records.usage}
    assert found == {
        ("cart", "core", "get secrets"): datetime(2026, 5, 3, tzinfo=UTC),
        ("cart", "url", "get /metrics"): datetime(2026, 5, 1, tzinfo=UTC),
        ("ann", "core", "get pods"): datetime(2026, 5, 6, tzinfo=UTC),
        ("system:node:n1", "core", "get pods"): datetime(2026, 5, 7, tzinfo=UTC),
        ("idle", "core", "get pods"): datetime(2026, 5, 1, tzinfo=UTC),
    }


def test_what_lies_in_no_namespace(read: Read) -> None:
    client = {"service": {"namespace": "infra", "name": "gate"}}
    records = read(
        {
            kinds.VALIDATING_WEBHOOKS: [
                {
                    "metadata": meta("gate", ""),
                    "webhooks": [
                        {"clientConfig": client, "failurePolicy": "Ignore", "rules": [{"resources": ["pods", "*/x"]}]},
                        {"clientConfig": {"url": "https://hooks.example.com/v1"}, "failurePolicy": "Fail"},
                    ],
                }
            ],
            kinds.CSRS: [
                {
                    "metadata": meta("csr-1", ""),
                    "spec": {"signerName": "kubernetes.io/kubelet-serving", "username": "ann", "usages": ["key enc"]},
                    "status": {"conditions": [{"type": "Approved"}]},
                },
                {"metadata": meta("csr-2", ""), "spec": {}},
            ],
            kinds.PERSISTENT_VOLUMES: [
                {
                    "metadata": meta("pv", ""),
                    "spec": {"hostPath": {"path": "/"}, "claimRef": {"namespace": "shop", "name": "data"}},
                }
            ],
        }
    )
    found = {one.id.removeprefix("k8s:prod/"): (one.kind, dict(one.attributes)) for one in records.resources}
    assert found == {
        "validatingwebhookconfigurations/gate": (
            "admission_webhook",
            {
                "type": "validating",
                "webhooks": "2",
                "services": "infra/gate",
                "hosts": "hooks.example.com",
                "failure_policy": "Fail Ignore",
                "resources": "*/x pods",
            },
        ),
        "certificatesigningrequests/csr-1": (
            "certificate_signing_request",
            {
                "signer": "kubernetes.io/kubelet-serving",
                "username": "ann",
                "usages": "key enc",
                "state": "approved",
            },
        ),
        "certificatesigningrequests/csr-2": ("certificate_signing_request", {"state": "pending"}),
        "persistentvolumes/pv": ("persistent_volume", {"host_path": "/", "claim": "shop/data"}),
    }


def test_a_record_of_an_odd_shape_is_told_and_the_rest_is_read(read: Read) -> None:
    records = read({kinds.SERVICE_ACCOUNTS: [account("cart"), {"metadata": meta("x", labels=5)}, {"metadata": {}}]})
    assert [one.name for one in records.identities] == ["cart"]
    (row,) = [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]
    assert row.record_kind == kinds.SERVICE_ACCOUNTS
    assert "objects without a name or a namespace: 1" in row.detail


def test_two_clusters_do_not_mix(snapshot: Callable[..., Any]) -> None:
    one = {kinds.SERVICE_ACCOUNTS: [account("cart")]}
    records = normalise(snapshot({"k8s:a": one, "k8s:arn:aws:eks:eu-west-1:1:cluster%2Fb": one}))
    assert sorted(one.id for one in records.identities) == [
        "k8s:a/namespaces/shop/serviceaccounts/cart",
        "k8s:arn:aws:eks:eu-west-1:1:cluster%2Fb/namespaces/shop/serviceaccounts/cart",
    ]
    assert "arn:aws:eks:eu-west-1:1:cluster/b" in {one.name for one in records.scopes}


def test_a_collection_of_some_namespaces_knows_those(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(tmp_path / "some", datetime(2026, 6, 1, tzinfo=UTC), "test")
    pods = [{"metadata": meta("a", ns), "spec": {"serviceAccountName": "gone"}} for ns in ("shop", "other")]
    writer.write("kubernetes", "prod", kinds.PODS, [("", {}, one) for one in pods])
    for kind in (kinds.PODS, kinds.SERVICE_ACCOUNTS):
        row = Coverage(provider="kubernetes", scope_id=SHOP, record_kind=kind, status=CoverageStatus.COMPLETE)
        writer.cover(row)
    records = normalise(writer.finish())
    assert [(one.id, one.collected) for one in records.scopes] == [
        ("k8s:prod", False),
        ("k8s:prod/namespaces/other", False),
        (SHOP, True),
    ]
    # That there is no such account is known of one namespace only.
    assert [one.id for one in records.identities] == ["k8s:prod/namespaces/other/serviceaccounts/gone"]
