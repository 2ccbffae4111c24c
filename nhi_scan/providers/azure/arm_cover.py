"""Coverage of what Resource Graph gave: see `arm_sight` for what makes it complete."""

from collections.abc import Mapping

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure.arm_run import Run
from nhi_scan.providers.azure.arm_sight import shown, wanted
from nhi_scan.providers.azure.calls.arm import (
    ABOVE,
    FEDERATED_CREDENTIALS,
    OF_SCOPES,
    PARTS_OF,
    PERMISSIONS,
    ROLE_POLICIES,
    SUBSCRIPTIONS,
)
from nhi_scan.providers.azure.calls.arm_graph import CONTAINERS, RESOURCES, ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, SWEEPS
from nhi_scan.providers.azure.faults import STATUS

_GROUP_READ = "Microsoft.Management/managementGroups/read"
_INHERITED = (ROLE_ASSIGNMENTS, ROLE_DEFINITIONS)
_NO_SUBSCRIPTION = "no subscription is shown: there is none, or the credentials have no role in any"
_NAMED_ONLY = "only what was named was asked about"
_IDENTITIES = "not all user-assigned identities are known"
_RESOURCES = "not all resources are known"
_MAY_BE_MORE = (
    "subscriptions in which the credentials have no role are not shown: "
    "only a role on the root management group reaches all"
)


def cover_subscriptions(run: Run, call: Call, instead: frozenset[str]) -> None:
    """Say of each subscription how far a sweep got in it.

    Args:
        run: the collection.
        call: the row.
        instead: subscriptions that were asked by themselves.

    Raises:
        UserError: the snapshot cannot be written.
    """
    for scope in sorted(run.tree.subscriptions):
        records = run.counts.get((call.kind, scope), 0)
        if scope in instead:
            run.cover(call, scope, CoverageStatus.SKIPPED, "the subscription was asked by itself", records=records)
        else:
            status, detail, permission = _seen(run, call, scope, records)
            run.cover(call, scope, status, detail, permission=permission, records=records)
    for scope in run.tree.absent:
        detail = "the subscription was named, and is not shown to the credentials"
        run.cover(call, scope, CoverageStatus.DENIED, detail, permission=shown(wanted(call)))
    for scope, owner in sorted(run.tree.foreign.items()):
        run.cover(call, scope, CoverageStatus.SKIPPED, f"the subscription belongs to the tenant `{owner}`")


def _seen(run: Run, call: Call, scope: str, records: int) -> tuple[CoverageStatus, str, str]:
    outcome = run.outcomes.get(call.kind)
    if outcome and outcome.error:
        error = outcome.error
        status = CoverageStatus.PARTIAL if records else STATUS[error.kind]
        return status, error.sentence, shown(call.permissions) if error.kind == "denied" else ""
    some = CoverageStatus.PARTIAL if records else CoverageStatus.DENIED
    if unseen := run.sight.why_not(scope):
        detail = f"whether all of it may be read is not known: {unseen.sentence}"
        return CoverageStatus.PARTIAL, detail, PERMISSIONS.permissions[0]
    if missing := run.sight.lacking(scope, wanted(call)):
        return some, "not everything in the subscription may be read", shown(missing)
    if call is CONTAINERS and scope not in run.tree.chains:
        return CoverageStatus.PARTIAL, "nothing tells which management groups lie above it", _GROUP_READ
    return CoverageStatus.COMPLETE, "", ""


def cover_federated(run: Run) -> str:
    """Say how far federated credentials got in each subscription: no further than the identities that have them.

    Returns:
        Why they are not all there in the whole tenant; empty where they are, or where that was said before.

    Raises:
        UserError: the snapshot cannot be written.
    """
    call, complete = FEDERATED_CREDENTIALS, True
    for scope in sorted(run.tree.subscriptions):
        error = run.untold.get(scope)
        known = scope in run.listed or _seen(run, RESOURCES, scope, 1)[0] is CoverageStatus.COMPLETE
        complete = complete and known
        if error is not None:
            lacks = shown(call.permissions) if error.kind == "denied" else ""
            run.cover(call, scope, CoverageStatus.PARTIAL, error.sentence, permission=lacks)
        elif known:
            run.cover(call, scope, CoverageStatus.COMPLETE)
        else:
            run.cover(call, scope, CoverageStatus.PARTIAL, _IDENTITIES)
    if run.untold:
        return ""
    return _lacking(run, RESOURCES) if complete else _IDENTITIES


def cover_parts(run: Run) -> None:
    """Say of the parts of resources that they are all there only where all resources are.

    Raises:
        UserError: the snapshot cannot be written.
    """
    sweep, root = run.outcomes.get(RESOURCES.kind), run.tree.root
    unknown = _RESOURCES if sweep and sweep.error and not run.tree.subscriptions <= run.listed else ""
    for type_, call in PARTS_OF.items():
        actions = (f"{type_}/read", *call.permissions)
        hidden = run.sight.why_not(root) is not None or run.sight.lacking(root, actions)
        records = run.totals.get(call.kind, 0)
        if call.kind in run.failed:
            continue  # what was said when it was written
        if run.session.settings.names_places:
            run.cover(call, run.place.id, CoverageStatus.SKIPPED, _NAMED_ONLY, records=records)
        elif why := run.unlisted or (_MAY_BE_MORE if hidden else unknown):
            run.cover(call, run.place.id, CoverageStatus.PARTIAL, why, records=records)


def cover_scopes(run: Run) -> None:
    """Say of what each scope was asked for that it is all there only where all scopes are shown.

    Raises:
        UserError: the snapshot cannot be written.
    """
    for call in (*OF_SCOPES, ROLE_POLICIES):
        if call.kind in run.failed:
            continue  # what was said when it was written
        records = run.totals.get(call.kind, 0)
        if why := run.left_out.get(call.kind, run.unlisted):
            run.cover(call, run.place.id, CoverageStatus.PARTIAL, why, records=records)
        elif run.session.settings.names_places:
            run.cover(call, run.place.id, CoverageStatus.SKIPPED, _NAMED_ONLY, records=records)
        elif _may_be_more(run, call):
            run.cover(call, run.place.id, CoverageStatus.SKIPPED, _MAY_BE_MORE, records=records)


def cover_groups(run: Run) -> None:
    """Say of each management group what could be seen of it, also of those that only their subscriptions name.

    Raises:
        UserError: the snapshot cannot be written.
    """
    for group in run.tree.known_groups:
        if group in run.tree.groups:
            run.cover(CONTAINERS, group, CoverageStatus.COMPLETE, records=1)
        else:
            detail = "the management group is known from what lies in it, and is not shown"
            run.cover(CONTAINERS, group, CoverageStatus.DENIED, detail, permission=_GROUP_READ)
        for call in _INHERITED:
            _cover_inherited(run, call, group)


def _cover_inherited(run: Run, call: Call, group: str) -> None:
    below = [one for one in run.tree.below(group) if not run.sight.lacking(one, wanted(call))]
    failed = run.outcomes[call.kind].error if call.kind in run.outcomes else None
    read = not failed and group in run.tree.groups and not run.sight.lacking(group, wanted(call))
    if call is ROLE_ASSIGNMENTS:
        told = any(_told(run, one) for one in below)
    else:
        told = any(not failed or one in run.defined for one in below)
    if told and call is ROLE_ASSIGNMENTS:
        run.cover(ABOVE, group, CoverageStatus.COMPLETE)
    if read or told:
        run.cover(call, group, CoverageStatus.COMPLETE)
    else:
        detail = "neither the management group nor a subscription in it may be read"
        run.cover(call, group, CoverageStatus.DENIED, detail, permission=shown(wanted(call)))


def cover_inheritance(run: Run) -> None:
    """Say of which subscriptions all role assignments are known: at them, below them and above them.

    Where a subscription was asked by itself, that was said when it answered.

    Raises:
        UserError: the snapshot cannot be written.
    """
    for scope in sorted(run.above):
        status = _seen(run, ROLE_ASSIGNMENTS, scope, 1)[0]
        if status is CoverageStatus.COMPLETE and scope in run.tree.shown and _told(run, scope):
            run.cover(ABOVE, scope, CoverageStatus.COMPLETE, "by Resource Graph, and a list of what is above")


def _told(run: Run, scope: str) -> bool:
    return scope in run.answered or run.above.get(scope, "") in run.answered


def cover_tenant(run: Run, instead: Mapping[str, frozenset[str]]) -> None:
    """Say how far the sweeps got in the tenant as a whole: complete only where all that there is must have been seen.

    Raises:
        UserError: the snapshot cannot be written.
    """
    if not run.session.settings.names_places and not run.unlisted and _may_be_more(run, SUBSCRIPTIONS):
        listed = len(run.tree.subscriptions) + len(run.tree.foreign)
        run.cover(SUBSCRIPTIONS, run.place.id, CoverageStatus.PARTIAL, _MAY_BE_MORE, records=listed)
    for call in (CONTAINERS, *SWEEPS):
        outcome = run.outcomes.get(call.kind)
        if outcome and outcome.error:
            continue  # what was said when it was written
        status, detail, permission = _whole(run, call)
        if status is CoverageStatus.COMPLETE and (others := instead.get(call.kind)):
            status, detail = CoverageStatus.PARTIAL, f"{len(others)} subscriptions were asked by themselves"
        run.cover(call, run.place.id, status, detail, permission=permission, records=run.totals.get(call.kind, 0))


def _whole(run: Run, call: Call) -> tuple[CoverageStatus, str, str]:
    if run.session.settings.names_places:
        return CoverageStatus.SKIPPED, _NAMED_ONLY, ""
    why = _lacking(run, call)
    if not why:
        return CoverageStatus.COMPLETE, "", ""
    if not run.tree.subscriptions and not run.unlisted:
        return CoverageStatus.DENIED, _NO_SUBSCRIPTION, shown(wanted(call))
    return CoverageStatus.PARTIAL, why, "" if run.unlisted else shown(wanted(call))


def _lacking(run: Run, call: Call) -> str:
    """Say why there may be more than was asked about; empty where there is not."""
    return run.unlisted or (_MAY_BE_MORE if _may_be_more(run, call) else "")


def _may_be_more(run: Run, call: Call) -> bool:
    root = run.tree.root
    return run.sight.why_not(root) is not None or bool(run.sight.lacking(root, wanted(call)))
