"""Audit logs, added up."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.audit import audit_lines, is_event, read_audit

CART = "system:serviceaccount:shop:cart"


def event(user: str = CART, verb: str = "get", at: str = "2026-05-01T10:00:00.000000Z", **more: Any) -> dict[str, Any]:
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": user, "uid": "1", "groups": ["system:authenticated"]},
        "sourceIPs": ["192.0.2.1"],
        "userAgent": "kubectl/v1.29",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "a", "apiVersion": "v1"},
        "requestReceivedTimestamp": at,
        "annotations": {"authorization.k8s.io/decision": "allow"},
        **more,
    }


def added(*events: Any) -> list[dict[str, Any]]:
    return list(read_audit(json.dumps(one).encode() for one in events))


def test_requests_are_added_up_and_addresses_are_not_kept() -> None:
    (one,) = added(
        event(at="2026-05-02T10:00:00Z"),
        event(at="2026-05-01T10:00:00Z", stage="RequestReceived"),
        event(at="2026-05-03T10:00:00Z", objectRef={"resource": "pods", "namespace": "shop", "name": "b"}),
    )
    assert one == {
        "user": CART,
        "verb": "get",
        "resource": "pods",
        "namespace": "shop",
        "first": "2026-05-01T10:00:00+00:00",
        "last": "2026-05-03T10:00:00+00:00",
        "since": "2026-05-01T10:00:00+00:00",
        "count": 2,
        "allowed": True,
        "authenticated": True,
    }


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"objectRef": {"resource": "pods", "subresource": "exec"}}, {"resource": "pods", "subresource": "exec"}),
        ({"objectRef": {"resource": "deployments", "apiGroup": "apps"}}, {"resource": "deployments", "group": "apps"}),
        ({"objectRef": None, "requestURI": "/metrics?x=secret"}, {"url": "/metrics"}),
    ],
)
def test_what_was_done(more: dict[str, Any], expected: dict[str, str]) -> None:
    (one,) = added(event(**more))
    names = ("group", "resource", "subresource", "namespace", "url")
    assert {name: one[name] for name in names if name in one} == expected


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({"annotations": {"authorization.k8s.io/decision": "forbid"}}, False),
        ({"annotations": None, "responseStatus": {"code": 403}}, False),
        ({"annotations": None, "responseStatus": {"code": 404}}, True),
    ],
)
def test_what_was_refused(more: dict[str, Any], allowed: bool) -> None:
    assert [one["allowed"] for one in added(event(**more))] == [allowed]


@pytest.mark.parametrize(
    "more",
    [
        {"responseStatus": {"code": 401}},
        {"user": {}},
        {"user": None},
        {"verb": ""},
        {"requestReceivedTimestamp": "never"},
        {"objectRef": None, "requestURI": None},
    ],
)
def test_an_event_that_says_nothing_counts_for_nothing(more: dict[str, Any]) -> None:
    assert added({**event(), **more}) == []


@pytest.mark.parametrize(("other", "resource"), [("ann", "users"), (CART, "serviceaccounts")])
def test_acting_as_somebody_else_is_two_things(other: str, resource: str) -> None:
    found = added(event(user="root", impersonatedUser={"username": other}))
    assert {(one["user"], one["verb"], one["resource"], one["authenticated"]) for one in found} == {
        ("root", "impersonate", resource, True),
        (other, "get", "pods", False),
    }


def test_addresses_that_a_scanner_tries_are_not_all_kept() -> None:
    tried = [event(objectRef=None, requestURI=f"/{number}") for number in range(1500)]
    found = added(*tried)
    assert len(found) == 1001
    assert [one["count"] for one in found if one["url"] == "/..."] == [500]


def test_lists_of_events_and_lines_that_are_none() -> None:
    faults: list[tuple[int, str]] = []
    lines = [
        json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [event(), event(verb="list")]}),
        "",
        '{"kind":"Event","verb":5}',
        json.dumps([event(verb="watch", requestObject={"items": []})]),
        json.dumps(event(verb="create", requestObject={"items": []})),
        '{"kind":"Ev',
    ]
    found = read_audit((one.encode() for one in lines), lambda line, fault: faults.append((line, fault)))
    assert [one["verb"] for one in found] == ["create", "get", "list", "watch"]
    assert [line for line, _ in faults] == [3, 6]


LINES = [event(), event(verb="list")]


@pytest.mark.parametrize(
    "content",
    [
        b"\n".join(json.dumps(one).encode() for one in LINES),
        b"\n".join(json.dumps(one).encode() for one in LINES) + b"\n",
        json.dumps({"kind": "EventList", "items": LINES}, indent=1).encode(),
        json.dumps(LINES, indent=1).encode(),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files(tmp_path: Path, content: bytes, packed: bool) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert [one["verb"] for one in read_audit(audit_lines(path))] == ["get", "list"]


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "audit.log.gz"
    with pytest.raises(UserError, match="cannot be read: No such file"):
        list(audit_lines(path))
    path.write_bytes(gzip.compress(b"x" * 1000)[:-9])
    with pytest.raises(UserError, match="is truncated"):
        list(audit_lines(path))


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (event(), True),
        ({"kind": "EventList", "apiVersion": "audit.k8s.io/v1beta1"}, True),
        ({"kind": "Event", "apiVersion": "v1"}, False),
        ({"kind": "Event", "apiVersion": 5}, False),
        ([], False),
    ],
)
def test_what_is_an_event(value: object, answer: bool) -> None:
    assert is_event(value) is answer
