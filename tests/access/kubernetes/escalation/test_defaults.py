"""What the roles and bindings come to that an API server makes for itself, as it lists them.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from typing import Any

import pytest

from nhi_scan.access.kubernetes.privilege import Report, judge
from nhi_scan.model import kube_ids
from nhi_scan.providers.kubernetes.escalation import techniques
from tests.access.kubernetes.listed import listed

CLUSTER = kube_ids.cluster("defaults")


@pytest.fixture(scope="module")
def report(api_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Report:
    access = listed(api_server, CLUSTER, tmp_path_factory.mktemp("defaults") / "snapshot")
    return judge(access.inventory, access, techniques())


def of(report: Report, name: str) -> tuple[str, str]:
    found = report.privileges[kube_ids.user(CLUSTER, name)]
    return found.level, found.path[0].technique if found.path else ""


def controller(name: str) -> str:
    return kube_ids.user_of_account("kube-system", name)


def test_the_controller_that_fills_in_roles_administers_the_cluster(report: Report) -> None:
    found = of(report, controller("clusterrole-aggregation-controller"))
    assert found == ("administrator", "k8s-clusterroles-escalate")


def test_the_controller_manager_gets_there_by_the_accounts_of_its_controllers(report: Report) -> None:
    level, technique = of(report, "system:kube-controller-manager")
    assert level == "can_become_administrator"
    assert technique in ("k8s-serviceaccounts-token-request", "k8s-secrets-create-token")


@pytest.mark.parametrize(
    ("name", "technique"),
    [
        ("cronjob-controller", "k8s-jobs-create"),
        ("daemon-set-controller", "k8s-pods-create"),
        ("deployment-controller", "k8s-replicasets-create"),
        ("job-controller", "k8s-pods-create"),
        ("replicaset-controller", "k8s-pods-create"),
        ("replication-controller", "k8s-pods-create"),
        ("statefulset-controller", "k8s-pods-create"),
    ],
)
def test_controllers_that_make_pods_can_run_as_that_one(report: Report, name: str, technique: str) -> None:
    level, first = of(report, controller(name))
    assert (level, first) == ("can_become_administrator", technique)


@pytest.mark.parametrize(
    "name", ["endpoint-controller", "pv-protection-controller", "service-account-controller", "ttl-controller"]
)
def test_controllers_that_make_none_cannot(report: Report, name: str) -> None:
    assert of(report, controller(name))[0] == "ordinary"


@pytest.mark.parametrize("name", ["system:kube-scheduler", "system:kube-proxy"])
def test_other_parts_of_the_control_plane_cannot(report: Report, name: str) -> None:
    assert of(report, name)[0] == "ordinary"


def test_whoever_signs_in_gets_nothing_by_that(report: Report) -> None:
    graph = report.graph
    for name in ("system:authenticated", "system:unauthenticated"):
        number = graph.number(kube_ids.group(CLUSTER, name))
        assert number is not None
        assert report.ways.distance[number] < 0
