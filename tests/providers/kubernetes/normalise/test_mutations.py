"""Objects that are odd anywhere: a record may be lost, and then coverage says so, but nothing stops."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import normalise
from tests.providers.oddities import ODD, changed
from tests.providers.snapshots import read_uncovered

SPEC = {
    "serviceAccountName": "cart",
    "automountServiceAccountToken": True,
    "hostPID": True,
    "nodeName": "n1",
    "imagePullSecrets": [{"name": "r"}],
    "containers": [
        {
            "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
            "envFrom": [{"secretRef": {"name": "s"}}],
            "securityContext": {"privileged": True, "capabilities": {"add": ["ALL"]}},
        }
    ],
    "volumes": [
        {"hostPath": {"path": "/"}},
        {"secret": {"secretName": "s"}},
        {"projected": {"sources": [{"serviceAccountToken": {"audience": "a", "expirationSeconds": 9}}]}},
    ],
}


def meta(name: str, *owners: tuple[str, str, str], ns: str = "shop", **more: Any) -> dict[str, Any]:
    made = [{"apiVersion": api, "kind": kind, "name": one, "controller": True} for api, kind, one in owners]
    said = {"uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"owner": "ann"}}
    return {"name": name, **({"namespace": ns} if ns else {}), "ownerReferences": made, **said, **more}


def made(name: str, *owners: tuple[str, str, str]) -> dict[str, Any]:
    return {"metadata": meta(name, *owners), "spec": {"replicas": 1, "template": {"spec": SPEC}}}


RULES = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}]
SUBJECTS = [{"kind": "ServiceAccount", "name": "cart"}, {"kind": "User", "name": "ann"}, {"kind": "Group", "name": "g"}]
HOOKS = [{"clientConfig": {"service": {"name": "s"}, "url": "https://x"}, "rules": [{"resources": ["pods"]}]}]

ESTATE: dict[str, list[Any]] = {
    kinds.NAMESPACES: [{"metadata": meta("shop", ns="")}],
    kinds.SERVICE_ACCOUNTS: [
        {
            "metadata": meta("cart", annotations={"eks.amazonaws.com/role-arn": "x"}),
            "automountServiceAccountToken": True,
            "imagePullSecrets": [{"name": "r"}],
        }
    ],
    kinds.SECRETS: [
        {
            "type": "kubernetes.io/service-account-token",
            "metadata": meta("t", annotations={"kubernetes.io/service-account.name": "cart"}),
        }
    ],
    kinds.ROLES: [{"metadata": meta("r"), "rules": RULES}],
    kinds.CLUSTER_ROLES: [
        {
            "metadata": meta("sum", ns=""),
            "aggregationRule": {
                "clusterRoleSelectors": [
                    {"matchLabels": {"a": "b"}},
                    {"matchExpressions": [{"key": "owner", "operator": "In", "values": ["ann"]}]},
                ]
            },
        },
        {"metadata": meta("c", ns=""), "rules": [*RULES, {"verbs": ["get"], "nonResourceURLs": ["/x"]}]},
    ],
    kinds.ROLE_BINDINGS: [
        {"metadata": meta("b"), "roleRef": {"kind": "Role", "name": "r", "apiGroup": "x"}, "subjects": SUBJECTS}
    ],
    kinds.CLUSTER_ROLE_BINDINGS: [
        {"metadata": meta("b", ns=""), "roleRef": {"kind": "ClusterRole", "name": "sum"}, "subjects": SUBJECTS}
    ],
    kinds.PODS: [
        {"metadata": meta("p", ("apps/v1", "ReplicaSet", "w-1")), "spec": SPEC, "status": {"phase": "Running"}},
        {"metadata": meta("q", annotations={"kubernetes.io/config.mirror": ""}), "spec": SPEC},
        {"metadata": meta("o", ("x.io/v1", "Rollout", "o")), "spec": SPEC},
    ],
    kinds.DEPLOYMENTS: [made("w")],
    kinds.REPLICA_SETS: [made("w-1", ("apps/v1", "Deployment", "w"))],
    kinds.STATEFUL_SETS: [made("s", ("x.io/v1", "Db", "s"))],
    kinds.DAEMON_SETS: [made("d")],
    kinds.JOBS: [made("j", ("batch/v1", "CronJob", "c"))],
    kinds.CRON_JOBS: [
        {
            "metadata": meta("c"),
            "spec": {"schedule": "@daily", "suspend": False, "jobTemplate": {"spec": {"template": {"spec": SPEC}}}},
        }
    ],
    kinds.REPLICATION_CONTROLLERS: [made("rc")],
    kinds.NODES: [{"metadata": meta("n1", ns=""), "spec": {"providerID": "aws:///z/i-1"}}],
    kinds.VALIDATING_WEBHOOKS: [{"metadata": meta("v", ns=""), "webhooks": HOOKS}],
    kinds.MUTATING_WEBHOOKS: [{"metadata": meta("m", ns=""), "webhooks": HOOKS}],
    kinds.CSRS: [
        {
            "metadata": meta("csr", ns=""),
            "spec": {"signerName": "s", "groups": ["g"], "usages": ["u"]},
            "status": {"conditions": [{"type": "Approved"}]},
        }
    ],
    kinds.PERSISTENT_VOLUMES: [
        {"metadata": meta("pv", ns=""), "spec": {"hostPath": {"path": "/"}, "claimRef": {"name": "c"}}}
    ],
    kinds.AWS_AUTH: [
        {
            "metadata": meta("aws-auth", ns="kube-system"),
            "data": {"mapRoles": "- {rolearn: r, username: u, groups: [g]}", "mapAccounts": "- 1"},
        }
    ],
    kinds.OPENID_CONFIGURATION: [{"issuer": "https://x"}],
    kinds.VERSION: [{"gitVersion": "v1.29.1", "server": "https://y"}],
    kinds.API_RESOURCES: [{"group": "x.io", "version": "v1", "resources": [{"name": "rollouts", "kind": "Rollout"}]}],
    kinds.AUDIT_USERS: [
        {"user": "system:serviceaccount:shop:cart", "verb": "get", "resource": "pods", "last": "2026-05-01T00:00:00Z"}
    ],
}
# A role without rules, a binding without subjects and the like are whole; these say nothing of which they were one.
ODD_HERE = (*ODD, "system:serviceaccount:a:b", "kube-system", "Pod", "Node", "- &a [*a]", "https://[", "Role")


def read(folder: Path, records: dict[str, list[Any]]) -> Inventory:
    return read_uncovered(folder, "kubernetes", "prod", records, normalise)


def test_the_estate_itself_is_read_whole(tmp_path: Path) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE)
    assert set(ESTATE) == {one for one in vars(kinds).values() if str(one).startswith("k8s-")} - {kinds.CONTEXTS}
    assert inventory.coverage == ()
    assert all((inventory.scopes, inventory.identities, inventory.groups, inventory.credentials, inventory.workloads))
    assert all((inventory.resources, inventory.policies, inventory.bindings, inventory.trusts, inventory.usage))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_odd_values_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ESTATE)))
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: changed(data, ESTATE[kind], ODD_HERE)})
    assert "k8s:prod" in inventory.scopes
    assert {row.status for row in inventory.coverage} <= {CoverageStatus.PARTIAL}


@pytest.mark.parametrize("kind", sorted(ESTATE))
@pytest.mark.parametrize("odd", [None, [{}], {}])
def test_a_record_that_is_no_object_is_not_lost_in_silence(tmp_path: Path, kind: str, odd: Any) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: [odd]})
    assert kind in {row.record_kind for row in inventory.coverage if row.status is CoverageStatus.PARTIAL}


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    doubled = {kind: [*records, *({**one, "extra": 1} for one in records)] for kind, records in ESTATE.items()}
    before = read(tmp_path / "before", doubled)
    for records in doubled.values():
        random.Random(7).shuffle(records)  # noqa: S311 - no secret
    assert read(tmp_path / "after", doubled) == before
