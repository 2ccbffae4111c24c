"""What opens GitHub or a cluster is on no screen, in no log, snapshot or report, however much is said."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from nhi_scan.demo.github.server import Served, serve
from nhi_scan.demo.kubernetes.load import load
from nhi_scan.demo.kubernetes.server import serve as serve_cluster
from nhi_scan.snapshot.store import Snapshot
from tests.providers.github.organization import small

Say = Callable[..., tuple[int, str, str]]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CANARY = "canary"
FORMATS = ("json", "html", "sarif", "csv", "markdown", "terminal")


@pytest.fixture(autouse=True)
def _no_credentials_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path) -> str:
    """All that a snapshot holds."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    return "\n".join(
        (gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes()).decode() for one in files
    )


def everything_said(say: Say, folder: Path) -> str:
    """What every report of a snapshot holds, and what is logged while they are made."""
    said = ""
    for format_ in FORMATS:
        code, out, err = say("-vv", "report", str(folder), "-f", format_)
        assert code == 0, err
        said += out + err
    return said


def as_app(served: Served, folder: Path) -> None:
    section = {
        "base_url": served.endpoint,
        "ca_file": served.ca_file,
        "web_host": "github.com",
        "app_id": served.app_id,
        "private_key": served.private_key_file,
    }
    (folder / "nhi-scan.yaml").write_text(yaml.safe_dump({"providers": {"github": section}}), encoding="utf-8")


@pytest.mark.parametrize("log", ["text", "json"])
def test_an_apps_key_and_its_tokens_stay_where_they_are(say: Say, tmp_path: Path, log: str) -> None:
    with serve(small(), NOW) as served:
        as_app(served, tmp_path)
        code, out, err = say("-vv", "--log-format", log, "collect", "--provider", "github", "-o", "out")
        key = Path(served.private_key_file).read_text(encoding="utf-8")
    assert (code, out.strip()) == (0, "out"), err

    said = err + written(tmp_path / "out") + everything_said(say, tmp_path / "out")
    assert "github-workflow-files" in said
    for line in key.splitlines():
        assert line not in said
    for secret in (CANARY, "ghs_", "eyJ", served.token, "Bearer "):
        assert secret not in said, secret


def test_a_persons_token_is_not_told(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(small(), NOW) as served:
        as_app(served, tmp_path)
        section = {"base_url": served.endpoint, "ca_file": served.ca_file, "organizations": ["northwind"]}
        (tmp_path / "nhi-scan.yaml").write_text(yaml.safe_dump({"providers": {"github": section}}), encoding="utf-8")
        monkeypatch.setenv("GH_ENTERPRISE_TOKEN", served.token)
        code, _, err = say("-vv", "collect", "--provider", "github", "-o", "out")
    assert code == 0, err
    assert served.token not in err + written(tmp_path / "out") + everything_said(say, tmp_path / "out")


def test_a_kubeconfigs_program_is_run_and_what_it_printed_is_told_to_nobody(say: Say, tmp_path: Path) -> None:
    """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins."""
    with serve_cluster(load("northwind-kubernetes"), NOW) as served:
        config = yaml.safe_load(Path(served.kubeconfig).read_text(encoding="utf-8"))
        (user,) = config["users"]
        token = user["user"].pop("token")
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": token},
        }
        (tmp_path / "credential.json").write_text(json.dumps(credential), encoding="utf-8")
        program = tmp_path / "sign-in"
        program.write_text(f"#!/bin/sh\necho {CANARY} >&2\ncat {tmp_path / 'credential.json'}\n", encoding="utf-8")
        program.chmod(0o700)
        user["user"]["exec"] = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(program),
            "env": [{"name": "PASSWORD", "value": CANARY}],
            "interactiveMode": "Never",
        }
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(config), encoding="utf-8")
        typed = ("collect", "--provider", "kubernetes", "--kubeconfig", str(kubeconfig), "-o", "out")
        code, _, err = say("-vv", *typed)
    assert code == 0, err

    snapshot = Snapshot.open(str(tmp_path / "out"))
    assert snapshot.count("kubernetes", snapshot.scopes("kubernetes")[0], "k8s-pods") > 5
    said = err + written(tmp_path / "out") + everything_said(say, tmp_path / "out")
    assert token not in said
    assert CANARY not in said
