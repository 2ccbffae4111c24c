"""What was not collected of the bindings that may give something: where some are missing, nobody is surely denied."""

from typing import Final

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.kube_ids import namespace

_EVERYWHERE: Final = "k8s-clusterrolebindings"
_INSIDE: Final = "k8s-rolebindings"


class Seen:
    """Tells what was not collected. One sentence each; empty: nothing."""

    def __init__(self, inventory: Inventory) -> None:
        """Take an inventory, whose coverage tells."""
        self._inventory = inventory
        self._known: dict[tuple[str, str | None], str] = {}

    def gap(self, cluster_id: str, ns: str | None = None) -> str:
        """Return what was not collected of what counts in a place.

        Args:
            cluster_id: of the cluster.
            ns: a namespace; empty: for what is not asked in one; None: anywhere.
        """
        key = (cluster_id, ns)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(cluster_id, ns)
        return found

    def _find(self, cluster_id: str, ns: str | None) -> str:
        covered = self._inventory.covered
        if covered(cluster_id, _EVERYWHERE) is not True:
            return "the cluster role bindings were not all collected"
        if ns and covered(self._scope(cluster_id, ns), _INSIDE) is not True:
            return f"the role bindings of namespace `{ns}` were not all collected"
        if ns is None and covered(cluster_id, _INSIDE) is not True:
            return "the role bindings were not all collected"
        return ""

    def _scope(self, cluster_id: str, ns: str) -> str:
        own = namespace(cluster_id, ns)
        return own if own in self._inventory.scopes else cluster_id
