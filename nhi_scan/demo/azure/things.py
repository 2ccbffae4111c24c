"""Resources of an estate: managed identities, what runs as them, what holds data and secrets.

The properties are those that https://learn.microsoft.com/azure/templates/ gives to each type.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure.applications import may
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Record

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
_PUBLIC = {"publicNetworkAccess": "Enabled"}
_IMAGE = "northwind.azurecr.io/app:1"

# What the estate calls it -> type, `kind`, properties where nobody says otherwise.
KINDS: Mapping[str, tuple[str, str, Record]] = {
    "vm": ("Microsoft.Compute/virtualMachines", "", {"storageProfile": {"osDisk": {"osType": "Linux"}}}),
    "scale_set": ("Microsoft.Compute/virtualMachineScaleSets", "", {"orchestrationMode": "Uniform"}),
    "function": ("Microsoft.Web/sites", "functionapp,linux", {"state": "Running", "httpsOnly": True}),
    "web": ("Microsoft.Web/sites", "app,linux", {"state": "Running", "httpsOnly": True}),
    "logic": ("Microsoft.Logic/workflows", "", {"state": "Enabled"}),
    "container_app": (
        "Microsoft.App/containerApps",
        "",
        {"template": {"containers": [{"name": "app", "image": _IMAGE}]}},
    ),
    "job": ("Microsoft.App/jobs", "", {"configuration": {"triggerType": "Schedule"}}),
    "container": ("Microsoft.ContainerInstance/containerGroups", "", {"osType": "Linux"}),
    "automation": ("Microsoft.Automation/automationAccounts", "", {"state": "Ok", **_PUBLIC}),
    "factory": ("Microsoft.DataFactory/factories", "", dict(_PUBLIC)),
    "cluster": (
        "Microsoft.ContainerService/managedClusters",
        "Base",
        {"enableRBAC": True, "disableLocalAccounts": True},
    ),
    "vault": (
        "Microsoft.KeyVault/vaults",
        "",
        {
            "enableRbacAuthorization": True,
            "enablePurgeProtection": True,
            "enableSoftDelete": True,
            "accessPolicies": [],
        },
    ),
    "storage": (
        "Microsoft.Storage/storageAccounts",
        "StorageV2",
        {"allowSharedKeyAccess": False, "allowBlobPublicAccess": False, "publicNetworkAccess": "Disabled"},
    ),
    "registry": ("Microsoft.ContainerRegistry/registries", "", {"adminUserEnabled": False, **_PUBLIC}),
    "sql": ("Microsoft.Sql/servers", "v12.0", {"administrators": {"azureADOnlyAuthentication": True}, **_PUBLIC}),
    "cosmos": ("Microsoft.DocumentDB/databaseAccounts", "GlobalDocumentDB", {"disableLocalAuth": True, **_PUBLIC}),
    "bus": ("Microsoft.ServiceBus/namespaces", "", {"disableLocalAuth": True, **_PUBLIC}),
}


def add_group(draft: Draft, entry: Mapping[str, Any]) -> str:
    """Return the id of the resource group of an entry, which is added where it is not there yet.

    It has the tags of the first that is in it; `group_made_by` names what made it for itself.
    """
    subscription, name, tags = entry["sub"], entry["group"], entry.get("tags", {})
    id_ = f"/subscriptions/{draft.subscriptions[subscription]}/resourceGroups/{name}"
    key = f"{subscription}/{name}"
    if key not in draft.resources:
        draft.resources[key] = id_
        row = {
            "id": id_,
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": "westeurope",
            "tags": dict(tags),
            "properties": {"provisioningState": "Succeeded"},
        }
        if "group_made_by" in entry:
            row["managedBy"] = entry["group_made_by"]
        draft.add("resources", row)
    return id_


def add_resource(draft: Draft, entry: Mapping[str, Any], apis: Mapping[str, Any]) -> str:
    """Add a resource, its own identity where it has one, and who may do what with it; its id.

    Args:
        draft: receives it.
        entry: see `load`.
        apis: name of an API -> what it declares.
    """
    type_, kind, usual = KINDS[entry["kind"]]
    name, tags = entry["name"], entry.get("tags", {})
    id_ = f"{add_group(draft, entry)}/providers/{type_}/{name}"
    draft.resources[name] = id_
    row: Record = {
        "id": id_,
        "name": name,
        "type": type_,
        "location": "westeurope",
        "tags": dict(tags),
        "properties": {"provisioningState": "Succeeded", **usual, **entry.get("properties", {})},
    }
    if kind:
        row["kind"] = entry.get("api_kind", kind)
    identity = _identity(draft, entry, id_)
    if identity:
        row["identity"] = identity
        may(draft, guid(f"mi {name}"), entry, apis)
    draft.add("resources", row)
    for given in entry.get("access", ()):
        draft.assign(given["to"], {**given, "scope": id_}, given.get("type", "ServicePrincipal"))
    draft.expect(entry.get("expect", {}), id_.lower())
    draft.expect(entry.get("expect_identity", {}), guid(f"mi {name}"))
    return id_


def _identity(draft: Draft, entry: Mapping[str, Any], id_: str) -> Record:
    """Return a resource's block `identity`, and add the service principal of its own."""
    named, own = entry.get("identities", ()), entry.get("system", False)
    if not named and not own:
        return {}
    types = [*(["SystemAssigned"] if own else []), *(["UserAssigned"] if named else [])]
    block: Record = {"type": ", ".join(types)}
    if own:
        block |= {"principalId": guid(f"mi {entry['name']}"), "tenantId": draft.resources["tenant"]}
        draft.add("service_principals", _managed(entry["name"], id_, explicit=False))
    if named:
        block["userAssignedIdentities"] = {
            f"{{res:{one}}}": {"principalId": guid(f"mi {one}"), "clientId": guid(f"appid {one}")} for one in named
        }
    return block


def add_identity(draft: Draft, entry: Mapping[str, Any], apis: Mapping[str, Any]) -> None:
    """Add a user-assigned identity with what it may and who can become it."""
    name, tags = entry["name"], entry.get("tags", {})
    id_ = f"{add_group(draft, entry)}/providers/{IDENTITY}/{name}"
    draft.resources[name] = id_
    properties = {
        "tenantId": draft.resources["tenant"],
        "principalId": guid(f"mi {name}"),
        "clientId": guid(f"appid {name}"),
    }
    row = {"id": id_, "name": name, "type": IDENTITY, "location": "westeurope", "tags": dict(tags)}
    draft.add("resources", {**row, "properties": properties})
    draft.add("service_principals", _managed(name, id_, explicit=True))
    may(draft, guid(f"mi {name}"), entry, apis)
    trusts = [
        {
            "id": f"{id_}/federatedIdentityCredentials/{one['name']}",
            "name": one["name"],
            "type": f"{IDENTITY}/federatedIdentityCredentials",
            "properties": {
                "issuer": one["issuer"],
                "subject": one["subject"],
                "audiences": one.get("audiences", ["api://AzureADTokenExchange"]),
            },
        }
        for one in entry.get("federated", ())
    ]
    if trusts:
        draft.relate("arm_federated_credentials", id_, trusts)
    draft.expect(entry.get("expect", {}), guid(f"mi {name}"))


def _managed(name: str, id_: str, *, explicit: bool) -> Record:
    app_id = guid(f"appid {name}")
    key = {
        "keyId": guid(f"key {name} managed"),
        "displayName": f"CN={app_id}",
        "startDateTime": "ago(40)",
        "endDateTime": "in(50)",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": None,
        "customKeyIdentifier": None,
    }
    return {
        "id": guid(f"mi {name}"),
        "appId": app_id,
        "displayName": name,
        "accountEnabled": True,
        "createdDateTime": "ago(300)",
        "servicePrincipalType": "ManagedIdentity",
        "appOwnerOrganizationId": None,
        "alternativeNames": [f"isExplicit={explicit}", id_],
        "appRoles": [],
        "servicePrincipalNames": [app_id],
        "tags": [],
        "passwordCredentials": [],
        "keyCredentials": [key],
    }
