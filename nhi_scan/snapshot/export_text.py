"""The text of an exported file: decoded, and every fault in it told with its line and column."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec

T = TypeVar("T")

_UTF8 = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # what a redirection in Windows PowerShell 5 writes


@dataclass(frozen=True, slots=True)
class ExportText:
    """A file's bytes, known to be UTF-8."""

    path: Path
    data: bytes

    @staticmethod
    def read(path: Path) -> "ExportText":
        """Read a file, whatever byte order mark the shell that made it has put before it.

        Raises:
            UserError: it cannot be read, or is no text.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UserError(f"`{path}` cannot be read: {error.strerror}") from error
        data = data.removeprefix(_UTF8)
        try:
            if data.startswith(_UTF16):
                data = data.decode("utf-16").encode()
            else:
                data.decode()
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            line, column = data.count(b"\n", 0, start) + 1, start - data.rfind(b"\n", 0, start)
            raise UserError(f"`{path}`, line {line}, column {column}: it is not UTF-8 text") from error
        return ExportText(path, data)

    @property
    def empty(self) -> bool:
        """Nothing but white space: what is left of a command that failed."""
        return not self.data.strip()

    def place(self, offset: int) -> str:
        """Say where a byte stands."""
        line = self.data.count(b"\n", 0, offset) + 1
        line_start = self.data.rfind(b"\n", 0, offset) + 1
        column = len(self.data[line_start:offset].decode(errors="replace")) + 1
        return f"`{self.path}`, line {line}, column {column}"

    def wrong(self, offset: int, what: str) -> NoReturn:
        """Refuse the file.

        Raises:
            UserError: always.
        """
        raise UserError(f"{self.place(offset)}: {what}")

    def refuse(self, what: str) -> NoReturn:
        """Refuse the file for something that says itself where it stands.

        Raises:
            UserError: always.
        """
        raise UserError(f"`{self.path}`, {what}")

    def find(self, text: str, start: int = 0) -> int:
        """Find where a string value or a key stands; the start where it is written with escapes."""
        return max(self.data.find(codec.encode(text), start), start)

    def values(self) -> Iterator[tuple[int, codec.Raw]]:
        """Take the JSON values in the file apart: the items of an array, or values that follow each other.

        Yields:
            Where a value stands (of an array's items only where the array starts), and its JSON.

        Raises:
            UserError: it is no JSON, or ends too early.
        """
        start = len(self.data) - len(self.data.lstrip())
        if self.data[start : start + 1] == b"[":
            try:
                items = codec.decode(self.data, list[codec.Raw])
            except codec.CodecError as error:
                self._refuse(error, start)
            yield from ((start, item) for item in items)
        else:
            yield from self._lines(start)

    def _lines(self, start: int) -> Iterator[tuple[int, codec.Raw]]:
        """A value a line, as exports have it; where a line is no value, values spread over lines."""
        end = start
        try:
            while end < len(self.data):
                stop = self.data.find(b"\n", end)
                stop = len(self.data) if stop < 0 else stop
                line = self.data[end:stop]
                if line.strip():
                    yield end, codec.decode(line, codec.Raw)
                end = stop + 1
        except codec.CodecError:
            yield from self._spread(end)

    def _spread(self, at: int) -> Iterator[tuple[int, codec.Raw]]:
        """Values that follow each other, from a byte on."""
        end = at
        try:
            for first, last, value in codec.decode_concatenated(self.data[at:], codec.Raw):
                end = at + last
                yield at + first, value
        except codec.CodecError as error:
            self._refuse(error, end, at)

    def documents(self) -> Iterator[tuple[int, dict[str, codec.Raw]]]:
        """Decode the pages in the file: where each starts, and its members, left as JSON.

        Raises:
            UserError: it is no JSON, ends too early, or a page is not an object.
        """
        end = 0
        try:
            for start, end, members in codec.decode_concatenated(self.data, dict[str, codec.Raw]):  # noqa: B007 - `end` is used below
                yield start, members
        except codec.CodecError as error:
            self._refuse(error, end)

    def _refuse(self, error: codec.CodecError, start: int, base: int = 0) -> NoReturn:
        text = str(error)
        if error.offset is not None:
            self.wrong(base + error.offset, text.rpartition(" (byte")[0])
        if "truncated" in text:
            self.wrong(len(self.data.rstrip()), "the file ends in the middle of a value: it is truncated")
        while start < len(self.data) and self.data[start : start + 1].isspace():
            start += 1
        self.wrong(start, text)

    def decode(self, raw: codec.Raw, type_: type[T], offset: int, name: str) -> T:
        """Decode a member into a type.

        Args:
            raw: the member's JSON.
            type_: what it should be.
            offset: where its page starts.
            name: its key.

        Raises:
            UserError: it is of another type.
        """
        try:
            return codec.decode(bytes(raw), type_)
        except codec.CodecError as error:
            self.wrong(self.find(name, offset), f"`{name}`: {error}")

    def plain(self, members: dict[str, codec.Raw]) -> dict[str, Any]:
        """Decode a page into plain dicts and lists."""
        return {name: codec.decode_any(bytes(raw)) for name, raw in members.items()}
