"""The one seam to API servers, with `client_login`: nothing else imports lightkube or httpx.

Of lightkube its reading of who signs in how is used (`lightkube.config`: tokens, token files that are rotated, client
certificates, programs of `exec`), and the HTTP client that it opens. Its typed resources are not: a list is read as the
JSON that the server sent, so that fields of newer servers survive and a kind can be asked for in whatever version there
is. A kubeconfig may name a program that prints a credential; it is run, as kubectl runs it.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

TLS is verified as the kubeconfig says; redirects are not followed, so that a credential stays with its server.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2 as httpx
from lightkube.core.exceptions import ConfigError

from nhi_scan import __version__
from nhi_scan.providers.kubernetes.calls import PLAIN
from nhi_scan.providers.kubernetes.client_login import impersonation, opened
from nhi_scan.providers.kubernetes.faults import CallError, Stopped, classify, refusal
from nhi_scan.providers.kubernetes.kubeconfig import Login
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from nhi_scan.snapshot import codec

_log = logging.getLogger(__name__)
_AGENT = f"nhi-scan/{__version__}"  # the cluster's audit log shows who asked
_PAGES = 100_000  # more pages than any list has
_FIRST_WAIT = 1.0  # seconds, doubled with every try up to
_LONGEST_WAIT = 30.0  # and no longer, whatever the server says
_GOOD, _BAD = 200, 300

# What a request raises; the last three where a program printed something that is no credential.
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ConfigError, OSError, ValueError, KeyError, TypeError)


class Client:
    """One API server under one identity. Safe for threads.

    Args:
        login: whom to ask as whom.
        settings: patience.
        stop: set when the run is over.
        sleep: waits some seconds; None for a wait that the end of the run interrupts.

    Raises:
        UserError: the kubeconfig says something that cannot be used.
    """

    def __init__(
        self,
        login: Login,
        settings: KubernetesSettings,
        stop: threading.Event,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._sleep = sleep or self._pause
        self._own = [("User-Agent", _AGENT), *impersonation(login)]
        self._http = opened(login, settings.timeout)
        name = login.cluster.get("tls-server-name")
        self._extensions = {"sni_hostname": name} if isinstance(name, str) and name else {}

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def get(
        self, path: str, params: Mapping[str, str | int] | None = None, accept: str = PLAIN, attempts: int = 0
    ) -> dict[str, Any]:
        """Ask for one thing, patiently.

        Args:
            path: with its leading slash.
            params: of the query.
            accept: media type.
            attempts: tries, where the settings do not allow fewer; 0 for theirs.

        Raises:
            CallError: no answer.
            Stopped: the run is over.
        """
        most = self._settings.max_attempts
        attempts = min(attempts, most) if attempts else most
        for attempt in range(1, attempts + 1):
            if self._stop.is_set():
                raise Stopped
            try:
                return self._once(path, params or {}, accept)
            except CallError as error:
                _log.debug("%s failed: %s", path, error)
                if self._stop.is_set():
                    raise Stopped from error
                if not error.again or attempt == attempts:
                    raise
                self._sleep(_delay(error, attempt))
        raise CallError("failed", "NoAttempt", "was never asked")

    def pages(self, path: str, params: Mapping[str, str | int], accept: str = PLAIN) -> Iterator[list[Any]]:
        """List, and yield the objects page by page.

        https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks

        Raises:
            CallError: no answer, or not all of it; the pages before it have been yielded. `gone` where the rest of the
                list has expired.
            Stopped: the run is over.
        """
        token, seen = "", set[str]()
        for _ in range(_PAGES):
            page = self.get(path, {**params, **({"continue": token} if token else {})}, accept)
            items, metadata = page.get("items"), page.get("metadata")
            if items is not None and not isinstance(items, list):
                raise CallError("failed", "OddAnswer", "the list has no items")
            yield items or []  # Go writes an empty list as null
            following = metadata.get("continue") if isinstance(metadata, dict) else None
            token = following if isinstance(following, str) else ""
            if not token:
                return
            if token in seen:
                raise CallError("failed", "PagingLoop", "the list went on with the same page twice")
            seen.add(token)
        raise CallError("failed", "PagingLoop", f"the list has more than {_PAGES} pages")

    def _once(self, path: str, params: Mapping[str, str | int], accept: str) -> dict[str, Any]:
        try:
            headers = [("Accept", accept), *self._own]
            answer = self._http.get(path, params=params, headers=headers, extensions=self._extensions)
            body = _decoded(answer)
        except _FAULTS as error:
            raise classify(error) from error
        if not _GOOD <= answer.status_code < _BAD:
            raise refusal(answer.status_code, body, answer.headers.get("Retry-After", ""))
        if not isinstance(body, dict):
            raise CallError("failed", "OddAnswer", "the answer is no object of JSON")
        return body

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def _decoded(answer: httpx.Response) -> Any:
    """Read JSON; None for what is none, as a proxy's page."""
    try:
        return codec.decode_any(answer.content)
    except codec.CodecError:
        return None


def _delay(error: CallError, attempt: int) -> float:
    """Say how long to wait: as the server says, else twice as long with every try."""
    if error.after is not None:
        return min(error.after, _LONGEST_WAIT)
    return min(_FIRST_WAIT * 2.0 ** (attempt - 1), _LONGEST_WAIT)
