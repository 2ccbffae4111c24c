"""A snapshot's records of Azure and Microsoft Entra; see `nhi_scan.providers.source`."""

from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model import arm_ids
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.source import Source
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["PROVIDER", "Source", "open_source"]

PROVIDER = "azure"


def open_source(snapshot: Snapshot, owners: OwnerRules) -> Source:
    """Begin with what the manifest says was collected of Azure; scope ids get their one spelling."""
    source = Source.open(PROVIDER, snapshot, owners, kinds.scope_dir, _scope_of)
    source.rename(arm_ids.canonical)
    return source


def _scope_of(folder: str) -> str:
    """`/tenants/<guid>` for `tenants-<guid>`."""
    return "/" + folder.replace("-", "/", 1)
