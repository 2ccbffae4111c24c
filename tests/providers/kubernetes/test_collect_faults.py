"""Servers that throttle, break off, lose their place, hang or answer nonsense, over HTTP."""

import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import client, kinds
from nhi_scan.providers.kubernetes.faults import Stopped
from nhi_scan.providers.kubernetes.kubeconfig import logins
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from tests.providers.kubernetes.conftest import kubeconfig

Collect = Callable[..., Any]

PODS = "/api/v1/pods"
NOW = {"Retry-After": "0"}


def _pods(*names: str, more: str = "") -> dict[str, Any]:
    items = [{"metadata": {"name": name, "namespace": "a"}} for name in names]
    return {"items": items, "metadata": {"continue": more} if more else {}}


def _status(code: int, reason: str, message: str = "said the server") -> tuple[int, dict[str, str], Any]:
    body = {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code}
    return code, NOW, body


EXPIRED = _status(410, "Expired", "The provided continue parameter is too old")


def _names(found: Any) -> list[str]:
    return [one["metadata"]["name"] for one in found.records(kinds.PODS)]


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_passes_is_asked_again(told: Any, ask: Collect, code: int) -> None:
    told.answers[PODS] = [_status(code, "TooManyRequests"), (200, {}, _pods("p"))]

    found = ask()

    assert (_names(found), found.statuses()[kinds.PODS], told.times(PODS)) == (["p"], "complete", 2)


def test_a_connection_that_ends_without_an_answer_is_tried_again(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [(told.HANGS_UP, {}, ""), (200, {}, _pods("p"))]

    assert (ask().statuses()[kinds.PODS], told.times(PODS)) == ("complete", 2)


def test_a_server_that_hangs_is_not_waited_for_for_ever(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [(told.HANGS, {}, "")]

    row = ask(timeout=1, max_attempts=1).rows()[kinds.PODS]

    assert (row.status.value, row.detail) == ("failed", "`ReadTimeout`: no answer in time")


def test_what_does_not_pass_is_coverage_and_loses_nothing_else(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [_status(503, "ServiceUnavailable")]
    told.answers["/api/v1/serviceaccounts"] = [(200, {}, _pods("s"))]

    found = ask()

    row = found.rows()[kinds.PODS]
    assert (row.status.value, row.detail) == ("failed", "`ServiceUnavailable`: said the server")
    assert told.times(PODS) == 2
    assert found.rows()[kinds.SERVICE_ACCOUNTS].records == 1


def test_a_list_that_breaks_off_is_partial(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [(200, {}, _pods("p", more="x")), _status(500, "InternalError")]

    found = ask(page_size=1)

    assert (_names(found), found.statuses()[kinds.PODS]) == (["p"], "partial")
    assert [query for path, query in told.asked if path == PODS][:2] == [
        {"limit": ["1"]},
        {"limit": ["1"], "continue": ["x"]},
    ]


def test_a_list_of_which_the_rest_expired_is_begun_again_and_has_nothing_twice(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [(200, {}, _pods("p", more="x")), EXPIRED, (200, {}, _pods("p", "q"))]

    found = ask()

    assert (_names(found), found.statuses()[kinds.PODS]) == (["p", "q"], "complete")


def test_a_list_that_expires_again_is_partial(told: Any, ask: Collect) -> None:
    first = (200, {}, _pods("p", more="x"))
    told.answers[PODS] = [first, EXPIRED, first, EXPIRED]

    found = ask()

    assert (_names(found), found.statuses()[kinds.PODS], told.times(PODS)) == (["p"], "partial", 4)
    assert found.rows()[kinds.PODS].detail.startswith("`Expired`: ")


def test_a_list_that_goes_in_circles_ends(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [(200, {}, _pods("p", more="same"))]

    assert ask().statuses()[kinds.PODS] == "partial"
    assert told.times(PODS) == 2


@pytest.mark.parametrize(
    "body",
    ["<html>sign in</html>", "", "[]", '"text"', '{"items": "text"}', '{"items": [', '{"items": {"a": 1}}'],
)
def test_nonsense_is_a_failure_not_an_empty_list(told: Any, ask: Collect, body: str) -> None:
    told.answers[PODS] = [(200, {}, body)]

    assert ask().statuses()[kinds.PODS] == "failed"


@pytest.mark.parametrize(
    "items",
    [
        [1, None, "x", [], {"metadata": "text"}, {"metadata": {"name": {"a": 1}}, "spec": []}],
        [{"spec": {"containers": "x", "volumes": {}, "env": 1}}, {"metadata": {"labels": [1], "ownerReferences": {}}}],
        [{"metadata": {"name": "x" * 100_000, "annotations": {"a": "y" * 100_000}}}],
        None,
    ],
)
def test_odd_objects_break_nothing(told: Any, ask: Collect, items: Any) -> None:
    for path in (PODS, "/api/v1/namespaces", "/apis/apps/v1/deployments", "/apis/batch/v1/cronjobs", "/api/v1/nodes"):
        told.answers[path] = [(200, {}, {"items": items, "metadata": None})]
    for path in ("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "/api/v1/persistentvolumes"):
        told.answers[path] = [(200, {}, {"items": items})]

    assert set(ask().statuses().values()) == {"complete"}


def test_a_list_of_secrets_that_is_not_metadata_is_cut_all_the_same(told: Any, ask: Collect) -> None:
    secret = {"metadata": {"name": "s", "namespace": "a"}, "data": {"token": "Y2FuYXJ5"}, "stringData": {"t": "canary"}}
    told.answers["/api/v1/secrets"] = [(200, {}, {"items": [secret]})]

    found = ask()

    assert "Y2FuYXJ5" not in found.bytes()
    (record,) = found.records(kinds.SECRETS)
    assert set(record) == {"apiVersion", "kind", "type", "metadata"}
    at = next(number for number, (path, _) in enumerate(told.asked) if path == "/api/v1/secrets")
    assert dict(told.sent[at])["Accept"] == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert told.asked[at][1]["fieldSelector"] == ["type=kubernetes.io/service-account-token"]


def test_secrets_are_never_asked_for_whole(told: Any, ask: Collect) -> None:
    told.answers["/api/v1/secrets"] = [_status(406, "NotAcceptable")]

    assert ask().statuses()[kinds.SECRETS] == "failed"
    assert told.times("/api/v1/secrets") == 1


def test_secrets_can_be_left_out(told: Any, ask: Collect) -> None:
    row = ask(secrets=False).rows()[kinds.SECRETS]

    assert (row.status.value, row.detail, told.times("/api/v1/secrets")) == ("skipped", "`secrets` is off", 0)


def test_a_kind_that_the_server_lacks_is_no_gap(told: Any, ask: Collect) -> None:
    told.answers["/apis"] = [(200, {}, {"groups": [{"name": "apps", "versions": [{"version": "v1"}]}]})]
    found = ask()

    row = found.rows()[kinds.CRON_JOBS]
    assert (row.status.value, row.detail) == ("skipped", "the server has no `cronjobs.batch` in v1 or v1beta1")
    assert found.statuses()[kinds.DEPLOYMENTS] == "complete"
    assert not any("batch" in path for path, _ in told.asked)


def test_a_server_that_does_not_tell_what_it_has_is_asked_in_turn(told: Any, ask: Collect) -> None:
    told.answers["/apis"] = [_status(403, "Forbidden")]
    told.answers["/apis/batch/v1/cronjobs"] = [_status(404, "NotFound")]
    told.answers["/apis/batch/v1beta1/cronjobs"] = [(200, {}, _pods("nightly"))]

    found = ask()

    assert found.records(kinds.CRON_JOBS)[0]["apiVersion"] == "batch/v1beta1"
    assert found.statuses()[kinds.CRON_JOBS] == "complete"
    assert found.statuses()[kinds.API_RESOURCES] == "denied"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/apis", {}),
        ("/apis", {"groups": {"a": 1}}),
        ("/api", {"versions": None}),
        ("/apis/apps/v1", {"resources": "none"}),
        ("/apis/apps/v1", {}),
    ],
)
def test_a_server_that_tells_nonsense_of_what_it_has_is_asked_all_the_same(
    told: Any, ask: Collect, path: str, body: Any
) -> None:
    told.answers[path] = [(200, {}, body)]

    statuses = ask().statuses()

    assert statuses[kinds.API_RESOURCES] in {"failed", "partial"}
    assert statuses[kinds.DEPLOYMENTS] == "complete"


def test_odd_groups_are_passed_over(told: Any, ask: Collect) -> None:
    odd = [1, {"name": 1}, {"name": "x", "versions": "y"}, {"name": "z/../q", "preferredVersion": {"version": "v 1"}}]
    told.answers["/apis"] = [(200, {}, {"groups": [*odd, {"name": "apps", "versions": [{"version": "v1"}, 5]}]})]
    told.answers["/apis/apps/v1"] = [
        (200, {}, {"resources": [1, {"name": [], "verbs": ["list"]}, {"name": "deployments", "verbs": ["list"]}]})
    ]

    found = ask()

    assert found.statuses()[kinds.DEPLOYMENTS] == "complete"
    assert found.rows()[kinds.STATEFUL_SETS].detail == "the server has no `statefulsets.apps` in v1"


def test_the_end_of_the_run_ends_a_wait(told: Any, tmp_path: Path) -> None:
    stop = threading.Event()

    def throttled() -> Any:
        stop.set()
        return 429, {"Retry-After": "3600"}, {}

    told.answers["/version"] = [throttled]
    (login,) = logins(str(kubeconfig(tmp_path, told.url)), [], {})
    with closing(client.Client(login, KubernetesSettings(), stop)) as seam, pytest.raises(Stopped):
        seam.get("/version")

    assert told.times("/version") == 1


def test_an_extension_that_is_down_leaves_the_rest(told: Any, ask: Collect) -> None:
    groups = [{"name": name, "versions": [{"version": "v1"}]} for name in ("apps", "metrics.example")]
    told.answers["/apis"] = [(200, {}, {"groups": groups})]
    told.answers["/apis/metrics.example/v1"] = [_status(503, "ServiceUnavailable")]

    found = ask()

    assert found.statuses()[kinds.API_RESOURCES] == "partial"
    assert found.statuses()[kinds.DEPLOYMENTS] == "complete"


def test_namespaces_that_go_away_meanwhile_are_no_gap(told: Any, ask: Collect) -> None:
    told.answers["/api/v1/namespaces"] = [(200, {}, {"items": [{"metadata": {"name": n}} for n in ("a", "b")]})]
    told.answers[PODS] = [_status(403, "Forbidden")]
    told.answers["/api/v1/namespaces/a/pods"] = [(200, {}, _pods("p"))]
    told.answers["/api/v1/namespaces/b/pods"] = [_status(404, "NotFound")]

    found = ask()

    row = found.rows()[kinds.PODS]
    assert (row.status.value, row.detail, row.records) == ("complete", "each namespace was asked by itself", 1)


def test_no_issuer_and_no_aws_auth(told: Any, ask: Collect) -> None:
    told.answers["/.well-known/openid-configuration"] = [_status(404, "NotFound")]
    told.answers["/api/v1/namespaces/kube-system/configmaps/aws-auth"] = [_status(404, "NotFound")]

    rows = ask().rows()

    assert rows[kinds.OPENID_CONFIGURATION].status.value == "skipped"
    assert (rows[kinds.AWS_AUTH].status.value, rows[kinds.AWS_AUTH].records) == ("complete", 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_status(401, "Unauthorized"), "does not work: `Unauthorized`: said the server"),
        ((401, {}, "<html>"), "does not work: `HTTP 401`"),
        ((302, {"Location": "https://elsewhere.example/"}, ""), "does not work: `HTTP 302`"),
        ((200, {}, "[]"), "does not work: `OddAnswer`"),
        (_status(503, "ServiceUnavailable"), "does not work: `ServiceUnavailable`"),
    ],
)
def test_a_server_that_does_not_take_who_asks_is_a_sentence(
    told: Any, ask: Collect, answer: Any, said: str, tmp_path: Path
) -> None:
    told.answers["/version"] = [answer]

    with pytest.raises(UserError) as raised:
        ask()

    assert said in str(raised.value)
    assert str(raised.value).startswith("context `test` of `")
    assert "canary-token" not in str(raised.value)


def test_who_is_taken_for_nobody_is_told_so(told: Any, ask: Collect) -> None:
    message = 'namespaces "kube-system" is forbidden: User "system:anonymous" cannot get resource "namespaces"'
    told.answers["/api/v1/namespaces/kube-system"] = [_status(403, "Forbidden", message)]

    with pytest.raises(UserError, match="the server takes who asks for `system:anonymous`"):
        ask()


def test_what_a_server_says_stays_on_one_line(told: Any, ask: Collect) -> None:
    told.answers[PODS] = [_status(403, "Forb\x1b[31midden", "a\nb\x00c" + "x" * 5000)]

    row = ask().rows()[kinds.PODS]

    assert row.detail.isprintable()
    assert len(row.detail) <= 300
    assert json.loads(json.dumps(row.detail)).startswith("`Forb [31midden`: a b c")


def test_waits_grow_and_end() -> None:
    error = client.CallError("failed", "x", "", again=True)
    assert [client._delay(error, attempt) for attempt in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 8.0, 30.0]
    assert client._delay(client.CallError("throttled", "x", "", again=True, after=7.0), 1) == 7.0
    assert client._delay(client.CallError("throttled", "x", "", again=True, after=86400.0), 1) == 30.0


def test_where_nobody_may_list_namespaces_one_that_is_named_may_be_there(told: Any, ask: Collect) -> None:
    told.answers["/api/v1/namespaces"] = [_status(403, "Forbidden")]

    found = ask(namespaces=["shop"])

    assert found.statuses()[kinds.NAMESPACES] == "denied"
    assert found.statuses("k8s:test/namespaces/shop")[kinds.PODS] == "complete"
