"""Google's own description of its REST APIs: which methods there are, what they take and what they answer.

The discovery documents come with google-api-python-client (https://developers.google.com/discovery/v1/reference/apis).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from nhi_scan.demo.gcp.schema import Schema, breaches

_VERSIONS: Mapping[str, tuple[str, ...]] = {
    "aiplatform": ("v1",),
    "apikeys": ("v2",),
    "appengine": ("v1",),
    "bigquery": ("v2",),
    "cloudasset": ("v1",),
    "cloudbuild": ("v1", "v2"),
    "cloudfunctions": ("v2",),
    "cloudidentity": ("v1",),
    "cloudkms": ("v1",),
    "cloudresourcemanager": ("v3", "v1"),
    "cloudscheduler": ("v1",),
    "composer": ("v1",),
    "compute": ("v1",),
    "container": ("v1",),
    "dataflow": ("v1b3",),
    "dataproc": ("v1",),
    "deploymentmanager": ("v2",),
    "iam": ("v1", "v2"),
    "notebooks": ("v2",),
    "orgpolicy": ("v2",),
    "policyanalyzer": ("v1",),
    "pubsub": ("v1",),
    "recommender": ("v1",),
    "run": ("v2", "v1"),
    "secretmanager": ("v1",),
    "serviceusage": ("v1",),
    "storage": ("v1",),
    "workflows": ("v1",),
}
# Versions whose schemas assets are of, and whose methods are not served.
_SHAPES: Mapping[str, tuple[str, ...]] = {
    "cloudfunctions": ("v1",),
    "sqladmin": ("v1",),
}
_DOMAIN = ".googleapis.com"
# Vertex AI: https://cloud.google.com/vertex-ai/docs/reference/rest#rest_endpoints
_LOCATED_SERVICES = ("aiplatform.googleapis.com",)
_BY_LOCATION = re.compile(r"([a-z]+-[a-z]+\d+)-(aiplatform\.googleapis\.com)")
_LOCATED = re.compile(r"v1/projects/[^/]+/locations/([a-z]+-[a-z]+\d+)/")
# Every Google API takes these, whether or not its document says so: https://cloud.google.com/apis/docs/system-parameters
_SYSTEM_PARAMETERS = ("$alt", "$fields", "$key", "$prettyPrint", "$userProject")
_GROUP = re.compile(r"\((?!\?)")  # one that would be counted
_VERB = re.compile(r"\):\w+$")  # a custom method's end in the expression of its path
_PART = re.compile(r"\{(\+?)([^}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a service."""

    id: str  # `cloudasset.assets.list`
    http: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]  # of the parts of the path, in their order
    parameters: Mapping[str, Schema]
    request: Schema | None
    response: Schema
    schemas: Mapping[str, Schema]

    def wrong_answer(self, answer: Any) -> list[str]:
        """Say how an answer differs from what the document promises."""
        return list(breaches(answer, self.response, self.schemas))

    def wrong_body(self, body: Any) -> list[str]:
        """Say how a request's body differs from what the document takes."""
        if self.request is None:
            return ["$: this method takes no body"] if body else []
        return list(breaches(body, self.request, self.schemas))


class Api:
    """One version of a service."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.schemas: Mapping[str, Schema] = document.get("schemas", {})
        self._common: Mapping[str, Schema] = document.get("parameters", {})
        self._prefix: str = document.get("servicePath", "")
        # `{name}:getIamPolicy` before `{name}`: what a name may hold is documented loosely, a verb would pass.
        self.methods = tuple(sorted(self._walk(document), key=lambda one: not _VERB.search(one.pattern.pattern)))

    def _walk(self, node: Mapping[str, Any]) -> Iterator[Method]:
        for raw in node.get("methods", {}).values():
            yield self._method(raw)
        for inner in node.get("resources", {}).values():
            yield from self._walk(inner)

    def _method(self, raw: Mapping[str, Any]) -> Method:
        given: Mapping[str, Schema] = raw.get("parameters", {})
        template = self._prefix + raw["path"]
        names: list[str] = []
        expression, end = "", 0
        for part in _PART.finditer(template):
            names.append(part[2])
            inner = str(given.get(part[2], {}).get("pattern", "")).removeprefix("^").removesuffix("$")
            fallback = ".+" if part[1] else "[^/]+"
            expression += re.escape(template[end : part.start()]) + f"({_GROUP.sub('(?:', inner or fallback)})"
            end = part.end()
        expression += re.escape(template[end:])
        return Method(
            id=raw["id"],
            http=raw["httpMethod"],
            pattern=re.compile(expression),
            names=tuple(names),
            parameters={**self._common, **{name: one for name, one in given.items() if one["location"] == "query"}},
            request=raw.get("request"),
            response=raw.get("response", {"type": "object"}),
            schemas=self.schemas,
        )


@cache
def apis(service: str) -> tuple[Api, ...]:
    """Return the documented versions of a service by its host, `iam.googleapis.com`; none of a host not served here."""
    name = service.removesuffix(_DOMAIN)
    return tuple(_api(name, version) for version in _VERSIONS.get(name, ()) if service.endswith(_DOMAIN))


@cache
def _api(name: str, version: str) -> Api:
    place = files("googleapiclient.discovery_cache").joinpath("documents", f"{name}.{version}.json")
    return Api(json.loads(place.read_text("utf-8")))


def find(service: str, http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """Find the method that a request asks for.

    Args:
        service: its host, `iam.googleapis.com`.
        http: `GET` and so on.
        path: without the leading slash and without the query, still percent-encoded.

    Returns:
        The method and the parts of the path by name, decoded; None: the service has no such method.
    """
    for api in apis(service):
        for method in api.methods:
            match = method.pattern.fullmatch(path) if method.http == http else None
            if match:
                parts = dict(zip(method.names, match.groups()[: len(method.names)], strict=True))
                return method, {name: _decoded(value) for name, value in parts.items()}
    return None


def service_at(host: str, path: str) -> str:
    """Return the service that a host stands for: `us-central1-aiplatform.googleapis.com` is one of a location.

    Args:
        host: as asked.
        path: as asked; what is in a location is found at the location's own host, and nothing else is.

    Returns:
        Its plain host; nothing where the path is not served by the host.
    """
    at, inside = _BY_LOCATION.fullmatch(host), _LOCATED.match(path)
    if at is None:
        return "" if host in _LOCATED_SERVICES and inside else host
    return at[2] if inside and inside[1] == at[1] else ""


def _decoded(value: str) -> str:
    """Undo percent-encoding: a name with `%2F` in it arrives as `%252F` from clients that encode what they get."""
    while "%" in value and unquote(value) != value:
        value = unquote(value)
    return value


def wrong_parameters(parameters: Mapping[str, Schema], query: Mapping[str, list[str]]) -> list[str]:
    """Say what is wrong with a query; an enumeration may be given by name or by number, as Google allows."""
    wrong: list[str] = []
    for name, values in query.items():
        schema = parameters.get(name)
        if schema is None:
            if name not in _SYSTEM_PARAMETERS:
                wrong.append(f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.')
            continue
        if len(values) > 1 and not schema.get("repeated"):
            wrong.append(f"`{name}` may be given once")
        wrong += [f"`{name}`: `{value}` is no {schema['type']}" for value in values if not _fits(value, schema)]
    return wrong


def _fits(value: str, schema: Schema) -> bool:
    if schema["type"] == "integer":
        return re.fullmatch(r"-?\d+", value) is not None
    if schema["type"] == "boolean":
        return value.lower() in {"true", "false"}
    if "enum" in schema:
        return value in schema["enum"] or (value.isdigit() and int(value) < len(schema["enum"]))
    return True


def schema_of(service: str, name: str) -> tuple[Schema, Mapping[str, Schema]] | None:
    """Return a schema of a service by its name (`Instance`) in any served version, with those it refers to."""
    short = service.removesuffix(_DOMAIN)
    for api in (*apis(service), *(_api(short, version) for version in _SHAPES.get(short, ()))):
        if name in api.schemas:
            return api.schemas[name], api.schemas
    return None
