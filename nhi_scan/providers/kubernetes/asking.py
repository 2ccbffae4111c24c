"""One row of the call table at one cluster: asked, trimmed, written, and how far it got, noted with it.

Where a list over all namespaces is denied, each namespace is asked by itself: a role may be bound in some of them only
(https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding). Then coverage has a
row for each namespace that could be listed beside that of the cluster.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import calls, kinds
from nhi_scan.providers.kubernetes.calls import Listing, Reading
from nhi_scan.providers.kubernetes.discovery import Available, api_resources, group_versions
from nhi_scan.providers.kubernetes.faults import STATUS, CallError
from nhi_scan.providers.kubernetes.places import PART
from nhi_scan.providers.kubernetes.seam import Seam
from nhi_scan.providers.kubernetes.sessions import Session
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from nhi_scan.providers.kubernetes.trim import trimmed, without_login
from nhi_scan.snapshot.store import RecordSink, SnapshotWriter

_PARTS_OF_NAMESPACES = (CoverageStatus.COMPLETE, CoverageStatus.PARTIAL)


@dataclass(slots=True)
class Outcome:
    """How one list went."""

    pages: int = 0
    error: CallError | None = None

    @property
    def status(self) -> CoverageStatus:
        """How far it got."""
        if self.error is None:
            return CoverageStatus.COMPLETE
        return CoverageStatus.PARTIAL if self.pages else STATUS[self.error.kind]


@dataclass(slots=True)
class Asker:
    """Asks one cluster and writes what comes. Safe for threads that ask different kinds.

    Attributes:
        session: the cluster.
        writer: receives records and coverage.
        settings: which namespaces, how many objects at a time.
        available: what the server has; filled by `discover`.
        namespaces: names of those there are; filled by `find_namespaces`.
        answered: whether any list was, in this run or the one that is resumed.
        refusal: what was said of the first that was not.
    """

    session: Session
    writer: SnapshotWriter
    settings: KubernetesSettings
    available: Available = field(default_factory=Available)
    namespaces: tuple[str, ...] = ()
    namespaces_complete: bool = False
    unknown: tuple[str, ...] = ()  # namespaces that were named and are not there
    answered: bool = False
    refusal: str = ""

    @property
    def _seam(self) -> Seam:
        return self.session.client

    def done(self, kind: str) -> bool:
        """Tell whether a kind was finished, in this run or the one that is resumed."""
        return self.writer.done(kinds.PROVIDER, self.session.place.folder, kind, PART)

    def row(self, kind: str, status: CoverageStatus, detail: str = "", permission: str = "") -> Coverage:
        """Return a row of coverage for the cluster."""
        return Coverage(
            provider=kinds.PROVIDER,
            scope_id=self.session.place.id,
            record_kind=kind,
            status=status,
            detail=detail[:300],
            permission=permission,
        )

    def skip(self, kind: str, detail: str) -> None:
        """Note that a kind is not asked for."""
        if not self.done(kind):
            self.writer.commit(PART, None, self.row(kind, CoverageStatus.SKIPPED, detail))

    def discover(self) -> None:
        """Find out what the server has, once."""
        kind = kinds.API_RESOURCES
        if self.done(kind):
            for envelope in self.writer.read_parts(kinds.PROVIDER, self.session.place.folder, kind):
                self.available.note(envelope.value())
            return
        outcome = Outcome()
        with self._part(kind) as sink:
            try:
                self.available.versions = group_versions(self._seam)
                for record in api_resources(self._seam, self.available.versions):
                    if isinstance(record, CallError):
                        outcome.error = outcome.error or record
                        continue
                    outcome.pages += 1
                    self.available.note(record)
                    sink.add("", {}, record)
            except CallError as error:
                outcome.error = error
            self._commit(sink, self._rated(kind, outcome, "get /apis"))

    def find_namespaces(self) -> None:
        """List the namespaces, and remember their names: those where other kinds are asked one by one."""
        kind = kinds.NAMESPACES
        self.ask(calls.NAMESPACES)
        folder = self.session.place.folder
        found = [envelope.value() for envelope in self.writer.read_parts(kinds.PROVIDER, folder, kind)]
        metadata = [record["metadata"] for record in found if isinstance(record, dict)]
        names = [name for one in metadata if isinstance(name := one.get("name"), str)]
        own = [self.session.login.namespace] if self.session.login.namespace else []
        rows = self.writer.coverage_of(kinds.PROVIDER, folder, kind)
        self.namespaces_complete = all(row.status is CoverageStatus.COMPLETE for row in rows)
        self.namespaces = self.settings.namespaces or tuple(sorted(names or own))
        if self.namespaces_complete:
            self.unknown = tuple(name for name in self.settings.namespaces if name not in names)

    def read(self, reading: Reading) -> None:
        """Read one thing by its address."""
        if self.done(reading.kind):
            return
        outcome = Outcome()
        with self._part(reading.kind) as sink:
            try:
                answer = self.session.version if reading is calls.VERSION else self._seam.get(reading.path)
                outcome.pages = 1
                record = trimmed(reading.kind, {**answer, "server": without_login(self.session.login.server)})
                if record is not None:
                    sink.add("", {}, record)
            except CallError as error:
                if error.kind != "absent":
                    outcome.error = error
                elif reading.absent:
                    outcome.error = CallError("absent", error.code, reading.absent)
            self._commit(sink, self._rated(reading.kind, outcome, reading.permission))

    def ask(self, listing: Listing) -> None:
        """List a kind; a list of which the rest has expired is begun again, once.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this kind is kept.
        """
        if self.done(listing.kind):
            self.answered = True
            return
        versions = self.available.versions_of(listing)
        if not versions:
            group = f"{listing.resource}.{listing.group}" if listing.group else listing.resource
            self.skip(listing.kind, f"the server has no `{group}` in {' or '.join(listing.versions)}")
            return
        for last in (False, True):
            with self._part(listing.kind) as sink:
                row = self._listed(listing, versions, sink, last=last)
                if row is not None:
                    self._commit(sink, row)
                    return

    def _listed(self, listing: Listing, versions: tuple[str, ...], sink: RecordSink, *, last: bool) -> Coverage | None:
        """Fill a file; None where the rest of the list has expired and it is not the last try."""
        narrow = bool(self.settings.namespaces) and listing.namespaced
        if narrow:
            return self._by_namespace(listing, versions, sink, self.settings.namespaces)
        outcome = self._one(listing, versions, "", sink)
        error = outcome.error
        if error and error.kind == "gone" and not last:
            return None
        if error and error.kind == "denied" and not outcome.pages and listing.namespaced and self.namespaces:
            return self._by_namespace(listing, versions, sink, self.namespaces, error)
        return self._rated(listing.kind, outcome, listing.permission)

    def _one(self, listing: Listing, versions: tuple[str, ...], namespace: str, sink: RecordSink) -> Outcome:
        """Ask one list, in the first version that the server answers in."""
        outcome = Outcome()
        for version in versions:
            outcome = Outcome()
            params: dict[str, str | int] = {"limit": self.settings.page_size}
            if listing.selector:
                params["fieldSelector"] = listing.selector
            try:
                for page in self._seam.pages(listing.path(version, namespace), params, listing.accept):
                    self._write(listing, version, page, sink)
                    outcome.pages += 1
            except CallError as error:
                outcome.error = error
            if outcome.error is None or outcome.error.kind != "absent":
                break
        self.answered = self.answered or outcome.pages > 0
        if outcome.error is not None:
            self.refusal = self.refusal or outcome.error.sentence
        if outcome.error is not None and outcome.error.kind == "absent" and namespace:
            return Outcome(pages=1)  # the namespace is gone, and with it what was in it
        return outcome

    def _write(self, listing: Listing, version: str, page: Iterable[Any], sink: RecordSink) -> None:
        head = {"apiVersion": f"{listing.group}/{version}" if listing.group else version, "kind": listing.api_kind}
        if listing.type:
            head["type"] = listing.type
        for item in page:
            record = trimmed(listing.kind, {**item, **head}) if isinstance(item, dict) else None
            if record is not None:
                sink.add("", {}, record)

    def _by_namespace(
        self,
        listing: Listing,
        versions: tuple[str, ...],
        sink: RecordSink,
        names: tuple[str, ...],
        refused: CallError | None = None,
    ) -> Coverage:
        """Ask each namespace by itself.

        Args:
            listing: what.
            versions: in which to ask.
            sink: receives records.
            names: of the namespaces.
            refused: why not all at once; None where only these were asked for.
        """
        outcomes: list[tuple[str, Outcome]] = []
        for name in names:
            before = sink.records
            outcome = self._one(listing, versions, name, sink)
            outcomes.append((name, outcome))
            if outcome.status in _PARTS_OF_NAMESPACES:
                row = self._rated(listing.kind, outcome, listing.permission)
                scope_id = self.session.place.namespace(name)
                whole = replace(row, scope_id=scope_id, records=sink.records - before)
                self.writer.cover(whole, self.session.place.id)
        return self._together(listing, outcomes, refused)

    def _together(self, listing: Listing, outcomes: list[tuple[str, Outcome]], refused: CallError | None) -> Coverage:
        """Say how far a kind got in the cluster, by how it went in each namespace."""
        lacking = [(name, outcome) for name, outcome in outcomes if outcome.error is not None]
        if not lacking:
            if refused is None:
                detail = "only some namespaces were asked for"
                return self.row(listing.kind, CoverageStatus.SKIPPED, detail)
            if self.namespaces_complete:
                return self.row(listing.kind, CoverageStatus.COMPLETE, "each namespace was asked by itself")
            detail = "the namespaces that were asked by themselves may not be all"
            return self.row(listing.kind, CoverageStatus.PARTIAL, detail, listing.permission)
        some = len(lacking) < len(outcomes) or any(outcome.pages for _, outcome in lacking)
        error = refused or lacking[0][1].error
        if not some and error is not None:
            return self._rated(listing.kind, Outcome(error=error), listing.permission)
        detail = f"{len(lacking)} of {len(outcomes)} namespaces could not be listed, such as `{lacking[0][0]}`"
        denied = any(outcome.error is not None and outcome.error.kind == "denied" for _, outcome in lacking)
        return self.row(listing.kind, CoverageStatus.PARTIAL, detail, listing.permission if denied else "")

    def _rated(self, kind: str, outcome: Outcome, permission: str) -> Coverage:
        error = outcome.error
        denied = error is not None and error.kind == "denied"
        detail = error.sentence if error is not None else ""
        return self.row(kind, outcome.status, detail, permission if denied else "")

    def _part(self, kind: str) -> RecordSink:
        return self.writer.part(kinds.PROVIDER, self.session.place.folder, kind, PART)

    def _commit(self, sink: RecordSink, row: Coverage) -> None:
        entry = sink.close()
        self.writer.commit(PART, entry, replace(row, records=sink.records))
