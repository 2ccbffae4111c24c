"""EKS Pod Identity: an association gives a role to a service account of a cluster.

https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html. The service assumes the role and tags the session;
what it shows to the role's trust policy:
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html and
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html.
"""

from collections.abc import Iterator
from datetime import datetime

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.serving_trust import Serving, serve
from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Resource, Workload

SERVICE = "pods.eks.amazonaws.com"
_SUBJECT = "system:serviceaccount:"
_ACTIONS = ("sts:AssumeRole", "sts:TagSession")


class PodIdentities:
    """Associations by cluster, namespace and service account."""

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Index the associations by the issuers of their clusters."""
        self._inventory = inventory
        self._now = now
        self._clusters: dict[str, list[Resource]] = {}
        for one in inventory.resources.values():
            issuer = dict(one.attributes).get("oidc_issuer") if one.kind == "eks_cluster" else None
            if issuer:
                self._clusters.setdefault(issuer_key(issuer), []).append(one)
        self._associations: dict[tuple[str, str, str], list[Workload]] = {}
        for work in inventory.workloads.values():
            if work.kind == "eks_pod_identity":
                self._associations.setdefault((work.scope_id, work.region, work.name), []).append(work)

    @property
    def issuers(self) -> frozenset[str]:
        """Keys of the issuers of clusters that have associations."""
        used = {(scope, region, name.partition("/")[0]) for scope, region, name in self._associations}
        return frozenset(
            key
            for key, clusters in self._clusters.items()
            if any((one.scope_id, one.region, one.name) in used for one in clusters)
        )

    def entries(self, assertion: Assertion) -> Iterator[Entry]:
        """Yield the roles that the service gives to a service account."""
        subject, audience = assertion.claim("sub"), assertion.claim("aud")
        if subject is None or subject.form != "exact" or not assertion.issuer:
            return
        if audience is not None and audience.form == "exact" and SERVICE not in audience.values:
            return
        for cluster in self._clusters.get(issuer_key(assertion.issuer), ()):
            for name in subject.values:
                account = name.removeprefix(_SUBJECT).replace(":", "/", 1) if name.startswith(_SUBJECT) else ""
                place = (cluster.scope_id, cluster.region, f"{cluster.name}/{account}")
                for work in self._associations.get(place, ()) if account else ():
                    yield from self._given(cluster, work, account)

    def _given(self, cluster: Resource, work: Workload, account: str) -> Iterator[Entry]:
        """The role of an association; a second one is assumed by the first (`targetRoleArn`), not by the service."""
        serving = Serving(service=SERVICE, actions=_ACTIONS, context=self._context(cluster, account))
        for role_id in work.runs_as[:1]:
            yield from serve(self._inventory, role_id, serving, work.id, f"as EKS Pod Identity ({work.id})")

    def _context(self, cluster: Resource, account: str) -> Context:
        namespace, _, name = account.partition("/")
        tags = {
            "eks-cluster-arn": cluster.id,
            "eks-cluster-name": cluster.name,
            "kubernetes-namespace": namespace,
            "kubernetes-service-account": name,
        }
        values = {f"aws:requesttag/{key}": (text,) for key, text in tags.items()}
        values |= {"aws:sourcearn": (cluster.id,), "aws:sourceaccount": (cluster.scope_id,)}
        return Context(values=values, now=self._now)
