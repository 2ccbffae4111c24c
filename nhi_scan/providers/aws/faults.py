"""Every way a call to AWS can fail, as one typed error.

Codes: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each service's own page of errors;
throttling as botocore's standard retry mode lists it
(https://docs.aws.amazon.com/boto3/latest/guide/retries.html). Exceptions are recognised by the names of their classes,
so that this file needs no SDK.
"""

import re
from typing import Literal

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.answers import one_line

FaultKind = Literal["denied", "throttled", "unsupported", "failed", "absent", "expired"]

_DENIED = re.compile(
    r"AccessDenied(Exception)?|Unauthorized(Operation|Exception)?|Authorization(Error|ErrorException)|Forbidden"
    r"(Exception)?|NotAuthorized(Exception)?|UnrecognizedClientException|InvalidClientTokenId|AuthFailure|"
    r"SignatureDoesNotMatch|InvalidAccessKeyId|MissingAuthenticationToken(Exception)?|InsufficientPrivileges"
    r"(Exception)?|OptInRequired|AllAccessDisabled|40[13]"
)
_THROTTLED = re.compile(
    r"Throttl(ing|ed)(Exception)?|ThrottledException|RequestThrottled(Exception)?|TooManyRequests(Exception)?|"
    r"ProvisionedThroughputExceeded(Exception)?|RequestLimitExceeded|BandwidthLimitExceeded|LimitExceededException|"
    r"LimitExceeded|SlowDown|PriorRequestNotComplete|EC2ThrottledException|TransactionInProgressException|429"
)
_EXPIRED = re.compile(r"ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired|ExpiredIteratorException")
_UNSUPPORTED = re.compile(
    r"UnknownOperation(Exception)?|InvalidAction|UnsupportedOperation(Exception)?|NotImplemented|UnknownEndpoint|"
    r"SubscriptionRequired(Exception)?|501"
)
_ABSENT = re.compile(r".*(NoSuch|NotFound|DoesNotExist|NonExistent).*")
_PAGE = re.compile(r"\s*<(!doctype|html)", re.IGNORECASE)
_EXPIRED_CLASSES = frozenset({"UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError", "SSOError"})
_UNSUPPORTED_CLASSES = frozenset({"UnknownServiceError", "UnknownEndpointError", "UnknownRegionError"})
_GARBLED_CLASSES = frozenset({"ResponseParserError", "ResponseStreamingError", "IncompleteReadError", "ProtocolError"})
_CONNECTION_CLASSES = frozenset({"ConnectionError", "HTTPClientError", "ProxyConnectionError"})

STATUS = {
    "denied": CoverageStatus.DENIED,
    "throttled": CoverageStatus.FAILED,
    "unsupported": CoverageStatus.SKIPPED,
    "failed": CoverageStatus.FAILED,
    "absent": CoverageStatus.FAILED,
    "expired": CoverageStatus.FAILED,
}


class CallError(Exception):
    """A call that gave no answer.

    Attributes:
        kind: what became of it; `absent` where the thing asked about does not exist.
        code: AWS's error code, or the name of the SDK's exception.
        detail: one line for a person; may quote what AWS said.
        unreachable: True where no connection worked, so that the next call will not either.
        garbled: True where an answer came and could not be read; the next one may.
    """

    def __init__(
        self, kind: FaultKind, code: str, detail: str, *, unreachable: bool = False, garbled: bool = False
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind = kind
        self.code = code
        self.detail = detail
        self.unreachable = unreachable
        self.garbled = garbled

    @property
    def sentence(self) -> str:
        """The code and what was said, for a row of coverage. A bare number is a status of HTTP."""
        if self.code.isdecimal():
            return f"HTTP {self.code}, {self.detail}" if self.detail else f"HTTP {self.code}"
        return f"`{self.code}`: {self.detail}" if self.detail else f"`{self.code}`"


def classify(error: BaseException) -> CallError:
    """Name what an exception of the SDK, or of whatever lies below it, means."""
    if isinstance(error, CallError):
        return error
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return _of_answer(response)
    classes = {cls.__name__ for cls in type(error).__mro__}
    name = type(error).__name__
    detail = one_line(str(error))
    if classes & _EXPIRED_CLASSES:
        return CallError("expired", name, detail)
    if classes & _UNSUPPORTED_CLASSES:
        return CallError("unsupported", name, detail)
    if classes & _GARBLED_CLASSES:
        # The SDK quotes the answer, in which anything may stand.
        return CallError("failed", name, "the answer cannot be read", garbled=True)
    return CallError("failed", name, detail, unreachable=bool(classes & _CONNECTION_CLASSES))


def _of_answer(response: dict[str, object]) -> CallError:
    error = response.get("Error")
    said = error if isinstance(error, dict) else {}
    meta = response.get("ResponseMetadata")
    status = meta.get("HTTPStatusCode", 0) if isinstance(meta, dict) else 0
    code = one_line(str(said.get("Code") or status or "unknown")).rpartition("#")[2].partition(":")[0][:80]
    message = one_line(str(said.get("Message") or ""))
    if _PAGE.match(message):
        return CallError(_kind_of(code, status), code, "answered with a web page")
    return CallError(_kind_of(code, status), code, message)


def _kind_of(code: str, status: int) -> FaultKind:
    kinds: tuple[tuple[re.Pattern[str], FaultKind], ...] = (
        (_EXPIRED, "expired"),
        (_DENIED, "denied"),
        (_THROTTLED, "throttled"),
        (_UNSUPPORTED, "unsupported"),
        (_ABSENT, "absent"),
    )
    for pattern, kind in kinds:
        if pattern.fullmatch(code):
            return kind
    by_status: dict[int, FaultKind] = {401: "denied", 403: "denied", 429: "throttled", 501: "unsupported"}
    return by_status.get(status, "failed")
