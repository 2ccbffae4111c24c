"""Queries of Resource Graph page by page, and one row asked about many scopes, against answers nobody would expect."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure.arm import collect_arm
from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_query import query
from nhi_scan.providers.azure.calls.arm import DENY_ASSIGNMENTS
from nhi_scan.providers.azure.calls.arm_graph import CONTAINERS, RESOURCES, ROLE_ASSIGNMENTS
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.places import tenant_place
from nhi_scan.providers.azure.sessions import Session
from nhi_scan.snapshot.store import SnapshotWriter
from tests.providers.azure.arm_stub import TENANT, Answer, Seam, Told

GUIDS = [f"5b000000-0000-4000-8000-{number:012d}" for number in range(1001)]


def rows(told: Told, data: Any, **more: Any) -> None:
    count = len(data) if isinstance(data, list) else 0
    told.answers.append((200, {}, {"totalRecords": count, "count": count, "data": data, **more}))


def read(seam: Seam, *arguments: Any) -> tuple[list[Any], str]:
    """Read all pages: what came, and the code of the error that ended it."""
    found: list[Any] = []
    try:
        for page in query(seam.arm, *arguments):
            found += page
    except CallError as error:
        return found, error.code
    return found, ""


def test_pages_are_asked_for_in_order_a_thousand_rows_each(told: Told, seam: Seam) -> None:
    told.answers.append((200, {}, {"totalRecords": 2, "count": 1, "data": [{"id": "/1"}], "$skipToken": "t"}))
    told.answers.append((200, {}, {"totalRecords": 2, "count": 1, "data": [{"id": "/2"}], "resultTruncated": "false"}))

    assert read(seam, RESOURCES, GUIDS[:2]) == ([{"id": "/1"}, {"id": "/2"}], "")

    first, second = (body for _, _, body in told.asked)
    assert first["subscriptions"] == second["subscriptions"] == GUIDS[:2]
    assert first["query"].endswith("| order by id asc")
    assert first["options"] == {"$top": 1000, "resultFormat": "objectArray"}
    assert second["options"] == {**first["options"], "$skipToken": "t"}


def test_role_assignments_are_those_above_too(told: Told, seam: Seam) -> None:
    rows(told, [])

    read(seam, ROLE_ASSIGNMENTS, GUIDS[:1])

    assert told.asked[0][2]["options"]["authorizationScopeFilter"] == "AtScopeAboveAndBelow"


def test_many_subscriptions_are_asked_in_lots(told: Told, seam: Seam) -> None:
    rows(told, [])

    read(seam, RESOURCES, GUIDS)

    assert [len(body["subscriptions"]) for _, _, body in told.asked] == [500, 500, 1]
    assert [one for _, _, body in told.asked for one in body["subscriptions"]] == GUIDS


def test_management_groups_and_the_whole_tenant_are_asked_as_such(told: Told, seam: Seam) -> None:
    rows(told, [])

    read(seam, CONTAINERS, None, ["platform"])
    read(seam, CONTAINERS)
    read(seam, CONTAINERS, [])

    bodies = [body for _, _, body in told.asked]
    assert [body.get("managementGroups") for body in bodies] == [["platform"], None]
    assert all("subscriptions" not in body for body in bodies)


@pytest.mark.parametrize(
    ("answer", "came", "code"),
    [
        ({"data": [{"id": "/1"}], "resultTruncated": "true", "totalRecords": 9}, 1, "Truncated"),
        ({"data": [{"id": "/1"}], "totalRecords": 2}, 1, "Truncated"),
        ({"data": [{"id": "/1"}], "totalRecords": "2"}, 1, ""),
        ({"data": [{"id": "/1"}], "$skipToken": "same", "totalRecords": 5}, 2, "PagingLoop"),
        ({"data": [{"id": "/1"}, "odd", 7]}, 1, "OddAnswer"),
        ({"data": {"columns": [], "rows": []}}, 0, "OddAnswer"),
        ({"data": None}, 0, "OddAnswer"),
        ({}, 0, "OddAnswer"),
        ({"data": [{"id": "/1"}], "$skipToken": ["odd"]}, 1, ""),
    ],
)
def test_what_is_left_out_is_an_error_after_what_came(
    told: Told, seam: Seam, answer: dict[str, Any], came: int, code: str
) -> None:
    told.answers.append((200, {}, answer))

    found, ended = read(seam, RESOURCES, GUIDS[:1])

    assert (len(found), ended) == (came, code)


def too_large() -> Answer:
    said = "Response payload size is 94330584, and has exceeded the limit of 16777216."
    details = [{"code": "ResponsePayloadTooLarge", "message": said}]
    return 400, {}, {"error": {"code": "BadRequest", "message": "Please provide below info", "details": details}}


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(told: Told, seam: Seam) -> None:
    told.answers += [too_large(), (200, {}, {"data": [{"id": "/1"}], "$skipToken": "t"}), too_large()]
    rows(told, [{"id": "/2"}])

    assert read(seam, RESOURCES, GUIDS[:1]) == ([{"id": "/1"}, {"id": "/2"}], "")

    options = [body["options"] for _, _, body in told.asked]
    assert [(one["$top"], one.get("$skipToken")) for one in options] == [
        (1000, None),
        (250, None),
        (250, "t"),
        (62, "t"),
    ]


def test_a_row_that_is_too_large_by_itself_is_told(told: Told, seam: Seam) -> None:
    told.answers.append(too_large())

    with pytest.raises(CallError, match="94330584") as caught:
        list(query(seam.arm, RESOURCES, GUIDS[:1]))

    assert caught.value.code == "ResponsePayloadTooLarge"
    assert [body["options"]["$top"] for _, _, body in told.asked] == [1000, 250, 62, 15, 3, 1]


@pytest.mark.parametrize("details", [None, [], [7], [{}], [{"code": 1, "message": 2}], {"code": "x"}])
def test_an_error_without_a_cause_is_told_as_it_is(told: Told, seam: Seam, details: Any) -> None:
    told.answers.append((400, {}, {"error": {"code": "BadRequest", "message": "no", "details": details}}))

    with pytest.raises(CallError, match="BadRequest: no"):
        list(query(seam.arm, RESOURCES, GUIDS[:1]))


class Silent:
    def start(self, *_: Any) -> None: ...
    def advance(self, *_: Any) -> None: ...
    def done(self, *_: Any) -> None: ...


@pytest.fixture
def session(seam: Seam) -> Iterator[Session]:
    with ThreadPoolExecutor(1) as executor:  # one: answers are told in the order of the questions
        yield Session(
            clients=seam.clients,
            place=tenant_place(TENANT),
            writer=None,  # type: ignore[arg-type] # nothing is written
            progress=Silent(),
            executor=executor,
        )


def parents(count: int) -> list[dict[str, str]]:
    return [{"scope": f"/subscriptions/{guid}", "subscription": guid} for guid in GUIDS[:count]]


def parts(told: Told, *answers: tuple[int, Any], **headers: str) -> None:
    """Answer a batch: a status and a body for each part, in order."""
    told.answers.append(
        (
            200,
            {},
            {
                "responses": [
                    {
                        "name": f"{number:08d}-0000-4000-8000-000000000000",
                        "httpStatusCode": status,
                        "headers": headers,
                        "content": body,
                    }
                    for number, (status, body) in enumerate(answers)
                ]
            },
        )
    )


def asked_parts(told: Told) -> list[list[str]]:
    return [[one["url"] for one in body["requests"]] for _, _, body in told.asked if body]


ROW = {"value": [{"id": "/1"}]}
BUSY = {"error": {"code": "TooManyRequests", "message": "slow"}}


def test_only_what_was_throttled_is_asked_again_after_the_longest_wait(
    told: Told, seam: Seam, session: Session
) -> None:
    parts(told, (200, ROW), (429, BUSY), (503, BUSY), **{"Retry-After": "1.5"})
    parts(told, (200, ROW), (200, ROW))

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(3)))

    assert [(len(records), error) for _, records, error in found] == [(1, None)] * 3
    assert [len(one) for one in asked_parts(told)] == [3, 2]
    assert GUIDS[0] not in "".join(asked_parts(told)[1])
    assert seam.waits == [1.5]


def test_mixed_failures_stay_with_their_scope(told: Told, seam: Seam, session: Session) -> None:
    denied = {"error": {"code": "AuthorizationFailed", "message": "no"}}
    parts(told, (403, denied), (200, ROW), (404, "gone"), (200, "odd"))

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(4)))

    assert [error.kind if error else "" for _, _, error in found] == ["denied", "", "absent", "failed"]
    assert [parent["subscription"] for parent, _, _ in found] == GUIDS[:4]
    assert [len(records) for _, records, _ in found] == [0, 1, 0, 0]


def test_what_is_throttled_for_ever_is_told(told: Told, seam: Seam, session: Session) -> None:
    parts(told, (429, BUSY), (429, BUSY))

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(2)))

    assert [error.kind for _, _, error in found if error] == ["throttled", "throttled"]
    assert len(told.asked) == 3


@pytest.mark.parametrize("status", [202, 400, 403, 404, 405, 501])
def test_a_refused_batch_is_not_tried_again(told: Told, seam: Seam, session: Session, status: int) -> None:
    told.answers.append((status, {}, {"error": {"code": "InvalidResourceType", "message": "no batch"}}))
    told.page({"id": "/1"})

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(25)))

    assert [len(records) for _, records, _ in found] == [1] * 25
    assert [method for method, _, _ in told.asked] == ["POST"] + ["GET"] * 25


def test_a_batch_that_breaks_costs_its_own_scopes(told: Told, seam: Seam, session: Session) -> None:
    told.answers.append((200, {}, "{"))
    told.answers.append((200, {}, "{"))
    told.answers.append((200, {}, "{"))
    parts(told, *[(200, ROW)] * 5)

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(25)))

    assert [error is None for _, _, error in found] == [False] * 20 + [True] * 5
    assert seam.arm.batches


def test_after_many_failures_in_a_row_the_rest_is_not_asked(told: Told, seam: Seam, session: Session) -> None:
    told.answers.append((500, {}, {"error": {"code": "InternalServerError", "message": "no"}}))

    found = list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, parents(1000)))

    assert len(found) == 1000
    assert {error.code for _, _, error in found if error} == {"InternalServerError"}
    assert len(told.asked) < 1000 / 20 * 3


def test_nothing_to_ask_about_asks_nothing(told: Told, seam: Seam, session: Session) -> None:
    assert list(ask_many(session, seam.arm, DENY_ASSIGNMENTS, [])) == []
    assert told.asked == []


def test_without_a_token_nothing_is_asked_and_every_kind_says_why(
    told: Told, seam: Seam, session: Session, tmp_path: Path
) -> None:
    session = replace(session, writer=SnapshotWriter.create(tmp_path / "s", datetime(2026, 1, 1, tzinfo=UTC), "test"))
    seam.clients.lacks["arm"] = CallError("denied", "AADSTS500014", "the service principal is disabled")

    collect_arm(session)()
    rows = session.writer.finish().manifest.coverage

    assert told.asked == []
    assert {row.record_kind for row in rows} >= {"arg-role-assignments", "arm-deny-assignments", "arm-subscriptions"}
    assert {(row.status, row.scope_id) for row in rows} == {(CoverageStatus.DENIED, f"/tenants/{TENANT}")}
    assert all("the service principal is disabled" in row.detail for row in rows)
