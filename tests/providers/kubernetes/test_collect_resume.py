"""A collection that was interrupted goes on where it was; and the audit log of a cluster goes in with it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import calls, kinds
from nhi_scan.providers.kubernetes.provider import PROVIDER
from nhi_scan.snapshot.store import SnapshotWriter
from tests.providers.kubernetes.conftest import MOMENT, kubeconfig
from tests.providers.steps import Steps

Collect = Callable[..., Any]


class KilledError(Exception):
    """The process died here."""


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _run(writer: SnapshotWriter, path: Path, steps: Steps) -> None:
    with ThreadPoolExecutor(4) as executor:
        PROVIDER.collect({"kubeconfig": str(path)}, writer, steps, executor)
    writer.finish()


@pytest.mark.parametrize("step", [1, 2, 5, 14, 22])
def test_what_is_there_is_not_asked_again(told: Any, tmp_path: Path, step: int) -> None:
    for listing in calls.LISTINGS:
        found = [{"metadata": {"name": f"{listing.resource}-{number}", "namespace": "a"}} for number in range(3)]
        told.answers[listing.path(listing.versions[0])] = [(200, {}, {"items": found})]
    path = kubeconfig(tmp_path, told.url)
    _run(SnapshotWriter.create(tmp_path / "whole", MOMENT, "test"), path, Steps())
    whole = len(told.asked)

    with pytest.raises(KilledError):
        _run(SnapshotWriter.create(tmp_path / "cut", MOMENT, "test"), path, Steps(dies=(step, KilledError)))
    _run(SnapshotWriter.resume(tmp_path / "cut"), path, Steps())

    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")
    # Signing in again, and what four threads may have had under way.
    assert len(told.asked) - whole <= whole + 2 + 4 + len(told.answers) // 4


def _event(user: str, verb: str, name: str) -> str:
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": user},
        "objectRef": {"resource": name, "namespace": "a", "apiVersion": "v1"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-05-01T10:00:00.000000Z",
        "userAgent": "canary-agent/1.0",
        "sourceIPs": ["192.0.2.7"],
    }
    return json.dumps(event)


def test_the_audit_log_says_who_used_what(ask: Collect, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text("\n".join([*[_event("system:serviceaccount:a:app", "get", "pods")] * 3, '{"kind": "Ev']))

    found = ask(audit_logs=[str(log)])

    (record,) = found.records(kinds.AUDIT_USERS)
    assert (record["user"], record["verb"], record["resource"], record["count"]) == (
        "system:serviceaccount:a:app", "get", "pods", 3,
    )  # fmt: skip
    row = found.rows()[kinds.AUDIT_USERS]
    assert (row.status.value, row.records) == ("partial", 1)
    assert row.detail == "1 line of the audit log cannot be read: line 4"
    assert "canary-agent" not in found.bytes()


def test_without_a_log_nobody_knows_what_was_used(ask: Collect) -> None:
    (row,) = [row for row in ask().snapshot.manifest.coverage if row.record_kind == kinds.AUDIT_USERS]
    assert (row.status.value, row.detail) == ("skipped", "no audit log was given: `--audit-log` names one")


def test_a_log_that_is_none_is_a_sentence_before_anything_is_asked(told: Any, ask: Collect, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"`providers\.kubernetes\.audit_logs`: `.*missing` is no file"):
        ask(audit_logs=[str(tmp_path / "missing")])
    with pytest.raises(UserError, match="of several contexts nothing says which the log is of"):
        ask(audit_logs=[str(tmp_path / "missing")], contexts=["a", "b"])
    assert told.asked == []
