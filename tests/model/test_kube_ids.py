"""Ids of what is in clusters: built, and taken apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model import kube_ids

_NAME = st.text(min_size=1, max_size=12)


def test_the_ids_of_the_design() -> None:
    cluster = kube_ids.cluster("prod")
    assert cluster == "k8s:prod"
    assert kube_ids.namespace(cluster, "shop") == "k8s:prod/namespaces/shop"
    assert kube_ids.service_account(cluster, "shop", "cart") == "k8s:prod/namespaces/shop/serviceaccounts/cart"
    assert kube_ids.object_id(cluster, "clusterroles", "cluster-admin") == "k8s:prod/clusterroles/cluster-admin"
    assert kube_ids.object_id(cluster, "pods", "cart-0", "shop") == "k8s:prod/namespaces/shop/pods/cart-0"
    assert kube_ids.group(cluster, "system:masters") == "k8s:prod/groups/system:masters"
    assert kube_ids.node(cluster, "n1") == "k8s:prod/users/system:node:n1"


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("alice", "k8s:prod/users/alice"),
        ("https://login.example.com#1/2", "k8s:prod/users/https://login.example.com#1/2"),
        ("system:serviceaccount:shop:cart", "k8s:prod/namespaces/shop/serviceaccounts/cart"),
        ("system:serviceaccount:shop", "k8s:prod/users/system:serviceaccount:shop"),
        ("system:serviceaccount:shop:", "k8s:prod/users/system:serviceaccount:shop:"),
        ("system:serviceaccount::cart", "k8s:prod/users/system:serviceaccount::cart"),
        ("system:serviceaccount:shop:cart:x", "k8s:prod/users/system:serviceaccount:shop:cart:x"),
    ],
)
def test_a_user_name_of_a_service_account_is_the_account(name: str, id_: str) -> None:
    assert kube_ids.user("k8s:prod", name) == id_


def test_a_context_that_is_an_arn_is_one_part() -> None:
    arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
    cluster = kube_ids.cluster(arn)
    assert cluster == "k8s:arn:aws:eks:eu-west-1:111122223333:cluster%2Fprod"
    assert kube_ids.cluster_name(kube_ids.namespace(cluster, "shop")) == arn


@given(cluster=_NAME, ns=_NAME, name=_NAME)
def test_what_was_built_can_be_taken_apart(cluster: str, ns: str, name: str) -> None:
    id_ = kube_ids.cluster(cluster)
    inside = kube_ids.object_id(id_, "pods", name, ns)
    assert kube_ids.take_apart(inside) == (id_, ns, "pods", name)
    assert kube_ids.take_apart(kube_ids.object_id(id_, "nodes", name)) == (id_, "", "nodes", name)
    assert kube_ids.take_apart(kube_ids.namespace(id_, ns)) == (id_, ns, "", "")
    assert kube_ids.take_apart(id_) == (id_, "", "", "")
    assert kube_ids.cluster_name(inside) == cluster


def test_what_is_no_id_of_kubernetes_is_nowhere() -> None:
    assert kube_ids.take_apart("arn:aws:iam::111122223333:role/x") == ("", "", "", "")
    assert not kube_ids.is_kubernetes("arn:aws:iam::111122223333:role/x")
