"""GitHub as a provider: what the table of providers points at."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.records import Records
from nhi_scan.providers.protocol import Progress, Provider
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.access.engine import Engine, Report

_OPTIONS = MappingProxyType(
    {
        "organizations": "organizations to collect; none: those that the app is installed in",
        "repositories": "repositories to collect, `owner/name`; none: all of the organizations",
        "workflows": "folders with a checkout each whose workflow files are read without asking GitHub",
        "base_url": "address of the REST API of GitHub Enterprise Server: https://HOST/api/v3",
        "web_host": "host of the web site, where it is another than the address of the API tells",
        "app_id": "id or client id of a GitHub App to sign in as",
        "private_key": "file with the private key of the app",
        "installation_id": "which installation of the app; none: all",
        "archived": "whether to look into archived repositories",
        "ca_file": "file with the certificates of authorities to trust besides the usual ones",
        "max_attempts": "tries of one request, the first included",
        "timeout": "seconds to wait for an answer",
        "wait_at_most": "seconds to wait for rate limits to be lifted, in all",
        "requests_per_minute": "requests in a minute, below GitHub's secondary limit of 900",
        "give_up_after": "requests that fail in a row before others are tried only once",
    }
)


class GitHubProvider:
    """GitHub. Every part is imported when it is used: analysis needs no SDK."""

    name = "github"
    options = _OPTIONS
    files = ("private_key", "ca_file", "workflows")
    formats = ("json", "markdown")

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect the organizations that the section names; see `collect.collect`."""
        from nhi_scan.providers.github import collect, settings  # noqa: PLC0415 - see the class

        collect.collect(settings.parse(section), writer, progress, executor)

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what GitHub's API or `gh api` printed; see `import_native.import_native`."""
        from nhi_scan.providers.github import import_native  # noqa: PLC0415 - see the class

        import_native.import_native(sources, writer, warn)

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; no tags: the built-in list of those that name an owner."""
        from nhi_scan.providers.github import normalise  # noqa: PLC0415 - see the class

        return normalise.normalise(snapshot, owner_tags=owner_tags, people=people)

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down the permissions of the GitHub App as `json` (its manifest) or `markdown`."""
        from nhi_scan.providers.github import permissions  # noqa: PLC0415 - see the class

        return permissions.render(format_, usage=usage, organization=organization, project=project)

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what principals may do, and who can become whom by the techniques of `escalation.yaml`."""
        from nhi_scan.access.github import privilege, summarise  # noqa: PLC0415 - see the class
        from nhi_scan.providers.github import escalation  # noqa: PLC0415 - see the class

        access = summarise.summarise(inventory, now)
        return access, privilege.judge(inventory, access, escalation.techniques())


PROVIDER: Provider = GitHubProvider()
