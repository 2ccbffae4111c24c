"""The collector: a directory in a few listings and what they name, subscriptions in a few queries beside it.

Microsoft Graph is asked in stages. First what can be listed (service principals, applications, roles, policies), side
by side; then what hangs on what was found (more owners, who has an API's permissions, federated credentials); at last
who all those are that something names, Resource Manager included: users, groups with whoever is in them, objects that
are gone. Within a stage an error of one part never loses another: it becomes coverage.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.azure import arm, follow, named
from nhi_scan.providers.azure.arm_named import named_by_arm
from nhi_scan.providers.azure.asking import Asker, Outcome
from nhi_scan.providers.azure.calls import graph, graph_follow
from nhi_scan.providers.azure.naming import Naming, guid
from nhi_scan.providers.azure.places import tenant_place
from nhi_scan.providers.azure.sessions import Job, Session, connect
from nhi_scan.providers.azure.settings import AzureSettings
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

Note = Callable[[Any], None]
_CALLS = (*graph.SWEEP, *graph.USAGE, *graph_follow.FOLLOWED, *graph_follow.NAMED)
_KINDS = tuple(dict.fromkeys(call.kind for call in _CALLS))
# Where an API is not there at all, nothing is missing.
_UNSERVED = {
    graph.RISKY.kind: "this cloud has no report of risks",
    **dict.fromkeys((call.kind for call in graph.AGENTS), "this cloud has no identities of agents"),
    **dict.fromkeys((call.kind for call in graph.USAGE), "this cloud has no report of sign-ins"),
}


def collect(settings: AzureSettings, writer: SnapshotWriter, progress: Progress, executor: Executor) -> None:
    """Collect a tenant, and the subscriptions that the settings name, into a snapshot.

    Args:
        settings: tenant, credentials, how patient to be.
        writer: of a new snapshot, or of one that is resumed: what it has is not asked for again.
        progress: is told about every step.
        executor: of threads; gives the bound on calls in flight.

    Raises:
        UserError: no credentials work, nobody tells the tenant, or the snapshot cannot be written.
    """
    clients = connect(settings)
    try:
        from nhi_scan.providers.azure.client_graph import Graph  # noqa: PLC0415 - the libraries are an extra

        seam = Graph(clients)
        asker = Asker(seam.fetch, writer, settings.give_up_after, seam.fetch_many)
        place = tenant_place(clients.tenant or _told(asker))
        session = Session(clients=clients, place=place, writer=writer, progress=progress, executor=executor)
        _Run(session, asker).all()
    finally:
        clients.close()


def _told(asker: Asker) -> str:
    """Ask the directory for its own id, where neither the settings nor a token say it.

    Raises:
        UserError: it does not tell.
    """
    outcome = Outcome()
    for _, records in asker.answers(graph.ORGANIZATION, [{}], outcome):
        for record in records:
            if isinstance(record, dict) and (id_ := guid(record.get("id"))):
                return id_
    why = f" ({outcome.error.sentence})" if outcome.error else ""
    raise UserError(f"nothing tells the id of the tenant{why}: name it with `--tenant`")


class _Run:
    """One collection of one tenant."""

    def __init__(self, session: Session, asker: Asker) -> None:
        self._session = session
        self._asker = asker
        self._place = session.place
        self._naming = Naming()
        self._learned: list[Naming] = []  # one of each part that is under way

    def all(self) -> None:
        """Go through the stages; within one, everything side by side."""
        session = self._session
        session.progress.start(self._place.id)
        if error := session.clients.lacks.get("graph"):
            self._asker.fail(self._place, {call.kind: call for call in _CALLS}.values(), error)
            finish = arm.collect_arm(session)
        else:
            finish = self._directory()
        finish()
        self._asker.join(self._place, _KINDS)
        session.progress.done(self._place.id)

    def _directory(self) -> Job:
        session, settings = self._session, self._session.settings
        if not settings.usage:
            self._asker.skip(self._place, graph.USAGE, "`--usage` asks for it")
        listed = session.start(self._sweep(graph.SWEEP if not settings.usage else (*graph.SWEEP, *graph.USAGE)))
        try:
            finish = arm.collect_arm(session)
        except BaseException:
            listed.abandon()
            raise
        listed.wait()
        self._learn()
        session.side_by_side(self._follow())
        self._learn()
        self._naming.merge(named_by_arm(session.writer))
        named.resolve(self._asker, self._place, self._naming, 0 if settings.usage else settings.groups_at_most)
        session.advance("graph")
        named.users(self._asker, self._place, self._naming)
        session.advance("graph")
        return finish

    def _learn(self) -> None:
        for naming in self._learned:
            self._naming.merge(naming)
        self._learned.clear()

    def _part(self) -> Naming:
        naming = Naming()
        self._learned.append(naming)
        return naming

    def _sweep(self, calls: tuple[Call, ...]) -> list[Job]:
        return [partial(self._ask, call, _note(call, self._part())) for call in calls]

    def _follow(self) -> list[Job]:
        jobs: list[Job] = [
            partial(self._ask, call, self._part().object)
            for call in (graph_follow.SERVICE_PRINCIPAL_OWNERS, graph_follow.APPLICATION_OWNERS)
        ]
        return [
            partial(self._ask, graph_follow.APP_ROLE_ASSIGNMENTS, self._part().principal),
            partial(self._do, partial(follow.federated, self._asker, self._place)),
            *jobs,
            partial(self._ask, graph_follow.APP_MANAGEMENT_TARGETS, None),
            partial(self._ask, graph_follow.AGENT_INHERITABLE_PERMISSIONS, None),
            partial(self._do, partial(follow.sponsors, self._asker, self._place, self._part())),
            partial(
                self._do,
                partial(follow.units, self._asker, self._place, self._naming.units, self._part()),
            ),
        ]

    def _ask(self, call: Call, note: Note | None) -> None:
        self._asker.ask(call, self._place, note=note, unserved=_UNSERVED.get(call.kind, ""))
        self._session.advance("graph")

    def _do(self, part: Job) -> None:
        part()
        self._session.advance("graph")


def _note(call: Call, naming: Naming) -> Note | None:
    """Choose what is learned from the records of a listing."""
    notes: dict[str, Note] = {
        graph.SERVICE_PRINCIPALS.kind: naming.owners,
        graph.APPLICATIONS.kind: naming.owners,
        graph.GRANTS.kind: naming.grant,
        graph.ROLE_ASSIGNMENTS.kind: naming.principal,
        graph.ASSIGNMENT_INSTANCES.kind: naming.principal,
        graph.ELIGIBILITY_INSTANCES.kind: naming.principal,
        graph.ROLE_POLICIES.kind: naming.approvers,
        graph.ROLE_GROUPS.kind: naming.listed_group,
        graph.BLUEPRINTS.kind: naming.owners,
        graph.BLUEPRINT_PRINCIPALS.kind: naming.owners,
        graph.AGENT_IDENTITIES.kind: naming.owners,
        graph.AGENT_USERS.kind: naming.agent_user,
    }
    return notes.get(call.kind)
