"""The seam: Google's libraries over real HTTP against a server that answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.auth.credentials import Credentials

from nhi_scan import __version__
from nhi_scan.providers.gcp.client import Clients
from nhi_scan.providers.gcp.client_rest import method_of, open_session, rest_page
from nhi_scan.providers.gcp.faults import CallError, Stopped
from nhi_scan.providers.gcp.settings import parse

Reply = tuple[int, Mapping[str, str], bytes]
ASSETS = {"parent": "organizations/1", "asset_types": ["a/B"], "content_type": "RESOURCE", "page_size": 1000}
POOLS = {"parent": "projects/p/locations/global", "pageSize": 1000}
LIST_POOLS = ("iam:v1", "iam.projects.locations.workloadIdentityPools.list", POOLS)
LIST_ASSETS = ("asset_v1", "list_assets", ASSETS)


def _json(status: int, body: Any, **headers: str) -> Reply:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode()


def _error(status: int, word: str, *details: Mapping[str, Any], **headers: str) -> Reply:
    said = {"code": status, "message": "Said so.", "status": word, "details": list(details)}
    return _json(status, {"error": said}, **headers)


def _detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


class Google:
    """Answers requests in order; the last reply is repeated."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[str] = []
        self.agents: list[str] = []
        self.slept: list[float] = []
        self.now = 0.0
        self.address = ""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clients(self, **section: Any) -> Clients:
        chosen = {"endpoint": self.address, "grpc_endpoint": "127.0.0.1:1", **section}
        return Clients(parse(chosen), clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def google() -> Iterator[Google]:
    google = Google()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            google.asked.append(self.path)
            google.agents.append(f"{self.headers['User-Agent']} {self.headers['X-Goog-Api-Client']}")
            status, headers, body = google.replies[min(len(google.asked), len(google.replies)) - 1]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
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
    google.address = f"http://127.0.0.1:{server.server_port}"
    yield google
    server.shutdown()
    server.server_close()
    thread.join()


Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(google: Google) -> Ask:
    def ask(question: tuple[str, str, Mapping[str, Any]] = LIST_POOLS, **section: Any) -> list[dict[str, Any]]:
        clients = google.clients(**section)
        try:
            return list(clients.pages(*question))
        finally:
            clients.close()

    return ask


def test_pages_follow_each_other_without_their_tokens(google: Google, ask: Ask) -> None:
    google.replies = [
        _json(200, {"workloadIdentityPools": [{"name": "a"}], "nextPageToken": "t 1"}),
        _json(200, {"workloadIdentityPools": [{"name": "b"}]}),
    ]

    assert ask() == [{"workloadIdentityPools": [{"name": "a"}]}, {"workloadIdentityPools": [{"name": "b"}]}]
    assert google.asked == [
        "/iam.googleapis.com/v1/projects/p/locations/global/workloadIdentityPools?pageSize=1000",
        "/iam.googleapis.com/v1/projects/p/locations/global/workloadIdentityPools?pageSize=1000&pageToken=t+1",
    ]


@pytest.mark.parametrize("question", [LIST_POOLS, LIST_ASSETS])
def test_google_can_tell_who_asks(google: Google, ask: Ask, question: tuple[str, str, Mapping[str, Any]]) -> None:
    google.replies = [_json(200, {})]
    ask(question)

    assert f"nhi-scan/{__version__}" in google.agents[0]


def test_a_library_gives_the_same_json_as_rest(google: Google, ask: Ask) -> None:
    asset = {
        "name": "//x/y",
        "assetType": "a/B",
        "resource": {"version": "v1", "data": {"disabled": True, "number": 5.0, "list": [{"k": None}]}},
        "ancestors": ["projects/1", "organizations/1"],
        "updateTime": "2026-01-01T00:00:00Z",
    }
    google.replies = [_json(200, {"assets": [asset], "nextPageToken": "t"}), _json(200, {})]

    pages = ask(LIST_ASSETS)

    assert pages == [{"assets": [asset]}, {}]
    assert "contentType=1" in google.asked[0] or "contentType=RESOURCE" in google.asked[0]
    assert "pageToken=t" in google.asked[1]


@pytest.mark.parametrize("question", [LIST_POOLS, LIST_ASSETS])
def test_a_refusal_for_haste_is_obeyed_for_as_long_as_the_server_says(
    google: Google, ask: Ask, question: tuple[str, str, Mapping[str, Any]]
) -> None:
    hasty = _error(429, "RESOURCE_EXHAUSTED", _detail("RetryInfo", retryDelay="3.5s"))
    google.replies = [hasty, hasty, _json(200, {})]

    assert ask(question) == [{}]
    assert google.slept == [3.5, 3.5]


def test_the_header_is_obeyed_as_well(google: Google, ask: Ask) -> None:
    google.replies = [_json(503, {}, **{"Retry-After": "7"}), _json(200, {})]

    assert ask() == [{}]
    assert google.slept == [7.0]


def test_without_a_word_of_the_server_waits_double(google: Google, ask: Ask) -> None:
    google.replies = [_error(503, "UNAVAILABLE")] * 3 + [_json(200, {})]

    assert ask() == [{}]
    assert [0.75 * longest <= slept <= longest for slept, longest in zip(google.slept, (1, 2, 4), strict=True)]


def test_a_quota_of_the_minute_is_waited_for_longer_than_a_minute(google: Google, ask: Ask) -> None:
    """Google's quotas are counted by the minute, and not every refusal says how long to wait."""
    google.replies = [_error(429, "RESOURCE_EXHAUSTED")]

    with pytest.raises(CallError):
        ask()

    assert len(google.asked) == 6
    assert 75 <= sum(google.slept) <= 300


def test_a_server_cannot_make_us_wait_for_ever(google: Google, ask: Ask) -> None:
    google.replies = [_error(429, "X", _detail("RetryInfo", retryDelay="999999s")), _json(200, {})]

    assert ask() == [{}]
    assert google.slept == [60.0]


def test_patience_ends(google: Google, ask: Ask) -> None:
    google.replies = [_error(500, "INTERNAL")]

    with pytest.raises(CallError, match="INTERNAL: Said so"):
        ask(max_attempts=3)

    assert len(google.asked) == 3


def test_an_api_that_is_down_is_not_waited_for_again_and_again(google: Google) -> None:
    google.replies = [_error(500, "INTERNAL")]
    clients = google.clients(max_attempts=4, give_up_after=2)

    for expected in (4, 8, 9, 10):
        with pytest.raises(CallError):
            list(clients.pages(*LIST_POOLS))
        assert len(google.asked) == expected

    google.replies = [_json(200, {})]
    assert list(clients.pages(*LIST_POOLS)) == [{}]
    google.replies = [_error(500, "INTERNAL")]
    with pytest.raises(CallError):
        list(clients.pages(*LIST_POOLS))
    assert len(google.asked) == 15, "patient again"
    clients.close()


def test_a_token_that_ends_in_the_middle_of_a_listing_is_renewed(google: Google) -> None:
    class Fading(Credentials):
        renewed = 0

        def refresh(self, request: Any) -> None:  # noqa: ARG002 - as the library calls it
            self.renewed += 1
            self.token = f"token-{self.renewed}"

    google.replies = [
        _json(200, {"workloadIdentityPools": [1], "nextPageToken": "t"}),
        _error(401, "UNAUTHENTICATED"),
        _json(200, {"workloadIdentityPools": [2]}),
    ]
    credentials = Fading()
    session, method = open_session(credentials), method_of(*LIST_POOLS[:2])
    assert method is not None

    first = rest_page(session, method, POOLS, "", google.address, 5)
    second = rest_page(session, method, POOLS, "t", google.address, 5)
    session.close()

    assert [first["workloadIdentityPools"], second["workloadIdentityPools"]] == [[1], [2]]
    assert credentials.renewed == 2


def test_a_quota_of_the_day_is_not_waited_for(google: Google, ask: Ask) -> None:
    info = _detail("ErrorInfo", reason="RATE_LIMIT_EXCEEDED", metadata={"quota_limit": "RequestsPerDayPerProject"})
    google.replies = [_error(429, "RESOURCE_EXHAUSTED", info)]

    with pytest.raises(CallError) as told:
        ask()

    assert told.value.kind == "throttled"
    assert len(google.asked) == 1


@pytest.mark.parametrize("question", [LIST_POOLS, LIST_ASSETS])
def test_a_denial_names_the_permission(google: Google, ask: Ask, question: tuple[str, str, Mapping[str, Any]]) -> None:
    info = _detail("ErrorInfo", reason="IAM_PERMISSION_DENIED", metadata={"permission": "a.b.c"})
    google.replies = [_error(403, "PERMISSION_DENIED", info)]

    with pytest.raises(CallError) as told:
        ask(question)

    assert (told.value.kind, told.value.permission) == ("denied", "a.b.c")
    assert told.value.sentence == "`IAM_PERMISSION_DENIED`: Said so."
    assert len(google.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        _error(
            403,
            "PERMISSION_DENIED",
            _detail(
                "ErrorInfo",
                reason="SERVICE_DISABLED",
                metadata={"service": "iam.googleapis.com", "consumer": "projects/5"},
            ),
        ),
        _json(403, {"error": {"code": 403, "message": "No.", "errors": [{"reason": "accessNotConfigured"}]}}),
    ],
)
def test_an_api_that_is_not_enabled_is_no_denial(google: Google, ask: Ask, reply: Reply) -> None:
    google.replies = [reply]

    with pytest.raises(CallError) as told:
        ask()

    assert told.value.kind == "disabled"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (_error(404, "NOT_FOUND"), "absent"),
        (_error(400, "INVALID_ARGUMENT"), "refused"),
        (_error(401, "UNAUTHENTICATED"), "expired"),
        ((502, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>oops</title>"), "failed"),
        ((200, {"Content-Type": "application/json"}, b'{"workloadIdentityPools": [{"na'), "failed"),
        ((200, {"Content-Type": "application/json"}, b"[]"), "failed"),
        ((302, {"Location": "http://elsewhere.example/"}, b""), "failed"),
        (_json(403, "no object"), "denied"),
        (_json(403, {"error": {"details": "odd", "errors": 5, "message": {"a": 1}}}), "denied"),
    ],
)
def test_whatever_comes_is_one_typed_error(google: Google, ask: Ask, reply: Reply, kind: str) -> None:
    google.replies = [reply]

    with pytest.raises(CallError) as told:
        ask(max_attempts=2)

    assert told.value.kind == kind
    assert "\n" not in told.value.sentence
    assert len(told.value.sentence) < 400
    assert google.address not in told.value.sentence


def test_a_garbled_answer_may_be_right_the_next_time(google: Google, ask: Ask) -> None:
    google.replies = [(200, {}, b'{"x'), _json(200, {})]

    assert ask() == [{}]


@pytest.mark.parametrize("question", [LIST_POOLS, LIST_ASSETS])
def test_a_token_that_comes_again_ends_the_listing(
    google: Google, question: tuple[str, str, Mapping[str, Any]]
) -> None:
    google.replies = [_json(200, {"nextPageToken": "again"})]
    clients = google.clients()
    pages = clients.pages(*question)

    assert [next(pages), next(pages)] == [{}, {}]
    with pytest.raises(CallError, match="gave the same page token twice"):
        next(pages)
    clients.close()


def test_nothing_listens(google: Google, ask: Ask) -> None:
    with pytest.raises(CallError) as told:
        ask(endpoint="http://127.0.0.1:1", max_attempts=2)

    assert told.value.kind == "failed"


def test_what_no_document_has_is_an_error_and_no_crash(ask: Ask) -> None:
    for question in (("iam:v1", "iam.projects.explode", {}), ("nothing:v9", "nothing.at.all", {})):
        with pytest.raises(CallError, match="has no"):
            ask(question)


def test_the_end_of_the_run_ends_a_wait(google: Google) -> None:
    google.replies = [_error(429, "X", _detail("RetryInfo", retryDelay="50s"))]
    clients = Clients(parse({"endpoint": google.address, "grpc_endpoint": "127.0.0.1:1"}))
    timer = threading.Timer(0.2, clients.stop.set)
    timer.start()

    with pytest.raises(Stopped):
        list(clients.pages(*LIST_POOLS))

    timer.join()
    clients.close()


def test_listings_keep_to_their_quota_of_a_minute(google: Google) -> None:
    google.replies = [_json(200, {"nextPageToken": str(number)}) for number in range(7)] + [_json(200, {})]
    clients = google.clients(assets_per_minute=3)

    assert len(list(clients.pages(*LIST_ASSETS))) == 8
    assert google.slept == [60.0, 60.0]
    clients.close()


def test_each_quota_is_its_own(google: Google) -> None:
    google.replies = [_json(200, {})]
    clients = google.clients(assets_per_minute=1, searches_per_minute=1)
    search = ("asset_v1", "search_all_iam_policies", {"scope": "organizations/1", "page_size": 500})

    for question in (LIST_ASSETS, search, LIST_POOLS):
        assert list(clients.pages(*question)) == [{}]

    assert google.slept == []
    clients.close()
