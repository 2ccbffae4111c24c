"""Whose permissions a workload has, and whether it gets their tokens."""

from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from tests.providers.kubernetes.normalise.pods import SHOP, Read, account, owner, pod, said, template, thing


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
