"""A loopback server that speaks GitHub's REST API over TLS, from an estate that is data.

The provider's settings are `base_url` = `Served.endpoint`, `ca_file` = `Served.ca_file` and `web_host` = `github.com`;
who asks is either the person whose token is `Served.token`, or the app `Served.app_id` with the key in
`Served.private_key_file`. Every answer is what GitHub's OpenAPI description says of it: the tests hold
`Served.exchanges` against that.
"""

import json
import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nhi_scan.demo.github.estate import APP_ID, Estate
from nhi_scan.demo.github.exchange import Answer, Exchange, Request
from nhi_scan.demo.github.gate import Conduct, Gate
from nhi_scan.demo.github.service import Service
from nhi_scan.demo.github.world import World
from nhi_scan.demo.loopback import LOOPBACK, Handler, listen

_NAME = "localhost"
_ROOT = "/api/v3"
_BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server.

    Attributes:
        endpoint: `https://localhost:<port>/api/v3`.
        ca_file: certificate of the authority that signed the server's, in a file that goes with the server.
        token: a person's token that it takes.
        app_id: number of the scanner's app.
        private_key_file: the app's key, in a file that goes with the server.
        requests: how many requests there were, by path of GitHub's description, the refused ones too.
        exchanges: what was asked and answered.
        breaches: what this server did that GitHub would not have done: a test demands that there are none.
    """

    endpoint: str
    ca_file: str
    token: str
    app_id: str
    private_key_file: str
    requests: Counter[str]
    exchanges: list[Exchange]
    breaches: list[str]


@contextmanager
def serve(estate: Estate, now: datetime, conduct: Conduct | None = None) -> Iterator[Served]:
    """Serve an estate as it stands at a moment, on a free port of 127.0.0.1, from threads of this process.

    Args:
        estate: what is there.
        now: the moment (aware); ages in the estate count back from it.
        conduct: how the caller is treated; by default everything is allowed and nothing goes wrong.

    Yields:
        Where it listens, what it takes, and what it saw.
    """
    world = World(estate, now)
    gate = Gate(world, conduct or Conduct())
    authority = trustme.CA()
    key = _app_key()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    service = Service(world=world, gate=gate, public_key=public)
    with (
        tempfile.TemporaryDirectory(prefix="nhi-scan-demo-") as folder,
        listen(handler_for(service), _tls(authority)) as port,
    ):
        world.endpoint = f"https://{_NAME}:{port}{_ROOT}"
        ca_file, key_file = Path(folder, "ca.pem"), Path(folder, "app.pem")
        authority.cert_pem.write_to_path(str(ca_file))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
        yield Served(
            endpoint=world.endpoint,
            ca_file=str(ca_file),
            token=estate.token,
            app_id=str(APP_ID),
            private_key_file=str(key_file),
            requests=gate.requests,
            exchanges=service.exchanges,
            breaches=service.breaches,
        )


@cache
def _app_key() -> rsa.RSAPrivateKey:
    """Make the app's key, which takes long enough to be done once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def _tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(_NAME, LOOPBACK).configure_cert(context)
    return context


def handler_for(service: Service) -> type[Handler]:
    """Return the HTTP handler that answers from `service`."""

    class Answering(Handler):
        timeout = 120

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            place = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=place.path.removeprefix(_ROOT),
                query=dict(parse_qsl(place.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(body) if body else None,
            )
            try:
                answered = service.answer(request)
            except Exception as error:
                service.breaches.append(f"{self.command} {self.path}: {error!r}")
                raise
            self._write(answered)

        def _write(self, answered: Answer) -> None:
            if answered.wire == "closed":
                self.close_connection = True
                return
            text = json.dumps(answered.body).encode()
            kind = "application/json; charset=utf-8"
            if answered.wire == "truncated":
                text = text[: len(text) // 2]
            elif answered.wire == "html":
                text, kind = b"<!DOCTYPE html><title>proxy</title>", "text/html"
            lines = [
                f"HTTP/1.1 {answered.status} {self.responses[answered.status][0]}",
                f"Content-Type: {kind}",
                f"Content-Length: {len(text)}",
                f"Date: {formatdate(usegmt=True)}",
                *(f"{name}: {value}" for name, value in answered.headers.items()),
            ]
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + text)

    return Answering
