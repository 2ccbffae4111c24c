"""Every way a call to Microsoft Graph or Azure Resource Manager can fail, as one typed error.

Codes: https://learn.microsoft.com/graph/errors and
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-manager-deployment-model. Exceptions are
recognised by what they carry, so that this file needs no SDK.
"""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.answers import one_line

FaultKind = Literal["denied", "unlicensed", "throttled", "failed", "absent", "expired", "refused"]

STATUS = {
    "denied": CoverageStatus.DENIED,
    "unlicensed": CoverageStatus.SKIPPED,  # a tenant without the licence has no such thing, and no right gives it one
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
    410: "absent",
    429: "throttled",
}
_AGAIN = frozenset({408, 429, 500, 502, 503, 504, 509})  # https://learn.microsoft.com/graph/errors
_LICENCE_CODES = frozenset(
    {"Authentication_RequestFromNonPremiumTenantOrB2CTenant", "AadPremiumLicenseRequired", "MissingLicense"}
)
_LICENCE_SAID = re.compile(r"\b(?:not licensed|premium|licen[cs]e)\b", re.IGNORECASE)
_EXPIRED_CLASSES = frozenset({"ClientAuthenticationError", "CredentialUnavailableError"})
_CONNECTION_CLASSES = frozenset(
    {"ServiceRequestError", "ServiceResponseError", "IncompleteReadError", "ConnectionError", "Timeout"}
)
_GARBLED_CLASSES = frozenset({"DecodeError", "DeserializationError", "JSONDecodeError", "UnicodeDecodeError"})
# What azure-identity and msal advise around what went wrong.
_ADVICE = re.compile(
    r"\s*(?:(?:Visit|To mitigate this issue)[^\n]*https://aka\.ms/\S*(?: to troubleshoot this issue\.?)?"
    r"|Authority would typically be in a format of .*?your tenant name or GUID is correct\.)",
    re.DOTALL,
)
# Of a chain that was tried: what is only not there, and so says nothing of what went wrong.
_ABSENT = re.compile(
    r"(?:Environment|WorkloadIdentity|ManagedIdentity|SharedTokenCache|Broker)Credential(?: authentication)? "
    r"unavailable|not found on path|is not installed|could not be found|'azure-identity-broker'",
)
_HTML = re.compile(r"<(!doctype|html)", re.IGNORECASE)
_FIRST_ERROR = 400  # of the codes of HTTP
_LONGEST_WAIT = 1e6  # seconds; more is no wait but a mistake


class Stopped(Exception):  # noqa: N818 - no error: the run is being ended
    """The run is over; what is under way ends at its next request."""


class CallError(Exception):
    """A call that gave no answer.

    Attributes:
        kind: what became of it; `unlicensed` where the tenant lacks a licence, `refused` where it is no request.
        code: Microsoft's code, or the name of an exception.
        detail: one line for a person; may quote what Microsoft said.
        permission: what the caller lacks, where that is known better than by the row of the call table.
        again: True where the same request may work later.
        after: seconds that the server wants to be left alone; None where it did not say.
        status: of HTTP; 0 where there was no answer.
    """

    def __init__(self, kind: FaultKind, code: str, detail: str, **more: Any) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind: FaultKind = kind
        self.code = code
        self.detail = detail
        self.permission: str = more.get("permission", "")
        self.again: bool = more.get("again", False)
        self.after: float | None = more.get("after")
        self.status: int = more.get("status", 0)

    @property
    def sentence(self) -> str:
        """The code and what was said, for a row of coverage."""
        said = f"`{self.code}`: {self.detail}" if self.detail else f"`{self.code}`"
        return f"the tenant lacks the licence: {said}" if self.kind == "unlicensed" else said


def classify(error: BaseException, now: float = 0.0) -> CallError:
    """Name what an exception of the SDK, or of whatever lies below it, means.

    Args:
        error: what was raised.
        now: seconds since 1970: what a `Retry-After` that is a date is counted from.
    """
    if isinstance(error, CallError):
        return error
    classes = {cls.__name__ for cls in type(error).__mro__}
    name = type(error).__name__
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if classes & _EXPIRED_CLASSES:
        return CallError("expired", name, one_line(_first_line(str(error))), again=_is_transient(error))
    if isinstance(status, int) and status >= _FIRST_ERROR:
        return of_answer(status, getattr(response, "headers", None), _body_of(response), now)
    if classes & _GARBLED_CLASSES:
        return CallError("failed", name, "the answer cannot be read", again=True)
    return CallError("failed", name, one_line(str(error)), again=bool(classes & _CONNECTION_CLASSES))


def of_answer(status: int, headers: Mapping[str, Any] | None, body: object, now: float = 0.0) -> CallError:
    """Read an error that Microsoft sent.

    Args:
        status: of HTTP.
        headers: of the answer; of a part of a batch, its own.
        body: decoded JSON, or text.
        now: seconds since 1970.
    """
    code, message = _said(body)
    message = one_line(message)
    if _HTML.search(message[:200]):
        message = "answered with a web page"
    kind: FaultKind = _BY_CODE.get(status, "failed")
    unlicensed = code in _LICENCE_CODES or _LICENCE_SAID.search(message) is not None
    if kind in ("denied", "refused") and unlicensed:
        kind = "unlicensed"
    return CallError(
        kind,
        code or f"HTTP {status}",
        message,
        again=status in _AGAIN,
        after=wait_of(headers, now),
        status=status,
    )


def _said(body: object) -> tuple[str, str]:
    """Find code and message: `{"error": {"code", "message"}}`, or those of the login service."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return "", str(body)[:300]
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error", body)
    if isinstance(error, str):
        error = {"code": error, "message": body.get("error_description")}
    if not isinstance(error, dict):
        return "", ""
    code, message = error.get("code"), error.get("message")
    return (code[:80] if isinstance(code, str) else ""), (message if isinstance(message, str) else "")


def _body_of(response: Any) -> object:
    for name in ("text", "body"):
        reader = getattr(response, name, None)
        try:
            return reader() if callable(reader) else reader
        except Exception:  # noqa: BLE001, S112 - an answer that was cut off, or is no text: it says nothing
            continue
    return ""


def _first_line(text: str) -> str:
    """Leave out the advice that azure-identity puts around what went wrong, and that it is a chain that was tried."""
    said = text.partition("\nTo mitigate this issue")[0]
    _, chain, tried = said.rpartition("Attempted credentials:")
    if not chain:
        return _ADVICE.sub("", said)
    told = [one.strip() for one in tried.split("\n\t") if one.strip() and not _ABSENT.search(one)]
    return _ADVICE.sub("", "; ".join(told)) if told else "none were found"


def _is_transient(error: BaseException) -> bool:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status in _AGAIN


def wait_of(headers: Mapping[str, Any] | None, now: float) -> float | None:
    """Find how long the server wants to be left alone: seconds, also decimal, or the date when it is over.

    https://learn.microsoft.com/graph/throttling#best-practices-to-handle-throttling and
    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    """
    for name, text in (headers or {}).items() if hasattr(headers, "items") else ():
        if str(name).lower() == "retry-after":
            return _seconds(str(text).strip(), now)
    return None


def _seconds(text: str, now: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        try:
            value = max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    return value if 0 <= value < _LONGEST_WAIT else None
