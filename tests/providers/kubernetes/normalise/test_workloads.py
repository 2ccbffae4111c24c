"""What a workload could reach, what it holds, and whether it runs."""

from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from tests.providers.kubernetes.normalise.pods import SHOP, Read, owner, pod, said, template, thing


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
