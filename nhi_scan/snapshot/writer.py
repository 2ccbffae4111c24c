"""The write side of a snapshot: files appear whole, secrets never, and what is finished is known after a kill."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.coverage import combine
from nhi_scan.snapshot.envelope import Envelope, read_envelopes
from nhi_scan.snapshot.folder import Folder, checked_name
from nhi_scan.snapshot.journal import JOURNAL, Event, Journal, ScopeState
from nhi_scan.snapshot.lines import HashingStream
from nhi_scan.snapshot.manifest import (
    FileEntry,
    Manifest,
    read_manifest,
    record_path,
    scope_folder,
    utc,
    write_manifest,
)
from nhi_scan.snapshot.reader import Snapshot
from nhi_scan.snapshot.sink import Line, RecordSink

_PARTS = "parts"
_RAW = "raw"
_BLOCK = 1 << 18  # compressed bytes copied at once


class SnapshotWriter:
    """Writes one snapshot; safe for threads, as long as no two write the same kind (or part) at once.

    A kind is written at once (`write`) or in parts, one for each region (`part`, `commit`), which `join` puts
    together in the order of their names.
    """

    def __init__(self, folder: Folder, manifest: Manifest, states: dict[tuple[str, str], ScopeState]) -> None:
        self._folder = folder
        self._manifest = manifest
        self._states = states
        self._journal = Journal(folder)
        self._lock = threading.Lock()

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        captured_at: datetime,
        tool_version: str,
        *,
        options: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> "SnapshotWriter":
        """Start a snapshot in an empty or new folder.

        Args:
            path: local path or any URL that fsspec understands.
            captured_at: aware; the `now` of everything computed from it.
            tool_version: what wrote it.
            options: what was asked for, so that a resumed collection asks for the same.
            overwrite: replace an older snapshot that lies there.

        Raises:
            UserError: something else lies there, or an older snapshot and `overwrite` is off.
        """
        folder = Folder(path)
        manifest = Manifest(
            captured_at=utc(captured_at), tool_version=tool_version, complete=False, options=dict(options or {})
        )
        if not folder.is_empty():
            older = read_manifest(folder)  # refuses what is no snapshot
            if not overwrite:
                way_out = "name another folder" + ("" if older.complete else ", or resume it")
                raise UserError(f"`{folder.url}` holds a snapshot already: {way_out}")
            folder.remove(JOURNAL)
        # In this order a kill leaves the old snapshot as it was, or a new one that has nothing yet.
        write_manifest(folder, manifest)
        for leftover in (_RAW, _PARTS):
            folder.remove(leftover)
        return cls(folder, manifest, {})

    @classmethod
    def resume(cls, path: str | os.PathLike[str]) -> "SnapshotWriter":
        """Go on with an interrupted collection; files that its journal does not vouch for are written again.

        Raises:
            UserError: there is no snapshot, or it is complete already.
        """
        folder = Folder(path)
        manifest = read_manifest(folder)
        if manifest.complete:
            raise UserError(f"`{folder.url}` is complete: there is nothing to resume")
        writer = cls(folder, manifest, {})
        writer._states = writer._journal.load(repair=True)
        writer._forget_lost_files()
        return writer

    @property
    def captured_at(self) -> datetime:
        """When this snapshot was begun; a resumed one keeps its moment."""
        return self._manifest.captured_at

    @property
    def options(self) -> Mapping[str, Any]:
        """What was asked for when it was begun."""
        return self._manifest.options

    def _forget_lost_files(self) -> None:
        """Forget what the journal names and the disk has not, or has in another length: a crash of the machine."""
        for (provider, scope), state in self._states.items():
            for kind, entry in list(state.files.items()):
                if entry and not self._folder.has_size(record_path(provider, scope, kind), entry.size):
                    del state.files[kind]
            for kind, parts in state.parts.items():
                for part, event in list(parts.items()):
                    path = _part_path(provider, scope, kind, part)
                    if event.entry and not self._folder.has_size(path, event.entry.size):
                        del parts[part]

    def _state(self, provider: str, scope: str) -> ScopeState:
        return self._states.setdefault((provider, scope), ScopeState())

    def _happened(self, provider: str, scope: str, event: Event) -> None:
        with self._lock:
            self._journal.add(provider, scope, event)
            self._state(provider, scope).apply(event)

    def write(self, provider: str, scope: str, kind: str, lines: Iterable[Line], *, drop: Iterable[str] = ()) -> int:
        """Write all records of a kind: streamed, redacted, compressed, moved into place at the end.

        Args:
            provider: key of the provider table.
            scope: native scope id, as `manifest.scope_folder` makes it a name.
            kind: record kind.
            lines: (region, parent's fields, record); a record given as bytes is JSON already.
            drop: paths that the call table wants removed.

        Returns:
            The number of records. None means no file: whether there are none is for coverage to say.

        Raises:
            UserError: a name cannot be a file name, a record is no JSON, or the folder cannot be written.
        """
        with RecordSink(self._folder, record_path(provider, scope, kind), drop) as sink:
            for line in lines:
                sink.add(*line)
            entry = sink.close()
        self._happened(provider, scope, Event(event="file", kind=kind, entry=entry))
        return entry.records if entry else 0

    def part(self, provider: str, scope: str, kind: str, part: str, drop: Iterable[str] = ()) -> RecordSink:
        """Open one part of a kind for writing; close it, then `commit` what closing gave.

        Args:
            provider: key of the provider table.
            scope: native scope id.
            kind: record kind.
            part: name of the part: a region, or a region, a dot and a number.
            drop: paths that the call table wants removed.

        Raises:
            UserError: a name cannot be a file name.
        """
        return RecordSink(self._folder, _part_path(provider, scope, kind, part), drop)

    def commit(self, part: str, entry: FileEntry | None, coverage: Coverage) -> None:
        """Note that a part is finished and how far it got, in one step."""
        event = Event(event="part", kind=coverage.record_kind, part=part, entry=entry, coverage=(coverage,))
        self._happened(coverage.provider, scope_folder(coverage.scope_id), event)

    def _parts(self, provider: str, scope: str, kind: str, region: str | None) -> list[Event]:
        with self._lock:
            parts = self._state(provider, scope).parts.get(kind, {})
            return [parts[name] for name in sorted(parts) if region is None or name.partition(".")[0] == region]

    def read_parts(self, provider: str, scope: str, kind: str, region: str | None = None) -> Iterator[Envelope]:
        """Stream committed records of a kind back while others are still being written.

        Args:
            provider: key of the provider table.
            scope: native scope id.
            kind: record kind.
            region: only the parts of that name, numbered ones included; None for all.

        Raises:
            UserError: a file was damaged meanwhile.
        """
        for event in self._parts(provider, scope, kind, region):
            if event.entry:
                yield from read_envelopes(self._folder, _part_path(provider, scope, kind, event.part), event.entry)

    def coverage_of(self, provider: str, scope: str, kind: str, region: str | None = None) -> tuple[Coverage, ...]:
        """How far the committed parts of a kind got, before they are joined."""
        return combine(row for event in self._parts(provider, scope, kind, region) for row in event.coverage)

    def join(self, provider: str, scope: str, kind: str, *, unasked: str = "") -> None:
        """Put the committed parts of a kind together, and their coverage; nothing happens where that was done.

        Args:
            provider: key of the provider table.
            scope: native scope id.
            kind: record kind.
            unasked: one sentence on what was not asked for, which makes a complete kind partial.

        Raises:
            UserError: the folder cannot be written.
        """
        if self.done(provider, scope, kind):
            return
        events = self._parts(provider, scope, kind, None)
        paths = [_part_path(provider, scope, kind, event.part) for event in events if event.entry]
        entry = None
        if paths:
            with self._folder.replacing(record_path(provider, scope, kind)) as target:
                stream = HashingStream(target)
                for path in paths:
                    with self._folder.reading(path) as source:
                        while block := source.read(_BLOCK):
                            stream.write(block)
            records = sum(event.entry.records for event in events if event.entry)
            entry = FileEntry(sha256=stream.sha256(), size=stream.size, records=records)
        coverage = combine(row for event in events for row in event.coverage)
        if unasked:
            coverage = tuple(
                replace(row, status=CoverageStatus.PARTIAL, detail=unasked)
                if row.status is CoverageStatus.COMPLETE
                else row
                for row in coverage
            )
        self._happened(provider, scope, Event(event="file", kind=kind, entry=entry, coverage=coverage))
        for path in paths:
            self._folder.remove(path)

    def read_kinds(self, provider: str, wanted: Callable[[str], bool]) -> Iterator[Envelope]:
        """Stream back the committed records of the kinds that are wanted, of all scopes, put together or not yet."""
        with self._lock:
            own = [(scope, state) for (name, scope), state in self._states.items() if name == provider]
            found = {(at, kind): one.files.get(kind) for at, one in own for kind in {*one.files, *one.parts}}
        for scope, kind in sorted(filter(lambda key: wanted(key[1]), found)):
            yield from self.read_parts(provider, scope, kind)
            if entry := found[scope, kind]:
                yield from read_envelopes(self._folder, record_path(provider, scope, kind), entry)

    def settle(self, provider: str, scope: str) -> None:
        """Shorten the journal of a scope in which everything is finished."""
        with self._lock:
            self._journal.settle(provider, scope, self._state(provider, scope))

    def cover(self, coverage: Coverage, within: str = "") -> None:
        """Say how far a kind got in a scope (and region), or in one within the scope said; the last word counts."""
        event = Event(event="cover", kind=coverage.record_kind, coverage=(coverage,))
        self._happened(coverage.provider, scope_folder(within or coverage.scope_id), event)

    def done(self, provider: str, scope: str, kind: str, region: str | None = None) -> bool:
        """Tell whether a kind (or, with a region, that part of it) is finished, in this run or the one resumed."""
        with self._lock:
            state = self._state(provider, scope)
            return kind in state.files or (region is not None and region in state.parts.get(kind, {}))

    def finish(self) -> Snapshot:
        """Write the manifest, which makes the snapshot complete, and take the journal away.

        Raises:
            UserError: it cannot be written.
        """
        with self._lock:
            manifest = self._final()
            write_manifest(self._folder, manifest)
            for leftover in (JOURNAL, _PARTS):
                self._folder.remove(leftover)
            for path in self._folder.files(_RAW):
                if path not in manifest.files:
                    self._folder.remove(path)
        return Snapshot(self._folder, manifest)

    def _final(self) -> Manifest:
        files: dict[str, FileEntry] = {}
        coverage: dict[tuple[str, str, str, str], Coverage] = {}
        for (provider, scope), state in self._states.items():
            coverage |= state.coverage
            for kind, entry in state.files.items():
                if entry:
                    files[record_path(provider, scope, kind)] = entry
        return Manifest(
            captured_at=self._manifest.captured_at,
            tool_version=self._manifest.tool_version,
            complete=True,
            options=self._manifest.options,
            coverage=tuple(coverage[key] for key in sorted(coverage)),
            files={path: files[path] for path in sorted(files)},
        )


def _part_path(provider: str, scope: str, kind: str, part: str) -> str:
    checked_name(part, "part")
    return record_path(provider, scope, kind).replace(_RAW, _PARTS, 1).removesuffix(".jsonl.gz") + f"/{part}.jsonl.gz"
