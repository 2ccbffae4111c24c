"""Who those are whom something names: their type by id, groups with all in them, users."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure.asking import Asker, Outcome, Parent, coverage_of, limited
from nhi_scan.providers.azure.calls.graph_follow import (
    BY_IDS,
    GROUP_ELIGIBILITY,
    GROUP_MEMBERS,
    GROUP_OWNERS,
    GROUPS,
    IN,
    NAMED_GROUPS,
    NAMED_OBJECTS,
    NAMED_USERS,
)
from nhi_scan.providers.azure.naming import Naming, guid, portions
from nhi_scan.providers.azure.places import PART, PROVIDER, Place
from nhi_scan.snapshot.sink import RecordSink

NAMED_PART = "named"  # of the groups: those that a listing did not show
_WALKED = (NAMED_OBJECTS, *GROUPS)
# What is kept of an object that is asked for by id: all its properties come, whatever is asked.
_KEPT = (
    "@odata.type",
    "id",
    "deletedDateTime",
    "displayName",
    "userPrincipalName",
    "appId",
    "accountEnabled",
    "userType",
    "onPremisesSyncEnabled",
    "servicePrincipalType",
    "appOwnerOrganizationId",
)


def resolve(asker: Asker, place: Place, naming: Naming, groups_at_most: int) -> None:
    """Find out who those are that are named, who is in the groups among them, and who may be.

    Args:
        asker: asks and writes.
        place: the tenant.
        naming: who is named; learns of whoever is found on the way.
        groups_at_most: how many groups are asked for their members; 0: all.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over; nothing of these kinds is kept.
    """
    writer = asker.writer
    parts = {call.kind: NAMED_PART if call is NAMED_GROUPS else PART for call in _WALKED}
    if all(writer.done(PROVIDER, place.folder, kind, part) for kind, part in parts.items()):
        _learn_again(asker, place, naming)
        return
    with ExitStack() as stack:
        sinks = {
            call.kind: stack.enter_context(writer.part(PROVIDER, place.folder, call.kind, parts[call.kind], call.drop))
            for call in _WALKED
        }
        walk = _Walk(asker, naming, sinks, groups_at_most)
        walk.all()
        for call in _WALKED:
            entry = sinks[call.kind].close()
            row = coverage_of(call, place, walk.outcomes[call.kind], sinks[call.kind].records)
            if walk.left_out and call in _OF_GROUPS and row.status is CoverageStatus.COMPLETE:
                row = limited(row, CoverageStatus.PARTIAL, walk.left_out)
            writer.commit(parts[call.kind], entry, row)


_OF_GROUPS = (GROUP_MEMBERS, GROUP_OWNERS, GROUP_ELIGIBILITY)


def _learn_again(asker: Asker, place: Place, naming: Naming) -> None:
    for record in asker.written(place, NAMED_OBJECTS.kind):
        naming.object(record)
    for call in (GROUP_MEMBERS, GROUP_OWNERS):
        for envelope in asker.writer.read_parts(PROVIDER, place.folder, call.kind, PART):
            naming.object(envelope.value())


class _Walk:
    """From name to name, until nobody new is named; a group that is in itself is asked once."""

    def __init__(self, asker: Asker, naming: Naming, sinks: dict[str, RecordSink], groups_at_most: int) -> None:
        self._asker = asker
        self._naming = naming
        self._sinks = sinks
        self._at_most = groups_at_most
        self._listed = frozenset(naming.role_groups)
        self._typed: set[str] = set()
        self._walked: set[str] = set()
        self._outside_pim: set[str] = set()
        self._entered = 0  # groups that were asked who is in them
        self._left = 0  # and that were not
        self.outcomes = {kind: Outcome() for kind in sinks}
        self.left_out = ""

    def all(self) -> None:
        """Go on until nobody is left to ask about."""
        while True:
            unknown = self._naming.unknown() - self._typed
            self._typed |= unknown
            self._type(unknown)
            groups = self._naming.groups - self._walked
            if not groups and not self._naming.unknown() - self._typed:
                return
            self._walked |= groups
            there = groups - self._gone(groups - self._listed)
            self._enter(sorted(there, key=lambda id_: (id_ not in self._listed, id_)))

    def _type(self, ids: Iterable[str]) -> None:
        """Ask what objects are; one that does not come back is gone."""
        parents = ({"ids": portion} for portion in portions(ids, BY_IDS))
        for _, records in self._answers(NAMED_OBJECTS, parents):
            for record in records:
                if isinstance(record, dict) and guid(record.get("id")):
                    self._naming.object(record)
                    self._sinks[NAMED_OBJECTS.kind].add("", {}, {key: record[key] for key in _KEPT if key in record})

    def _gone(self, groups: set[str]) -> set[str]:
        """Ask what groups are, and find those that something names and that are deleted: nobody is in them."""
        found = set[str]()
        for _, records in self._answers(NAMED_GROUPS, _in(groups)):
            for record in records:
                if isinstance(record, dict):
                    found.add(guid(record.get("id")))
                    self._outside_pim |= {guid(record.get("id"))} if _is_outside_pim(record) else set()
                self._sinks[NAMED_GROUPS.kind].add("", {}, record)
        return set() if self.outcomes[NAMED_GROUPS.kind].error else groups - found

    def _enter(self, groups: list[str]) -> None:
        """Ask who is in groups, who owns them and who may become a member."""
        room = self._at_most - self._entered
        if self._at_most and len(groups) > room:
            self._left += len(groups) - room
            groups = groups[:room]
            self.left_out = f"{self._at_most} groups were asked and {self._left} or more were not: `--usage` asks all"
        self._entered += len(groups)
        parents = [{"id": id_} for id_ in groups]
        for call in (GROUP_MEMBERS, GROUP_OWNERS, GROUP_ELIGIBILITY):
            asked = [one for one in parents if call is not GROUP_ELIGIBILITY or one["id"] not in self._outside_pim]
            for parent, records in self._answers(call, asked):
                for record in records:
                    self._note(call, record)
                    self._sinks[call.kind].add("", {"id": parent["id"]}, record)

    def _note(self, call: Call, record: Any) -> None:
        if call is GROUP_ELIGIBILITY:
            self._naming.principal(record)
        else:
            self._naming.object(record)

    def _answers(self, call: Call, parents: Iterable[Parent]) -> Iterator[tuple[Parent, list[Any]]]:
        return self._asker.answers(call, parents, self.outcomes[call.kind])


def _is_outside_pim(group: Parent) -> bool:
    """Say whether nobody can be eligible for a group: its rule, or a directory on premises, says who is in it.

    https://learn.microsoft.com/entra/id-governance/privileged-identity-management/concept-pim-for-groups
    """
    types = group.get("groupTypes")
    dynamic = isinstance(types, list) and "DynamicMembership" in types
    return dynamic or group.get("onPremisesSyncEnabled") is True


def users(asker: Asker, place: Place, naming: Naming) -> None:
    """Ask for the users that are named.

    Raises:
        UserError: the snapshot cannot be written.
    """
    asker.ask(NAMED_USERS, place, _in(naming.users))


def _in(ids: Iterable[str]) -> Iterator[Parent]:
    """Write ids as the values of a filter: they are GUIDs, so nothing in them needs a quote."""
    for portion in portions(ids, IN):
        yield {"in": ",".join(f"'{id_}'" for id_ in portion)}
