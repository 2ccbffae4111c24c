"""Pods and what makes them."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Workload
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds

Read = Callable[..., Records]
SHOP = "k8s:prod/namespaces/shop"
ROLLOUTS = "argoproj.io/v1alpha1"


def owner(kind: str, name: str, api: str = "apps/v1", *, controller: bool | None = True) -> dict[str, Any]:
    said = {} if controller is None else {"controller": controller}
    return {"apiVersion": api, "kind": kind, "name": name, "uid": "u", **said}


def thing(name: str, *owners: dict[str, Any], **more: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "shop", **({"ownerReferences": list(owners)} if owners else {})}
    return {"metadata": meta | more.pop("metadata", {}), **more}


def pod(name: str, *owners: dict[str, Any], phase: str | None = "Running", **spec: Any) -> dict[str, Any]:
    status = {"status": {"phase": phase}} if phase else {}
    metadata = spec.pop("metadata", {})
    return thing(name, *owners, spec={"containers": [{"name": "app"}], **spec}, metadata=metadata, **status)


def template(account: str = "", **spec: Any) -> dict[str, Any]:
    named = {"serviceAccountName": account} if account else {}
    return {"template": {"spec": {"containers": [{"name": "app"}], **named, **spec}}}


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop"}, **more}


def tops(records: Records) -> dict[str, str]:
    """Id below the namespace -> kind."""
    return {one.id.removeprefix(f"{SHOP}/"): one.kind for one in records.workloads}


def said(one: Workload, *names: str) -> list[str | None]:
    found = dict(one.attributes)
    return [found.get(name) for name in names]


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


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({}, "default"),
        ({"serviceAccountName": ""}, "default"),
        ({"serviceAccountName": "cart"}, "cart"),
        ({"serviceAccount": "cart"}, "cart"),
        ({"serviceAccountName": "new", "serviceAccount": "old"}, "new"),
    ],
)
def test_whose_permissions_a_pod_has(read: Read, spec: dict[str, str], name: str) -> None:
    (one,) = read({kinds.PODS: [pod("a", **spec)]}).workloads
    assert one.runs_as == (f"{SHOP}/serviceaccounts/{name}",)


def test_a_workload_runs_as_the_accounts_of_its_template_and_its_pods(read: Read) -> None:
    records = read(
        {
            kinds.STATEFUL_SETS: [thing("db", spec=template("new"))],
            kinds.PODS: [pod("a", owner("StatefulSet", "db"), serviceAccountName="old")],
        }
    )
    (one,) = records.workloads
    assert one.runs_as == (f"{SHOP}/serviceaccounts/new", f"{SHOP}/serviceaccounts/old")


@pytest.mark.parametrize(("status", "made"), [(CoverageStatus.COMPLETE, False), (CoverageStatus.PARTIAL, True)])
def test_an_account_that_does_not_exist_is_named_all_the_same(read: Read, status: CoverageStatus, made: bool) -> None:
    records = read({kinds.PODS: [pod("a", serviceAccountName="gone")]}, missing={kinds.SERVICE_ACCOUNTS: status})
    (one,) = records.workloads
    assert one.runs_as == (f"{SHOP}/serviceaccounts/gone",)
    assert bool(records.identities) is made


def test_a_mirror_pod_has_no_account(read: Read) -> None:
    mirror = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    records = read(
        {
            kinds.PODS: [
                pod("etcd-n1", owner("Node", "n1", "v1"), metadata=mirror, nodeName="n1", hostNetwork=True),
            ]
        }
    )
    (one,) = records.workloads
    assert (one.kind, one.runs_as, one.active) == ("pod", (), True)
    assert said(one, "mirror", "automount", "nodes", "host_network") == ["true", "false", "n1", "true"]


@pytest.mark.parametrize(
    ("by_pod", "by_account", "mounted"),
    [
        (None, None, "true"),
        (None, False, "false"),
        (None, True, "true"),
        (True, False, "true"),
        (False, True, "false"),
        (False, None, "false"),
    ],
)
def test_automount(read: Read, by_pod: bool | None, by_account: bool | None, mounted: str) -> None:
    on_pod: dict[str, Any] = {} if by_pod is None else {"automountServiceAccountToken": by_pod}
    on_account = {} if by_account is None else {"automountServiceAccountToken": by_account}
    records = read({kinds.PODS: [pod("a", **on_pod)], kinds.SERVICE_ACCOUNTS: [account("default", **on_account)]})
    (one,) = records.workloads
    assert said(one, "automount") == [mounted]


def test_automount_of_an_unknown_account_is_unknown(read: Read) -> None:
    found = read({kinds.PODS: [pod("a"), pod("b", automountServiceAccountToken=False)]}).workloads
    assert [said(one, "automount") for one in found] == [[None], ["false"]]


def projected(*tokens: dict[str, Any]) -> dict[str, Any]:
    return {"projected": {"sources": [{"serviceAccountToken": one} for one in tokens]}}


def test_projected_tokens(read: Read) -> None:
    volumes = [
        projected({"audience": "sts.amazonaws.com", "expirationSeconds": 86400}, {"audience": "vault"}),
        {"projected": {"sources": [{"secret": {"name": "s"}}, {}]}},
        {"emptyDir": {}},
    ]
    api = [projected({"expirationSeconds": 3607})]
    records = read(
        {
            kinds.PODS: [
                pod("a", volumes=volumes, automountServiceAccountToken=False),
                pod("b", volumes=api, automountServiceAccountToken=False),
            ]
        }
    )
    names = ("automount", "token_audiences", "token_expiration", "secrets")
    assert [said(one, *names) for one in records.workloads] == [
        ["false", "sts.amazonaws.com vault", "86400", "s"],
        ["true", None, None, None],
    ]


def test_what_a_pod_could_reach_and_what_it_holds(read: Read) -> None:
    containers = [
        {
            "env": [
                {"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": {"secretKeyRef": {"name": "aws", "key": "k"}}},
                {"name": "MODE"},
                {"name": "OTHER", "valueFrom": {"fieldRef": {}}},
            ],
            "envFrom": [{"secretRef": {"name": "all"}}, {"configMapRef": {"name": "c"}}],
        }
    ]
    init = [{"securityContext": {"privileged": True, "capabilities": {"add": ["SYS_ADMIN", "NET_RAW"]}}}]
    debug = [{"env": [{"name": "GOOGLE_APPLICATION_CREDENTIALS"}]}]
    volumes = [{"hostPath": {"path": "/var/run"}}, {"hostPath": {"path": "/"}}, {"secret": {"secretName": "db"}}]
    records = read(
        {
            kinds.PODS: [
                pod(
                    "a",
                    containers=containers,
                    initContainers=init,
                    ephemeralContainers=debug,
                    volumes=volumes,
                    hostPID=True,
                    hostIPC=True,
                    imagePullSecrets=[{"name": "registry"}],
                ),
                pod("b"),
            ]
        }
    )
    first, second = records.workloads
    names = ("privileged", "host_network", "host_pid", "host_ipc", "host_path", "capabilities", "secrets")
    assert said(first, *names) == ["true", "false", "true", "true", "/ /var/run", "NET_RAW SYS_ADMIN", "all aws db"]
    assert said(second, *names) == ["false", "false", "false", "false", "false", None, None]
    assert said(first, "static_keys", "image_pull_secrets") == [
        "AWS_SECRET_ACCESS_KEY GOOGLE_APPLICATION_CREDENTIALS",
        "registry",
    ]
    assert first.environment_names == ("AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "MODE", "OTHER")


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


@pytest.mark.parametrize(
    ("found", "missing", "active"),
    [
        ({kinds.PODS: [pod("a", owner("Deployment", "web"), serviceAccountName="cart")]}, None, True),
        ({kinds.PODS: []}, None, False),
        ({kinds.PODS: [pod("a", owner("Deployment", "web"), phase="Failed")]}, None, False),
        ({}, None, None),
        ({}, {kinds.PODS: CoverageStatus.DENIED}, None),
    ],
)
def test_what_runs(read: Read, found: dict[str, Any], missing: Any, active: bool | None) -> None:
    records = read({kinds.DEPLOYMENTS: [thing("web", spec=template("cart"))], **found}, missing=missing)
    (one,) = records.workloads
    assert (one.active, one.runs_as) == (active, (f"{SHOP}/serviceaccounts/cart",))


@pytest.mark.parametrize(
    ("phase", "active"), [("Running", True), ("Pending", True), ("Succeeded", False), (None, None)]
)
def test_whether_a_pod_runs(read: Read, phase: str | None, active: bool | None) -> None:
    (one,) = read({kinds.PODS: [pod("a", phase=phase)]}).workloads
    assert one.active is active


def test_pods_that_have_ended_tell_of_a_job_of_which_nothing_else_does(read: Read) -> None:
    ended = pod("a", owner("Job", "once", "batch/v1"), phase="Succeeded", serviceAccountName="cart")
    (one,) = read({kinds.PODS: [ended]}).workloads
    assert (one.active, one.runs_as) == (False, (f"{SHOP}/serviceaccounts/cart",))


def test_scaled_to_nothing_needs_no_pods_to_be_known(read: Read) -> None:
    (one,) = read({kinds.DEPLOYMENTS: [thing("web", spec={"replicas": 0, **template()})]}).workloads
    assert (one.active, said(one, "replicas", "pods")) == (False, ["0", "0"])


def test_what_is_said_of_a_cron_job_and_of_what_an_operator_keeps(read: Read) -> None:
    records = read(
        {
            kinds.CRON_JOBS: [thing("tidy", spec={"schedule": "@daily", "jobTemplate": {"spec": template("t")}})],
            kinds.STATEFUL_SETS: [thing("db", owner("Shop", "s", "example.com/v1"), spec={"template": {"spec": {}}})],
            kinds.PODS: [pod("a", owner("Proxy", "edge", "net.example.com/v1"))],
        }
    )
    cron, proxy, database = records.workloads
    assert (cron.active, said(cron, "schedule", "suspended")) == (False, ["@daily", "false"])
    assert cron.runs_as == (f"{SHOP}/serviceaccounts/t",)
    assert said(proxy, "api", "api_kind") == ["net.example.com/v1", "Proxy"]
    # Of what somebody else made no template is kept: who it runs as only its pods would tell.
    assert (database.runs_as, said(database, "made_by", "privileged")) == ((), ["Shop.example.com s", None])


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
