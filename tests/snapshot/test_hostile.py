"""A damaged or hostile snapshot ends in one sentence that names the file, and where in it."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import lines
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

FILE = "raw/aws/1/x.jsonl.gz"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    writer = SnapshotWriter.create(str(tmp_path / "s"), datetime(2026, 1, 1, tzinfo=UTC), "0")
    writer.write("aws", "1", "x", [("", {}, {"n": number}) for number in range(100)])
    writer.cover(Coverage(provider="aws", scope_id="1", record_kind="x", status=CoverageStatus.COMPLETE))
    writer.finish()
    return tmp_path / "s"


def replace_file(snapshot: Path, data: bytes, records: int = 1) -> None:
    """Put other bytes in place, with a manifest that vouches for them."""
    (snapshot / FILE).write_bytes(data)
    manifest = json.loads((snapshot / "manifest.json").read_text())
    manifest["files"][FILE] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "records": records}
    (snapshot / "manifest.json").write_text(json.dumps(manifest))


def read_all(snapshot: Path) -> list[Any]:
    return [envelope.value() for envelope in Snapshot.open(str(snapshot)).records("aws", "1", "x")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m.update(format_version=2), "format version 2, newer than the 1"),
        (lambda m: m.update(format_version="1"), "is not the manifest of a snapshot: expected `int`, got `str`"),
        (lambda m: m.update(format="webpack"), "its format is `webpack`"),
        (lambda m: m.pop("format"), "is not the manifest of a snapshot"),
        (lambda m: m.update(captured_at="yesterday"), "captured_at"),
        (lambda m: m.update(captured_at="2026-01-01T00:00:00"), "`captured_at` has no time zone"),
        (lambda m: m.update(coverage=[{"provider": "aws"}]), "coverage"),
        (
            lambda m: m.update(files={"raw/aws/../../../etc/passwd": m["files"][FILE]}),
            "is no path of a file of records",
        ),
        (lambda m: m.update(files={"/etc/passwd": m["files"][FILE]}), "is no path of a file of records"),
        (lambda m: m.update(files={"raw/aws/../x.jsonl.gz": m["files"][FILE]}), "cannot be a file name"),
        (lambda m: m.update(files={"cooked/aws/1/x.jsonl.gz": m["files"][FILE]}), "is no path of a file of records"),
        (lambda m: m["files"][FILE].update(sha256="0"), "is malformed"),
        (lambda m: m["files"][FILE].update(sha256="0" * 64), "is not the file that the manifest describes"),
        (lambda m: m["files"][FILE].update(records=99), "is not the file that the manifest describes"),
    ],
)
def test_a_manifest_that_lies(change: Callable[[Any], Any], sentence: str, snapshot: Path) -> None:
    manifest = json.loads((snapshot / "manifest.json").read_text())
    change(manifest)
    (snapshot / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError) as caught:
        read_all(snapshot)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format_version": 1}', b"[" * 100_000])
def test_a_manifest_that_is_none(text: bytes, snapshot: Path) -> None:
    (snapshot / "manifest.json").write_bytes(text)
    with pytest.raises(UserError, match=r"manifest\.json` is not the manifest of a snapshot"):
        Snapshot.open(str(snapshot))


@pytest.mark.parametrize("place", ["nowhere", "a-file", "odd://x", "no-such-protocol://x"])
def test_what_is_no_snapshot_at_all(place: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    with pytest.raises(UserError):
        Snapshot.open(place if "://" in place else str(tmp_path / place))


LINE = b'{"region":"","of":{},"record":{}}\n'


def _packed(data: bytes) -> bytes:
    """Compress without a time: the bytes name test cases, which every worker has to call the same."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("data", "records", "sentence"),
    [
        (_packed(LINE * 3)[:-9], 3, "is truncated"),
        (_packed(LINE * 3)[:-1], 3, "is truncated"),
        (_packed(LINE)[:5], 1, "is truncated"),
        (b"plain text\n", 1, "is damaged"),
        (_packed(LINE) + b"garbage", 1, "is damaged"),
        (_packed(LINE[:-1]), 1, "its last line has no end"),
        (_packed(LINE + b"{}\n"), 2, "line 2: object missing required field `region`"),
        (_packed(LINE + LINE + b'{"region":\n' + LINE), 4, "line 3: input data was truncated"),
        (_packed(LINE + b'{"region":1,"of":{},"record":{}}\n'), 2, "line 2: expected `str`, got `int`"),
        (_packed(LINE + b'{"region":"","of":{},"record":}\n'), 2, "line 2: JSON is malformed"),
        (_packed(LINE + b"[" * 50_000 + b"\n"), 2, "line 2: "),
        (_packed(LINE + b"\xff\n"), 2, "line 2: "),
    ],
)
def test_a_file_that_is_damaged(data: bytes, records: int, sentence: str, snapshot: Path) -> None:
    replace_file(snapshot, data, records)
    with pytest.raises(UserError) as caught:
        read_all(snapshot)
    assert sentence in str(caught.value)
    assert FILE in str(caught.value)


def test_a_record_of_another_shape_names_its_line(snapshot: Path) -> None:
    replace_file(snapshot, _packed(LINE + b'{"region":"","of":{},"record":{"n":"\xff"}}\n'), 2)
    _, second = Snapshot.open(str(snapshot)).records("aws", "1", "x")
    with pytest.raises(UserError, match=r"x\.jsonl\.gz`, line 2: "):
        second.value()
    with pytest.raises(UserError, match=r"line 2: expected `int`, got `object`"):
        second.decode(int)


def test_a_bomb_is_read_in_pieces_and_refused(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1 << 20)
    replace_file(snapshot, _packed(b"0" * (1 << 25)), 1)
    with pytest.raises(UserError, match="has a line of more than 1 MB"):
        read_all(snapshot)


def test_a_file_that_went_missing(snapshot: Path) -> None:
    (snapshot / FILE).unlink()
    with pytest.raises(UserError, match=r"x\.jsonl\.gz` does not exist"):
        read_all(snapshot)


@settings(max_examples=150, deadline=None)
@given(position=st.floats(0, 1), flip=st.integers(1, 255))
def test_one_flipped_bit_is_always_noticed(
    position: float, flip: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("flip") / "s"
    writer = SnapshotWriter.create(str(folder), datetime(2026, 1, 1, tzinfo=UTC), "0")
    writer.write("aws", "1", "x", [("", {}, {"n": number}) for number in range(50)])
    writer.finish()
    data = bytearray((folder / FILE).read_bytes())
    data[int(position * (len(data) - 1))] ^= flip
    (folder / FILE).write_bytes(bytes(data))
    with pytest.raises(UserError):
        read_all(folder)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200), form=st.sampled_from(["plain", "gzip", "deflate"]))
def test_any_bytes_give_records_or_one_sentence(
    data: bytes, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any") / "s"
    writer = SnapshotWriter.create(str(folder), datetime(2026, 1, 1, tzinfo=UTC), "0")
    writer.write("aws", "1", "x", [("", {}, 1)])
    writer.finish()
    packed = {"plain": data, "gzip": _packed(data), "deflate": zlib.compress(data)}[form]
    replace_file(folder, packed, 0)
    said = ""
    try:
        read = read_all(folder)
    except UserError as error:
        read, said = [], str(error)
    assert read == []
    assert "\n" not in said


def test_a_journal_with_a_damaged_middle_is_refused(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(str(tmp_path), datetime(2026, 1, 1, tzinfo=UTC), "0")
    writer.write("aws", "1", "x", [("", {}, 1)])
    journal = tmp_path / "journal/aws/1/0.jsonl"
    journal.write_bytes(b"{}\n" + journal.read_bytes())
    with pytest.raises(UserError, match=r"0\.jsonl`, line 1: "):
        SnapshotWriter.resume(str(tmp_path))


def test_a_disk_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="file"):
        SnapshotWriter.create(str(tmp_path / "file" / "s"), datetime(2026, 1, 1, tzinfo=UTC), "0")
