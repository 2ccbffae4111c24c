"""What is asked after the sweep, about what it found: deny policies where they can hang, groups that bindings name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.asking import Asker, Outcome, coverage_of, limited
from nhi_scan.providers.gcp.calls import DENY, GROUPS
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place

# A group that does not exist is denied as one that may not be seen: so many tell that none may.
_DENIALS = 20
_RIGHT = "The administrator role `Groups Reader` of the directory allows it."


@dataclass(slots=True)
class _Point:
    """One place that deny policies can hang on."""

    place: Place
    call: Call = DENY[0]  # the row that failed
    outcome: Outcome = field(default_factory=Outcome)
    records: int = 0


def deny_policies(asker: Asker, place: Place, points: Sequence[Place], unasked: Sequence[Place] = ()) -> None:
    """Ask for the deny policies of a scope and of others below it, each policy with its rules.

    Where the scope itself is denied, those below are not asked: its coverage is theirs.

    Args:
        asker: asks and writes; all records go to the first scope.
        place: the scope.
        points: others, asked after it.
        unasked: others that are left out, each with a row of coverage that says so.

    Raises:
        UserError: the snapshot cannot be written.
    """
    listing = DENY[0]
    if asker.done(place, listing.kind):
        return
    asked: list[_Point] = []
    with asker.writer.part(PROVIDER, place.folder, listing.kind, PART, listing.drop) as sink:
        for one in (place, *points):
            point = _Point(one)
            asked.append(point)
            for policy in _policies_on(asker, point):
                sink.add("", {"attachmentPoint": one.attachment_point}, policy)
                point.records += 1
            if one is place and point.outcome.error:
                break
        entry = sink.close()
        for point in asked[1:]:
            asker.writer.cover(coverage_of(point.call, point.place, point.outcome, point.records))
        if len(asked) > 1 or not points:
            for one in unasked:
                row = coverage_of(listing, one, Outcome(), 0)
                asker.writer.cover(limited(row, CoverageStatus.SKIPPED, "`--usage` asks every folder and project"))
        own = asked[0]
        asker.writer.commit(PART, entry, coverage_of(own.call, place, own.outcome, sink.records))


def _policies_on(asker: Asker, point: _Point) -> Iterable[object]:
    listing, getting = DENY
    try:
        names = list(asker.records(listing, point.place, {}, point.outcome))
    except CallError as error:
        point.outcome.fail(error)
        return
    for name in names:
        try:
            yield from asker.records(getting, point.place, name if isinstance(name, dict) else {}, point.outcome)
        except CallError as error:
            if error.kind != "absent":  # deleted since it was listed
                point.call = getting
                point.outcome.fail(error)


def groups(asker: Asker, place: Place, emails: Iterable[str], at_most: int) -> None:
    """Ask who is in the groups that bindings name, and in the groups in those.

    Args:
        asker: asks and writes.
        place: whose bindings name them.
        emails: of the groups.
        at_most: how many are asked; 0: all.

    Raises:
        UserError: the snapshot cannot be written.
    """
    looking, listing = GROUPS
    if asker.done(place, looking.kind) and asker.done(place, listing.kind):
        return
    walk = _Walk(asker, place, sorted(set(emails)), at_most)
    writer = asker.writer
    with (
        writer.part(PROVIDER, place.folder, looking.kind, PART) as found,
        writer.part(PROVIDER, place.folder, listing.kind, PART) as members,
    ):
        for email in walk.queue:  # grows while it is walked
            if walk.over(email):
                break
            for group in walk.look_up(email):
                for member in walk.members(email, group):
                    members.add("", {"group": group.get("name"), "email": email}, member)
                found.add("", {"email": email, "listed": walk.listed}, group)
        entries = found.close(), members.close()
        for call, sink, entry, outcome in zip(GROUPS, (found, members), entries, walk.outcomes, strict=True):
            row = coverage_of(call, place, outcome, sink.records)
            if outcome.error and outcome.error.kind == "denied":
                row = limited(row, row.status, f"{row.detail} {_RIGHT}")
            if walk.left_out and row.status is CoverageStatus.COMPLETE:
                row = limited(row, CoverageStatus.PARTIAL, walk.left_out)
            writer.commit(PART, entry, row)


class _Walk:
    """From group to group; one that is in itself, by whatever way round, is asked once."""

    def __init__(self, asker: Asker, place: Place, emails: Sequence[str], at_most: int) -> None:
        self._asker = asker
        self._place = place
        self._at_most = at_most
        self._seen = {email.lower() for email in emails}
        self._asked = 0
        self._denied = 0
        self.queue = list(emails)
        self.outcomes = Outcome(), Outcome()  # of looking up, of listing members
        self.left_out = ""
        self.listed = False  # whether all members of the last group came

    def over(self, email: str) -> bool:
        """Tell whether the rest is not asked: enough were, or none may be."""
        if self._denied >= _DENIALS and not self.outcomes[0].answered:
            return True
        if self._at_most and self._asked >= self._at_most:
            rest = len(self.queue) - self.queue.index(email)
            self.left_out = f"{self._asked} groups were asked and {rest} or more were not: `--usage` asks all"
            return True
        self._asked += 1
        return False

    def look_up(self, email: str) -> list[dict[str, object]]:
        """Find a group by its address; none where there is none such."""
        try:
            answers = list(self._asker.records(GROUPS[0], self._place, {"email": email}, self.outcomes[0]))
        except CallError as error:
            if error.kind == "absent":
                self.outcomes[0].answered += 1
            else:
                self._denied += error.kind in ("denied", "disabled")
                self.outcomes[0].fail(error)
                self.outcomes[1].fail(error)
            return []
        return [answer for answer in answers if isinstance(answer, dict)]

    def members(self, email: str, group: dict[str, object]) -> Iterable[object]:
        """List who is in a group; groups among them are asked in turn."""
        parent = {"group": group.get("name"), "email": email}
        self.listed = False
        try:
            for record in self._asker.records(GROUPS[1], self._place, parent, self.outcomes[1]):
                self._note(record)
                yield record
        except CallError as error:
            self.outcomes[1].fail(error)
        else:
            self.listed = True

    def _note(self, record: object) -> None:
        if not isinstance(record, dict) or record.get("type") != "GROUP":
            return
        key = record.get("preferredMemberKey")
        inner = key.get("id") if isinstance(key, dict) else None
        if isinstance(inner, str) and inner.lower() not in self._seen:
            self._seen.add(inner.lower())
            self.queue.append(inner)
