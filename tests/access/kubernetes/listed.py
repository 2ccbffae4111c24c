"""The engine on what an API server lists of its roles and bindings, through a snapshot and the normaliser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

RBAC = "/apis/rbac.authorization.k8s.io/v1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def listed(server: Any, cluster_id: str, folder: Path) -> Access:
    """Ask for all roles and bindings, and read them.

    Args:
        server: the fixture `api_server`.
        cluster_id: what the cluster is called.
        folder: where the snapshot is written.
    """
    writer = SnapshotWriter.create(folder, NOW, "test")
    for kind in (kinds.ROLES, kinds.CLUSTER_ROLES, kinds.ROLE_BINDINGS, kinds.CLUSTER_ROLE_BINDINGS):
        status, answer = server.ask("GET", f"{RBAC}/{kinds.PLURALS[kind]}")
        assert status == 200
        writer.write("kubernetes", kinds.scope_dir(cluster_id), kind, (("", {}, one) for one in answer["items"]))
        writer.cover(
            Coverage(provider="kubernetes", scope_id=cluster_id, record_kind=kind, status=CoverageStatus.COMPLETE)
        )
    return summarise(build([normalise(writer.finish())]), NOW)
