"""A snapshot's records of Google Cloud; see `nhi_scan.providers.source`."""

from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.providers.gcp.calls.located import LOCATIONS
from nhi_scan.providers.gcp.kinds import scope_dir
from nhi_scan.providers.source import Source
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["PROVIDER", "Source", "open_source"]

PROVIDER = "gcp"

# Collected as evidence for people; no rule asks for it.
_KEPT = frozenset(
    {
        "appengine-services",
        "asset-appengine-service",
        "asset-serviceusage-service",
        *(call.kind for call in LOCATIONS),
    }
)


def open_source(snapshot: Snapshot, owners: OwnerRules) -> Source:
    """Begin with what the manifest says was collected of Google Cloud."""
    return Source.open(PROVIDER, snapshot, owners, scope_dir, lambda name: name.replace("-", "/", 1), _KEPT)
