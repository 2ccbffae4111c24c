"""What Google once answered, recorded by others, through the seam and the call table."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud import iam_admin_v1
from google.protobuf.json_format import ParseDict

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.calls import CALLS
from nhi_scan.providers.gcp.calls.hierarchy import HIERARCHY
from nhi_scan.providers.gcp.calls.policies import ABOVE
from nhi_scan.providers.gcp.client import Clients
from nhi_scan.providers.gcp.client_sdk import LIBRARIES
from nhi_scan.providers.gcp.places import Place
from nhi_scan.providers.gcp.settings import parse

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "gcp" / "recordings"
ROWS = (*CALLS, *ABOVE, *HIERARCHY)
POLICY = "getIamPolicy_1.json"
# Which recordings answer which row, by the end of the operation's name; what the name of the file says of the question;
# the field that a single record is put into, where the recording is one of what the row lists.
CASES: tuple[tuple[str, str, str, str], ...] = (
    ("api-key-list/*-keys_1.json", "apikeys-keys", "", ""),
    ("bucket-iam-policy/get-storage-v1-b_1.json", "storage-buckets", "", ""),
    ("bucket-iam-policy/get-storage-v1-b-*-iam_1.json", "storage-bucket-policies", "", ""),
    (f"folder-iam-policy/post-*-{POLICY}", "crm-iam-policies", "folders.getIamPolicy", ""),
    ("folder-iam-policy/get-v2-folders_1.json", "crm-folders", "", ""),
    ("folder-query/get-v2-folders_1.json", "crm-folders", "", ""),
    ("function-filter-iam/*-functions_1.json", "functions-functions", "", ""),
    (f"function-filter-iam/*-functions-*-{POLICY}", "functions-function-policies", "", ""),
    ("iam-project-role/*_1.json", "iam-custom-roles", "", "roles"),
    (f"iam-service-account-iam-policy*/post-*-{POLICY}", "iam-service-account-policies", "", ""),
    ("iam-service-account-*/*-serviceAccounts_1.json", "iam-service-accounts", "", ""),
    ("iam-service-account-key-query/*-keys_1.json", "iam-service-account-keys", "", ""),
    ("iam-service-account-key/*-keys-2222_1.json", "iam-service-account-keys", "", "keys"),
    ("iam-service-account-key/*.iam.gserviceaccount.com_1.json", "iam-service-accounts", "", "accounts"),
    ("iam-service-account/*_1.json", "iam-service-accounts", "", "accounts"),
    (f"organization-iam-policy/*-{POLICY}", "crm-iam-policies", "organizations.getIamPolicy", ""),
    ("organization-*/post-v1-organizations-search_1.json", "crm-organizations", "", ""),
    ("project-hierarchy/get-v2-folders-*_1.json", "crm-folders", "", "folders"),
    (f"project-iam-policy/post-*-{POLICY}", "crm-iam-policies", "projects.getIamPolicy", ""),
    ("project-query/get-compute-*_1.json", "compute-projects", "", ""),
)
# Recorded of a version that shows the parent or the organization itself in a shape that no row asks for any more.
FORMER = ("organization-get-resource/", "project-get-resource/", "*/get-v1-projects_1.json", "*/*-getAncestry_1.json")
PARENT = {"name": "projects/cloud-custodian/things/one", "resource": "projects/cloud-custodian"}


def _paths(pattern: str) -> list[Path]:
    return sorted(RECORDINGS.glob(pattern if pattern.endswith(".json") else f"{pattern}*"))


REPLAYED = [(path, *case[1:]) for case in CASES for path in _paths(case[0])]

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")


@pytest.fixture
def replay() -> Iterator[Any]:
    """Settings of a server that answers every question, over REST and gRPC, with the body that is put in."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.end_headers()
            self.wfile.write(json.dumps(bodies[-1]).encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    def method(response: Any) -> Any:
        message = response.pb()
        return grpc.unary_unary_rpc_method_handler(
            lambda _request, _context: ParseDict(bodies[-1], message()), response_serializer=message.SerializeToString
        )

    handlers = {
        "ListRoles": method(iam_admin_v1.ListRolesResponse),
        "ListServiceAccounts": method(iam_admin_v1.ListServiceAccountsResponse),
        "ListServiceAccountKeys": method(iam_admin_v1.ListServiceAccountKeysResponse),
    }
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    remote = grpc.server(
        ThreadPoolExecutor(2), handlers=[grpc.method_handlers_generic_handler("google.iam.admin.v1.IAM", handlers)]
    )
    port = remote.add_insecure_port("127.0.0.1:0")
    remote.start()
    yield parse({"endpoint": f"http://127.0.0.1:{server.server_port}", "grpc_endpoint": f"127.0.0.1:{port}"}), bodies
    remote.stop(None).wait()
    server.shutdown()
    server.server_close()
    thread.join()


def _row(kind: str, operation: str) -> Call:
    found, *_ = [call for call in ROWS if call.kind == kind and call.operation.endswith(operation)]
    return found


@pytest.mark.parametrize(
    "case", REPLAYED, ids=[f"{case[0].parent.name}/{case[0].name.removesuffix('_1.json')[-60:]}" for case in REPLAYED]
)
def test_records_are_what_google_said(replay: Any, case: tuple[Path, str, str, str]) -> None:
    settings, bodies = replay
    path, kind, operation, single = case
    body = json.loads(path.read_text("utf-8"))["body"]
    body.pop("nextPageToken", None)
    bodies.append({single: [body]} if single else body)
    call, place = _row(kind, operation), Place(id="projects/cloud-custodian")

    clients = Clients(settings)
    pages = list(clients.pages(call.service, call.operation, parameters(call, place.words, PARENT) or {}))
    clients.close()

    records = [record for page in pages for record in records_of(call, page)]
    said = bodies[-1][call.result] if call.result != "@" else [body]
    assert len(records) == len(said) > 0
    for record, recorded in zip(records, said, strict=True):
        assert record
        if call.service in LIBRARIES and not call.service.startswith("iam_"):  # a later version than was recorded
            recorded = {name: value for name, value in recorded.items() if name in record}  # noqa: PLW2901
            assert {"name", "displayName"} <= set(recorded)
        if call.service.startswith("iam_"):  # whoever recorded it has changed its digits: it is no base64 any more
            record.pop("etag", None)
            recorded.pop("etag", None)
        assert record == recorded


def test_every_recording_is_replayed_or_of_a_former_version() -> None:
    replayed = {case[0] for case in REPLAYED}
    former = {path for pattern in FORMER for path in _paths(pattern)}
    everything = set(RECORDINGS.rglob("*.json"))

    assert everything - replayed == former
    assert len(replayed) >= 30
