"""Batches of requests to Microsoft Graph: in any order, in part, over several pages, or broken.

https://learn.microsoft.com/graph/json-batching
"""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.providers.azure.faults import CallError

Answer = tuple[int, Any, dict[str, str]]  # status, JSON, headers


def _after(*answers: Answer) -> Callable[[str, str, Any], Answer]:
    """Answer one after the other; the last again and again."""
    left = list(answers)
    return lambda *_: left.pop(0) if len(left) > 1 else left[0]


def ok(content: Any) -> Answer:
    return 200, content, {}


def fault(status: int, code: str) -> Answer:
    return status, {"error": {"code": code, "message": "said"}}, {}


def _parts(*parts: Any) -> Answer:
    return ok({"responses": list(parts)})


def _part(at: int, status: int = 200, body: Any = None, **headers: str) -> dict[str, Any]:
    found = {"value": [at]} if body is None else body
    return {"id": str(at), "status": status, "headers": headers, "body": found}


def test_twenty_are_asked_in_one_request_and_answered_in_any_order(script: Any, client: Any) -> None:
    script.answer = lambda *_: _parts(*(_part(at) for at in reversed(range(20))))

    found = client.parts(*(f"t{number}" for number in range(20)))

    assert found == {f"t{number}": [{"value": [number]}] for number in range(20)}
    ((method, path, body),) = script.asked
    assert (method, path) == ("POST", "/v1.0/$batch")
    assert body["requests"][3] == {"id": "3", "method": "GET", "url": "/things/t3/parts"}


def test_only_what_failed_is_asked_again_after_its_own_wait(script: Any, client: Any) -> None:
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


def test_a_part_has_pages_too(script: Any, client: Any) -> None:
    link = f"{script.endpoint}/v1.0/things/a/parts?$skiptoken=2"
    script.answer = _after(_parts(_part(0, body={"value": [1], "@odata.nextLink": link})), ok({"value": [2]}))

    assert [page["value"] for page in client.parts("a")["a"]] == [[1], [2]]


def test_a_part_whose_link_leads_elsewhere_costs_no_other(script: Any, client: Any) -> None:
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
def test_a_batch_that_is_odd_is_an_error_of_its_parts(script: Any, client: Any, answer: Answer, code: str) -> None:
    script.answer = lambda *_: answer

    (found,) = client.parts("a")["a"]
    assert isinstance(found, CallError)
    assert found.code == code
    assert len(script.asked) <= 3


def test_what_cannot_be_asked_about_is_not(script: Any, client: Any) -> None:
    assert client.parts(None, 7, "", []) == {}
    assert script.asked == []


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("../users?$top=1#", "/things/..%2Fusers%3F%24top%3D1%23/parts"),
        ("ä b", "/things/%C3%A4%20b/parts"),
        ("half \ud83d", "/things/half%20%3F/parts"),
    ],
)
def test_an_id_is_a_part_of_a_path_and_no_more(script: Any, client: Any, id_: str, path: str) -> None:
    client.parts(id_)

    assert script.asked[0][2]["requests"][0]["url"] == path
