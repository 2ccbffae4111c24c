"""The seam to Microsoft Graph: pages, batches, waits, and answers that nobody should send."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.azure import settings
from nhi_scan.providers.azure.client import Clients
from nhi_scan.providers.azure.client_graph import Graph
from nhi_scan.providers.azure.faults import CallError, Stopped

TENANT = "6d1a0f00-0000-4000-8000-000000000001"
LISTED = Call(
    kind="things", service="graph:v1.0", operation="GET /things", params={"$top": "9"}, result="value", permissions=()
)
ABOUT = Call(
    kind="parts", service="graph:v1.0", operation="GET /things/{id}/parts", result="value", permissions=(), batch=20
)
REPORT = Call(kind="r", service="graph:beta", operation="GET /reports/x", result="value", permissions=())

Answer = tuple[int, Any, dict[str, str]]  # status, JSON or bytes as they are, headers


@dataclass
class Script:
    """A server that answers Graph's paths as a test says, and gives a token to everybody."""

    endpoint: str = ""
    ca_file: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path with query, JSON of the body
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[str, str, Any], Answer] = lambda *_: (200, {"value": []}, {})


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _do(self) -> None:
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

        do_GET = do_POST = _do  # noqa: N815 - the names of the library

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

    return Handler


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def script(authority: trustme.CA, tmp_path: Path) -> Iterator[Script]:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    script = Script(ca_file=str(ca_file))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    script.endpoint = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    server.daemon_threads = True
    server.block_on_close = False
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Client:
    """The seam as it speaks to a script, and how long it waited."""

    graph: Graph
    clients: Clients
    waited: list[float]

    def pages(self, call: Call = LISTED) -> list[Any]:
        return list(self.graph.fetch(call, {}))

    def parts(self, *ids: str) -> dict[str, list[Any]]:
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

    section = {
        "credential": "environment",
        "authority": script.endpoint,
        "graph_endpoint": script.endpoint,
        "arm_endpoint": script.endpoint,
        "ca_file": script.ca_file,
        "max_attempts": 3,
        **more,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": TENANT, "CLIENT_SECRET": "s"}.items():
            patch.setenv(f"AZURE_{name}", value)
        clients = Clients(settings.parse(section), clock=lambda: now[0], sleep=sleep)
        try:
            yield Client(Graph(clients), clients, waited)
        finally:
            clients.close()


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with _connected(script) as client:
        yield client


def _after(*answers: Answer) -> Callable[[str, str, Any], Answer]:
    """Answer one after the other; the last again and again."""
    left = list(answers)
    return lambda *_: left.pop(0) if len(left) > 1 else left[0]


def ok(content: Any, **headers: str) -> Answer:
    return 200, content, headers


def fault(status: int, code: str = "x", message: str = "said", **headers: str) -> Answer:
    return status, {"error": {"code": code, "message": message}}, headers


def test_pages_are_followed_with_a_token_and_a_name(script: Script, client: Client) -> None:
    script.answer = _after(
        ok({"value": [1], "@odata.nextLink": f"{script.endpoint}/v1.0/things?$skiptoken=a%20b"}), ok({"value": [2]})
    )

    assert [page["value"] for page in client.pages()] == [[1], [2]]
    assert [path for _, path, _ in script.asked] == ["/v1.0/things?$top=9", "/v1.0/things?$skiptoken=a%20b"]
    assert script.headers[0]["authorization"] == "Bearer opaque"
    assert script.headers[0]["user-agent"].startswith("nhi-scan/")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/things",
        "http://localhost/v1.0/things",
        "https://localhost:1/v1.0/things",
        "//evil.example/x",
        "/v1.0/things?$skiptoken=1",
        "https://[evil/",
        "ftp://localhost",
        7,
        ["x"],
        {"a": 1},
    ],
)
def test_a_link_that_leads_elsewhere_gets_no_token(script: Script, client: Client, link: Any) -> None:
    script.answer = lambda *_: ok({"value": [1], "@odata.nextLink": link})

    with pytest.raises(CallError, match="leads to another server"):
        client.pages()
    assert len(script.asked) == 1


def test_a_link_that_repeats_ends_the_listing(script: Script, client: Client) -> None:
    script.answer = lambda *_: ok({"value": [1], "@odata.nextLink": f"{script.endpoint}/v1.0/things?$skiptoken=a"})

    with pytest.raises(CallError, match="same next link twice"):
        client.pages()
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("header", "waits"),
    [("7", 7.0), ("1.5", 1.5), ("0", 0.0), ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0), ("9000", 300.0)],
)
def test_a_refusal_is_waited_out_as_the_server_says(script: Script, client: Client, header: str, waits: float) -> None:
    script.answer = _after(fault(429, "TooManyRequests", **{"Retry-After": header}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]
    assert client.waited == [waits]


@pytest.mark.parametrize("header", ["soon", "-1", "nan", "inf", "Thu, 99 Foo", ""])
def test_a_wait_that_is_none_is_our_own(script: Script, client: Client, header: str) -> None:
    script.answer = _after(fault(503, **{"Retry-After": header}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]
    assert len(client.waited) == 1
    assert 0.5 <= client.waited[0] <= 1.0


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 509])
def test_what_may_pass_is_tried_again_and_not_for_ever(script: Script, client: Client, status: int) -> None:
    script.answer = lambda *_: fault(status)

    with pytest.raises(CallError):
        client.pages()
    assert len(script.asked) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            fault(403, "Authorization_RequestDenied", "Insufficient"),
            "denied",
            "`Authorization_RequestDenied`: Insufficient",
        ),
        (fault(400, "BadRequest", "no such\nproperty"), "refused", "`BadRequest`: no such property"),
        (fault(404, "Request_ResourceNotFound"), "absent", "`Request_ResourceNotFound`: said"),
        (fault(401, "InvalidAuthenticationToken"), "expired", "`InvalidAuthenticationToken`: said"),
        (
            fault(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither"),
            "unlicensed",
            "the tenant lacks the licence: `Authentication_RequestFromNonPremiumTenantOrB2CTenant`: Neither",
        ),
        (
            fault(400, "AadPremiumLicenseRequired", "needs P2"),
            "unlicensed",
            "the tenant lacks the licence: `AadPremiumLicenseRequired`: needs P2",
        ),
        (
            fault(403, "Forbidden", "Your tenant is not licensed for this feature."),
            "unlicensed",
            "the tenant lacks the licence: `Forbidden`: Your tenant is not licensed for this feature.",
        ),
        ((418, b"<!DOCTYPE html><p>no", {}), "failed", "`HTTP 418`: answered with a web page"),
        ((403, {"error": "access_denied", "error_description": "why"}, {}), "denied", "`access_denied`: why"),
        ((403, {"error": {"code": 7, "message": []}}, {}), "denied", "`HTTP 403`"),
        ((403, [1], {}), "denied", "`HTTP 403`"),
        ((403, b"\xff\xfe", {}), "denied", "`HTTP 403`"),
        ((302, b"", {"Location": "https://evil.example/"}), "failed", "`HTTP 302`"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    script: Script, client: Client, answer: Answer, kind: str, said: str
) -> None:
    script.answer = lambda *_: answer

    with pytest.raises(CallError) as caught:
        client.pages()
    assert (caught.value.kind, len(script.asked)) == (kind, 1)
    assert caught.value.sentence.startswith(said)


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        ((200, b'{"value": [1', {}), 3),
        ((200, b"<html>", {}), 3),
        ((200, b"", {}), 3),
        ((200, b'{"value": []}', {"Content-Length": "99"}), 3),
        ((200, b"\xff\xfe\x00", {}), 3),
        ((200, [1], {}), 1),
        ((200, "text", {}), 1),
        ((200, None, {}), 1),
    ],
)
def test_an_answer_that_is_none_is_an_error(script: Script, client: Client, answer: Answer, tries: int) -> None:
    script.answer = lambda *_: answer

    with pytest.raises(CallError) as caught:
        client.pages()
    assert (caught.value.kind, len(script.asked)) == ("failed", tries)


def test_a_truncated_answer_may_be_whole_the_next_time(script: Script, client: Client) -> None:
    script.answer = _after((200, b'{"value": [', {"Content-Length": "40"}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]


def test_who_is_near_the_limit_slows_down(script: Script, client: Client) -> None:
    script.answer = _after(
        ok({"value": [1], "@odata.nextLink": f"{script.endpoint}/a"}, **{"x-ms-throttle-limit-percentage": "0.9"}),
        ok({"value": [2], "@odata.nextLink": f"{script.endpoint}/b"}, **{"x-ms-throttle-limit-percentage": "odd"}),
        ok({"value": [3]}),
    )

    assert len(client.pages()) == 3
    assert client.waited == [4.5]


def test_reports_are_asked_five_times_in_ten_seconds(script: Script, client: Client) -> None:
    script.answer = lambda *_: ok({"value": []})

    for _ in range(11):
        client.pages(REPORT)

    assert client.waited == [10.0, 10.0]


def test_patience_wears_out(script: Script) -> None:
    script.answer = lambda *_: fault(503)
    with _connected(script, give_up_after=2) as client:
        for tries in (3, 6, 7, 8):
            with pytest.raises(CallError):
                client.pages()
            assert len(script.asked) == tries


def test_the_end_of_the_run_ends_a_wait(script: Script, client: Client) -> None:
    script.answer = lambda *_: fault(503)
    client.clients.stop.set()

    with pytest.raises(Stopped):
        client.pages()
    assert script.asked == []


# -- batches


def _parts(*parts: Any) -> Answer:
    return ok({"responses": list(parts)})


def _part(at: int, status: int = 200, body: Any = None, **headers: str) -> dict[str, Any]:
    found = {"value": [at]} if body is None else body
    return {"id": str(at), "status": status, "headers": headers, "body": found}


def test_twenty_are_asked_in_one_request_and_answered_in_any_order(script: Script, client: Client) -> None:
    script.answer = lambda *_: _parts(*(_part(at) for at in reversed(range(20))))

    found = client.parts(*(f"t{number}" for number in range(20)))

    assert found == {f"t{number}": [{"value": [number]}] for number in range(20)}
    ((method, path, body),) = script.asked
    assert (method, path) == ("POST", "/v1.0/$batch")
    assert body["requests"][3] == {"id": "3", "method": "GET", "url": "/things/t3/parts"}


def test_only_what_failed_is_asked_again_after_its_own_wait(script: Script, client: Client) -> None:
    denied = {"error": {"code": "Authorization_RequestDenied", "message": "no"}}
    script.answer = _after(
        _parts(
            _part(0),
            _part(1, 429, {"error": {"code": "TooManyRequests"}}, **{"Retry-After": "2.5"}),
            _part(2, 403, denied),
            _part(3, 503, {}),
        ),
        _parts(_part(1), _part(3, 503, {})),
        _parts(_part(3, 503, {})),
    )

    found = client.parts("a", "b", "c", "d")

    assert found["a"] == [{"value": [0]}]
    assert found["b"] == [{"value": [1]}]
    assert (found["c"][0].kind, found["d"][0].code) == ("denied", "HTTP 503")
    assert [[one["id"] for one in body["requests"]] for _, _, body in script.asked] == [
        ["0", "1", "2", "3"],
        ["1", "3"],
        ["3"],
    ]
    assert client.waited[0] == 2.5


def test_a_part_has_pages_too(script: Script, client: Client) -> None:
    link = f"{script.endpoint}/v1.0/things/a/parts?$skiptoken=2"
    script.answer = _after(_parts(_part(0, body={"value": [1], "@odata.nextLink": link})), ok({"value": [2]}))

    assert [page["value"] for page in client.parts("a")["a"]] == [[1], [2]]


def test_a_part_whose_link_leads_elsewhere_costs_no_other(script: Script, client: Client) -> None:
    bad = {"value": [1], "@odata.nextLink": "https://evil.example/"}
    script.answer = lambda *_: _parts(_part(0, body=bad), _part(1))

    found = client.parts("a", "b")

    assert found["a"][0] == bad
    assert found["a"][1].code == "StrangeLink"
    assert found["b"] == [{"value": [1]}]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ok({"responses": []}), "Unanswered"),
        (ok({"responses": None}), "Unanswered"),
        (ok({"responses": {"0": 1}}), "Unanswered"),
        (ok({"responses": [None, 7, {"id": []}]}), "Unanswered"),
        (ok({"responses": [{"id": "0", "status": "200"}]}), "OddAnswer"),
        (ok({"responses": [{"id": "0", "status": True}]}), "OddAnswer"),
        (ok({"responses": [{"id": "0", "status": 200}]}), "OddAnswer"),
        (ok({"responses": [{"id": 0, "status": 200, "body": "dGV4dA=="}]}), "OddAnswer"),
        (ok({"responses": [{"id": "0", "status": 403, "body": "x", "headers": 5}]}), "HTTP 403"),
        (fault(403, "Denied"), "Denied"),
        (fault(500, "Broken"), "Broken"),
    ],
)
def test_a_batch_that_is_odd_is_an_error_of_its_parts(
    script: Script, client: Client, answer: Answer, code: str
) -> None:
    script.answer = lambda *_: answer

    (found,) = client.parts("a")["a"]
    assert isinstance(found, CallError)
    assert found.code == code
    assert len(script.asked) <= 3


def test_what_cannot_be_asked_about_is_not(script: Script, client: Client) -> None:
    odd: list[dict[str, Any]] = [{}, {"id": None}, {"id": 7}, {"id": ""}]

    assert list(client.graph.fetch_many(ABOUT, odd)) == []
    assert script.asked == []


def test_an_id_is_a_part_of_a_path_and_no_more(script: Script, client: Client) -> None:
    client.parts("../users?$top=1#")

    assert script.asked[0][2]["requests"][0]["url"] == "/things/..%2Fusers%3F%24top%3D1%23/parts"


# -- trust and tokens


def test_a_server_that_nobody_vouches_for_is_told_nothing(script: Script, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    script.ca_file = str(other)

    with _connected(script, max_attempts=1) as client, pytest.raises(CallError) as caught:
        client.pages()
    assert "certificate verify failed" in caught.value.detail.lower()
    assert script.asked == []


def test_a_file_of_authorities_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    for name in (str(path), str(tmp_path / "none.pem")):
        with pytest.raises(UserError, match=r"`providers\.azure\.ca_file`"):
            Clients(settings.parse({"ca_file": name}))


def test_a_file_of_authorities_is_trusted_besides_the_usual_ones_while_somebody_asks(script: Script) -> None:
    clients = Clients(settings.parse({"ca_file": script.ca_file, "credential": "managed_identity"}))
    trusted = Path(clients.sdk_options["connection_verify"])

    text = trusted.read_text(encoding="utf-8")
    assert Path(script.ca_file).read_text(encoding="utf-8").strip() in text
    assert text.count("BEGIN CERTIFICATE") > 50
    clients.close()
    assert not trusted.exists()
