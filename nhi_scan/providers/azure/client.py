"""The one seam to Microsoft, with `client_graph` and `client_arm`: nothing else imports Microsoft's libraries.

Here: signing in, what every request has in common, and trying again. Requests are tried again here and not by
azure-core, so that a wait ends with the run and every try is counted:
https://learn.microsoft.com/graph/throttling#best-practices-to-handle-throttling
"""

import base64
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from azure.identity import (
    AzureCliCredential,
    CertificateCredential,
    ChainedTokenCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from nhi_scan import __version__
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.faults import CallError, Stopped, classify
from nhi_scan.providers.azure.settings import AzureSettings, is_guid
from nhi_scan.providers.azure.trust import Trust
from nhi_scan.providers.pace import Pace

T = TypeVar("T")

AGENT = f"nhi-scan/{__version__}"  # sign-in and activity logs show who asked
_log = logging.getLogger(__name__)
for _library in ("azure", "msal"):  # what they warn of is in the errors that they raise, and is said once
    logging.getLogger(_library).addHandler(logging.NullHandler())
_FIRST_WAIT = 1.0  # seconds, doubled with every try up to
_FIRST_WAIT_FOR_A_QUOTA = 4.0  # so that all tries together outlast the minute that a quota is counted in
_LONGEST_WAIT = 300.0  # and no longer, whatever the server says: Graph's windows are of 10 seconds to 5 minutes


class Clients:
    """Microsoft's APIs under one identity. Safe for threads.

    Attributes:
        settings: where to ask, as whom, how patient to be.
        credential: of azure-identity; give it to SDK clients together with `sdk_options`.
        stop: set where the run is over.
        lacks: `graph` or `arm` -> why no token for it is to be had; empty where both are.
        tenant: GUID of the tenant that the tokens are for; empty where they do not say.

    Args:
        settings: of the provider.
        clock: seconds, rising.
        sleep: waits; None for a wait that the end of the run interrupts.

    Raises:
        CallError: there are no credentials.
        UserError: the file of certificates cannot be used.
    """

    def __init__(
        self,
        settings: AzureSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.settings = settings
        self.stop = threading.Event()
        self.lacks: dict[str, CallError] = {}
        self.tenant = settings.tenant if is_guid(settings.tenant) else ""
        self._clock = clock
        self._sleep = sleep or self._pause
        self._lock = threading.Lock()
        self._trust = Trust(settings.ca_file, alone=bool(settings.authority))
        self._open: list[Callable[[], None]] = [self._trust.close]
        self._worn: dict[str, int] = {}  # by service: requests in a row that got no answer in any of their tries
        try:
            self.credential: Any = _InTenant(_credential(settings, self._identity_options()), settings)
        except Exception as error:
            self.close()
            raise classify(error) from error

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    def _identity_options(self) -> dict[str, Any]:
        settings = self.settings
        options: dict[str, Any] = {
            "authority": settings.authority or settings.place.authority,
            "connection_verify": self._trust.verify,
            "retry_total": min(settings.max_attempts - 1, 3),  # of asking for a token
        }
        if settings.authority:  # discovery would ask Microsoft about a server that it does not know
            options["disable_instance_discovery"] = True
        return options

    @property
    def sdk_options(self) -> Mapping[str, Any]:
        """Keyword arguments for every client of azure-core: whom to trust, how long to wait, no tries of its own."""
        return {
            "connection_verify": self._trust.verify,
            "connection_timeout": self.settings.timeout,
            "read_timeout": self.settings.timeout,
            "user_agent": AGENT,
            "retry_total": 0,
            "permit_redirects": False,
            "logging_enable": False,
        }

    def on_close(self, close: Callable[[], None]) -> None:
        """Note what gives connections back."""
        with self._lock:
            self._open.append(close)

    def pace(self, limit: int, window: float) -> Pace:
        """Make what keeps below a quota: so many requests in so many seconds."""
        return Pace(limit, self._clock, self._sleep, window)

    def ask(self, service: str, question: Callable[[], T], pace: Pace | None = None) -> T:
        """Ask once and again, as the server says, until there is an answer.

        Args:
            service: what wears out by itself: `graph`, `arm`, or a part of one.
            question: sends one request and returns its answer; whatever it raises is classified.
            pace: of the service, where it counts requests.

        Raises:
            CallError: no answer.
            Stopped: the run is over.
        """
        attempts = self._patience(service)
        for attempt in range(1, attempts + 1):
            if self.stop.is_set():
                raise Stopped
            if pace:
                pace.wait()
            try:
                answer = question()
            except Stopped:
                raise
            except Exception as raised:
                error = classify(raised, time.time())
                _log.debug("%s failed: %s", service, error)
                if self.stop.is_set():  # connections are closed under those who still ask: that is no failure
                    raise Stopped from raised
                if not error.again:
                    self._worn[service] = 0
                    raise error from raised
                if attempt == attempts:
                    self._worn[service] = self._worn.get(service, 0) + 1
                    raise error from raised
                self.wait(error, attempt)
            else:
                self._worn[service] = 0
                return answer
        raise CallError("failed", "NoAttempt", "was never asked")

    def wait(self, error: CallError, attempt: int) -> None:
        """Wait before the next try: as the server says, else twice as long with every try, a little apart from others.

        Raises:
            Stopped: the run is over.
        """
        self._sleep(_delay(error, attempt))

    def rest(self, seconds: float) -> None:
        """Leave the server alone for some seconds.

        Raises:
            Stopped: the run is over.
        """
        self._sleep(seconds)

    def _patience(self, service: str) -> int:
        """Say how often a request is tried: once where the API has worn out all tries of several requests in a row."""
        settings = self.settings
        return 1 if self._worn.get(service, 0) >= settings.give_up_after else settings.max_attempts

    def login(self) -> None:
        """Find out which tokens are to be had, before anything is asked with them.

        Raises:
            CallError: none.
            UserError: they are for another tenant than the one that was named.
            Stopped: the run is over.
        """
        scopes = {"graph": self.settings.place.graph_scope, "arm": self.settings.place.arm_scope}
        for service, scope in scopes.items():
            try:
                token = self.ask(f"login-{service}", partial(self.credential.get_token, scope))
            except CallError as error:
                self.lacks[service] = error
            else:
                told = tenant_of(token.token)
                if self.tenant and told and told != self.tenant:
                    raise UserError(f"the credentials are for the tenant `{told}`, and `{self.tenant}` was asked for")
                self.tenant = self.tenant or told
        if len(self.lacks) == len(scopes):
            raise self.lacks["graph"]

    def close(self) -> None:
        """End what is under way and give all connections back."""
        self.stop.set()
        with self._lock:
            closing, self._open = self._open, []
        for close in reversed(closing):
            close()


class _InTenant:
    """A credential that asks for tokens of the tenant that was named, wherever it is at home."""

    def __init__(self, credential: Any, settings: AzureSettings) -> None:
        self._credential = credential
        self._of = {"tenant_id": settings.tenant} if settings.tenant else {}

    def get_token(self, *scopes: str, **more: Any) -> Any:
        """Get an access token; threads may ask at once."""
        return self._credential.get_token(*scopes, **{**more, **self._of})

    def close(self) -> None:
        """Give connections back."""
        self._credential.close()


def _credential(settings: AzureSettings, options: dict[str, Any]) -> Any:
    """Make the credential that was chosen.

    https://learn.microsoft.com/python/api/overview/azure/identity-readme: environment variables, workload identity,
    managed identity, Azure CLI, in this order; a certificate where one was named.
    """
    wherever: dict[str, Any] = {"additionally_allowed_tenants": ["*"]} if settings.tenant else {}
    client_id: dict[str, Any] = {"client_id": settings.client_id} if settings.client_id else {}
    if settings.certificate:
        return CertificateCredential(
            settings.tenant, settings.client_id, certificate_path=settings.certificate, **options, **wherever
        )
    if settings.credential == "managed_identity":
        return ManagedIdentityCredential(**client_id)
    if settings.credential == "cli":
        return AzureCliCredential(
            tenant_id=settings.tenant, additionally_allowed_tenants=["*"], process_timeout=settings.timeout
        )
    if settings.credential == "environment":
        return EnvironmentCredential(**options, **wherever)
    tenant: dict[str, Any] = {"tenant_id": settings.tenant} if is_guid(settings.tenant) else {}
    workload = partial(WorkloadIdentityCredential, **client_id, **tenant, **options, **wherever)
    return workload() if settings.credential == "workload_identity" else _chain(settings, options, wherever, workload)


def _chain(
    settings: AzureSettings, options: dict[str, Any], wherever: dict[str, Any], workload: Callable[[], Any]
) -> Any:
    """Make the usual chain. The library's own asks the public cloud with a workload's token, whatever the cloud is."""
    links: list[Any] = [EnvironmentCredential(**options, **wherever)]
    try:
        links.append(workload())
    except ValueError as error:  # none is configured here
        _log.debug("no workload identity: %s", error)
    if (
        not settings.authority
    ):  # what follows has tokens of Microsoft's own login service, which a stand-in must not get
        named = {"managed_identity_client_id": settings.client_id} if settings.client_id else {}
        excluded = ("environment", "workload_identity", "visual_studio_code", "shared_token_cache", "broker")
        without: dict[str, Any] = {f"exclude_{name}_credential": True for name in excluded}
        links.append(
            DefaultAzureCredential(process_timeout=settings.timeout, **without, **named, **options, **wherever)
        )
    return ChainedTokenCredential(*links)


def tenant_of(token: str) -> str:
    """Read the tenant out of an access token, which is asked for nothing else; empty where it does not say.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference: the claim `tid`.
    """
    parts = token.split(".")
    try:
        body = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(body))
        tenant = claims["tid"]
    except (IndexError, KeyError, TypeError, ValueError):
        return ""
    return tenant.lower() if isinstance(tenant, str) and is_guid(tenant) else ""


def _delay(error: CallError, attempt: int) -> float:
    if error.after is not None:
        return min(error.after, _LONGEST_WAIT)
    first = _FIRST_WAIT_FOR_A_QUOTA if error.kind == "throttled" else _FIRST_WAIT
    longest: float = min(first * 2 ** (attempt - 1), _LONGEST_WAIT)
    apart: float = random.uniform(0.75, 1.0)  # noqa: S311 - no secret
    return longest * apart
