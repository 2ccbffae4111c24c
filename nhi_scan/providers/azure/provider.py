"""Azure and Microsoft Entra as a provider: what the table of providers points at."""

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
        "tenant": "id or domain of the tenant; none: the one of the credentials",
        "subscriptions": "ids of subscriptions to collect; none: all that the credentials can see",
        "management_groups": "names of management groups to collect, with all below them",
        "credential": "how to sign in: default, environment, workload_identity, managed_identity, cli",
        "client_id": "application id to sign in as: of a user-assigned identity, or of the certificate's application",
        "certificate": "file with the certificate and its private key to sign in with",
        "cloud": "which of Microsoft's clouds: public, usgov, usgov_dod, china",
        "usage": "also ask what only beta APIs tell: when service principals and their credentials last signed in",
        "authority": "address of a server that stands in for the login service of the cloud",
        "graph_endpoint": "address of a server that stands in for Microsoft Graph",
        "arm_endpoint": "address of a server that stands in for Azure Resource Manager",
        "ca_file": "file with the certificates of authorities to trust besides the usual ones, or alone for a stand-in",
        "max_attempts": "tries of one request, the first included",
        "timeout": "seconds to wait for an answer",
        "give_up_after": "requests of one kind that fail in a row before the rest is not asked",
        "reports_per_ten_seconds": "requests for reports of sign-ins in any ten seconds",
        "groups_at_most": "groups asked for their members without `usage`",
    }
)


class AzureProvider:
    """Azure and Microsoft Entra. Every part is imported when it is used: analysis needs no SDK."""

    name = "azure"
    options = _OPTIONS
    files = ("certificate", "ca_file")
    formats = ("json", "az", "terraform")

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect the tenant, and the subscriptions that the section names; see `collect.collect`."""
        from nhi_scan.providers.azure import collect, settings  # noqa: PLC0415 - see the class

        collect.collect(settings.parse(section), writer, progress, executor)

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what `az` or Microsoft Graph exported; see `import_native.import_native`."""
        from nhi_scan.providers.azure import import_native  # noqa: PLC0415 - see the class

        import_native.import_native(sources, writer, warn)

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; no tags: the built-in list of those that name an owner."""
        from nhi_scan.providers.azure import normalise  # noqa: PLC0415 - see the class

        return normalise.normalise(snapshot, owner_tags=owner_tags, people=people)

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down Graph's application permissions and the custom role as `json`, `az` or `terraform`."""
        from nhi_scan.providers.azure import permissions  # noqa: PLC0415 - see the class

        return permissions.render(format_, usage=usage, organization=organization, project=project)

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what principals may do, and who can become whom by the techniques of `escalation.yaml`."""
        from nhi_scan.access.azure import privilege, summarise  # noqa: PLC0415 - see the class
        from nhi_scan.providers.azure import escalation  # noqa: PLC0415 - see the class

        access = summarise.summarise(inventory, now)
        return access, privilege.judge(inventory, access, escalation.techniques())


PROVIDER: Provider = AzureProvider()
