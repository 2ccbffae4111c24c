"""Every way a request to GitHub can fail, as one typed error.

https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api. Exceptions are recognised by what they are
called, so that this file needs no HTTP library.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.answers import one_line

FaultKind = Literal["denied", "absent", "throttled", "expired", "blocked", "refused", "moved", "failed"]

STATUS: Mapping[FaultKind, CoverageStatus] = {
    "denied": CoverageStatus.DENIED,
    "absent": CoverageStatus.DENIED,  # GitHub hides what may not be seen; rows say where it means that there is none
    "throttled": CoverageStatus.FAILED,
    "expired": CoverageStatus.FAILED,
    "blocked": CoverageStatus.FAILED,
    "refused": CoverageStatus.FAILED,
    "moved": CoverageStatus.FAILED,
    "failed": CoverageStatus.FAILED,
}

_BY_STATUS: Mapping[int, FaultKind] = {
    400: "refused",
    401: "expired",
    403: "denied",
    404: "absent",
    410: "absent",
    422: "refused",
    451: "blocked",
}
_AGAIN = frozenset({408, 409, 500, 502, 503, 504})
_LIMITED = (403, 429)
_REDIRECTED = range(300, 400)
_CONNECTION_CLASSES = frozenset({"TransportError", "ConnectError", "TimeoutException"})
_CERTIFICATE = re.compile(r"certificate verify failed(?:: [^()]*[^() ])?")
_SECONDARY = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)
_BLOCKED = re.compile(r"repository access blocked", re.IGNORECASE)
_SUSPENDED = re.compile(r"installation has been suspended", re.IGNORECASE)
# What is said of the token as such, and not of one repository: nobody needs to ask again about another.
_EVERYWHERE = re.compile(r"resource not accessible by integration|installation has been suspended", re.IGNORECASE)
_PERMISSIONS = re.compile(r"[a-z_]+=[a-z]+(?:[,;] ?[a-z_]+=[a-z]+)*")
SECONDARY_WAIT = 60.0  # seconds, where a secondary limit does not say how long


class Stopped(Exception):  # noqa: N818 - no error: the run is being ended
    """The run is over; what is under way ends at its next request."""


class CallError(Exception):
    """A request that gave no answer.

    Attributes:
        kind: what became of it; `absent` where GitHub says that there is nothing.
        code: status of HTTP as text, or the name of an exception.
        detail: one line for a person; may quote what GitHub said.
        permission: what the caller lacks, where GitHub says it: `contents=read`.
        again: True where the same request may work later.
        after: seconds that the server wants to be left alone; None where it did not say.
        limit: `primary` or `secondary` where a rate limit is the cause.
        everywhere: True where it says nothing of what was asked about, and would be said of everything.
    """

    def __init__(self, kind: FaultKind, code: str, detail: str, **more: Any) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind: FaultKind = kind
        self.code = code
        self.detail = detail
        self.permission: str = more.get("permission", "")
        self.again: bool = more.get("again", False)
        self.after: float | None = more.get("after")
        self.limit: str = more.get("limit", "")
        self.everywhere: bool = more.get("everywhere", False)

    @property
    def sentence(self) -> str:
        """The code and what was said, for a row of coverage."""
        return f"`{self.code}`: {self.detail}" if self.detail else f"`{self.code}`"

    @property
    def answered(self) -> bool:
        """Whether the server answered at all."""
        return self.code.isdecimal()

    def matches(self, absent: str) -> bool:
        """Tell whether it is what a row calls absence: a status, or a status and how the message begins."""
        code, _, words = absent.partition(" ")
        return self.code == code and self.detail.lower().startswith(words.lower())


def classify(error: BaseException) -> CallError:
    """Name what an exception of the HTTP library, or of whatever lies below it, means."""
    if isinstance(error, CallError):
        return error
    classes = {cls.__name__ for cls in type(error).__mro__}
    said = one_line(str(error))
    if found := _CERTIFICATE.search(said):  # no other try makes it a better one
        return CallError("failed", "TLS", f"{found[0]} (`ca_file` names authorities to trust besides the usual ones)")
    return CallError("failed", type(error).__name__, said, again=bool(classes & _CONNECTION_CLASSES))


def of_answer(status: int, headers: Mapping[str, str], body: bytes, now: float) -> CallError:
    """Read an answer that is none.

    Args:
        status: of HTTP.
        headers: by lower-case name.
        body: as it came.
        now: seconds since 1970, by the server's clock.
    """
    message = _message(body)
    code = str(status)
    if status in _LIMITED and (limited := _limit(status, headers, message, now)):
        return limited
    if status == 403:
        return _denied(headers, message)
    if status in _REDIRECTED:
        return CallError("moved", code, "it was moved to where the token is not sent")
    if status == 401:
        return CallError("expired", code, message)
    kind = _BY_STATUS.get(status, "failed")
    return CallError(kind, code, message, again=status in _AGAIN, after=_seconds(headers.get("retry-after")))


def _limit(status: int, headers: Mapping[str, str], message: str, now: float) -> CallError | None:
    """Recognise both rate limits; None where the answer is about something else."""
    after = _seconds(headers.get("retry-after"))
    if headers.get("x-ratelimit-remaining") == "0" and after is None:
        reset = _seconds(headers.get("x-ratelimit-reset"))
        after = SECONDARY_WAIT if reset is None else max(0.0, reset - now) + 1.0
        return CallError("throttled", str(status), message, again=True, after=after, limit="primary")
    if after is not None or status == 429 or _SECONDARY.search(message):
        return CallError("throttled", str(status), message, again=True, after=after, limit="secondary")
    return None


def _denied(headers: Mapping[str, str], message: str) -> CallError:
    """Say what is to be done, where that is known."""
    if _BLOCKED.search(message):
        return CallError("blocked", "403", message)
    if headers.get("x-github-sso", "").startswith("required"):
        told = (
            "the organization wants single sign-on and the token is not authorized for it: its owner does that on the "
            "page of the token, `Configure SSO`"
        )
        return CallError("denied", "403", told, everywhere=True)
    if _SUSPENDED.search(message):
        told = "the installation of the app is suspended: an owner of the organization can lift that"
        return CallError("denied", "403", told, everywhere=True)
    accepted = headers.get("x-accepted-github-permissions", "")
    permission = accepted if _PERMISSIONS.fullmatch(accepted) else ""
    everywhere = bool(_EVERYWHERE.search(message))
    return CallError("denied", "403", message, permission=permission, everywhere=everywhere)


def _message(body: bytes) -> str:
    """Find what an answer says for people; a page of a proxy is not quoted."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "answered with something else than JSON" if body.strip() else ""
    said = answer.get("message") if isinstance(answer, dict) else None
    return one_line(said) if isinstance(said, str) else ""


def _seconds(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < 1e12 else None
