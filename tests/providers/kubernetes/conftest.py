"""Collects clusters into snapshots: a real API server's, or one that answers as it is told."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from nhi_scan.demo.loopback import Handler, listen
from nhi_scan.model.coverage import Coverage
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.provider import PROVIDER
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
Answer = tuple[int, Mapping[str, str], Any]  # status, headers, body: JSON, or text as it is


class Quiet:
    """Progress that nobody watches."""

    def start(self, scope: str, total: int = 0) -> None: ...

    def advance(self, scope: str, service: str, region: str = "") -> None: ...

    def done(self, scope: str) -> None: ...


@dataclass(frozen=True)
class Collected:
    """What a collection gave."""

    snapshot: Snapshot
    folder: Path

    def records(self, kind: str, namespace: str = "", scope: str = "") -> list[Any]:
        scopes = [scope] if scope else self.snapshot.scopes("kubernetes")
        found = [envelope.value() for one in scopes for envelope in self.snapshot.records("kubernetes", one, kind)]
        return [one for one in found if not namespace or one["metadata"].get("namespace") == namespace]

    def rows(self, scope_id: str = "") -> dict[str, Coverage]:
        """Coverage of a cluster by kind; that no audit log was given is left out: it holds for nearly all."""
        everything = self.snapshot.manifest.coverage
        rows = [row for row in everything if (row.record_kind, row.status.value) != (kinds.AUDIT_USERS, "skipped")]
        chosen = scope_id or min(row.scope_id for row in rows)
        return {row.record_kind: row for row in rows if row.scope_id == chosen}

    def statuses(self, scope_id: str = "") -> dict[str, str]:
        return {kind: row.status.value for kind, row in self.rows(scope_id).items()}

    def bytes(self) -> str:
        """All that was written, as text."""
        manifest = (self.folder / "manifest.json").read_text(encoding="utf-8")
        written = {
            kind for one in self.snapshot.scopes("kubernetes") for kind in self.snapshot.kinds("kubernetes", one)
        }
        return manifest + json.dumps([self.records(kind) for kind in sorted(written)])


Collect = Callable[..., Collected]


def collected(folder: Path, section: Mapping[str, Any], writer: SnapshotWriter | None = None) -> Collected:
    if writer is None:
        writer = SnapshotWriter.create(folder, MOMENT, "test", options={})
    with ThreadPoolExecutor(8) as executor:
        PROVIDER.collect(section, writer, Quiet(), executor)
    return Collected(writer.finish(), folder)


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Collect what a section of the settings says into a new snapshot."""
    return lambda **section: collected(tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}", section)


def kubeconfig(folder: Path, server: str, user: Any = None, **cluster: Any) -> Path:
    """Write a kubeconfig with one context, `test`."""
    path = folder / "kubeconfig.yaml"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": user or {"token": "canary-token"}}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "test",
    }
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@dataclass
class Told:
    """A server that has one version of everything and nothing in it, and answers some addresses as it is told.

    Attributes:
        answers: path -> answers, or what makes one, of which each is given once and the last for ever.
        asked: path and query of every request.
        sent: headers of every request.
    """

    url: str = ""
    answers: dict[str, list[Answer | Callable[[], Answer]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    sent: list[list[tuple[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    HANGS_UP = 0  # instead of a status: the connection ends; nothing ever comes
    HANGS = -1

    def times(self, path: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == path)

    def answer(self, path: str) -> Answer:
        if told := self.answers.get(path):
            answer = told.pop(0) if len(told) > 1 else told[0]
            return answer() if callable(answer) else answer
        return 200, {}, _USUAL.get(path, {"items": [], "metadata": {}})


_GROUPS = ("apps", "batch", "rbac.authorization.k8s.io", "admissionregistration.k8s.io", "certificates.k8s.io")
_RESOURCES = {
    "/api/v1": (
        "pods",
        "serviceaccounts",
        "secrets",
        "replicationcontrollers",
        "nodes",
        "persistentvolumes",
        "namespaces",
    ),
    "/apis/apps/v1": ("replicasets", "deployments", "statefulsets", "daemonsets"),
    "/apis/batch/v1": ("jobs", "cronjobs"),
    "/apis/rbac.authorization.k8s.io/v1": ("roles", "clusterroles", "rolebindings", "clusterrolebindings"),
    "/apis/admissionregistration.k8s.io/v1": ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
    "/apis/certificates.k8s.io/v1": ("certificatesigningrequests",),
}
_USUAL: dict[str, Any] = {
    "/version": {"gitVersion": "v1.33.0"},
    "/api": {"versions": ["v1"]},
    "/apis": {"groups": [{"name": name, "versions": [{"version": "v1"}]} for name in _GROUPS]},
    "/api/v1/namespaces/kube-system": {"metadata": {"uid": "u-1"}},
    "/.well-known/openid-configuration": {"issuer": "https://issuer.example"},
    **{
        path: {"resources": [{"name": name, "verbs": ["get", "list"], "kind": "K"} for name in names]}
        for path, names in _RESOURCES.items()
    },
}


@contextmanager
def telling(tls: ssl.SSLContext | None = None) -> Iterator[Told]:
    """Run such a server."""
    server = Told()

    class Answering(Handler):
        def serve(self) -> None:
            parts = urlsplit(self.path)
            server.asked.append((parts.path, parse_qs(parts.query)))
            server.sent.append(list(self.headers.items()))
            status, headers, body = server.answer(parts.path)
            if status in (server.HANGS_UP, server.HANGS):
                self.close_connection = True
                server.over.wait(0 if status == server.HANGS_UP else 60)
                return
            sent = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

    with listen(Answering, tls) as port:
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        try:
            yield server
        finally:
            server.over.set()


@pytest.fixture
def told() -> Iterator[Told]:
    with telling() as server:
        yield server


@pytest.fixture
def ask(told: Told, tmp_path: Path) -> Collect:
    """Collect the cluster of that server."""

    def run(**section: Any) -> Collected:
        path = kubeconfig(tmp_path, told.url)
        return collected(
            tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}",
            {"kubeconfig": str(path), "max_attempts": 2, **section},
        )

    return run
