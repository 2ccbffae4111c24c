"""However an answer fails, it becomes coverage that says so, the rest goes on, and the run ends."""

import socket
import time
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot
from tests.providers.aws.collect.fake_aws import (
    ACCOUNT,
    FUNCTIONS,
    LIST_USERS,
    USER_KEYS,
    Answer,
    Aws,
    Collector,
    Handler,
    error,
    row,
    rows,
    users,
    xml,
)

COMPLETE, PARTIAL, DENIED, FAILED, SKIPPED = CoverageStatus
LAMBDA = "/2015-03-31/functions"
LAMBDA_OK = b'{"Functions": [{"FunctionName": "f"}]}'


def names(snapshot: Snapshot) -> list[str]:
    return [envelope.value()["UserName"] for envelope in snapshot.records("aws", ACCOUNT, "iam-users")]


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ((403, error("AccessDenied", "not you")), DENIED, "`AccessDenied`: not you"),
        ((400, error("Throttling")), FAILED, "`Throttling`: no"),
        ((503, error("ServiceUnavailable")), FAILED, "`ServiceUnavailable`: no"),
        ((500, b"<html><body>oops</body></html>"), FAILED, "HTTP 500, Internal Server Error"),
        ((500, b""), FAILED, "HTTP 500"),
        ((200, b"<html><body>a login page"), FAILED, "`ResponseParserError`: the answer cannot be read"),
        ((200, b'{"this": "is no XML"}'), FAILED, "`ResponseParserError`: the answer cannot be read"),
        ((400, error("InvalidAction")), SKIPPED, "`InvalidAction`"),
        ((400, error("Made&#x9b;Up\nCode", "a\nb&#x9b;31m")), FAILED, "`Made Up Code`: a b 31m"),
        (lambda handler: handler.truncated(users("a")), FAILED, "`"),
        (lambda handler: handler.hang(1.6), FAILED, "ReadTimeoutError"),
        (lambda handler: setattr(handler, "close_connection", True), FAILED, "ConnectionClosedError"),
    ],
)
def test_every_failure_is_one_row_and_nothing_else(
    answer: Answer, status: CoverageStatus, detail: str, aws: Aws, collector: Collector
) -> None:
    aws.script |= {"ListUsers": answer, LAMBDA: LAMBDA_OK}
    snapshot = collector.run(LIST_USERS, USER_KEYS, FUNCTIONS)
    (users_row,) = rows(snapshot, "iam-users")
    assert users_row.status is status
    assert detail in users_row.detail
    assert users_row.detail.isprintable()
    assert users_row.permission == ("iam:ListUsers" if status is DENIED else "")
    (keys_row,) = rows(snapshot, "iam-ssh-public-keys")
    assert keys_row.status is status
    assert "`iam-users` is not complete" in keys_row.detail
    (functions_row,) = rows(snapshot, "lambda-functions")
    assert (functions_row.status, functions_row.records) == (COMPLETE, 1)
    assert aws.seen.count("ListUsers") <= 4
    assert "ListSSHPublicKeys" not in aws.seen


def test_a_page_that_fails_leaves_the_pages_before_it_and_a_partial_row(aws: Aws, collector: Collector) -> None:
    def pages(handler: Handler) -> None:
        if handler.params.get("Marker"):
            handler.answer(500, error("InternalFailure"))
        else:
            handler.answer(200, users("a", "b", marker="m1"))

    aws.script["ListUsers"] = pages
    snapshot = collector.run(LIST_USERS)
    (only,) = rows(snapshot, "iam-users")
    assert (only.status, only.records) == (PARTIAL, 2)
    assert names(snapshot) == ["a", "b"]


def test_a_storm_that_passes_costs_nothing(aws: Aws, collector: Collector) -> None:
    def storm(handler: Handler) -> None:
        if handler.number == 1:
            handler.answer(400, error("Throttling"))
        else:
            handler.answer(200, users("a"))

    aws.script["ListUsers"] = storm
    snapshot = collector.run(LIST_USERS)
    assert names(snapshot) == ["a"]
    assert rows(snapshot, "iam-users")[0].status is COMPLETE


def test_a_truncated_answer_is_asked_for_again(aws: Aws, collector: Collector) -> None:
    def once(handler: Handler) -> None:
        handler.truncated(users("a")) if handler.number == 1 else handler.answer(200, users("a"))

    aws.script["ListUsers"] = once
    assert names(collector.run(LIST_USERS)) == ["a"]


@pytest.mark.parametrize("markers", [("m1", "m1"), ("m1", "m2", "m1")])
def test_a_paging_loop_ends(markers: tuple[str, ...], aws: Aws, collector: Collector) -> None:
    def loop(handler: Handler) -> None:
        handler.answer(200, users(f"u{handler.number}", marker=markers[(handler.number - 1) % len(markers)]))

    aws.script["ListUsers"] = loop
    snapshot = collector.run(LIST_USERS)
    (only,) = rows(snapshot, "iam-users")
    assert (only.status, "PagingLoop" in only.detail) == (PARTIAL, True)
    assert len(aws.seen) < 10


def test_a_service_that_only_throttles_is_not_asked_about_every_parent(aws: Aws, collector: Collector) -> None:
    aws.script |= {
        "ListUsers": users(*(f"u{number}" for number in range(60))),
        "ListSSHPublicKeys": (400, error("Throttling")),
    }
    snapshot = collector.run(LIST_USERS, USER_KEYS, max_attempts=1, give_up_after=3)
    assert rows(snapshot, "iam-ssh-public-keys")[0].status is FAILED
    assert aws.seen.count("ListSSHPublicKeys") <= 3 + 4  # those already under way on four threads


def test_some_parents_that_fail_make_the_kind_partial_and_lose_no_other(aws: Aws, collector: Collector) -> None:
    def keys(handler: Handler) -> None:
        name = handler.params["UserName"]
        if name == "u7":
            handler.answer(403, error("AccessDenied"))
        elif name == "u8":
            handler.answer(404, error("NoSuchEntity"))
        else:
            member = f"<member><SSHPublicKeyId>K{name}</SSHPublicKeyId></member>"
            handler.answer(200, xml("ListSSHPublicKeys", f"<SSHPublicKeys>{member}</SSHPublicKeys>"))

    aws.script |= {"ListUsers": users(*(f"u{number}" for number in range(60))), "ListSSHPublicKeys": keys}
    snapshot = collector.run(LIST_USERS, USER_KEYS)
    (only,) = rows(snapshot, "iam-ssh-public-keys")
    assert (only.status, only.records, only.permission) == (PARTIAL, 58, "iam:ListSshPublicKeys")
    found = [envelope.of["UserName"] for envelope in snapshot.records("aws", ACCOUNT, "iam-ssh-public-keys")]
    assert found == [f"u{number}" for number in range(60) if number not in (7, 8)]


def test_expired_credentials_end_the_run_quickly_and_say_so(aws: Aws, collector: Collector) -> None:
    aws.script |= {
        "ListUsers": users(*(f"u{number}" for number in range(60))),
        "ListSSHPublicKeys": (403, error("ExpiredToken")),
        LAMBDA: (403, b'{"__type": "ExpiredTokenException", "message": "expired"}'),
    }
    snapshot = collector.run(LIST_USERS, USER_KEYS, FUNCTIONS)
    for kind in ("iam-ssh-public-keys", "lambda-functions"):
        assert rows(snapshot, kind)[0].status is FAILED
        assert "Expired" in rows(snapshot, kind)[0].detail
    assert len([operation for operation in aws.seen if operation != "GetCallerIdentity"]) < 20


def test_a_port_that_never_answers_does_not_hold_the_run(
    aws: Aws, collector: Collector, deaf_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{deaf_port}")
    aws.script["ListUsers"] = users("a")
    more = [
        row(
            f"lambda-more-{number}",
            "lambda",
            "list_functions",
            "Functions",
            params={"MaxItems": number},
            scope="region",
        )
        for number in range(1, 9)
    ]
    started = time.monotonic()
    snapshot = collector.run(LIST_USERS, FUNCTIONS, *more)
    assert time.monotonic() - started < 60  # with hanging retries it would be minutes
    assert names(snapshot) == ["a"]
    assert {rows(snapshot, call.kind)[0].status for call in (FUNCTIONS, *more)} == {FAILED}


def test_an_endpoint_that_is_not_there_is_one_failed_row(
    aws: Aws, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{taken.getsockname()[1]}")
        aws.script["ListUsers"] = users("a")
        snapshot = collector.run(LIST_USERS, FUNCTIONS)
    assert names(snapshot) == ["a"]
    assert rows(snapshot, "iam-users")[0].status is COMPLETE
    (only,) = rows(snapshot, "lambda-functions")
    assert (only.status, "EndpointConnectionError" in only.detail) == (FAILED, True)


def test_regions_that_cannot_be_listed_are_the_default_ones_and_coverage_says_so(
    aws: Aws, collector: Collector
) -> None:
    aws.script |= {"DescribeRegions": (403, error("UnauthorizedOperation")), LAMBDA: LAMBDA_OK}
    snapshot = collector.run(FUNCTIONS)
    (only,) = rows(snapshot, "lambda-functions")
    assert (only.status, only.records) == (PARTIAL, 17)
    assert "UnauthorizedOperation" in only.detail


def test_no_credentials_that_work_are_an_error_in_one_sentence(aws: Aws, collector: Collector) -> None:
    aws.script["GetCallerIdentity"] = (403, error("InvalidClientTokenId", "the token is invalid"))
    with pytest.raises(UserError, match="the current credentials do not work: `InvalidClientTokenId`"):
        collector.run(LIST_USERS)


def test_a_profile_that_does_not_exist_is_an_error_in_one_sentence(aws: Aws, collector: Collector) -> None:
    with pytest.raises(UserError, match="profile `ghost`: `ProfileNotFound`"):
        collector.run(LIST_USERS, profiles=["ghost"])


@pytest.mark.parametrize(
    ("service", "operation"), [("iam", "list_unicorns"), ("unicorns", "list_unicorns")], ids=["operation", "service"]
)
def test_what_this_sdk_does_not_know_is_skipped(service: str, operation: str, aws: Aws, collector: Collector) -> None:
    aws.script["ListUsers"] = users("a")
    snapshot = collector.run(LIST_USERS, row("iam-unicorns", service, operation, "@"))
    assert rows(snapshot, "iam-unicorns")[0].status is SKIPPED
    assert names(snapshot) == ["a"]


def test_a_parameter_that_the_sdk_refuses_is_a_failure_and_not_silence(aws: Aws, collector: Collector) -> None:
    snapshot = collector.run(row("iam-users", "iam", "list_users", "Users", params={"Colour": "blue"}))
    assert (rows(snapshot, "iam-users")[0].status, "Colour" in rows(snapshot, "iam-users")[0].detail) == (FAILED, True)


def test_a_report_that_is_never_ready_is_waited_for_so_long_and_no_longer(aws: Aws, collector: Collector) -> None:
    aws.script["GenerateCredentialReport"] = xml("GenerateCredentialReport", "<State>INPROGRESS</State>")
    report = row("iam-report", "iam", "generate_credential_report", "@", until="State == 'COMPLETE'")
    snapshot = collector.run(report, wait_seconds=1)
    (only,) = rows(snapshot, "iam-report")
    assert (only.status, only.detail) == (FAILED, "`NotReady`: was not ready after 1 seconds")


def test_nothing_of_a_failure_is_left_in_the_folder(aws: Aws, collector: Collector) -> None:
    aws.script["ListUsers"] = lambda handler: handler.truncated(users("a"))
    collector.run(LIST_USERS)
    left: list[Any] = [path.name for path in collector.folder.rglob("*") if path.is_file()]
    assert left == ["manifest.json"]
