"""A collection that was interrupted goes on where it was."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot

# Requests at most of what was under way when it died, and of finding the scopes again.
REPEATED = 30


class KilledError(Exception):
    """The process died here."""


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("step", [1, 4, 12, 24, 29])
def test_what_is_there_is_not_asked_again(starting: Any, tmp_path: Path, step: int) -> None:
    with serve(starting.estate, starting.now) as served:
        with starting(served, tmp_path / "whole", usage=True) as (writer, steps):
            writer.finish()
        whole = served.requests.total()
    last = min(step, sum(what == "advance" for what, _ in steps.told))

    with serve(starting.estate, starting.now) as served:
        with (
            pytest.raises(KilledError),
            starting(served, tmp_path / "cut", dies=(last, KilledError), usage=True),
        ):
            pass
        with starting(served, tmp_path / "cut", resume=True, usage=True) as (writer, _):
            writer.finish()

    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")
    assert served.requests.total() <= whole + REPEATED


# A process of its own, so that it can be killed: folder, `create` or `resume`, section as JSON.
_PROGRAM = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born without it
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from nhi_scan.providers.azure import collect, settings
from nhi_scan.snapshot.store import SnapshotWriter

class Steps:
    def start(self, account, total=0): pass
    def advance(self, account, service, region=""): pass
    def done(self, account): pass

folder, mode, section = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
writer = (
    SnapshotWriter.resume(folder)
    if mode == "resume"
    else SnapshotWriter.create(folder, datetime(2026, 1, 1, tzinfo=UTC), "test")
)
with ThreadPoolExecutor(4) as executor:
    collect.collect(settings.parse(section), writer, Steps(), executor)
writer.finish()
"""


def _process(served: Served, folder: Path, mode: str, **more: Any) -> "subprocess.Popen[bytes]":
    section = {
        "credential": "environment",
        "authority": served.endpoint,
        "graph_endpoint": served.endpoint,
        "arm_endpoint": served.endpoint,
        "ca_file": served.ca_file,
        **more,
    }
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "AZURE_TENANT_ID": served.tenant_id,
        "AZURE_CLIENT_ID": served.client_id,
        "AZURE_CLIENT_SECRET": served.client_secret,
    }
    command = [sys.executable, "-c", _PROGRAM, str(folder), mode, json.dumps(section)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def _wait_for(process: "subprocess.Popen[bytes]", is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)


STALLS = {
    "graph.servicePrincipals": "requests",
    "arm.resourceGraph": "requests",
    "graph.servicePrincipals.appRoleAssignedTo": "parts",
    "graph.getByIds": "requests",
    "graph.groups.owners": "parts",
    "graph.users": "parts",
}


@pytest.fixture(scope="module")
def uninterrupted(starting: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted") / "s"
    with serve(starting.estate, starting.now) as served:
        assert _process(served, folder, "create").wait() == 0
    return folder


@pytest.mark.parametrize("family", STALLS)
def test_a_collection_that_is_killed_without_warning_resumes_to_the_same_bytes(
    starting: Any, tmp_path: Path, uninterrupted: Path, family: str
) -> None:
    stalled = Conduct(quotas={family: 0}, retry_after="50")
    with serve(starting.estate, starting.now, stalled) as served:
        process = _process(served, tmp_path / "cut", "create")
        _wait_for(process, lambda: getattr(served, STALLS[family])[family] > 0)
        process.kill()
        process.wait()
    interrupted = Snapshot.open(str(tmp_path / "cut"))
    assert not interrupted.manifest.complete
    interrupted.verify()
    with serve(starting.estate, starting.now) as served:
        assert _process(served, tmp_path / "cut", "resume").wait() == 0
    assert _contents(tmp_path / "cut") == _contents(uninterrupted)


def test_an_interrupt_ends_a_long_wait_and_leaves_something_to_resume(starting: Any, tmp_path: Path) -> None:
    endless = Conduct(quotas={"graph.servicePrincipals": 0}, retry_after="50")
    with serve(starting.estate, starting.now, endless) as served:
        process = _process(served, tmp_path / "s", "create")
        _wait_for(process, lambda: served.requests["graph.servicePrincipals"] > 0)
        process.send_signal(signal.SIGINT)
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        code = process.wait()
        watchdog.cancel()
        folder = f"tenants-{served.tenant_id}"

    assert code not in {0, -signal.SIGKILL}
    assert not Snapshot.open(str(tmp_path / "s")).manifest.complete
    with serve(starting.estate, starting.now) as served:
        assert _process(served, tmp_path / "s", "resume").wait() == 0
    assert Snapshot.open(str(tmp_path / "s")).count("azure", folder, "graph-service-principals") == 9


def test_a_finished_snapshot_is_not_resumed(starting: Any, tmp_path: Path) -> None:
    with serve(starting.estate, starting.now) as served:
        with starting(served, tmp_path / "s") as (writer, _):
            writer.finish()
        with (
            pytest.raises(UserError, match="there is nothing to resume"),
            starting(served, tmp_path / "s", resume=True),
        ):
            pass
