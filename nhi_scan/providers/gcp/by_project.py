"""The way round: where an organization may not be swept, each of its projects is asked by the APIs of its own."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.asking import Asker, Outcome, write_all
from nhi_scan.providers.gcp.calls import PROJECT_IDENTITIES, PROJECT_ONLY, PROJECT_POLICIES, PROJECT_WORKLOADS
from nhi_scan.providers.gcp.calls.hierarchy import FOLDERS, ORGANIZATIONS, PROJECT, PROJECTS
from nhi_scan.providers.gcp.calls.identities import OF_ANY_SCOPE
from nhi_scan.providers.gcp.calls.policies import ABOVE
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.follow import deny_policies
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place
from nhi_scan.providers.gcp.sweep import members_of

_POLICY_KINDS = tuple(call.kind for call in PROJECT_POLICIES if call.operation.endswith("getIamPolicy"))
_DEEPEST = 20  # folders are nested ten deep at most: https://cloud.google.com/resource-manager/quotas


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What the sweep did not give, so that the projects are asked for it."""

    assets: bool
    policies: bool

    def rows(self) -> tuple[Call, ...]:
        """Rows of the table to ask each project, parents first."""
        assets = (*PROJECT_IDENTITIES, *PROJECT_WORKLOADS)
        if not self.policies:
            return assets if self.assets else ()
        parents = {call.for_each for call in PROJECT_POLICIES}
        parents |= {call.for_each for call in assets if call.kind in parents}
        return (*(call for call in assets if self.assets or call.kind in parents), *PROJECT_POLICIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project to ask, with its own record where a search has given it already."""

    place: Place
    record: Mapping[str, Any] | None = None


def hierarchy(asker: Asker, place: Place) -> tuple[list[Place], list[Project]]:
    """Find the folders and projects below a scope among those that the caller can see, and write them down.

    A project whose way up cannot be followed, because a folder between is hidden, counts as below.

    Raises:
        UserError: the snapshot cannot be written.
    """
    if place.kind == "organizations":
        _searched(asker, place, ORGANIZATIONS)
    folders = {str(record.get("name")): record for record in _searched(asker, place, FOLDERS)}
    above = {name: str(record.get("parent", "")) for name, record in folders.items()}
    inside = [Place(id=name) for name in sorted(folders) if _is_below(name, place.id, above)]
    projects = []
    for record in _searched(asker, place, PROJECTS):
        parent, id_ = str(record.get("parent", "")), record.get("projectId")
        if isinstance(id_, str) and id_ and (parent == place.id or _is_below(parent, place.id, above)):
            number = str(record.get("name", "")).rpartition("/")[2]
            found = Place(id=f"projects/{id_}", number=number, organization=place.organization)
            projects.append(Project(place=found, record=record))
    return inside, sorted(projects, key=lambda project: project.place.id)


def _is_below(name: str, root: str, above: Mapping[str, str]) -> bool:
    for _ in range(_DEEPEST):
        if name == root:
            return True
        if name not in above:
            return name.startswith("folders/")  # hidden: its own parent may be the root
        name = above[name]
    return False


def _searched(asker: Asker, place: Place, call: Call) -> list[Mapping[str, Any]]:
    """Ask, or read back what an earlier run found."""
    if asker.done(place, call.kind):
        values = (envelope.value() for envelope in asker.writer.read_parts(PROVIDER, place.folder, call.kind, PART))
        return [value for value in values if isinstance(value, dict)]
    found: list[Mapping[str, Any]] = []

    def pages() -> Iterator[list[tuple[int, Any]]]:
        for page in asker.clients.pages(call.service, call.operation, parameters(call, place.words, {}) or {}):
            records = [record for record in records_of(call, page) if isinstance(record, dict)]
            found.extend(records)
            yield [(0, record) for record in records]

    write_all(asker, place, (call,), pages(), Outcome())
    return found


def ask_above(asker: Asker, place: Place, lack: Lack) -> tuple[str, ...]:
    """Ask an organization or a folder for what is its own.

    Returns:
        The record kinds that were asked for.

    Raises:
        UserError: the snapshot cannot be written.
    """
    rows: list[Call] = []
    if lack.policies:
        rows += [call for call in ABOVE if f".{place.kind}." in call.operation]
    if lack.assets:
        rows += [call for call in PROJECT_IDENTITIES if call.kind in OF_ANY_SCOPE and _fits(call, place)]
    for call in rows:
        asker.ask(call, place)
    return tuple(call.kind for call in rows)


def _fits(call: Call, place: Place) -> bool:
    return call.kind != "iam-custom-roles" or place.kind == "organizations"  # folders have no roles of their own


def ask_project(asker: Asker, project: Project, lack: Lack, *, usage: bool) -> tuple[str, ...]:
    """Ask one project. One that is being deleted is skipped; one that goes meanwhile is not asked further.

    Returns:
        The record kinds that were asked for.

    Raises:
        UserError: the snapshot cannot be written.
    """
    rows = (*lack.rows(), *(PROJECT_ONLY if usage else ()))
    place, reason = _looked_at(asker, project)
    for number, call in enumerate(rows):
        if reason:
            asker.skip(place, rows[number:], reason)
            break
        outcome = asker.ask(call, place)
        if outcome and outcome.error and outcome.error.kind == "absent" and _is_gone(asker, place):
            reason = "the project is gone"
    if not reason:
        deny_policies(asker, place, ())
    if not usage:
        asker.skip(place, PROJECT_ONLY, "`--usage` asks for it")
    return (PROJECT.kind, *(call.kind for call in (*rows, *PROJECT_ONLY)), "iam-deny-policies")


def _is_gone(asker: Asker, place: Place) -> bool:
    """Ask whether a project is still there: what was not found may be something in it."""
    try:
        records = [record for page in _record_of(asker, place, None) for _, record in page]
    except CallError as error:
        return error.kind == "absent"
    return any(isinstance(record, dict) and record.get("state", "ACTIVE") != "ACTIVE" for record in records)


def _looked_at(asker: Asker, project: Project) -> tuple[Place, str]:
    """Write the project's own record; say why it is not asked, where it is not."""
    place, record = project.place, project.record
    if not asker.done(place, PROJECT.kind):
        outcome = Outcome()
        write_all(asker, place, (PROJECT,), _record_of(asker, place, record), outcome)
        if outcome.error and outcome.error.kind == "absent":
            return place, "there is no such project"
    for envelope in asker.writer.read_parts(PROVIDER, place.folder, PROJECT.kind, PART):
        value = envelope.value()
        record = value if isinstance(value, dict) else {}
    state = str((record or {}).get("state") or "ACTIVE")
    number = str((record or {}).get("name", "")).rpartition("/")[2]
    known = Place(id=place.id, number=number or place.number, organization=place.organization)
    return known, "" if state == "ACTIVE" else f"the project is `{state[:40]}`"


def _record_of(asker: Asker, place: Place, record: Mapping[str, Any] | None) -> Iterator[list[tuple[int, Any]]]:
    if record is not None:
        yield [(0, record)]
        return
    for page in asker.clients.pages(PROJECT.service, PROJECT.operation, parameters(PROJECT, place.words, {}) or {}):
        yield [(0, found) for found in records_of(PROJECT, page)]


def groups_named(asker: Asker, places: Iterable[Place]) -> set[str]:
    """Collect the groups that allow policies of some scopes name."""
    found = set[str]()
    for place in places:
        for kind in _POLICY_KINDS:
            for envelope in asker.writer.read_parts(PROVIDER, place.folder, kind, PART):
                found.update(
                    member.removeprefix("group:")
                    for member in members_of(envelope.value())
                    if member.startswith("group:")
                )
    return found
