"""The snapshot keeps what it was given, in bytes that do not depend on when or in what order it was written."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT = "123456789012"

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8).map("k".__add__), inner, max_size=4)
    ),
    max_leaves=12,
)


def writer_at(path: Path | str) -> SnapshotWriter:
    return SnapshotWriter.create(str(path), AT, "0.0.test")


def put(writer: SnapshotWriter, kind: str, part: str, records: list[object]) -> None:
    with writer.part("aws", ACCOUNT, kind, part) as sink:
        for record in records:
            sink.add(part, {}, record)
        writer.commit(part, sink.close(), covered(kind, part, records=len(records)))


def covered(
    kind: str, region: str = "", status: CoverageStatus = CoverageStatus.COMPLETE, records: int = 0
) -> Coverage:
    return Coverage(provider="aws", scope_id=ACCOUNT, record_kind=kind, status=status, region=region, records=records)


@pytest.mark.parametrize("root", ["", "memory://round-trip/"])
def test_what_is_written_is_read(root: str, tmp_path: Path) -> None:
    where = f"{root}{tmp_path}"
    writer = writer_at(where)
    assert (
        writer.write("aws", ACCOUNT, "iam-users", [("", {}, {"b": 1, "a": "ü"}), ("", {"Arn": "x"}, b'{\n "c": 2}')])
        == 2
    )
    assert writer.write("aws", ACCOUNT, "iam-groups", []) == 0
    writer.cover(covered("iam-users"))
    writer.finish()

    snapshot = Snapshot.open(where)
    assert snapshot.manifest.captured_at == AT
    assert snapshot.manifest.complete
    assert snapshot.manifest.coverage == (covered("iam-users"),)
    assert snapshot.manifest.providers == ("aws",)
    assert snapshot.scopes("aws") == (ACCOUNT,)
    assert snapshot.kinds("aws", ACCOUNT) == ("iam-users",)
    assert snapshot.count("aws", ACCOUNT, "iam-users") == 2
    first, second = snapshot.records("aws", ACCOUNT, "iam-users")
    assert (first.region, first.of, first.value()) == ("", {}, {"a": "ü", "b": 1})
    assert (second.of, second.record) == ({"Arn": "x"}, b'{"c":2}')
    assert list(snapshot.records("aws", ACCOUNT, "iam-groups")) == []
    assert list(snapshot.records("gcp", "p", "x")) == []
    snapshot.verify()


def test_zcat_and_jq_can_read_it(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    for region in ("eu-west-1", "us-east-1"):
        put(writer, "lambda-functions", region, [{"FunctionName": region}])
    writer.join("aws", ACCOUNT, "lambda-functions")
    writer.finish()
    text = gzip.decompress((tmp_path / f"raw/aws/{ACCOUNT}/lambda-functions.jsonl.gz").read_bytes())
    assert [json.loads(line)["record"]["FunctionName"] for line in text.splitlines()] == ["eu-west-1", "us-east-1"]


@settings(max_examples=60, deadline=None)
@given(records=st.lists(_json, max_size=20))
def test_any_json_survives_the_round_trip(records: list[object], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("s")
    writer = writer_at(folder)
    writer.write("aws", ACCOUNT, "x", ((str(number), {"n": number}, record) for number, record in enumerate(records)))
    snapshot = writer.finish()
    read = list(snapshot.records("aws", ACCOUNT, "x"))
    assert [envelope.value() for envelope in read] == records
    assert [envelope.of["n"] for envelope in read] == list(range(len(records)))


def test_parts_join_in_the_order_of_their_names_whatever_the_order_of_writing(tmp_path: Path) -> None:
    files = []
    for name, order in (("a", ("eu", "us", "ap")), ("b", ("us", "ap", "eu"))):
        writer = writer_at(tmp_path / name)
        for region in order:
            put(writer, "sqs-queues", region, [{"Url": region}] * 1000)
            assert writer.done("aws", ACCOUNT, "sqs-queues", region)
            assert not writer.done("aws", ACCOUNT, "sqs-queues")
            assert len(list(writer.read_parts("aws", ACCOUNT, "sqs-queues", region))) == 1000
        writer.join("aws", ACCOUNT, "sqs-queues")
        assert writer.done("aws", ACCOUNT, "sqs-queues")
        snapshot = writer.finish()
        assert [row.region for row in snapshot.records("aws", ACCOUNT, "sqs-queues")][::1000] == ["ap", "eu", "us"]
        assert snapshot.manifest.coverage == (covered("sqs-queues", records=3000),)
        files.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")})
    assert files[0] == files[1]
    assert {path.name for path in files[0]} == {"manifest.json", "sqs-queues.jsonl.gz"}


def test_what_was_committed_is_read_back_whether_it_is_put_together_or_not(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    put(writer, "b", "eu", ["part"])
    put(writer, "a", "eu", ["joined"])
    put(writer, "c", "eu", ["unwanted"])
    writer.join("aws", ACCOUNT, "a")
    writer.write("aws", "000000000000", "b", [("", {}, "whole")])
    writer.write("gcp", "projects-x", "b", [("", {}, "another's")])

    for one in (writer, SnapshotWriter.resume(str(tmp_path))):
        read = one.read_kinds("aws", lambda kind: kind != "c")
        assert [envelope.value() for envelope in read] == ["whole", "joined", "part"]


def test_a_record_that_breaks_leaves_the_old_file_alone(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    writer.write("aws", ACCOUNT, "x", [("", {}, {"n": 1})])
    before = (tmp_path / f"raw/aws/{ACCOUNT}/x.jsonl.gz").read_bytes()

    def broken() -> object:
        yield from ((("", {}, {"n": "y" * 1000})) for _ in range(1000))
        raise RuntimeError("the network went away")

    with pytest.raises(RuntimeError):
        writer.write("aws", ACCOUNT, "x", broken())
    assert (tmp_path / f"raw/aws/{ACCOUNT}/x.jsonl.gz").read_bytes() == before
    assert not list(tmp_path.rglob("*.unfinished"))


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="is not a snapshot"):
        SnapshotWriter.create(str(tmp_path), AT, "0", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no file system here refuses a folder as /proc does")
def test_a_folder_that_cannot_be_made_is_said_to_be_unwritable() -> None:
    with pytest.raises(UserError, match=r"^cannot write `/proc/x/manifest\.json`: no such file or directory$"):
        SnapshotWriter.create("/proc/x", AT, "0")


def test_a_snapshot_is_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    with pytest.raises(UserError, match=r"holds a snapshot already: name another folder, or resume it$"):
        writer_at(tmp_path)
    writer.write("aws", ACCOUNT, "x", [("", {}, 1)])
    writer.finish()
    with pytest.raises(UserError, match=r"holds a snapshot already: name another folder$"):
        writer_at(tmp_path)
    assert Snapshot.open(str(tmp_path)).count("aws", ACCOUNT, "x") == 1
    again = SnapshotWriter.create(str(tmp_path), AT, "0", overwrite=True).finish()
    assert again.manifest.files == {}
    assert not list(tmp_path.rglob("*.gz"))


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.snapshot.store import SnapshotWriter
path, kill_after, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ticks = 0
def tick():
    global ticks
    ticks += 1
    if ticks == kill_after:
        os.kill(os.getpid(), signal.SIGKILL)
def lines(region):
    for number in range(3):
        tick()
        yield region, {}, {"n": number, "pad": "x" * 200000}
if mode == "resume":
    writer = SnapshotWriter.resume(path)
else:
    writer = SnapshotWriter.create(path, datetime(2026, 11, 1, tzinfo=UTC), "0")
for kind in ("a", "b"):
    if writer.done("aws", "1", kind):
        continue
    for region in ("eu", "us"):
        if writer.done("aws", "1", kind, region):
            continue
        with writer.part("aws", "1", kind, region) as sink:
            for line in lines(region):
                sink.add(*line)
            entry = sink.close()
        tick()
        row = Coverage(
            provider="aws", scope_id="1", record_kind=kind, status=CoverageStatus.COMPLETE, region=region, records=3
        )
        writer.commit(region, entry, row)
        tick()
    writer.join("aws", "1", kind)
    tick()
writer.settle("aws", "1")
tick()
writer.finish()
"""


def _collect(path: Path, kill_after: int, mode: str) -> int:
    return subprocess.run(  # noqa: PLW1510 - being killed is the point
        [sys.executable, "-c", _KILLED, str(path), str(kill_after), mode], capture_output=True
    ).returncode


def test_a_run_killed_at_any_step_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    assert _collect(tmp_path / "whole", 0, "create") == 0
    whole = {path.relative_to(tmp_path / "whole"): path.read_bytes() for path in (tmp_path / "whole").rglob("*.*")}
    for kill_after in (1, 3, 4, 5, 7, 11, 12, 16, 23):
        folder = tmp_path / str(kill_after)
        assert _collect(folder, kill_after, "create") == -9
        assert not Snapshot.open(str(folder)).manifest.complete
        Snapshot.open(str(folder)).verify()
        assert _collect(folder, 0, "resume") == 0
        assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")} == whole, kill_after


def test_a_torn_last_line_of_the_journal_has_not_happened(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    writer.write("aws", ACCOUNT, "a", [("", {}, 1)])
    writer.write("aws", ACCOUNT, "b", [("", {}, 2)])
    journal = tmp_path / f"journal/aws/{ACCOUNT}/0.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    resumed = SnapshotWriter.resume(str(tmp_path))
    assert resumed.done("aws", ACCOUNT, "a")
    assert not resumed.done("aws", ACCOUNT, "b")
    resumed.write("aws", ACCOUNT, "b", [("", {}, 2)])
    assert SnapshotWriter.resume(str(tmp_path)).finish().kinds("aws", ACCOUNT) == ("a", "b")


def test_a_file_that_was_lost_with_the_machine_is_written_again(tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    writer.write("aws", ACCOUNT, "a", [("", {}, 1)])
    (tmp_path / f"raw/aws/{ACCOUNT}/a.jsonl.gz").write_bytes(b"")
    assert not SnapshotWriter.resume(str(tmp_path)).done("aws", ACCOUNT, "a")


def test_resume_works_in_object_storage(tmp_path: Path) -> None:
    where = f"memory://resume{tmp_path}"
    writer = writer_at(where)
    for number in range(70):
        put(writer, "a", f"r{number:02}", [number])
    resumed = SnapshotWriter.resume(where)
    kept = [number for number in range(70) if resumed.done("aws", ACCOUNT, "a", f"r{number:02}")]
    assert kept == list(range(64))  # the rest was in the segment that a kill loses
    for number in range(64, 70):
        put(resumed, "a", f"r{number:02}", [number])
    resumed.join("aws", ACCOUNT, "a")
    resumed.settle("aws", ACCOUNT)
    snapshot = SnapshotWriter.resume(where).finish()
    assert [envelope.value() for envelope in snapshot.records("aws", ACCOUNT, "a")] == list(range(70))


def test_a_complete_snapshot_has_nothing_to_resume(tmp_path: Path) -> None:
    writer_at(tmp_path).finish()
    with pytest.raises(UserError, match="nothing to resume"):
        SnapshotWriter.resume(str(tmp_path))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "a\\b", "a b", "x\n", "\u00e9", "a" * 128, "a..b", "x.", "-x"]
)
def test_names_that_could_leave_the_folder_are_refused(name: str, tmp_path: Path) -> None:
    writer = writer_at(tmp_path)
    for names in ((name, ACCOUNT, "x"), ("aws", name, "x"), ("aws", ACCOUNT, name)):
        with pytest.raises(UserError, match="cannot be a file name"):
            writer.write(*names, [("", {}, 1)])
    with pytest.raises(UserError, match="cannot be a file name"):
        writer.part("aws", ACCOUNT, "x", name)


def test_options_and_moment_survive_a_resume(tmp_path: Path) -> None:
    SnapshotWriter.create(str(tmp_path), AT, "0", options={"aws": {"profiles": ["a"]}})
    resumed = SnapshotWriter.resume(str(tmp_path))
    assert resumed.captured_at == AT
    assert resumed.options == {"aws": {"profiles": ["a"]}}
