"""What a large account costs, counted at the server: the real collector, real boto3, real HTTP."""

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import SigningCertificate, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

ROLES, USERS, WITH_CERTIFICATE = 1000, 200, 3
TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)


class Quiet:
    """Progress that nobody watches."""

    def start(self, account: str, total: int = 0) -> None: ...

    def advance(self, account: str, service: str, region: str = "") -> None: ...

    def done(self, account: str) -> None: ...


class Counting:
    """A WSGI application that counts what IAM is asked on the way to moto."""

    def __init__(self) -> None:
        self.app = DomainDispatcherApplication(create_backend_app)
        self.asked: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if "/iam/" in environ.get("HTTP_AUTHORIZATION", ""):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.asked[parse_qs(body.decode())["Action"][0]] += 1
            environ["wsgi.input"] = io.BytesIO(body)
        return self.app(environ, start_response)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    app = Counting()
    running = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    iam_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()
    yield app
    running.shutdown()
    thread.join()
    running.server_close()
    iam_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()


def seed() -> None:
    """Fill the backend itself: 1,200 requests would take longer than the collection."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(ROLES):
        iam.create_role(
            role_name=f"role-{number}",
            assume_role_policy_document=TRUST,
            path="/",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )
    for number in range(USERS):
        iam.create_user("us-east-1", f"user-{number}")
        iam.create_access_key(f"user-{number}")


def collected(path: Path) -> Snapshot:
    writer = SnapshotWriter.create(path, datetime(2026, 1, 2, tzinfo=UTC), "test")
    with ThreadPoolExecutor(4) as executor:
        iam = [call for call in CALLS if call.scope == "account" or call.kind == "codecommit-repositories"]
        collect(AwsSettings(regions=("us-east-1",), max_attempts=1), writer, Quiet(), executor, iam)
    return writer.finish()


def test_a_thousand_roles_cost_ten_calls(server: Counting, tmp_path: Path) -> None:
    seed()
    snapshot = collected(tmp_path / "snapshot")
    records = {row.record_kind: row.records for row in snapshot.manifest.coverage}
    assert records["iam-roles"] == ROLES
    assert records["iam-users"] == USERS
    assert records["iam-credential-report"] >= USERS
    assert server.asked.total() <= 10, server.asked
    assert server.asked["GetAccountAuthorizationDetails"] >= 1


def test_only_a_user_with_something_costs_a_call(server: Counting, tmp_path: Path) -> None:
    seed()
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(WITH_CERTIFICATE):
        user = iam.get_user(f"user-{number}")  # its method wants a certificate that is worth something
        user.signing_certificates["c"] = SigningCertificate("c", user.name, "not looked at")
    snapshot = collected(tmp_path / "snapshot")
    rows = {row.record_kind: row for row in snapshot.manifest.coverage}
    assert rows["iam-signing-certificates"].status is CoverageStatus.COMPLETE
    assert server.asked["ListSigningCertificates"] == WITH_CERTIFICATE
    assert server.asked.total() <= 10 + WITH_CERTIFICATE, server.asked
