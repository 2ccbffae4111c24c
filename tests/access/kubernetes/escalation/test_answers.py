"""What a real API server tells, or takes, where a technique rests on it: answers to writes, names that are said.

https://kubernetes.io/docs/reference/using-api/api-concepts/#single-resource-api: what changes an object is answered
with that object.
"""

import base64
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"
SPACE = "nhi-answers"
NAME = "nhi-asker"
SECRETS = f"/api/v1/namespaces/{SPACE}/secrets"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
OK, CREATED, FORBIDDEN = 200, 201, 403
WORD = "aHVzaA=="  # `hush`
MERGE = {"Content-Type": "application/merge-patch+json"}
Rule = Mapping[str, Any]
Give = Callable[..., str]


def rule(verbs: str, resources: str, *, group: str = "", names: Sequence[str] = ()) -> Rule:
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split(), "resourceNames": list(names)}


@pytest.fixture
def give(api_server: Any) -> Iterator[Give]:
    """Give an account rights in the whole cluster, and return its token once the authorizer knows of them."""
    api_server.create("/api/v1/namespaces", {"metadata": {"name": SPACE}})
    api_server.create(f"/api/v1/namespaces/{SPACE}/serviceaccounts", {"metadata": {"name": NAME}})
    api_server.create(SECRETS, {"metadata": {"name": "hidden"}, "data": {"word": WORD}})

    def given(*rules: Rule) -> str:
        role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": NAME}
        subject = {"kind": "ServiceAccount", "namespace": SPACE, "name": NAME}
        api_server.create(f"{RBAC}/clusterroles", {"metadata": {"name": NAME}, "rules": list(rules)})
        bound = {"metadata": {"name": NAME}, "roleRef": role, "subjects": [subject]}
        api_server.create(f"{RBAC}/clusterrolebindings", bound)
        path = f"/api/v1/namespaces/{SPACE}/serviceaccounts/{NAME}/token"
        token = str(api_server.ask("POST", path, {"spec": {}})[1]["status"]["token"])
        for one in rules:
            _await(api_server, token, one)
        return token

    yield given
    for plural in ("clusterrolebindings", "clusterroles"):
        api_server.delete(f"{RBAC}/{plural}/{NAME}")
    api_server.delete(f"{RBAC}/clusterroles/{NAME}-new")
    api_server.delete(f"{SECRETS}/hidden")


def _await(api_server: Any, token: str, given: Rule) -> None:
    resource, _, below = given["resources"][-1].partition("/")
    name = next(iter(given["resourceNames"]), "")
    asked = {"verb": given["verbs"][-1], "group": given["apiGroups"][0], "resource": resource, "subresource": below}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    for _ in range(100):
        spec = {"resourceAttributes": {**asked, "name": name, "namespace": SPACE}}
        status, answer = api_server.ask("POST", REVIEWS, {**body, "spec": spec}, token=token)
        if status == CREATED and answer["status"]["allowed"]:
            return
        time.sleep(0.05)
    pytest.fail(f"the authorizer did not hear of {given}")


@pytest.mark.parametrize(
    ("verb", "method", "path"),
    [
        ("patch", "PATCH", f"{SECRETS}/hidden?dryRun=All"),
        ("deletecollection", "DELETE", f"{SECRETS}?dryRun=All"),
        ("delete", "DELETE", f"{SECRETS}/hidden?dryRun=All&propagationPolicy=Foreground"),
    ],
)
def test_who_may_write_a_secret_reads_it_and_changes_nothing(
    api_server: Any, give: Give, verb: str, method: str, path: str
) -> None:
    token = give(rule(verb, "secrets"))
    status, answer = api_server.ask(method, path, {} if method == "PATCH" else None, token=token, headers=MERGE)
    assert (status, WORD in str(answer)) == (OK, True), answer
    assert api_server.ask("GET", f"{SECRETS}/hidden", token=token)[0] == FORBIDDEN
    assert api_server.ask("GET", f"{SECRETS}/hidden")[1]["data"] == {"word": WORD}


def test_who_may_update_a_secret_reads_none_of_it(api_server: Any, give: Give) -> None:
    token = give(rule("update", "secrets"))
    status, answer = api_server.ask(
        "PUT", f"{SECRETS}/hidden?dryRun=All", {"metadata": {"name": "hidden"}}, token=token
    )
    assert (status, WORD in str(answer)) == (OK, False), answer


def test_a_secret_of_one_account_can_be_turned_to_another(api_server: Any, give: Give) -> None:
    """The token controller writes the token of the account that is named where there is none.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/serviceaccount/tokens_controller.go
    """
    note = "kubernetes.io/service-account.name"
    kind = "kubernetes.io/service-account-token"
    api_server.create(SECRETS, {"metadata": {"name": "own", "annotations": {note: NAME}}, "type": kind})
    token = give(rule("patch", "secrets", names=["own"]))
    turned = {"metadata": {"annotations": {note: "default", "kubernetes.io/service-account.uid": None}}, "data": None}
    status, answer = api_server.ask("PATCH", f"{SECRETS}/own", turned, token=token, headers=MERGE)
    assert (status, answer["metadata"]["annotations"]) == (OK, {note: "default"}), answer
    api_server.delete(f"{SECRETS}/own")


def test_who_may_impersonate_users_and_the_group_of_nodes_is_any_node(api_server: Any, give: Give) -> None:
    """The node authorizer and NodeRestriction tell a node by its name and its group, and by nothing else.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/auth/nodeidentifier/default.go
    """
    token = give(rule("impersonate", "users"), rule("impersonate", "groups", names=["system:nodes"]))
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    spec = {"resourceAttributes": {"verb": "get", "resource": "nodes"}}
    said = {"Impersonate-User": "system:node:n1", "Impersonate-Group": "system:nodes"}
    assert api_server.ask("POST", REVIEWS, {**body, "spec": spec}, token=token, headers=said)[0] == CREATED
    said["Impersonate-Group"] = "system:masters"
    assert api_server.ask("POST", REVIEWS, {**body, "spec": spec}, token=token, headers=said)[0] == FORBIDDEN


@pytest.mark.parametrize(("names", "status"), [((), CREATED), ((f"{NAME}-new",), FORBIDDEN)])
def test_who_may_create_and_escalate_makes_a_role_that_others_gather(
    api_server: Any, give: Give, names: Sequence[str], status: int
) -> None:
    """A request to create names nothing, so that `escalate` on a name gives none; the gathering role is not asked.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
    """
    own = rule("create", "clusterroles", group=GROUP), rule("escalate", "clusterroles", group=GROUP, names=names)
    token = give(*own)
    labels = {f"{GROUP}/aggregate-to-view": "true"}
    made = {"metadata": {"name": f"{NAME}-new", "labels": labels}, "rules": [rule("*", "*", group="*")]}
    assert api_server.ask("POST", f"{RBAC}/clusterroles", made, token=token)[0] == status


def test_who_approves_a_certificate_is_answered_with_it(api_server: Any, give: Give) -> None:
    """An approval changes the conditions alone, and is answered with the whole request, the certificate in it.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/certificates/certificates/strategy.go
    """
    signer, group = "example.com/nobody", "certificates.k8s.io"
    path = f"/apis/{group}/v1/certificatesigningrequests"
    request, certificate = _made_by_openssl(), _made_by_openssl("-x509")
    token = give(
        rule("create", "certificatesigningrequests", group=group),
        rule("update", "certificatesigningrequests/approval", group=group),
        rule("approve", "signers", group=group, names=[signer]),
    )
    spec = {"request": request, "signerName": signer, "usages": ["client auth"]}
    status, made = api_server.ask("POST", path, {"metadata": {"name": NAME}, "spec": spec}, token=token)
    assert status == CREATED, made
    approved = {"type": "Approved", "status": "True", "reason": "r", "message": "m"}
    made["status"] = {"conditions": [approved]}
    status, made = api_server.ask("PUT", f"{path}/{NAME}/approval", made, token=token)
    assert (status, "certificate" in made["status"]) == (OK, False), made
    signed = {**made, "status": {**made["status"], "certificate": certificate}}
    assert api_server.ask("PUT", f"{path}/{NAME}/status", signed)[0] == OK
    made["metadata"].pop("resourceVersion")
    status, answer = api_server.ask("PUT", f"{path}/{NAME}/approval", made, token=token)
    assert (status, answer["status"].get("certificate")) == (OK, certificate), answer
    assert api_server.ask("GET", f"{path}/{NAME}", token=token)[0] == FORBIDDEN
    api_server.delete(f"{path}/{NAME}")


def _made_by_openssl(*more: str) -> str:
    command = ["openssl", "req", "-new", *more, "-nodes", "-newkey", "rsa:2048", "-keyout", os.devnull]
    made = subprocess.run([*command, "-subj", "/CN=nobody"], check=True, capture_output=True)
    return base64.b64encode(made.stdout).decode("ascii")
