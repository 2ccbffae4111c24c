"""Role definitions in Azure's numbers: 600 over 16,000 operations, those that matter under their own names."""

import random
from typing import Any

from nhi_scan.providers.azure.escalation import techniques
from tests.perf.azure_tenant import CREATED, TENANT, Row, Tenant

OWNER, CONTRIBUTOR, READER = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
)
ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
VAULT_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
MACHINE_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"
WEBSITE_CONTRIBUTOR = "de139f84-1756-47ae-9be6-808fbbe84772"
SERVED = "4a9ae827-6dc8-4573-8ac7-8239d42aa03f"  # a role that fits most: Tag Contributor

CONTROL = (
    "Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete", "Microsoft.Authorization/roleDefinitions/read",
    "Microsoft.Authorization/roleDefinitions/write", "Microsoft.Authorization/elevateAccess/action",
    "Microsoft.Compute/virtualMachines/read", "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Compute/virtualMachines/extensions/write",
    "Microsoft.Compute/virtualMachineScaleSets/write", "Microsoft.Compute/disks/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/read", "Microsoft.ManagedIdentity/userAssignedIdentities/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
    "Microsoft.Web/sites/read", "Microsoft.Web/sites/write", "Microsoft.Web/sites/publishxml/action",
    "Microsoft.Web/sites/config/list/action", "Microsoft.Logic/workflows/write",
    "Microsoft.Automation/automationAccounts/runbooks/write", "Microsoft.Automation/automationAccounts/jobs/write",
    "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
    "Microsoft.ContainerService/managedClusters/runCommand/action", "Microsoft.App/containerApps/write",
    "Microsoft.DataFactory/factories/pipelines/write", "Microsoft.KeyVault/vaults/read",
    "Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/accessPolicies/write",
    "Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.Resources/deployments/write",
    "Microsoft.Resources/tags/write", "Microsoft.Resources/subscriptions/resourceGroups/write",
)  # fmt: skip
DATA = (
    "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/setSecret/action",
    "Microsoft.KeyVault/vaults/keys/sign/action", "Microsoft.KeyVault/vaults/certificates/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
    "Microsoft.Compute/virtualMachines/login/action", "Microsoft.Compute/virtualMachines/loginAsAdmin/action",
)  # fmt: skip
# How the names of data actions go on among those that techniques ask for.
_OF_DATA = (
    "/login", "managedclusters/apps/", "managedclusters/batch/", "managedclusters/pods/", "managedclusters/rbac.",
    "vaults/secrets/", "vaults/keys/", "vaults/certificates/", "/blobs/", "/files/", "/messages/", "/entities/",
    "/keyvalues/",
)  # fmt: skip
VERBS = ("read", "write", "delete", "start/action", "regenerate/action")
NEVER = [
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
]
SAFE = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/"
    "roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {" + OWNER + ", " + ACCESS_ADMINISTRATOR + "}))"
)
KNOWN: dict[str, tuple[str, dict[str, Any]]] = {
    OWNER: ("Owner", {"actions": ["*"]}),
    CONTRIBUTOR: ("Contributor", {"actions": ["*"], "notActions": NEVER}),
    READER: ("Reader", {"actions": ["*/read"]}),
    ACCESS_ADMINISTRATOR: (
        "User Access Administrator",
        {"actions": ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"]},
    ),
    RBAC_ADMINISTRATOR: (
        "Role Based Access Control Administrator",
        {
            "actions": [
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
                "*/read",
            ]
        },
    ),
    SECRETS_USER: (
        "Key Vault Secrets User",
        {"dataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]},
    ),
    VAULT_ADMINISTRATOR: (
        "Key Vault Administrator",
        {"actions": ["Microsoft.KeyVault/vaults/*/read"], "dataActions": ["Microsoft.KeyVault/vaults/*"]},
    ),
    BLOB_READER: ("Storage Blob Data Reader", {"dataActions": [DATA[4]]}),
    BLOB_CONTRIBUTOR: ("Storage Blob Data Contributor", {"dataActions": list(DATA[4:7])}),
    MACHINE_CONTRIBUTOR: (
        "Virtual Machine Contributor",
        {"actions": ["Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/disks/*", "*/read"]},
    ),
    IDENTITY_OPERATOR: (
        "Managed Identity Operator",
        {
            "actions": [
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            ]
        },
    ),
    WEBSITE_CONTRIBUTOR: ("Website Contributor", {"actions": ["Microsoft.Web/sites/*", "Microsoft.Web/*/read"]}),
    SERVED: ("Tag Contributor", {"actions": ["Microsoft.Resources/tags/*"]}),
}


def operations() -> list[dict[str, Any]]:
    """Return resource providers with their operations, as `providerOperations` prints them expanded."""
    services: dict[str, list[dict[str, Any]]] = {}
    for name in sorted({*CONTROL, *DATA, *_asked_for()}, key=str.lower):
        data = any(part in name.lower() for part in _OF_DATA)
        services.setdefault(name.partition("/")[0], []).append({"name": name, "isDataAction": data})
    for number in range(200):
        service = f"Microsoft.Service{number:03d}"
        services[service] = [
            {"name": f"{service}/things{kind}/{verb}", "isDataAction": kind % 4 == 0}
            for kind in range(16)
            for verb in VERBS
        ]
    return [
        {
            "id": f"/providers/Microsoft.Authorization/providerOperations/{service}",
            "name": service,
            "type": "Microsoft.Authorization/providerOperations",
            "operations": [],
            "resourceTypes": [{"name": "things", "operations": services[service]}],
        }
        for service in sorted(services)
    ]


def _asked_for() -> set[str]:
    """Name the operations of resource providers that techniques of escalation ask for: they all exist."""
    catalogue = techniques()
    rows = (one for each in catalogue.techniques for alternative in each.requires for one in alternative)
    names = {one.action for one in rows if one.action}
    names.update(one.action for one in catalogue.sensitive)
    return {one for one in names if not one.lower().startswith(("microsoft.graph/", "microsoft.directory/"))}


def definitions(tenant: Tenant, count: int = 600) -> list[str]:
    """Name the role definitions: those that are known, built-in ones of services, and custom ones."""
    return [*KNOWN, *[tenant.guid("role", number) for number in range(len(KNOWN), count)]]


def rows(tenant: Tenant) -> list[Row]:
    """Return the definitions as Resource Graph's rows."""
    chance = random.Random(7)  # noqa: S311 - repeatable
    found = []
    for number, guid in enumerate(definitions(tenant)):
        custom = guid not in KNOWN and number % 4 == 0
        name, permissions = KNOWN.get(guid) or (f"role {number}", _drawn(chance, custom=custom))
        scopes = [tenant.subscription(number)] if custom else ["/"]
        found.append(_row(guid, name, permissions, scopes, custom=custom))
    return found


def _drawn(chance: random.Random, *, custom: bool) -> dict[str, Any]:
    services = [f"Microsoft.Service{chance.randrange(200):03d}" for _ in range(chance.randint(1, 3))]
    kinds = [f"{service}/things{chance.randrange(16)}" for service in services]
    actions = [*(f"{kind}/{chance.choice(('*', 'read', 'write', '*/action'))}" for kind in kinds)]
    found: dict[str, Any] = {"actions": [*actions, "Microsoft.Resources/deployments/*", f"{services[0]}/*/read"]}
    if custom and chance.random() < 0.3:
        found["actions"] = [f"{service}/*" for service in services]
        found["notActions"] = [f"{kinds[0]}/delete", f"{services[0]}/*/regenerate/action"]
    if chance.random() < 0.3:
        found["dataActions"] = [f"{services[0]}/*"]
        found["notDataActions"] = [f"{services[0]}/things4/delete"]
    return found


def _row(guid: str, name: str, permissions: dict[str, Any], scopes: list[str], *, custom: bool) -> Row:
    full = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": [], **permissions}
    if guid == RBAC_ADMINISTRATOR:
        full |= {"condition": SAFE, "conditionVersion": "2.0"}
    record = {
        "id": f"/providers/Microsoft.Authorization/RoleDefinitions/{guid}",
        "name": guid,
        "type": "microsoft.authorization/roledefinitions",
        "tenantId": TENANT,
        "properties": {
            "roleName": name,
            "type": "CustomRole" if custom else "BuiltInRole",
            "description": f"What {name} may do.",
            "assignableScopes": scopes,
            "permissions": [full],
            "isServiceRole": False,
            "createdOn": CREATED,
            "updatedOn": CREATED,
        },
    }
    return "", {}, record
