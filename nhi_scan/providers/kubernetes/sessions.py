"""Which clusters are asked, and as whom: every context is signed in to before anything is listed.

Two contexts may be two users of one cluster. The uid of the namespace kube-system, which nobody can change, tells: such
a cluster is collected once, as the context that was named first.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import NothingReadError, UserError
from nhi_scan.providers.kubernetes import calls, kinds
from nhi_scan.providers.kubernetes.faults import CallError
from nhi_scan.providers.kubernetes.kubeconfig import Login, logins
from nhi_scan.providers.kubernetes.places import Place, cluster_place
from nhi_scan.providers.kubernetes.settings import KubernetesSettings, check_name
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.kubernetes.client import Client

_LIBRARIES = ("lightkube", "httpx", "httpx2")
_ANONYMOUS = '"system:anonymous"'  # as the server's refusal quotes it
_ATTEMPTS = 2  # of signing in: a wrong address is to be told soon


@dataclass(frozen=True, slots=True)
class Session:
    """One cluster that is collected.

    Attributes:
        place: its scope.
        login: who asks.
        client: the seam.
        version: what it said of its version when it was signed in to.
    """

    place: Place
    login: Login
    client: "Client"
    version: Mapping[str, Any]


# A context, with what tells its cluster from others: the uid, or the address where nobody may see that; or what failed.
_Answer = tuple[Session, "str | CallError"]


@contextmanager
def connected(
    settings: KubernetesSettings, writer: SnapshotWriter, stop: threading.Event, executor: Executor
) -> Iterator[list[Session]]:
    """Sign in to all clusters that are asked about; their connections are given back at the end.

    Args:
        settings: which contexts, how patient to be.
        writer: receives coverage where one of several does not work.
        stop: set when the run is over.
        executor: of threads: one cluster that does not answer keeps no other waiting.

    Raises:
        UserError: the libraries are not installed, a context cannot be used, or no cluster answers.
    """
    seam = _seam()
    found = logins(settings.kubeconfig, settings.contexts, os.environ)
    places = _places(settings, found)
    with ExitStack() as opened:
        clients = [opened.enter_context(closing(seam(login, settings, stop))) for login in found]
        yield _told_apart(list(executor.map(_sign_in, found, places, clients)), writer)


def _seam() -> "type[Client]":
    try:
        from nhi_scan.providers.kubernetes.client import Client  # noqa: PLC0415 - the libraries are an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise UserError(
            "Kubernetes' client library is not installed: `pip install 'nhi-governance-scan[kubernetes]'` brings it"
        ) from error
    return Client


def _told_apart(answers: list[_Answer], writer: SnapshotWriter) -> list[Session]:
    """Leave out what does not answer and what is the same cluster, with a word on each.

    Raises:
        NothingReadError: none answers.
    """
    sessions: list[Session] = []
    known: dict[str, Session] = {}  # by uid and by address: not everybody may see the uid
    for session, uid in answers:
        login = session.login
        if isinstance(uid, CallError):
            writer.cover(_row(session.place, kinds.VERSION, CoverageStatus.FAILED, uid.sentence))
            continue
        if same := known.get(uid) or known.get(login.server):
            detail = f"context `{login.context}` is the same cluster"
            writer.cover(_row(same.place, kinds.CONTEXTS, CoverageStatus.SKIPPED, detail))
        else:
            sessions.append(session)
        for mark in (uid, login.server):
            known.setdefault(mark, same or session)
    if not sessions:
        session, fault = answers[0]
        raise NothingReadError(f"{session.login.where} does not work: {getattr(fault, 'sentence', '')}")
    return sessions


def _row(place: Place, kind: str, status: CoverageStatus, detail: str) -> Coverage:
    return Coverage(provider=kinds.PROVIDER, scope_id=place.id, record_kind=kind, status=status, detail=detail[:300])


def _places(settings: KubernetesSettings, found: list[Login]) -> list[Place]:
    """Name the clusters.

    Raises:
        UserError: a name that none can have, or two whose folders would be one.
    """
    places: list[Place] = []
    for login in found:
        name = settings.name_of(login.context)
        check_name(name, f"{login.where}: ")
        place = cluster_place(name)
        for other in places:
            if other.folder.lower() == place.folder.lower():
                raise UserError(
                    f"{login.where}: `{name}` is too like the name of another cluster: "
                    "`providers.kubernetes.names` gives it another"
                )
        places.append(place)
    return places


def _sign_in(login: Login, place: Place, client: "Client") -> _Answer:
    """Ask who the cluster is."""
    try:
        version = client.get(calls.VERSION.path, attempts=_ATTEMPTS)
        uid = _uid(client, login)
    except CallError as error:
        return Session(place, login, client, {}), error
    return Session(place, login, client, version), uid or login.server


def _uid(client: "Client", login: Login) -> str:
    """Ask for the uid of kube-system; empty where nobody may see that.

    Raises:
        CallError: the cluster does not answer, or does not believe who asks.
    """
    try:
        metadata = client.get(calls.IDENTITY.path, attempts=_ATTEMPTS).get("metadata")
    except CallError as error:
        if error.kind == "denied" and _ANONYMOUS in error.detail and login.user:
            raise CallError("unsigned", "Forbidden", "the server takes who asks for `system:anonymous`") from error
        if error.kind not in ("denied", "absent"):
            raise
        return ""
    uid = metadata.get("uid") if isinstance(metadata, dict) else None
    return uid if isinstance(uid, str) else ""
