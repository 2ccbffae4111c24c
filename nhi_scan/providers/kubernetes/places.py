"""The scope that a collection is about: a cluster, with the folder that it has in a snapshot."""

from dataclasses import dataclass

from nhi_scan.model import kube_ids
from nhi_scan.providers.kubernetes.kinds import scope_dir

PART = "all"  # name of the one part of what is collected in one go


@dataclass(frozen=True, slots=True)
class Place:
    """One cluster.

    Attributes:
        id: canonical: `k8s:prod`; see `model.kube_ids`.
    """

    id: str

    @property
    def folder(self) -> str:
        """Name of its folder in the snapshot."""
        return scope_dir(self.id)

    def namespace(self, name: str) -> str:
        """Return the id of one of its namespaces."""
        return kube_ids.namespace(self.id, name)


def cluster_place(name: str) -> Place:
    """Name the scope of a cluster by what it is called."""
    return Place(kube_ids.cluster(name))
