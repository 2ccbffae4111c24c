"""What a request must pass before it is answered: faults, limits, permissions; and who counts."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nhi_scan.demo.github.errors import (
    ApiError,
    blocked,
    not_accessible,
    not_found,
    primary_limit,
    secondary_limit,
    single_sign_on,
    suspended,
)
from nhi_scan.demo.github.world import World

FOREVER = 1 << 30
_LEVELS = ("read", "write", "admin")
# What GitHub hides from a person who may not see it, instead of refusing.
_HIDDEN = frozenset({"administration", "repository_hooks", "organization_hooks", "organization_administration"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, with requests whose path holds a text.

    Kinds: a number is answered as that HTTP status; `primary` and `secondary` are the rate limits, `sso` single
    sign-on, `suspended` an installation that may not ask; `partial` leaves out organizations that want single sign-on;
    `truncated` cuts the answer off in its middle, `html` is a page of a proxy, `odd_type` makes every text a number,
    `closed` closes the connection; `elsewhere` sends to another server, `link_elsewhere` says that the next page is
    there, `repeated_link` that it is this one; `rename` gives the repository `repository` the name `name`, and `gone`
    takes it away, before the answer.
    """

    path: str
    kind: str
    after: int = 0  # such requests that go well first
    times: int = 1  # such requests that do not
    repository: int = 0
    name: str = ""
    retry_after: str = "0.01"
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the server treats its caller.

    Attributes:
        permissions: what the app is given, name -> level; None: all there are. Every app may read metadata.
        page: no page is larger than so many rows; 0: GitHub's limits.
        token_seconds: how long an installation's token is good for.
        reset_after: seconds until the primary limit is lifted.
        faults: what goes wrong.
        record: keep what was asked and answered, for `Served.exchanges`.
    """

    permissions: Mapping[str, str] | None = None
    page: int = 0
    token_seconds: int = 3600
    reset_after: int = 0
    faults: tuple[Fault, ...] = ()
    record: bool = False


class Gate:
    """Counts requests and lets them through, or not.

    Attributes:
        requests: requests by path of the description, the refused ones too.
    """

    def __init__(self, world: World, conduct: Conduct) -> None:
        self.world, self.conduct = world, conduct
        self.requests: Counter[str] = Counter()
        self._met: Counter[Fault] = Counter()
        self._lock = threading.Lock()

    def enter(self, template: str, path: str, now: float) -> Fault | None:
        """Count a request.

        Returns:
            The fault that shall befall its answer.

        Raises:
            ApiError: it is refused.
        """
        with self._lock:
            self.requests[template] += 1
            fault = self._fault(path)
        if fault is None:
            return None
        if fault.kind == "rename":
            self.world.rename(fault.repository, fault.name)
            return None
        if fault.kind == "gone":
            self.world.delete(fault.repository)
            return None
        if (refusal := self._refusal(fault, now)) is not None:
            raise refusal
        return fault

    def _fault(self, path: str) -> Fault | None:
        found = None
        for fault in self.conduct.faults:
            if fault.path in path:
                self._met[fault] += 1
                if fault.after < self._met[fault] <= fault.after + fault.times:
                    found = found or fault
        return found

    def _refusal(self, fault: Fault, now: float) -> ApiError | None:
        if fault.kind.isdigit():
            status = int(fault.kind)
            if status == 451:
                return blocked(status)
            headers = {"Retry-After": fault.retry_after} if status in (429, 503) else None
            return ApiError(status, fault.message or "Something went wrong", headers)
        if fault.kind == "primary":
            return primary_limit(int(now) + self.conduct.reset_after)
        if fault.kind == "secondary":
            return secondary_limit(fault.retry_after)
        return {"sso": single_sign_on(self.world.estate.login), "suspended": suspended()}.get(fault.kind)

    def granted(self, name: str, wanted: str = "read") -> bool:
        """Tell whether the app was given a permission, on a level or above it."""
        given = self.conduct.permissions
        return given is None or name == "metadata" or _reaches(given.get(name, ""), wanted)

    def demand(self, permission: str, token: Mapping[str, str] | None, *, person: bool) -> None:
        """Refuse a caller who lacks a permission.

        Args:
            permission: `name=level`.
            token: what the token was made with; None: all that was given.
            person: whether a person asks.

        Raises:
            ApiError: 403, or 404 where GitHub hides what is there.
        """
        name, _, level = permission.partition("=")
        if not name or (
            self.granted(name, level) and (token is None or name == "metadata" or _reaches(token.get(name, ""), level))
        ):
            return
        if person:
            raise not_found() if name in _HIDDEN else ApiError(403, "Resource not accessible by personal access token")
        raise not_accessible(permission)


def _reaches(has: str, wanted: str) -> bool:
    return has in _LEVELS and _LEVELS.index(has) >= _LEVELS.index(wanted)
