"""Agents of an estate: blueprints, their principals, the identities and accounts made from them.

https://learn.microsoft.com/graph/api/resources/agentid-platform-overview
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure.applications import may
from nhi_scan.demo.azure.csdl import ODATA_TYPE
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Record


def add_blueprint(draft: Draft, entry: Mapping[str, Any], tenant: str) -> None:
    """Add a blueprint (unless only its principal is left) and its principal, with the same name."""
    name = entry["name"]
    app_id = guid(f"appid {name}")
    shared: Record = {"appId": app_id, "displayName": name, "createdDateTime": "ago(90)"}
    if entry.get("registered", True):
        application: Record = {
            ODATA_TYPE: "#microsoft.graph.agentIdentityBlueprint",
            "id": guid(f"app {name}"),
            **shared,
            "signInAudience": "AzureADMyOrg",
            "passwordCredentials": [],
            "keyCredentials": [],
            "appRoles": [],
        }
        draft.add("applications", application)
        draft.relate("owners", application["id"], [f"{{user:{one}}}" for one in entry.get("owners", ())])
        draft.relate("sponsors", application["id"], [f"{{user:{one}}}" for one in entry.get("sponsors", ())])
    if entry.get("principal_here", True):
        principal = {
            ODATA_TYPE: "#microsoft.graph.agentIdentityBlueprintPrincipal",
            "id": guid(f"sp {name}"),
            **shared,
            "accountEnabled": True,
            "servicePrincipalType": "Application",
            "appOwnerOrganizationId": tenant,
            "appRoles": [],
            "passwordCredentials": [],
            "keyCredentials": [],
        }
        draft.add("service_principals", principal)
        draft.relate("owners", principal["id"], [f"{{user:{one}}}" for one in entry.get("owners", ())])
        if entry.get("signed_in") is not None:
            activity = {"lastSignInDateTime": f"ago({entry['signed_in']})", "lastSignInRequestId": guid("request")}
            row = {"id": guid(f"activity {app_id}"), "appId": app_id, "lastSignInActivity": activity}
            draft.add("service_principal_sign_ins", row)
    draft.expect(entry.get("expect", {}), guid(f"sp {name}"))


def add_agent(draft: Draft, entry: Mapping[str, Any], tenant: str, apis: Mapping[str, Any]) -> None:
    """Add the identity of an agent, with its sponsors, and its account where it has one."""
    name = entry["name"]
    id_ = guid(f"agent {name}")
    row: Record = {
        ODATA_TYPE: "#microsoft.graph.agentIdentity",
        "id": id_,
        "appId": id_,
        "displayName": entry.get("title", name),
        "accountEnabled": entry.get("enabled", True),
        "agentIdentityBlueprintId": f"{{appid:{entry['blueprint']}}}",
        "createdDateTime": "ago(60)",
        "servicePrincipalType": "ServiceIdentity",
        "appOwnerOrganizationId": tenant,
        "tags": [],
    }
    draft.add("service_principals", row)
    draft.relate("sponsors", id_, [f"{{user:{one}}}" for one in entry.get("sponsors", ())])
    may(draft, id_, entry, apis)
    if "account" in entry:
        account = {
            ODATA_TYPE: "#microsoft.graph.agentUser",
            "id": guid(f"user {entry['account']}"),
            "displayName": name,
            "userPrincipalName": f"{entry['account']}@northwind.example",
            "accountEnabled": True,
            "userType": "Member",
            "identityParentId": id_,
            "createdDateTime": "ago(60)",
        }
        draft.add("users", account)
        draft.relate("sponsors", account["id"], [f"{{user:{one}}}" for one in entry.get("sponsors", ())])
    if entry.get("signed_in") is not None:
        activity = {"lastSignInDateTime": f"ago({entry['signed_in']})", "lastSignInRequestId": guid("request")}
        row = {"id": guid(f"activity {id_}"), "appId": id_, "lastSignInActivity": activity}
        draft.add("service_principal_sign_ins", row)
    draft.expect(entry.get("expect", {}), id_)
