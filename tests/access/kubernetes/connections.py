"""Many requests to an API server, over connections that stay open: one for each thread."""

import http.client
import json
import ssl
from collections.abc import Mapping
from threading import local
from typing import Any, Self
from urllib.parse import urlsplit


class Connections:
    """Asks as somebody in system:masters."""

    def __init__(self, server: Any) -> None:
        """Take the fixture `api_server`."""
        self._address = urlsplit(server.url)
        self._headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        self._own = local()
        self._open: list[http.client.HTTPSConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._open:
            connection.close()

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send one request; give back the status and what the answer says."""
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._connect()
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {**self._headers, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def _connect(self) -> http.client.HTTPSConnection:
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        assert self._address.hostname is not None
        made = http.client.HTTPSConnection(self._address.hostname, self._address.port, timeout=60, context=unchecked)
        self._open.append(made)
        return made
