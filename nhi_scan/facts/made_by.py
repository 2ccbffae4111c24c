"""Facts about what a service of Azure makes for itself, in a resource group that it keeps, or for a person's shell.

A cluster of AKS has such a group for its nodes, Databricks for its storage. Nobody changes what is in it by hand, and
whoever answers for the service answers for that.
https://learn.microsoft.com/azure/aks/faq#why-are-two-resource-groups-created-with-aks
https://learn.microsoft.com/azure/azure-resource-manager/managed-applications/overview
"""

from nhi_scan.facts.assignments import assigned
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.ownership import identity_workload_count
from nhi_scan.facts.registry import fact
from nhi_scan.model.arm_ids import resource_group_of
from nhi_scan.model.identity import Resource

# Cloud Shell mounts a share of it by its key, and knows its account by this tag.
# https://learn.microsoft.com/azure/cloud-shell/persisting-shell-storage
_SHELL = ("ms-resource-usage", "azure-cloud-shell")


@fact("identity", "boolean")
def identity_of_service(estate: Estate) -> list[bool]:
    """Whether it is a managed identity that a service of Azure made in a resource group of its own."""
    return [bool(_maker(estate, dict(one.attributes).get("resource_id", ""))) for one in estate.identities]


@fact("identity", "boolean")
def identity_of_entra(estate: Estate) -> list[bool]:
    """Whether Entra made it for the devices of its tenant, and nothing was ever granted to it.

    The application `P2P Server` is in every tenant with joined devices; Entra renews its certificates.
    https://learn.microsoft.com/entra/identity/devices/faq
    """
    return [("device_trust", "true") in one.attributes and not assigned(estate, one.id) for one in estate.identities]


@fact("resource", "boolean")
def resource_of_service(estate: Estate) -> list[bool]:
    """Whether a service of Azure made it in a resource group of its own, or it is the storage of a Cloud Shell."""
    return [row.provider == "azure" and _of_service(estate, row) for row in estate.resources]


@fact(
    "identity",
    "integer",
    unknown="not all that could run as it or makes use of it is collected, or it was not collected completely",
)
def identity_sharer_count(estate: Estate) -> list[int | None]:
    """How many workloads share it. The machines that a service keeps in a group of its own count as that service."""
    workloads = estate.inventory.workloads_of
    counts = zip(estate.identities, identity_workload_count.column(estate), strict=True)
    return [
        None if count is None else len({_maker(estate, row.id) or row.id for row in workloads.get(identity.id, ())})
        for identity, count in counts
    ]


def _maker(estate: Estate, arm_id: str) -> str:
    """The resource that made the resource group which a thing of Azure is in; empty for all others."""
    group = estate.inventory.scopes.get(resource_group_of(arm_id)) if arm_id else None
    return dict(group.attributes).get("managed_by", "") if group else ""


def _of_service(estate: Estate, row: Resource) -> bool:
    tags = {(key.lower(), value.lower()) for key, value in row.tags}
    return _SHELL in tags or bool(_maker(estate, row.id))
