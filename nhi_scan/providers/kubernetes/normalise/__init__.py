"""Raw records of Kubernetes to model records. Pure: the same snapshot gives the same records, at any time."""

from collections.abc import Sequence

from nhi_scan.inventory.owners import OWNER_TAGS, OwnerRules
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.normalise.accounts import read_accounts
from nhi_scan.providers.kubernetes.normalise.api_resources import read_api_resources
from nhi_scan.providers.kubernetes.normalise.aws_auth import read_aws_auth
from nhi_scan.providers.kubernetes.normalise.bindings import read_bindings
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters
from nhi_scan.providers.kubernetes.normalise.nodes import read_nodes
from nhi_scan.providers.kubernetes.normalise.principals import Principals
from nhi_scan.providers.kubernetes.normalise.resources import read_resources
from nhi_scan.providers.kubernetes.normalise.roles import Roles
from nhi_scan.providers.kubernetes.normalise.secrets import read_secrets
from nhi_scan.providers.kubernetes.normalise.source import open_source
from nhi_scan.providers.kubernetes.normalise.usage import Usages
from nhi_scan.providers.kubernetes.normalise.workloads import WorkloadReader
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["normalise"]


def normalise(snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None) -> Records:
    """Read everything that a snapshot holds of Kubernetes.

    Args:
        snapshot: what was collected.
        owner_tags: label keys that name an owner, the most telling first; none: the built-in list.
        people: e-mail addresses and names of present staff; an owner who is not among them is gone.

    Returns:
        Model records, not joined yet. A record that cannot be read becomes a coverage row, never an exception.

    Raises:
        UserError: a file of the snapshot is damaged.
    """
    source = open_source(snapshot, OwnerRules(tuple(owner_tags) or OWNER_TAGS, people))
    clusters = Clusters(source)
    usages = Usages(source)
    read_accounts(clusters, usages)
    principals = Principals(clusters, usages)
    read_nodes(clusters, principals)
    read_secrets(clusters, principals)
    read_bindings(clusters, Roles(clusters), principals)
    read_aws_auth(clusters, principals)
    WorkloadReader(clusters, principals).read()
    read_resources(clusters)
    read_api_resources(clusters)
    clusters.write()
    source.finish()
    return source.records
