"""`scan` and `collect` against a real server, as a user runs them; the engine's own tests are with the provider."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

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
