"""Scans of tenants that are served, as a user starts them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import serve
from nhi_scan.demo.environment import environment
from nhi_scan.findings.assessment import Assessment
from nhi_scan.findings.baseline import Baseline
from nhi_scan.snapshot.store import Snapshot

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What came of a scan."""

    assessment: Assessment
    coverage: list[Any]
    requests: Counter[str]
    parts: Counter[str]

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return {(finding.rule_id, finding.subject_id) for finding in self.assessment.findings}

    @property
    def statuses(self) -> set[str]:
        return {row["status"] for row in self.coverage}


class Silent:
    """Is told how the collection goes, and tells nobody."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


@pytest.fixture(scope="session")
def scan_into() -> Callable[..., Scanned]:
    def run(
        folder: Path,
        estate: Estate,
        conduct: Conduct,
        *,
        people: frozenset[str] | None = None,
        attempts: int = 1,
        usage: bool = True,
        baseline: Baseline | None = None,
    ) -> Scanned:
        with serve(estate, NOW, conduct) as served:
            sign_in = {
                "AZURE_TENANT_ID": served.tenant_id,
                "AZURE_CLIENT_ID": served.client_id,
                "AZURE_CLIENT_SECRET": served.client_secret,
            }
            place = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
            options = {
                "credential": "environment",
                "ca_file": served.ca_file,
                "usage": usage,
                "max_attempts": attempts,
                "reports_per_ten_seconds": 100_000,
            }
            settings = Settings(people=people).with_provider_options(["azure"], {**place, **options})
            with environment(sign_in):
                app.collect(settings, ["azure"], str(folder), captured_at=NOW, progress=Silent())
            assert served.breaches == []
            requests, parts = served.requests.copy(), served.parts.copy()
        return Scanned(
            assessment=app.analyse(Snapshot.open(folder), settings, app.shipped_rules(), baseline=baseline),
            coverage=json.loads((folder / "manifest.json").read_bytes())["coverage"],
            requests=requests,
            parts=parts,
        )

    return run


@pytest.fixture
def scan(scan_into: Callable[..., Scanned], tmp_path: Path) -> Callable[..., Scanned]:
    return partial(scan_into, tmp_path / "snapshot")
