"""What the roles that every cluster has come to, as a real API server has them: neither too much nor too little.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from nhi_scan.model.kube_actions import patterns

ALONE = "lone"  # a namespace that lets nothing but restricted pods in, with nobody and nothing in it
HARMLESS = (
    "view", "system:aggregate-to-view", "system:aggregate-to-admin", "system:auth-delegator", "system:basic-user",
    "system:discovery", "system:public-info-viewer", "system:monitoring", "system:kube-dns", "system:kube-scheduler",
    "system:node-proxier", "system:node-bootstrapper", "system:node-problem-detector", "system:volume-scheduler",
    "system:service-account-issuer-discovery", "system:controller:node-controller",
    "system:controller:endpoint-controller", "system:controller:endpointslice-controller",
    "system:controller:certificate-controller", "system:controller:pod-garbage-collector",
    "system:controller:root-ca-cert-publisher", "system:controller:service-account-controller",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    "system:certificates.k8s.io:kube-apiserver-client-approver",
)  # fmt: skip
STRONG = {
    "cluster-admin": "k8s-all-verbs",
    "admin": "k8s-impersonate-serviceaccounts",
    "edit": "k8s-impersonate-serviceaccounts",
    "system:controller:clusterrole-aggregation-controller": "k8s-clusterroles-escalate",
    "system:controller:deployment-controller": "k8s-replicasets-create",
    "system:controller:replicaset-controller": "k8s-pods-create",
    "system:controller:namespace-controller": "k8s-pods-exec-websocket",
    "system:kubelet-api-admin": "k8s-nodes-proxy-create",
    "system:kube-controller-manager": "k8s-serviceaccounts-token-request",
}
Judge = Callable[[Mapping[str, Any]], Any]
Found = dict[tuple[str, str], Any]


def gathered(roles: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    yield from roles[name].get("rules") or ()
    for selector in (roles[name].get("aggregationRule") or {}).get("clusterRoleSelectors", ()):
        for other, role in roles.items():
            labels = role["metadata"].get("labels", {})
            if other != name and selector["matchLabels"].items() <= labels.items():
                yield from gathered(roles, other)


@pytest.fixture(scope="module")
def found(api_server: Any, judge_world: Judge) -> Found:
    """Privileges of an account for each of the roles: with it in the whole cluster, and in the lone namespace."""
    status, answer = api_server.ask("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles")
    assert status == 200
    roles = {row["metadata"]["name"]: row for row in answer["items"]}
    world: dict[str, Any] = {
        "namespaces": {ALONE: "restricted"},
        "nodes": {"n1": {}, "n0": {"control_plane": True}},
        "workloads": {"kube-system/daemon_set/agent": {"attributes": {"nodes": "n1", "privileged": "true"}}},
        "secrets": {"prod/password": {"of": ""}},
        "accounts": {},
        "grants": {},
    }
    who = {}
    for number, name in enumerate(sorted(name for name in {*HARMLESS, *STRONG} if name in roles)):
        rules = [{"may": patterns(rule), "names": rule.get("resourceNames", ())} for rule in gathered(roles, name)]
        for place in ("", ALONE):
            who[name, place] = account = f"app/{place}{number}"
            world["accounts"][account] = {}
            world["grants"][f"grant-{place}{number}"] = {
                "who": account,
                "and": rules,
                **({"in": place} if place else {}),
            }
    report, _, id_of = judge_world(world)
    return {key: report.privileges[id_of(account)] for key, account in who.items()}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_anywhere(found: Found, name: str) -> None:
    levels = {(found[key].level, found[key].reason) for key in found if key[0] == name}
    assert levels <= {("ordinary", "no way to more was found")}


@pytest.mark.parametrize(("name", "by"), STRONG.items())
def test_strong_in_the_whole_cluster(found: Found, name: str, by: str) -> None:
    level = found[name, ""]
    alone = name in ("cluster-admin", "system:controller:clusterrole-aggregation-controller")
    wanted = "administrator" if alone else "can_become_administrator"
    assert (level.level, level.conditional, level.path[0].technique) == (wanted, False, by)


@pytest.mark.parametrize("name", sorted(set(STRONG) - {"cluster-admin"}))
def test_not_beyond_a_namespace_in_which_nobody_is(found: Found, name: str) -> None:
    assert found[name, ALONE].level in ("ordinary", "reaches_sensitive")


def test_most_of_them_are_there(found: Found) -> None:
    assert {name for name, _ in found} >= {*STRONG, "view", "system:discovery", "system:auth-delegator"}
