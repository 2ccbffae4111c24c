"""A snapshot's records of Kubernetes; see `nhi_scan.providers.source`."""

from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model import kube_ids
from nhi_scan.providers.kubernetes.kinds import PROVIDER, scope_dir
from nhi_scan.providers.source import Source
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["PROVIDER", "Source", "open_source"]


def open_source(snapshot: Snapshot, owners: OwnerRules) -> Source:
    """Begin with what the manifest says was collected of clusters."""
    return Source.open(PROVIDER, snapshot, owners, scope_dir, kube_ids.cluster)
