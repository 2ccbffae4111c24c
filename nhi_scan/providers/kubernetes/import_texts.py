"""What a file of an import is: an audit log, YAML, or what kubectl prints for people about a cluster."""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.audit import is_event
from nhi_scan.providers.kubernetes.yaml_text import YamlError, documents
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText

_HEAD = 1 << 16  # bytes in which a file shows what it is
_FIRST = 1 << 20  # bytes in which the first line of an audit log ends
_UTF8 = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_LONGEST = 50_000_000  # bytes of YAML: a minute's work
_YAML = re.compile(rb"^(?:- )?(?:apiVersion|kind|items|metadata|serverVersion):", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SERVER = re.compile(r"^Kubernetes (?:control plane|master) is running at (https?://\S+)", re.MULTILINE)
_VERSION = re.compile(r"^Server Version: (?:version\.Info\{.*?GitVersion:\")?(v[0-9][^\s\",]{0,60})", re.MULTILINE)


def head_of(path: Path) -> tuple[bytes, bool]:
    """Read how a file begins, decompressed, and whether it had to be.

    Raises:
        UserError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_FIRST)
        if not head.startswith(_GZIP):
            return head, False
        with gzip.open(path) as unpacked:
            return unpacked.read(_FIRST), True
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"`{path}` is damaged: it cannot be decompressed") from error
    except OSError as error:
        raise UserError(f"`{path}` cannot be read: {error.strerror}") from error


def begins_json(head: bytes) -> bool:
    """Say whether a text begins as JSON does, whatever byte order mark stands before it."""
    return head.removeprefix(_UTF8).lstrip()[:1] in (b"{", b"[")


def is_audit_log(head: bytes) -> bool:
    """Say whether a file is an audit log by how it begins: an event a line, or a list of them."""
    start = head.lstrip()
    if not start.startswith(b"{") or b"audit.k8s.io/" not in start:
        return False
    try:
        return is_event(codec.decode_any(start.partition(b"\n")[0]))
    except codec.CodecError:
        return b'"EventList"' in start and b'"items"' in start


def is_yaml(data: bytes) -> bool:
    """Say whether a text is YAML of objects: one of their fields begins a line of it."""
    return _YAML.search(data[:_HEAD].removeprefix(_UTF8)) is not None


def yaml_values(file: ExportText) -> Iterator[tuple[int, Any]]:
    """Read the documents of a file.

    Yields:
        The line that one begins in, and what it holds.

    Raises:
        UserError: it is no YAML, or more of it than can be read in a minute; the message says where.
    """
    if len(file.data) > _LONGEST:
        file.refuse(f"line 1: more than {_LONGEST // 1_000_000} MB of YAML: print it with `-o json` instead")
    try:
        yield from documents(file.data.decode())
    except YamlError as error:
        file.refuse(f"line {error.line}: {error.what}")


def told(data: bytes) -> dict[str, str]:
    """Find what `kubectl cluster-info` and `kubectl version` print: `server`, `gitVersion`."""
    text = _COLOURS.sub("", data[:_HEAD].decode(errors="replace"))
    server, version = _SERVER.search(text), _VERSION.search(text)
    found = {"server": server[1] if server else "", "gitVersion": version[1] if version else ""}
    return {name: value for name, value in found.items() if value}
