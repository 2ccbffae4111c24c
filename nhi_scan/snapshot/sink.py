"""Records on their way to disk: encoded, redacted, joined into blocks worth compressing, moved into place."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import IO, Any, Self

from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec, redact
from nhi_scan.snapshot.folder import Folder
from nhi_scan.snapshot.lines import GzipSink, HashingStream
from nhi_scan.snapshot.manifest import FileEntry

Line = tuple[str, Mapping[str, Any], Any]  # region, parent's fields, record (a value, or JSON as bytes or `Raw`)

_BLOCK = 1 << 18  # bytes of JSON joined before they are searched and compressed


class RecordSink:
    """One file of records being written. Nothing is on disk where there are no records or where it was not closed.

    Args:
        folder: the snapshot.
        path: where the file goes.
        drop: dotted paths to remove from every record.
    """

    def __init__(self, folder: Folder, path: str, drop: Iterable[str] = ()) -> None:
        self._folder = folder
        self._path = path
        self._drop = tuple(drop)
        self._held: list[bytes] = []
        self._size = 0
        self._replacing: AbstractContextManager[IO[bytes]] | None = None
        self._stream: HashingStream | None = None
        self._gzip: GzipSink | None = None
        self.records = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take away what was not closed."""
        if self._replacing is not None:
            replacing, self._replacing = self._replacing, None
            abandoned = error or UserError("abandoned")
            try:
                replacing.__exit__(type(abandoned), abandoned, trace)
            except UserError:
                if error is not None:
                    raise

    def add(self, region: str, of: Mapping[str, Any], record: Any) -> None:
        """Add a record.

        Args:
            region: where it was found; empty for what is not regional.
            of: fields of the record it was asked for with.
            record: a value, or JSON as bytes or `codec.Raw`.

        Raises:
            UserError: a record given as bytes is no JSON, or the disk refuses.
        """
        self.records += 1
        try:
            line = _line(region, of, self._text(record))
        except codec.CodecError as error:
            raise UserError(f"record {self.records} of `{self._path}` is not JSON: {error}") from error
        self._held.append(line)
        self._size += len(line)
        if self._size >= _BLOCK:
            self._flush()

    def close(self) -> FileEntry | None:
        """Move the file into place.

        Returns:
            What the manifest needs to know; None where there were no records, so no file.

        Raises:
            UserError: the disk refuses.
        """
        self._flush()
        if self._replacing is None or self._stream is None or self._gzip is None:
            return None
        self._gzip.close()
        replacing, self._replacing = self._replacing, None
        replacing.__exit__(None, None, None)
        return FileEntry(sha256=self._stream.sha256(), size=self._stream.size, records=self.records)

    def _text(self, record: Any) -> bytes:
        text = bytes(record) if isinstance(record, bytes | codec.Raw) else codec.encode(record)
        if self._drop:
            return redact.redacted(text, self._drop)
        return codec.compact(text) if b"\n" in text else text

    def _flush(self) -> None:
        if not self._held:
            return
        if self._gzip is None:
            self._replacing = self._folder.replacing(self._path)
            self._stream = HashingStream(self._replacing.__enter__())
            self._gzip = GzipSink(self._stream)
        self._gzip.write(_clean(self._held))
        self._held, self._size = [], 0


def _line(region: str, of: Mapping[str, Any], text: bytes) -> bytes:
    return b'{"region":%b,"of":%b,"record":%b}\n' % (codec.encode(region), codec.encode(of) if of else b"{}", text)


def _clean(lines: list[bytes]) -> bytes:
    """Join lines; those that may hold a secret are taken apart first."""
    block = b"".join(lines)
    if not redact.suspect(block):
        return block
    return b"".join(_redacted(line) if redact.suspect(line) else line for line in lines)


def _redacted(line: bytes) -> bytes:
    try:
        value = codec.decode_any(redact.redacted(line))
    except codec.CodecError as error:
        raise UserError(f"a record is not JSON: {error}") from error
    return _line(value["region"], value["of"], codec.encode(value["record"]))
