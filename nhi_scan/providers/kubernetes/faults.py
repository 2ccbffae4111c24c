"""Every way a request to an API server can fail, as one typed error.

Answers carry a `Status`: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/. Exceptions
are recognised by the names of their classes, so that this file needs no library. Nothing here quotes a header or a
credential: a program that signs in may print one with its error, so only how it ended is told.
"""

import re
from typing import Any, Literal

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.answers import one_line

FaultKind = Literal["denied", "throttled", "failed", "absent", "unsigned", "gone", "refused"]

STATUS = {
    "denied": CoverageStatus.DENIED,
    "throttled": CoverageStatus.FAILED,
    "failed": CoverageStatus.FAILED,
    "absent": CoverageStatus.SKIPPED,
    "unsigned": CoverageStatus.FAILED,
    "gone": CoverageStatus.FAILED,
    "refused": CoverageStatus.FAILED,
}

_BY_CODE: dict[int, FaultKind] = {
    400: "refused",
    401: "unsigned",
    403: "denied",
    404: "absent",
    406: "refused",
    410: "gone",
    429: "throttled",
}
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_CONNECTION_CLASSES = frozenset({"TransportError", "ConnectionError", "TimeoutException"})
_GARBLED_CLASSES = frozenset({"DecodingError", "CodecError"})
_TLS = re.compile(r"\[SSL[^\]]*\] *(.*?)(?: \(_ssl\.c:\d+\))?$")
_ENDED = re.compile(r"Exec .{0,4000}? returned (-?\d+):", re.DOTALL)
_LINE = re.compile(r"\(_ssl\.c:\d+\)")


class Stopped(Exception):  # noqa: N818 - no error: the run is being ended
    """The run is over; what is under way ends at its next request."""


class CallError(Exception):
    """A request that gave no answer.

    Attributes:
        kind: what became of it; `unsigned` where nobody believes who asks, or nothing signs in; `gone` where the rest
            of a list has expired.
        code: the reason of the answer's status, or the name of an exception.
        detail: one line for a person; may quote what the server said.
        again: True where the same request may work later.
        after: seconds that the server wants to be left alone; None where it did not say.
    """

    def __init__(
        self, kind: FaultKind, code: str, detail: str, *, again: bool = False, after: float | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind: FaultKind = kind
        self.code = code
        self.detail = detail
        self.again = again
        self.after = after

    @property
    def sentence(self) -> str:
        """The code and what was said, for a row of coverage."""
        return f"`{self.code}`: {self.detail}" if self.detail else f"`{self.code}`"


def refusal(status: int, body: Any, retry_after: str) -> CallError:
    """Name what an answer with an error status means.

    Args:
        status: of HTTP.
        body: the decoded answer; None where it is no JSON, as a proxy's page.
        retry_after: the header of that name; empty where there was none.
    """
    said = body if isinstance(body, dict) else {}
    reason, message = said.get("reason"), said.get("message")
    code = one_line(reason)[:80] if isinstance(reason, str) and reason else f"HTTP {status}"
    detail = one_line(message) if isinstance(message, str) else ""
    return CallError(_BY_CODE.get(status, "failed"), code, detail, again=status in _AGAIN, after=_seconds(retry_after))


def classify(error: BaseException) -> CallError:
    """Name what an exception of the library, or of whatever lies below it, means."""
    if isinstance(error, CallError):
        return error
    classes = {cls.__name__ for cls in type(error).__mro__}
    name = type(error).__name__
    if "ConfigError" in classes:
        return CallError("unsigned", name, _program(str(error)))
    if classes & _GARBLED_CLASSES:
        return CallError("failed", name, "the answer cannot be read", again=True)
    if classes & _CONNECTION_CLASSES:
        return _unconnected(name, classes, str(error))
    if isinstance(error, OSError):  # a program that signs in, or its file, is not there
        return CallError("unsigned", name, one_line(error.strerror or "cannot be read"))
    return CallError("unsigned", name, "the credential, or what the program that signs in printed, is none")


def _unconnected(name: str, classes: set[str], said: str) -> CallError:
    """Name a fault of the connection; only what an address that cannot be reached says is quoted.

    What the library says of a header that HTTP does not allow quotes the header: it may be the one with the token.
    """
    if found := _TLS.search(said):
        return CallError("failed", "TLS", one_line(_LINE.sub("", found[1])))
    if "TimeoutException" in classes:
        return CallError("failed", name, "no answer in time", again=True)
    if "LocalProtocolError" in classes:
        return CallError("unsigned", name, "the credential holds a letter that HTTP does not allow")
    if "ConnectError" in classes:
        return CallError("failed", name, one_line(said), again=True)
    return CallError("failed", name, "the connection ended", again=True)


def _program(said: str) -> str:
    """Tell how a program that signs in ended; what it printed may hold a token."""
    if found := _ENDED.match(said):
        return f"the program that signs in ended with exit code {found[1]}"
    return one_line(said)


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None
