"""Kubernetes from the command line: a real API server is collected and analysed, or refused in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model import kube_ids
from nhi_scan.snapshot.store import Snapshot

Say = Callable[..., tuple[int, str, str]]


def test_a_cluster_is_collected_and_its_snapshot_analysed(api_server: Any, say: Say, tmp_path: Path) -> None:
    kubeconfig = str(api_server.kubeconfig)
    code, out, err = say("-vv", "collect", "--provider", "kubernetes", "--kubeconfig", kubeconfig, "-o", "snapshot")

    assert (code, out.strip()) == (0, "snapshot"), err
    assert api_server.token not in err
    snapshot = Snapshot.open(str(tmp_path / "snapshot"))
    (scope,) = snapshot.scopes("kubernetes")
    assert snapshot.count("kubernetes", scope, "k8s-clusterroles") > 50
    assert api_server.token not in (tmp_path / "snapshot" / "manifest.json").read_text()
    code, out, err = say("report", "snapshot", "-f", "json")
    assert code in (0, 1), err
    assert json.loads(out)


def test_another_context_than_the_current_one(api_server: Any, say: Say, tmp_path: Path) -> None:
    config = yaml.safe_load(api_server.kubeconfig.read_text(encoding="utf-8"))
    config["current-context"] = "gone"
    (tmp_path / "kube.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    asked = ("-q", "collect", "--provider", "kubernetes", "--kubeconfig", "kube.yaml", "-o", "snapshot")

    code, out, err = say(*asked)
    assert (code, out) == (2, "")
    assert "kube.yaml` has no context `gone` (there are: `" in err
    assert not (tmp_path / "snapshot").exists()

    code, out, err = say(*asked, "--kube-context", api_server.context)
    assert (code, err) == (0, "")
    scopes = {row.scope_id for row in Snapshot.open(str(tmp_path / "snapshot")).manifest.coverage}
    assert scopes == {kube_ids.cluster(api_server.context)}


def test_the_role_of_the_collector_is_printed(say: Say) -> None:
    code, out, err = say("permissions", "kubernetes", "-f", "yaml")

    assert (code, err) == (0, "")
    assert [one["kind"] for one in yaml.safe_load_all(out)] == ["ClusterRole", "ClusterRoleBinding"]
    assert say("permissions", "kubernetes", "--project")[0] == 2


@pytest.mark.parametrize("text", ["no JSON at all\n", '{"kind": "Pod"}\n', '{"verb": 7}\n'])
def test_a_file_that_is_no_audit_log_is_refused_before_anything_is_asked(say: Say, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    code, out, err = say("collect", "--provider", "kubernetes", "--audit-log", "bad.json", "--kubeconfig", "absent")
    assert (code, out) == (2, "")
    assert "bad.json` is no audit log: none of its first lines is an event" in err


def test_one_namespace_is_complete_by_itself_and_no_noise(api_server: Any, say: Say) -> None:
    if not api_server.own:
        pytest.skip("only into the server that is started here anything is written")
    rbac = "rbac.authorization.k8s.io"
    role = {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"}
    subject = {"kind": "ServiceAccount", "name": "chief", "namespace": "nhi-only"}
    written = [
        ("/api/v1/namespaces", {"metadata": {"name": "nhi-only"}}),
        ("/api/v1/namespaces/nhi-only/serviceaccounts", {"metadata": {"name": "cart"}}),
        ("/api/v1/namespaces/nhi-only/serviceaccounts", {"metadata": {"name": "chief"}}),
        (
            f"/apis/{rbac}/v1/clusterrolebindings",
            {"metadata": {"name": "nhi-only-chief"}, "roleRef": role, "subjects": [subject]},
        ),
    ]
    assert {api_server.ask("POST", path, body)[0] for path, body in written} == {201}
    try:
        asked = ("--kubeconfig", str(api_server.kubeconfig), "--namespace", "nhi-only", "--require-complete")
        code, out, err = say("scan", "--provider", "kubernetes", *asked, "-f", "json")
    finally:
        api_server.ask("DELETE", f"/apis/{rbac}/v1/clusterrolebindings/nhi-only-chief")
        api_server.ask("DELETE", "/api/v1/namespaces/nhi-only")

    assert code == 0, err
    told = json.loads(out)
    accounts = {one["id"].partition("/namespaces/")[2]: one for one in told["identities"]}
    assert accounts["nhi-only/serviceaccounts/chief"]["privilege"]["level"] == "administrator"
    cart = accounts["nhi-only/serviceaccounts/cart"]["privilege"]
    # In which other namespace it has a role nobody was asked.
    assert (cart["level"], "not collected may give it more" in cart["reason"]) == ("ordinary", True)
    assert accounts["kube-system/serviceaccounts/job-controller"]["managed_by_provider"] is True
    assert {one["subject_id"] for one in told["findings"] if "/kube-system/" in one["subject_id"]} == set()


def test_a_second_kubeconfig_does_not_take_the_place_of_the_first(say: Say) -> None:
    code, _, err = say("collect", "--provider", "kubernetes", "--kubeconfig", "a", "-o", "out", "--kubeconfig=b")
    assert code == 2
    assert "`--kubeconfig` is given twice: `KUBECONFIG=FILE:FILE` takes the contexts of several" in err


def test_a_kubeconfig_without_a_user_reads_nothing_and_says_so(api_server: Any, say: Say, tmp_path: Path) -> None:
    config = yaml.safe_load(api_server.kubeconfig.read_text(encoding="utf-8"))
    for one in config["contexts"]:
        one["context"].pop("user", None)
    (tmp_path / "kube.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    code, out, err = say("scan", "--provider", "kubernetes", "--kubeconfig", "kube.yaml", "-s", "snapshot")

    assert (code, out) == (2, "")
    assert "can be read: `" in err
    assert err.strip().endswith(": it names no user")
    assert not (tmp_path / "snapshot").exists()
