"""Azure from the command line: collected with the credentials of the environment, or refused in one sentence."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.snapshot.store import Snapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBSCRIPTION = "00000000-0000-4000-8000-000000000900"
ESTATE = Estate(
    organization={"id": TENANT, "displayName": "Northwind", "verifiedDomains": [{"name": "northwind.example"}]},
    management_groups=[{"name": TENANT, "displayName": "Tenant Root Group", "parent": ""}],
    subscriptions=[{"subscriptionId": SUBSCRIPTION, "displayName": "shop", "state": "Enabled", "parent": TENANT}],
)
Collect = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(ESTATE, NOW) as served:
        yield served


@pytest.fixture
def collect(served: Served, tmp_path: Path) -> Collect:
    """Run `nhi-scan collect --provider azure` in a process of its own."""
    own: dict[str, Any] = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
    section = {"providers": {"azure": {**own, "ca_file": served.ca_file, "max_attempts": 1}}}
    (tmp_path / "nhi-scan.yaml").write_text(json.dumps(section), encoding="utf-8")

    def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        known = {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "AZURE_TENANT_ID": served.tenant_id,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
        }
        command = [sys.executable, "-m", "nhi_scan", "collect", "-q", "--provider", "azure", "-o", "snapshot", *words]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **known, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--tenant", "northwind.example"),
        ("--subscription", SUBSCRIPTION),
        ("--management-group", TENANT),
        ("--usage",),
    ],
    ids=" ".join,
)
def test_a_tenant_is_collected(collect: Collect, tmp_path: Path, words: tuple[str, ...]) -> None:
    outcome = collect(*words)

    assert (outcome.returncode, outcome.stderr) == (0, "")
    snapshot = Snapshot.open(str(tmp_path / "snapshot"))
    assert snapshot.count("azure", f"tenants-{TENANT}", "graph-organization") == 1
    assert {row.provider for row in snapshot.manifest.coverage} == {"azure"}


def test_files_that_the_configuration_names_lie_beside_it(collect: Collect, served: Served, tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    shutil.copy(served.ca_file, tmp_path / "audit" / "ca.pem")
    shutil.copy(served.certificate_file, tmp_path / "audit" / "nhi-scan.pem")
    own: dict[str, Any] = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
    as_whom = {"tenant": served.tenant_id, "client_id": served.client_id, "certificate": "nhi-scan.pem"}
    section = {"providers": {"azure": {**own, **as_whom, "ca_file": "ca.pem", "max_attempts": 1}}}
    (tmp_path / "audit" / "nhi-scan.yaml").write_text(json.dumps(section), encoding="utf-8")

    outcome = collect("--config", str(tmp_path / "audit" / "nhi-scan.yaml"), AZURE_CLIENT_SECRET="")

    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "environment", "sentence"),
    [
        (("--tenant", TENANT.replace("1", "2")), {}, "the current Azure credentials do not work: "),
        ((), {"AZURE_CLIENT_SECRET": "wrong"}, "AADSTS7000215"),
        ((), {"AZURE_CLIENT_SECRET": ""}, "the current Azure credentials do not work: "),
        (("--subscription", TENANT), {}, "none of the subscriptions and management groups that were named is shown"),
    ],
)
def test_what_does_not_work_is_one_sentence(
    collect: Collect, tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], sentence: str
) -> None:
    outcome = collect(*words, **environment)

    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("nhi-scan: ")
    assert sentence in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert not (tmp_path / "snapshot" / "raw").exists()
