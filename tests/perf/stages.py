"""Times the analysis of one cloud's snapshot, stage by stage: seconds, and the peak memory up to there."""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.app import shipped_rules, stream
from nhi_scan.config import Settings
from nhi_scan.facts.tables import derive
from nhi_scan.findings.assess import assess
from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.records import Records
from nhi_scan.ruleset.configure import configure
from nhi_scan.ruleset.run import run
from nhi_scan.snapshot.store import Snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """What the stages are of one cloud, and what is asked at the end.

    The engine and the report are each cloud's own, with more than `access.engine` asks of them: how many sets of
    permissions are distinct, and the graph.

    Attributes:
        provider: `azure`, `gcp`.
        normalise: makes records of a snapshot.
        summarise: makes the engine of an inventory, as of a moment.
        judge: finds everybody's privileges with an engine.
        somebody: chooses who is asked about.
        place: chooses what is asked about.
        place_kind: what that is, in words.
        action: which action is asked about.
    """

    provider: str
    normalise: Callable[[Snapshot], Records]
    summarise: Callable[[Inventory, datetime], Any]
    judge: Callable[[Inventory, Any], Any]
    somebody: Callable[[Inventory], str]
    place: Callable[[Inventory], str]
    place_kind: str
    action: str


class Stages:
    """Runs stages and remembers what they took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Begin with none.

        Args:
            clock: what is read before and after; `time.process_time` does not count what others do.
        """
        self.found: dict[str, Any] = {}
        self._clock = clock

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Run one stage."""
        start = self._clock()
        result = work()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.found[name] = [round(self._clock() - start, 2), memory]
        return result


def measure(cloud: Cloud, folder: Path) -> None:
    """Measure, and print one JSON object: by stage seconds and MB, and some counts."""
    gc.disable()
    stages = Stages()
    settings = Settings()
    active = configure(shipped_rules(), settings.rules, settings.source)
    snapshot = Snapshot.open(folder)
    records = stages.time("read and normalise", lambda: cloud.normalise(snapshot))
    inventory = stages.time("inventory", lambda: build([records]))
    now = snapshot.manifest.captured_at
    engine = stages.time("access: roles and limits", lambda: cloud.summarise(inventory, now))
    stages.time("access: everybody's sets", lambda: [_sets(engine.summary(one)) for one in inventory.identities])
    report = stages.time("escalation", lambda: cloud.judge(inventory, engine))
    access = EffectiveAccess(inventory, {cloud.provider: engine})
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
    who, place = cloud.somebody(inventory), cloud.place(inventory)
    stages.time("2,000 decisions", lambda: [engine.decide(who, cloud.action, place) for _ in range(2000)])
    stages.time(f"who can, one {cloud.place_kind}", lambda: engine.who_can(cloud.action, place))
    stages.found["identities"] = len(inventory.identities)
    stages.found["distinct sets"] = len(engine.stacks)
    stages.found["edges"] = report.graph.edge_count
    stages.found["count of findings"] = len(assessment.findings)
    sys.stdout.write(json.dumps(stages.found))


def report_sizes(stages: Stages, assessment: Assessment) -> None:
    """Make the reports, and note how large they are beside what they took."""
    for format_ in ("json", "html"):
        size = stages.time(f"report: {format_}", partial(_size, assessment, format_))
        stages.found[f"report: {format_}"].append(f"{size / 1e6:.1f} MB")


def _size(assessment: Assessment, format_: str) -> int:
    return sum(map(len, stream(assessment, format_)))


def _sets(summary: Any) -> tuple[int, int, int]:
    return summary.actions, summary.certain, summary.everywhere
