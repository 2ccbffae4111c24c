"""A snapshot's records of one cloud, kind by kind, and the model records that are made of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.reader import Snapshot

T = TypeVar("T")


@dataclass(slots=True)
class Source:
    """Reads every kind of record over all scopes of the snapshot.

    Attributes:
        provider: key of the provider table.
        snapshot: what was collected.
        records: receives everything that is read.
        owners: how an owner is found in labels.
        coverage: tells whether a record kind was collected completely; walks up the hierarchy once that is known.
        kept: record kinds that were collected as evidence for people and that nobody here reads.
        folders: scope ids by the names of their folders in the snapshot.
    """

    provider: str
    snapshot: Snapshot
    records: Records
    owners: OwnerRules
    coverage: CoverageIndex
    kept: frozenset[str] = frozenset()
    folders: dict[str, str] = field(default_factory=dict)
    _unreadable: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    @staticmethod
    def open(
        provider: str,
        snapshot: Snapshot,
        owners: OwnerRules,
        folder_of: Callable[[str], str],
        scope_of: Callable[[str], str],
        kept: frozenset[str] = frozenset(),
    ) -> "Source":
        """Begin with what the manifest says was collected.

        Args:
            provider: key of the provider table.
            snapshot: what was collected.
            owners: how an owner is found.
            folder_of: names the folder of a scope id.
            scope_of: guesses the scope id of a folder that no coverage names.
            kept: see the class.
        """
        rows = [row for row in snapshot.manifest.coverage if row.provider == provider]
        named = {folder_of(row.scope_id): row.scope_id for row in rows}
        folders = {name: named.get(name) or scope_of(name) for name in snapshot.scopes(provider)}
        return Source(provider, snapshot, Records(coverage=rows), owners, CoverageIndex(rows), kept, folders)

    @property
    def captured_at(self) -> datetime:
        """When the snapshot was taken: "expired" means before this."""
        return self.snapshot.manifest.captured_at

    @property
    def swept(self) -> frozenset[str]:
        """Ids of the scopes that the collection was asked about."""
        return frozenset(row.scope_id for row in self.records.coverage) | frozenset(self.folders.values())

    def rename(self, canonical: Callable[[str], str]) -> None:
        """Name scopes in what the manifest says as they are named everywhere else."""
        rows = self.records.coverage
        for position, row in enumerate(rows):
            if (known := canonical(row.scope_id)) != row.scope_id:
                rows[position] = replace(row, scope_id=known)
        self.folders = {name: canonical(scope_id) for name, scope_id in self.folders.items()}

    def kinds(self) -> tuple[str, ...]:
        """All record kinds that there are records of, sorted."""
        return tuple(sorted({kind for name in self.folders for kind in self.snapshot.kinds(self.provider, name)}))

    def envelopes(self, kind: str) -> Iterator[tuple[str, Envelope]]:
        """Records of a kind, each with the scope that it was collected for."""
        self._read.add(kind)
        for name, scope_id in self.folders.items():
            for envelope in self.snapshot.records(self.provider, name, kind):
                yield scope_id, envelope

    def typed(self, kind: str, type_: type[T]) -> Iterator[tuple[str, T]]:
        """Records of a kind, decoded into a type. One of another shape is counted in the coverage."""
        for scope_id, envelope in self.envelopes(kind):
            try:
                yield scope_id, codec.decode(envelope.record, type_)
            except codec.CodecError as fault:
                self.note(kind, scope_id, f"records of an unexpected shape ({fault})")

    def plain(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
        """Records of a kind as they came: scope, fields of the parent, record. One that is no object is counted."""
        for scope_id, envelope in self.envelopes(kind):
            try:
                value = codec.decode_any(envelope.record)
            except codec.CodecError as fault:
                self.note(kind, scope_id, f"records of an unexpected shape ({fault})")
                continue
            if isinstance(value, dict):
                yield scope_id, envelope.of, value
            else:
                self.note(kind, scope_id, "records of an unexpected shape (not an object)")

    def note(self, kind: str, scope_id: str, fault: str) -> None:
        """Count something of a kind that could not be understood, in the scope that it lessens."""
        key = (scope_id, kind, fault)
        count, _ = self._unreadable.get(key, (0, ""))
        self._unreadable[key] = (count + 1, fault)

    def noted(self, kind: str, scope_id: str) -> bool:
        """Say whether something of a kind could not be understood so far, so that not all of it is known."""
        return any(scope == scope_id and noted == kind for scope, noted, _ in self._unreadable)

    def finish(self) -> None:
        """Add a coverage row for each record kind of which something could not be understood, or that nobody reads."""
        faults: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for (scope_id, kind, _), (count, fault) in sorted(self._unreadable.items()):
            faults.setdefault((scope_id, kind), []).append((fault, count))
        for (scope_id, kind), found in faults.items():
            (fault, count), *others = found
            more = f"; other faults: {sum(number for _, number in others)}" if others else ""
            self.records.coverage.append(
                Coverage(
                    provider=self.provider,
                    scope_id=scope_id,
                    record_kind=kind,
                    status=CoverageStatus.PARTIAL,
                    detail=f"{fault}: {count}{more}",
                ),
            )
        for name, scope_id in self.folders.items():
            for kind in self.snapshot.kinds(self.provider, name):
                if kind not in self._read and kind not in self.kept:
                    self.records.coverage.append(
                        Coverage(
                            provider=self.provider,
                            scope_id=scope_id,
                            record_kind=kind,
                            status=CoverageStatus.SKIPPED,
                            detail="records of a kind that is not read",
                            records=self.snapshot.count(self.provider, name, kind),
                        )
                    )
