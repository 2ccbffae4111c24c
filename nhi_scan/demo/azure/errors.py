"""Microsoft's errors, as its three kinds of service write them.

Graph: https://learn.microsoft.com/graph/errors; Resource Manager:
https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors; the login service:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from collections.abc import Mapping
from typing import Any

_REQUEST = "7f2c0f5e-0000-4000-8000-00000000d3e0"  # of every request: nothing here is drawn at random


class ApiError(Exception):
    """What the server answers in place of a result.

    Attributes:
        status: of HTTP.
        code: for programs: `Authorization_RequestDenied`, `AuthorizationFailed`, `invalid_client`.
        message: for people.
        headers: that go with it, `Retry-After` among them.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


def graph_body(error: ApiError, date: str) -> dict[str, Any]:
    """The JSON of Microsoft Graph; `date` is the moment, `2026-01-01T00:00:00`."""
    inner = {"date": date, "request-id": _REQUEST, "client-request-id": _REQUEST}
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}


def arm_body(error: ApiError) -> dict[str, Any]:
    """The JSON of Resource Manager."""
    return {"error": {"code": error.code, "message": error.message}}


def login_body(error: ApiError, date: str) -> dict[str, Any]:
    """The JSON of the login service, which follows RFC 6749; its message begins with the number of the error."""
    number = error.message.partition(":")[0].removeprefix("AADSTS")
    return {
        "error": error.code,
        "error_description": error.message,
        "error_codes": [int(number)] if number.isdigit() else [],
        "timestamp": date,
        "trace_id": _REQUEST,
        "correlation_id": _REQUEST,
    }


def graph_denied() -> ApiError:
    """Return Graph's answer to an application that lacks a permission; it never says which."""
    return ApiError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def arm_denied(object_id: str, action: str, scope: str) -> ApiError:
    """Return Resource Manager's answer to a caller who lacks an action at a scope."""
    message = (
        f"The client '{object_id}' with object id '{object_id}' does not have authorization to perform action"
        f" '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your"
        " credentials."
    )
    return ApiError(403, "AuthorizationFailed", message)


def unlicensed(feature: str) -> ApiError:
    """Return Graph's answer where the tenant lacks the licence for what is asked."""
    if feature == "aad_premium_p2":
        message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
        return ApiError(400, "AadPremiumLicenseRequired", message)
    message = "Your tenant is not licensed for this feature."
    return ApiError(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)


def bad_request(message: str, code: str = "BadRequest") -> ApiError:
    """Return the answer to a request that cannot be understood."""
    return ApiError(400, code, message)


def graph_not_found(id_: str) -> ApiError:
    """Return Graph's answer for an object that is not there."""
    message = f"Resource '{id_}' does not exist or one of its queried reference-property objects are not present."
    return ApiError(404, "Request_ResourceNotFound", message)


def too_many(retry_after: str, *, graph: bool) -> ApiError:
    """Return the answer to one request too many; `retry_after` is in seconds, with a fraction where somebody says so.

    https://learn.microsoft.com/graph/throttling and
    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    """
    headers = {"Retry-After": retry_after}
    if graph:
        headers |= {"x-ms-throttle-limit-percentage": "1.1", "x-ms-throttle-scope": "Tenant_Application/ReadWrite"}
        return ApiError(429, "TooManyRequests", "Too many requests", headers)
    return ApiError(429, "TooManyRequests", "The request is being throttled.", headers)
