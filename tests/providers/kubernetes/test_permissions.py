"""The cluster role that is printed is enough, and nothing of it is too much: a real API server decides."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import calls, kinds
from nhi_scan.providers.kubernetes.permissions import rules
from nhi_scan.providers.kubernetes.provider import PROVIDER

Collect = Callable[..., Any]

NS = "nhi-permitted"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_ACCOUNTS = f"/api/v1/namespaces/{NS}/serviceaccounts"


def _printed(format_: str) -> list[dict[str, Any]]:
    text = PROVIDER.permissions(format_, usage=False, organization=False)
    return json.loads(text)["items"] if format_ == "json" else list(yaml.safe_load_all(text))


@pytest.fixture(scope="module")
def namespace(api_server: Any) -> Iterator[str]:
    api_server.create("/api/v1/namespaces", {"metadata": {"name": NS}})
    yield NS
    api_server.delete(f"/api/v1/namespaces/{NS}")


@pytest.fixture
def permitted(api_server: Any, namespace: str, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Give a service account the printed role, changed or not; return a kubeconfig that is it."""
    api_server.create(_ACCOUNTS, {"metadata": {"name": "collector"}})
    role, binding = _printed("yaml")
    role["metadata"]["name"] = binding["metadata"]["name"] = binding["roleRef"]["name"] = NS
    binding["subjects"] = [{"kind": "ServiceAccount", "name": "collector", "namespace": NS}]
    api_server.create(f"{_RBAC}/clusterrolebindings", binding)

    def give(chosen: list[dict[str, Any]] | None = None) -> Path:
        api_server.delete(f"{_RBAC}/clusterroles/{NS}")
        api_server.create(f"{_RBAC}/clusterroles", {**role, "rules": role["rules"] if chosen is None else chosen})
        status, answer = api_server.ask("POST", f"{_ACCOUNTS}/collector/token", {"spec": {}})
        assert status == 201, answer
        path = tmp_path / "kubeconfig.yaml"
        config = yaml.safe_load(api_server.kubeconfig.read_text(encoding="utf-8"))
        context = next(one["context"] for one in config["contexts"] if one["name"] == api_server.context)
        config["users"] = [{"name": context["user"], "user": {"token": answer["status"]["token"]}}]
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path

    yield give
    api_server.delete(f"{_RBAC}/clusterrolebindings/{NS}")
    api_server.delete(f"{_RBAC}/clusterroles/{NS}")
    api_server.delete(f"{_ACCOUNTS}/collector")


def test_the_role_is_enough(permitted: Callable[..., Path], collect: Collect) -> None:
    found = collect(kubeconfig=str(permitted()))

    assert {kind: row.detail for kind, row in found.rows().items() if row.status.value != "complete"} == {}


_ROWS = {("list", listing.group, listing.resource): listing.kind for listing in (calls.NAMESPACES, *calls.LISTINGS)}


def test_without_any_one_part_of_it_that_row_is_denied(
    permitted: Callable[..., Path], api_server: Any, collect: Collect
) -> None:
    """Each kind loses its right once, all at once for those of one group that stand in one rule."""
    for number, rule in enumerate(rules()):
        if "nonResourceURLs" in rule:
            continue
        rest = [other for at, other in enumerate(rules()) if at != number]
        found = collect(kubeconfig=str(permitted(rest)))
        denied = {kind for kind, status in found.statuses().items() if status == "denied"}
        named = {kinds.AWS_AUTH} if rule["resources"] == ["configmaps"] else set()
        asked = {
            _ROWS[verb, group, resource]
            for verb in rule["verbs"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            if "resourceNames" not in rule
        }
        assert denied == asked | named, rule


def test_each_resource_of_a_rule_is_needed(permitted: Callable[..., Path], collect: Collect) -> None:
    """One resource of every rule is left out at once: exactly those are denied."""
    less, lost = [], set()
    for rule in rules():
        resources = rule.get("resources", [])
        if len(resources) > 1:
            lost.add(_ROWS["list", rule["apiGroups"][0], resources[-1]])
            less.append({**rule, "resources": resources[:-1]})
        else:
            less.append(rule)
    found = collect(kubeconfig=str(permitted(less)))

    assert {kind for kind, status in found.statuses().items() if status == "denied"} == lost
    assert len(lost) >= 4


def test_both_formats_say_the_same() -> None:
    assert _printed("json") == _printed("yaml")
    assert [one["kind"] for one in _printed("json")] == ["ClusterRole", "ClusterRoleBinding"]


def test_nothing_but_reads_is_asked_for() -> None:
    assert {verb for rule in rules() for verb in rule["verbs"]} == {"get", "list"}
    assert not any("*" in rule.get("resources", []) for rule in rules())


def test_what_means_nothing_here_is_a_sentence() -> None:
    with pytest.raises(UserError, match="`--project` means nothing for `kubernetes`"):
        PROVIDER.permissions("json", usage=False, organization=False, project=True)
    with pytest.raises(UserError, match="`--organization` means nothing"):
        PROVIDER.permissions("json", usage=False, organization=True)
    with pytest.raises(UserError, match="unknown format `az`: it is one of `yaml`, `json`"):
        PROVIDER.permissions("az", usage=False, organization=False)


@pytest.mark.parametrize("namespaces_listed", [True, False])
def test_roles_bound_in_some_namespaces_only(
    api_server: Any, permitted: Callable[..., Path], collect: Collect, *, namespaces_listed: bool
) -> None:
    """No right in the whole cluster but, at most, to list namespaces; in one namespace everything may be read."""
    listing = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}
    path = permitted([listing] if namespaces_listed else [])
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for one in config["contexts"]:
        one["context"]["namespace"] = NS
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    api_server.create(
        f"{_RBAC}/namespaces/{NS}/rolebindings",
        {
            "metadata": {"name": "here"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "collector", "namespace": NS}],
        },
    )
    found = collect(kubeconfig=str(path))
    api_server.delete(f"{_RBAC}/namespaces/{NS}/rolebindings/here")

    cluster = found.rows()
    scope = next(row.scope_id for row in cluster.values())
    accounts = cluster[kinds.SERVICE_ACCOUNTS]
    assert (accounts.status.value, accounts.records) == ("partial", 1)
    assert ("namespaces could not be listed" in accounts.detail) is namespaces_listed
    assert found.rows(f"{scope}/namespaces/{NS}")[kinds.SERVICE_ACCOUNTS].status.value == "complete"
    assert found.rows(f"{scope}/namespaces/{NS}")[kinds.ROLES].status.value == "complete"
    assert cluster[kinds.CLUSTER_ROLES].status.value == "denied"
    assert [one["metadata"]["name"] for one in found.records(kinds.SERVICE_ACCOUNTS)] == ["collector"]
