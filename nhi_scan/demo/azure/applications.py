"""Applications of an estate: a line becomes a registration, a service principal, credentials and permissions."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Record


def add_api(draft: Draft, entry: Mapping[str, Any], owner: str) -> None:
    """Add a service principal of one of Microsoft's own applications.

    Args:
        draft: receives it.
        entry: `name`, `app_id`, `roles` and `scopes` that it declares (value -> id), `names`.
        owner: the tenant that Microsoft registered it in.
    """
    name = entry["name"]
    row: Record = {
        **_principal(name, entry["app_id"], owner),
        "signInAudience": "AzureADMultipleOrgs",
        "appRoles": [_role(value, id_) for value, id_ in entry.get("roles", {}).items()],
        "oauth2PermissionScopes": [_scope(value, id_) for value, id_ in entry.get("scopes", {}).items()],
        "servicePrincipalNames": [entry["app_id"], *entry.get("names", ())],
        **entry.get("principal", {}),
    }
    credentials(draft, row, entry, ("principal_secrets", "principal_certificates"), name)
    draft.add("service_principals", row)
    draft.expect(entry.get("expect", {}), row["id"])


def _role(value: str, id_: str) -> Record:
    more = {"description": value, "displayName": value, "isEnabled": True, "origin": "Application"}
    return {"allowedMemberTypes": ["Application"], "id": id_, "value": value, **more}


def _scope(value: str, id_: str) -> Record:
    return {"id": id_, "value": value, "type": "User", "isEnabled": True, "adminConsentDisplayName": value}


def _principal(name: str, app_id: str, owner: str) -> Record:
    return {
        "id": guid(f"sp {name}"),
        "appId": app_id,
        "displayName": name,
        "appDisplayName": name,
        "accountEnabled": True,
        "createdDateTime": "ago(700)",
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "appOwnerOrganizationId": owner,
        "appRoleAssignmentRequired": False,
        "alternativeNames": [],
        "appRoles": [],
        "servicePrincipalNames": [app_id],
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "passwordCredentials": [],
        "keyCredentials": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    }


def add_application(draft: Draft, entry: Mapping[str, Any], tenant: str, apis: Mapping[str, Any]) -> None:
    """Add an application: its registration (unless it is a vendor's), its service principal, what these may.

    Args:
        draft: receives it.
        entry: see `load`.
        tenant: the estate's.
        apis: name of an API -> what it declares.
    """
    name = entry["name"]
    app_id = entry.get("app_id", guid(f"appid {name}"))
    vendor = entry.get("vendor", "")
    title = entry.get("title", name)
    principal: Record = {
        **_principal(name, app_id, vendor or tenant),
        "displayName": title,
        "appDisplayName": title,
        "accountEnabled": entry.get("enabled", True),
        "createdDateTime": f"ago({entry.get('created', 400)})",
        "signInAudience": entry.get("audience", "AzureADMultipleOrgs" if vendor else "AzureADMyOrg"),
        **entry.get("principal", {}),
    }
    if entry.get("verified"):
        principal["verifiedPublisher"] = {
            "displayName": title,
            "verifiedPublisherId": str(entry["verified"]),
            "addedDateTime": "ago(800)",
        }
    credentials(draft, principal, entry, ("principal_secrets", "principal_certificates"), name)
    if entry.get("principal_here", True):
        draft.add("service_principals", principal)
    owners = [f"{{user:{one}}}" if "{" not in one else one for one in entry.get("owners", ())]
    if not vendor:
        _register(draft, entry, title, app_id, owners)
    draft.relate("owners", principal["id"], [f"{{user:{one}}}" for one in entry.get("principal_owners", ())])
    may(draft, principal["id"], entry, apis)
    _consented(draft, principal["id"], entry)
    if entry.get("signed_in") is not None:
        draft.add("service_principal_sign_ins", _sign_in(app_id, entry["signed_in"]))
    if entry.get("risk"):
        draft.add("risky_service_principals", _risk(principal, entry["risk"]))
    draft.expect(entry.get("expect", {}), principal["id"])


def _register(draft: Draft, entry: Mapping[str, Any], title: str, app_id: str, owners: list[str]) -> None:
    name = entry["name"]
    application: Record = {
        "id": guid(f"app {name}"),
        "appId": app_id,
        "displayName": title,
        "createdDateTime": f"ago({entry.get('created', 400)})",
        "signInAudience": entry.get("audience", "AzureADMyOrg"),
        "publisherDomain": "northwind.example",
        "identifierUris": [],
        "tags": [],
        "appRoles": [],
        "requiredResourceAccess": [],
        "passwordCredentials": [],
        "keyCredentials": [],
        "isFallbackPublicClient": False,
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "servicePrincipalLockConfiguration": {"isEnabled": True, "allProperties": True},
        **entry.get("application", {}),
    }
    credentials(draft, application, entry, ("secrets", "certificates"), name)
    draft.add("applications", application)
    draft.relate("owners", application["id"], owners)
    federated = [_federated(name, one) for one in entry.get("federated", ())]
    if federated:
        draft.relate("federated_credentials", application["id"], federated)


def _federated(name: str, one: Mapping[str, Any]) -> Record:
    row: Record = {
        "id": guid(f"federated {name} {one['name']}"),
        "name": one["name"],
        "issuer": one["issuer"],
        "subject": one.get("subject"),
        "audiences": one.get("audiences", ["api://AzureADTokenExchange"]),
        "description": None,
    }
    if "expression" in one:
        row["claimsMatchingExpression"] = {"value": one["expression"], "languageVersion": 1}
    return row


def credentials(draft: Draft, holder: Record, entry: Mapping[str, Any], sections: tuple[str, str], name: str) -> None:
    """Put secrets and certificates on a registration or a service principal; `{key:<name> <number>}` is the id of one.

    What a secret would be is not there: Graph never shows it.
    """
    secrets, certificates = sections
    on_principal = secrets.startswith("principal")
    for number, one in enumerate(entry.get(secrets, ())):
        row = _credential(f"{name} {number}", one)
        holder["passwordCredentials"].append({**row, "hint": "c4n", "secretText": None})
        _used(draft, holder, row, one, "clientSecret", on_principal=on_principal)
    for number, one in enumerate(entry.get(certificates, ())):
        row = _credential(f"{name} certificate {number}", one)
        more = {"type": "AsymmetricX509Cert", "usage": one.get("usage", "Verify"), "key": None}
        holder["keyCredentials"].append({**row, **more})
        _used(draft, holder, row, one, "certificate", on_principal=on_principal)


def _credential(seed: str, one: Mapping[str, Any]) -> Record:
    return {
        "keyId": guid(f"key {seed}"),
        "displayName": one.get("name", seed),
        "startDateTime": f"ago({one['age']})",
        "endDateTime": f"in({one['ends']})" if one["ends"] >= 0 else f"ago({-one['ends']})",
        "customKeyIdentifier": None,
    }


def _used(draft: Draft, holder: Record, row: Record, one: Mapping[str, Any], kind: str, *, on_principal: bool) -> None:
    if one.get("used") is None:
        return
    draft.add(
        "credential_sign_ins",
        {
            "id": guid(f"sign-in {row['keyId']}"),
            "keyId": row["keyId"],
            "keyType": kind,
            "keyUsage": "verify",
            "appId": holder["appId"],
            "appObjectId": None if on_principal else holder["id"],
            "servicePrincipalObjectId": holder["id"] if on_principal else None,
            "credentialOrigin": "servicePrincipal" if on_principal else "application",
            "expirationDateTime": row["endDateTime"],
            "signInActivity": {"lastSignInDateTime": f"ago({one['used']})", "lastSignInRequestId": guid("request")},
        },
    )


def may(draft: Draft, principal: str, entry: Mapping[str, Any], apis: Mapping[str, Any]) -> None:
    """Give a principal its permissions at APIs, its roles in Entra and in Azure."""
    for value in entry.get("graph", ()):
        draft.permit(principal, "{sp:Microsoft Graph}", apis["Microsoft Graph"]["roles"][value])
    for api, values in entry.get("apis", {}).items():
        for value in values:
            draft.permit(principal, f"{{sp:{api}}}", apis[api]["roles"][value])
    for role in entry.get("directory_roles", ()):
        draft.assign_directory(principal, role)
    for given in entry.get("roles", ()):
        draft.assign(principal, given)


def _consented(draft: Draft, principal: str, entry: Mapping[str, Any]) -> None:
    for one in entry.get("delegated", ()):
        user = one.get("user", "")
        row = {
            "id": guid(f"consent {principal} {one}"),
            "clientId": principal,
            "consentType": "Principal" if user else "AllPrincipals",
            "principalId": f"{{user:{user}}}" if user else None,
            "resourceId": f"{{sp:{one.get('api', 'Microsoft Graph')}}}",
            "scope": one["scope"],
        }
        draft.add("oauth2_permission_grants", row)


def _sign_in(app_id: str, days: int) -> Record:
    activity = {"lastSignInDateTime": f"ago({days})", "lastSignInRequestId": guid("request")}
    return {
        "id": guid(f"activity {app_id}"),
        "appId": app_id,
        "lastSignInActivity": activity,
        "applicationAuthenticationClientSignInActivity": activity,
        "delegatedClientSignInActivity": {"lastSignInDateTime": None, "lastSignInRequestId": None},
    }


def _risk(principal: Record, state: str) -> Record:
    return {
        "id": principal["id"],
        "appId": principal["appId"],
        "displayName": principal["displayName"],
        "isEnabled": principal["accountEnabled"],
        "servicePrincipalType": "Application",
        "riskLevel": "high",
        "riskState": state,
        "riskDetail": "none",
        "riskLastUpdatedDateTime": "ago(2)",
    }
