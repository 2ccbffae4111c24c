"""Records on their way to disk: encoded, redacted, joined into blocks worth compressing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec, redact

Line = tuple[str, Mapping[str, Any], Any]  # region, parent's fields, record (a value, or JSON as bytes or `Raw`)

_BLOCK = 1 << 18  # bytes of JSON joined before they are searched and compressed


def blocks(lines: Iterable[Line], drop: tuple[str, ...] = ()) -> Iterator[tuple[bytes, int]]:
    """Encode lines and hand them on in blocks of a few hundred kilobytes, each with its number of lines.

    Args:
        lines: region, parent's fields, record.
        drop: dotted paths to remove from every record.

    Raises:
        UserError: a record given as bytes is no JSON.
    """
    held: list[bytes] = []
    size = 0
    for number, (region, of, record) in enumerate(lines, 1):
        try:
            line = _line(region, of, _text(record, drop))
        except codec.CodecError as error:
            raise UserError(f"record {number} is not JSON: {error}") from error
        held.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield _clean(held), len(held)
            held, size = [], 0
    if held:
        yield _clean(held), len(held)


def _text(record: Any, drop: tuple[str, ...]) -> bytes:
    text = bytes(record) if isinstance(record, bytes | codec.Raw) else codec.encode(record)
    if drop:
        return redact.redacted(text, drop)
    return codec.compact(text) if b"\n" in text else text


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
