"""GitHub's errors: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api."""

from collections.abc import Mapping

_DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """What the server answers in place of a result.

    Attributes:
        status: of HTTP.
        message: for people.
        headers: that go with it.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})

    @property
    def body(self) -> dict[str, str]:
        """The JSON of the answer."""
        return {"message": self.message, "documentation_url": _DOCS, "status": str(self.status)}


def not_found(message: str = "Not Found") -> ApiError:
    """Return the answer for what is not there, or what may not be seen."""
    return ApiError(404, message)


def bad_credentials() -> ApiError:
    """Return the answer to a token that is none, or that has ended."""
    return ApiError(401, "Bad credentials")


def not_accessible(permission: str) -> ApiError:
    """Return the answer to an app that lacks a permission; a header says which."""
    headers = {"X-Accepted-GitHub-Permissions": permission}
    return ApiError(403, "Resource not accessible by integration", headers)


def primary_limit(reset: int) -> ApiError:
    """Return the answer to one request too many in this hour."""
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    return ApiError(403, "API rate limit exceeded for installation ID 54870001.", headers)


def secondary_limit(retry_after: str) -> ApiError:
    """Return the answer to too many requests at once."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return ApiError(403, "You have exceeded a secondary rate limit. Please wait a few minutes.", headers)


def suspended() -> ApiError:
    """Return the answer to an app whose installation is suspended."""
    return ApiError(403, "This installation has been suspended")


def single_sign_on(login: str) -> ApiError:
    """Return the answer to a token that is not authorized for the organization's single sign-on."""
    url = f"https://github.com/orgs/{login}/sso?authorization_request=CANARYREQUEST"
    message = (
        "Resource protected by organization SAML enforcement. You must grant your token access to this organization."
    )
    return ApiError(403, message, {"X-GitHub-SSO": f"required; url={url}"})


def blocked(status: int) -> ApiError:
    """Return the answer about a repository that GitHub has closed."""
    return ApiError(status, "Repository access blocked")
