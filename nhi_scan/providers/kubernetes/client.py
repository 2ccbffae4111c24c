"""The one seam to API servers: nothing else imports lightkube or httpx.

Of lightkube its reading of who signs in how is used (`lightkube.config`: tokens, token files that are rotated, client
certificates, programs of `exec`), and the HTTP client that it opens. Its typed resources are not: a list is read as the
JSON that the server sent, so that fields of newer servers survive and a kind can be asked for in whatever version there
is. A kubeconfig may name a program that prints a credential; it is run, as kubectl runs it.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

TLS is verified as the kubeconfig says; redirects are not followed, so that a credential stays with its server.
"""

import base64
import json
import logging
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
from lightkube.config import client_adapter
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, NameValue, User, UserExec
from lightkube.core.exceptions import ConfigError

from nhi_scan import __version__
from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.calls import PLAIN
from nhi_scan.providers.kubernetes.faults import CallError, Stopped, classify, refusal
from nhi_scan.providers.kubernetes.kubeconfig import Login
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from nhi_scan.snapshot import codec

_log = logging.getLogger(__name__)
_AGENT = f"nhi-scan/{__version__}"  # the cluster's audit log shows who asked
_PAGES = 100_000  # more pages than any list has
_FIRST_WAIT = 1.0  # seconds, doubled with every try up to
_LONGEST_WAIT = 30.0  # and no longer, whatever the server says
_TO_CONNECT = 15.0  # seconds
_GOOD, _BAD = 200, 300
_PROGRAM_ANSWERS = "client.authentication.k8s.io/v1beta1"  # the version that lightkube reads; v1 has the same token
_PROGRAM_VERSIONS = frozenset(
    {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1alpha1", _PROGRAM_ANSWERS}
)

# What a request raises; the last three where a program printed something that is no credential.
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ConfigError, OSError, ValueError, KeyError, TypeError)
_UNUSABLE = (httpx.InvalidURL, ConfigError, OSError, ValueError, TypeError)  # what opening a client raises


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
        self._http = _opened(login, settings.timeout)
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
            answer = self._http.get(
                path, params=params, headers={"Accept": accept, "User-Agent": _AGENT}, extensions=self._extensions
            )
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


def _opened(login: Login, timeout: int) -> httpx.Client:
    """Open the HTTP client that lightkube makes of a kubeconfig.

    Certificates and keys that stand in the kubeconfig itself are read from files that are gone when this returns.

    Raises:
        UserError: something of it cannot be used; no value is quoted, only which it is.
    """
    patience = httpx.Timeout(timeout, connect=min(timeout, _TO_CONNECT))
    proxy = _text(login, login.cluster, "proxy-url")
    with tempfile.TemporaryDirectory(prefix="nhi-scan-") as folder:
        config = SingleConfig(
            context_name="context",
            context=Context(cluster="cluster", user="user"),
            cluster=Cluster(
                server=_server(login),
                certificate_auth=_file(login, login.cluster, "certificate-authority", folder),
                insecure=login.cluster.get("insecure-skip-tls-verify") is True,
            ),
            user=_user(login, folder),
        )
        try:
            return client_adapter.Client(config, client_adapter.ConnectionParams(timeout=patience, proxy=proxy))
        except _UNUSABLE as error:
            raise UserError(f"{login.where} cannot be used: {_unusable(error)}") from None


def _file(login: Login, part: Mapping[str, Any], key: str, folder: str) -> str | None:
    """Return the path of a certificate or key; one that stands in the kubeconfig itself is written down first."""
    data = _text(login, part, f"{key}-data")
    if data is None:
        return _text(login, part, key)
    path = Path(folder, key)
    try:
        path.write_bytes(base64.b64decode(data))
    except ValueError:
        raise UserError(f"{login.where}: `{key}-data` is not base64") from None
    return str(path)


def _unusable(error: Exception) -> str:
    """Say what is wrong with a kubeconfig by the kind of error: messages of the libraries quote values."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return f"a file that it names cannot be read ({error.strerror})"
    if isinstance(error, ssl.SSLError):
        return "a certificate or key in it is none, or they do not fit each other"
    return f"it says something that is not understood ({type(error).__name__})"


def _server(login: Login) -> str:
    """Take a user's name and password out of the address: they would be sent with every request, and logged."""
    if "@" in urlsplit(login.server).netloc:
        raise UserError(f"{login.where}: the address of its server holds a user's name: leave that to `users`")
    return login.server


def _text(login: Login, part: Mapping[str, Any], key: str) -> str | None:
    value = part.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UserError(f"{login.where}: `{key}` is no text")
    return value


def _user(login: Login, folder: str) -> User:
    said = login.user
    if "auth-provider" in said and not any(key in said for key in ("exec", "token", "tokenFile")):
        raise UserError(
            f"{login.where}: its user has an `auth-provider`, which Kubernetes 1.26 took away: it needs an `exec`, "
            "a token or a certificate"
        )
    return User(
        exec=_program(login, said["exec"]) if said.get("exec") is not None else None,
        username=_text(login, said, "username"),
        password=_text(login, said, "password"),
        token=_text(login, said, "token"),
        token_file=_text(login, said, "tokenFile"),
        client_cert=_file(login, said, "client-certificate", folder),
        client_key=_file(login, said, "client-key", folder),
    )


def _program(login: Login, said: Any) -> UserExec:
    """Read which program signs in. It is told the version that its answer shall have, as kubectl tells it."""
    command, version = (said.get("command"), said.get("apiVersion")) if isinstance(said, dict) else (None, None)
    if not isinstance(command, str) or not command:
        raise UserError(f"{login.where}: its user's `exec` has no `command`")
    if version not in _PROGRAM_VERSIONS:
        raise UserError(f"{login.where}: its user's `exec` has an `apiVersion` that is not known")
    words, variables = said.get("args") or [], said.get("env") or []
    plain = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if not plain or not isinstance(variables, list) or not all(map(_is_variable, variables)):
        raise UserError(f"{login.where}: its user's `exec` has `args` or `env` that are no lists of texts")
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    env = [NameValue(name=one["name"], value=one["value"]) for one in variables]
    env.append(NameValue(name="KUBERNETES_EXEC_INFO", value=json.dumps(info)))
    return UserExec(apiVersion=_PROGRAM_ANSWERS, command=command, args=words, env=env)


def _is_variable(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("value"), str)
