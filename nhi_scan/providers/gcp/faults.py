"""Every way a call to Google Cloud can fail, as one typed error.

Codes and details: https://cloud.google.com/apis/design/errors (`ErrorInfo`, `RetryInfo`). Exceptions are recognised by
what they carry, so that this file needs no SDK.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Literal

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.answers import one_line

FaultKind = Literal["denied", "disabled", "throttled", "failed", "absent", "expired", "refused"]

STATUS = {
    "denied": CoverageStatus.DENIED,
    "disabled": CoverageStatus.DENIED,
    "throttled": CoverageStatus.FAILED,
    "failed": CoverageStatus.FAILED,
    "absent": CoverageStatus.FAILED,
    "expired": CoverageStatus.FAILED,
    "refused": CoverageStatus.FAILED,
}

_BY_CODE: dict[int, FaultKind] = {
    400: "refused",
    401: "expired",
    403: "denied",
    404: "absent",
    409: "failed",
    429: "throttled",
}
_DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_THROTTLED = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
_EXPIRED_CLASSES = frozenset({"RefreshError", "InvalidOperation", "DefaultCredentialsError", "MalformedError"})
_CONNECTION_CLASSES = frozenset({"ConnectionError", "TransportError", "Timeout", "ChunkedEncodingError"})
_GARBLED_CLASSES = frozenset({"JSONDecodeError", "ParseError", "ContentDecodingError"})
_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504})  # https://cloud.google.com/storage/docs/retry-strategy
_ADDRESS = re.compile(r"[A-Z]{3,6} https?://\S+: ")  # what the library puts before a message
_LISTED = re.compile(r", expected one of \([^)]*\)")  # a tuple, as Python writes it
_HTML = re.compile(r"<(!doctype|html)", re.IGNORECASE)


class Stopped(Exception):  # noqa: N818 - no error: the run is being ended
    """The run is over; what is under way ends at its next request."""


class CallError(Exception):
    """A call that gave no answer.

    Attributes:
        kind: what became of it; `disabled` where the API is not enabled, `refused` where it is no request.
        code: Google's reason, or the canonical code, or the name of an exception.
        detail: one line for a person; may quote what Google said.
        permission: what the caller lacks, where Google says it.
        api: the API that is not enabled: `cloudasset.googleapis.com`.
        consumer: the project in which it is not: `projects/123`.
        again: True where the same request may work later.
        after: seconds that the server wants to be left alone; None where it did not say.
    """

    def __init__(self, kind: FaultKind, code: str, detail: str, **more: Any) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind: FaultKind = kind
        self.code = code
        self.detail = detail
        self.permission: str = more.get("permission", "")
        self.api: str = more.get("api", "")
        self.consumer: str = more.get("consumer", "")
        self.again: bool = more.get("again", False)
        self.after: float | None = more.get("after")

    @property
    def sentence(self) -> str:
        """The code and what was said, for a row of coverage; for an API that is not enabled, which one to enable."""
        if self.kind == "disabled" and self.api:
            where = f" in `{self.consumer}`" if self.consumer else ""
            return f"`{self.code}`: enable `{self.api}`{where}"
        return f"`{self.code}`: {self.detail}" if self.detail else f"`{self.code}`"


def classify(error: BaseException) -> CallError:
    """Name what an exception of the SDK, or of whatever lies below it, means."""
    if isinstance(error, CallError):
        return error
    classes = {cls.__name__ for cls in type(error).__mro__}
    name = type(error).__name__
    if "GoogleAPICallError" in classes:
        return _of_answer(error)
    if classes & _EXPIRED_CLASSES:
        return CallError("expired", name, one_line(_said(error)))
    if classes & _GARBLED_CLASSES:
        return CallError("failed", name, "the answer cannot be read", again=True)
    return CallError("failed", name, one_line(_said(error)), again=bool(classes & _CONNECTION_CLASSES))


def _said(error: BaseException) -> str:
    """Take what an exception says for people: those of the libraries carry an answer or another exception behind it."""
    first, *more = error.args or ("",)
    if not more or not isinstance(first, str):
        return _LISTED.sub("", str(error))
    inner = next(filter(None, map(_message, more)), "")
    return f"{first}: {inner}" if inner and inner not in first else first


def _message(answer: object) -> str:
    """Find the message in the answer of a token endpoint: https://cloud.google.com/apis/design/errors#http_mapping.

    Of a key file the libraries say in an exception of their own what is wrong with it.
    """
    if isinstance(answer, ValueError) and answer.args:
        return str(answer.args[0])
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return ""
    error = answer.get("error") if isinstance(answer, dict) else None
    said = error.get("message") if isinstance(error, dict) else None
    return said if isinstance(said, str) else ""


def _of_answer(error: Any) -> CallError:
    """Read an error that Google sent.

    An exception of `google.api_core` has the HTTP status as `code`, whatever the transport was.
    """
    status = int(error.code or 0)
    reason, metadata = _reason(error)
    message = one_line(_ADDRESS.sub("", str(getattr(error, "message", "") or ""), count=1))
    if _HTML.search(message[:200]):
        message = "answered with a web page"
    canonical = _status(error) or type(error).__name__
    after = _wait_of(error)
    if reason in _DISABLED:
        api, consumer = metadata.get("service", ""), metadata.get("consumer", "")
        return CallError("disabled", reason, message, api=api, consumer=consumer)
    if reason in _THROTTLED or status == 429:
        daily = "perday" in metadata.get("quota_limit", "").lower()
        return CallError("throttled", reason or canonical, message, again=not daily, after=after)
    kind: FaultKind = _BY_CODE.get(status, "failed")
    return CallError(
        kind,
        reason or canonical,
        message,
        permission=metadata.get("permission", "") if kind == "denied" else "",
        again=status in _AGAIN,
        after=after,
    )


def _status(error: Any) -> str:
    """Find Google's canonical code: gRPC's exceptions carry it, those of REST have it in the answer."""
    if name := getattr(getattr(error, "grpc_status_code", None), "name", ""):
        return str(name)
    try:
        said = error.response.json()["error"]["status"]
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return said[:80] if isinstance(said, str) else ""


def _reason(error: Any) -> tuple[str, dict[str, str]]:
    metadata = getattr(error, "metadata", None)
    found = {str(key): str(value) for key, value in dict(metadata).items()} if metadata else {}
    if reason := getattr(error, "reason", None):
        return str(reason)[:80], found
    for item in _dicts(getattr(error, "errors", None)):
        if isinstance(reason := item.get("reason"), str):
            return reason[:80], found
    return "", found


def _dicts(items: Any) -> Iterable[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list | tuple) else ()


def _wait_of(error: Any) -> float | None:
    """Find how long the server wants to be left alone: `RetryInfo`, or the header `Retry-After` in seconds."""
    for detail in getattr(error, "details", None) or ():
        delay = getattr(detail, "retry_delay", None)
        if delay is not None:
            return float(delay.seconds) + float(delay.nanos) / 1e9
        if isinstance(detail, dict) and isinstance(text := detail.get("retryDelay"), str):
            return _seconds(text.removesuffix("s"))
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    return _seconds(headers.get("Retry-After", "")) if hasattr(headers, "get") else None


def _seconds(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < 1e6 else None
