"""A loopback server that speaks as the API server of one cluster, over TLS, and the kubeconfig that leads to it."""

import base64
import json
import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme
import yaml

from nhi_scan.demo.kubernetes.api import Api
from nhi_scan.demo.kubernetes.load import Loaded
from nhi_scan.demo.loopback import LOOPBACK, Handler, listen

_TOKEN = "a-token-of-the-demo"  # noqa: S105 - it opens nothing but this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server.

    Attributes:
        endpoint: `https://127.0.0.1:<port>`.
        kubeconfig: a file with one context, called as the cluster, that goes with the server.
        context: that context.
        requests: how many requests there were by plural.
    """

    endpoint: str
    kubeconfig: str
    context: str
    requests: Counter[str]


@contextmanager
def serve(loaded: Loaded, now: datetime) -> Iterator[Served]:
    """Serve a cluster as it stands at a moment, on a free port of 127.0.0.1, from threads of this process.

    Args:
        loaded: what is there; the caller may do what its scanner's account may.
        now: the moment (aware); `ago(days)` counts from it.

    Yields:
        Where it listens, and what it saw.
    """
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(tls)
    api = Api(loaded, now, _TOKEN)
    with tempfile.TemporaryDirectory(prefix="nhi-scan-demo-") as folder, listen(_handler(api), tls) as port:
        endpoint = f"https://{LOOPBACK}:{port}"
        kubeconfig = Path(folder, "kubeconfig")
        kubeconfig.write_text(_kubeconfig(loaded, endpoint, authority.cert_pem.bytes()), "utf-8")
        yield Served(endpoint=endpoint, kubeconfig=str(kubeconfig), context=loaded.name, requests=api.requests)


def _handler(api: Api) -> type[Handler]:
    class Answering(Handler):
        def serve(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, body = api.answer(self.command, self.path, headers)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Answering


def _kubeconfig(loaded: Loaded, endpoint: str, authority: bytes) -> str:
    """Write a kubeconfig: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/."""
    data = base64.b64encode(authority).decode()
    user = ":".join(loaded.scanner)
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": loaded.name, "cluster": {"server": endpoint, "certificate-authority-data": data}},
            ],
            "users": [{"name": user, "user": {"token": _TOKEN}}],
            "contexts": [{"name": loaded.name, "context": {"cluster": loaded.name, "user": user}}],
            "current-context": loaded.name,
        }
    )
