"""Nodes, as what can authenticate and as what can be reached: https://kubernetes.io/docs/concepts/architecture/nodes/.

Attributes of both: `provider_id` (what the cloud calls its machine: `aws:///eu-west-1a/i-0123`).
"""

from dataclasses import replace

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Resource
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters, tags_of
from nhi_scan.providers.kubernetes.normalise.principals import Principals, node
from nhi_scan.providers.kubernetes.normalise.shapes import Node
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot.values import moment


def read_nodes(clusters: Clusters, principals: Principals) -> None:
    """All nodes."""
    records = clusters.source.records
    for scope_id, one in clusters.source.typed(kinds.NODES, Node):
        meta = one.metadata
        cluster = clusters.named(kinds.NODES, scope_id, meta)
        if cluster is None:
            continue
        machine = one.spec.providerID if one.spec else None
        said = (("provider_id", machine),) if machine else ()
        identity = replace(
            node(cluster, meta.name, said),
            unique_id=meta.uid or None,
            created_at=moment(meta.creationTimestamp),
            owner=clusters.owner(meta),
            tags=tags_of(meta.labels),
        )
        principals.add(identity)
        records.resources.append(
            Resource(
                id=kube_ids.object_id(cluster.id, "nodes", meta.name),
                provider=PROVIDER,
                kind="kubernetes_node",
                name=meta.name,
                scope_id=cluster.id,
                sensitivity="control",
                created_at=moment(meta.creationTimestamp),
                attributes=said,
                tags=tags_of(meta.labels),
            )
        )
