"""What a collection has finished so far, on disk, so that it can go on after being killed at any moment.

One file for each scope, of JSON lines. A line is written after the file it speaks of is in place: what the journal
does not say has not happened, and is done again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from nhi_scan.model.coverage import Coverage
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.folder import Folder
from nhi_scan.snapshot.manifest import FileEntry, coverage_key, record_path

JOURNAL = "journal"
_EVENTS_HELD = 32  # object storage cannot append: a kill costs at most so many steps, which are done again


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that was finished."""

    event: Literal["part", "file", "cover"]
    kind: str
    part: str = ""  # of `part`: usually a region
    entry: FileEntry | None = None  # None where there were no records, so no file
    coverage: tuple[Coverage, ...] = ()


@dataclass(slots=True)
class ScopeState:
    """What is finished in one scope."""

    files: dict[str, FileEntry | None] = field(default_factory=dict)  # kind -> its file
    parts: dict[str, dict[str, Event]] = field(default_factory=dict)  # kind -> part -> how it went
    coverage: dict[tuple[str, str, str, str], Coverage] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take an event into account."""
        if event.event == "part":
            if event.kind not in self.files:
                self.parts.setdefault(event.kind, {})[event.part] = event
            return
        if event.event == "file":
            self.files[event.kind] = event.entry
            self.parts.pop(event.kind, None)
        for row in event.coverage:
            self.coverage[coverage_key(row)] = row

    def settled(self) -> Iterator[Event]:
        """The fewest events that say the same."""
        for kind, entry in self.files.items():
            yield Event(event="file", kind=kind, entry=entry)
        for parts in self.parts.values():
            yield from parts.values()
        for row in self.coverage.values():
            yield Event(event="cover", kind=row.record_kind, coverage=(row,))


class Journal:
    """The journal files of one snapshot; not safe for threads by itself."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._held: dict[str, list[bytes]] = {}
        self._segments: dict[str, int] = {}

    def add(self, provider: str, scope: str, event: Event) -> None:
        """Write an event down."""
        line = codec.encode(event) + b"\n"
        place = f"{JOURNAL}/{provider}/{scope}"
        if self._folder.local:
            self._folder.append(f"{place}/0.jsonl", line)
            return
        held = self._held.setdefault(place, [])
        held.append(line)
        if event.event == "file" or len(held) >= _EVENTS_HELD:
            self._flush(place)

    def _flush(self, place: str) -> None:
        held = self._held.pop(place, [])
        if held:
            segment = self._segments.get(place, 0)
            self._folder.write(f"{place}/{segment}.jsonl", b"".join(held))
            self._segments[place] = segment + 1

    def settle(self, provider: str, scope: str, state: ScopeState) -> None:
        """Replace a scope's events by the fewest that say the same; its last segment goes first."""
        place = f"{JOURNAL}/{provider}/{scope}"
        self._held.pop(place, None)
        # The segments are read in order and later events win, so a kill between the two steps loses nothing.
        self._folder.write(f"{place}/0.jsonl", b"".join(codec.encode(event) + b"\n" for event in state.settled()))
        for path in self._folder.files(place):
            if not path.endswith("/0.jsonl"):
                self._folder.remove(path)
        self._segments[place] = 1

    def load(self, *, repair: bool = False) -> dict[tuple[str, str], ScopeState]:
        """Read what is finished.

        A last line without an end was being written when the program died: it has not happened.

        Args:
            repair: cut such a line off, so that the next event does not continue it.

        Raises:
            UserError: a line in the middle is damaged.
        """
        states: dict[tuple[str, str], ScopeState] = {}
        paths = [path for path in self._folder.files(JOURNAL) if path.endswith(".jsonl")]
        for path in sorted(paths, key=lambda path: (path.rpartition("/")[0], _segment(path))):
            _, provider, scope, _ = path.split("/")
            record_path(provider, scope, "x")  # refuses names that could not have been written
            state = states.setdefault((provider, scope), ScopeState())
            for event in self._events(path, repair=repair):
                state.apply(event)
            place = path.rpartition("/")[0]
            self._segments[place] = _segment(path) + 1
        return states

    def _events(self, path: str, *, repair: bool) -> Iterator[Event]:
        data = self._folder.read(path)
        whole, _, torn = data.rpartition(b"\n")
        if torn and repair:
            self._folder.write(path, whole + b"\n" if whole else b"")
        for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
            try:
                yield codec.decode(line, Event)
            except codec.CodecError as error:
                raise UserError(f"`{self._folder.show(path)}`, line {number}: {error}") from error


def _segment(path: str) -> int:
    stem = path.rpartition("/")[2].removesuffix(".jsonl")
    return int(stem) if stem.isdigit() else 0
