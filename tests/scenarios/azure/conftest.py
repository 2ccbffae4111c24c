"""Scans of tenants that are served, as a user starts them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
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


@pytest.fixture
def scan(tmp_path: Path) -> Callable[..., Scanned]:
    def run(
        estate: Estate, conduct: Conduct, *, people: frozenset[str] | None = None, attempts: int = 1, usage: bool = True
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
                app.collect(settings, ["azure"], str(tmp_path / "snapshot"), captured_at=NOW, progress=Silent())
            assert served.breaches == []
            requests, parts = served.requests.copy(), served.parts.copy()
        return Scanned(
            assessment=app.assess_snapshot(str(tmp_path / "snapshot"), settings),
            coverage=json.loads((tmp_path / "snapshot" / "manifest.json").read_bytes())["coverage"],
            requests=requests,
            parts=parts,
        )

    return run
