"""The collector: what a server has and its namespaces first, then every kind side by side, cluster by cluster.

An error of one kind never loses another: it becomes coverage. A kind that was finished in a run that is resumed is not
asked for again.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from functools import partial

from nhi_scan.model.errors import NothingReadError
from nhi_scan.providers.kubernetes import calls, kinds
from nhi_scan.providers.kubernetes.asking import Asker
from nhi_scan.providers.kubernetes.calls import Listing, Reading
from nhi_scan.providers.kubernetes.sessions import connected
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from nhi_scan.providers.kubernetes.use import check_logs, note_use
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

Job = Callable[[], None]

_STEPS = 3 + len(calls.LISTINGS) + len(calls.READINGS)
_KINDS = (
    kinds.API_RESOURCES,
    kinds.NAMESPACES,
    kinds.AUDIT_USERS,
    *(one.kind for one in (*calls.LISTINGS, *calls.READINGS)),
)


def collect(settings: KubernetesSettings, writer: SnapshotWriter, progress: Progress, executor: Executor) -> None:
    """Collect the clusters that the settings name into a snapshot; what does not work becomes coverage.

    Args:
        settings: contexts, how patient to be.
        writer: of a new snapshot, or of one that is resumed: what it has is not asked for again.
        progress: is told about every step.
        executor: of threads; gives the bound on requests in flight.

    Raises:
        UserError: a kubeconfig or context that cannot be used, no cluster that answers and lets anything be listed, a
            namespace that none of them has, or the snapshot cannot be written.
    """
    check_logs(settings)
    stop = threading.Event()
    with connected(settings, writer, stop, executor) as sessions:
        try:
            askers = [Asker(session, writer, settings) for session in sessions]
            for asker in askers:
                progress.start(asker.session.place.id, _STEPS)
            run = _Run(progress, executor, stop)
            run.side_by_side(partial(run.begin, asker) for asker in askers)
            _check_namespaces(askers)
            run.side_by_side(job for asker in askers for job in run.kinds_of(asker))
            _refuse_nothing(askers)
            for asker in askers:
                run.join(asker, writer)
        finally:
            stop.set()


def _check_namespaces(askers: list[Asker]) -> None:
    """Refuse a namespace that no cluster has: of one that is misspelt, everything would be called complete.

    Raises:
        NothingReadError: there is one. Where somebody may not list namespaces, nobody knows.
    """
    missing = set.intersection(*(set(asker.unknown) for asker in askers))
    if missing:
        known = "no cluster has it" if len(askers) > 1 else f"{askers[0].session.login.where} has none of that name"
        raise NothingReadError(f"`--namespace`: there is no namespace `{min(missing)}`: {known}")


def _refuse_nothing(askers: list[Asker]) -> None:
    """Say what is wrong where nobody let anything be listed, instead of writing an empty snapshot.

    Raises:
        NothingReadError: nobody did.
    """
    if any(asker.answered or not asker.refusal for asker in askers):
        return
    asker = askers[0]
    login = asker.session.login
    hint = "`nhi-scan permissions kubernetes` prints the role that is needed" if login.user else "it names no user"
    raise NothingReadError(f"nothing of {login.where} can be read: {asker.refusal}: {hint}")


class _Run:
    """One collection."""

    def __init__(self, progress: Progress, executor: Executor, stop: threading.Event) -> None:
        self._stop = stop
        self._progress = progress
        self._executor = executor

    def begin(self, asker: Asker) -> None:
        """Ask what everything else rests on."""
        asker.discover()
        self._step(asker, "apis")
        asker.find_namespaces()
        self._step(asker, calls.NAMESPACES.resource)

    def kinds_of(self, asker: Asker) -> list[Job]:
        """Return what is asked once that is known."""
        return [
            *(partial(self._list, asker, listing) for listing in calls.LISTINGS),
            *(partial(self._read, asker, reading) for reading in calls.READINGS),
            partial(self._use, asker),
        ]

    def _use(self, asker: Asker) -> None:
        note_use(asker)
        self._step(asker, "audit log")

    def _list(self, asker: Asker, listing: Listing) -> None:
        if listing is calls.SECRETS and not asker.settings.secrets:
            asker.skip(listing.kind, "`secrets` is off")
        else:
            asker.ask(listing)
        self._step(asker, listing.resource)

    def _read(self, asker: Asker, reading: Reading) -> None:
        asker.read(reading)
        self._step(asker, reading.path)

    def _step(self, asker: Asker, what: str) -> None:
        self._progress.advance(asker.session.place.id, what)

    def side_by_side(self, jobs: Iterable[Job]) -> None:
        """Run jobs and wait for all; the first that fails ends the others at their next request.

        They are waited for in any case: a connection is not taken from whoever asks over it.
        """
        running = [self._executor.submit(job) for job in jobs]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future.done():
                    future.result()
        except BaseException:
            self._stop.set()
            for future in running:
                future.cancel()
            raise
        finally:
            wait(running)

    def join(self, asker: Asker, writer: SnapshotWriter) -> None:
        """Put together what was written of a cluster."""
        place = asker.session.place
        for kind in _KINDS:
            writer.join(kinds.PROVIDER, place.folder, kind)
        writer.settle(kinds.PROVIDER, place.folder)
        self._progress.done(place.id)
