"""The read side of a snapshot."""

import os
from collections.abc import Iterator

from nhi_scan.snapshot.envelope import Envelope, read_envelopes
from nhi_scan.snapshot.folder import Folder
from nhi_scan.snapshot.journal import Journal
from nhi_scan.snapshot.manifest import Manifest, coverage_key, read_manifest, record_path


class Snapshot:
    """Raw provider answers on disk. Read only; everything after collection is a function of it.

    Attributes:
        manifest: what it holds and what is missing.
    """

    def __init__(self, folder: Folder, manifest: Manifest) -> None:
        self._folder = folder
        self.manifest = manifest
        self._kinds: dict[str, dict[str, list[str]]] = {}
        for path in manifest.files:
            _, provider, scope, name = path.split("/")
            self._kinds.setdefault(provider, {}).setdefault(scope, []).append(name.removesuffix(".jsonl.gz"))

    @staticmethod
    def open(path: str | os.PathLike[str]) -> "Snapshot":
        """Open a folder, local or any URL that fsspec understands.

        An interrupted collection opens too, with `manifest.complete` false: what it had not finished has no coverage.

        Raises:
            UserError: it is no snapshot, its manifest is damaged, or its format is newer than this program.
        """
        folder = Folder(path)
        manifest = read_manifest(folder)
        return Snapshot(folder, manifest if manifest.complete else _so_far(folder, manifest))

    def scopes(self, provider: str) -> tuple[str, ...]:
        """Scopes that have records, sorted."""
        return tuple(sorted(self._kinds.get(provider, ())))

    def kinds(self, provider: str, scope: str) -> tuple[str, ...]:
        """Record kinds that a scope has records of, sorted. Coverage says whether a missing one is empty."""
        return tuple(sorted(self._kinds.get(provider, {}).get(scope, ())))

    def count(self, provider: str, scope: str, kind: str) -> int:
        """Number of records, without reading them."""
        entry = self.manifest.files.get(record_path(provider, scope, kind))
        return entry.records if entry else 0

    def records(self, provider: str, scope: str, kind: str) -> Iterator[Envelope]:
        """Stream the records of a kind in the order they were collected; nothing where there are none.

        Raises:
            UserError: the file is missing, damaged or not what the manifest says (that may show only at its end).
        """
        path = record_path(provider, scope, kind)
        entry = self.manifest.files.get(path)
        return read_envelopes(self._folder, path, entry) if entry else iter(())

    def verify(self) -> None:
        """Read everything once and compare it with the manifest.

        Raises:
            UserError: a file is missing, damaged or changed.
        """
        for path, entry in self.manifest.files.items():
            for _ in read_envelopes(self._folder, path, entry):
                pass


def _so_far(folder: Folder, manifest: Manifest) -> Manifest:
    files = dict(manifest.files)
    coverage = {coverage_key(row): row for row in manifest.coverage}
    for (provider, scope), state in Journal(folder).load().items():
        for kind, entry in state.files.items():
            if entry:
                files[record_path(provider, scope, kind)] = entry
        coverage.update(state.coverage)
    return Manifest(
        captured_at=manifest.captured_at,
        tool_version=manifest.tool_version,
        complete=False,
        options=manifest.options,
        coverage=tuple(coverage[key] for key in sorted(coverage)),
        files={path: files[path] for path in sorted(files)},
    )
