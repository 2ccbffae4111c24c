"""A tenant that every test of the collector speaks to, and a way to collect it; a server that says what it is told."""

import json
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.demo.loopback import Handler, listen
from nhi_scan.model.coverage import Coverage
from nhi_scan.providers import Call
from nhi_scan.providers.azure import collect, settings
from nhi_scan.providers.azure.client import Clients
from nhi_scan.providers.azure.client_graph import Graph
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.azure.arm_stub import Seam, Told, seam_to, telling
from tests.providers.azure.arm_tenant import with_resources
from tests.providers.steps import Steps

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Collected:
    """A snapshot, and what it cost."""

    def __init__(self, snapshot: Snapshot, served: Served, steps: Steps) -> None:
        self.snapshot = snapshot
        self.served = served
        self.steps = steps
        self.tenant = f"/tenants/{served.tenant_id}"
        self.folder = f"tenants-{served.tenant_id}"

    def row(self, kind: str, scope: str = "") -> Coverage:
        scope = scope or self.tenant
        found = [row for row in self.snapshot.manifest.coverage if (row.scope_id, row.record_kind) == (scope, kind)]
        assert len(found) == 1, f"{scope} {kind}: {found}"
        return found[0]

    def gaps(self) -> dict[str, Coverage]:
        return {row.record_kind: row for row in self.snapshot.manifest.coverage if row.status.is_gap}

    def records(self, kind: str, folder: str = "") -> list[Any]:
        return [envelope.value() for envelope in self.snapshot.records("azure", folder or self.folder, kind)]

    def ids(self, kind: str) -> list[str]:
        return sorted(record["id"] for record in self.records(kind))

    def kept(self, kind: str, folder: str = "") -> list[dict[str, Any]]:
        return [dict(envelope.of) for envelope in self.snapshot.records("azure", folder or self.folder, kind)]

    def related(self, kind: str) -> set[tuple[str, str]]:
        pairs = zip(self.kept(kind), self.records(kind), strict=True)
        return {(of["id"], record["id"]) for of, record in pairs}


Collect = Callable[..., Collected]


@pytest.fixture(scope="session")
def estate() -> Estate:
    return Estate(**yaml.safe_load((Path(__file__).parent / "tenant.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def azure(estate: Estate) -> Estate:
    """The tenant with three subscriptions and what is in them."""
    return with_resources(estate)


@contextmanager
def signed_in(served: Served) -> Iterator[None]:
    """Put the scanner's credentials into the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_TENANT_ID", served.tenant_id)
        patch.setenv("AZURE_CLIENT_ID", served.client_id)
        patch.setenv("AZURE_CLIENT_SECRET", served.client_secret)
        yield


def section_of(served: Any, **more: Any) -> dict[str, Any]:
    """Write the section of the settings that a server is asked with."""
    own = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
    known = {"credential": "environment", "ca_file": served.ca_file, "reports_per_ten_seconds": 100_000}
    return {**own, **known, **more}


@contextmanager
def started(
    served: Served,
    path: Path,
    *,
    resume: bool = False,
    dies: tuple[int, type[Exception]] | None = None,
    **section: Any,
) -> Iterator[tuple[SnapshotWriter, Steps]]:
    """Collect from a server that runs; yields the writer, not finished."""
    writer = SnapshotWriter.resume(path) if resume else SnapshotWriter.create(path, NOW, "test")
    steps = Steps(dies)
    with ThreadPoolExecutor(4) as executor, signed_in(served):
        collect.collect(settings.parse(section_of(served, **section)), writer, steps, executor)
        yield writer, steps


@pytest.fixture
def gather(estate: Estate, tmp_path: Path) -> Collect:
    def gather(conduct: Conduct | None = None, of: Estate = estate, **section: Any) -> Collected:
        path = tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}"
        with serve(of, NOW, conduct) as served:
            with started(served, path, **section) as (writer, steps):
                snapshot = writer.finish()
            assert served.breaches == []
        return Collected(snapshot, served, steps)

    return gather


@pytest.fixture(scope="session")
def whole(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The tenant, collected once with every right."""
    with serve(estate, NOW) as served:
        with started(served, tmp_path_factory.mktemp("whole") / "s", usage=True) as (writer, steps):
            snapshot = writer.finish()
        assert served.breaches == []
        return Collected(snapshot, served, steps)


@pytest.fixture(scope="session")
def starting(estate: Estate) -> Any:
    """`started`, for tests that do more than collect once; `now` is the moment at which the estate plays."""

    class Starting:
        now = NOW

        def __init__(self) -> None:
            self.estate = estate

        def __call__(self, served: Served, path: Path, **section: Any) -> Any:
            return started(served, path, **section)

    return Starting()


_ROW: dict[str, Any] = {"service": "graph:v1.0", "result": "value", "permissions": ()}
LISTED = Call(kind="things", operation="GET /things", params={"$top": "9"}, **_ROW)
ABOUT = Call(kind="parts", operation="GET /things/{id}/parts", batch=20, **_ROW)
Answer = tuple[int, Any, dict[str, str]]  # status, JSON or bytes as they are, headers


@dataclass
class Script:
    """A server that answers Graph's paths as a test says, and gives a token to everybody."""

    endpoint: str = ""
    ca_file: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path with query, JSON of the body
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[str, str, Any], Answer] = lambda *_: (200, {"value": []}, {})


def _handler(script: Script) -> type[Handler]:
    class Scripted(Handler):
        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "/oauth2/" in self.path:
                self._send((200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"}, {}))
            elif "openid-configuration" in self.path:
                own = f"{script.endpoint}/{TENANT}"
                known = {"token_endpoint": f"{own}/oauth2/v2.0/token", "issuer": f"{own}/v2.0"}
                self._send((200, {**known, "authorization_endpoint": f"{own}/oauth2/v2.0/authorize"}, {}))
            else:
                asked = json.loads(body) if body else None
                script.asked.append((self.command, self.path, asked))
                script.headers.append({name.lower(): value for name, value in self.headers.items()})
                self._send(script.answer(self.command, self.path, asked))

        def _send(self, answer: Answer) -> None:
            status, content, headers = answer
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(text)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
            if len(text) != int(headers.get("Content-Length", len(text))):
                self.close_connection = True

    return Scripted


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def script(authority: trustme.CA, tmp_path: Path) -> Iterator[Script]:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    script = Script(ca_file=str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with listen(_handler(script), context) as port:
        script.endpoint = f"https://localhost:{port}"
        yield script


@dataclass
class Client:
    """The seam as it speaks to a script, and how long it waited."""

    graph: Graph
    clients: Clients
    waited: list[float]

    def pages(self, call: Call = LISTED) -> list[Any]:
        return list(self.graph.fetch(call, {}))

    def parts(self, *ids: Any) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for parent, page in self.graph.fetch_many(ABOUT, [{"id": id_} for id_ in ids]):
            found.setdefault(str(parent["id"]), []).append(page)
        return found


@contextmanager
def _connected(script: Script, **more: Any) -> Iterator[Client]:
    now, waited = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    section = section_of(script, **{"max_attempts": 3, "reports_per_ten_seconds": 5, **more})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": TENANT, "CLIENT_SECRET": "s"}.items():
            patch.setenv(f"AZURE_{name}", value)
        clients = Clients(settings.parse(section), clock=lambda: now[0], sleep=sleep)
        try:
            yield Client(Graph(clients), clients, waited)
        finally:
            clients.close()


@pytest.fixture
def connected() -> Callable[..., AbstractContextManager[Client]]:
    """For tests that say more than what a client usually is told."""
    return _connected


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with _connected(script) as client:
        yield client


@pytest.fixture
def told() -> Iterator[Told]:
    with telling() as server:
        yield server


@pytest.fixture
def seam(told: Told) -> Iterator[Seam]:
    with seam_to(told) as one:
        yield one
