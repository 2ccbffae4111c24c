"""What every part of a collection works with: who asks, which tenant, where records go, how work is shared out.

The two halves meet in `collect.collect`. It calls `arm.collect_arm(session)` from outside any job, once, while the
sweep of Microsoft Graph runs; that asks all of Resource Manager (by `session.side_by_side`), and returns what joins its
records at the very end. `arm_named` reads back whom they name: Graph is asked who those are. Rows of Resource Manager
are asked through an `asking.Asker` of their own.
"""

import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.places import Place
from nhi_scan.providers.azure.settings import AzureSettings
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.providers.azure.client import Clients

_LOGIN = (
    "(`az login` makes some; so does an application in `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`)"
)
# What an application signs in with: https://learn.microsoft.com/python/api/azure-identity/azure.identity.environmentcredential
# and https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
_WHO = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")
_PROOFS = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE")
_READS_VARIABLES = ("default", "environment", "workload_identity")
_UNCONNECTED = re.compile(r"HTTPSConnection(?:Pool)?\(host='([^']+)', port=(\d+)\)[^:]*: *(.*)")
_LIBRARIES = ("azure", "msal", "requests", "certifi", "cryptography")

Job = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One collection of one tenant.

    `clients.lacks` says whether there is a token at all: where `"arm" in session.clients.lacks`, every kind of Resource
    Manager is a row of coverage with that error, and nothing is asked.

    Attributes:
        clients: credential, SDK options, `ask` (tries again, classifies, stops with the run).
        place: the tenant, `/tenants/<guid>`: where records are stored and what coverage is about.
        writer: receives records and coverage.
        progress: is told about every step, by the tenant's id.
        executor: of threads.
    """

    clients: "Clients"
    place: Place
    writer: SnapshotWriter
    progress: Progress
    executor: Executor

    @property
    def settings(self) -> AzureSettings:
        """One run's choices."""
        return self.clients.settings

    @property
    def tenant(self) -> str:
        """GUID of the tenant."""
        return self.place.id.rpartition("/")[2]

    def advance(self, service: str) -> None:
        """Note that a step is done."""
        self.progress.advance(self.place.id, service)

    def start(self, jobs: Iterable[Job]) -> "Running":
        """Run jobs side by side; wait for them with `Running.wait`. A job must not start others and wait for them."""
        return Running(self, [self.executor.submit(job) for job in jobs])

    def side_by_side(self, jobs: Iterable[Job]) -> None:
        """Run jobs and wait for all; only from outside a job."""
        self.start(jobs).wait()


class Running:
    """Jobs under way."""

    def __init__(self, session: Session, futures: list["Future[None]"]) -> None:
        self._session = session
        self._futures = futures

    def abandon(self) -> None:
        """End the jobs: those that have not begun do not, the others stop at their next request."""
        self._session.clients.stop.set()
        for future in self._futures:
            future.cancel()

    def wait(self) -> None:
        """Wait for all; the first that fails ends the others at their next request.

        Raises:
            UserError: or whatever else a job raised.
        """
        try:
            wait(self._futures, return_when=FIRST_EXCEPTION)
            for future in self._futures:
                if future.done() and not future.cancelled() and (error := future.exception()):
                    raise error
            wait(self._futures)
        finally:
            if [future for future in self._futures if not future.cancel() and not future.done()]:
                self._session.clients.stop.set()


def connect(settings: AzureSettings) -> "Clients":
    """Sign in.

    Raises:
        UserError: the libraries are not installed, or no credentials work.
    """
    try:
        from nhi_scan.providers.azure.client import Clients  # noqa: PLC0415 - the libraries are an extra, and slow to load
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise UserError(
            "Microsoft's client libraries are not installed: `pip install 'nhi-governance-scan[azure]'` brings them"
        ) from error
    clients = None
    try:
        clients = Clients(settings)
        clients.login()
    except BaseException as error:
        if clients:
            clients.close()
        if not isinstance(error, CallError):
            raise
        raise UserError(_refused(error, settings)) from error
    return clients


def _refused(error: CallError, settings: AzureSettings) -> str:
    """Say why nobody is signed in: no way to the login service, half of what an application needs, or what it said."""
    unconnected = _UNCONNECTED.search(error.detail)
    if unconnected:
        host, port, why = unconnected.groups()
        return f"the login service at `https://{host}:{port}` cannot be reached: {why}"
    half = _half_set() if settings.credential in _READS_VARIABLES and not settings.certificate else ""
    said = f"{error.sentence.rstrip('.')}; {half}" if half else error.sentence
    return f"the current Azure credentials do not work: {said} {_LOGIN}"


def _half_set() -> str:
    """Name what is missing where some of the variables of an application are set; empty where none is, or enough."""
    lacking = [f"`{name}`" for name in _WHO if not os.environ.get(name)]
    if not any(os.environ.get(name) for name in _PROOFS):
        lacking.append(f"one of {', '.join(f'`{name}`' for name in _PROOFS)}")
    is_set = [f"`{name}`" for name in (*_WHO, *_PROOFS) if os.environ.get(name)]
    return f"{' and '.join(is_set)} set, and not {' and '.join(lacking)}" if is_set and lacking else ""
