"""An account of AWS and a cluster in it, each of which lets the other's identities in."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.access import routes
from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import FEDERATES
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Trust
from nhi_scan.providers.protocol import load_provider
from tests.access.across.conftest import ACCOUNT, NOW, Known, World, answers, arn
from tests.access.kubernetes.escalation.conftest import CLUSTER
from tests.access.kubernetes.escalation.conftest import World as Cluster

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
MASTERS = {"masters": {"who": "group:system:masters", "may": ["* *.*"]}}
PROVIDER = Resource(
    id=arn("oidc-provider", ISSUER),
    provider="aws",
    kind="oidc_provider",
    name=ISSUER,
    scope_id=ACCOUNT,
    attributes=(("client_ids", "sts.amazonaws.com"), ("url", ISSUER)),
)


def irsa(subject: str, **more: Any) -> list[Any]:
    """A trust policy that lets a service account in."""
    asked = {"StringLike": {f"{ISSUER}:sub": f"system:serviceaccount:{subject}"}, **more}
    return [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": PROVIDER.id},
            "Condition": asked,
        }
    ]


def mapped(role: str, identity_id: str) -> Trust:
    """A line of the cluster's `aws-auth`."""
    map_id = f"{CLUSTER}/namespaces/kube-system/configmaps/aws-auth"
    return Trust(
        id=f"{map_id}#mapRoles[0]/{role}",
        identity_id=identity_id,
        subject=role,
        subject_kind="identity",
        mechanism="federate",
        policy_id=map_id,
    )


def understand(world: World, cluster: dict[str, Any], *trusts: Trust) -> Known:
    """Ask the engines of both."""
    kubernetes = Cluster({"issuer": f"https://{ISSUER}", "aws_auth": True, **cluster})
    world.records.resources.append(PROVIDER)
    kubernetes.records.trusts += trusts
    return answers([world.records, kubernetes.records], ("aws", "kubernetes"))


def account(name: str) -> str:
    return kube_ids.service_account(CLUSTER, *name.split("/"))


def test_a_role_administers_the_cluster_and_through_a_pod_the_account(world: World) -> None:
    """From AWS into the cluster as its administrator, and back as the role of one of its service accounts."""
    entry = world.role("entry", "eks:DescribeCluster", trust=[])
    admin = world.role("admin", "*", trust=irsa("prod:web"))
    masters = kube_ids.group(CLUSTER, "system:masters")
    known = understand(world, {"accounts": {"prod/web": {}}, "grants": MASTERS}, mapped(entry, masters))
    assert known.levels[entry].level == "can_become_administrator"
    assert not known.levels[entry].conditional
    assert known.levels[entry].path[0].technique == FEDERATES
    assert known.levels[entry].path[0].target_id == masters
    (report,) = known.reports
    ways = routes.to_scope(report, known.inventory.scope_chain(CLUSTER))
    assert [step.source_id for way in ways if way.source_id == entry for step in way.steps] == [entry, masters]
    (route,) = [one for one in routes.to_identity(report, admin) if one.source_id == entry]
    assert [step.source_id for step in route.steps if step.technique == FEDERATES] == [entry, account("prod/web")]
    assert route.steps[-1].target_id == admin


def test_who_may_only_read_in_the_cluster_is_no_administrator(world: World) -> None:
    entry = world.role("entry", "eks:DescribeCluster", trust=[])
    world.role("admin", "*", trust=irsa("prod:web"))
    grants = {"readers": {"who": "group:readers", "may": ["list pods"]}}
    readers = kube_ids.group(CLUSTER, "readers")
    known = understand(world, {"accounts": {"prod/web": {}}, "grants": grants}, mapped(entry, readers))
    assert known.levels[entry].level == "ordinary"


def test_who_creates_pods_in_a_namespace_owns_the_account(world: World) -> None:
    """Neither cloud alone says anything of it: pods of one namespace, a role that trusts its service account."""
    admin = world.role("admin", "*", trust=irsa("prod:web"))
    grants = {"own": {"may": ["create pods"], "in": "prod"}}
    known = understand(world, {"accounts": {"prod/web": {}, "prod/boss": {"status": "deleted"}}, "grants": grants})
    level = known.levels[account("app/attacker")]
    assert level.level == "can_become_administrator"
    assert [step.target_id for step in level.path][:2] == [account("prod/web"), admin]


@pytest.mark.parametrize("source", ["192.0.2.0/24", None])
def test_two_that_trust_each_other_are_told_once(world: World, source: str | None) -> None:
    """A becomes B and B becomes A, neither is an administrator: nobody is, and nothing runs round in circles."""
    conditions = {"IpAddress": {"aws:SourceIp": source}} if source else {}
    role = world.role("loop", "s3:ListAllMyBuckets", trust=irsa("app:attacker", **conditions))
    devs = kube_ids.group(CLUSTER, "devs")
    grants = {
        "devs": {"who": "group:devs", "may": ["create serviceaccounts/token"], "in": "app"},
        "cluster-admin": {"who": "prod/boss", "may": ["get pods"]},
    }
    known = understand(world, {"grants": grants}, mapped(role, devs))
    assert {known.levels[one].level for one in (role, account("app/attacker"))} == {"ordinary"}
    (report,) = known.reports
    sources = {route.source_id for route in routes.to_identity(report, role)}
    assert account("app/attacker") in sources


def test_the_same_cluster_read_twice_is_the_same_twice(world: World) -> None:
    """Under two names, as two contexts of one kubeconfig: each service account stands there twice, and becomes it."""
    role = world.role("app", "s3:ListAllMyBuckets", trust=irsa("app:attacker"))
    other = "k8s:again"
    kubernetes = Cluster({"issuer": f"https://{ISSUER}"})
    world.records.resources.append(PROVIDER)
    scopes = [one for one in kubernetes.records.scopes if one.id in (CLUSTER, f"{CLUSTER}/namespaces/app")]
    world.records.scopes += [
        replace(one, id=one.id.replace(CLUSTER, other), parent_id=one.parent_id.replace(CLUSTER, other))
        for one in scopes
    ]
    world.records.identities += [
        replace(one, id=one.id.replace(CLUSTER, other), scope_id=one.scope_id.replace(CLUSTER, other))
        for one in kubernetes.records.identities
    ]
    inventory = build([world.records, kubernetes.records])
    engines = {name: load_provider(name).understand(inventory, NOW)[0] for name in ("aws", "kubernetes")}
    bridges = Bridges(inventory, engines.values())
    assert {one.source_id for one in bridges.into(role)} == {
        account("app/attacker"),
        kube_ids.service_account(other, "app", "attacker"),
    }
    assert not any(one.conditional for one in bridges.into(role))
