"""Google Cloud as a provider: what the table of providers points at."""

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
        "organizations": "numbers of organizations to sweep; none: all that the credentials can search",
        "folders": "numbers of folders to sweep instead of a whole organization",
        "projects": "ids of projects to collect",
        "impersonate_service_account": "email of a service account to become before anything is asked",
        "quota_project": "project that the requests are counted against; none: that of the credentials",
        "usage": "also ask what only each project can be asked: recommendations, HMAC keys, all deny policies",
        "endpoint": "address of a server that stands in for all of Google's REST APIs, without credentials",
        "grpc_endpoint": "host and port of a server that stands in for Google's gRPC APIs",
        "max_attempts": "tries of one request, the first included",
        "timeout": "seconds to wait for an answer",
        "assets_per_minute": "pages of assets to ask for in a minute",
        "searches_per_minute": "pages of allow policies to ask for in a minute",
        "requests_per_minute": "requests of any other kind to make in a minute, per API",
        "give_up_after": "requests of one kind that fail in a row before the rest is not asked",
        "deny_policies_at_most": "folders and projects that are asked for deny policies where usage is off",
        "groups_at_most": "groups that are asked for their members where usage is off",
    }
)


class GcpProvider:
    """Google Cloud. Every part is imported when it is used: analysis needs no SDK, collection no analysis."""

    name = "gcp"
    options = _OPTIONS
    files = ()
    formats = ("json", "gcloud", "terraform")

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect the organizations, folders and projects that the section names; see `collect.collect`."""
        from nhi_scan.providers.gcp import collect, settings  # noqa: PLC0415 - see the class

        collect.collect(settings.parse(section), writer, progress, executor)

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what `gcloud` exported; see `import_native.import_native`."""
        from nhi_scan.providers.gcp import import_native  # noqa: PLC0415 - see the class

        import_native.import_native(sources, writer, warn)

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; no tags: the built-in list of those that name an owner."""
        from nhi_scan.providers.gcp import normalise  # noqa: PLC0415 - see the class

        return normalise.normalise(snapshot, owner_tags=owner_tags, people=people)

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down the collector's custom role as `json`, `gcloud` or `terraform`."""
        from nhi_scan.providers.gcp import permissions  # noqa: PLC0415 - see the class

        return permissions.render(format_, usage=usage, organization=organization, project=project)

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what principals may do, and who can become whom by the techniques of `escalation.yaml`."""
        from nhi_scan.access.gcp import privilege, summarise  # noqa: PLC0415 - see the class
        from nhi_scan.providers.gcp import escalation  # noqa: PLC0415 - see the class

        access = summarise.summarise(inventory, now)
        return access, privilege.judge(inventory, access, escalation.techniques())


PROVIDER: Provider = GcpProvider()
