"""A cluster is found again among those of its cloud, by its issuer or by the address of its API server."""

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Resource, Workload
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

EKS = "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
GKE = "//container.googleapis.com/projects/app/zones/europe-west1-b/clusters/prod"
AKS = "/subscriptions/1/resourcegroups/shop/providers/microsoft.containerservice/managedclusters/prod"
EKS_ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
GKE_ISSUER = "https://container.googleapis.com/v1/projects/app/locations/europe-west1-b/clusters/prod"
AKS_ISSUER = "https://eastus.oic.prod-aks.azure.com/tenant/cluster/"


def workload(id_: str, kind: str, **attributes: str) -> Workload:
    return Workload(
        id=id_, provider="x", kind=kind, name="prod", scope_id="s", attributes=tuple(sorted(attributes.items()))
    )


def attributes_of(*workloads: Workload, **said: str) -> dict[str, str]:
    records = Records()
    cluster = Scope(id="k8s:prod", provider="kubernetes", kind="cluster", name="prod", attributes=tuple(said.items()))
    records.scopes.append(cluster)
    records.workloads += workloads
    records.workloads.append(workload(EKS, "eks_cluster"))
    records.resources.append(
        Resource(
            id=EKS,
            provider="aws",
            kind="eks_cluster",
            name="prod",
            scope_id="s",
            attributes=(("endpoint", "ABC.gr7.eu-west-1.eks.amazonaws.com"), ("oidc_issuer", EKS_ISSUER)),
        )
    )
    return dict(build([records]).scopes["k8s:prod"].attributes)


GOOGLE = workload(GKE, "gke_cluster", endpoint="34.1.2.3", dns_endpoint="gke-1.europe-west1-b.gke.goog")
AZURE = workload(AKS, "aks_cluster", endpoint="prod-1.hcp.eastus.azmk8s.io", oidc_issuer=AKS_ISSUER)


@pytest.mark.parametrize(
    ("server", "cluster", "issuer"),
    [
        ("https://abc.gr7.eu-west-1.eks.amazonaws.com", EKS, f"https://{EKS_ISSUER}"),
        ("https://34.1.2.3", GKE, GKE_ISSUER),
        ("https://34.1.2.3:443/", GKE, GKE_ISSUER),
        ("https://gke-1.europe-west1-b.gke.goog", GKE, GKE_ISSUER),
        ("https://prod-1.hcp.eastus.azmk8s.io:443", AKS, AKS_ISSUER),
    ],
)
def test_a_cluster_whose_issuer_nobody_could_ask_for(server: str, cluster: str, issuer: str) -> None:
    found = attributes_of(GOOGLE, AZURE, server=server)
    assert found == {"server": server, "cloud_cluster": cluster, "oidc_issuer": issuer}


@pytest.mark.parametrize(
    "server", ["", "https://10.0.0.1", "https://localhost:6443", "https://34.1.2.4", "https://[fd00::1]:6443", "//"]
)
def test_an_address_that_proves_nothing(server: str) -> None:
    inside = workload(f"{GKE}-2", "gke_cluster", endpoint="10.0.0.1")
    assert attributes_of(GOOGLE, AZURE, inside, server=server) == {"server": server}


def test_two_clusters_with_one_address_are_neither() -> None:
    other = workload(f"{GKE}-2", "gke_cluster", endpoint="34.1.2.3")
    assert attributes_of(GOOGLE, other, server="https://34.1.2.3") == {"server": "https://34.1.2.3"}


def test_what_a_cluster_says_of_itself_counts() -> None:
    said = {"oidc_issuer": AKS_ISSUER, "server": "https://34.1.2.3"}
    assert attributes_of(GOOGLE, AZURE, **said) == {**said, "cloud_cluster": AKS}
    said = {"oidc_issuer": "https://own.example.com", "server": "https://34.1.2.3"}
    assert attributes_of(GOOGLE, AZURE, **said) == said
