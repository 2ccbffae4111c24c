"""What a cluster's API server can be asked to do with its resources, custom ones too, as a role that nobody has.

The engine of effective access learns from it which actions there are. Each list is of one group and version
(https://kubernetes.io/docs/reference/using-api/api-concepts/#api-resources); the group of a request is that of its
path, so that of the list, whatever an entry says of the kind that it takes.
"""

from nhi_scan.model import kube_actions
from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot.values import objects, text, texts


def read_api_resources(clusters: Clusters) -> None:
    """The actions of each cluster that was asked what it serves, each once: versions differ in what is inside."""
    found: dict[str, set[str]] = {}
    for scope_id, _, record in clusters.source.plain(kinds.API_RESOURCES):
        actions = found.setdefault(clusters.of(scope_id).id, set())
        for one in objects(record, "resources"):
            resource, _, below = text(one, "name").partition("/")
            if resource:
                group = text(record, "group")
                actions.update(kube_actions.action(verb, group, resource, below) for verb in texts(one.get("verbs")))
    for cluster_id, actions in sorted(found.items()):
        clusters.source.records.policies.append(
            Policy(
                id=f"{cluster_id}/api-resources",
                provider=PROVIDER,
                kind="role",
                name="Resources that the API server serves",
                scope_id=cluster_id,
                managed_by_provider=True,
                statements=(Statement(effect=Effect.ALLOW, plane="resource", actions=tuple(sorted(actions))),),
                version="",
                attachable=False,
            )
        )
