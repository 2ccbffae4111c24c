"""Scopes that somebody named: whether they are there at all.

Who may not see a project is told nothing of whether it exists, and the same holds for folders and organizations
(https://cloud.google.com/resource-manager/reference/rest/v3/projects/get): only "not found" is certain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import NothingReadError
from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.asking import Asker
from nhi_scan.providers.gcp.calls import CALLS, GROUPS, SEARCH
from nhi_scan.providers.gcp.calls.hierarchy import FOLDER, ORGANIZATION, PROJECT
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.places import PART, PROVIDER, Place

_GET = {"projects": PROJECT, "folders": FOLDER, "organizations": ORGANIZATION}
# What nobody is refused, and what is complete without an answer: that no binding names a group.
_OF_ANYBODY = {"iam-predefined-roles", *(call.kind for call in GROUPS)}
_TELLING = tuple(dict.fromkeys(call.kind for call in CALLS if call.kind not in _OF_ANYBODY))


@dataclass(frozen=True, slots=True)
class Look:
    """What Google said about a scope before anything else was asked."""

    record: Mapping[str, Any] | None = None
    refused: CallError | None = None  # it may not be seen, or does not exist


def look(asker: Asker, place: Place) -> Look:
    """Ask for the record of a scope that was named; a collection that is resumed has looked before.

    Raises:
        NothingReadError: there is no such scope.
    """
    call = _GET[place.kind]
    if asker.done(place, PROJECT.kind) or asker.done(place, SEARCH[0].kind):
        return Look()
    try:
        for page in asker.clients.pages(call.service, call.operation, parameters(call, place.words, {}) or {}):
            for record in records_of(call, page):
                return Look(record if isinstance(record, dict) else None)
    except CallError as error:
        if error.kind == "absent":
            raise NothingReadError(f"there is no `{place.id}`: Google has found none of that name") from error
        return Look(refused=error if error.kind == "denied" else None)
    return Look()


def refuse_nothing(asker: Asker, seen: Sequence[tuple[Place, Iterable[Place], Look]]) -> None:
    """Refuse a collection in which nothing could be read of any scope that was named.

    Args:
        asker: has asked.
        seen: each scope, the scopes below it, and the first look at it.

    Raises:
        NothingReadError: as said.
    """
    refused = [(place, look.refused) for place, _, look in seen if look.refused is not None]
    if len(refused) < len(seen) or any(_read(asker, one) for place, below, _ in seen for one in (place, *below)):
        return
    place, error = refused[0]
    more = f" and of {len(refused) - 1} more" if len(refused) > 1 else ""
    raise NothingReadError(
        f"nothing of `{place.id}`{more} could be read: it may not exist, or the credentials have no right there "
        f"({error.sentence})"
    )


def _read(asker: Asker, place: Place) -> bool:
    rows = (row for kind in _TELLING for row in asker.writer.coverage_of(PROVIDER, place.folder, kind, PART))
    return any(row.status in (CoverageStatus.COMPLETE, CoverageStatus.PARTIAL) for row in rows)
