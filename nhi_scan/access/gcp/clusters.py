"""GKE workload identity: a pod's token, shown to the pool of its project.

https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity: clusters of a project, or of a fleet, share
a pool, `PROJECT.svc.id.goog`. Policies name a service account there in an old and a new way, or sets of them: a
namespace, a cluster, all (https://cloud.google.com/iam/docs/principal-identifiers).
"""

from collections.abc import Iterable, Iterator

from nhi_scan.access.federation import Entry
from nhi_scan.access.gcp.identifiers import ACCOUNT, PODS
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.pools import Pools
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Workload

_HOST = "container.googleapis.com/"
_VERSION = f"{_HOST}v1/"
_SUBJECT = "system:serviceaccount:"
_UID = "kubernetes.io.serviceaccount.uid"
_POOL = ".svc.id.goog"
_NO_ISSUER = "which cluster the holder is of is not known: `{}` is the pool of the one that is trusted"
_NOT_COLLECTED = "whether its cluster has workload identity: `{}` was not collected"


class Clusters:
    """Clusters by issuer, pods by the names that policies give them."""

    def __init__(self, inventory: Inventory, members: Members, pools: Pools) -> None:
        """Index an inventory."""
        self._inventory = inventory
        self._members = members
        self._pools = pools
        self._known: dict[str, Workload] = {}
        for one in inventory.workloads.values():
            if one.kind == "gke_cluster" and one.provider == "gcp":
                self._known[_issuer_of(one)] = one
        self._pods: dict[str, list[str]] = {}
        for identity in inventory.identities.values():
            if identity.provider == "gcp" and identity.kind == "federated_principal" and identity.status != "deleted":
                name = members.canonical(identity.id)
                if name.startswith(PODS):
                    self._pods.setdefault(name, []).append(identity.id)
        told = {
            key
            for scope in inventory.scopes.values()
            if scope.kind == "cluster"
            for word in dict(scope.attributes).get("oidc_issuer", "").split()
            if (key := issuer_key(word)).startswith(_VERSION)
        }
        used = {name.removeprefix(PODS).partition("/")[0] for name in self._pods}
        self.issuers = frozenset(
            key for key in {*self._known, *told} if self._pool_of(key) in used or self._has_sets(self._pool_of(key))
        )

    def _pool_of(self, key: str) -> str:
        """The name of a cluster's pool, without its end; empty where it has none."""
        known = self._known.get(key)
        if known is not None:
            return dict(known.attributes).get("workload_pool", "").removesuffix(_POOL)
        return key.removeprefix(f"{_VERSION}projects/").partition("/")[0]

    def _has_sets(self, pool: str) -> bool:
        return bool(pool) and any(True for _ in self._pools.named_like(f"/{pool}{_POOL}"))

    def entries(self, assertion: Assertion) -> Iterator[Entry]:
        """Yield the members of its cluster's pool that a service account is."""
        subject, key = assertion.claim("sub"), issuer_key(assertion.issuer)
        uid = assertion.claim(_UID)
        uids = uid.values if uid is not None and uid.form == "exact" else ()
        if subject is None or subject.form != "exact" or not (key.startswith(_VERSION) or not key):
            return
        pool = self._pool_of(key) if key else ""
        for name in subject.values:
            if name.startswith(_SUBJECT):
                namespace, _, account = name.removeprefix(_SUBJECT).partition(":")
                if not key:
                    yield from self._asked_for(assertion.asks_for, f"/{namespace}/{account}")
                elif pool:
                    yield from self._of(key, pool, self._named(key, pool, namespace, account, uids))

    def _asked_for(self, asked: Iterable[str], end: str) -> Iterator[Entry]:
        """Where nobody knows the cluster: who of that name may become the service account that the pod asks for.

        https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam
        """
        for address in asked:
            for trust in self._inventory.trusts_of.get(f"{ACCOUNT}{address}", ()):
                name = self._members.canonical(trust.subject)
                if name.startswith(PODS) and name.endswith(end) and trust.subject in self._inventory.identities:
                    ref = StatementRef(policy_id=trust.policy_id, index=0, layer="allow", binding_id=trust.id)
                    pool = name.removeprefix(PODS).partition("/")[0]
                    residual = (_NO_ISSUER.format(f"{pool}{_POOL}"),)
                    yield Entry(trust.subject, trust.id, None, (ref,), residual, "as GKE workload identity")

    def _named(self, key: str, pool: str, namespace: str, account: str, uids: Iterable[str]) -> Iterator[str]:
        """The members that a service account is: by its name or its uid, and the sets that it is in."""
        yield from self._pods.get(f"{PODS}{pool}/{namespace}/{account}", ())
        for each in self._pools.named_like(f"/{pool}{_POOL}"):
            yield from each.whole
            yield from each.by_attribute.get("namespace", {}).get(namespace, ())
            for uid in uids:
                yield from each.by_attribute.get("kubernetes.serviceaccount.uid", {}).get(uid, ())
            for cluster, ids in each.by_attribute.get("kubernetes.cluster", {}).items():
                yield from ids if issuer_key(cluster) == key else ()

    def _of(self, key: str, pool: str, found: Iterable[str]) -> Iterator[Entry]:
        known = self._known.get(key)
        residual = () if known is not None else (_NOT_COLLECTED.format(key.removeprefix(_VERSION)),)
        trust = known.id if known is not None else f"{pool}{_POOL}"
        for identity_id in found:
            ref = StatementRef(policy_id=trust, index=0, layer="trust", binding_id=trust)
            state = None if residual else True
            yield Entry(identity_id, trust, state, (ref,), residual, "as GKE workload identity")


def _issuer_of(cluster: Workload) -> str:
    """The key of a cluster's issuer: `https://container.googleapis.com/v1/projects/p/locations/l/clusters/c`.

    A zonal cluster's own name may say `zones`, its issuer says `locations`.
    """
    name = cluster.id.removeprefix("//").removeprefix(_HOST).removeprefix("v1/")
    return _VERSION + name.replace("/zones/", "/locations/", 1)
