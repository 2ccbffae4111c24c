"""The one seam to GitHub, with `client_app`: nothing else sends a request.

One method, `pages`: a path, asked page by page, paced, tried again as GitHub says. Redirections are followed on the
same server and nowhere else: the token goes with every request.
"""

import json
import logging
import os
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from nhi_scan import __version__
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.client_app import App, Given, Tokens, read_key
from nhi_scan.providers.github.faults import CallError, Stopped, classify, of_answer
from nhi_scan.providers.github.limits import Limits
from nhi_scan.providers.github.settings import PUBLIC_API, GitHubSettings, called
from nhi_scan.providers.pace import Pace

# https://docs.github.com/rest/about-the-rest-api/api-versions: GitHub Enterprise Server has it since 3.9
VERSION = "2022-11-28"
# As GitHub's own command line reads them: https://cli.github.com/manual/gh_help_environment
_PUBLIC_VARIABLES = ("GH_TOKEN", "GITHUB_TOKEN")
_SERVER_VARIABLES = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", *_PUBLIC_VARIABLES)
_HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": f"nhi-scan/{__version__}",
    "X-GitHub-Api-Version": VERSION,
}
_PAGES = 100_000  # more pages than any answer has
_HOPS = 3
_MOVED = frozenset({301, 302, 307, 308})
_TO_CONNECT = 15.0  # seconds
_FIRST_WAIT = 1.0  # seconds, doubled with every try up to
_LONGEST_WAIT = 60.0  # and no longer, whatever the server says: limits are waited for apart
_INSTALLATION = "ghs_"  # how tokens of an installation begin, that of a job of Actions among them
_log = logging.getLogger(__name__)


class Page(NamedTuple):
    """One page of an answer."""

    body: Any
    moved: bool  # GitHub sent elsewhere: a repository has another name now
    partial: bool  # organizations that want single sign-on are left out


class Clients:
    """GitHub's REST API under one identity. Safe for threads.

    Attributes:
        stop: set where the run is over.
        limits: the rate limits that were met.
        app: the GitHub App that is signed in as; None with a token.
        is_installation: whether the token is an installation's, which is no person.

    Args:
        settings: where to ask, as whom, how patient to be.
        wanted: permissions, `name` -> level, that an app's tokens are made with.
        clock: seconds, rising.
        sleep: waits; None for a wait that the end of the run interrupts.

    Raises:
        UserError: there is no token, or a file cannot be used.
    """

    def __init__(
        self,
        settings: GitHubSettings,
        wanted: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep or self._pause
        self._ahead = 0.0  # seconds that the server's clock is ahead
        self._worn = 0  # requests in a row that got no answer in any of their tries
        self.stop = threading.Event()
        self.limits = Limits(settings.wait_at_most, clock, self._sleep)
        self._pace = Pace(settings.requests_per_minute, clock, self._sleep)
        self.app: App | None = None
        self._tokens: Tokens
        if settings.app_id:
            key = read_key(settings.private_key)
            self._tokens = self.app = App(settings.app_id, key, self._post, clock, self._server_time, wanted)
            self.is_installation = True
        else:
            token = _token(settings)
            self._tokens, self.is_installation = Given(token), token.startswith(_INSTALLATION)
        self._http = httpx.Client(
            verify=_trust(settings.ca_file),
            timeout=httpx.Timeout(settings.timeout, connect=min(settings.timeout, _TO_CONNECT)),
            headers=_HEADERS,
            follow_redirects=False,
        )

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    def _server_time(self) -> float:
        return time.time() + self._ahead

    def pages(self, path: str, query: Mapping[str, Any], owner: str, attempts: int = 0) -> Iterator[Page]:
        """Ask, and yield the answer page by page.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api: by the header `Link`.

        Args:
            path: below the API's address, encoded: `/repos/northwind/shop/keys`.
            query: parameters.
            owner: whose things are asked about: an app has a token for each. Empty: the app itself.
            attempts: tries of a request that gets no answer, where the settings do not allow fewer; 0 for theirs.

        Raises:
            CallError: no answer, or not all of it; the pages before it have been yielded.
            Stopped: the run is over.
        """
        address, seen = str(httpx.URL(self._settings.api + path, params=dict(query) or None)), set[str]()
        for _ in range(_PAGES):
            seen.add(address)
            response, body, moved = self._patiently(address, owner, attempts)
            partial = response.headers.get("x-github-sso", "").startswith("partial-results")
            yield Page(body, moved, partial)
            following = response.links.get("next", {}).get("url", "")
            if not following:
                return
            address = urljoin(address, following)
            if not self._is_ours(address):
                raise CallError("moved", "OddLink", "the next page is on another server, where the token is not sent")
            if address in seen:
                raise CallError("failed", "PagingLoop", "a page came twice")
        raise CallError("failed", "PagingLoop", f"there were more than {_PAGES} pages")

    def _is_ours(self, address: str) -> bool:
        own, other = urlsplit(self._settings.api), urlsplit(address)
        return (other.scheme, other.netloc) == (own.scheme, own.netloc)

    def _patiently(self, address: str, owner: str, most: int) -> tuple[httpx.Response, Any, bool]:
        attempts = 1 if self._worn >= self._settings.give_up_after else self._settings.max_attempts
        for attempt in range(1, attempts + 1):
            if self.stop.is_set():
                raise Stopped
            self.limits.enter()
            self._pace.wait()
            try:
                found = self._once(address, owner)
            except CallError as error:
                _log.debug("%s failed: %s", urlsplit(address).path, error)
                if self.stop.is_set():  # connections are closed under those who still ask: that is no failure
                    raise Stopped from error
                if not error.again:
                    self._worn = 0
                elif attempt == attempts:
                    self._worn += 1
                unconnected = bool(most) and attempt >= most and not error.answered
                if not error.again or attempt == attempts or unconnected:
                    raise
                self._wait(error, attempt)
            else:
                self._worn = 0
                return found
        raise CallError("failed", "NoAttempt", "was never asked")

    def _wait(self, error: CallError, attempt: int) -> None:
        if error.limit:
            self.limits.meet(error, attempt)
        else:
            self._sleep(_delay(error, attempt))

    def _once(self, address: str, owner: str) -> tuple[httpx.Response, Any, bool]:
        """Send a request and follow where it leads on this server."""
        for hop in range(_HOPS + 1):
            response = self._authorized("GET", address, owner)
            if response.status_code not in _MOVED or hop == _HOPS:
                break
            following = urljoin(address, response.headers.get("location", ""))
            if not self._is_ours(following):
                break
            address = following
        if not response.is_success:
            raise self._refusal(response)
        return response, _json(response), hop > 0

    def _authorized(self, method: str, address: str, owner: str) -> httpx.Response:
        """Send a request with a token, once more with a new one where it was refused before its time."""
        for _ in range(2):
            header = self._header(owner)
            response = self._send(method, address, header)
            if response.status_code != 401 or not self._tokens.renew(owner, header):
                break
        return response

    def _header(self, owner: str) -> str:
        return self._tokens.header(owner) if owner or not self.app else self.app.itself()

    def _send(self, method: str, address: str, header: str, body: Any = None) -> httpx.Response:
        try:
            response = self._http.request(method, address, headers={"Authorization": header}, json=body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RuntimeError, OSError) as error:
            raise classify(error) from error
        self._note_time(response)
        return response

    def _note_time(self, response: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers["date"]).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            return
        self._ahead = told - time.time()

    def _post(self, path: str, header: str, body: Mapping[str, Any]) -> tuple[Any, float]:
        """Make a token: the only request that is no GET."""
        response = self._send("POST", self._settings.api + path, header, dict(body))
        if not response.is_success:
            raise self._refusal(response)
        return _json(response), self._server_time()

    def _refusal(self, response: httpx.Response) -> CallError:
        """Read an answer that is none; a server that repeats the token to us is not quoted with it."""
        token = response.request.headers["authorization"].partition(" ")[2].encode()
        body = response.content.replace(token, b"***")
        return of_answer(response.status_code, response.headers, body, self._server_time())

    def close(self) -> None:
        """End what is under way and give all connections back."""
        self.stop.set()
        self._http.close()


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise CallError("failed", "OddAnswer", "the answer cannot be read", again=True) from error


def _delay(error: CallError, attempt: int) -> float:
    """Say how long to wait: as the server says, else twice as long with every try, a little apart from others."""
    if error.after is not None:
        return min(error.after, _LONGEST_WAIT)
    longest: float = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
    apart: float = random.uniform(0.75, 1.0)  # noqa: S311 - no secret
    return longest * apart


def _token(settings: GitHubSettings) -> str:
    """Find a token in the environment; one for another server is not sent to github.com.

    Raises:
        UserError: there is none, or it cannot be one.
    """
    names = _PUBLIC_VARIABLES if settings.api == PUBLIC_API else _SERVER_VARIABLES
    name = next((one for one in names if os.environ.get(one, "").strip()), "")
    if not name:
        listed = ", ".join(f"`{one}`" for one in names)
        raise UserError(
            f"no credentials for GitHub: set one of {listed}, or name an app with {called('app_id')} and "
            f"{called('private_key')}"
        )
    token = os.environ[name].strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UserError(f"`{name}` holds no token of GitHub")
    return token


def _trust(ca_file: str) -> ssl.SSLContext:
    """Trust the usual authorities, and those of a file that was named.

    Raises:
        UserError: the file cannot be read, or holds no certificates.
    """
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ValueError) as error:
            raise UserError(f"`providers.github.ca_file`: `{ca_file}` cannot be used: {error}") from error
    return context
