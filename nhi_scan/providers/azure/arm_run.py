"""What every step of collecting Resource Manager works with, and how its records are written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure.answers import kept
from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_sight import Sight, shown
from nhi_scan.providers.azure.arm_tree import Tree
from nhi_scan.providers.azure.asking import Asker, Outcome, coverage_of
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.places import PART, PROVIDER, Place
from nhi_scan.providers.azure.sessions import Session

if TYPE_CHECKING:
    from nhi_scan.providers.azure.client_arm import Arm

Note = Callable[[Any], None]
Keep = Callable[[Any], Any]  # what is kept of a record; None: nothing, and it is left out


@dataclass(slots=True)
class Run:
    """One collection of Resource Manager.

    Attributes:
        session: writer, threads, settings.
        arm: the seam.
        asker: asks single rows.
        tree: scopes.
        sight: what may be seen of them.
        outcomes: how the sweeps went, by kind; none for those of an earlier run.
        counts: rows of a sweep in a subscription, by kind and subscription.
        totals: records of a sweep, by kind.
        identities: ids of user-assigned identities, as they were answered.
        wholes: ids of resources whose parts are asked for, by type.
        answered: subscriptions of which was told what is assigned at them and above them.
        failed: kinds of which not every scope told.
        left_out: kind -> why not every scope was asked.
        unlisted: why the list of subscriptions is not all there; empty where it is.
        defined: subscriptions that were asked by themselves for role definitions, and told them.
        listed: subscriptions that were asked by themselves for their user-assigned identities, and told them.
        untold: subscription -> why the federated credentials of an identity in it did not come.
        above: subscription -> the one that was asked for what is above both.
        eligible: scopes at which somebody is eligible for a role.
    """

    session: Session
    arm: "Arm"
    asker: Asker
    tree: Tree
    sight: Sight = field(default_factory=Sight)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)
    wholes: dict[str, set[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    unlisted: str = ""
    defined: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    untold: dict[str, CallError] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    eligible: set[str] = field(default_factory=set)

    @property
    def place(self) -> Place:
        """The tenant."""
        return self.session.place

    def count(self, kind: str, row: Any) -> None:
        """Note in which subscription a row lies."""
        id_ = row.get("id") if isinstance(row, dict) else None
        if isinstance(id_, str) and (subscription := arm_ids.subscription_of(arm_ids.canonical(id_))):
            self.counts[kind, subscription] = self.counts.get((kind, subscription), 0) + 1

    def note_whole(self, record: Any) -> None:
        """Note a resource whose parts are asked for."""
        id_, type_ = (record.get("id"), record.get("type")) if isinstance(record, dict) else (None, None)
        if isinstance(id_, str) and isinstance(type_, str) and arm_ids.resource_group_of(arm_ids.canonical(id_)):
            self.wholes.setdefault(type_.lower(), set()).add(id_)

    def write(self, call: Call, pages: Iterable[Iterable[Any]], note: Note, keep: Keep | None = None) -> None:
        """Write the rows of a sweep at the tenant, or read back what an earlier run wrote.

        Args:
            call: the row; `outcomes` is told how it went.
            pages: of rows; what they raise as `CallError` ends them, and is noted.
            note: is told every row.
            keep: what is kept of one.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this kind is kept.
        """
        if self.asker.done(self.place, call.kind):
            self.outcomes[call.kind] = self._earlier(call)
            for record in self.asker.written(self.place, call.kind):
                note(record)
                self.totals[call.kind] = self.totals.get(call.kind, 0) + 1
            return
        outcome = Outcome()
        with self.session.writer.part(PROVIDER, self.place.folder, call.kind, PART, call.drop) as sink:
            try:
                for page in pages:
                    outcome.answered += 1
                    for row in page:
                        note(row)
                        if (record := keep(row) if keep else row) is not None:
                            sink.add("", {}, record)
            except CallError as error:
                outcome.fail(error)
            entry = sink.close()
            row = coverage_of(call, self.place, outcome, sink.records)
            short = shown(call.permissions) if row.permission else ""  # there may be sixty
            self.session.writer.commit(PART, entry, replace(row, permission=short))
        self.outcomes[call.kind], self.totals[call.kind] = outcome, sink.records

    def _earlier(self, call: Call) -> Outcome:
        """Read back how a sweep of an earlier run went, as far as its coverage tells."""
        outcome = Outcome(answered=1)
        for row in self.session.writer.coverage_of(PROVIDER, self.place.folder, call.kind, PART):
            if row.status is CoverageStatus.COMPLETE:
                continue
            denied = row.status is CoverageStatus.DENIED
            outcome.answered = int(row.status is CoverageStatus.PARTIAL)
            outcome.fail(CallError("denied" if denied else "failed", "EarlierRun", row.detail))
        return outcome

    def ask_scopes(self, call: Call, scopes: Sequence[str], note: Note) -> None:
        """Ask a row about many scopes; what comes is kept at the tenant, once each; coverage is told of every scope.

        Raises:
            UserError: the snapshot cannot be written.
            Stopped: the run is over; nothing of this kind is kept.
        """
        if self.asker.done(self.place, call.kind):
            for record in self.asker.written(self.place, call.kind):
                note(record)
                self.totals[call.kind] = self.totals.get(call.kind, 0) + 1
            if self._earlier(call).error:
                self.failed.add(call.kind)
            return
        outcome, seen = Outcome(), set[str]()
        with self.session.writer.part(PROVIDER, self.place.folder, call.kind, PART, call.drop) as sink:
            for parent, records, error in ask_many(self.session, self.arm, call, [scope_of(one) for one in scopes]):
                for record in records:
                    note(record)
                    if is_new(record, seen):
                        sink.add("", kept(call, parent), record)
                self._tell(call, str(parent["scope"]), records, error)
                outcome.answered += error is None
                if error is not None:
                    outcome.fail(error)
            entry = sink.close()
            self.session.writer.commit(PART, entry, coverage_of(call, self.place, outcome, sink.records))
        self.totals[call.kind] = sink.records
        if outcome.error:
            self.failed.add(call.kind)

    def _tell(self, call: Call, scope: str, records: Sequence[Any], error: CallError | None) -> None:
        outcome = Outcome(answered=bool(records) or error is None, error=error)
        self.session.writer.cover(coverage_of(call, Place(scope), outcome, len(records)))

    def cover(self, call: Call, scope: str, status: CoverageStatus, detail: str = "", **more: Any) -> None:
        """Say how far a kind got at a scope.

        Args:
            call: the row.
            scope: canonical id.
            status: how far.
            detail: one sentence.
            more: other fields of `Coverage`.

        Raises:
            UserError: the snapshot cannot be written.
        """
        row = Coverage(
            provider=PROVIDER, scope_id=scope, record_kind=call.kind, status=status, detail=detail[:300], **more
        )
        self.session.writer.cover(row)


def scope_of(scope: str) -> dict[str, str]:
    """Write down a scope as what a row is asked about: its path, and the GUID of its subscription for the libraries."""
    return {"scope": scope, "subscription": arm_ids.name_of(arm_ids.subscription_of(scope))}


def is_new(record: Any, seen: set[str]) -> bool:
    """Tell whether a record was not there before; one without an id always is."""
    id_ = record.get("id") if isinstance(record, dict) else None
    if not isinstance(id_, str) or not id_:
        return isinstance(record, dict)
    key = arm_ids.canonical(id_)
    if key in seen:
        return False
    seen.add(key)
    return True
