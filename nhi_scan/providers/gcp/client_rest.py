"""APIs that are asked by REST, from the discovery documents that come with google-api-python-client.

A document says for each method its path, its HTTP method and which parameters go into the path
(https://developers.google.com/discovery/v1/reference/apis), so that the call table names methods and no addresses.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from google.api_core.exceptions import from_http_response, from_http_status
from google.auth.transport.requests import AuthorizedSession
from googleapiclient.discovery_cache import get_static_doc

from nhi_scan import __version__

_VARIABLE = re.compile(r"\{(\+?)(\w+)\}")
AGENT = f"nhi-scan/{__version__}"  # Google's audit log shows who asked
_GOOD = 400
# Vertex AI answers for a location at an address of that location:
# https://cloud.google.com/vertex-ai/docs/reference/rest#rest_endpoints
_BY_LOCATION = frozenset({"aiplatform.googleapis.com"})
_LOCATION = re.compile(r"projects/[^/]+/locations/([a-z0-9-]{1,63})")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of an API."""

    http: str  # GET, or POST where a search takes a body
    host: str  # `iam.googleapis.com`
    path: str  # with variables: `v1/{+parent}/providers`
    parameters: frozenset[str]  # that go into the path or the query; others go into the body


@lru_cache(maxsize=64)
def method_of(service: str, operation: str) -> Method | None:
    """Find a method; None where Google's documents have none of that name.

    Args:
        service: name and version of the API: `iam:v1`.
        operation: the method's id: `iam.projects.locations.workloadIdentityPools.list`.
    """
    name, _, version = service.partition(":")
    text = get_static_doc(name, version)
    if text is None:
        return None
    document = json.loads(text)
    system = document.get("parameters", {})
    for found, method in _methods(document):
        if found == operation:
            host = urlsplit(document["rootUrl"]).netloc
            path = document["servicePath"] + method["path"]
            return Method(method["httpMethod"], host, path, frozenset({*method.get("parameters", {}), *system}))
    return None


def _methods(resource: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method in resource.get("methods", {}).values():
        yield method["id"], method
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def open_session(credentials: Any) -> Any:
    """Make an HTTP session that refreshes its own access token, also in the middle of a listing."""
    session = AuthorizedSession(credentials)
    session.headers["User-Agent"] = AGENT
    return session


def rest_page(
    session: Any, method: Method, params: Mapping[str, Any], token: str, endpoint: str, timeout: float
) -> Any:
    """Ask for one page.

    Args:
        session: from `open_session`.
        method: what is asked.
        params: its parameters; those of the body where it has one.
        token: of the page; empty for the first.
        endpoint: address that stands in for Google's, or empty.
        timeout: seconds.

    Returns:
        The JSON of the answer.

    Raises:
        GoogleAPICallError: Google refused.
    """
    left = {**params, **({"pageToken": token} if token else {})}
    path = _VARIABLE.sub(lambda found: _expanded(found, left), method.path)
    query = {
        name: value for name, value in left.items() if name in method.parameters and f"{name}}}" not in method.path
    }
    body = {name: value for name, value in left.items() if name not in method.parameters} or None
    host = _host(method, params)
    root = f"{endpoint}/{host}" if endpoint else f"https://{host}"
    with session.request(
        method.http, f"{root}/{path}", params=_plain(query), json=body, timeout=timeout, allow_redirects=False
    ) as response:
        if response.status_code >= _GOOD:
            raise _refusal(response)
        return response.json()


def _host(method: Method, params: Mapping[str, Any]) -> str:
    found = _LOCATION.fullmatch(str(params.get("parent", ""))) if method.host in _BY_LOCATION else None
    return f"{found[1]}-{method.host}" if found and found[1] != "global" else method.host


def _refusal(response: Any) -> Exception:
    refusal: Exception
    try:
        refusal = from_http_response(response)
    except Exception:  # noqa: BLE001 - the library trusts the shape of an error, and a proxy's may be any
        refusal = from_http_status(response.status_code, "answered with an error of an unexpected shape")
    return refusal


def _expanded(found: re.Match[str], params: Mapping[str, Any]) -> str:
    return quote(str(params[found[2]]), safe="/:@%~" if found[1] else "")


def _plain(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
