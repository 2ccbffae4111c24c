"""Tokens: one that was given, or those of a GitHub App's installations, made anew before they end.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/about-authentication-with-a-github-app
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import jwt
from jwt.algorithms import RSAAlgorithm

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.settings import called

_EARLY = 300.0  # seconds before its end that an installation's token is made anew
_LIFE = 540  # seconds that an app's own token is good for: GitHub takes no more than 600
_BACK = 60  # seconds that it is dated back, as GitHub advises: clocks differ
_SAFE = 600.0  # seconds that a token is taken to be good for where its end cannot be read


class Tokens(Protocol):
    """Where the `Authorization` of a request comes from."""

    def header(self, owner: str) -> str:
        """Return the header's value for what belongs to an owner.

        Raises:
            CallError: there is none.
        """

    def renew(self, owner: str, used: str) -> bool:
        """Take note that a header was refused; say whether another try may help."""


class Given:
    """A token from outside: a person's, or an installation's that somebody else made."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def header(self, owner: str) -> str:  # noqa: ARG002 - one token for all
        """Return the header's value."""
        return self._header

    def renew(self, owner: str, used: str) -> bool:  # noqa: ARG002 - see `Tokens`
        """Nothing can be done."""
        return False


@dataclass(slots=True)
class _Held:
    header: str
    ends: float  # by the client's own clock


Post = Callable[[str, str, Mapping[str, Any]], tuple[Any, float]]


class App:
    """The installations of a GitHub App.

    Args:
        app_id: id or client id.
        key: its private key, from `read_key`.
        post: sends a body to a path with a header, and returns the answer with the server's time.
        clock: seconds, rising.
        now: seconds since 1970, as far as is known by the server's clock.
        wanted: the permissions that the program can use: a token gets no others, and of these no more than to read.
    """

    def __init__(
        self,
        app_id: str,
        key: Any,
        post: Post,
        clock: Callable[[], float],
        now: Callable[[], float],
        wanted: Mapping[str, str],
    ) -> None:
        self._app_id = app_id
        self._key = key
        self._post = post
        self._clock = clock
        self._now = now
        self._wanted = wanted
        self._lock = threading.Lock()
        self._installations: dict[str, tuple[int, Mapping[str, str]]] = {}
        self._held: dict[str, _Held] = {}

    def itself(self) -> str:
        """Return the header with which the app speaks for itself.

        https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
        """
        now = int(self._now())
        claims = {"iat": now - _BACK, "exp": now + _LIFE, "iss": self._app_id}
        return f"Bearer {jwt.encode(claims, self._key, algorithm='RS256')}"

    def installed(self, owner: str, number: int, permissions: Mapping[str, str]) -> None:
        """Note which installation is an owner's, and what it may."""
        with self._lock:
            self._installations[owner.lower()] = number, permissions

    def header(self, owner: str) -> str:
        """Return the header of an owner's installation."""
        key = owner.lower()
        with self._lock:  # the others wait for the one token instead of making more
            held = self._held.get(key)
            if held is None or held.ends - self._clock() < _EARLY:
                held = self._held[key] = self._make(key)
            return held.header

    def renew(self, owner: str, used: str) -> bool:
        """Forget a token that was refused before its end; once, a second refusal of a new one is final."""
        with self._lock:
            held = self._held.get(owner.lower())
            if held is None or held.header != used:
                return True
            fresh = held.ends - self._clock() > 0
            del self._held[owner.lower()]
            return fresh

    def _make(self, owner: str) -> _Held:
        found = self._installations.get(owner)
        if found is None:
            raise CallError("denied", "NotInstalled", f"the app is not installed in `{owner}`", everywhere=True)
        number, granted = found
        permissions = {name: level for name, level in self._wanted.items() if name in granted}
        body = {"permissions": permissions} if permissions else {}
        path = f"/app/installations/{number}/access_tokens"
        try:
            answer, server_now = self._post(path, self.itself(), body)
        except CallError as error:
            if error.kind != "refused" or not body:
                raise
            # GitHub's description does not name every permission that GitHub gives: then the token has all of them.
            answer, server_now = self._post(path, self.itself(), {})
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise CallError("failed", "OddAnswer", "GitHub gave no token for the installation")
        life = _life(answer.get("expires_at"), server_now)
        return _Held(f"Bearer {token}", self._clock() + life)


def _life(text: Any, now: float) -> float:
    try:
        return max(0.0, datetime.fromisoformat(str(text)).timestamp() - now)
    except ValueError:
        return _SAFE


def read_key(path: str) -> Any:
    """Read the private key of an app.

    Raises:
        UserError: it cannot be read, or is no private key.
    """
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{called('private_key')}: `{path}` cannot be read: {error.strerror}") from error
    try:
        key: Any = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(text)
        jwt.encode({}, key, algorithm="RS256")  # a public key signs nothing
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:  # what it holds is not quoted
        raise UserError(f"{called('private_key')}: `{path}` holds no private key (PEM, RSA)") from error
    return key
