"""What lies above the scopes that were named, and is inherited by them: read, or said to be unread.

Allow policies, deny policies, principal access boundaries, organization policies and tags of a folder or organization
hold for everything below: https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy#inheritance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.asking import Asker, Outcome, coverage_of, limited, write_all
from nhi_scan.providers.gcp.by_project import Lack, ask_above
from nhi_scan.providers.gcp.calls import ORGANIZATION as OF_ORGANIZATIONS
from nhi_scan.providers.gcp.calls.hierarchy import ANCESTRY, FOLDER, ORGANIZATION
from nhi_scan.providers.gcp.follow import deny_policies
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place

BOUNDARIES = tuple(call for call in OF_ORGANIZATIONS if call.kind.startswith("iam-pab-"))
_GET = {"folders": FOLDER, "organizations": ORGANIZATION}
_DEEPEST = 20  # folders are nested ten deep at most: https://cloud.google.com/resource-manager/quotas


@dataclass(slots=True)
class Line:
    """What lies above a scope.

    Attributes:
        places: the nearest first.
        hidden: why nothing tells what more there is; None where that is all.
    """

    places: list[Place] = field(default_factory=list)
    hidden: Coverage | None = None

    @property
    def organization(self) -> Place | None:
        """The last one."""
        return self.places[-1] if self.places and self.places[-1].kind == "organizations" else None


def above_project(asker: Asker, place: Place) -> Line:
    """Find what lies above a project: Google tells it to whoever may see the project.

    Raises:
        UserError: the snapshot cannot be written.
    """
    asker.ask(ANCESTRY, place, [{"resource": place.id}])
    record = _record(asker, place, ANCESTRY, "")
    if record is None:
        return Line(hidden=_gap(asker, place, ANCESTRY))
    found = [one.get("resourceId") for one in record.get("ancestor") or () if isinstance(one, dict)]
    names = [f"{one.get('type')}s/{one.get('id')}" for one in found if isinstance(one, dict)]
    return Line(_places(names))


def above_folder(asker: Asker, place: Place, known: Sequence[str], record: Mapping[str, Any] | None) -> Line:
    """Find what lies above a folder, one step after the other where its assets do not say it.

    Args:
        asker: asks and writes.
        place: the folder.
        known: ids of all that is above it, the nearest first; none where that is not known.
        record: the folder's own, where it is at hand.

    Raises:
        UserError: the snapshot cannot be written.
    """
    if record is not None and not asker.done(place, FOLDER.kind):
        write_all(asker, place, (FOLDER,), [[(0, record)]], Outcome())
    if known:
        return Line(_places(known))
    line, at = Line(), place
    for _ in range(_DEEPEST):
        call = _GET.get(at.kind)
        if call is None or call is ORGANIZATION:
            return line
        asker.ask(call, at)
        found = _record(asker, at, call, at.id)
        above = _places([str((found or {}).get("parent", ""))])
        if not above:
            line.hidden = _gap(asker, at, call)
            return line
        at = above[0]
        line.places.append(at)
    return line


def _places(names: Iterable[str]) -> list[Place]:
    kept = [name for name in names if name.startswith(("folders/", "organizations/")) and name.count("/") == 1]
    organization = next((name for name in kept if name.startswith("organizations/")), "")
    return [Place(id=name, organization=organization) for name in kept]


def _record(asker: Asker, place: Place, call: Call, name: str) -> Mapping[str, Any] | None:
    """Read back a scope's own record; a search may have written others beside it."""
    for envelope in asker.writer.read_parts(PROVIDER, place.folder, call.kind, PART):
        value = envelope.value()
        if isinstance(value, dict) and (not name or value.get("name") == name):
            return value
    return None


def _gap(asker: Asker, place: Place, call: Call) -> Coverage:
    for row in asker.writer.coverage_of(PROVIDER, place.folder, call.kind, PART):
        if row.status.is_gap:
            return row
    empty = coverage_of(call, place, Outcome(), 0)
    return limited(empty, CoverageStatus.DENIED, f"`{place.id}` is not shown", ", ".join(call.permissions))


def ask_ancestor(asker: Asker, place: Place) -> None:
    """Ask a folder or an organization for what everything below it inherits, and for nothing below it.

    Raises:
        UserError: the snapshot cannot be written.
    """
    asker.ask(_GET[place.kind], place)
    ask_above(asker, place, Lack(assets=True, policies=True))
    deny_policies(asker, place, ())
    if place.kind == "organizations":
        for call in BOUNDARIES:
            asker.ask(call, place)


def note_line(asker: Asker, place: Place, line: Line) -> None:
    """Say at a scope what is not known of what it inherits, where nothing above it can be asked.

    Only organizations have principal access boundaries: a project of none is bound by none.
    https://cloud.google.com/iam/docs/principal-access-boundary-policies

    Raises:
        UserError: the snapshot cannot be written.
    """
    if line.organization:
        return
    for call in BOUNDARIES:
        if asker.done(place, call.kind):
            continue
        row = coverage_of(call, place, Outcome(), 0)
        if line.hidden is not None:
            detail = f"what lies above `{place.id}` is not known: {line.hidden.detail}"
            row = limited(row, line.hidden.status, detail, line.hidden.permission)
        asker.writer.commit(PART, None, row)
