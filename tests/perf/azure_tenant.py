"""Who and what there is in a large tenant of Microsoft Entra, by number."""

import random
import uuid
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CREATED = "2024-03-01T00:00:00Z"
TENANT = "10000000-0000-4000-8000-000000000001"
GRAPH = "00000003-0000-0000-c000-000000000000"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
OTHER = "20000000-0000-4000-8000-000000000002"
Row = tuple[str, dict[str, Any], dict[str, Any]]


class Tenant:
    """Lays out a tenant, the same for the same size.

    Of ten service principals four are managed identities, four belong to an application of the tenant, one to one of
    somebody else, and one is Microsoft's own.

    Attributes:
        principals: how many service principals.
        subscriptions: a hundredth as many; ten resource groups in each.
        management_groups: in three levels.
        groups: as many as a twenty-fifth of the principals, of 25 members each.
        users: those that own something or are in a group.
        chance: what is drawn, in the order of the records.
    """

    def __init__(self, principals: int) -> None:
        """Count."""
        self.principals = principals
        self.subscriptions = max(1, principals // 100)
        self.management_groups = max(3, self.subscriptions // 10)
        self.groups = max(2, principals // 25)
        self.users = max(10, principals // 20)
        self.chance = random.Random(11)  # noqa: S311 - repeatable

    def guid(self, kind: str, number: int) -> str:
        """Return the id of something by its number."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))

    def principal(self, number: int) -> str:
        """Return the object id of a service principal."""
        return self.guid("sp", number)

    def role_of(self, number: int) -> str:
        """Return what a service principal is: `managed`, `own`, `foreign`, `microsoft`."""
        return ("managed", "own", "managed", "own", "managed", "own", "managed", "own", "foreign", "microsoft")[
            number % 10
        ]

    def subscription(self, number: int) -> str:
        """Return the id of a subscription, as Resource Manager writes it."""
        return f"/subscriptions/{self.guid('sub', number % self.subscriptions)}"

    def group_of_resources(self, number: int) -> str:
        """Return the id of a resource group; ten follow each other in one subscription."""
        return f"{self.subscription(number // 10)}/resourceGroups/rg-{number % 10}"

    def home(self, number: int) -> str:
        """Return the resource group in which somebody works."""
        return self.group_of_resources(number // 10)

    def above(self, number: int) -> list[str]:
        """Return the management groups above a subscription, nearest first; the last is the root."""
        name = 1 + number % (self.management_groups - 1)
        return [*self.ancestors(name)]

    def ancestors(self, number: int) -> list[str]:
        """Return a management group and those above it, nearest first."""
        found = []
        while number:
            found.append(f"mg-{number}")
            number = 0 if number <= 10 else number // 10
        return [*found, TENANT]

    def identity(self, number: int) -> str:
        """Return the resource of a managed identity: one half are assigned by users, the others belong to machines."""
        home = self.home(number)
        if number % 4 == 0:
            return f"{home}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{number}"
        return f"{home}/providers/Microsoft.Compute/virtualMachines/vm-{number}"
