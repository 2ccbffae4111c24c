"""A collection that is killed at any moment and resumed gives the snapshot of one that was not disturbed."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.settings import parse
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.aws.collect.fake_aws import (
    ACCOUNT,
    FUNCTIONS,
    LIST_USERS,
    USER_KEYS,
    Aws,
    Handler,
    Told,
    row,
    users,
    xml,
)

USERS = 120
_PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born without it
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.settings import parse
from nhi_scan.snapshot.store import SnapshotWriter
from tests.providers.aws.collect.fake_aws import FUNCTIONS, LIST_USERS, USER_KEYS, Told
folder, mode = sys.argv[1:]
if mode == "resume":
    writer = SnapshotWriter.resume(folder)
else:
    writer = SnapshotWriter.create(folder, datetime(2026, 11, 1, tzinfo=UTC), "0")
with ThreadPoolExecutor(4) as executor:
    collect(parse({"max_attempts": 1}), writer, Told(), executor, (LIST_USERS, USER_KEYS, FUNCTIONS))
writer.finish()
"""


@pytest.fixture
def estate(aws: Aws) -> Aws:
    """Two pages of users, a key each, a function; every answer takes a moment, so that a kill falls between them."""

    def list_users(handler: Handler) -> None:
        half = USERS // 2
        second = bool(handler.params.get("Marker"))
        names = [f"u{number:03}" for number in (range(half, USERS) if second else range(half))]
        handler.answer(200, users(*names, marker="" if second else "m"))

    def list_keys(handler: Handler) -> None:
        time.sleep(0.005)
        key = f"<member><SSHPublicKeyId>K-{handler.params['UserName']}</SSHPublicKeyId></member>"
        handler.answer(200, xml("ListSSHPublicKeys", f"<SSHPublicKeys>{key}</SSHPublicKeys>"))

    aws.script |= {
        "ListUsers": list_users,
        "ListSSHPublicKeys": list_keys,
        "/2015-03-31/functions": b'{"Functions": [{"FunctionName": "f"}]}',
    }
    return aws


def start(folder: Path, mode: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([sys.executable, "-c", _PROGRAM, str(folder), mode], env=environment)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kill_after(process: "subprocess.Popen[bytes]", aws: Aws, answers: int) -> None:
    """Kill it without warning once the server has seen so many requests."""
    deadline = time.monotonic() + 30
    while len(aws.seen) < answers and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    process.wait()


def test_a_killed_collection_resumes_to_the_same_bytes(estate: Aws, tmp_path: Path) -> None:
    assert start(tmp_path / "whole", "create").wait() == 0
    whole = contents(tmp_path / "whole")
    asked_in_all = len(estate.seen)
    assert Snapshot.open(str(tmp_path / "whole")).count("aws", ACCOUNT, "iam-ssh-public-keys") == USERS
    for answers in (4, 40, asked_in_all - 10):
        folder = tmp_path / str(answers)
        estate.seen.clear()
        kill_after(start(folder, "create"), estate, answers)
        interrupted = Snapshot.open(str(folder))
        assert not interrupted.manifest.complete
        interrupted.verify()
        estate.seen.clear()
        assert start(folder, "resume").wait() == 0
        assert contents(folder) == whole
        if answers > 40:
            assert len(estate.seen) < asked_in_all // 2  # what was finished was not asked again


class Dying(SnapshotWriter):
    """Dies at the third kind that it puts together."""

    joined = 0

    def join(self, provider: str, scope: str, kind: str, *, unasked: str = "") -> None:
        self.joined += 1
        if self.joined == 3:
            raise KeyboardInterrupt
        super().join(provider, scope, kind, unasked=unasked)


def test_dying_while_parts_are_put_together_loses_no_answer(estate: Aws, tmp_path: Path) -> None:
    estate.script["ListRepositories"] = b'{"repositories": [{"repositoryName": "r"}]}'
    repositories = row("codecommit-repositories", "codecommit", "list_repositories", "repositories", scope="region")
    calls = (repositories, LIST_USERS, replace(USER_KEYS, needs="codecommit-repositories"), FUNCTIONS)

    def run(writer: SnapshotWriter) -> None:
        with ThreadPoolExecutor(4) as executor:
            collect(parse({}), writer, Told(), executor, calls)

    moment = datetime(2026, 11, 1, tzinfo=UTC)
    whole = SnapshotWriter.create(str(tmp_path / "whole"), moment, "0")
    run(whole)
    whole.finish()
    with pytest.raises(KeyboardInterrupt):
        run(Dying.create(str(tmp_path / "dead"), moment, "0"))
    estate.seen.clear()
    resumed = SnapshotWriter.resume(str(tmp_path / "dead"))
    run(resumed)
    assert resumed.finish().count("aws", ACCOUNT, USER_KEYS.kind) == USERS
    assert contents(tmp_path / "dead") == contents(tmp_path / "whole")
    assert set(estate.seen) == {"GetCallerIdentity", "DescribeRegions"}


def test_an_interrupt_ends_soon_and_leaves_something_to_resume(
    estate: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(tmp_path / "s", "create")
    deadline = time.monotonic() + 30
    while len(estate.seen) < 30 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(2)
    watchdog = threading.Timer(10, process.kill)
    watchdog.start()
    code = process.wait()
    watchdog.cancel()
    assert code not in (0, -9)
    assert not Snapshot.open(str(tmp_path / "s")).manifest.complete
    assert start(tmp_path / "s", "resume").wait() == 0
    assert Snapshot.open(str(tmp_path / "s")).count("aws", ACCOUNT, "iam-ssh-public-keys") == USERS
