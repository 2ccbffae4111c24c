"""The manifest: what a snapshot holds, when it was taken, what is missing, and what each file must hash to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nhi_scan.model.coverage import Coverage
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.folder import Folder, checked_name

FORMAT = "nhi-scan-snapshot"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of records."""

    sha256: str  # of the compressed bytes, lower-case hexadecimal
    size: int  # compressed bytes
    records: int  # lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `manifest.json` says; for an interrupted collection, what its journal says so far."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    captured_at: datetime  # aware, UTC: the `now` of everything computed from this snapshot
    tool_version: str
    complete: bool  # False: the collection was interrupted; what has no coverage was not asked
    options: Mapping[str, Any] = field(default_factory=dict)  # what was asked for, so that it can be resumed
    coverage: tuple[Coverage, ...] = ()  # sorted
    files: Mapping[str, FileEntry] = field(default_factory=dict)  # path -> entry, sorted

    @property
    def providers(self) -> tuple[str, ...]:
        """Providers that were asked, sorted."""
        named = {row.provider for row in self.coverage} | {path.split("/")[1] for path in self.files}
        return tuple(sorted(named))


@dataclass(frozen=True, slots=True)
class _Head:
    """What every version of the format has."""

    format: str
    format_version: int


def record_path(provider: str, scope: str, kind: str) -> str:
    """Say where the records of a kind lie.

    Raises:
        UserError: a name cannot be a file name.
    """
    checked_name(provider, "provider")
    checked_name(scope, "scope")
    checked_name(kind, "record kind")
    return f"raw/{provider}/{scope}/{kind}.jsonl.gz"


def scope_folder(scope_id: str) -> str:
    """Name the folder of a scope: `projects/a` lies in `projects-a`, `/tenants/b` in `tenants-b`."""
    return _UNSAFE.sub("-", scope_id).lstrip("-")


def coverage_key(row: Coverage) -> tuple[str, str, str, str]:
    """Order and identify rows of coverage."""
    return (row.provider, row.scope_id, row.record_kind, row.region)


def read_manifest(folder: Folder) -> Manifest:
    """Read and check `manifest.json`.

    Raises:
        UserError: it is missing, damaged, of a newer format, or names a file outside the snapshot.
    """
    if not folder.exists(MANIFEST):
        raise UserError(f"`{folder.url}` is not a snapshot: it has no `{MANIFEST}`")
    data = folder.read(MANIFEST)
    where = f"`{folder.show(MANIFEST)}`"
    try:
        head = codec.decode(data, _Head)
    except codec.CodecError as error:
        raise UserError(f"{where} is not the manifest of a snapshot: {error}") from error
    if head.format != FORMAT:
        raise UserError(f"{where} is not the manifest of a snapshot: its format is `{head.format[:80]}`")
    if head.format_version > FORMAT_VERSION:
        raise UserError(
            f"{where} has format version {head.format_version}, newer than the {FORMAT_VERSION} that this program reads"
        )
    try:
        manifest = codec.decode(data, Manifest)
    except codec.CodecError as error:
        raise UserError(f"{where}: {error}") from error
    _check(manifest, where)
    return manifest


def _check(manifest: Manifest, where: str) -> None:
    if manifest.captured_at.tzinfo is None:
        raise UserError(f"{where}: `captured_at` has no time zone")
    for path, entry in manifest.files.items():
        parts = path.split("/")
        if len(parts) != 4 or not parts[3].endswith(".jsonl.gz"):
            raise UserError(f"{where}: `{path[:200]}` is no path of a file of records")
        if record_path(parts[1], parts[2], parts[3].removesuffix(".jsonl.gz")) != path:
            raise UserError(f"{where}: `{path[:200]}` is no path of a file of records")
        if not _SHA256.fullmatch(entry.sha256) or entry.size < 0 or entry.records < 0:
            raise UserError(f"{where}: the entry of `{path}` is malformed")


def write_manifest(folder: Folder, manifest: Manifest) -> None:
    """Put `manifest.json` in place, atomically.

    Raises:
        UserError: it cannot be written.
    """
    folder.write(MANIFEST, codec.indent(codec.encode(manifest)) + b"\n")


def utc(moment: datetime) -> datetime:
    """Normalise an aware datetime to UTC, in whole microseconds.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime names no moment")
    return moment.astimezone(UTC)
