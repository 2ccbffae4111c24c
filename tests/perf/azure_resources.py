"""What a large tenant has in Azure: management groups, subscriptions, resource groups, and what stands in them."""

from collections.abc import Iterator
from typing import Any

from tests.perf.azure_tenant import TENANT, Row, Tenant


class Resources:
    """Writes Resource Graph's rows."""

    def __init__(self, tenant: Tenant) -> None:
        """Take the layout."""
        self._tenant = tenant

    def containers(self) -> Iterator[Row]:
        """Yield management groups, subscriptions and resource groups."""
        tenant = self._tenant
        root = {"displayName": "Tenant Root Group", "details": {"parent": {}, "managementGroupAncestorsChain": []}}
        yield self._group(TENANT, root)
        for number in range(1, tenant.management_groups):
            above = tenant.ancestors(number)[1:]
            details = {
                "parent": {"id": f"/providers/Microsoft.Management/managementGroups/{above[0]}", "name": above[0]},
                "managementGroupAncestorsChain": _chain(above),
            }
            yield self._group(f"mg-{number}", {"displayName": f"group {number}", "details": details})
        for number in range(tenant.subscriptions):
            name = tenant.guid("sub", number)
            record = {
                "id": f"/subscriptions/{name}",
                "name": f"subscription {number}",
                "type": "microsoft.resources/subscriptions",
                "tenantId": TENANT,
                "subscriptionId": name,
                "properties": {"state": "Enabled", "managementGroupAncestorsChain": _chain(tenant.above(number))},
                "tags": {"team": f"team-{number % 40}"},
            }
            yield "", {}, record
            for place in range(10):
                home = tenant.group_of_resources(number * 10 + place)
                record = self._thing(home, "microsoft.resources/subscriptions/resourcegroups", {})
                yield "", {}, record

    def identities(self) -> Iterator[Row]:
        """Yield user-assigned identities."""
        tenant = self._tenant
        for number in range(0, tenant.principals, 4):
            if tenant.role_of(number) == "managed":
                properties = {
                    "principalId": tenant.principal(number),
                    "clientId": tenant.guid("app", number),
                    "tenantId": TENANT,
                }
                kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
                yield "", {}, self._thing(tenant.identity(number), kind, properties)

    def resources(self) -> Iterator[Row]:
        """Yield machines, sites, vaults and storage accounts."""
        tenant = self._tenant
        for number in range(tenant.principals):
            if tenant.role_of(number) == "managed":
                yield "", {}, self._carrier(number)
        for group in range(0, tenant.principals // 10, 1):
            home = tenant.group_of_resources(group)
            vault = {"enableRbacAuthorization": group % 10 != 3, "accessPolicies": []}
            if group % 10 == 3:
                vault["accessPolicies"] = [
                    {
                        "tenantId": TENANT,
                        "objectId": tenant.principal(group * 10 + 1),
                        "permissions": {"secrets": ["get", "list"], "keys": [], "certificates": []},
                    }
                ]
            name = f"{home}/providers/Microsoft.KeyVault/vaults/kv-{group}"
            yield "", {}, self._thing(name, "microsoft.keyvault/vaults", vault)
            store = {"allowSharedKeyAccess": None if group % 3 else False, "allowBlobPublicAccess": False}
            name = f"{home}/providers/Microsoft.Storage/storageAccounts/st{group}"
            yield "", {}, self._thing(name, "microsoft.storage/storageaccounts", store)

    def _carrier(self, number: int) -> dict[str, Any]:
        """What runs with a managed identity: a machine with its own, or a site with one that was assigned."""
        tenant = self._tenant
        if number % 4:
            found = self._thing(tenant.identity(number), "microsoft.compute/virtualmachines", {})
            found["identity"] = {
                "type": "SystemAssigned",
                "principalId": tenant.principal(number),
                "tenantId": TENANT,
            }
            return found
        site = f"{tenant.home(number)}/providers/Microsoft.Web/sites/site-{number}"
        found = self._thing(site, "microsoft.web/sites", {"state": "Running"})
        used = {"principalId": tenant.principal(number), "clientId": tenant.guid("app", number)}
        found |= {
            "kind": "functionapp,linux",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {tenant.identity(number): used}},
        }
        return found

    def _group(self, name: str, properties: dict[str, Any]) -> Row:
        record = {
            "id": f"/providers/Microsoft.Management/managementGroups/{name}",
            "name": name,
            "type": "microsoft.management/managementgroups",
            "tenantId": TENANT,
            "properties": properties,
        }
        return "", {}, record

    def _thing(self, name: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
        parts = name.split("/")
        return {
            "id": name,
            "name": parts[-1],
            "type": kind,
            "tenantId": TENANT,
            "kind": "",
            "location": "westeurope",
            "resourceGroup": parts[4],
            "subscriptionId": parts[2],
            "properties": properties,
            "tags": None,
        }


def _chain(names: list[str]) -> list[dict[str, str]]:
    return [{"name": name, "displayName": name} for name in names]
