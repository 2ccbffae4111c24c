"""What a real API server lets somebody do, where a technique rests on its refusing, or letting in, just that.

Each test gives rights to a service account and does what the technique says, with that account's own token.
"""

import base64
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

RBAC = "rbac.authorization.k8s.io"
APIS = f"/apis/{RBAC}/v1"
SPACE = "nhi-escalation"
NAME = "nhi-attacker"
OK, CREATED, FORBIDDEN = 200, 201, 403
Rule = Mapping[str, Any]
Give = Callable[..., str]


def rule(verbs: str, resources: str, *, group: str = RBAC, names: Sequence[str] = ()) -> Rule:
    return {
        "verbs": verbs.split(),
        "apiGroups": [group],
        "resources": resources.split(),
        "resourceNames": list(names),
    }


def subject() -> list[dict[str, str]]:
    return [{"kind": "ServiceAccount", "name": NAME, "namespace": SPACE}]


def binding(kind: str, name: str, role_kind: str, role: str) -> dict[str, Any]:
    reference = {"apiGroup": RBAC, "kind": role_kind, "name": role}
    return {"kind": kind, "metadata": {"name": name}, "roleRef": reference, "subjects": subject()}


@pytest.fixture
def give(api_server: Any) -> Iterator[Give]:
    """Give rights, in the whole cluster or in the one namespace, and return a token of who has them."""
    api_server.create("/api/v1/namespaces", {"metadata": {"name": SPACE}})
    api_server.create(f"/api/v1/namespaces/{SPACE}/serviceaccounts", {"metadata": {"name": NAME}})
    made: list[str] = []

    def given(*rules: Rule, inside: Sequence[Rule] = (), cluster_role: bool = False) -> str:
        for path, row_kind, row in _objects(rules, inside, cluster_role=cluster_role):
            api_server.create(path, {"apiVersion": f"{RBAC}/v1", "kind": row_kind, **row})
            made.append(f"{path}/{row['metadata']['name']}")
        path = f"/api/v1/namespaces/{SPACE}/serviceaccounts/{NAME}/token"
        status, answer = api_server.ask("POST", path, {"spec": {}})
        assert status == CREATED, answer
        token = str(answer["status"]["token"])
        for one, namespace in [*[(row, "") for row in rules], *[(row, SPACE) for row in inside]]:
            _await(api_server, token, one, namespace)
        return token

    yield given
    for path in reversed(made):
        api_server.delete(path)
    for path in (f"{APIS}/clusterroles", f"{APIS}/clusterrolebindings"):
        api_server.delete(f"{path}/{NAME}-new")
    for kind in ("roles", "rolebindings"):
        api_server.delete(f"{APIS}/namespaces/{SPACE}/{kind}/{NAME}-new")


def _await(api_server: Any, token: str, given: Rule, namespace: str) -> None:
    """Wait until the authorizer has heard of a rule: it watches roles and bindings."""
    resource, _, below = given["resources"][-1].partition("/")
    attributes = {
        "verb": given["verbs"][-1],
        "group": given["apiGroups"][0],
        "resource": resource,
        "subresource": below,
        "namespace": namespace,
        "name": next(iter(given["resourceNames"]), ""),
    }
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    for _ in range(100):
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        status, answer = api_server.ask("POST", path, {**body, "spec": {"resourceAttributes": attributes}}, token=token)
        if status == CREATED and answer["status"]["allowed"]:
            return
        time.sleep(0.05)
    pytest.fail(f"the authorizer did not hear of {attributes}")


def _objects(rules: Sequence[Rule], inside: Sequence[Rule], *, cluster_role: bool) -> Iterator[tuple[str, str, Any]]:
    own = f"{APIS}/namespaces/{SPACE}"
    if rules:
        yield f"{APIS}/clusterroles", "ClusterRole", {"metadata": {"name": NAME}, "rules": list(rules)}
        yield (
            f"{APIS}/clusterrolebindings",
            "ClusterRoleBinding",
            binding("ClusterRoleBinding", NAME, "ClusterRole", NAME),
        )
    if inside:
        kind = "ClusterRole" if cluster_role else "Role"
        path, name = (f"{APIS}/clusterroles", f"{NAME}-in") if cluster_role else (f"{own}/roles", NAME)
        yield path, kind, {"metadata": {"name": name}, "rules": list(inside)}
        yield f"{own}/rolebindings", "RoleBinding", binding("RoleBinding", NAME, kind, name)


def bind_admin(api_server: Any, token: str, kind: str) -> int:
    path = f"{APIS}/clusterrolebindings" if kind == "ClusterRoleBinding" else f"{APIS}/namespaces/{SPACE}/rolebindings"
    body = {"apiVersion": f"{RBAC}/v1", **binding(kind, f"{NAME}-new", "ClusterRole", "cluster-admin")}
    return int(api_server.ask("POST", path, body, token=token)[0])


@pytest.mark.parametrize(
    ("names", "wanted"), [((), CREATED), (("cluster-admin",), CREATED), (("view",), FORBIDDEN), (None, FORBIDDEN)]
)
def test_a_cluster_role_binding_takes_bind_on_the_role(api_server: Any, give: Give, names: Any, wanted: int) -> None:
    binds = [] if names is None else [rule("bind", "clusterroles", names=names)]
    token = give(rule("create", "clusterrolebindings"), *binds)
    assert bind_admin(api_server, token, "ClusterRoleBinding") == wanted


def test_bind_in_a_namespace_is_enough_for_a_role_binding_and_not_for_one_of_the_cluster(
    api_server: Any, give: Give
) -> None:
    token = give(rule("create", "clusterrolebindings"), inside=[rule("bind create", "clusterroles rolebindings")])
    assert bind_admin(api_server, token, "ClusterRoleBinding") == FORBIDDEN
    assert bind_admin(api_server, token, "RoleBinding") == CREATED


def write_own(api_server: Any, token: str, *, of_cluster: bool) -> int:
    path = f"{APIS}/clusterroles/{NAME}" if of_cluster else f"{APIS}/namespaces/{SPACE}/roles/{NAME}"
    everything = {"rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}
    headers = {"Content-Type": "application/merge-patch+json"}
    return int(api_server.ask("PATCH", path, everything, token=token, headers=headers)[0])


@pytest.mark.parametrize(
    ("verbs", "names", "wanted"),
    [
        ("patch", (), FORBIDDEN),
        ("patch escalate", (), OK),
        ("patch escalate", (NAME,), OK),
        ("patch escalate", ("x",), FORBIDDEN),
    ],
)
def test_writing_into_a_cluster_role_takes_escalate_on_it(
    api_server: Any, give: Give, verbs: str, names: Any, wanted: int
) -> None:
    assert write_own(api_server, give(rule(verbs, "clusterroles", names=names)), of_cluster=True) == wanted


@pytest.mark.parametrize(("verbs", "wanted"), [("patch", FORBIDDEN), ("patch escalate", OK)])
def test_writing_into_a_role_takes_escalate_on_it(api_server: Any, give: Give, verbs: str, wanted: int) -> None:
    assert write_own(api_server, give(inside=[rule(verbs, "roles")]), of_cluster=False) == wanted


def test_who_makes_a_role_of_what_they_have_binds_it_without_bind_and_writes_into_it_with_escalate(
    api_server: Any, give: Give
) -> None:
    token = give(inside=[rule("create", "roles rolebindings"), rule("patch escalate", "roles")], cluster_role=True)
    own = f"{APIS}/namespaces/{SPACE}"
    role = {"kind": "Role", "metadata": {"name": f"{NAME}-new"}, "rules": [rule("create", "roles")]}
    assert api_server.ask("POST", f"{own}/roles", role, token=token)[0] == CREATED
    bound = binding("RoleBinding", f"{NAME}-new", "Role", f"{NAME}-new")
    assert api_server.ask("POST", f"{own}/rolebindings", bound, token=token)[0] == CREATED
    everything = {"rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}
    headers = {"Content-Type": "application/merge-patch+json"}
    assert api_server.ask("PATCH", f"{own}/roles/{NAME}-new", everything, token=token, headers=headers)[0] == OK
    assert api_server.ask("GET", f"/api/v1/namespaces/{SPACE}/secrets", token=token)[0] == OK


def as_somebody(api_server: Any, token: str, **headers: str) -> int:
    sent = {f"Impersonate-{key}": value for key, value in headers.items()}
    return int(api_server.ask("GET", "/api/v1/namespaces/kube-system/secrets", token=token, headers=sent)[0])


def test_a_group_is_impersonated_only_with_somebody(api_server: Any, give: Give) -> None:
    token = give(rule("impersonate", "groups", group=""))
    assert as_somebody(api_server, token, Group="system:masters") != OK
    assert as_somebody(api_server, token, Group="system:masters", User="anybody") != OK


@pytest.mark.parametrize("resource", ["users", "serviceaccounts"])
def test_a_group_with_anybody_is_enough(api_server: Any, give: Give, resource: str) -> None:
    token = give(
        rule("impersonate", "groups", group="", names=["system:masters"]), rule("impersonate", resource, group="")
    )
    name = "anybody" if resource == "users" else f"system:serviceaccount:{SPACE}:default"
    assert as_somebody(api_server, token, User=name) == FORBIDDEN
    assert as_somebody(api_server, token, User=name, Group="system:masters") == OK


def test_a_service_account_is_no_user_that_can_be_impersonated(api_server: Any, give: Give) -> None:
    name = f"system:serviceaccount:{SPACE}:{NAME}"
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    asked = {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": asked}
    token = give(rule("impersonate", "users", group=""))
    assert api_server.ask("POST", reviews, body, token=token, headers={"Impersonate-User": name})[0] == FORBIDDEN
    token = give(inside=[rule("impersonate", "serviceaccounts", group="")])
    status, answer = api_server.ask("POST", reviews, body, token=token, headers={"Impersonate-User": name})
    assert status == CREATED, str(answer)


def test_what_is_made_has_no_name_yet_and_a_part_of_an_object_has(api_server: Any, give: Give) -> None:
    token = give(
        inside=[
            rule("create", "configmaps", group="", names=["mine"]),
            rule("create", "serviceaccounts/token", group="", names=[NAME]),
        ]
    )
    own = f"/api/v1/namespaces/{SPACE}"
    assert api_server.ask("POST", f"{own}/configmaps", {"metadata": {"name": "mine"}}, token=token)[0] == FORBIDDEN
    assert api_server.ask("POST", f"{own}/serviceaccounts/{NAME}/token", {"spec": {}}, token=token)[0] == CREATED
    assert api_server.ask("POST", f"{own}/serviceaccounts/default/token", {"spec": {}}, token=token)[0] == FORBIDDEN


def test_the_right_to_patch_namespaces_in_one_reaches_that_one(api_server: Any, give: Give) -> None:
    token = give(inside=[rule("patch", "namespaces", group="")])
    headers = {"Content-Type": "application/merge-patch+json"}
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
    assert api_server.ask("PATCH", f"/api/v1/namespaces/{SPACE}", label, token=token, headers=headers)[0] == OK
    path = "/api/v1/namespaces/kube-public"
    assert api_server.ask("PATCH", path, label, token=token, headers=headers)[0] == FORBIDDEN


@pytest.mark.parametrize(("level", "wanted"), [("baseline", FORBIDDEN), ("privileged", CREATED)])
def test_pod_security_refuses_pods_that_see_the_node(api_server: Any, give: Give, level: str, wanted: int) -> None:
    version = api_server.ask("GET", "/version")[1]
    if (int(version["major"]), int(re.sub(r"\D", "", version["minor"]))) < (1, 23):
        pytest.skip("the API server knows no pod security yet")
    token = give(inside=[rule("create", "pods", group="")])
    headers = {"Content-Type": "application/merge-patch+json"}
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}}
    assert api_server.ask("PATCH", f"/api/v1/namespaces/{SPACE}", label, headers=headers)[0] == OK
    container = {"name": "c", "image": "x"}
    own = {"serviceAccountName": NAME, "automountServiceAccountToken": False}
    spec = {"containers": [container], "hostPID": True, **own}
    body = {"metadata": {"name": f"pod-{level}"}, "spec": spec}
    status, answer = api_server.ask("POST", f"/api/v1/namespaces/{SPACE}/pods", body, token=token)
    assert status == wanted, str(answer)
    assert status == CREATED or "PodSecurity" in answer["message"]
    api_server.delete(f"/api/v1/namespaces/{SPACE}/pods/pod-{level}?gracePeriodSeconds=0")


def test_a_service_account_that_nobody_has_made_can_be_impersonated(api_server: Any, give: Give) -> None:
    token = give(rule("impersonate", "serviceaccounts", group=""), rule("impersonate", "groups", group=""))
    name = f"system:serviceaccount:{SPACE}:nhi-nobody"
    assert as_somebody(api_server, token, User=name) == FORBIDDEN
    assert as_somebody(api_server, token, User=name, Group="system:masters") == OK


CERTIFICATES = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
CLIENT = "kubernetes.io/kube-apiserver-client"


def certificate_request(folder: Path, subject_: str) -> str:
    key, made = folder / "key", folder / "csr"
    command = ["openssl", "req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", str(key), "-out", str(made)]
    subprocess.run([*command, "-subj", subject_], check=True, capture_output=True)
    return base64.b64encode(made.read_bytes()).decode("ascii")


@pytest.mark.parametrize(
    ("names", "wanted"),
    [((CLIENT,), OK), (("kubernetes.io/*",), OK), ((), OK), (("kubernetes.io/kubelet-serving",), FORBIDDEN)],
)
def test_approving_takes_the_signer_or_its_domain(
    api_server: Any, give: Give, tmp_path: Path, names: Any, wanted: int
) -> None:
    group = "certificates.k8s.io"
    token = give(
        rule("create get", "certificatesigningrequests", group=group),
        rule("update", "certificatesigningrequests/approval", group=group),
        rule("approve", "signers", group=group, names=names),
    )
    spec = {"signerName": CLIENT, "usages": ["client auth"], "request": certificate_request(tmp_path, "/CN=somebody")}
    status, made = api_server.ask("POST", CERTIFICATES, {"metadata": {"name": NAME}, "spec": spec}, token=token)
    assert status == CREATED, made
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "x", "message": "x"}]}
    path = f"{CERTIFICATES}/{NAME}/approval"
    assert api_server.ask("PUT", path, made, token=token)[0] == wanted
    api_server.delete(f"{CERTIFICATES}/{NAME}")


def test_the_superusers_group_is_refused_to_the_clients_signer(api_server: Any, give: Give, tmp_path: Path) -> None:
    token = give(rule("create", "certificatesigningrequests", group="certificates.k8s.io"))
    spec = {
        "signerName": CLIENT,
        "usages": ["client auth"],
        "request": certificate_request(tmp_path, "/O=system:masters/CN=x"),
    }
    status, answer = api_server.ask("POST", CERTIFICATES, {"metadata": {"name": NAME}, "spec": spec}, token=token)
    assert status == FORBIDDEN, answer
    assert re.search("system:masters", answer["message"])
