"""The seam to Microsoft Graph: pages, waits, trust, and answers that nobody should send."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.azure import settings
from nhi_scan.providers.azure.client import Clients
from nhi_scan.providers.azure.faults import CallError, Stopped

REPORT = Call(kind="r", service="graph:beta", operation="GET /reports/x", result="value", permissions=())
Answer = tuple[int, Any, dict[str, str]]  # status, JSON or bytes as they are, headers


def _after(*answers: Answer) -> Callable[[str, str, Any], Answer]:
    """Answer one after the other; the last again and again."""
    left = list(answers)
    return lambda *_: left.pop(0) if len(left) > 1 else left[0]


def ok(content: Any, **headers: str) -> Answer:
    return 200, content, headers


def fault(status: int, code: str = "x", message: str = "said", **headers: str) -> Answer:
    return status, {"error": {"code": code, "message": message}}, headers


def test_pages_are_followed_with_a_token_and_a_name(script: Any, client: Any) -> None:
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
def test_a_link_that_leads_elsewhere_gets_no_token(script: Any, client: Any, link: Any) -> None:
    script.answer = lambda *_: ok({"value": [1], "@odata.nextLink": link})

    with pytest.raises(CallError, match="leads to another server"):
        client.pages()
    assert len(script.asked) == 1


def test_a_link_that_repeats_ends_the_listing(script: Any, client: Any) -> None:
    script.answer = lambda *_: ok({"value": [1], "@odata.nextLink": f"{script.endpoint}/v1.0/things?$skiptoken=a"})

    with pytest.raises(CallError, match="same next link twice"):
        client.pages()
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("header", "waits"),
    [("7", 7.0), ("1.5", 1.5), ("0", 0.0), ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0), ("9000", 300.0)],
)
def test_a_refusal_is_waited_out_as_the_server_says(script: Any, client: Any, header: str, waits: float) -> None:
    script.answer = _after(fault(429, "TooManyRequests", **{"Retry-After": header}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]
    assert client.waited == [waits]


@pytest.mark.parametrize("header", ["soon", "-1", "nan", "inf", "Thu, 99 Foo", ""])
def test_a_wait_that_is_none_is_our_own(script: Any, client: Any, header: str) -> None:
    script.answer = _after(fault(503, **{"Retry-After": header}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]
    assert len(client.waited) == 1
    assert 0.5 <= client.waited[0] <= 1.0


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 509])
def test_what_may_pass_is_tried_again_and_not_for_ever(script: Any, client: Any, status: int) -> None:
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
def test_what_does_not_pass_is_not_tried_again(script: Any, client: Any, answer: Answer, kind: str, said: str) -> None:
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
def test_an_answer_that_is_none_is_an_error(script: Any, client: Any, answer: Answer, tries: int) -> None:
    script.answer = lambda *_: answer

    with pytest.raises(CallError) as caught:
        client.pages()
    assert (caught.value.kind, len(script.asked)) == ("failed", tries)


def test_a_truncated_answer_may_be_whole_the_next_time(script: Any, client: Any) -> None:
    script.answer = _after((200, b'{"value": [', {"Content-Length": "40"}), ok({"value": [1]}))

    assert client.pages() == [{"value": [1]}]


def test_who_is_near_the_limit_slows_down(script: Any, client: Any) -> None:
    script.answer = _after(
        ok({"value": [1], "@odata.nextLink": f"{script.endpoint}/a"}, **{"x-ms-throttle-limit-percentage": "0.9"}),
        ok({"value": [2], "@odata.nextLink": f"{script.endpoint}/b"}, **{"x-ms-throttle-limit-percentage": "odd"}),
        ok({"value": [3]}),
    )

    assert len(client.pages()) == 3
    assert client.waited == [4.5]


def test_reports_are_asked_five_times_in_ten_seconds(script: Any, client: Any) -> None:
    script.answer = lambda *_: ok({"value": []})

    for _ in range(11):
        client.pages(REPORT)

    assert client.waited == [10.0, 10.0]


def test_patience_wears_out(script: Any, connected: Any) -> None:
    script.answer = lambda *_: fault(503)
    with connected(script, give_up_after=2) as client:
        for tries in (3, 6, 7, 8):
            with pytest.raises(CallError):
                client.pages()
            assert len(script.asked) == tries


def test_the_end_of_the_run_ends_a_wait(script: Any, client: Any) -> None:
    script.answer = lambda *_: fault(503)
    client.clients.stop.set()

    with pytest.raises(Stopped):
        client.pages()
    assert script.asked == []


def test_a_server_that_nobody_vouches_for_is_told_nothing(script: Any, connected: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    script.ca_file = str(other)

    with connected(script, max_attempts=1) as client, pytest.raises(CallError) as caught:
        client.pages()
    assert "certificate verify failed" in caught.value.detail.lower()
    assert script.asked == []


def test_a_file_of_authorities_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    for name in (str(path), str(tmp_path / "none.pem")):
        with pytest.raises(UserError, match=r"`providers\.azure\.ca_file`"):
            Clients(settings.parse({"ca_file": name}))


def test_a_file_of_authorities_is_trusted_besides_the_usual_ones_while_somebody_asks(script: Any) -> None:
    clients = Clients(settings.parse({"ca_file": script.ca_file, "credential": "managed_identity"}))
    trusted = Path(clients.sdk_options["connection_verify"])

    text = trusted.read_text(encoding="utf-8")
    assert Path(script.ca_file).read_text(encoding="utf-8").strip() in text
    assert text.count("BEGIN CERTIFICATE") > 50
    clients.close()
    assert not trusted.exists()
