"""The shell: wires collect -> snapshot -> analysis -> reports. The one file that knows all of the program."""

import gc
import importlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nhi_scan import __version__, data
from nhi_scan.config import Settings
from nhi_scan.model.access import Privilege
from nhi_scan.model.errors import NothingReadError, UserError
from nhi_scan.providers.protocol import Progress, load_provider
from nhi_scan.snapshot.manifest import MANIFEST
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

# Half a second of imports belongs to the analysis, so its stages are imported where they run: neither a collection nor
# an import waits for pandas, nor a question for the rules.
if TYPE_CHECKING:
    from nhi_scan.access.effective import EffectiveAccess
    from nhi_scan.access.engine import Report
    from nhi_scan.findings.assessment import Assessment
    from nhi_scan.findings.baseline import Baseline
    from nhi_scan.findings.waivers import Waiver
    from nhi_scan.inventory.build import Inventory
    from nhi_scan.ruleset.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """A snapshot, understood but not judged."""

    now: datetime  # the moment by which it was worked out
    inventory: "Inventory"
    access: "EffectiveAccess"
    escalations: tuple["Report", ...]  # who can become whom: one for all, or one for each provider where none crosses

    @property
    def privileges(self) -> dict[str, Privilege]:
        """How far each identity gets in the end, by identity id."""
        return {id_: level for one in self.escalations for id_, level in one.privileges.items()}


def clock() -> datetime:
    """Return the present moment in UTC. The program's only clock: what comes after a snapshot is told the time."""
    return datetime.now(UTC)  # noqa: TID251 - the shell reads the clock


def collect(  # noqa: PLR0913 - each is one thing that a user may say
    settings: Settings,
    providers: Sequence[str],
    destination: str,
    *,
    resume: bool = False,
    workers: int = 8,
    captured_at: datetime | None = None,
    progress: Progress,
) -> Snapshot:
    """Collect into a new snapshot, or complete one that was interrupted, with the options that it was begun with.

    Raises:
        UserError: bad settings, no credentials, or the destination cannot be written.
    """
    folder = Path(destination)
    ours = not folder.exists()
    if resume:
        writer = SnapshotWriter.resume(destination)
        asked = writer.options  # what was asked for when it was begun: half a snapshot of each would be neither
    else:
        # What other packages bring may name no files.
        asked = {name: settings.section(name, getattr(load_provider(name), "files", ())) for name in providers}
        writer = SnapshotWriter.create(destination, captured_at or clock(), __version__, options=asked)
    try:
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect") as executor:
            for name, section in asked.items():
                load_provider(name).collect(section, writer, progress, executor)
    except NothingReadError:
        if ours and len(asked) == 1:  # what another provider gave before stays: it can be completed
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except Exception:
        if ours:
            _take_back(folder)
        raise
    return writer.finish()


def import_native(
    provider: str,
    sources: Sequence[tuple[str, Path]],
    destination: str,
    *,
    captured_at: datetime | None,
    warn: Callable[[str], None],
) -> Snapshot:
    """Make a snapshot of what a provider's own command line printed: a whole one, or none.

    Args:
        provider: key of the provider table.
        sources: scope (an account, an organization, a project) and folder, as often as there are scopes.
        destination: where the snapshot goes.
        captured_at: when the files were made; None for the time of the newest.
        warn: told about every file that is not used.

    Raises:
        UserError: a file that cannot be read as what its name says; the sentence names file and place.
    """
    folder = Path(destination)
    ours = not folder.exists()
    with _fewer_collections():
        moment = captured_at or _newest(sources)
        try:
            writer = SnapshotWriter.create(destination, moment, __version__)
            load_provider(provider).import_native(sources, writer, warn)
            return writer.finish()
        except BaseException:
            if ours:  # nothing can complete half an import, and its files are still there
                shutil.rmtree(folder, ignore_errors=True)
            raise


def understand(snapshot: Snapshot, settings: Settings, *, now: datetime | None = None) -> Understanding:
    """Work out who is there, who can do what, and who can become whom: what questions and rules both read.

    Args:
        snapshot: what was collected.
        settings: which tags name an owner, and who is here.
        now: the moment by which conditions on time are decided; None for when the snapshot was captured.
    """
    from nhi_scan.access.across import cross
    from nhi_scan.access.bridges import Bridges
    from nhi_scan.access.effective import EffectiveAccess
    from nhi_scan.inventory.build import build as build_inventory

    moment = now or snapshot.manifest.captured_at
    providers = [load_provider(name) for name in snapshot.manifest.providers]
    inventory = build_inventory(
        provider.normalise(snapshot, owner_tags=settings.owner_tags, people=settings.people) for provider in providers
    )
    understood = [(provider.name, *provider.understand(inventory, moment)) for provider in providers]
    bridges = Bridges(inventory, [engine for _, engine, _ in understood])
    return Understanding(
        now=moment,
        inventory=inventory,
        access=EffectiveAccess(inventory, {name: engine for name, engine, _ in understood}, bridges),
        escalations=cross([report for _, _, report in understood], bridges),
    )


def analyse(
    snapshot: Snapshot,
    settings: Settings,
    rules: Sequence["Rule"],
    *,
    now: datetime | None = None,
    baseline: "Baseline | None" = None,
    waivers: Sequence["Waiver"] = (),
) -> "Assessment":
    """Judge a snapshot: a pure function of its arguments.

    Args:
        snapshot: what was collected.
        settings: who counts as owner, which rules are off.
        rules: as loaded.
        now: the moment by which ages are judged; None for when the snapshot was captured.
        baseline: what was found in an earlier snapshot; None where there is none.
        waivers: findings that somebody has accepted.
    """
    from nhi_scan.facts.tables import derive
    from nhi_scan.findings.assess import assess
    from nhi_scan.findings.waivers import refuse_unknown_rules
    from nhi_scan.ruleset.configure import configure
    from nhi_scan.ruleset.run import run

    refuse_unknown_rules(waivers, rules)
    with _fewer_collections():
        known = understand(snapshot, settings, now=now)
        levels = known.privileges
        tables = derive(known.inventory, known.access, levels, known.now)
        active = configure(rules, settings.rules, settings.source)
        return assess(
            manifest=snapshot.manifest,
            inventory=known.inventory,
            access=known.access,
            privileges=levels,
            rules=active,
            answers=run(active, tables),
            now=known.now,
            baseline=baseline,
            waivers=waivers,
        )


def assess_snapshot(
    path: str,
    settings: Settings,
    *,
    rule_folders: Sequence[Path] = (),
    waivers: Path | None = None,
    baseline: str | None = None,
    now: datetime | None = None,
) -> "Assessment":
    """Open a snapshot and judge it by the shipped rules, further folders of rules, waivers and a baseline."""
    from nhi_scan.findings.baseline import Baseline
    from nhi_scan.findings.waivers import load_waivers

    rules = shipped_rules(rule_folders)
    accepted = load_waivers(waivers, max_days=settings.waiver_max_days) if waivers else ()
    earlier = Baseline.of(analyse(Snapshot.open(baseline), settings, rules)) if baseline else None
    return analyse(Snapshot.open(path), settings, rules, now=now, baseline=earlier, waivers=accepted)


def shipped_rules(rule_folders: Sequence[Path] = (), *, with_cases: bool = False) -> tuple["Rule", ...]:
    """Load the rules that come with the program and those of further folders.

    Raises:
        UserError: a folder that is not there, or a rule that is not well-formed.
    """
    from nhi_scan.ruleset.load import load as load_rules

    return load_rules([data.folder("rules"), *rule_folders], with_cases=with_cases)


def render(assessment: "Assessment", format_: str) -> bytes:
    """Render a report; each format is a module of `nhi_scan.report`, imported when it is wanted."""
    with _fewer_collections():
        content: bytes = importlib.import_module(f"nhi_scan.report.{format_}").render(assessment)
    return content


def stream(assessment: "Assessment", format_: str) -> Iterator[bytes]:
    """Do as `render`, in pieces where the format has a `stream` of its own: a large report never is in memory whole."""
    module = importlib.import_module(f"nhi_scan.report.{format_}")
    with _fewer_collections():
        yield from module.stream(assessment) if hasattr(module, "stream") else (module.render(assessment),)


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Hold the cyclic collector off while many objects come into being: none is garbage, and looking costs fourfold."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _take_back(folder: Path) -> None:
    """Remove a snapshot that was begun in vain, so that the next try, with credentials, can have its name."""
    if folder.is_dir() and [path.name for path in folder.iterdir()] == [MANIFEST]:
        (folder / MANIFEST).unlink()
        folder.rmdir()


def _newest(sources: Sequence[tuple[str, Path]]) -> datetime:
    """Return when the newest of the files to import was written: the export is at least as old."""
    for _, folder in sources:
        if not folder.is_dir():
            raise UserError(f"`{folder}` is no folder")
    times = [path.stat().st_mtime for _, folder in sources for path in folder.rglob("*") if path.is_file()]
    if not times:
        raise UserError(f"`{sources[0][1]}` holds no file")
    return datetime.fromtimestamp(max(times), UTC)
