"""The one seam to Google Cloud, with `client_sdk` and `client_rest`: nothing else imports Google's libraries.

One method, `pages`: an operation of the call table, asked page by page, paced to the quotas and tried again as the
server says (https://cloud.google.com/apis/design/errors#error_retries). A thread has clients of its own: the sessions
below them are not made to be shared.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import Request

from nhi_scan.providers.gcp.client_rest import method_of, open_session, rest_page
from nhi_scan.providers.gcp.client_sdk import LIBRARIES, close_library, library_page, open_library
from nhi_scan.providers.gcp.faults import CallError, Stopped, classify
from nhi_scan.providers.gcp.settings import GcpSettings
from nhi_scan.providers.pace import Pace

_log = logging.getLogger(__name__)
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)  # every method of the call table takes it
_PAGES = 100_000  # more pages than any answer has
_FIRST_WAIT = 1.0  # seconds, doubled with every try up to
_FIRST_WAIT_FOR_A_QUOTA = 4.0  # so that all tries together outlast the minute that a quota is counted in
_LONGEST_WAIT = 60.0  # and no longer, whatever the server says


class Clients:
    """Google's APIs under one identity. Safe for threads.

    Args:
        settings: credentials, quotas, patience.
        clock: seconds, rising.
        sleep: waits; None for a wait that the end of the run interrupts.

    Raises:
        CallError: there are no credentials.
    """

    def __init__(
        self,
        settings: GcpSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep or self._pause
        self._lock = threading.Lock()
        self._own = threading.local()
        self._open: list[Callable[[], None]] = []
        self._paces: dict[str, Pace] = {}
        self._worn: dict[str, int] = {}  # by service: requests in a row that got no answer in any of their tries
        self.stop = threading.Event()
        try:
            self._credentials, self.project = _credentials(settings)
        except Exception as error:
            raise classify(error) from error

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    def pages(self, service: str, operation: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Ask, and yield the answer page by page, without page tokens.

        Args:
            service: a library (`asset_v1`) or an API with its version (`iam:v1`).
            operation: the library's method, or the API's method id.
            params: its parameters.

        Raises:
            CallError: no answer, or not all of it; the pages before it have been yielded.
            Stopped: the run is over.
        """
        token, seen = "", set[str]()
        for _ in range(_PAGES):
            page = self._patiently(service, operation, params, token)
            token = page.pop("nextPageToken", "") or ""
            yield page
            if not token:
                return
            if token in seen:
                raise CallError("failed", "PagingLoop", f"`{operation}` gave the same page token twice")
            seen.add(token)
        raise CallError("failed", "PagingLoop", f"`{operation}` gave more than {_PAGES} pages")

    def _patiently(self, service: str, operation: str, params: Mapping[str, Any], token: str) -> dict[str, Any]:
        pace, attempts = self._pace(service, operation), self._patience(service)
        for attempt in range(1, attempts + 1):
            if self.stop.is_set():
                raise Stopped
            pace.wait()
            try:
                page = self._once(service, operation, params, token)
            except CallError as error:
                _log.debug("%s failed: %s", operation, error)
                if self.stop.is_set():  # connections are closed under those who still ask: that is no failure
                    raise Stopped from error
                if not error.again:
                    self._worn[service] = 0
                    raise
                if attempt == attempts:
                    self._worn[service] = self._worn.get(service, 0) + 1
                    raise
                self._sleep(_delay(error, attempt))
            else:
                self._worn[service] = 0
                return page
        raise CallError("failed", "NoAttempt", "was never asked")

    def _patience(self, service: str) -> int:
        """Say how often a request is tried: once where the API has worn out all tries of several requests in a row."""
        settings = self._settings
        return 1 if self._worn.get(service, 0) >= settings.give_up_after else settings.max_attempts

    def _once(self, service: str, operation: str, params: Mapping[str, Any], token: str) -> dict[str, Any]:
        settings = self._settings
        try:
            if service in LIBRARIES:
                page = library_page(self._library(service), operation, params, token, settings.timeout)
            else:
                method = method_of(service, operation)
                if method is None:
                    raise CallError("failed", "UnknownOperation", f"`{service}` has no `{operation}`")  # noqa: TRY301 - classified as any other
                page = rest_page(self._session(), method, params, token, settings.endpoint, settings.timeout)
        except Exception as error:  # the libraries' errors share no base class; every one becomes coverage
            raise classify(error) from error
        if not isinstance(page, dict):
            raise CallError("failed", "OddAnswer", "the answer is no object")
        return page

    def _library(self, service: str) -> Any:
        held: dict[str, Any] = self._own.__dict__.setdefault("libraries", {})
        if service not in held:
            settings = self._settings
            client = open_library(service, self._credentials, settings.endpoint, settings.grpc_endpoint)
            held[service] = client
            with self._lock:
                self._open.append(lambda: close_library(client))
        return held[service]

    def _session(self) -> Any:
        session = self._own.__dict__.get("session")
        if session is None:
            session = self._own.session = open_session(self._credentials)
            with self._lock:
                self._open.append(session.close)
        return session

    def _pace(self, service: str, operation: str) -> Pace:
        settings = self._settings
        rates = {"list_assets": settings.assets_per_minute, "search_all_iam_policies": settings.searches_per_minute}
        name = operation if operation in rates else service
        with self._lock:
            if name not in self._paces:
                rate = rates.get(operation, settings.requests_per_minute)
                self._paces[name] = Pace(rate, self._clock, self._sleep)
            return self._paces[name]

    def login(self) -> None:
        """Find out whether the credentials work, before anything is asked with them.

        Raises:
            CallError: they do not.
        """
        if self._settings.endpoint:
            return
        try:
            self._credentials.refresh(Request())
        except Exception as error:
            raise classify(error) from error

    def close(self) -> None:
        """End what is under way and give all connections back."""
        self.stop.set()
        with self._lock:
            closing, self._open = self._open, []
        for close in closing:
            close()


def _delay(error: CallError, attempt: int) -> float:
    """Say how long to wait: as the server says, else twice as long with every try, a little apart from others."""
    if error.after is not None:
        return min(error.after, _LONGEST_WAIT)
    first = _FIRST_WAIT_FOR_A_QUOTA if error.kind == "throttled" else _FIRST_WAIT
    longest: float = min(first * 2 ** (attempt - 1), _LONGEST_WAIT)
    apart: float = random.uniform(0.75, 1.0)  # noqa: S311 - no secret
    return longest * apart


def _credentials(settings: GcpSettings) -> tuple[Any, str]:
    """Find credentials and the project that they belong to.

    Application default credentials: https://cloud.google.com/docs/authentication/application-default-credentials
    """
    if settings.endpoint:
        return AnonymousCredentials(), settings.quota_project
    credentials, project = google.auth.default(scopes=list(_SCOPES), quota_project_id=settings.quota_project or None)
    if settings.impersonate_service_account:
        credentials = impersonated_credentials.Credentials(
            source_credentials=credentials,
            target_principal=settings.impersonate_service_account,
            target_scopes=list(_SCOPES),
            quota_project_id=settings.quota_project or None,
        )
    return credentials, str(project or "")
