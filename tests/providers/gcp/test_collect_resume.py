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

from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.demo.gcp.server import Served, serve
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot


class KilledError(Exception):
    """The process died here."""


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


NO_ASSETS = Conduct(faults=(Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", times=99),))
UNHURRIED = {"requests_per_minute": 100_000}
REPEATED = 12  # requests at most of what was under way when it died, and of finding the organization again


@pytest.mark.parametrize("step", [1, 2, 5, 9, 12])
@pytest.mark.parametrize(
    ("conduct", "section"),
    [(Conduct(), {"usage": True}), (Conduct(), {"projects": ["shop", "lab"]}), (NO_ASSETS, {})],
    ids=["organization", "projects", "by project"],
)
def test_what_is_there_is_not_asked_again(
    starting: Any, tmp_path: Path, conduct: Conduct, section: dict[str, Any], step: int
) -> None:
    with serve(starting.estate, starting.now, conduct) as served:
        with starting(served, tmp_path / "whole", **section) as (writer, steps):
            writer.finish()
        whole = served.requests.total()
    last = min(step, sum(what == "advance" for what, _ in steps.told))

    with serve(starting.estate, starting.now, conduct) as served:
        with pytest.raises(KilledError), starting(served, tmp_path / "cut", dies=(last, KilledError), **section):
            pass
        with starting(served, tmp_path / "cut", resume=True, **section) as (writer, _):
            writer.finish()

    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")
    assert served.requests.total() <= whole + REPEATED


# A process of its own, so that it can be killed: server's addresses, folder, `create` or `resume`, section as JSON.
_PROGRAM = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born without it
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from nhi_scan.providers.gcp import collect, settings
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
    section = {"endpoint": served.endpoint, "grpc_endpoint": served.grpc_endpoint, **UNHURRIED, **more}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _PROGRAM, str(folder), mode, json.dumps(section)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def _wait_for(process: "subprocess.Popen[bytes]", is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.mark.parametrize("section", [{"usage": True}, {"projects": ["shop", "lab"]}], ids=["organization", "projects"])
def test_a_collection_that_is_killed_without_warning_resumes_to_the_same_bytes(
    starting: Any, tmp_path: Path, section: dict[str, Any]
) -> None:
    with serve(starting.estate, starting.now) as served:
        assert _process(served, tmp_path / "whole", "create", **section).wait() == 0
        asked = served.requests.total()
    whole = _contents(tmp_path / "whole")

    for requests in (2, asked // 2, asked - 4):
        folder = tmp_path / str(requests)
        with serve(starting.estate, starting.now) as served:
            process = _process(served, folder, "create", **section)
            _wait_for(process, lambda enough=requests, served=served: served.requests.total() >= enough)
            process.kill()
            process.wait()
        interrupted = Snapshot.open(str(folder))
        assert not interrupted.manifest.complete
        interrupted.verify()
        with serve(starting.estate, starting.now) as served:
            assert _process(served, folder, "resume", **section).wait() == 0
        assert _contents(folder) == whole


def test_an_interrupt_ends_a_long_wait_and_leaves_something_to_resume(starting: Any, tmp_path: Path) -> None:
    endless = Conduct(quotas={"cloudasset.assets.list": 0}, retry_delay=50.0)
    with serve(starting.estate, starting.now, endless) as served:
        process = _process(served, tmp_path / "s", "create")
        _wait_for(process, lambda: served.requests["cloudasset.assets.list"] > 0)
        process.send_signal(signal.SIGINT)
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        code = process.wait()
        watchdog.cancel()

    assert code not in {0, -signal.SIGKILL}
    assert not Snapshot.open(str(tmp_path / "s")).manifest.complete
    with serve(starting.estate, starting.now) as served:
        assert _process(served, tmp_path / "s", "resume").wait() == 0
    assert Snapshot.open(str(tmp_path / "s")).count("gcp", "organizations-1", "asset-iam-service-account") == 2


def test_a_finished_snapshot_is_not_resumed(starting: Any, tmp_path: Path) -> None:
    with serve(starting.estate, starting.now) as served:
        with starting(served, tmp_path / "s") as (writer, _):
            writer.finish()
        with (
            pytest.raises(UserError, match="there is nothing to resume"),
            starting(served, tmp_path / "s", resume=True),
        ):
            pass
