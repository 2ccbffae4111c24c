"""The two listings by Cloud Asset Inventory, and what is learned from them on the way.

https://cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list and
https://cloud.google.com/asset-inventory/docs/reference/rest/v1/TopLevel/searchAllIamPolicies
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model.coverage import Coverage
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.asking import Asker, Outcome, coverage_of, write_all
from nhi_scan.providers.gcp.calls import ASSETS, SEARCH
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place

_GROUP = "group:"
_POOL = re.compile(r"//iam\.googleapis\.com/(projects/[\w.:-]+)/locations/global/workloadIdentityPools/[\w-]+")
_CRM = "cloudresourcemanager.googleapis.com/"
_SURE = "iam.googleapis.com/ServiceAccount"


@dataclass(slots=True)
class Learned:
    """What later questions come from; small beside what was listed."""

    folders: set[str] = field(default_factory=set)  # ids
    projects: dict[str, str] = field(default_factory=dict)  # id -> number, of those that are active
    groups: set[str] = field(default_factory=set)  # emails that bindings name
    pools: set[str] = field(default_factory=set)  # projects (by number) whose pools bindings name
    organization: str = ""  # id, where an asset names it
    above: tuple[str, ...] = ()  # ids of all that is above the scope, the nearest first, where an asset names it


def sweep_assets(asker: Asker, place: Place, learned: Learned, calls: Sequence[Call] = ASSETS) -> list[Coverage]:
    """List all assets below a scope, of all types at once; a type that the inventory does not know is left out.

    Returns:
        How far each type got, also where that was done before.
    """
    if all(asker.done(place, call.kind) for call in calls):
        _learn_again(asker, place, calls, learned)
        return [row for call in calls for row in asker.writer.coverage_of(PROVIDER, place.folder, call.kind, PART)]
    known, refused = list(calls), list[tuple[Call, CallError]]()
    while True:
        outcome = Outcome()
        pages = _asset_pages(asker, place, known, learned)
        first, error = _first(pages)
        unknown = _unknown_types(asker, place, error, known)
        if not unknown or error is None:
            break
        known = [call for call in known if call not in unknown]
        refused += [(call, error) for call in unknown]
    rows = write_all(asker, place, known, _again(first, pages, error), outcome)
    for call, fault in refused:
        odd = Outcome(error=CallError("failed", fault.code, "Cloud Asset Inventory does not list this type"))
        rows.append(coverage_of(call, place, odd, 0))
        asker.writer.commit(PART, None, rows[-1])
    return rows


Page = list[tuple[int, Any]]


def _asset_pages(asker: Asker, place: Place, calls: Sequence[Call], learned: Learned) -> Iterator[Page]:
    types = {type_: number for number, call in enumerate(calls) for type_ in call.params["asset_types"]}
    params = {**(parameters(calls[0], place.words, {}) or {}), "asset_types": list(types)}
    for page in asker.clients.pages(calls[0].service, calls[0].operation, params):
        records: Page = []
        for asset in records_of(calls[0], page):
            if isinstance(asset, dict) and (number := types.get(str(asset.get("assetType")))) is not None:
                learn(asset, learned, place.id)
                records.append((number, asset))
        yield records


def _first(pages: Iterator[Page]) -> tuple[Page | None, CallError | None]:
    try:
        return next(pages, None), None
    except CallError as error:
        return None, error


def _again(first: Page | None, pages: Iterator[Page], error: CallError | None) -> Iterator[Page]:
    if error is not None:
        raise error
    if first is not None:
        yield first
    yield from pages


def _unknown_types(asker: Asker, place: Place, error: CallError | None, calls: Sequence[Call]) -> list[Call]:
    """Find the asset types that a refusal is about: one that Google dropped or renamed must not cost all the others.

    Where it names none, types are tried by halves, unless a type that is surely there is refused as well.
    """
    if error is None or error.kind != "refused" or len(calls) < 2:
        return []
    named = [call for call in calls if re.search(rf"{re.escape(call.params['asset_types'][0])}(?!\w)", error.detail)]
    if named or not _accepted(asker, place, [call for call in calls if call.params["asset_types"] == [_SURE]]):
        return named
    return _refused_among(asker, place, calls)


def _refused_among(asker: Asker, place: Place, calls: Sequence[Call]) -> list[Call]:
    if _accepted(asker, place, calls):
        return []
    if len(calls) == 1:
        return list(calls)
    middle = len(calls) // 2
    return [*_refused_among(asker, place, calls[:middle]), *_refused_among(asker, place, calls[middle:])]


def _accepted(asker: Asker, place: Place, calls: Sequence[Call]) -> bool:
    """Tell whether some types may be asked for together, by the smallest page there is."""
    if not calls:
        return False
    types = [call.params["asset_types"][0] for call in calls]
    params = {**(parameters(calls[0], place.words, {}) or {}), "asset_types": types, "page_size": 1}
    try:
        next(asker.clients.pages(calls[0].service, calls[0].operation, params), None)
    except CallError as error:
        return error.kind != "refused"
    return True


def learn(asset: dict[str, Any], learned: Learned, root: str = "") -> None:
    """Take from an asset below a root what later questions need."""
    kind = str(asset.get("assetType"))
    if not kind.startswith(_CRM):
        return
    line = asset.get("ancestors")
    if not learned.above and isinstance(line, list) and root in line:
        learned.above = tuple(one for one in line[line.index(root) + 1 :] if isinstance(one, str))
    name = str(asset.get("name"))
    if kind == f"{_CRM}Organization":
        learned.organization = name.removeprefix(f"//{_CRM}")
    elif kind == f"{_CRM}Folder":
        learned.folders.add(name.removeprefix(f"//{_CRM}"))
    elif kind == f"{_CRM}Project":
        resource = asset.get("resource")
        data = resource.get("data") if isinstance(resource, dict) else None
        if isinstance(data, dict) and (project := data.get("projectId")):
            # Version 1 and 3 of the API name these fields differently, and the inventory has shown both.
            state = data.get("state") or data.get("lifecycleState") or "ACTIVE"
            if state == "ACTIVE":
                learned.projects[f"projects/{project}"] = name.rpartition("/")[2]


def _learn_again(asker: Asker, place: Place, calls: Sequence[Call], learned: Learned) -> None:
    """Read back what an earlier run has written."""
    for call in calls:
        if call.params["asset_types"][0].startswith(_CRM):
            for envelope in asker.writer.read_parts(PROVIDER, place.folder, call.kind, PART):
                asset = envelope.value()
                if isinstance(asset, dict):
                    learn(asset, learned, place.id)


def sweep_policies(asker: Asker, place: Place, learned: Learned) -> list[Coverage]:
    """Search all allow policies below a scope.

    Returns:
        How far it got, also where that was done before.
    """
    call = SEARCH[0]
    if asker.done(place, call.kind):
        for envelope in asker.writer.read_parts(PROVIDER, place.folder, call.kind, PART):
            _learn_members(envelope.value(), learned)
        return list(asker.writer.coverage_of(PROVIDER, place.folder, call.kind, PART))
    params = parameters(call, place.words, {}) or {}
    outcome = Outcome()

    def pages() -> Iterator[Page]:
        for page in asker.clients.pages(call.service, call.operation, params):
            found: Page = []
            for record in records_of(call, page):
                _learn_members(record, learned)
                found.append((0, record))
            yield found

    return write_all(asker, place, (call,), pages(), outcome)


def _learn_members(record: Any, learned: Learned) -> None:
    for member in members_of(record.get("policy") if isinstance(record, dict) else None):
        if member.startswith(_GROUP):
            learned.groups.add(member.removeprefix(_GROUP))
        elif found := _POOL.search(member):
            learned.pools.add(found[1])


def members_of(policy: Any) -> Iterator[str]:
    """Yield the members of an allow policy, whatever shape it came in."""
    bindings = policy.get("bindings") if isinstance(policy, dict) else None
    for binding in bindings if isinstance(bindings, list) else ():
        members = binding.get("members") if isinstance(binding, dict) else None
        for member in members if isinstance(members, list) else ():
            if isinstance(member, str):
                yield member
