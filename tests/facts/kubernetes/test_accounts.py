"""Facts about accounts: where they are, what they are bound to, whether their tokens are mounted."""

from typing import Any

import pytest

from nhi_scan.model.identity import Identity, Resource
from nhi_scan.model.policy import Binding, Policy
from tests.facts.kubernetes.estate import (
    APP,
    CLUSTER,
    account,
    gives,
    group,
    role,
    user,
    workload,
)


def test_where_it_is(cell: Any, make: Any, facts: Any) -> None:
    app, pods = account(), workload(APP)
    assert cell("identity.namespace", identities=[app]) == "shop"
    assert cell("identity.cluster", identities=[app]) == "prod"
    assert cell("identity.namespace", identities=[user("ann")]) == ""
    assert cell("workload.namespace", workloads=[pods]) == "shop"
    assert cell("workload.cluster", workloads=[pods]) == "prod"
    assert cell("workload.type", workloads=[pods]) == "deployments/web"
    assert cell("scope.cluster") == "prod"
    elsewhere = facts(identities=[make.role()])
    for name in ("identity.namespace", "identity.cluster", "identity.cluster_user", "scope.cluster"):
        assert make.cell(elsewhere, name) == ""


@pytest.mark.parametrize(
    ("who", "default", "of_the_cluster"),
    [
        (account(), False, False),
        (account("default", attributes={"default": "true"}), True, True),
        (account("coredns", "kube-system"), False, True),
        (user("ann"), False, True),
        (user("system:node:n", "node"), False, True),
    ],
)
def test_what_comes_with_a_cluster(cell: Any, who: Identity, default: bool, of_the_cluster: bool) -> None:
    assert cell("identity.default_of_namespace", identities=[who]) is default
    assert cell("identity.of_the_cluster", identities=[who]) is of_the_cluster


def test_another_clouds_identities_do_not_come_with_a_cluster(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.role()])
    assert make.cell(tables, "identity.of_the_cluster") is False
    assert make.cell(tables, "identity.default_of_namespace") is False
    assert make.cell(tables, "identity.reads_all_secrets") is None


def test_the_roles_that_are_bound_by_name(cell: Any) -> None:
    view, own = role("view", "get pods"), role("own", "get pods", space="shop")
    bindings = [gives(view, APP), gives(own, APP, space="shop")]
    found = cell("identity.bound_roles", identities=[account()], policies=[view, own], bindings=bindings)
    assert found == "view in the whole cluster, own in namespace shop"
    assert cell("identity.bound_roles", identities=[account()]) == ""


def test_roles_that_are_missing(cell: Any, make: Any) -> None:
    gone, empty = role("gone", space="shop"), role("empty", created_at=make.ago(3))
    unread, known = role("unread", complete=False), role("known", "get pods")

    def of(name: str, *policies: Policy) -> Any:
        bindings = [gives(one, APP, f"b-{one.name}", "shop") for one in policies]
        return cell(f"identity.{name}", identities=[account()], policies=list(policies), bindings=bindings)

    assert of("missing_roles", gone, known) == "gone in namespace shop"
    assert of("missing_role_fix", gone, known) == "kubectl delete rolebinding b-gone --namespace shop --context prod"
    assert of("missing_roles", empty, known) == ""
    assert of("missing_role_fix", empty) == ""
    assert of("missing_roles", unread) is None
    assert of("missing_roles", unread, gone) == "gone in namespace shop"


@pytest.mark.parametrize(
    ("action", "space", "reads"),
    [
        ("get secrets", "", True),
        ("list secrets", "", True),
        ("* *", "", True),
        ("get secrets", "shop", False),
        ("delete secrets", "", False),
    ],
)
def test_who_reads_all_secrets(cell: Any, action: str, space: str, reads: bool) -> None:
    policy = role("r", action)
    lists = {"identities": [account()], "policies": [policy], "bindings": [gives(policy, APP, space=space)]}
    assert cell("identity.reads_all_secrets", **lists) is reads
    # What was not collected may give it, and takes nothing away.
    assert cell("identity.reads_all_secrets", without="k8s-clusterrolebindings", **lists) is (reads or None)


@pytest.mark.parametrize(("word", "mounted"), [("true", True), ("false", False), ("", None)])
def test_whether_a_token_is_mounted(cell: Any, word: str, mounted: bool | None) -> None:
    assert cell("workload.token_mounted", workloads=[workload(APP, automount=word)]) is mounted


def test_whether_that_token_opens_something(cell: Any) -> None:
    policy = role("r", "get pods")
    discovery = role("system:discovery", "get pods", managed_by_provider=True)
    own, all_ = group("system:serviceaccounts:shop"), group("system:serviceaccounts")

    def of(*bindings: Binding, **more: Any) -> Any:
        lists = {"identities": [account()], "workloads": [workload(APP)], "groups": [own, all_], **more}
        return cell("workload.token_opens_something", policies=[policy, discovery], bindings=list(bindings), **lists)

    assert of() is False
    assert of(gives(policy, APP)) is True
    assert of(gives(policy, own.id, space="shop")) is True
    assert of(gives(policy, all_.id)) is True
    assert of(gives(discovery, all_.id)) is False
    assert of(without="k8s-rolebindings") is None
    assert of(workloads=[workload()]) is None  # nothing tells whom it runs as


@pytest.mark.parametrize(
    ("who", "space", "default", "of_the_cluster"),
    [
        (account(), "shop", False, False),
        (account("default", attributes={"default": "true"}), "shop", True, False),
        (account("coredns", "kube-system"), "kube-system", False, True),
    ],
)
def test_whom_a_workload_runs_as(cell: Any, who: Identity, space: str, default: bool, of_the_cluster: bool) -> None:
    lists = {"identities": [who], "workloads": [workload(who.id, space=space)]}
    assert cell("workload.of_default_account", **lists) is default
    assert cell("workload.of_the_cluster", **lists) is of_the_cluster


@pytest.mark.parametrize("name", ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"])
def test_what_everybody_holds(cell: Any, name: str) -> None:
    one, policy, discovery = group(name), role("view", "get pods"), role("system:discovery", "get pods")
    row = Resource(id=one.id, provider="kubernetes", kind="kubernetes_group", name=name, scope_id=CLUSTER)
    lists = {"groups": [one], "policies": [policy, discovery], "resources": [row]}
    usual = gives(discovery, one.id, "system:discovery")

    def of(fact: str, *bindings: Binding, **more: Any) -> Any:
        return cell(f"resource.{fact}", bindings=list(bindings), **{**lists, **more})

    assert of("given_to_everybody", usual) == ""
    assert of("bound_fix", usual) == ""
    assert of("given_to_everybody", usual, gives(policy, one.id)) == "view in the whole cluster"
    assert of("bound_fix", usual, gives(policy, one.id)) == "kubectl edit clusterrolebinding b --context prod"
    assert of("given_to_everybody", usual, without="k8s-clusterrolebindings") is None


def test_what_whoever_shows_no_credentials_holds(cell: Any) -> None:
    nobody, policy = user("system:anonymous"), role("view", "get pods")
    info = role("system:public-info-viewer", "get pods")
    lists = {"identities": [nobody], "policies": [policy, info]}
    kubeadm = gives(role("kubeadm:bootstrap-signer-clusterinfo"), nobody.id, space="kube-public")

    def of(*bindings: Binding, **more: Any) -> Any:
        return cell("identity.given_to_nobody", bindings=list(bindings), **{**lists, **more})

    assert of(gives(info, nobody.id)) == ""
    assert of(kubeadm, policies=[role("kubeadm:bootstrap-signer-clusterinfo")]) == ""
    assert of(gives(policy, nobody.id)) == "view in the whole cluster"
    assert of(without="k8s-rolebindings") is None
    ann = user("ann")
    assert of(gives(policy, ann.id), identities=[ann]) == ""
