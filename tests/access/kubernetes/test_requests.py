"""Requests of a real API server's clients: whether they are let through is what is answered about their place."""

import itertools
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from tests.access.kubernetes.connections import Connections
from tests.access.kubernetes.listed import RBAC, listed

CLUSTER = kube_ids.cluster("asked")
SPACES = ("asked-0", "asked-1")
NAMES = ("a", "b", *SPACES)
ACCOUNTS = tuple(f"asked-{number}" for number in range(16))
VERBS = ("get", "list", "create", "update", "patch", "delete", "deletecollection")
KINDS = {"configmaps": "ConfigMap", "namespaces": "Namespace", "nodes": "Node"}
METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
TRIAL = "dryRun=All"


class Call(NamedTuple):
    verb: str
    resource: str
    place: str
    path: str


def calls() -> Iterator[Call]:
    """Every verb in every place where there is such a request."""
    for resource in KINDS:
        for space in (*SPACES, "") if resource == "configmaps" else ("",):
            collection = f"/api/v1/namespaces/{space}/{resource}" if space else f"/api/v1/{resource}"
            inside = kube_ids.namespace(CLUSTER, space) if space else CLUSTER
            yield Call("list", resource, inside, f"{collection}?limit=1")
            if resource == "configmaps" and not space:
                continue
            yield Call("create", resource, inside, f"{collection}?{TRIAL}")
            yield Call("deletecollection", resource, inside, f"{collection}?{TRIAL}&fieldSelector=metadata.name%3Dnone")
            for name in NAMES:
                place = kube_ids.object_id(CLUSTER, resource, name, space)
                yield Call("list", resource, place, f"{collection}?fieldSelector=metadata.name%3D{name}")
                yield Call("create", resource, place, f"{collection}?{TRIAL}")
                yield Call("get", resource, place, f"{collection}/{name}")
                for verb in ("update", "patch", "delete"):
                    yield Call(verb, resource, place, f"{collection}/{name}?{TRIAL}")


@pytest.fixture(scope="module")
def roles(api_server: Any) -> Iterator[None]:
    """An account for each of some random cluster roles, bound in a namespace or everywhere."""
    chance = random.Random(3)  # noqa: S311 - repeatable
    made = []
    for space in SPACES:
        api_server.create("/api/v1/namespaces", {"metadata": {"name": space}})
    for name in ACCOUNTS:
        rule: dict[str, Any] = {
            "verbs": chance.sample(VERBS, 4),
            "apiGroups": [""],
            "resources": chance.sample(tuple(KINDS), 2),
        }
        if chance.random() < 0.6:
            rule["resourceNames"] = chance.sample(NAMES, 2)
        space = chance.choice((*SPACES, ""))
        bound = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": SPACES[0]}],
        }
        home = f"{RBAC}/namespaces/{space}/rolebindings" if space else f"{RBAC}/clusterrolebindings"
        made += [(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": [rule]}), (home, bound)]
    for path, thing in made:
        api_server.create(path, thing)
    yield
    for path, thing in made:
        api_server.delete(f"{path}/{thing['metadata']['name']}")


@pytest.mark.usefixtures("roles")
def test_whoever_is_let_through_may(api_server: Any, tmp_path: Path) -> None:
    access = listed(api_server, CLUSTER, tmp_path / "snapshot")
    _settled(api_server)
    asked = list(itertools.product(ACCOUNTS, calls()))
    with Connections(api_server) as connections, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: _status(connections, *one), asked))
    wrong = []
    for (account, call), status in zip(asked, answers, strict=True):
        who = kube_ids.service_account(CLUSTER, SPACES[0], account)
        decision = access.decide(who, f"{call.verb} {call.resource}", call.place)
        if (decision.verdict is Verdict.ALLOWED) is (status == 403):
            wrong.append((account, call, status, decision.reason))
    assert not wrong, wrong[:3]
    assert 0.1 < answers.count(403) / len(answers) < 0.9


def _status(connections: Connections, account: str, call: Call) -> int:
    """Make one request in somebody's name; whatever is let through is refused later, or done for a trial."""
    headers = {
        "Impersonate-User": kube_ids.user_of_account(SPACES[0], account),
        "Impersonate-Group": "system:serviceaccounts",  # what all are in has no part in this
        "Content-Type": f"application/{'merge-patch+' if call.verb == 'patch' else ''}json",
    }
    body = {"apiVersion": "v1", "kind": KINDS[call.resource], "metadata": {"name": "other"}}
    sent = body if call.verb in ("create", "update", "patch") else None
    return connections.ask(METHODS.get(call.verb, "GET"), call.path, sent, headers)[0]


def _settled(server: Any) -> None:
    """Wait until the authorizer knows the last binding: nothing tells but time, as each list is its own."""
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        server.ask("GET", "/readyz")
