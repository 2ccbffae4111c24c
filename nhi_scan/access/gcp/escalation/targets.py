"""What there is to escalate to, by project: service accounts, workloads, pools of outside identities."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity, Workload

Member = tuple[str, bool]
"""An identity, and whether it is a member only if an open condition holds."""

_FULL = frozenset({"https://www.googleapis.com/auth/cloud-platform", "cloud-platform"})
_AUTH = "https://www.googleapis.com/auth/"
_STORAGE = frozenset(
    {
        f"{_AUTH}cloud-platform.read-only",
        f"{_AUTH}devstorage.full_control",
        f"{_AUTH}devstorage.read_only",
        f"{_AUTH}devstorage.read_write",
    }
)
# Of these nothing is known where no scope is; of all others the scopes are full where none is written.
MAY_BE_NARROW = frozenset({"compute_instance", "gke_cluster", "gke_node_pool", "dataproc_cluster"})
"""Kinds of workloads whose tokens access scopes limit."""
_POOL = re.compile(r"//iam\.googleapis\.com/(projects/[^/]+)/locations/global/workloadIdentityPools/([^/]+)/")
_WORKFORCE = re.compile(r"//iam\.googleapis\.com/locations/global/workforcePools/([^/]+)/")
_KUBERNETES = re.compile(r"serviceAccount:([^\[\]]+)\.svc\.id\.goog\[")
_OF_CLUSTERS = ".svc.id.goog"


class Targets:
    """Indexes of an inventory. Everything is sorted by id."""

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Index an inventory."""
        self.inventory = inventory
        self._places = places
        self.children: Mapping[str, list[str]] = _children(inventory)
        self._accounts: dict[str, list[Member]] = defaultdict(list)
        self._disabled: dict[str, list[Member]] = defaultdict(list)
        self._pools: dict[str, list[Member]] = defaultdict(list)
        self._clusters: dict[str, list[Member]] = defaultdict(list)
        self._workforce: dict[str, list[Member]] = defaultdict(list)
        self._workloads: dict[tuple[str, str], list[Workload]] = defaultdict(list)
        self._guests: list[Workload] = []
        self._by_bucket: dict[str, list[Workload]] | None = None
        for identity in inventory.identities.values():
            if identity.provider == "gcp":
                self._index(identity)
        for workload in inventory.workloads.values():
            if workload.provider == "gcp":
                self._workloads[workload.kind, workload.scope_id].append(workload)
                if any(self._elsewhere(workload, id_) for id_ in workload.runs_as):
                    self._guests.append(workload)

    def unused(self, name: str) -> str:
        """Return a name for a node that no identity has, whatever identities are called."""
        while name in self.inventory.identities:
            name += "'"
        return name

    def accounts(self, project_id: str) -> list[Member]:
        """Return a project's service accounts that are not disabled; one of which that is not known, perhaps."""
        return self._accounts.get(project_id, [])

    def disabled(self, project_id: str) -> list[Member]:
        """Return a project's disabled service accounts."""
        return self._disabled.get(project_id, [])

    def account(self, identity_id: str) -> Identity | None:
        """Return a service account that a customer made, or that was made for it."""
        found = self.inventory.identities.get(identity_id)
        return found if found is not None and _is_account(found) else None

    def outsiders(self, project_id: str) -> list[Member]:
        """Return whom the workload identity pools of a project stand for, as far as a policy names them."""
        return self._pools.get(project_id, [])

    def workforce(self, organization_id: str) -> list[Member]:
        """Return whom the workforce pools of an organization stand for, as far as a policy names them."""
        return self._workforce.get(organization_id, [])

    def agents(self, scope_id: str, addresses: tuple[str, ...]) -> list[Member]:
        """Return the accounts of Google's that work for a project, where a policy names them."""
        scope = self.inventory.scopes.get(scope_id)
        if scope is None or not scope.number:
            return []
        found = [f"serviceAccount:{address.format(number=scope.number)}" for address in addresses]
        return [(id_, False) for id_ in found if id_ in self.inventory.identities]

    def has(self, project_id: str, kinds: tuple[str, ...]) -> bool:
        """Say whether a project has a workload of one of some kinds."""
        return not kinds or any((kind, project_id) in self._workloads for kind in kinds)

    def workloads(self, project_id: str, kinds: Iterable[str]) -> list[Workload]:
        """Return a project's workloads of some kinds."""
        return [one for kind in kinds for one in self._workloads.get((kind, project_id), ())]

    def guests(self) -> list[Workload]:
        """Return the workloads that run as another project's account."""
        return self._guests

    def running(
        self, project_id: str, kinds: tuple[str, ...], needs: tuple[str, ...], *, guests: bool, storage: bool = False
    ) -> list[Member]:
        """Return whom workloads of a project run as.

        Args:
            project_id: where the workloads are.
            kinds: of which they are one.
            needs: what their attributes may tell.
            guests: whether accounts of other projects count, or the project's own alone.
            storage: those whose tokens are good for Cloud Storage alone, and not those that are good for everything.
        """
        found: dict[str, bool] = {}
        for workload in self.workloads(project_id, kinds):
            for id_, conditional in self.runs_as(workload, needs, storage=storage):
                if guests or not self._elsewhere(workload, id_):
                    found[id_] = found.get(id_, True) and conditional
        return sorted(found.items())

    def runs_as(self, workload: Workload, needs: tuple[str, ...], *, storage: bool = False) -> list[Member]:
        """Return whom code of a workload can become: none whose token is limited by narrow access scopes.

        With `storage`: whom it can be towards Cloud Storage alone, because of what the access scopes leave.
        https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam
        """
        scopes = storage_scopes(workload) if storage else full_scopes(workload)
        state = both(scopes, *[_meets(workload, need) for need in needs])
        if state is False:
            return []
        found = []
        for id_ in workload.runs_as:
            identity = self.inventory.identities.get(id_)
            if identity is not None and identity.status in ("active", "unknown"):
                found.append((id_, state is None or identity.status == "unknown"))
        return found

    def with_code_in_buckets(self, project_id: str, kinds: tuple[str, ...]) -> list[Member]:
        """Return whom workloads of a project run as that take their code from a bucket."""
        found: dict[str, bool] = {}
        for workload in self.workloads(project_id, kinds):
            if bucket_of(workload):
                for id_, conditional in self.runs_as(workload, ()):
                    found[id_] = found.get(id_, True) and conditional
        return sorted(found.items())

    def of_bucket(self, bucket: str, kinds: tuple[str, ...]) -> list[Member]:
        """Return whom workloads run as that take their code from one bucket, by its full resource name."""
        if self._by_bucket is None:
            self._by_bucket = defaultdict(list)
            for workload in self.inventory.workloads.values():
                if name := bucket_of(workload):
                    self._by_bucket[name].append(workload)
        return [pair for one in self._by_bucket.get(bucket, ()) if one.kind in kinds for pair in self.runs_as(one, ())]

    def in_clusters(self, project_id: str, *, nodes: bool) -> list[Member]:
        """Return whom pods of a project's clusters can become.

        Who its nodes run as (a pod on the host's network reaches the node's metadata server, but on Autopilot none is
        on it: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security), and whom the clusters'
        workload identity pool stands for: all clusters of a project share one.
        https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
        """
        clusters = self.workloads(project_id, ("gke_cluster", "gke_node_pool"))
        if not clusters:
            return []
        found = dict(self._clusters.get(project_id, []))
        pools = [dict(one.attributes).get("workload_pool") for one in clusters]
        if not any(pools):
            found = {} if "" in pools else dict.fromkeys(found, True)
        if nodes:
            for id_, conditional in self.nodes(project_id):
                found[id_] = found.get(id_, True) and conditional
        return sorted(found.items())

    def nodes(self, project_id: str, *, storage: bool = False) -> list[Member]:
        """Return whom pods of a project become on their node's network; with `storage`: see `runs_as`."""
        clusters = self.workloads(project_id, ("gke_cluster", "gke_node_pool"))
        closed = tuple(f"{one.id}/" for one in clusters if dict(one.attributes).get("autopilot") == "true")
        found: dict[str, bool] = {}
        for cluster in clusters:
            if not f"{cluster.id}/".startswith(closed):
                for id_, conditional in self.runs_as(cluster, (), storage=storage):
                    found[id_] = found.get(id_, True) and conditional
        return sorted(found.items())

    def _index(self, identity: Identity) -> None:
        if identity.status == "deleted":
            return
        if _is_account(identity):
            if identity.status == "disabled":
                self._disabled[identity.scope_id].append((identity.id, False))
            else:
                self._accounts[identity.scope_id].append((identity.id, identity.status == "unknown"))
        elif identity.kind == "federated_principal":
            self._index_outsider(identity.id)

    def _index_outsider(self, id_: str) -> None:
        pod, pool, workforce = _KUBERNETES.match(id_), _POOL.search(id_), _WORKFORCE.search(id_)
        if pod is not None:
            self._clusters[self._places.canonical(f"projects/{pod[1]}")].append((id_, False))
        elif pool is not None and pool[2].endswith(_OF_CLUSTERS):
            project = pool[2].removesuffix(_OF_CLUSTERS)
            self._clusters[self._places.canonical(f"projects/{project}")].append((id_, False))
        elif pool is not None:
            self._pools[self._places.canonical(pool[1])].append((id_, False))
        elif workforce is not None:
            self._workforce[self._organization(workforce[1])].append((id_, False))

    def _organization(self, pool: str) -> str:
        """The organization of a workforce pool, of whose name nothing but the inventory tells it."""
        name = f"/workforcePools/{pool}"
        owners = [one.scope_id for one in self.inventory.resources.values() if one.id.endswith(name)]
        if owners:
            return owners[0]
        roots = [scope.id for scope in self.inventory.scopes.values() if scope.kind == "organization"]
        return roots[0] if len(roots) == 1 else ""

    def _elsewhere(self, workload: Workload, identity_id: str) -> bool:
        identity = self.inventory.identities.get(identity_id)
        return identity is not None and identity.scope_id != workload.scope_id


def full_scopes(workload: Workload) -> Truth:
    """Say whether nothing but IAM limits the tokens of a workload."""
    written = dict(workload.attributes).get("access_scopes")
    if written is None:
        return None if workload.kind in MAY_BE_NARROW else True
    return bool(_FULL.intersection(written.split()))


def storage_scopes(workload: Workload) -> bool:
    """Say whether the tokens of a workload are good for reading objects of Cloud Storage, and not for everything."""
    written = dict(workload.attributes).get("access_scopes", "").split()
    return not _FULL.intersection(written) and not _STORAGE.isdisjoint(written)


def bucket_of(workload: Workload) -> str:
    """Return the full resource name of the bucket from which a workload takes its code; empty for none."""
    written = dict(workload.attributes).get("dag_bucket", "")
    name = written.removeprefix("gs://").partition("/")[0]
    return f"//storage.googleapis.com/{name}" if name else ""


def _meets(workload: Workload, need: str) -> Truth:
    return {"true": True, "false": False}.get(dict(workload.attributes).get(need, ""))


def _is_account(identity: Identity) -> bool:
    return identity.kind == "service_account" and not identity.managed_by_provider and identity.status != "deleted"


def _children(inventory: Inventory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for scope in inventory.scopes.values():
        if scope.provider == "gcp" and scope.parent_id:
            found[scope.parent_id].append(scope.id)
    return found
