"""Progress of long work: a live line on a terminal, a plain line now and then elsewhere, nothing with -q."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nhi_scan.cli.logs import as_json, is_quiet
from nhi_scan.report.text import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as LiveBar
    from rich.progress import TaskID

_PLAIN_EVERY_SECONDS = 10.0
_log = logging.getLogger("nhi_scan.progress")


class Silent:
    """Says nothing."""

    def start(self, scope: str, total: int = 0) -> None:
        """Ignore that a scope begins."""

    def advance(self, scope: str, service: str, region: str = "") -> None:
        """Ignore a step."""

    def done(self, scope: str) -> None:
        """Ignore that a scope is complete."""


class Plain:
    """One line a scope, and one every ten seconds in between, for logs and CI. Safe to call from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: dict[str, int] = {}
        self._next = time.monotonic() + _PLAIN_EVERY_SECONDS

    def start(self, scope: str, total: int = 0) -> None:
        """Say which scope begins."""
        with self._lock:
            self._steps[scope] = 0
        self._say(f"{scope}: collecting" + (f", {total} steps" if total else ""))

    def advance(self, scope: str, service: str, region: str = "") -> None:
        """Count a step; say where it stands where nothing was said for a while."""
        with self._lock:
            self._steps[scope] = self._steps.get(scope, 0) + 1
            due = time.monotonic() >= self._next
            if due:
                self._next = time.monotonic() + _PLAIN_EVERY_SECONDS
            steps = self._steps[scope]
        if due:
            self._say(f"{scope}: {steps} steps done, now {service}{' in ' + region if region else ''}")

    def done(self, scope: str) -> None:
        """Say that a scope is complete."""
        self._say(f"{scope}: collected")

    def _say(self, line: str) -> None:
        if as_json():  # progress is asked for by leaving -q out, and not by the level of the log
            _log.setLevel(logging.INFO)
        if _log.isEnabledFor(logging.INFO):  # -v already shows the log in its own format
            _log.info(line)
        else:
            click.echo(one_line(line), err=True)


class Live:
    """A bar for each scope under way, on a terminal."""

    def __init__(self, bar: "LiveBar") -> None:
        self._bar = bar
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}

    def start(self, scope: str, total: int = 0) -> None:
        """Show a bar for the scope."""
        with self._lock:
            self._tasks[scope] = self._bar.add_task(one_line(scope), total=total or None, step="")

    def advance(self, scope: str, service: str, region: str = "") -> None:
        """Move the scope's bar and name what it is at."""
        with self._lock:
            task = self._tasks.get(scope)
        if task is not None:
            self._bar.update(task, advance=1, step=one_line(f"{service} {region}"))

    def done(self, scope: str) -> None:
        """Take the scope's bar away: what stays on the screen is what is under way."""
        with self._lock:
            task = self._tasks.pop(scope, None)
        if task is not None:
            self._bar.remove_task(task)
        self._bar.console.print(f"{one_line(scope)}: collected", highlight=False, markup=False)


@contextmanager
def progress_for(ctx: click.Context) -> Iterator[Silent | Plain | Live]:
    """Choose how progress is shown: live on a terminal, plain lines elsewhere, nothing with -q."""
    if is_quiet(ctx):
        yield Silent()
        return
    if as_json() or not sys.stderr.isatty():
        yield Plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[step]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Live(bar)
