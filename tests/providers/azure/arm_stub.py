"""A server over TLS that answers Resource Manager as it is told, and the seam to it."""

import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from nhi_scan.demo.loopback import Handler, listen
from nhi_scan.providers import Call
from nhi_scan.providers.azure.client import Clients
from nhi_scan.providers.azure.client_arm import Arm
from nhi_scan.providers.azure.settings import parse

TENANT = "6d1a0f00-0000-4000-8000-000000000001"
Answer = tuple[int, Mapping[str, str], Any]  # status, headers, body: JSON, or text as it is


@dataclass
class Told:
    """A server that answers each request to Resource Manager with the next of its answers, the last one for ever."""

    endpoint: str = ""
    ca_file: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path and query, body
    authorized: list[str] = field(default_factory=list)

    def page(self, *rows: Any, link: str = "") -> None:
        self.answers.append((200, {}, {"value": list(rows), **({"nextLink": link} if link else {})}))

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def telling() -> Iterator[Told]:
    """Run such a server."""
    server = Told()

    class Answering(Handler):
        def _answer(self, status: int, headers: Mapping[str, str], body: Any) -> None:
            sent = body if isinstance(body, str) else json.dumps(body)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent.encode())))
            self.end_headers()
            self.wfile.write(sent.encode())

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            path = urlsplit(self.path).path
            own = f"{server.endpoint}/{TENANT}"
            if path.endswith("openid-configuration"):
                known = {"issuer": f"{own}/v2.0", "authorization_endpoint": f"{own}/oauth2/v2.0/authorize"}
                self._answer(200, {}, {**known, "token_endpoint": f"{own}/oauth2/v2.0/token"})
            elif path.endswith("/token"):
                self._answer(200, {}, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
            else:
                server.asked.append((self.command, self.path, json.loads(body) if body else None))
                server.authorized.append(self.headers.get("Authorization", ""))
                self._answer(*server.next())

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with tempfile.TemporaryDirectory() as folder, listen(Answering, context) as port:
        server.endpoint, server.ca_file = f"https://localhost:{port}", str(Path(folder, "ca.pem"))
        authority.cert_pem.write_to_path(server.ca_file)
        yield server


@dataclass
class Seam:
    """The seam, and how long it waited."""

    arm: Arm
    clients: Clients
    waits: list[float]

    def ask(self, call: Call, parent: Mapping[str, str]) -> list[Any]:
        return [row for page in self.arm.pages(call, parent) for row in page["value"]]


@contextmanager
def seam_to(told: Told) -> Iterator[Seam]:
    """Sign in to such a server; waits are noted, and not waited."""
    addresses = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), told.endpoint)
    settings = parse({**addresses, "ca_file": told.ca_file, "credential": "environment", "max_attempts": 3})
    waits: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("TENANT_ID", TENANT), ("CLIENT_ID", TENANT), ("CLIENT_SECRET", "s")):
            patch.setenv(f"AZURE_{name}", value)
        clients = Clients(settings, sleep=waits.append)
        yield Seam(Arm(clients), clients, waits)
        clients.close()
