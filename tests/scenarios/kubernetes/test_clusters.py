"""What a realistic cluster is told: exactly what an expert would say, and each of it once."""

from collections.abc import Callable
from typing import Any

import pytest

World = Callable[[str], list[dict[str, Any]]]
Judge = Callable[..., Any]

# What add-ons come to with what their charts give them: each is true, and its owner has to know.
OF_ADDONS = {
    "administrator-equivalent": [
        "argocd/argocd-application-controller",
        "flux-system/helm-controller",
        "flux-system/kustomize-controller",
        "velero/velero-server",
    ],
    "can-become-administrator": [
        "argocd/argocd-server",
        "cert-manager/cert-manager",
        "cert-manager/cert-manager-cainjector",
        "external-secrets/external-secrets",
        "flux-system/notification-controller",
        "flux-system/source-controller",
        "gatekeeper-system/gatekeeper-admin",
        "istio-system/istiod",
        "kube-system/sealed-secrets-controller",
        "monitoring/kube-prometheus-stack-operator",
        "vault/vault-agent-injector",
    ],
    "latent-escalation": ["ingress-nginx/ingress-nginx-admission"],
    "reads-all-secrets": ["ingress-nginx/ingress-nginx", "monitoring/kube-state-metrics"],
}
OF_WRONGS = {
    "administrator-equivalent": ["kube-system/helm-traefik", "kubernetes-dashboard/admin-user", "users/jenkins"],
    "binding-to-missing-role": ["shop/api"],
    "can-become-administrator": ["kube-system/traefik", "tools/minter", "tools/probe"],
    "default-service-account-bound": ["shop/default"],
    "default-service-account-in-use": ["default/pods/scratch", "shop/deployments/worker"],
    "namespace-without-owner": ["kubernetes-dashboard"],
    "role-given-to-anonymous": ["users/system:anonymous"],
    "role-given-to-everybody": ["groups/system:authenticated"],
    "secret-in-environment": ["shop/deployments/worker"],
    "static-cloud-key-in-pod": ["shop/deployments/api"],
    "token-kept-in-secret": ["shop/secrets/deployer-token"],
    "token-kept-in-secret-unused": ["kubernetes-dashboard/secrets/admin-user-token"],
}
EXPECTED = {"addons": OF_ADDONS, "wrongs": OF_WRONGS}


def pairs(expected: dict[str, list[str]]) -> set[tuple[str, str]]:
    return {(rule, subject) for rule, subjects in expected.items() for subject in subjects}


@pytest.mark.parametrize("name", EXPECTED)
def test_exactly_what_is_wrong_is_found_and_each_of_it_once(judge: Judge, world: World, name: str) -> None:
    judged = judge(world(name))
    assert judged.pairs == pairs(EXPECTED[name])
    assert len(judged.assessment.findings) == len(judged.pairs)


@pytest.mark.parametrize("name", EXPECTED)
def test_texts_are_about_kubernetes_and_whole(judge: Judge, world: World, name: str) -> None:
    for finding in judge(world(name)).assessment.findings:
        text = f"{finding.message}\n{finding.remediation}"
        assert not [word for word in ("gcloud ", "aws iam", "az ", "{", "''") if word in text.replace("-az ", "")], text
        assert finding.evidence, finding.rule_id


def test_what_a_cluster_comes_with_is_told_by_its_nature(judge: Judge, world: World) -> None:
    judged = judge(world("addons"))
    known = {judged.short(one.id): one for one in judged.assessment.inventory.identities.values()}
    own = {name for name, one in known.items() if one.managed_by_provider}
    assert {
        "kube-system/generic-garbage-collector",
        "kube-system/tagging-controller",
        "users/eks:addon-manager",
        "users/eks:node-manager",
        "users/system:kube-controller-manager",
    } <= own
    assert not {"kube-system/sealed-secrets-controller", "velero/velero-server", "users/nagios"} & own
    assert known["users/maria@example.com"].nature.value == "human"
    assert known["users/nagios"].nature.value == "unknown"
    assert judged.levels["users/eks:addon-manager"] == "administrator"


@pytest.mark.parametrize(
    ("missing", "unanswered", "kept"),
    [
        # Without Secrets nothing is said of tokens, and nobody's tokens can be read; what else is wrong is found.
        ("secrets", set(), {"administrator-equivalent", "role-given-to-anonymous", "default-service-account-bound"}),
        ("clusterroles", {"administrator-equivalent", "can-become-administrator", "reads-all-secrets"}, set()),
        ("clusterrolebindings", {"administrator-equivalent", "can-become-administrator", "reads-all-secrets"}, set()),
    ],
)
def test_what_was_not_listed_makes_nothing_clean(
    judge: Judge, world: World, missing: str, unanswered: set[str], kept: set[str]
) -> None:
    judged = judge(world("wrongs"), without=(missing,))
    found = {rule for rule, _ in judged.pairs}
    assert judged.pairs <= pairs(OF_WRONGS)
    assert kept <= found
    assert unanswered <= {one.rule_id for one in judged.assessment.not_assessed}
    assert "ordinary" not in judged.every_level if unanswered else judged.every_level
    lacking = {row["record_kind"] for row in judged.coverage if row["status"] != "complete"}
    assert f"k8s-{missing}" in lacking


def test_what_everybody_may_is_told_once_and_not_of_each(judge: Judge, world: World) -> None:
    permissive = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "permissive-binding", "creationTimestamp": "2026-01-15T08:00:00Z"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "system:serviceaccounts"}],
    }
    judged = judge([*world("addons"), permissive])
    own = {("administrator-equivalent", name) for name in OF_ADDONS["administrator-equivalent"]}
    assert judged.pairs == own | {("everybody-is-administrator", "groups/system:serviceaccounts")}


def test_what_a_real_api_server_makes_is_quiet(judge: Judge, world: World, api_server: Any) -> None:
    """All roles and bindings that come with one, in place of those that matter most."""
    plain = [one for one in world("addons") if not one["metadata"].get("labels")]
    made = []
    for plural, kind in (
        ("clusterroles", "ClusterRole"),
        ("clusterrolebindings", "ClusterRoleBinding"),
        ("roles", "Role"),
        ("rolebindings", "RoleBinding"),
    ):
        path = f"/apis/rbac.authorization.k8s.io/v1/{plural}?labelSelector=kubernetes.io/bootstrapping=rbac-defaults"
        status, answer = api_server.ask("GET", path)
        assert status == 200
        made += [{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, **one} for one in answer["items"]]
    taken = {(one["kind"], one["metadata"]["name"]) for one in made}
    judged = judge([*made, *(one for one in plain if (one["kind"], one["metadata"]["name"]) not in taken)])
    assert judged.pairs == pairs(OF_ADDONS)
