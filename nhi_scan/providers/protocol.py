"""What a provider is: a name, and five things it can do. The built-in ones, and those that other packages bring."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.errors import UserError
from nhi_scan.model.records import Records
from nhi_scan.providers import BUILT_IN, ENTRY_POINTS, provider_names
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.access.engine import Engine, Report


class Progress(Protocol):
    """Told about every step of a collection; called from many threads, so an implementation locks for itself."""

    def start(self, scope: str, total: int = 0) -> None:
        """Note that a scope begins, with about so many steps; 0 where that is not known."""

    def advance(self, scope: str, service: str, region: str = "") -> None:
        """Note that a step of a scope is done."""

    def done(self, scope: str) -> None:
        """Note that a scope is finished."""


class Provider(Protocol):
    """One cloud, or whatever else has identities."""

    @property
    def name(self) -> str:
        """Key of the provider table: `aws`."""

    @property
    def options(self) -> Mapping[str, str]:
        """Keys of its section in the settings, each with one line that says what it means."""

    @property
    def files(self) -> Sequence[str]:
        """Those of them that name files; may be left out where none does."""

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect raw records and coverage; the caller finishes the writer.

        Raises:
            UserError: bad settings, or no credentials work at all.
        """

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what the provider's own command line printed; the caller finishes the writer.

        Args:
            sources: scope (an account, an organization, a project) and folder; an empty scope where none was said.
            writer: a new snapshot.
            warn: told one sentence for each file that is not used.

        Raises:
            UserError: a file is not what its name says, or a scope is missing where the files do not tell it.
        """

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; pure.

        Raises:
            UserError: the snapshot is damaged.
        """

    @property
    def formats(self) -> Sequence[str]:
        """How `permissions` can write: `json`, `terraform`, ..."""

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down the least-privilege policy of the collector.

        Args:
            format_: one of `formats`.
            usage: with what `--usage` asks for.
            organization: with what `--organization` asks for.
            project: of a project alone; only said to providers where somebody asked for it.

        Raises:
            UserError: no such format, or the provider has no projects.
        """

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what its identities may do, and who can become whom.

        Args:
            inventory: everything that was found, of all providers.
            now: the moment by which conditions on time are decided; aware.
        """


def load_provider(name: str) -> Provider:
    """Import a provider. A built-in one cannot be replaced.

    Raises:
        UserError: there is none of that name, or what a package brings cannot be imported.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return cast("Provider", getattr(importlib.import_module(module), attribute))
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            try:
                return cast("Provider", point.load())
            except (ImportError, AttributeError) as error:
                raise UserError(f"provider `{name}` (`{point.value}`) cannot be loaded: {error}") from error
    raise UserError(f"no provider `{name}` (there are: {', '.join(provider_names())})")
