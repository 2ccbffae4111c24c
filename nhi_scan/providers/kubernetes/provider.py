"""Kubernetes as a provider: what the table of providers points at."""

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
        "contexts": "contexts of the kubeconfig to collect; none: the current one, or inside of a pod its own cluster",
        "kubeconfig": "file with the contexts; none: what KUBECONFIG names, else ~/.kube/config",
        "names": "context -> what its cluster is called in reports; none: the context's name",
        "namespaces": "namespaces to collect; none: all",
        "audit_logs": "files of the API server's audit log, in JSON lines: who used what, when",
        "secrets": "whether to ask for the metadata of token secrets, which takes the right to list secrets",
        "max_attempts": "tries of one request, the first included",
        "timeout": "seconds to wait for an answer",
        "page_size": "objects in one answer",
    }
)


class KubernetesProvider:
    """Kubernetes. Every part is imported when it is used: analysis needs no SDK."""

    name = "kubernetes"
    options = _OPTIONS
    files = ("kubeconfig", "audit_logs")
    formats = ("yaml", "json")

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect the clusters of the contexts that the section names; see `collect.collect`."""
        from nhi_scan.providers.kubernetes import collect, settings  # noqa: PLC0415 - see the class

        collect.collect(settings.parse(section), writer, progress, executor)

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what `kubectl get -o json` printed; see `import_native.import_native`."""
        from nhi_scan.providers.kubernetes import import_native  # noqa: PLC0415 - see the class

        import_native.import_native(sources, writer, warn)

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; no tags: the built-in list of those that name an owner."""
        from nhi_scan.providers.kubernetes import normalise  # noqa: PLC0415 - see the class

        return normalise.normalise(snapshot, owner_tags=owner_tags, people=people)

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down the cluster role and its binding as `yaml` or `json`."""
        from nhi_scan.providers.kubernetes import permissions  # noqa: PLC0415 - see the class

        return permissions.render(format_, usage=usage, organization=organization, project=project)

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what principals may do, and who can become whom by the techniques of `escalation.yaml`."""
        from nhi_scan.access.kubernetes import privilege, summarise  # noqa: PLC0415 - see the class
        from nhi_scan.providers.kubernetes import escalation  # noqa: PLC0415 - see the class

        access = summarise.summarise(inventory, now)
        return access, privilege.judge(inventory, access, escalation.techniques())


PROVIDER: Provider = KubernetesProvider()
