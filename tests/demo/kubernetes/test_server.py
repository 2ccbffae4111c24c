import base64
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from nhi_scan.demo.kubernetes.load import load
from nhi_scan.demo.kubernetes.server import Served, serve

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(load("northwind-kubernetes"), NOW) as running:
        yield running


def request(served: Served, path: str, **headers: str) -> httpx.Response:
    config = yaml.safe_load(Path(served.kubeconfig).read_text("utf-8"))
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    known = {"Authorization": f"Bearer {config['users'][0]['user']['token']}", **headers}
    return httpx.get(served.endpoint + path, headers=known, verify=ssl.create_default_context(cadata=authority))


def ask(served: Served, path: str, **headers: str) -> Any:
    return request(served, path, **headers).raise_for_status().json()


def refusal(served: Served, path: str, **headers: str) -> dict[str, Any]:
    refused = request(served, path, **headers)
    body: dict[str, Any] = refused.json()
    assert (body["kind"], body["code"]) == ("Status", refused.status_code)
    return body


def test_lists_come_in_pages_that_make_up_the_whole(served: Served) -> None:
    whole = ask(served, "/api/v1/pods")["items"]
    page = ask(served, "/api/v1/pods?limit=7")
    collected = page["items"]
    while page["metadata"].get("continue"):
        page = ask(served, f"/api/v1/pods?limit=7&continue={page['metadata']['continue']}")
        collected += page["items"]
    assert len(whole) > 14
    assert collected == whole


def test_a_list_of_a_namespace_holds_only_what_is_in_it(served: Served) -> None:
    spaces = {one["metadata"]["namespace"] for one in ask(served, "/api/v1/namespaces/shop/serviceaccounts")["items"]}
    assert spaces == {"shop"}


def test_metadata_alone_comes_without_what_a_secret_holds(served: Served) -> None:
    selector = "fieldSelector=type%3Dkubernetes.io/service-account-token"
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    listed = ask(served, f"/api/v1/secrets?{selector}", Accept=accept)
    assert listed["items"]
    assert [one for one in listed["items"] if set(one) != {"metadata"}] == []
    assert "data" in ask(served, "/api/v1/secrets")["items"][0]


def test_moments_count_back_from_the_one_at_which_it_plays(served: Served) -> None:
    spaces = {one["metadata"]["name"]: one["metadata"] for one in ask(served, "/api/v1/namespaces")["items"]}
    assert spaces["nhi-scan"]["creationTimestamp"] == "2026-10-23T00:00:00Z"


def test_who_shows_no_token_is_nobody(served: Served) -> None:
    assert refusal(served, "/api/v1/pods", Authorization="Bearer wrong")["reason"] == "Unauthorized"


@pytest.mark.parametrize(
    "path", ["/api/v1/services", "/api/v1/namespaces/kube-system/configmaps/coredns", "/api/v1/namespaces/shop"]
)
def test_what_no_rule_of_the_scanner_allows_is_forbidden(served: Served, path: str) -> None:
    assert refusal(served, path)["reason"] == "Forbidden"


@pytest.mark.parametrize("path", ["/apis/batch/v1beta1/cronjobs", "/apis/none.example/v1", "/nowhere"])
def test_what_is_not_served_is_not_found(served: Served, path: str) -> None:
    assert refusal(served, path)["reason"] == "NotFound"


def test_pods_lead_up_to_the_workload_that_they_are_of(served: Served) -> None:
    sets = {one["metadata"]["uid"]: one["metadata"] for one in ask(served, "/apis/apps/v1/replicasets")["items"]}
    tops = {one["metadata"]["uid"]: one["metadata"] for one in ask(served, "/apis/apps/v1/deployments")["items"]}
    pods = ask(served, "/api/v1/namespaces/ci/pods")["items"]
    above = {
        tops[sets[pod["metadata"]["ownerReferences"][0]["uid"]]["ownerReferences"][0]["uid"]]["name"] for pod in pods
    }
    assert above == {"deployer", "runner", "image-builder"}
