"""What is asked after the sweep about what it found: sponsors, federated credentials, members of units."""

from collections.abc import Iterator
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure.asking import Asker, Outcome, Parent, coverage_of, lacks, limited
from nhi_scan.providers.azure.calls.graph import ADMINISTRATIVE_UNITS, EXPANDED
from nhi_scan.providers.azure.calls.graph_follow import (
    ADMINISTRATIVE_UNIT_MEMBERS,
    AGENT_SPONSORS,
    FEDERATED_APPLICATIONS,
    FEDERATED_CREDENTIALS,
    FLEXIBLE_CREDENTIALS,
)
from nhi_scan.providers.azure.naming import Naming, guid
from nhi_scan.providers.azure.places import PART, PROVIDER, Place
from nhi_scan.snapshot.sink import RecordSink

_UNSEEN = "what a flexible credential matches is shown by beta alone, which did not answer"


def units(asker: Asker, place: Place, named: set[str], naming: Naming) -> None:
    """Ask for the administrative units that a role is given on or that guard their members, and who is in them.

    Whoever is in a restricted one is out of reach of the tenant's administrators:
    https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management

    Args:
        asker: asks and writes.
        place: the tenant.
        named: ids of the units.
        naming: learns who is in them.

    Raises:
        UserError: the snapshot cannot be written.
    """
    call = ADMINISTRATIVE_UNITS
    if not asker.done(place, call.kind):
        outcome = Outcome()
        with asker.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
            for _, records in asker.answers(call, [{}], outcome):
                for record in records:
                    if isinstance(record, dict) and (guid(record.get("id")) in named or _is_restricted(record)):
                        sink.add("", {}, record)
            entry = sink.close()
            asker.writer.commit(PART, entry, coverage_of(call, place, outcome, sink.records))
    restricted = {guid(record.get("id")) for record in asker.written(place, call.kind) if _is_restricted(record)}
    parents = [{"id": id_} for id_ in sorted(named | restricted - {""})]
    asker.ask(ADMINISTRATIVE_UNIT_MEMBERS, place, parents, naming.object)


def _is_restricted(record: Any) -> bool:
    return isinstance(record, dict) and record.get("isMemberManagementRestricted") is True


def sponsors(asker: Asker, place: Place, naming: Naming) -> None:
    """Write down who answers for each agent: as the listing showed it, and asked for where it showed twenty or none.

    Raises:
        UserError: the snapshot cannot be written.
    """
    call = AGENT_SPONSORS
    if asker.done(place, call.kind):
        for record in asker.written(place, call.kind):
            naming.object(record)
        return
    lacking = asker.lacking(call, place)
    outcome = Outcome()
    unshown: list[Parent] = []
    with asker.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
        for agent in asker.written(place, call.for_each):
            if not isinstance(agent, dict):
                continue
            shown = agent.get("sponsors")
            if not isinstance(shown, list) or len(shown) >= EXPANDED:
                unshown.append({"id": agent.get("id")})
                continue
            for record in shown:
                sink.add("", {"id": agent.get("id")}, record)
        outcome.answered = min(1, sink.records)
        for parent, records in asker.answers(call, unshown, outcome):
            for record in records:
                naming.object(record)
                sink.add("", {"id": parent["id"]}, record)
        entry = sink.close()
        row = coverage_of(call, place, outcome, sink.records)
        asker.writer.commit(PART, entry, row if lacking is None else lacks(row, lacking))


def federated(asker: Asker, place: Place) -> None:
    """Ask for the federated credentials of applications: of those that have any, where that can be asked.

    Raises:
        UserError: the snapshot cannot be written.
    """
    call = FEDERATED_CREDENTIALS
    if asker.done(place, call.kind):
        return
    outcome = Outcome()
    with asker.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
        parents, lacking = _with_credentials(asker, place, outcome)
        flexible = _Flexible()
        for parent, records in asker.answers(call, parents, outcome):
            if any(map(_has_no_subject, records)):
                flexible.hold(parent, records)
            else:
                _add(sink, parent, records)
        missing = flexible.ask(asker, sink)
        entry = sink.close()
        row = coverage_of(call, place, outcome, sink.records)
        if missing and row.status is CoverageStatus.COMPLETE:
            row = limited(row, CoverageStatus.PARTIAL, missing)
        asker.writer.commit(PART, entry, row if lacking is None else lacks(row, lacking))


def _with_credentials(asker: Asker, place: Place, outcome: Outcome) -> tuple[Iterator[Parent], Any]:
    """Find the applications to ask about: a filter tells; where it is refused, all of them."""
    looking = Outcome()
    found = [
        record
        for _, records in asker.answers(FEDERATED_APPLICATIONS, [{}], looking)
        for record in records
        if isinstance(record, dict)
    ]
    if looking.error and looking.error.kind == "refused" and not looking.answered:
        every = (one for one in asker.written(place, FEDERATED_CREDENTIALS.for_each) if isinstance(one, dict))
        return every, asker.lacking(FEDERATED_CREDENTIALS, place)
    if looking.error:
        outcome.fail(looking.error)
    outcome.answered += looking.answered
    return iter(found), None


class _Flexible:
    """Applications of which v1.0 shows a credential without a subject: beta is asked for what it matches instead."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Parent, list[Any]]] = {}

    def hold(self, parent: Parent, records: list[Any]) -> None:
        """Keep what v1.0 showed until beta was asked."""
        self._held[str(parent.get("id"))] = (parent, records)

    def ask(self, asker: Asker, sink: RecordSink) -> str:
        """Write what beta shows, or what v1.0 did where it shows nothing.

        Returns:
            What is missing; empty: nothing.
        """
        outcome = Outcome()
        parents = [parent for parent, _ in self._held.values()]
        for parent, records in asker.answers(FLEXIBLE_CREDENTIALS, parents, outcome):
            self._held.pop(str(parent.get("id")), None)
            _add(sink, parent, records)
        for parent, records in self._held.values():
            _add(sink, parent, records)
        return f"{_UNSEEN}: {outcome.error.sentence}" if outcome.error else ""


def _add(sink: RecordSink, parent: Parent, records: list[Any]) -> None:
    for record in records:
        sink.add("", {"id": parent.get("id"), "appId": parent.get("appId")}, record)


def _has_no_subject(record: Any) -> bool:
    return isinstance(record, dict) and not record.get("subject")
