"""Who asks, what it takes to ask, and how fast."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import google.auth.iam
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp import sessions
from nhi_scan.providers.gcp.client_rest import method_of, open_session, rest_page
from nhi_scan.providers.gcp.settings import parse
from nhi_scan.providers.pace import Pace


def test_no_minute_has_more_than_its_share() -> None:
    now, sent = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(4, lambda: now[0], sleep)
    for number in range(23):
        now[0] += number % 5
        pace.wait()
        sent.append(now[0])

    for moment in sent:
        assert sum(moment <= other < moment + 60 for other in sent) <= 4


def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "sys.modules['google.auth'] = None\n"
        "from nhi_scan.model.errors import UserError\n"
        "from nhi_scan.providers.gcp import sessions, settings\n"
        "try:\n"
        "    sessions.connect(settings.parse({}))\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert outcome.stdout == (
        "Google's client libraries are not installed: `pip install 'nhi-governance-scan[gcp]'` brings them\n"
    )


def test_without_credentials_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))

    with pytest.raises(UserError, match="the current Google credentials do not work: `DefaultCredentialsError`"):
        sessions.connect(parse({}))


def test_nothing_of_google_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys\n"
        "from nhi_scan.providers.gcp import collect, permissions, provider\n"
        "permissions.render('json', usage=True, organization=True)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'google', 'grpc', 'requests', 'googleapiclient'}))\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert outcome.stdout == "[]\n"


@pytest.fixture
def tokens() -> Iterator[Any]:
    """A token endpoint: a list of (status, answer), the last one repeated, its address, and what it was asked."""
    replies: list[tuple[int, dict[str, Any]]] = []
    asked: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, body = replies[0] if len(replies) == 1 else replies.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_GET(self) -> None:
            self.headers["Content-Length"] = "0"
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield replies, f"http://127.0.0.1:{server.server_port}/token", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def key_file(tokens: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "shop",
        "private_key_id": "k",
        "private_key": encoded.decode(),
        "client_email": "scan@shop.iam.gserviceaccount.com",
        "token_uri": tokens[1],
    }
    (tmp_path / "key.json").write_text(json.dumps(account), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))


def test_a_key_that_works_brings_its_project(tokens: Any, key_file: None) -> None:
    tokens[0].append((200, {"access_token": "t", "expires_in": 3600}))
    clients = sessions.connect(parse({}))

    assert clients.project == "shop"
    clients.close()


def test_a_key_that_was_deleted_is_said_in_one_sentence(tokens: Any, key_file: None) -> None:
    tokens[0].append((400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}))

    with pytest.raises(UserError) as told:
        sessions.connect(parse({}))

    assert str(told.value).startswith("the current Google credentials do not work: `RefreshError`: ")
    assert "Invalid JWT Signature" in str(told.value)
    assert "\n" not in str(told.value)


AUDITOR = "auditor@shop.iam.gserviceaccount.com"
LIST_POOLS = ("iam:v1", "iam.projects.locations.workloadIdentityPools.list")


@pytest.fixture
def impersonation(tokens: Any, key_file: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Google's endpoint for tokens of others is at the local server as well."""
    path = "/v1/projects/-/serviceAccounts/{}:generateAccessToken"
    monkeypatch.setattr(google.auth.iam, "_IAM_ENDPOINT", tokens[1].removesuffix("/token") + path)
    return tokens


def test_a_service_account_is_impersonated_and_its_token_is_what_google_sees(impersonation: Any) -> None:
    replies, address, asked = impersonation
    replies += [
        (200, {"access_token": "mine", "expires_in": 3600}),
        (200, {"accessToken": "theirs", "expireTime": "2099-01-01T00:00:00Z"}),
        (200, {"workloadIdentityPools": []}),
    ]
    clients = sessions.connect(parse({"impersonate_service_account": AUDITOR, "quota_project": "billing"}))
    method = method_of(*LIST_POOLS)
    assert method is not None
    session = open_session(clients._credentials)
    rest_page(session, method, {"parent": "projects/p/locations/global"}, "", address.removesuffix("/token"), 5)
    session.close()
    clients.close()

    (_, _, _), (path, headers, body), (_, seen, _) = asked
    assert path == f"/v1/projects/-/serviceAccounts/{AUDITOR}:generateAccessToken"
    assert headers["authorization"] == "Bearer mine"
    assert json.loads(body)["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]
    assert seen["authorization"] == "Bearer theirs"
    assert seen["x-goog-user-project"] == "billing"
    assert seen["user-agent"].startswith("nhi-scan/")


def test_who_may_not_impersonate_is_told_in_one_sentence(impersonation: Any) -> None:
    denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    impersonation[0].extend(
        [
            (200, {"access_token": "mine", "expires_in": 3600}),
            (403, {"error": {"code": 403, "message": denied, "status": "PERMISSION_DENIED"}}),
        ]
    )

    with pytest.raises(UserError) as told:
        sessions.connect(parse({"impersonate_service_account": AUDITOR}))

    assert str(told.value).startswith("the current Google credentials do not work: `RefreshError`: ")
    assert "iam.serviceAccounts.getAccessToken" in str(told.value)
    assert "\n" not in str(told.value)


def test_without_a_quota_project_none_is_named(impersonation: Any) -> None:
    replies, address, asked = impersonation
    replies += [(200, {"access_token": "mine", "expires_in": 3600}), (200, {})]
    clients = sessions.connect(parse({}))
    method = method_of(*LIST_POOLS)
    assert method is not None
    session = open_session(clients._credentials)
    rest_page(session, method, {"parent": "projects/p/locations/global"}, "", address.removesuffix("/token"), 5)
    session.close()
    clients.close()

    assert asked[-1][1]["authorization"] == "Bearer mine"
    assert "x-goog-user-project" not in asked[-1][1]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "is not a valid json file"),
        ("{}", "does not have a valid type"),
        ('{"type": "service_account", "project_id": "p"}', "missing fields"),
        (
            (
                '{"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key": "x", '
                '"token_uri": "https://oauth2.googleapis.com/token"}'
            ),
            "key",
        ),
    ],
)
def test_a_broken_key_file_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, word: str
) -> None:
    (tmp_path / "key.json").write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))

    with pytest.raises(UserError) as told:
        sessions.connect(parse({}))

    said = str(told.value)
    assert word in said
    assert [code for code in ("('", "Error('", 'Error("', "[<") if code in said] == []
    assert "`gcloud auth application-default login`" in said
    assert "`GOOGLE_APPLICATION_CREDENTIALS`" in said
