"""The way round Resource Graph: subscriptions by themselves, where it refuses or does not know them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_run import Run, is_new, scope_of
from nhi_scan.providers.azure.arm_trim import trimmed
from nhi_scan.providers.azure.asking import Outcome, coverage_of, limited
from nhi_scan.providers.azure.calls.arm import (
    BY_SUBSCRIPTION,
    PERMISSIONS,
    RESOURCE_GROUPS,
    RESOURCES,
    ROLE_ASSIGNMENTS,
    ROLE_DEFINITIONS,
)
from nhi_scan.providers.azure.places import PART, PROVIDER, Place

# Kind of Resource Graph -> kinds that tell the same of one subscription; those of resources are all others.
_OTHERS = (ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, RESOURCE_GROUPS)
_INSTEAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        kinds.ARG_CONTAINERS: (RESOURCE_GROUPS,),
        kinds.ARG_ROLE_ASSIGNMENTS: (ROLE_ASSIGNMENTS,),
        kinds.ARG_ROLE_DEFINITIONS: (ROLE_DEFINITIONS,),
        kinds.ARG_RESOURCES: tuple(call.kind for call in BY_SUBSCRIPTION if call.kind not in _OTHERS),
    }
)

# Kind -> where the collection notes who answered.
_TOLD = {ROLE_ASSIGNMENTS: "answered", ROLE_DEFINITIONS: "defined", kinds.ARM_USER_ASSIGNED_IDENTITIES: "listed"}


def ask_by_subscription(run: Run, instead: Mapping[str, frozenset[str]]) -> None:
    """Ask subscriptions for what Resource Graph did not give of them.

    Args:
        run: the collection.
        instead: kind of Resource Graph -> subscriptions that it lacks.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over.
    """
    for kind, scopes in sorted(instead.items()):
        for call in BY_SUBSCRIPTION:
            if call.kind in _INSTEAD[kind]:
                _ask(run, call, sorted(scopes))
        run.session.advance("arm")


def _ask(run: Run, call: Call, scopes: Sequence[str]) -> None:
    left = [scope for scope in scopes if not run.asker.done(Place(scope), call.kind)]
    seen = set[str]()  # a role of Microsoft's own is listed in every subscription
    for parent, records, error in ask_many(run.session, run.arm, call, [scope_of(one) for one in left]):
        scope = str(parent["scope"])
        place = Place(scope)
        with run.session.writer.part(PROVIDER, place.folder, call.kind, PART, call.drop) as sink:
            for record in records:
                _note(run, call, record)
                if (kept := _kept(call, record)) is not None and is_new(record, seen):
                    sink.add("", {}, kept)
            entry = sink.close()
            outcome = Outcome(answered=bool(records) or error is None, error=error)
            row = _honest(run, call, scope, coverage_of(call, place, outcome, sink.records))
            run.session.writer.commit(PART, entry, row)
        _tell(run, call, scope, [row])
    for scope in scopes:
        if scope not in left:
            place = Place(scope)
            for record in run.asker.written(place, call.kind):
                _note(run, call, record)
            _tell(run, call, scope, run.session.writer.coverage_of(PROVIDER, place.folder, call.kind, PART))


def _tell(run: Run, call: Call, scope: str, rows: Iterable[Coverage]) -> None:
    """Note that a subscription answered, where all of it came."""
    if call.kind in _TOLD and all(row.status is CoverageStatus.COMPLETE for row in rows):
        getattr(run, _TOLD[call.kind]).add(scope)


def _honest(run: Run, call: Call, scope: str, row: Coverage) -> Coverage:
    """Call a list of resources complete only where its action is given at the subscription: what is hidden is left out.

    Role assignments and definitions are another matter: without the right to read those of the subscription they are
    refused. https://learn.microsoft.com/rest/api/resources/resources/list
    """
    if row.status is not CoverageStatus.COMPLETE or call.kind in (ROLE_ASSIGNMENTS, ROLE_DEFINITIONS):
        return row
    if error := run.sight.why_not(scope):
        detail = f"whether all of it may be read is not known: {error.sentence}"
        return limited(row, CoverageStatus.PARTIAL, detail, PERMISSIONS.permissions[0])
    if missing := run.sight.lacking(scope, call.permissions):
        detail = "not everything in the subscription may be read"
        return limited(row, CoverageStatus.PARTIAL, detail, ", ".join(missing))
    return row


def _note(run: Run, call: Call, record: Any) -> None:
    if call.kind == RESOURCES:
        run.note_whole(record)
    id_ = record.get("id") if isinstance(record, dict) else None
    if (
        call.kind == kinds.ARM_USER_ASSIGNED_IDENTITIES
        and isinstance(id_, str)
        and arm_ids.resource_group_of(arm_ids.canonical(id_))
    ):
        run.identities.add(id_)


def _kept(call: Call, record: Any) -> Any:
    return record if call.kind in _OTHERS else trimmed(record)


def kinds_written() -> tuple[str, ...]:
    """Kinds that lie at subscriptions."""
    return tuple(call.kind for call in BY_SUBSCRIPTION)
