"""What Google once answered, recorded by others, through the seam and the call table."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.calls import CALLS
from nhi_scan.providers.gcp.client import Clients
from nhi_scan.providers.gcp.places import Place
from nhi_scan.providers.gcp.settings import parse

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "gcp" / "recordings"
BY_KIND = {call.kind: call for call in CALLS}
ACCOUNT = "projects/cloud-custodian/serviceAccounts/my-sa-42dc4145@c7n-policy-dev.iam.gserviceaccount.com"
CASES = [
    ("apikeys-keys", {}, "api-key-list/get-v2-projects-cloud-custodian-locations-global-keys_1.json"),
    ("storage-buckets", {}, "bucket-iam-policy/get-storage-v1-b_1.json"),
    (
        "storage-bucket-policies",
        {"name": "cloud-custodian-test-1"},
        "bucket-iam-policy/get-storage-v1-b-cloud-custodian-test-1-iam_1.json",
    ),
    (
        "iam-service-account-policies",
        {"name": ACCOUNT},
        f"iam-service-account-iam-policy/post-v1-{ACCOUNT.replace('/', '-')}-getIamPolicy_1.json",
    ),
]

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")


@pytest.fixture
def replay() -> Iterator[Any]:
    bodies: list[bytes] = []
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.end_headers()
            self.wfile.write(bodies[-1])

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings = parse({"endpoint": f"http://127.0.0.1:{server.server_port}", "grpc_endpoint": "127.0.0.1:1"})
    yield settings, bodies, asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("kind", "parent", "recording"), CASES, ids=lambda value: value if "-" in str(value) else "")
def test_records_are_what_google_said(replay: Any, kind: str, parent: dict[str, str], recording: str) -> None:
    settings, bodies, asked = replay
    body = json.loads((RECORDINGS / recording).read_text("utf-8"))["body"]
    body.pop("nextPageToken", None)
    bodies.append(json.dumps(body).encode())
    call, place = BY_KIND[kind], Place(id="projects/cloud-custodian")
    clients = Clients(settings)

    params = parameters(call, place.words, parent)
    pages = list(clients.pages(call.service, call.operation, params or {}))
    clients.close()

    records = [record for page in pages for record in records_of(call, page)]
    assert records == (body[call.result] if call.result != "@" else [body])
    assert records
    assert "cloud-custodian" in asked[0]
