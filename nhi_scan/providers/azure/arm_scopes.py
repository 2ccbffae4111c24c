"""What Resource Graph does not have: asked of each subscription and management group, and of each identity."""

from collections.abc import Mapping, Sequence
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.azure.answers import kept
from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_run import Run, is_new, scope_of
from nhi_scan.providers.azure.asking import Outcome, coverage_of
from nhi_scan.providers.azure.calls.arm import (
    ABOVE,
    BUILT_IN,
    FEDERATED_CREDENTIALS,
    MANAGEMENT_GROUP,
    MANAGEMENT_GROUPS,
    OF_SCOPES,
    ROLE_POLICIES,
)
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.places import PART, PROVIDER

_SCOPES = 2000  # that a kind is asked about: a hundred requests, or that many where there are no batches
_POLICIES = 200  # scopes whose role policies are asked for, each answer a megabyte


def ask_scopes(run: Run) -> None:
    """Ask subscriptions and management groups for role assignments above them, deny assignments and PIM.

    One of them is also asked for Microsoft's own roles.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over.
    """
    _ask_above(run)
    _ask_built_in(run)
    scopes = sorted(run.tree.subscriptions) + sorted(run.tree.groups)
    for call in OF_SCOPES:
        _ask_some(run, call, scopes, _SCOPES)
    _ask_some(run, ROLE_POLICIES, sorted(run.eligible), _POLICIES)


def _ask_some(run: Run, call: Call, scopes: Sequence[str], most: int) -> None:
    run.ask_scopes(call, scopes[:most], lambda record: _note(run, record))
    for scope in scopes[most:]:
        run.left_out[call.kind] = f"no more than {most} scopes are asked by themselves, and there are {len(scopes)}"
        run.cover(call, scope, CoverageStatus.PARTIAL, run.left_out[call.kind])
    run.session.advance("arm")


def _note(run: Run, record: Any) -> None:
    type_ = search("type", record)
    if isinstance(type_, str) and type_.lower().endswith("/roleeligibilityscheduleinstances"):
        scope = search("properties.scope", record)
        if isinstance(scope, str) and scope.startswith("/") and scope != "/":
            run.eligible.add(arm_ids.canonical(scope))


def _ask_above(run: Run) -> None:
    """Ask one subscription below each chain of management groups for what is assigned at it and above it."""
    readable = [scope for scope in sorted(run.tree.subscriptions) if not run.sight.lacking(scope, ABOVE.permissions)]
    chosen: dict[Any, str] = {}
    for scope in readable:
        run.above[scope] = chosen.setdefault(run.tree.chains.get(scope, scope), scope)
    left = sorted(set(chosen.values()) - run.answered)
    if run.asker.done(run.place, ABOVE.kind):
        if not any(row.status.is_gap for row in _rows_of(run, ABOVE)):
            run.answered.update(left)
        return
    outcome, seen = Outcome(), set[str]()
    with run.session.writer.part(PROVIDER, run.place.folder, ABOVE.kind, PART, ABOVE.drop) as sink:
        for parent, records, error in ask_many(run.session, run.arm, ABOVE, [scope_of(one) for one in left]):
            for record in records:
                if is_new(record, seen):
                    sink.add("", {}, record)
            if error is None:
                outcome.answered += 1
                run.answered.add(str(parent["scope"]))
            else:
                outcome.fail(error)
        if not run.answered:
            outcome.fail(CallError("denied", "NoSubscription", "there is none whose role assignments may be read"))
        entry = sink.close()
        run.session.writer.commit(PART, entry, coverage_of(ABOVE, run.place, outcome, sink.records))
    run.session.advance("arm")


def _ask_built_in(run: Run) -> None:
    """Ask for Microsoft's own roles with the conditions in them, which a subscription that was asked by itself told."""
    scopes = (*sorted(run.tree.subscriptions), *sorted(run.tree.groups))
    readable = [scope for scope in scopes if not run.sight.lacking(scope, BUILT_IN.permissions)]
    asked = (readable or [scope for scope in scopes if run.sight.why_not(scope)])[:1]
    if asked and not run.defined:
        run.asker.ask(BUILT_IN, run.place, [scope_of(asked[0])])
    elif not asked:
        why = CallError("denied", "NoScope", "there is none whose roles may be read")
        run.asker.fail(run.place, [BUILT_IN], why)


def _rows_of(run: Run, call: Call) -> tuple[Coverage, ...]:
    return run.session.writer.coverage_of(PROVIDER, run.place.folder, call.kind, PART)


def ask_groups(run: Run) -> None:
    """Find the management groups where Resource Graph does not tell them: their list, and each with what lies in it.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over.
    """
    if run.asker.done(run.place, MANAGEMENT_GROUPS.kind):
        for record in run.asker.written(run.place, MANAGEMENT_GROUPS.kind):
            run.tree.learn(record)
        return
    outcome, listed = Outcome(), dict[str, Any]()
    with run.session.writer.part(PROVIDER, run.place.folder, MANAGEMENT_GROUPS.kind, PART) as sink:
        for _, records, error in ask_many(run.session, run.arm, MANAGEMENT_GROUPS, [{}]):
            listed |= {arm_ids.canonical(one["id"]): one for one in records if _has_id(one)}
            outcome.answered += error is None
            if error is not None:
                outcome.fail(error)
        whole = ask_many(run.session, run.arm, MANAGEMENT_GROUP, [scope_of(scope) for scope in sorted(listed)])
        for parent, records, error in whole:
            listed[str(parent["scope"])] = records[0] if records else listed[str(parent["scope"])]
            if error is not None:
                outcome.fail(error)
        for scope in _outermost_first(listed, run.tree.root):
            run.tree.learn(listed[scope])
            sink.add("", {}, listed[scope])
        entry = sink.close()
        row = coverage_of(MANAGEMENT_GROUPS, run.place, outcome, sink.records)
        run.session.writer.commit(PART, entry, row)


def _has_id(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("id"), str) and bool(record["id"])


def _outermost_first(listed: Mapping[str, Any], root: str) -> list[str]:
    """Order management groups so that one comes after the one that it lies in; they are six deep at most."""

    def depth(scope: str) -> int:
        steps, at = 0, scope
        while steps <= len(listed) and at != root and at in listed:
            above = search("properties.details.parent.id", listed[at])
            at = arm_ids.canonical(above) if isinstance(above, str) else ""
            steps += 1
        return steps

    return sorted(listed, key=lambda scope: (depth(scope), scope))


def ask_federated(run: Run) -> None:
    """Ask user-assigned identities for the federated credentials that let others be them.

    Raises:
        UserError: the snapshot cannot be written.
        Stopped: the run is over.
    """
    call = FEDERATED_CREDENTIALS
    if run.asker.done(run.place, call.kind):
        for row in _rows_of(run, call):
            if row.status.is_gap:  # of which identities is not kept
                run.untold = dict.fromkeys(run.tree.subscriptions, CallError("failed", "EarlierRun", row.detail))
        return
    outcome = Outcome()
    with run.session.writer.part(PROVIDER, run.place.folder, call.kind, PART, call.drop) as sink:
        for parent, records, error in ask_many(run.session, run.arm, call, identities(run.identities)):
            outcome.answered += error is None
            if error is not None and error.kind != "absent":  # deleted since it was listed
                outcome.fail(error)
                run.untold.setdefault(arm_ids.subscription_of(arm_ids.canonical(parent["id"])), error)
            for record in records:
                sink.add("", kept(call, parent), record)
        entry = sink.close()
        row = coverage_of(call, run.place, outcome, sink.records)
        run.session.writer.commit(PART, entry, row)
    run.session.advance("arm")


def identities(ids: set[str]) -> list[dict[str, str]]:
    """Write down user-assigned identities as what a row is asked about, sorted; what is no such id is left out.

    Args:
        ids: as they were answered: the group and the name are spelled as Azure does.
    """
    found: dict[str, dict[str, str]] = {}
    for id_ in sorted(ids):
        parts = id_.strip("/").split("/")
        if len(parts) == len(_IDENTITY) and all(
            want in ("", got.lower()) for want, got in zip(_IDENTITY, parts, strict=True)
        ):
            of = {"id": "/" + "/".join(parts), "subscription": parts[1], "group": parts[3], "name": parts[7]}
            found.setdefault(arm_ids.canonical(id_), of)
    return [found[key] for key in sorted(found)]


_IDENTITY = (
    "subscriptions",
    "",
    "resourcegroups",
    "",
    "providers",
    "microsoft.managedidentity",
    "userassignedidentities",
    "",
)
