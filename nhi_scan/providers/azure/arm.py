"""Collecting Azure Resource Manager: four queries of Resource Graph, and what it does not have, scope by scope.

Besides them: deny assignments and PIM of each subscription and management group, and the federated credentials of each
user-assigned identity, twenty questions in a request. `arm_sight` says when any of it is complete.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.arm_by_subscription import ask_by_subscription, kinds_written
from nhi_scan.providers.azure.arm_cover import (
    cover_federated,
    cover_groups,
    cover_inheritance,
    cover_parts,
    cover_scopes,
    cover_subscriptions,
    cover_tenant,
)
from nhi_scan.providers.azure.arm_listing import find_scopes, hidden_groups
from nhi_scan.providers.azure.arm_many import ask_many
from nhi_scan.providers.azure.arm_parts import ask_parts
from nhi_scan.providers.azure.arm_query import query
from nhi_scan.providers.azure.arm_run import Keep, Run, is_new, scope_of
from nhi_scan.providers.azure.arm_scopes import ask_federated, ask_scopes
from nhi_scan.providers.azure.arm_tree import Tree
from nhi_scan.providers.azure.arm_trim import trimmed
from nhi_scan.providers.azure.asking import Asker
from nhi_scan.providers.azure.calls.arm import (
    ARM,
    FEDERATED_CREDENTIALS,
    OF_SCOPES,
    PERMISSIONS,
    PERMISSIONS_KIND,
    PROVIDER_OPERATIONS,
    SUBSCRIPTIONS,
)
from nhi_scan.providers.azure.calls.arm_graph import (
    CONTAINERS,
    IDENTITY_TYPE,
    MANAGEMENT_GROUPS,
    RESOURCE_GRAPH,
    SWEEPS,
)
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.places import PROVIDER, Place
from nhi_scan.providers.azure.sessions import Job, Session

_AT_TENANT = tuple(dict.fromkeys(call.kind for call in (*RESOURCE_GRAPH, *ARM) if call.kind != PERMISSIONS_KIND))


def collect_arm(session: Session) -> Job:
    """Collect whatever Resource Manager and Resource Graph tell; what does not work becomes coverage.

    To be called from outside a job: it starts jobs and waits for them.

    Returns:
        What is to be done when nothing else is left: it puts together what was written, which an interrupted collection
        reads back from its parts.

    Raises:
        UserError: nothing of what the settings name is shown, or the snapshot cannot be written.
        Stopped: the run is over.
    """
    if error := session.clients.lacks.get("arm"):
        return _lack(session, error)
    from nhi_scan.providers.azure.client_arm import Arm  # noqa: PLC0415 - the libraries are an extra, and slow to load

    arm = Arm(session.clients)
    asker = Asker(arm.pages, session.writer, session.settings.give_up_after)
    run = Run(session=session, arm=arm, asker=asker, tree=Tree(session.tenant))
    if _is_joined(run):
        return partial(_finish_again, run)
    find_scopes(run)
    _look(run)
    session.side_by_side(
        [
            *(partial(_sweep, run, call) for call in SWEEPS),
            partial(asker.ask, PROVIDER_OPERATIONS, session.place),  # type: ignore[list-item]  # its result is not used
        ]
    )
    instead = _instead(run)
    ask_by_subscription(run, instead)
    ask_scopes(run)
    ask_federated(run)
    ask_parts(run)
    return partial(_finish, run, instead)


def _lack(session: Session, error: CallError) -> Job:
    asker = Asker(lambda *_: iter(()), session.writer, 1)
    asker.fail(session.place, [call for call in (*RESOURCE_GRAPH, *ARM) if call.kind in _AT_TENANT_ALONE], error)
    return partial(asker.join, session.place, _AT_TENANT_ALONE)


_AT_TENANT_ALONE = tuple(
    kind for kind in _AT_TENANT if kind not in kinds_written() and kind != kinds.ARM_MANAGEMENT_GROUPS
)


def _look(run: Run) -> None:
    """Find out what may be read at each scope, and at the root."""
    scopes = sorted(run.tree.subscriptions | run.tree.groups | {run.tree.root})
    for parent, sets, error in ask_many(run.session, run.arm, PERMISSIONS, [scope_of(one) for one in scopes]):
        run.sight.learn(str(parent["scope"]), sets, error)
    run.session.advance("arm")


def _sweep(run: Run, call: Call) -> None:
    keep: Keep | None = trimmed if call.kind == kinds.ARG_RESOURCES else None
    seen = set[str]()

    def pages() -> Iterator[Iterable[Any]]:
        for page in query(run.arm, call, run.tree.guids) if run.tree.subscriptions else ():
            # What lies above a subscription, and Microsoft's own roles, come with every lot of subscriptions again.
            yield [row for row in page if _inside(row) or is_new(row, seen)]

    def note(row: Any) -> None:
        run.count(call.kind, row)
        run.note_whole(row)
        id_, type_ = row.get("id"), row.get("type")
        if isinstance(type_, str) and type_.lower() == IDENTITY_TYPE and isinstance(id_, str):
            run.identities.add(id_)

    run.write(call, pages(), note, keep)
    run.session.advance("resource-graph")


def _inside(row: Mapping[str, Any]) -> bool:
    id_ = row.get("id")
    return isinstance(id_, str) and id_.lower().startswith("/subscriptions/")


def _instead(run: Run) -> dict[str, frozenset[str]]:
    """Find what Resource Graph did not give: all subscriptions where it refused, else those that it has no row of."""
    unknown = frozenset(run.tree.subscriptions - run.tree.shown)
    found = {}
    for call in (CONTAINERS, *SWEEPS):
        outcome = run.outcomes[call.kind]
        refused = outcome.error is not None and not outcome.answered
        if scopes := frozenset(run.tree.subscriptions) if refused else unknown:
            found[call.kind] = scopes
    return found


def _finish(run: Run, instead: Mapping[str, frozenset[str]]) -> None:
    """Say what could be seen, and put together what was written.

    Coverage of the tenant is said at last: joining says it anew. The list of subscriptions is joined first: where it is
    and more is not, a collection that goes on knows that it was here.
    """
    for call in (CONTAINERS, *SWEEPS):
        cover_subscriptions(run, call, instead.get(call.kind, frozenset()))
    cover_groups(run)
    cover_inheritance(run)
    for scope in run.tree.absent:
        run.cover(SUBSCRIPTIONS, scope, CoverageStatus.DENIED, "the subscription was named, and is not shown")
    for scope in hidden_groups(run):
        detail = "the management group was named, and nothing of it is shown"
        run.cover(CONTAINERS, scope, CoverageStatus.DENIED, detail, permission=MANAGEMENT_GROUPS.permissions[-1])
    federated = cover_federated(run)
    _join(run, [Place(scope) for scope in sorted(run.tree.subscriptions)])
    if federated:
        run.cover(FEDERATED_CREDENTIALS, run.place.id, CoverageStatus.PARTIAL, federated)
    cover_scopes(run)
    cover_parts(run)
    cover_tenant(run, instead)
    run.session.writer.settle(PROVIDER, run.place.folder)


def _join(run: Run, places: Iterable[Place]) -> None:
    run.asker.join(run.place, [SUBSCRIPTIONS.kind])
    for place in places:
        run.asker.join(place, kinds_written())
    run.asker.join(run.place, _AT_TENANT)


def _is_joined(run: Run) -> bool:
    """Tell whether an earlier run was interrupted while it put things together: all had been asked then."""
    asked = run.asker.done(run.place, SUBSCRIPTIONS.kind)
    return asked and not run.session.writer.coverage_of(PROVIDER, run.place.folder, SUBSCRIPTIONS.kind)


def _finish_again(run: Run) -> None:
    """Put together what an earlier run left. What it knew of the whole tenant is lost, so none of it is complete."""
    for envelope in run.session.writer.read_kinds(PROVIDER, lambda kind: kind == SUBSCRIPTIONS.kind):
        run.tree.list(envelope.value())
    _join(run, [Place(scope) for scope in sorted(run.tree.subscriptions)])
    for call in (SUBSCRIPTIONS, CONTAINERS, *SWEEPS, *OF_SCOPES, FEDERATED_CREDENTIALS):
        run.cover(call, run.place.id, CoverageStatus.PARTIAL, "the collection was interrupted at its very end")
