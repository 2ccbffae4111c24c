"""A way to collect an organization from a server that speaks as GitHub does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.github.estate import Estate
from nhi_scan.demo.github.gate import Conduct
from nhi_scan.demo.github.server import Served, serve
from nhi_scan.model.coverage import Coverage
from nhi_scan.providers.github import collect, settings
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.github.organization import small
from tests.providers.steps import Steps

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = "github.com-northwind"
SCOPE = "github.com/northwind"


@dataclass(slots=True)
class Collected:
    """A snapshot, and what it cost."""

    snapshot: Snapshot
    served: Served
    steps: Steps

    def row(self, kind: str) -> Coverage:
        found = [row for row in self.snapshot.manifest.coverage if (row.scope_id, row.record_kind) == (SCOPE, kind)]
        assert len(found) == 1, f"{kind}: {found}"
        return found[0]

    def gaps(self) -> dict[str, Coverage]:
        return {row.record_kind: row for row in self.snapshot.manifest.coverage if row.status.is_gap}

    def records(self, kind: str) -> list[Any]:
        return [envelope.value() for envelope in self.snapshot.records("github", FOLDER, kind)]

    def beside(self, kind: str) -> list[dict[str, Any]]:
        return [dict(envelope.of) for envelope in self.snapshot.records("github", FOLDER, kind)]


@dataclass(slots=True)
class Collect:
    """Collects what a server has, into a new folder each time or one that is gone on with."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    number: int = field(default=0)

    def __call__(self, estate: Estate | None = None, conduct: Conduct | None = None, **section: Any) -> Collected:
        with serve(estate or small(), NOW, conduct) as served:
            found = self.from_server(served, **section)
            assert served.breaches == []
            return found

    def from_server(
        self, served: Served, steps: Steps | None = None, resume: str = "", *, as_person: bool = False, **section: Any
    ) -> Collected:
        self.number += 1
        path = resume or str(self.folder / f"snapshot-{self.number}")
        steps = steps or Steps()
        told = {"base_url": served.endpoint, "ca_file": served.ca_file, "web_host": "github.com"}
        if as_person:
            self.monkeypatch.setenv("GH_ENTERPRISE_TOKEN", served.token)
        else:
            told |= {"app_id": served.app_id, "private_key": served.private_key_file}
        told |= section
        writer = SnapshotWriter.resume(path) if resume else SnapshotWriter.create(path, NOW, "test")
        with ThreadPoolExecutor(4) as executor:
            collect.collect(settings.parse(told), writer, steps, executor)
        return Collected(snapshot=writer.finish(), served=served, steps=steps)


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def collecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collect:
    return Collect(folder=tmp_path, monkeypatch=monkeypatch)


Collecting = Callable[..., Collected]
