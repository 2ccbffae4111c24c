"""Times the analysis of a snapshot of Azure and Entra, stage by stage: seconds, and the peak memory up to there.

Run as `python -m tests.perf.measure_azure SNAPSHOT`, so that its memory is its own; prints one JSON object.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from nhi_scan.access.azure.privilege import judge
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.app import shipped_rules, stream
from nhi_scan.config import Settings
from nhi_scan.facts.tables import derive
from nhi_scan.findings.assess import assess
from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.build import build
from nhi_scan.providers.azure.escalation import techniques
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.ruleset.configure import configure
from nhi_scan.ruleset.run import run
from nhi_scan.snapshot.store import Snapshot

T = TypeVar("T")
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


class Stages:
    """Runs stages and remembers what they took."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: dict[str, Any] = {}

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Run one stage."""
        start = time.perf_counter()
        result = work()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.found[name] = [round(time.perf_counter() - start, 2), memory]
        return result


def main(folder: Path) -> None:
    """Measure and print."""
    gc.disable()
    stages = Stages()
    settings = Settings()
    active = configure(shipped_rules(), settings.rules, settings.source)
    snapshot = Snapshot.open(folder)
    records = stages.time("read and normalise", lambda: normalise(snapshot))
    inventory = stages.time("inventory", lambda: build([records]))
    now = snapshot.manifest.captured_at
    engine = stages.time("access: roles and limits", lambda: summarise(inventory, now))
    stages.time("access: everybody's sets", lambda: [_sets(engine.summary(one)) for one in inventory.identities])
    report = stages.time("escalation", lambda: judge(inventory, engine, techniques()))
    access = EffectiveAccess(inventory, {"azure": engine})
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
    for format_ in ("json", "html"):
        size = stages.time(f"report: {format_}", partial(_size, assessment, format_))
        stages.found[f"report: {format_}"].append(f"{size / 1e6:.1f} MB")
    somebody = next(one for one in inventory.identities)
    place = next(id_ for id_, one in inventory.resources.items() if one.kind == "storage_account")
    stages.time("2,000 decisions", lambda: [engine.decide(somebody, READ, place) for _ in range(2000)])
    stages.time("who can, one storage account", lambda: engine.who_can(READ, place))
    stages.found["identities"] = len(inventory.identities)
    stages.found["distinct sets"] = len(engine.stacks)
    stages.found["edges"] = report.graph.edge_count
    stages.found["count of findings"] = len(assessment.findings)
    sys.stdout.write(json.dumps(stages.found))


def _size(assessment: Assessment, format_: str) -> int:
    return sum(map(len, stream(assessment, format_)))


def _sets(summary: Any) -> tuple[int, int, int]:
    return summary.actions, summary.certain, summary.everywhere


if __name__ == "__main__":
    main(Path(sys.argv[1]))
