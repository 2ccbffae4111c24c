"""A sweep against a server that does not like some asset types and does not say which."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.asking import Asker
from nhi_scan.providers.gcp.client import Clients
from nhi_scan.providers.gcp.kinds import ASSET_TYPES
from nhi_scan.providers.gcp.places import Place
from nhi_scan.providers.gcp.settings import parse
from nhi_scan.providers.gcp.sweep import Learned, sweep_assets
from nhi_scan.snapshot.store import SnapshotWriter

REFUSAL = {"error": {"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT"}}


@pytest.fixture
def silent() -> Iterator[Any]:
    refused: set[str] = set()
    asked: list[list[str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            types = parse_qs(urlsplit(self.path).query)["assetTypes"]
            asked.append(types)
            answer: Any = {"assets": [{"name": f"//x/{type_}", "assetType": type_} for type_ in types]}
            status = 400 if refused & set(types) else 200
            body = json.dumps(REFUSAL if status == 400 else answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield refused, asked, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _swept(address: str, folder: Path) -> dict[str, CoverageStatus]:
    clients = Clients(parse({"endpoint": address, "grpc_endpoint": "127.0.0.1:1"}))
    asker = Asker(clients, SnapshotWriter.create(folder, datetime(2026, 1, 1, tzinfo=UTC), "test"), 5)
    rows = sweep_assets(asker, Place(id="organizations/1"), Learned())
    clients.close()
    return {row.record_kind: row.status for row in rows}


@pytest.mark.parametrize(
    "types", [{ASSET_TYPES[0]}, {ASSET_TYPES[-1]}, {ASSET_TYPES[3], ASSET_TYPES[20]}], ids=["first", "last", "two"]
)
def test_types_that_are_refused_without_a_name_are_found_by_halves(
    silent: Any, tmp_path: Path, types: set[str]
) -> None:
    refused, asked, address = silent
    refused |= types

    rows = _swept(address, tmp_path / "s")

    assert len(rows) == len(ASSET_TYPES)
    assert sum(status is CoverageStatus.FAILED for status in rows.values()) == len(types)
    assert sum(status is CoverageStatus.COMPLETE for status in rows.values()) == len(ASSET_TYPES) - len(types)
    assert len(asked) <= 3 + 14 * len(types)


def test_where_all_are_refused_the_types_are_not_at_fault(silent: Any, tmp_path: Path) -> None:
    refused, asked, address = silent
    refused.update(ASSET_TYPES)

    rows = _swept(address, tmp_path / "s")

    assert set(rows.values()) == {CoverageStatus.FAILED}
    assert len(asked) == 2
