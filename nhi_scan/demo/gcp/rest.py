"""Answers REST requests: find the method, let the request through the gate, answer, hold the answer against Google."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nhi_scan.demo.gcp import discovery, iam_v3
from nhi_scan.demo.gcp.asking import HANDLERS, Answer, Asked
from nhi_scan.demo.gcp.discovery import schema_of
from nhi_scan.demo.gcp.errors import ApiError, invalid
from nhi_scan.demo.gcp.gate import Fault, Gate
from nhi_scan.demo.gcp.paging import Listing, page
from nhi_scan.demo.gcp.schema import breaches
from nhi_scan.demo.gcp.world import World
from nhi_scan.demo.loopback import Handler

_SIZES = ("pageSize", "maxResults")
_PAGING = (*_SIZES, "pageToken")


@dataclass(slots=True, kw_only=True)
class Rest:
    """The REST half of the server.

    Attributes:
        world: what there is.
        gate: who may see it.
        breaches: answers of this server that do not fit Google's schemas, a sentence each: a test demands none.
    """

    world: World
    gate: Gate
    breaches: list[str] = field(default_factory=list)

    def answer(self, http: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Answer one request.

        Args:
            http: `GET` and so on.
            target: path and query, as sent.
            body: as sent.

        Returns:
            The HTTP status and the JSON.
        """
        try:
            return 200, self._result(http, target, body)
        except ApiError as error:
            return error.code, json.dumps(error.body()).encode()
        except BreachError as error:
            self.breaches.append(str(error))
            return 500, json.dumps(ApiError("INTERNAL", str(error)).body()).encode()

    def _result(self, http: str, target: str, body: bytes) -> bytes:
        address = urlsplit(target)
        host, _, path = address.path.lstrip("/").partition("/")
        service = discovery.service_at(host, path)
        query = parse_qs(address.query, keep_blank_values=True)
        found = iam_v3.find(service, http, path) or discovery.find(service, http, path)
        if found is None:
            raise ApiError("NOT_FOUND", f"The requested URL {path} was not found on {host}: {http}")
        method, parts = found
        if method.id not in HANDLERS:
            raise ApiError("UNIMPLEMENTED", f"{method.id} is not served here")
        decoded = _decoded(body)
        wrong = discovery.wrong_parameters(method.parameters, query) + method.wrong_body(decoded)
        if wrong:
            raise invalid("; ".join(wrong))
        fault = self.gate.enter(method.id, service)
        asked = Asked(
            method=method.id,
            service=service,
            parts=parts,
            query=query,
            body=decoded,
            world=self.world,
            gate=self.gate,
        )
        return self._checked(method, asked, fault)

    def _checked(self, method: Any, asked: Asked, fault: Fault | None) -> bytes:
        answer = paged(asked, HANDLERS[method.id](asked))
        if fault is not None and fault.kind == "wrong_field":
            answer["inventedByNobody"] = True
        if fault is not None and fault.kind == "unreachable":
            _lose_a_location(answer)
        wrong = method.wrong_answer(answer) + _wrong_assets(answer)
        if wrong:
            raise BreachError(f"{method.id}: {'; '.join(wrong[:5])}")
        if fault is not None and fault.kind == "repeated_token" and "nextPageToken" not in answer:
            answer["nextPageToken"] = asked.one("pageToken") or "again"
        text = json.dumps(answer).encode()
        if fault is not None and fault.kind == "closed":
            return b""
        return text[: len(text) // 2] if fault is not None and fault.kind == "truncated" else text


class BreachError(Exception):
    """This server was about to answer what Google would not."""


def paged(asked: Asked, answer: Answer) -> dict[str, Any]:
    """Return the page of a listing that was asked for, or the answer itself."""
    if not isinstance(answer, Listing):
        return answer
    size = next((int(value) for name in _SIZES for value in asked.query.get(name, ())), 0)
    if size < 0:
        raise invalid("page_size must not be negative")
    rest = {**asked.parts, **{name: repr(values) for name, values in asked.query.items() if name not in _PAGING}}
    return page(answer, asked.method, rest, size, asked.one("pageToken"))


def _lose_a_location(answer: dict[str, Any]) -> None:
    """Say of a location that it did not answer, as Compute Engine says it and as other services do."""
    if isinstance(answer.get("items"), dict):
        warning = {"code": "UNREACHABLE", "message": "Scope 'zones/us-east1-c' could not be reached."}
        answer["items"]["zones/us-east1-c"] = {"warning": warning}
    else:
        answer["unreachable"] = ["projects/p/locations/us-east1"]


def _decoded(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise invalid("Invalid JSON payload received.") from error
    if not isinstance(decoded, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    return decoded


def _wrong_assets(answer: Mapping[str, Any]) -> list[str]:
    """Hold the data of assets against the discovery documents of the services they are of."""
    wrong: list[str] = []
    for asset in answer.get("assets", ()):
        resource = asset.get("resource")
        known = resource and schema_of(asset["assetType"].partition("/")[0], resource["discoveryName"])
        if known:
            wrong += breaches(resource["data"], *known, where=asset["name"])
        elif resource:
            wrong.append(f"{asset['name']}: no schema `{resource['discoveryName']}`")
    return wrong


def handler_for(rest: Rest) -> type[Handler]:
    """Return the HTTP handler that answers from `rest`."""

    class Answering(Handler):
        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            try:
                status, text = rest.answer(self.command, self.path, self.rfile.read(length))
            except Exception as error:
                rest.breaches.append(f"{self.command} {self.path}: {error!r}")
                raise
            if not text:
                self.close_connection = True
                return
            head = f"HTTP/1.1 {status} {self.responses[status][0]}\r\nContent-Type: application/json; charset=UTF-8\r\n"
            self.wfile.write(f"{head}Content-Length: {len(text)}\r\n\r\n".encode("latin-1") + text)

    return Answering
