"""Kubernetes clusters and what their clouds tell of them: who issues their tokens, and whom they let in.

A cluster says itself who its issuer is, to whoever may ask
(https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery).
Where nobody could, the cloud that runs it knows: it is the cluster whose API server has the address that the cluster
was read from. Addresses inside a private network are used again in others, and prove nothing.

Attributes of a cluster's scope: `cloud_cluster` (id of the record of its cloud), `oidc_issuer` where only that tells.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import NamedTuple

from nhi_scan.model import kube_ids
from nhi_scan.model.assertion import issuer_key
from nhi_scan.model.identity import Resource, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope

_KINDS = frozenset({"eks_cluster", "gke_cluster", "aks_cluster"})
_ADDRESSES = ("endpoint", "dns_endpoint", "private_endpoint")
_FOR_ADMINISTRATORS = "/AmazonEKSClusterAdminPolicy"  # for namespaces alone, they stand behind it
_GOOGLE = "//container.googleapis.com/"


class _Cluster(NamedTuple):
    """A cluster as its cloud records it."""

    id: str
    issuer: str
    hosts: frozenset[str]


def link_clusters(
    scopes: dict[str, Scope], resources: Iterable[Resource], workloads: Iterable[Workload]
) -> dict[str, Scope]:
    """Return the scopes, with what their clouds know of clusters noted on them."""
    clusters = [one for one in scopes.values() if one.kind == "cluster"]
    if not clusters:
        return scopes
    known = {one.id: one for one in _known((*workloads, *resources))}
    found = {scope.id: _linked(scope, known) for scope in clusters}
    return {**scopes, **found}


def trusts_of_access_entries(
    scopes: Iterable[Scope], groups: Collection[str], resources: Iterable[Resource]
) -> list[Trust]:
    """Return who gets into a cluster by an access entry of EKS, as a member of groups that the cluster's roles name.

    https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html: an entry gives groups of Kubernetes,
    or policies of EKS's own; of those the one for administrators of the whole cluster is as good as `system:masters`
    (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html). A cluster in the mode
    `CONFIG_MAP` has none that count. Of other policies nothing is said here.

    Args:
        scopes: as `link_clusters` leaves them.
        groups: ids of those that are known; one that nothing names has no permissions.
        resources: the entries and the clusters that they are of.
    """
    rows = [one for one in resources if one.kind in {"eks_access_entry", "eks_cluster"}]
    clusters = {one.id: one for one in rows if one.kind == "eks_cluster"}
    places: dict[tuple[str, str, str], str] = {}
    for scope in scopes:
        cluster = clusters.get(dict(scope.attributes).get("cloud_cluster", "")) if scope.kind == "cluster" else None
        if cluster is not None and dict(cluster.attributes).get("authentication_mode") != "CONFIG_MAP":
            places[cluster.scope_id, cluster.region, cluster.name] = scope.id
    found: dict[str, Trust] = {}
    for entry in rows if places else ():
        said = dict(entry.attributes)
        place = places.get((entry.scope_id, entry.region, said.get("cluster", "")))
        for group in _groups(said) if place and entry.kind == "eks_access_entry" else ():
            group_id = kube_ids.group(place or "", group)
            if group_id in groups:
                found[f"{entry.id}#{group}"] = Trust(
                    id=f"{entry.id}#{group}",
                    identity_id=group_id,
                    subject=said.get("principal_id", ""),
                    subject_kind="identity",
                    mechanism="federate",
                    policy_id=entry.id,
                )
    return [found[id_] for id_ in sorted(found)]


def _groups(entry: Mapping[str, str]) -> Iterator[str]:
    yield from entry.get("kubernetes_groups", "").split()
    if any(one.endswith(_FOR_ADMINISTRATORS) for one in entry.get("access_policies", "").split()):
        yield "system:masters"


def _known(rows: Iterable[Resource | Workload]) -> Iterator[_Cluster]:
    for row in rows:
        if row.kind in _KINDS:
            said = dict(row.attributes)
            hosts = frozenset(host for name in _ADDRESSES if (host := _host(said.get(name, ""))))
            issuer = said.get("oidc_issuer", "") or _google_issuer(row.id)
            yield _Cluster(row.id, issuer if "://" in issuer or not issuer else f"https://{issuer}", hosts)


def _google_issuer(id_: str) -> str:
    """https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#credential-flow."""
    name = id_.removeprefix(_GOOGLE)
    return f"https://container.googleapis.com/v1/{name.replace('/zones/', '/locations/', 1)}" if name != id_ else ""


def _linked(scope: Scope, known: Mapping[str, _Cluster]) -> Scope:
    said = dict(scope.attributes)
    issuers = {issuer_key(one) for one in said.get("oidc_issuer", "").split()}
    host = _host(said.get("server", ""))
    if issuers:
        found = [one for one in known.values() if one.issuer and issuer_key(one.issuer) in issuers]
    else:
        found = [one for one in known.values() if host and host in one.hosts]
    if len(found) != 1:
        return scope
    said["cloud_cluster"] = found[0].id
    if found[0].issuer:
        said.setdefault("oidc_issuer", found[0].issuer)
    return replace(scope, attributes=tuple(sorted(said.items())))


def _host(address: str) -> str:
    """The host of an API server's address; empty where it is one inside a private network."""
    host = address.partition("://")[2] or address
    host = host.partition("/")[0].rpartition("@")[2].lower()
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return "" if ip_address(host).is_private else host
    except ValueError:
        return host if "." in host and host != "kubernetes.default.svc" else ""
