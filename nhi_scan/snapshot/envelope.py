"""One line of a file of records: the provider's answer and where it was found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.folder import Folder
from nhi_scan.snapshot.lines import GzipSource, TruncatedError
from nhi_scan.snapshot.manifest import FileEntry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A record as the provider gave it, after redaction."""

    region: str  # empty for what is not regional
    of: Mapping[str, Any]  # fields of the record that it was asked for with: `{"FunctionName": ...}`
    record: bytes  # JSON
    file: str = ""  # where it was read, for messages
    line: int = 0  # from 1

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"`{self.file}`, line {self.line}"

    def value(self) -> Any:
        """Decode the record into plain dicts and lists.

        Raises:
            UserError: the line is damaged.
        """
        try:
            return codec.decode_any(self.record)
        except codec.CodecError as error:
            raise UserError(f"{self.place}: {error}") from error

    def decode(self, type_: type[T]) -> T:
        """Decode the record straight into a dataclass; a field of type `codec.Raw` stays bytes.

        Raises:
            UserError: the record is not of that shape.
        """
        try:
            return codec.decode(self.record, type_)
        except codec.CodecError as error:
            raise UserError(f"{self.place}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Line:
    region: str
    of: dict[str, Any]
    record: codec.Raw


def read_envelopes(folder: Folder, path: str, entry: FileEntry) -> Iterator[Envelope]:
    """Stream a file of records; its hash and count are checked where it ends.

    Raises:
        UserError: it is missing, truncated, damaged, not what the manifest says, or a line is no envelope.
    """
    shown = folder.show(path)
    number = 0
    with folder.reading(path) as stream:
        source = GzipSource(stream)
        try:
            for block in source.line_blocks():
                for line in _decode_block(block, shown, number):
                    number += 1
                    yield Envelope(line.region, line.of, bytes(line.record), shown, number)
        except TruncatedError as error:
            raise UserError(f"`{shown}` {error}, after line {number}") from error
    if source.sha256() != entry.sha256 or number != entry.records:
        raise UserError(f"`{shown}` is not the file that the manifest describes: its checksum or length differs")


def _decode_block(block: bytes, shown: str, before: int) -> list[_Line]:
    try:
        return codec.decode_lines(block, _Line)
    except codec.CodecError:
        lines: list[_Line] = []
        for number, text in enumerate(block.splitlines(), before + 1):
            try:
                lines.append(codec.decode(text, _Line))
            except codec.CodecError as error:
                raise UserError(f"`{shown}`, line {number}: {error}") from error
        return lines
