"""Google's errors, as its servers write them.

The bodies: https://cloud.google.com/apis/design/errors; the reasons:
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
"""

from collections.abc import Mapping
from typing import Any

HTTP = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
_TYPE = "type.googleapis.com/google.rpc."


class ApiError(Exception):
    """What the server answers in place of a result.

    Attributes:
        status: Google's canonical code, `PERMISSION_DENIED`.
        message: for people.
        details: `google.rpc` messages as JSON.
    """

    def __init__(self, status: str, message: str, details: tuple[Mapping[str, Any], ...] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, details

    @property
    def code(self) -> int:
        """The HTTP status."""
        return HTTP[self.status]

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = [dict(detail) for detail in self.details]
        return {"error": error}


def _info(reason: str, domain: str, **metadata: str) -> Mapping[str, Any]:
    return {"@type": f"{_TYPE}ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata}


def permission_denied(permission: str, resource: str) -> ApiError:
    """Return the answer to a caller who lacks a permission on a resource (its name without the host)."""
    message = (
        f"Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/{resource}'"
        " (or it may not exist)."
    )
    info = _info("IAM_PERMISSION_DENIED", "iam.googleapis.com", permission=permission, resource=resource)
    return ApiError("PERMISSION_DENIED", message, (info,))


def service_disabled(service: str, consumer: str) -> ApiError:
    """Return the answer where an API is not enabled in the project that asks (`projects/123`)."""
    number = consumer.removeprefix("projects/")
    address = f"https://console.developers.google.com/apis/api/{service}/overview?project={number}"
    message = (
        f"{service} API has not been used in project {number} before or it is disabled. Enable it by visiting {address}"
        " then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems"
        " and retry."
    )
    links = [{"description": "Google developers console API activation", "url": address}]
    info = _info("SERVICE_DISABLED", "googleapis.com", service=service, consumer=consumer)
    return ApiError("PERMISSION_DENIED", message, (info, {"@type": f"{_TYPE}Help", "links": links}))


def quota_exceeded(service: str, metric: str, delay: float) -> ApiError:
    """Return the answer to one request too many; `delay` is how many seconds to wait."""
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute' of service '{service}'"
        " for consumer 'project_number:100000000001'."
    )
    info = _info("RATE_LIMIT_EXCEEDED", "googleapis.com", service=service, quota_metric=metric)
    retry = {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{delay:.3f}s"}
    return ApiError("RESOURCE_EXHAUSTED", message, (info, retry))


def invalid(message: str) -> ApiError:
    """Return the answer to a request that cannot be understood."""
    return ApiError("INVALID_ARGUMENT", message)


def not_found(name: str) -> ApiError:
    """Return the answer for a thing that is not there."""
    return ApiError("NOT_FOUND", f"Resource '{name}' was not found")
