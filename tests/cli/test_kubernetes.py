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
