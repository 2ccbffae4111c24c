"""Times what is across clouds on a snapshot of a company: bridges, the one graph, facts, and the reports.

Run as `python -m tests.perf.measure_company SNAPSHOT`, so that its memory is its own; prints one JSON object. Seconds
are of the processor: a machine that others use too tells nothing otherwise.
"""

import gc
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nhi_scan.access.across import cross
from nhi_scan.access.bridges import Bridges
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.routes import to_administrator
from nhi_scan.app import shipped_rules
from nhi_scan.config import Settings
from nhi_scan.facts.tables import derive
from nhi_scan.findings.assess import assess
from nhi_scan.inventory.build import build
from nhi_scan.providers.protocol import load_provider
from nhi_scan.ruleset.configure import configure
from nhi_scan.ruleset.run import run
from nhi_scan.snapshot.store import Snapshot
from tests.perf.stages import Stages, report_sizes

PROVIDERS = ("aws", "azure", "gcp", "github", "kubernetes")


def measure(folder: Path) -> None:
    """Measure, and print by stage seconds and MB, and some counts."""
    gc.disable()
    stages = Stages(time.process_time)
    settings = Settings()
    active = configure(shipped_rules(), settings.rules, settings.source)
    snapshot = Snapshot.open(folder)
    now = snapshot.manifest.captured_at
    providers = [load_provider(name) for name in PROVIDERS]
    records = [
        stages.time(f"read {one.name}", lambda one=one: one.normalise(snapshot))  # type: ignore[misc] # bound at once
        for one in providers
    ]
    inventory = stages.time("inventory", lambda: build(records))
    known = [
        (one.name, *stages.time(f"engine {one.name}", lambda one=one: one.understand(inventory, now)))  # type: ignore[misc] # bound at once
        for one in providers
    ]
    bridges = stages.time("bridges", lambda: Bridges(inventory, [engine for _, engine, _ in known]))
    (report,) = stages.time("across", lambda: cross([report for _, _, report in known], bridges))
    access = EffectiveAccess(inventory, {name: engine for name, engine, _ in known}, bridges)
    tables = stages.time("facts", lambda: derive(inventory, access, report.privileges, now))
    answers = stages.time("rules", lambda: run(active, tables))
    assessment = stages.time(
        "findings",
        lambda: assess(
            manifest=snapshot.manifest,
            inventory=inventory,
            access=access,
            privileges=report.privileges,
            rules=active,
            answers=answers,
            now=now,
        ),
    )
    report_sizes(stages, assessment)
    stages.time("paths", lambda: to_administrator(report))
    stages.found |= _counts(bridges, report, assessment.findings)
    sys.stdout.write(json.dumps(stages.found))


def _counts(bridges: Bridges, report: Any, findings: Iterable[object]) -> dict[str, int]:
    levels = report.privileges.values()
    return {
        "identities": len(levels),
        "holders": len(bridges.holders),
        "landings": len(bridges.landings),
        "edges": report.graph.edge_count,
        "who become administrators": sum(one.level == "can_become_administrator" for one in levels),
        "count of findings": len(list(findings)),
    }


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
