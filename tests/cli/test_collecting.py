"""`scan` and `collect` against a real server, as a user runs them; the engine's own tests are with the provider."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.snapshot.store import Snapshot

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    (tmp_path / "nhi-scan.yaml").write_text(
        "providers: {aws: {max_attempts: 1, connect_timeout: 2, read_timeout: 20}}\n"
    )
    yield endpoint
    server.stop()


@pytest.mark.xdist_group("moto")
def test_scan_collects_reports_and_keeps_the_snapshot(say: Say, cloud: str, tmp_path: Path) -> None:
    code, out, err = say("scan", "--region", "eu-west-1", "-s", "snap", "-f", "json", "-o", "report.json")

    assert code == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert [scope["id"] for scope in report["scopes"] if scope["kind"] == "account"] == ["123456789012"]
    assert {row["status"] for row in report["coverage"]} >= {"complete", "failed"}
    assert "json report: report.json" in out
    assert "123456789012: collecting" in err
    assert say("scan", "--region", "eu-west-1", "-s", "snap")[0] == 2  # never over an older snapshot


@pytest.mark.xdist_group("moto")
def test_what_could_not_be_looked_at_is_3_where_it_has_to_be_complete(say: Say, cloud: str) -> None:
    code, _, err = say("scan", "-q", "--region", "eu-west-1", "-s", "snap", "--require-complete")

    assert (code, err) == (3, "")


def test_without_credentials_it_says_so(say: Say, cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    code, out, err = say("collect", "-s", "snap")

    assert (code, out) == (2, "")
    assert "credentials" in err


@pytest.mark.xdist_group("moto")
def test_an_interrupted_collection_says_how_to_go_on_and_goes_on(say: Say, cloud: str, tmp_path: Path) -> None:
    program = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs are born without it
        "from nhi_scan.cli.run import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program, "collect", "-v", "--region", "eu-west-1", "-o", "snap"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "123456789012: collecting" in line:
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        left = process.stderr.read()

    assert process.returncode == 130
    assert "`nhi-scan collect --resume snap` completes it" in left
    assert not Snapshot.open(str(tmp_path / "snap")).manifest.complete
    code, out, _ = say("collect", "-q", "--resume", "snap")
    assert (code, out.splitlines()[-1]) == (0, "snap")  # moto, in this process, prints as well
    resumed = Snapshot.open(str(tmp_path / "snap"))
    assert resumed.manifest.complete
    kinds = {row.record_kind for row in resumed.manifest.coverage}
    assert kinds >= {call.kind for call in CALLS if call.scope == "account"}
    assert {
        row.record_kind for row in resumed.manifest.coverage if "asked for in 1 of" in row.detail
    }  # as it was begun
