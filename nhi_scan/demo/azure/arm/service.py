"""Answers requests for Resource Manager, single ones and parts of a batch."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from nhi_scan.demo.azure.arm import strict
from nhi_scan.demo.azure.arm.lists import Lists
from nhi_scan.demo.azure.arm.resourcegraph import ResourceGraph
from nhi_scan.demo.azure.arm.routes import Route, find
from nhi_scan.demo.azure.errors import ApiError, arm_body, bad_request
from nhi_scan.demo.azure.estate import Record
from nhi_scan.demo.azure.exchange import Answer, BreachError, Request
from nhi_scan.demo.azure.faults import disturb
from nhi_scan.demo.azure.gate import Fault, Gate
from nhi_scan.demo.azure.world import ROOT, World

PARTS = 500  # requests of a batch at most
USUAL = 100  # rows of a page
_VERSION = re.compile(r"\d{4}-\d\d-\d\d(-preview)?")
_SINGLE = {"subscriptions.get", "managementGroups.get", "get"}
_REMAINING = {"x-ms-ratelimit-remaining-subscription-reads": "11999"}


@dataclass(slots=True, kw_only=True)
class Arm:
    """Azure Resource Manager.

    Attributes:
        world: what there is.
        gate: who may see it.
        endpoint: of the server, which next links begin with.
    """

    world: World
    gate: Gate
    endpoint: str = ""
    _lists: Lists = field(init=False)
    _queries: ResourceGraph = field(init=False)

    def __post_init__(self) -> None:
        self._lists = Lists(self.world, self.gate)
        self._queries = ResourceGraph(self.world, self.gate)

    def answer(self, request: Request, *, part: bool = False) -> Answer:
        """Answer one request; an error is an answer too."""
        try:
            answered = self._answer(request, part=part)
        except ApiError as error:
            return Answer(status=error.status, body=arm_body(error), headers=error.headers)
        answered.headers |= _REMAINING
        return answered

    def _answer(self, request: Request, *, part: bool) -> Answer:
        path = re.sub("/{2,}", "/", request.path).rstrip("/")
        match = find(request.method, path)
        if match is None:
            raise ApiError(
                404, "InvalidResourceType", f"The resource type could not be found: {request.method} {path}."
            )
        route, named = match
        version = request.query.get("api-version", "")
        if not version:
            raise bad_request("The api-version query parameter (?api-version=) is required for all requests.",
                              "MissingApiVersionParameter")  # fmt: skip
        if not _VERSION.fullmatch(version):
            raise bad_request(f"The api-version '{version}' is invalid.", "InvalidApiVersionParameter")
        fault = self.gate.enter(f"arm.{route.family}", path, part=part)
        if route.family == "batch":
            return disturb(self._batch(request), fault)
        self._admit(route, named)
        if route.family == "resourceGraph":
            answered = self._queries.answer(_json(request.body))
        elif route.family in _SINGLE:
            expand = request.query.get("$expand", "")
            answered = Answer(body=self.world.at(self._lists.one(route.family, named, expand)))
        else:
            answered = self._page(request, route, named, fault)
        self._hold(answered.body, route, fault)
        return disturb(answered, fault)

    def _admit(self, route: Route, named: Mapping[str, str]) -> None:
        if route.family == "providerOperations":  # has no scope: a right to it anywhere is enough
            self.gate.demand_anywhere(route.action)
        elif route.action:
            scope = named.get("scope") or ROOT
            if "name" in named:
                scope = f"/providers/Microsoft.Management/managementGroups/{named['name']}"
            kind = named.get("kind") or _type_of(scope)
            self.gate.demand_arm(route.action.replace("{kind}", kind), scope)

    def _page(self, request: Request, route: Route, named: Mapping[str, str], fault: Fault | None) -> Answer:
        rows = self._lists.rows(route, named, request.query.get("$filter", ""))
        start = _start(request.query.get("$skipToken", ""))
        end = start + (self.gate.conduct.page or USUAL)
        body: Record = {"value": [self.world.at(row) for row in rows[start:end]]}
        rest = {name: value for name, value in request.query.items() if name != "$skipToken"}
        if fault is not None and fault.kind == "repeated_link":
            body["nextLink"] = self.endpoint + quote(request.path) + _written(request.query)
        elif end < len(rows):
            token = base64.urlsafe_b64encode(str(end).encode()).decode()
            body["nextLink"] = self.endpoint + quote(request.path) + _written({**rest, "$skipToken": token})
        return Answer(body=body)

    def _batch(self, request: Request) -> Answer:
        """https://learn.microsoft.com/azure/azure-resource-manager/management/batch: names tell the parts apart."""
        parts = _json(request.body).get("requests")
        if not isinstance(parts, list) or not parts or len(parts) > PARTS:
            raise bad_request("The batch request content is invalid.", "InvalidBatchRequest")
        return Answer(body={"responses": [self._part(one, request) for one in parts]})

    def _part(self, one: Mapping[str, Any], request: Request) -> Record:
        address = urlsplit(str(one.get("url", "")))
        content = one.get("content")
        inner = Request(
            method=str(one.get("httpMethod", "")).upper(),
            path=address.path,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            body=json.dumps(content).encode() if content is not None else b"",
            caller=request.caller,
        )
        answered = self.answer(inner, part=True)
        return {
            "name": one.get("name"),
            "httpStatusCode": answered.status,
            "headers": {"Content-Type": "application/json; charset=utf-8", **answered.headers},
            "content": answered.body,
            "contentLength": len(json.dumps(answered.body)),
        }

    def _hold(self, body: Record, route: Route, fault: Fault | None) -> None:
        """Hold an answer against the SDK's model.

        Raises:
            BreachError: it does not fit.
        """
        if fault is not None and fault.kind == "wrong_field":
            body["inventedByNobody"] = True
        wrong = list(strict.breaches(body, route.model)) if route.model else []
        if wrong:
            raise BreachError(f"arm.{route.family}: {'; '.join(wrong[:5])}")


def _type_of(scope: str) -> str:
    """Return the type of what an id names, as its owner spelt it."""
    _, provided, rest = scope.rpartition("/providers/")
    parts = rest.split("/") if provided else []
    return "/".join([*parts[:1], *parts[1::2]]) if parts else "Microsoft.Resources/subscriptions/resourceGroups"


def _start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode()) if token else 0
    except ValueError as error:
        raise bad_request("The skip token is invalid.", "InvalidSkipToken") from error


def _written(query: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())


def _json(body: bytes) -> Record:
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise bad_request(
            "The request content was invalid and could not be deserialized.", "InvalidRequestContent"
        ) from error
    if not isinstance(decoded, dict):
        raise bad_request("The request content is not an object.", "InvalidRequestContent")
    return decoded
