"""What pods are folded into."""

from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds
from tests.providers.kubernetes.normalise.pods import ROLLOUTS, SHOP, Read, owner, pod, said, template, thing

CHAINS: list[tuple[str, dict[str, list[Any]], dict[str, str]]] = [
    ("a pod by itself", {kinds.PODS: [pod("a")]}, {"pods/a": "pod"}),
    (
        "deployment",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "web-1")), pod("b", owner("ReplicaSet", "web-2"))],
            kinds.REPLICA_SETS: [
                thing("web-1", owner("Deployment", "web")),
                thing("web-2", owner("Deployment", "web")),
                thing("web-0", owner("Deployment", "web")),
            ],
            kinds.DEPLOYMENTS: [thing("web", spec=template())],
        },
        {"deployments/web": "deployment"},
    ),
    (
        "cron job",
        {
            kinds.PODS: [pod("a", owner("Job", "tidy-1", "batch/v1"))],
            kinds.JOBS: [thing("tidy-1", owner("CronJob", "tidy", "batch/v1"))],
            kinds.CRON_JOBS: [thing("tidy", spec={"jobTemplate": {"spec": template()}})],
        },
        {"cronjobs/tidy": "cron_job"},
    ),
    (
        "each built-in controller by itself",
        {
            kinds.PODS: [
                pod("a", owner("StatefulSet", "db")),
                pod("b", owner("DaemonSet", "log")),
                pod("c", owner("ReplicationController", "old", "v1")),
                pod("d", owner("Job", "once", "batch/v1")),
                pod("e", owner("ReplicaSet", "bare")),
            ],
            kinds.REPLICA_SETS: [thing("bare", spec=template())],
            kinds.JOBS: [thing("once", spec=template())],
        },
        {
            "daemonsets/log": "daemon_set",
            "jobs/once": "job",
            "replicasets/bare": "replica_set",
            "replicationcontrollers/old": "replication_controller",
            "statefulsets/db": "stateful_set",
        },
    ),
    (
        "a custom controller's replica sets",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "web-1"))],
            kinds.REPLICA_SETS: [thing("web-1", owner("Rollout", "web", ROLLOUTS))],
        },
        {"rollouts.argoproj.io/web": "custom_controller"},
    ),
    (
        "a custom controller's pods, with a plural that the server lists",
        {
            kinds.PODS: [pod("a", owner("Proxy", "edge", "net.example.com/v1"))],
            kinds.API_RESOURCES: [
                {"group": "net.example.com", "version": "v1", "resources": [{"name": "proxies", "kind": "Proxy"}]}
            ],
        },
        {"proxies.net.example.com/edge": "custom_controller"},
    ),
    (
        "a kind that is only called like a built-in one",
        {kinds.PODS: [pod("a", owner("Deployment", "web", "other.example.com/v1"))]},
        {"deployments.other.example.com/web": "custom_controller"},
    ),
    (
        "what an operator keeps is still a deployment",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "web-1"))],
            kinds.REPLICA_SETS: [thing("web-1", owner("Deployment", "web"))],
            kinds.DEPLOYMENTS: [thing("web", owner("Shop", "s", "example.com/v1"), spec=template())],
        },
        {"deployments/web": "deployment"},
    ),
    (
        "the chain ends where it is known",
        {kinds.PODS: [pod("a", owner("ReplicaSet", "web-1"))]},
        {"replicasets/web-1": "replica_set"},
    ),
    (
        "what made it was not collected, but is named",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "web-1"))],
            kinds.REPLICA_SETS: [thing("web-1", owner("Deployment", "web"))],
        },
        {"deployments/web": "deployment"},
    ),
    (
        "a ring",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "x"))],
            kinds.REPLICA_SETS: [thing("x", owner("ReplicaSet", "y")), thing("y", owner("ReplicaSet", "x"))],
        },
        {"replicasets/y": "replica_set"},
    ),
    (
        "its own maker",
        {
            kinds.PODS: [pod("a", owner("ReplicaSet", "x"))],
            kinds.REPLICA_SETS: [thing("x", owner("ReplicaSet", "x"))],
        },
        {"replicasets/x": "replica_set"},
    ),
    (
        "an owner that is no controller",
        {kinds.PODS: [pod("a", owner("ReplicaSet", "x", controller=None), owner("Job", "j", controller=False))]},
        {"pods/a": "pod"},
    ),
    (
        "a pod made by a pod, and one of a node",
        {kinds.PODS: [pod("a", owner("Pod", "x", "v1")), pod("b", owner("Node", "n1", "v1"))]},
        {"pods/a": "pod", "pods/b": "pod"},
    ),
    (
        "templates without pods",
        {
            kinds.DEPLOYMENTS: [thing("web", spec={"replicas": 0, **template()})],
            kinds.CRON_JOBS: [thing("tidy", spec={"jobTemplate": {"spec": template()}})],
            kinds.PODS: [],
        },
        {"cronjobs/tidy": "cron_job", "deployments/web": "deployment"},
    ),
]


def tops(records: Records) -> dict[str, str]:
    """Id below the namespace -> kind."""
    return {one.id.removeprefix(f"{SHOP}/"): one.kind for one in records.workloads}


@pytest.mark.parametrize(("what", "found", "expected"), CHAINS, ids=[one[0] for one in CHAINS])
def test_pods_are_folded_into_what_makes_them(
    read: Read, what: str, found: dict[str, list[Any]], expected: dict[str, str]
) -> None:
    assert tops(read(found)) == expected, what


def test_a_chain_without_end_is_followed_for_a_while(read: Read) -> None:
    links = [thing(f"x{number}", owner("ReplicaSet", f"x{number + 1}")) for number in range(50)]
    (found,) = read({kinds.PODS: [pod("a", owner("ReplicaSet", "x0"))], kinds.REPLICA_SETS: links}).workloads
    assert found.name == "x9"


def test_a_chain_stays_in_its_namespace(read: Read) -> None:
    other = thing("web-1", owner("Deployment", "web"))
    other["metadata"]["namespace"] = "other"
    records = read({kinds.PODS: [pod("a", owner("ReplicaSet", "web-1"))], kinds.REPLICA_SETS: [other]})
    assert tops(records) == {"replicasets/web-1": "replica_set"}


def test_one_pod_that_differs_shows(read: Read) -> None:
    odd = [{"securityContext": {"privileged": True}}]
    made = owner("DaemonSet", "log")
    records = read({kinds.PODS: [pod("a", made), pod("b", made, containers=odd), pod("c", made)]})
    (one,) = records.workloads
    assert said(one, "privileged", "pods") == ["true", "3"]


def test_pods_and_nodes_are_counted(read: Read) -> None:
    made = owner("StatefulSet", "db")
    pods = [pod(f"p{i}", made, nodeName=f"n{i:02}") for i in range(25)]
    pods += [pod("over", made, phase="Succeeded", nodeName="m"), pod("waits", made, phase="Pending")]
    (one,) = read({kinds.PODS: pods}).workloads
    assert said(one, "pods", "nodes") == ["26", " ".join(f"n{i:02}" for i in range(20))]


def test_labels_and_owners_are_those_of_the_top(read: Read) -> None:
    records = read(
        {
            kinds.NAMESPACES: [{"metadata": {"name": "shop", "labels": {"team": "carts"}}}],
            kinds.DEPLOYMENTS: [thing("web", metadata={"labels": {"owner": "ann"}}, spec=template())],
            kinds.PODS: [
                pod("a", owner("Deployment", "web"), metadata={"labels": {"pod-template-hash": "1"}}),
                pod("b", metadata={"labels": {"x": "y"}}),
            ],
        }
    )
    found = {one.name: (one.tags, one.owner.name if one.owner else "") for one in records.workloads}
    assert found == {"web": ((("owner", "ann"),), "ann"), "b": ((("x", "y"),), "carts")}
