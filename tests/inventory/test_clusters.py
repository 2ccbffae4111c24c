"""A cluster is found again among those of its cloud, by its issuer or by the address of its API server."""

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Group, Resource, Workload
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


ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
ROLE = "arn:aws:iam::111122223333:role/ops"


@pytest.mark.parametrize(
    ("mode", "entry", "groups"),
    [
        ("API", {"kubernetes_groups": "ops unnamed"}, ["k8s:prod/groups/ops"]),
        ("API_AND_CONFIG_MAP", {"access_policies": ADMIN}, ["k8s:prod/groups/system:masters"]),
        ("API", {"access_policies": f"{ADMIN}@shop"}, []),
        ("API", {"access_policies": ADMIN.replace("ClusterAdmin", "View")}, []),
        ("API", {}, []),
        ("CONFIG_MAP", {"kubernetes_groups": "ops", "access_policies": ADMIN}, []),
        ("API", {"kubernetes_groups": "ops", "cluster": "another"}, []),
    ],
)
def test_whom_an_access_entry_lets_in(mode: str, entry: dict[str, str], groups: list[str]) -> None:
    records = Records()
    said = (("oidc_issuer", f"https://{EKS_ISSUER}"),)
    records.scopes.append(Scope(id="k8s:prod", provider="kubernetes", kind="cluster", name="prod", attributes=said))
    records.groups += [
        Group(
            id=f"k8s:prod/groups/{name}", provider="kubernetes", kind="kubernetes_group", name=name, scope_id="k8s:prod"
        )
        for name in ("ops", "system:masters")
    ]
    for id_, kind, name, attributes in (
        (EKS, "eks_cluster", "prod", {"oidc_issuer": EKS_ISSUER, "authentication_mode": mode}),
        (f"{EKS}/entry", "eks_access_entry", "entry", {"cluster": "prod", "principal_id": ROLE, **entry}),
    ):
        pairs = tuple(sorted(attributes.items()))
        records.resources.append(
            Resource(id=id_, provider="aws", kind=kind, name=name, scope_id="1", region="eu-west-1", attributes=pairs)
        )
    found = build([records]).trusts.values()
    assert [one.identity_id for one in found] == groups
    assert all((one.subject, one.mechanism, one.policy_id) == (ROLE, "federate", f"{EKS}/entry") for one in found)
