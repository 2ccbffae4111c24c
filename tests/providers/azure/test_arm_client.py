"""The seam to Resource Manager against a server that answers as it is told: what goes astray, and what is sent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nhi_scan.providers import Call
from nhi_scan.providers.azure.calls.arm import (
    ARM,
    BY_SUBSCRIPTION,
    DENY_ASSIGNMENTS,
    FEDERATED_CREDENTIALS,
    LIBRARIES,
    MANAGEMENT_GROUPS,
    PROVIDER_OPERATIONS,
    ROLE_ASSIGNMENTS,
    ROLE_DEFINITIONS,
)
from nhi_scan.providers.azure.faults import CallError
from tests.providers.azure.arm_stub import Answer, Seam, Told

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "azure" / "recordings"
SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
IDENTITY = f"{SCOPE}/resourceGroups/Apps/providers/Microsoft.ManagedIdentity/userAssignedIdentities/deploy"
PARENT = {
    "scope": SCOPE,
    "subscription": SUBSCRIPTION,
    "id": IDENTITY,
    "group": "Apps",
    "name": "deploy",
}


LISTED = [call for call in ARM if call.operation in LIBRARIES]


def _row(kind: str) -> Call:
    return next(call for call in BY_SUBSCRIPTION if call.kind == kind)


@pytest.mark.parametrize("call", LISTED, ids=[f"{call.kind}-{number}" for number, call in enumerate(LISTED)])
def test_a_library_asks_what_the_row_says(told: Told, seam: Seam, call: Call) -> None:
    told.page({"id": "/x"})

    assert seam.ask(call, PARENT) == [{"id": "/x"}]

    method, path, _ = told.asked[0]
    written, asked = urlsplit(seam.arm.url(call, PARENT)), urlsplit(path)
    assert (method, asked.path.replace("//", "/").lower()) == ("GET", written.path.lower())
    assert parse_qs(asked.query) == parse_qs(written.query)
    assert told.authorized == ["Bearer t"]


@pytest.mark.parametrize("call", [DENY_ASSIGNMENTS, MANAGEMENT_GROUPS], ids=["library", "path"])
def test_pages_follow_each_other_and_stay_as_they_came(told: Told, seam: Seam, call: Call) -> None:
    path = urlsplit(seam.arm.url(call, PARENT)).path
    told.page({"id": "/1", "invented": {"Kept": 1}}, link=f"{told.endpoint}{path}?api-version=x&$skipToken=a%20b")
    told.page({"id": "/2"})

    assert seam.ask(call, PARENT) == [{"id": "/1", "invented": {"Kept": 1}}, {"id": "/2"}]
    assert parse_qs(urlsplit(told.asked[1][1]).query)["$skipToken"] in (["a b"], ["a%20b"])


@pytest.mark.parametrize("call", [DENY_ASSIGNMENTS, MANAGEMENT_GROUPS], ids=["library", "path"])
@pytest.mark.parametrize("host", ["https://evil.example", "http://localhost:1", "https://localhost:1"])
def test_no_token_leaves_for_another_host(told: Told, seam: Seam, call: Call, host: str) -> None:
    told.page({"id": "/1"}, link=f"{host}/subscriptions")

    pages = seam.arm.pages(call, PARENT)
    assert next(pages)["value"] == [{"id": "/1"}]
    with pytest.raises(CallError, match="ForeignLink"):
        next(pages)
    assert len(told.asked) == 1
    assert seam.waits == []


@pytest.mark.parametrize("call", [DENY_ASSIGNMENTS, MANAGEMENT_GROUPS], ids=["library", "path"])
def test_a_link_that_goes_in_circles_ends(told: Told, seam: Seam, call: Call) -> None:
    link = f"{told.endpoint}{seam.arm.url(call, PARENT)}&$skipToken=1"
    told.page({"id": "/1"}, link=link)

    with pytest.raises(CallError, match="PagingLoop"):
        seam.ask(call, PARENT)
    assert len(told.asked) <= 3


@pytest.mark.parametrize("call", [DENY_ASSIGNMENTS, MANAGEMENT_GROUPS], ids=["library", "path"])
@pytest.mark.parametrize(
    ("answer", "kind", "tries"),
    [
        ((200, {}, '{"value": [{"id": "/1"'), "failed", 3),
        ((200, {"Content-Type": "text/html"}, "<!doctype html><p>sign in"), "failed", 3),
        ((200, {}, []), "failed", 1),
        ((302, {"Location": "https://evil.example/"}, ""), "failed", 1),
        ((403, {}, {"error": {"code": "AuthorizationFailed", "message": "no"}}), "denied", 1),
        ((404, {}, {"error": {"code": "SubscriptionNotFound", "message": "no"}}), "absent", 1),
        ((409, {}, {"error": {"code": "MissingSubscriptionRegistration", "message": "'Microsoft.X'"}}), "failed", 1),
        ((500, {}, {"error": {"code": "InternalServerError", "message": "no"}}), "failed", 3),
        ((503, {"Retry-After": "0.5"}, "<html>"), "failed", 3),
        ((429, {"Retry-After": "1.5"}, {"error": {"code": "TooManyRequests", "message": "no"}}), "throttled", 3),
    ],
)
def test_every_bad_answer_is_one_typed_error(
    told: Told, seam: Seam, call: Call, answer: Answer, kind: str, tries: int
) -> None:
    told.answers.append(answer)

    with pytest.raises(CallError) as caught:
        seam.ask(call, PARENT)

    assert caught.value.kind == kind
    assert len(told.asked) == tries  # nothing was registered, nothing was followed
    assert len(seam.waits) == tries - 1
    if after := answer[1].get("Retry-After"):
        assert seam.waits == [float(after)] * 2


def test_what_passes_is_asked_again(told: Told, seam: Seam) -> None:
    told.answers.append((429, {"Retry-After": "2.25"}, {"error": {"code": "TooManyRequests", "message": "slow"}}))
    told.page({"id": "/1"})

    assert seam.ask(PROVIDER_OPERATIONS, PARENT) == [{"id": "/1"}]
    assert seam.waits == [2.25]


@pytest.mark.parametrize(
    ("row", "missing"), [(DENY_ASSIGNMENTS, "scope"), (FEDERATED_CREDENTIALS, "group"), (MANAGEMENT_GROUPS, "none")]
)
def test_what_is_about_nothing_is_not_asked(told: Told, seam: Seam, row: Call, missing: str) -> None:
    told.page({"id": "/1"})
    parent = {name: value for name, value in PARENT.items() if name != missing}

    assert bool(seam.ask(row, parent)) is (row is MANAGEMENT_GROUPS)


QUERY = {"query": "Resources", "options": {"$top": 1000, "authorizationScopeFilter": "AtScopeAboveAndBelow"}}
ROWS = {"totalRecords": 1, "count": 1, "resultTruncated": "false", "data": [{"id": "/1", "invented": 1}], "facets": []}


def test_a_query_is_sent_and_answered_whole(told: Told, seam: Seam) -> None:
    told.answers.append((200, {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}, ROWS))

    assert seam.arm.query(QUERY) == ROWS
    assert told.asked == [("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", QUERY)]
    assert seam.waits == []


def test_a_quota_that_is_spent_is_waited_for(told: Told, seam: Seam) -> None:
    told.answers.append((200, {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:01:02.5"}, ROWS))

    seam.arm.query(QUERY)

    assert seam.waits == [62.5]


def test_a_refusal_says_when_the_quota_is_there_again(told: Told, seam: Seam) -> None:
    limited = {"error": {"code": "RateLimiting", "message": "Please provide below info"}}
    told.answers.append((429, {"x-ms-user-quota-resets-after": "00:00:03"}, limited))
    told.answers.append((200, {}, ROWS))

    assert seam.arm.query(QUERY) == ROWS
    assert seam.waits == [3.0]


def test_more_subscriptions_than_a_query_takes_are_told(told: Told, seam: Seam) -> None:
    told.answers.append((200, {"x-ms-tenant-subscription-limit-hit": "true"}, ROWS))

    assert seam.arm.query(QUERY)["resultTruncated"] == "true"


def part(name: str, status: int, content: Any, **headers: str) -> dict[str, Any]:
    return {"name": name, "httpStatusCode": status, "headers": headers, "content": content}


def answer_parts(told: Told, make: Callable[[list[str]], Any]) -> None:
    """Answer a batch whose names are only known when it comes."""
    named = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(3)]
    told.answers.append((200, {}, make(named)))


URLS = ["/a?api-version=1", "/b?api-version=1"]


def test_parts_of_a_batch_are_told_apart_by_name(told: Told, seam: Seam) -> None:
    answer_parts(
        told,
        lambda names: {
            "responses": [part(names[1], 403, {"error": {"code": "X"}}), part(names[0], 200, {"value": []})]
        },
    )

    found = seam.arm.batch(URLS)

    assert [one.status for one in found] == [200, 403]
    method, path, body = told.asked[0]
    assert (method, path) == ("POST", "/batch?api-version=2020-06-01")
    assert [(one["httpMethod"], one["url"]) for one in body["requests"]] == [("GET", url) for url in URLS]


@pytest.mark.parametrize(
    "make",
    [
        lambda _: {"responses": []},
        lambda names: {"responses": [part(names[0], 200, {})]},
        lambda names: {"responses": [part(names[0], 200, {}), part(names[0], 200, {})]},
        lambda _: {"responses": "none"},
        lambda _: {},
        lambda _: [1],
    ],
)
def test_a_batch_that_answers_not_all_is_an_error(told: Told, seam: Seam, make: Callable[[list[str]], Any]) -> None:
    answer_parts(told, make)

    with pytest.raises(CallError, match="OddAnswer"):
        seam.arm.batch(URLS)


@pytest.mark.parametrize("content", ["text", 7, None, [1], {"error": 1}])
@pytest.mark.parametrize("status", [200, 404, "200", None])
def test_odd_parts_are_errors_or_pages_and_never_a_crash(told: Told, seam: Seam, content: Any, status: Any) -> None:
    answer_parts(told, lambda names: {"responses": [part(names[0], status, content), part(names[1], 200, {})]})

    first, second = seam.arm.batch(URLS)

    assert list(seam.arm.rest_of(second)) == [{}]
    if status == 200 and isinstance(content, dict):
        assert list(seam.arm.rest_of(first)) == [content]
    else:
        with pytest.raises(CallError):
            list(seam.arm.rest_of(first))


def test_the_rest_of_a_part_is_followed(told: Told, seam: Seam) -> None:
    more = f"{told.endpoint}/a?$skipToken=1"
    answer_parts(
        told,
        lambda names: {"responses": [part(names[0], 200, {"value": [1], "nextLink": more}), part(names[1], 200, {})]},
    )
    told.page(2)

    first, _ = seam.arm.batch(URLS)

    assert [page["value"] for page in seam.arm.rest_of(first)] == [[1], [2]]


def _recorded() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path in sorted(RECORDINGS.glob("*.json")):
        for one in json.loads(path.read_text("utf-8"))["interactions"]:
            where = urlsplit(one["request"]["uri"]).path
            for noun, kind in (("roleAssignments", ROLE_ASSIGNMENTS), ("roleDefinitions", ROLE_DEFINITIONS)):
                body = one["response"]["body"]["data"]
                if where.endswith(noun):
                    found.append((f"{path.stem}-{noun}", kind, body))
                elif f"/{noun}/" in where:
                    found.append((f"{path.stem}-{where[-12:]}", kind, {"value": [body]}))
    return found


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize("recorded", _recorded(), ids=lambda one: one[0])
def test_records_are_what_microsoft_said(told: Told, seam: Seam, recorded: tuple[str, str, dict[str, Any]]) -> None:
    _, kind, body = recorded
    told.answers.append((200, {}, body))

    records = seam.ask(_row(kind), PARENT)

    assert len(records) > 0
    assert records == body["value"]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")
def test_the_recordings_are_all_there() -> None:
    found = _recorded()

    lists = {kind: max(len(body["value"]) for _, of, body in found if of == kind) for kind in {one[1] for one in found}}
    assert lists == {ROLE_ASSIGNMENTS: 74, ROLE_DEFINITIONS: 128}
