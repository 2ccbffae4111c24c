"""The snapshot's two sides in one place, for those who use it."""

from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.manifest import FileEntry, Manifest
from nhi_scan.snapshot.reader import Snapshot
from nhi_scan.snapshot.sink import Line, RecordSink
from nhi_scan.snapshot.writer import SnapshotWriter

__all__ = ["Envelope", "FileEntry", "Line", "Manifest", "RecordSink", "Snapshot", "SnapshotWriter"]
