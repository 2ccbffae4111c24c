"""Answers requests for Microsoft Graph, single ones and parts of a batch."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from nhi_scan.demo.azure import csdl
from nhi_scan.demo.azure.errors import ApiError, bad_request, graph_body, unlicensed
from nhi_scan.demo.azure.estate import Record, Rows
from nhi_scan.demo.azure.exchange import Answer, BreachError, Request
from nhi_scan.demo.azure.faults import disturb
from nhi_scan.demo.azure.gate import Fault, Gate
from nhi_scan.demo.azure.graph import objects, odata
from nhi_scan.demo.azure.graph.routes import GET_BY_IDS, Route, find
from nhi_scan.demo.azure.world import World

PARTS = 20  # requests of a batch at most: https://learn.microsoft.com/graph/json-batching
_VERSION = re.compile(r"/(v1\.0|beta)/(.*)")
_CAST = re.compile(r"/(?:microsoft\.)?graph\.\w+(?=/)")
_BY_APP = re.compile(r"\((appId='[^']*')\)", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Graph:
    """Microsoft Graph.

    Attributes:
        world: what there is.
        gate: who may see it.
        endpoint: of the server, which next links begin with.
    """

    world: World
    gate: Gate
    endpoint: str = ""

    def answer(self, request: Request, *, part: bool = False) -> Answer:
        """Answer one request; an error is an answer too."""
        try:
            answered = self._answer(request, part=part)
        except ApiError as error:
            body = graph_body(error, self.world.date(0).removesuffix("Z"))
            return Answer(status=error.status, body=body, headers=error.headers)
        # https://learn.microsoft.com/graph/throttling#regular-responses-requests
        if self.gate.conduct.used:
            answered.headers["x-ms-throttle-limit-percentage"] = self.gate.conduct.used
        return answered

    def _answer(self, request: Request, *, part: bool) -> Answer:
        found = _VERSION.fullmatch(request.path)
        if found is None:
            raise bad_request("Invalid version.")
        beta, path = found[1] == "beta", _plain(found[2])
        if path == "$batch":
            return self._batch(request, found[1])
        if path.lower() == GET_BY_IDS.path.lower() and request.method == "POST":
            return self._by_ids(request, beta=beta, part=part)
        if request.method != "GET":
            raise ApiError(405, "Request_BadRequest", f"Specified HTTP method is not allowed: {request.method}.")
        match = find(path)
        if match is None or (match[0].beta and not beta):
            raise bad_request(f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
        route, ids = match
        fault = self.gate.enter(f"graph.{route.family}", request.path, part=part)
        self._admit(route, fault)
        if route.single:
            return self._single(request, route, ids, fault, beta=beta)
        return self._collection(request, route, ids, fault, beta=beta)

    def _admit(self, route: Route, fault: Fault | None) -> None:
        self.gate.demand_graph(route.permissions)
        if route.besides:
            self.gate.demand_graph((route.besides,))
        if route.premium and (not self.gate.conduct.premium or (fault is not None and fault.kind == "unlicensed")):
            raise unlicensed(route.premium)

    def _single(
        self, request: Request, route: Route, ids: tuple[str, ...], fault: Fault | None, *, beta: bool
    ) -> Answer:
        options = odata.read(request.query, most=route.most)
        row = self.world.at(objects.one_of(self.world, route, ids))
        shown = odata.shaped(row, route.kind, options, self._expand, beta=beta)
        self._hold([shown], route, fault, beta=beta)
        return disturb(Answer(body={"@odata.context": self._context(route, beta=beta), **shown}), fault)

    def _collection(
        self, request: Request, route: Route, ids: tuple[str, ...], fault: Fault | None, *, beta: bool
    ) -> Answer:
        options = odata.read(request.query, most=route.most)
        if route.filtered and not options.filter:
            raise bad_request("The required filter is missing in the request.", "MissingParameters")
        if options.count and request.headers.get("consistencylevel", "").lower() != "eventual":
            raise bad_request("$count is not currently supported.", "Request_UnsupportedQuery")
        rows = odata.chosen(self._rows(route, ids, options, beta=beta), options)
        rest = {name: value for name, value in sorted(request.query.items()) if name != "$skiptoken"}
        size = min(options.top or route.usual, self.gate.conduct.page or route.most)
        start, end, token = odata.window(repr((request.path.lower(), rest)), options, len(rows), size)
        shown = [
            odata.shaped(self.world.at(row), route.kind, options, self._expand, beta=beta) for row in rows[start:end]
        ]
        self._hold(shown, route, fault, beta=beta)
        body: Record = {"@odata.context": self._context(route, beta=beta)}
        if options.count:
            body["@odata.count"] = len(rows)
        if fault is not None and fault.kind == "repeated_link":
            body["@odata.nextLink"] = self.endpoint + request.path + _written(request.query)
        elif token:
            body["@odata.nextLink"] = self.endpoint + request.path + _written({**rest, "$skiptoken": token})
        return disturb(Answer(body={**body, "value": shown}), fault)

    def _rows(self, route: Route, ids: tuple[str, ...], options: odata.Options, *, beta: bool) -> Rows:
        """Return the rows that a filter chooses among; one that counts relations is an advanced query.

        https://learn.microsoft.com/graph/aad-advanced-queries

        Raises:
            ApiError: an advanced query without `$count=true` and its header.
        """
        rows = objects.shown(self.world, route, objects.rows_of(self.world, route, ids), beta=beta)
        relation = options.filter.partition("/$count")[0] if "/$count" in options.filter else ""
        if not relation:
            return rows
        if not options.count:
            raise bad_request("Filter on this property requires an advanced query.", "Request_UnsupportedQuery")
        return objects.counted(self.world, rows, relation)

    def _by_ids(self, request: Request, *, beta: bool, part: bool) -> Answer:
        fault = self.gate.enter("graph.getByIds", request.path, part=part)
        self.gate.demand_graph(GET_BY_IDS.permissions)
        asked = _json(request.body)
        if not isinstance(asked.get("ids"), list):
            raise bad_request("The ids are missing.")
        options = odata.read(request.query, most=999)
        rows = objects.by_ids(self.world, asked["ids"], asked.get("types") or ())
        shown = [odata.shaped(self.world.at(row), "directoryObject", options, self._expand, beta=beta) for row in rows]
        self._hold(shown, GET_BY_IDS, fault, beta=beta)
        return disturb(Answer(body={"@odata.context": self._context(GET_BY_IDS, beta=beta), "value": shown}), fault)

    def _batch(self, request: Request, version: str) -> Answer:
        fault = self.gate.enter("graph.batch", request.path)
        parts = _json(request.body).get("requests")
        if not isinstance(parts, list) or not parts:
            raise bad_request("Invalid batch payload format.")
        if len(parts) > PARTS:
            raise bad_request(
                f"Number of batch request steps exceeds the maximum value of {PARTS}.", "MaximumValueExceeded"
            )
        if len({str(one.get("id")) for one in parts}) != len(parts):
            raise bad_request("The ids of batch requests must be unique.")
        # Microsoft answers in whatever order the parts come back; here it is the reverse.
        answers = [self._part(one, version, request) for one in reversed(parts)]
        return disturb(Answer(body={"responses": answers}), fault)

    def _part(self, one: Mapping[str, Any], version: str, request: Request) -> Record:
        address = urlsplit(str(one.get("url", "")))
        body = one.get("body")
        inner = Request(
            method=str(one.get("method", "")).upper(),
            path=f"/{version}/{address.path.lstrip('/')}",
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            headers={str(key).lower(): str(value) for key, value in (one.get("headers") or {}).items()},
            body=json.dumps(body).encode() if body is not None else b"",
            caller=request.caller,
        )
        answered = self.answer(inner, part=True)
        headers = {"Content-Type": "application/json", **answered.headers}
        return {"id": str(one.get("id")), "status": answered.status, "headers": headers, "body": answered.body}

    def _expand(self, row: Mapping[str, Any], relation: str) -> list[Record]:
        return [self.world.at(one) for one in objects.related(self.world, row, relation)]

    def _hold(self, rows: list[Record], route: Route, fault: Fault | None, *, beta: bool) -> None:
        """Hold an answer against Microsoft's metadata.

        Raises:
            BreachError: it does not fit.
        """
        if fault is not None and fault.kind == "wrong_field" and rows:
            rows[0]["inventedByNobody"] = True
        wrong = [sentence for row in rows for sentence in csdl.breaches(row, route.kind, beta=beta)]
        if wrong:
            raise BreachError(f"graph.{route.family}: {'; '.join(wrong[:5])}")

    def _context(self, route: Route, *, beta: bool) -> str:
        return f"{self.endpoint}/{'beta' if beta else 'v1.0'}/$metadata#{route.path.partition('/{')[0]}"


def _plain(path: str) -> str:
    """Return a path without casts in its middle, ids by application as ids."""
    path = _BY_APP.sub(r"/\1", path.strip("/"))
    path = _CAST.sub("", path)
    return re.sub(r"/graph\.", "/microsoft.graph.", path)


def _written(query: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={quote(value, safe=chr(39) + '$(),=/')}" for name, value in query.items())


def _json(body: bytes) -> Record:
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise bad_request("Unable to read JSON request payload.") from error
    if not isinstance(decoded, dict):
        raise bad_request("Unable to read JSON request payload.")
    return decoded
