"""The scope that a collection is about: a tenant. What is collected of its subscriptions is kept beside it."""

from dataclasses import dataclass

from nhi_scan.model import arm_ids
from nhi_scan.providers.azure.kinds import scope_dir

PROVIDER = "azure"
PART = "all"  # name of the one part of what is collected in one go


@dataclass(frozen=True, slots=True)
class Place:
    """One scope: the tenant, or a subscription where coverage tells them apart.

    Attributes:
        id: canonical: `/tenants/<guid>`, `/subscriptions/<guid>`; see `model.arm_ids`.
    """

    id: str

    @property
    def folder(self) -> str:
        """Name of its folder in the snapshot."""
        return scope_dir(self.id)


def tenant_place(tenant_id: str) -> Place:
    """Name the scope of a tenant by its GUID."""
    return Place(arm_ids.tenant(tenant_id))
