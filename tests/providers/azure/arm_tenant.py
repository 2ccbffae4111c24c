"""A tenant with subscriptions, for tests of Resource Manager; and what is looked at in what was collected of it."""

from dataclasses import replace
from typing import Any

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.model.coverage import CoverageStatus

AUTHORIZATION = "providers/Microsoft.Authorization"
GROUPS = "/providers/Microsoft.Management/managementGroups/"
SHOP, LAB, OPS = (f"5b000000-0000-4000-8000-00000000000{number}" for number in range(3))
SHOP_ID, LAB_ID, OPS_ID = (f"/subscriptions/{guid}" for guid in (SHOP, LAB, OPS))
ROOT_ID, PLATFORM_ID = (f"/providers/microsoft.management/managementgroups/{name}" for name in (TENANT, "platform"))
SWEPT = ("arg-resource-containers", "arg-role-assignments", "arg-role-definitions", "arg-resources")
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READ = frozenset({"*/read"})
CANARY = "canary-of-resource-manager"


def guid(number: int) -> str:
    return f"aa000000-0000-4000-8000-{number:012d}"


def thing(group: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{group}/providers/{type_}/{name}",
        "name": name,
        "type": type_,
        "location": "westeurope",
        **more,
    }


def group(subscription: str, name: str) -> dict[str, Any]:
    id_ = f"{subscription}/resourceGroups/{name}"
    return {"id": id_, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": "westeurope"}


def of_role(noun: str, number: int, scope: str, **more: Any) -> dict[str, Any]:
    name = guid(number)
    return {
        "id": f"{scope.rstrip('/')}/{AUTHORIZATION}/{noun}/{name}",
        "name": name,
        "type": f"Microsoft.Authorization/{noun}",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"/{AUTHORIZATION}/roleDefinitions/{CONTRIBUTOR}",
            "principalId": guid(1),
            "principalType": "ServicePrincipal",
            **more,
        },
    }


def identity(subscription: str, name: str, number: int) -> dict[str, Any]:
    known = {"principalId": guid(number), "clientId": guid(number + 1), "tenantId": TENANT}
    return thing(
        f"{subscription}/resourceGroups/Apps",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        name,
        properties=known,
    )


def trust(id_: str, name: str) -> dict[str, Any]:
    return {
        "id": f"{id_}/federatedIdentityCredentials/{name}",
        "name": name,
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "properties": {
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:northwind/shop:ref:refs/heads/main",
            "audiences": ["api://AzureADTokenExchange"],
        },
    }


DEPLOY = identity(SHOP_ID, "deploy", 40)
BUILD = identity(OPS_ID, "build", 50)
DENY = {
    "id": f"{SHOP_ID}/{AUTHORIZATION}/denyAssignments/{guid(70)}",
    "name": guid(70),
    "type": "Microsoft.Authorization/denyAssignments",
    "properties": {
        "denyAssignmentName": "managed",
        "scope": SHOP_ID,
        "permissions": [{"actions": ["*/delete"], "notActions": [], "dataActions": [], "notDataActions": []}],
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
        "excludePrincipals": [],
        "doNotApplyToChildScopes": False,
    },
}
VAULT = thing(
    f"{SHOP_ID}/resourceGroups/Apps",
    "Microsoft.KeyVault/vaults",
    "keys",
    properties={
        "enableRbacAuthorization": False,
        "accessPolicies": [{"tenantId": TENANT, "objectId": guid(1), "permissions": {"secrets": ["get"]}}],
        "vaultUri": "https://keys.vault.azure.net/",
    },
)
FUNCTION = thing(
    f"{SHOP_ID}/resourceGroups/Apps",
    "Microsoft.Web/sites",
    "fn",
    kind="functionapp",
    identity={"type": "UserAssigned", "userAssignedIdentities": {DEPLOY["id"]: {}}},
    properties={
        "state": "Running",
        "siteConfig": {"appSettings": [{"name": "KEY", "value": CANARY}], "acrUseManagedIdentityCreds": True},
        "customDomainVerificationId": CANARY,
    },
)
SECRETIVE = [
    thing(
        f"{SHOP_ID}/resourceGroups/Apps",
        type_,
        f"secretive{number}",
        identity={"type": "SystemAssigned", "principalId": guid(200 + number), "secret": CANARY},
        properties=properties,
    )
    for number, (type_, properties) in enumerate(
        {
            "Microsoft.App/containerApps": {
                "template": {"containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": CANARY}]}]}
            },
            "Microsoft.App/jobs": {"template": {"containers": [{"name": "c", "args": [CANARY]}]}},
            "Microsoft.Compute/virtualMachines": {
                "osProfile": {"customData": CANARY, "adminPassword": CANARY},
                "userData": CANARY,
                "storageProfile": {"osDisk": {"osType": "Linux"}},
            },
            "Microsoft.ContainerInstance/containerGroups": {
                "containers": [
                    {
                        "name": "c",
                        "properties": {
                            "image": "i",
                            "command": ["sh", "-c", CANARY],
                            "environmentVariables": [{"name": "A", "value": CANARY, "secureValue": CANARY}],
                        },
                    }
                ],
                "imageRegistryCredentials": [{"server": "s", "username": "u", "password": CANARY}],
            },
            "Microsoft.Logic/workflows": {
                "definition": {"actions": {"call": {"inputs": {"headers": {"x-key": CANARY}}}}},
                "parameters": {"p": {"value": CANARY}},
                "state": "Enabled",
            },
            "Microsoft.ContainerService/managedClusters": {
                "windowsProfile": {"adminPassword": CANARY},
                "servicePrincipalProfile": {"clientId": "msi", "secret": CANARY},
                "addonProfiles": {"x": {"enabled": True, "config": {"key": CANARY}}},
                "nodeResourceGroup": "MC_apps",
            },
            "Microsoft.Resources/deploymentScripts": {"scriptContent": CANARY, "cleanupPreference": "Always"},
            "Contoso.Unheard/ofThings": {"anything": {"at": [{"all": CANARY}]}},
        }.items()
    )
]


def with_resources(estate: Estate) -> Estate:
    """Put subscriptions and what is in them into a tenant."""
    return replace(
        estate,
        management_groups=[
            {"name": TENANT, "displayName": "Tenant Root Group", "parent": ""},
            {"name": "platform", "displayName": "Platform", "parent": TENANT},
        ],
        subscriptions=[
            {"subscriptionId": SHOP, "displayName": "shop", "parent": "platform"},
            {"subscriptionId": LAB, "displayName": "lab", "parent": TENANT},
            {"subscriptionId": OPS, "displayName": "ops", "parent": "platform"},
        ],
        resources=[
            group(SHOP_ID, "Apps"),
            group(OPS_ID, "Apps"),
            DEPLOY,
            BUILD,
            VAULT,
            FUNCTION,
            thing(f"{SHOP_ID}/resourceGroups/Apps", "Microsoft.Network/virtualNetworks", "net", properties={}),
            *SECRETIVE,
        ],
        role_assignments=[
            of_role("roleAssignments", 11, f"{GROUPS}platform"),
            of_role("roleAssignments", 12, SHOP_ID, condition="@Resource[a] exists", conditionVersion="2.0"),
            of_role("roleAssignments", 13, f"{OPS_ID}/resourceGroups/Apps"),
            of_role("roleAssignments", 14, "/"),
        ],
        deny_assignments=[DENY],
        arm_federated_credentials={DEPLOY["id"]: [trust(DEPLOY["id"], "main")], BUILD["id"]: [trust(BUILD["id"], "b")]},
        role_eligibility_instances=[
            of_role("roleEligibilityScheduleInstances", 21, SHOP_ID, memberType="Direct"),
        ],
        role_assignment_instances=[
            of_role("roleAssignmentScheduleInstances", 22, SHOP_ID, assignmentType="Activated"),
        ],
        role_policies=[of_policy(SHOP_ID)],
        provider_operations=[OPERATIONS],
    )


def of_policy(scope: str) -> dict[str, Any]:
    return {
        "id": f"{scope}/{AUTHORIZATION}/roleManagementPolicyAssignments/{guid(30)}",
        "name": guid(30),
        "type": "Microsoft.Authorization/RoleManagementPolicyAssignment",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"{scope}/{AUTHORIZATION}/roleDefinitions/{CONTRIBUTOR}",
            "policyId": f"{scope}/{AUTHORIZATION}/roleManagementPolicies/{guid(31)}",
        },
    }


OPERATIONS = {
    "id": f"/{AUTHORIZATION}/providerOperations/Microsoft.Web",
    "name": "Microsoft.Web",
    "type": "Microsoft.Authorization/providerOperations",
    "displayName": "Web",
    "operations": [],
    "resourceTypes": [
        {
            "name": "sites",
            "displayName": "Sites",
            "operations": [
                {"name": "Microsoft.Web/sites/read", "displayName": "d", "description": "d", "isDataAction": False}
            ],
        }
    ],
}


def names(collected: Any, kind: str, folder: str = "") -> list[str]:
    return sorted(record["name"] for record in collected.records(kind, folder))


def statuses(collected: Any, scope: str) -> dict[str, CoverageStatus]:
    return {row.record_kind: row.status for row in collected.snapshot.manifest.coverage if row.scope_id == scope}


def gaps(collected: Any) -> dict[tuple[str, str], CoverageStatus]:
    """Gaps of Resource Manager, by scope and kind."""
    rows = collected.snapshot.manifest.coverage
    return {
        (row.scope_id, row.record_kind): row.status
        for row in rows
        if row.status.is_gap and row.record_kind.startswith("ar")
    }
