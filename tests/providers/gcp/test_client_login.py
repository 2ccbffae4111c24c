"""Who asks, what it takes to ask, and how fast."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp import sessions
from nhi_scan.providers.gcp.pace import Pace
from nhi_scan.providers.gcp.settings import parse


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
    """A token endpoint: a list of (status, answer), the last one repeated, and its address."""
    replies: list[tuple[int, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = replies[0] if len(replies) == 1 else replies.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield replies, f"http://127.0.0.1:{server.server_port}/token"
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
