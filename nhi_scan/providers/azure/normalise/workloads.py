"""What runs as a managed identity.

`runs_as` are those identities whose tokens the code in it gets; `served_by` those that only the platform uses for it:
of an AKS cluster its own identity, while its nodes, and so its pods, get the kubelet's or a service principal's
(https://learn.microsoft.com/azure/aks/use-managed-identity#summary-of-managed-identities).

Attributes: `type` (in Resource Manager); of AKS clusters `node_resource_group` (canonical id), `oidc_issuer`,
`endpoint` and `private_endpoint` (hosts of its API server), `workload_identity`, `local_accounts`, `azure_rbac`
(`true`, `false`); of virtual machines `os`; of sites `host`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nhi_scan.model import arm_ids
from nhi_scan.model.identity import Workload
from nhi_scan.providers.azure.normalise.managed_identities import Managed
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, guid, pairs, properties, tags_of
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.providers.azure.normalise.workload_kinds import RUNNING, SERVICE, STATES, STOPPED, WORKLOADS, kind_of
from nhi_scan.snapshot.paths import words
from nhi_scan.snapshot.values import distinct, text, within

_CLUSTER = "aks_cluster"


class WorkloadReader:
    """Makes workloads of resources; identities that a resource does not name by principal are looked up at the end."""

    def __init__(self, source: Source, scopes: Scopes, managed: Managed, homes: Mapping[tuple[str, str], str]) -> None:
        """Begin.

        Args:
            source: receives workloads.
            scopes: tell tenants, and tags of what a workload lies in.
            managed: principals of managed identities.
            homes: object ids of service principals, by tenant and application id.
        """
        self._source = source
        self._homes = homes
        self._scopes = scopes
        self._managed = managed
        self._open: list[tuple[int, str, str, list[str]]] = []  # position, record kind, its scope, identities

    def read(self, kind: str, scope_id: str, id_: str, type_: str, record: Record) -> None:
        """Add a workload where a resource is one or has an identity."""
        named, open_ = self._managed.block(id_, record)
        sort = kind_of(type_, text(record, "kind"))
        if type_ not in WORKLOADS and not named and not open_:
            return
        nodes, unclear = self._managed.kubelet(record) if sort == _CLUSTER else ([], [])
        platform = sort in (_CLUSTER, SERVICE)
        runs_as, served_by = (nodes, named) if platform else (named, [])
        own = properties(record)
        # A cluster without a managed identity keeps the secret of a service principal on its nodes:
        # https://learn.microsoft.com/azure/aks/kubernetes-service-principal
        client = guid(within(own, "servicePrincipalProfile"), "clientId")
        runs_as = [*runs_as, self._homes.get((self._scopes.tenant_of(id_), client), "")]
        tags = tags_of(record)
        if open_ or unclear:
            self._open.append((len(self._source.records.workloads), kind, scope_id, [*open_, *unclear]))
        self._source.records.workloads.append(
            Workload(
                id=id_,
                provider=PROVIDER,
                kind=sort,
                name=text(record, "name").rpartition("/")[2] or arm_ids.name_of(id_),
                scope_id=arm_ids.subscription_of(id_) or scope_id,
                region=text(record, "location").lower(),
                runs_as=distinct(runs_as),
                served_by=distinct(served_by),
                exposed=_exposed(sort, own),
                owner=self._source.owners.find(tags, self._scopes.tags(id_)),
                tags=tags,
                active=_active(own),
                attributes=_attributes(sort, type_, id_, own),
            )
        )

    def finish(self) -> None:
        """Look up the identities that were only named by their resource, now that all are read."""
        workloads = self._source.records.workloads
        for position, kind, scope_id, ids in self._open:
            found = [self._managed.by_resource.get(id_, "") for id_ in ids]
            if not all(found):
                self._source.note(kind, scope_id, "user-assigned identities of which nothing tells the principal")
            one = workloads[position]
            if one.kind == SERVICE:
                one = replace(one, served_by=distinct((*one.served_by, *found)))
            elif one.kind == _CLUSTER:
                one = self._cluster(one, dict(zip(ids, found, strict=True)))
            else:
                one = replace(one, runs_as=distinct((*one.runs_as, *found)))
            workloads[position] = one

    @staticmethod
    def _cluster(one: Workload, found: Mapping[str, str]) -> Workload:
        nodes = [known for id_, known in found.items() if id_ in _kubelet_of(one)]
        return replace(
            one,
            runs_as=distinct((*one.runs_as, *nodes)),
            served_by=distinct((*one.served_by, *(known for known in found.values() if known not in nodes))),
            attributes=tuple(pair for pair in one.attributes if pair[0] != "kubelet_identity"),
        )

    def used_by(self) -> dict[str, list[str]]:
        """Ids of workloads by each principal that they run as or are served by."""
        found: dict[str, list[str]] = {}
        for one in self._source.records.workloads:
            for principal in dict.fromkeys((*one.runs_as, *one.served_by)):
                found.setdefault(principal, []).append(one.id)
        return found


def _kubelet_of(one: Workload) -> tuple[str, ...]:
    return tuple(value for key, value in one.attributes if key == "kubelet_identity")


def _active(own: Record) -> bool | None:
    for path in STATES:
        for word in words(own, (path,)):
            if word.lower() in RUNNING:
                return True
            if word.lower() in STOPPED:
                return False
    return None


def _exposed(sort: str, own: Record) -> bool | None:
    """False where it cannot be reached from outside; what can be is not told by its record alone."""
    closed = text(own, "publicNetworkAccess").lower() == "disabled"
    if sort == "container_app":
        configuration = within(own, "configuration")
        ingress = within(configuration, "ingress")
        closed = closed or ("configuration" in own and flag(ingress.get("external")) != "true")
    elif sort == _CLUSTER:
        closed = closed or flag(within(own, "apiServerAccessProfile").get("enablePrivateCluster")) == "true"
    return False if closed else None


def _attributes(sort: str, type_: str, id_: str, own: Record) -> Pairs:
    told: Iterable[tuple[str, str]] = ()
    if sort == _CLUSTER:
        group, subscription = text(own, "nodeResourceGroup"), arm_ids.subscription_of(id_)
        kubelet = within(within(own, "identityProfile"), "kubeletidentity")
        security = within(within(own, "securityProfile"), "workloadIdentity")
        unclear = text(kubelet, "resourceId") if not text(kubelet, "objectId") else ""
        told = (
            ("node_resource_group", arm_ids.canonical(f"{subscription}/resourceGroups/{group}") if group else ""),
            ("oidc_issuer", text(within(own, "oidcIssuerProfile"), "issuerURL")),
            ("endpoint", text(own, "fqdn")),
            ("private_endpoint", text(own, "privateFQDN")),
            ("workload_identity", flag(security.get("enabled"))),
            ("local_accounts", {"true": "false", "false": "true"}.get(flag(own.get("disableLocalAccounts")), "")),
            ("azure_rbac", flag(within(own, "aadProfile").get("enableAzureRBAC"))),
            ("kubelet_identity", arm_ids.canonical(unclear) if unclear else ""),
        )
    elif sort == "virtual_machine":
        told = (("os", text(within(within(own, "storageProfile"), "osDisk"), "osType").lower()),)
    elif type_.startswith("microsoft.web/"):
        told = (("host", text(own, "defaultHostName")),)
    return pairs(("type", type_), *told)
