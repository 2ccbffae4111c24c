"""The wire: which service a request is for, and HTTP around its answer."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from nhi_scan.demo.azure import login
from nhi_scan.demo.azure.arm.service import Arm
from nhi_scan.demo.azure.errors import ApiError, arm_body, graph_body
from nhi_scan.demo.azure.exchange import Answer, BreachError, Request
from nhi_scan.demo.azure.faults import CLOSED, TRUNCATED
from nhi_scan.demo.azure.graph.service import Graph
from nhi_scan.demo.azure.login import Login
from nhi_scan.demo.loopback import Handler

_GRAPH = ("/v1.0/", "/beta/")


@dataclass(slots=True, kw_only=True)
class Web:
    """The three services behind one address.

    Attributes:
        login: issues tokens.
        graph: takes those for Microsoft Graph alone.
        arm: takes those for Resource Manager alone.
        breaches: what this server did that Microsoft would not have done.
    """

    login: Login
    graph: Graph
    arm: Arm
    breaches: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        try:
            if self.login.serves(request.path):
                return self.login.answer(request)
            graph = request.path.startswith(_GRAPH)
            audience = login.GRAPH if graph else login.ARM
            if self.login.audience(request) != audience:
                return self._unknown(request, graph=graph)
            return self.graph.answer(request) if graph else self.arm.answer(request)
        except BreachError as error:
            self.breaches.append(str(error))
            return Answer(status=500, body={"error": {"code": "Breach", "message": str(error)}})

    def _unknown(self, request: Request, *, graph: bool) -> Answer:
        """Refuse who brings no token, or one for another service."""
        self.graph.gate.requests["unauthenticated"] += 1
        challenge = {
            "WWW-Authenticate": f'Bearer authorization_uri="{self.login.endpoint}/{self.login.world.estate.tenant}"'
        }
        given = "authorization" in request.headers
        if graph:
            message = "Access token validation failure. Invalid audience." if given else "Access token is empty."
            error = ApiError(401, "InvalidAuthenticationToken", message)
            return Answer(
                status=401, body=graph_body(error, self.login.world.date(0).removesuffix("Z")), headers=challenge
            )
        code = "InvalidAuthenticationTokenAudience" if given else "AuthenticationFailed"
        error = ApiError(401, code, "Authentication failed. The access token is of the wrong audience or missing.")
        return Answer(status=401, body=arm_body(error), headers=challenge)


def handler_for(web: Web) -> type[Handler]:
    """Return the HTTP handler that answers from `web`."""

    class Answering(Handler):
        timeout = 120

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=unquote(address.path),
                query=dict(parse_qsl(address.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            try:
                answered = web.answer(request)
            except Exception as error:
                web.breaches.append(f"{self.command} {self.path}: {error!r}")
                raise
            self._write(answered)

        def _write(self, answered: Answer) -> None:
            headers = dict(answered.headers)
            if headers.pop(CLOSED, ""):
                self.close_connection = True
                return
            text = b"" if answered.body is None else json.dumps(answered.body).encode()
            if headers.pop(TRUNCATED, ""):
                text = text[: len(text) // 2]
            lines = [
                f"HTTP/1.1 {answered.status} {self.responses[answered.status][0]}",
                "Content-Type: application/json; charset=utf-8",
                f"Content-Length: {len(text)}",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + text)

    return Answering
