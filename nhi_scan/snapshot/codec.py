"""JSON to typed values and back: the only file that knows which library does it.

Everything here is msgspec (https://jcristharif.com/msgspec/): it decodes straight into frozen dataclasses, and a field
of type `Raw` keeps its bytes unparsed, so that equal policy documents can be recognised before they are read.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

Raw = msgspec.Raw  # a value left as JSON; `bytes(raw)` is its text

_BYTE = re.compile(r"\(byte (\d+)\)$")
_TRAILING = "JSON is malformed: trailing characters"
_SPACE = re.compile(rb"[ \t\r\n]*")

_encoder = msgspec.json.Encoder(order="sorted", enc_hook=str)
_plain_encoder = msgspec.json.Encoder()


class CodecError(ValueError):
    """The bytes are no JSON, or not JSON of the wanted shape; the message says what and where in the value."""

    @property
    def offset(self) -> int | None:
        """Byte at which the text stops being JSON; None where the decoder does not say."""
        found = _BYTE.search(str(self))
        return int(found[1]) if found else None


@lru_cache(maxsize=256)
def _decoder(type_: Hashable) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(cast("Any", type_))


def _guarded(read: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return read(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CodecError(_lower_first(str(error))) from error
    except RecursionError as error:
        raise CodecError("nested too deeply") from error


def _lower_first(text: str) -> str:
    return text if text.startswith("JSON") else text[:1].lower() + text[1:]


def decode(data: bytes, type_: type[T]) -> T:
    """Decode one JSON value into a type: a dataclass, `dict[str, Raw]`, or `object` for whatever is there.

    Raises:
        CodecError: it is no JSON, or a field is missing or of another type.
    """
    return cast("T", _guarded(_decoder(cast("Hashable", type_)).decode, data))


def decode_any(data: bytes) -> Any:
    """Decode one JSON value into plain dicts and lists.

    Raises:
        CodecError: it is no JSON.
    """
    return _guarded(_decoder(object).decode, data)


def decode_lines(data: bytes, type_: type[T]) -> list[T]:
    """Decode JSON lines, one value a line, each into the type.

    Raises:
        CodecError: a line is no JSON or of another shape; which one is not said (decode them one by one to find it).
    """
    return cast("list[T]", _guarded(_decoder(cast("Hashable", type_)).decode_lines, data))


def decode_concatenated(data: bytes, type_: type[T]) -> Iterator[tuple[int, int, T]]:
    """Decode the JSON values of a text that holds one after the other, with white space between them or nothing.

    Yields:
        Where a value starts, where it ends, and the value.

    Raises:
        CodecError: as `decode`; its byte, where it names one, counts from the start of the whole text.
    """
    start = _after_space(data, 0)
    while start < len(data):
        end = len(data)
        text = memoryview(data)[start:]
        try:
            value = decode(cast("bytes", text), type_)
        except CodecError as error:
            if error.offset is None:
                raise
            if not str(error).startswith(_TRAILING):
                raise CodecError(_BYTE.sub(f"(byte {start + error.offset})", str(error))) from error
            end = start + error.offset - 1  # the decoder has already taken the first byte of what follows
            value = decode(cast("bytes", text[: end - start]), type_)
        yield start, end, value
        start = _after_space(data, end)


def _after_space(data: bytes, start: int) -> int:
    found = _SPACE.match(data, start)
    return found.end() if found else start


def encode(value: Any) -> bytes:
    """Encode as compact JSON with sorted keys, so that equal values give equal bytes.

    Datetimes become ISO 8601 strings, byte strings base64, whatever JSON has no word for its `str()`.
    """
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, OverflowError, ValueError):
        # A lone surrogate or a number beyond 64 bits, which the standard library's parser lets through.
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain, ensure_ascii=False)
        return text.encode("utf-8", "replace")


def encode_in_order(value: Any) -> bytes:
    """Encode plain values as compact JSON in UTF-8, keys in the order they have.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
        TypeError: JSON has no word for a value.
    """
    return _plain_encoder.encode(value)


def _plain(value: Any) -> Any:
    return json.loads(_encoder.encode(value))


def compact(data: bytes) -> bytes:
    """Take the insignificant white space out of a JSON text, so that it fits on one line.

    Raises:
        CodecError: it is no JSON.
    """
    return cast("bytes", _guarded(lambda text: msgspec.json.format(text, indent=-1), data))


def indent(data: bytes) -> bytes:
    """Spread a JSON text over lines, for files that people read."""
    return msgspec.json.format(data, indent=1)
