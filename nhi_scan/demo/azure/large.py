"""A tenant of any size, for whoever counts requests or seconds; its rows are made when they are read."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure.estate import CLIENT, TENANT, Estate, Lazy, Record
from nhi_scan.model.entra import GRAPH

# The first group of an id tells what it is of, the last which.
_PRINCIPAL, _APPLICATION, _APP_ID, _KEY, _ASSIGNMENT, _USER = (
    "5e000000",
    "a9000000",
    "a9d00000",
    "4e700000",
    "a5500000",
    "05e40000",
)
_SUBSCRIPTION = "50b00000"
_READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", ["*"]),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": ("Contributor", ["*"]),
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": ("User Access Administrator", ["*/read", "Microsoft.Authorization/*"]),
    _READER: ("Reader", ["*/read"]),
}
_USER_READ = "df021288-bdef-4463-88db-98f22de89214"
_GROUPS = 10  # resource groups of a subscription that something is assigned in


def large(principals: int, assignments: int, subscriptions: int = 50) -> Estate:
    """Return a tenant of so many service principals and role assignments.

    Every other principal has a registration here, with an owner and a certificate, every fifth of them a secret; every
    third is a managed identity. Assignments go round the principals, most of them Reader on a resource group.
    """
    registered = (principals + 1) // 2
    return Estate(
        caller=id_of(_PRINCIPAL, 2),
        organization={"displayName": "Large", "verifiedDomains": [{"name": "large.example"}]},
        applications=Lazy(registered, _application, _number_of(_APPLICATION, registered)),
        service_principals=Lazy(principals, _principal, _number_of(_PRINCIPAL, principals)),
        users=[_user(number) for number in range(100)],
        owners=_Owners(registered),
        app_role_assignments=[_permission(number) for number in range(1, principals, 100)],
        management_groups=[{"name": TENANT, "displayName": "Tenant Root Group"}],
        subscriptions=[
            {"subscriptionId": id_of(_SUBSCRIPTION, number), "displayName": f"sub-{number:04d}", "parent": TENANT}
            for number in range(subscriptions)
        ],
        role_definitions=[_role(id_, title, actions) for id_, (title, actions) in _ROLES.items()],
        role_assignments=Lazy(
            assignments,
            lambda number: _assignment(number, principals, subscriptions),
            _number_of(_ASSIGNMENT, assignments),
        ),
    )


def id_of(kind: str, number: int) -> str:
    """Return the GUID of the thing of a kind with a number."""
    return f"{kind}-0000-4000-8000-{number:012x}"


def _number_of(kind: str, count: int) -> Any:
    def number_of(id_: str) -> int | None:
        if not id_.startswith(f"{kind}-0000-4000-8000-"):
            return None
        number = int(id_.rpartition("-")[2], 16)
        return number if number < count else None

    return number_of


class _Owners(Mapping[str, list[str]]):
    """Each application has one owner; nobody writes that down fifty thousand times."""

    def __init__(self, count: int) -> None:
        self._number_of, self._count = _number_of(_APPLICATION, count), count

    def __getitem__(self, key: str) -> list[str]:
        number = self._number_of(key)
        if number is None:
            raise KeyError(key)
        return [id_of(_USER, number % 100)]

    def __iter__(self) -> Any:
        return (id_of(_APPLICATION, number) for number in range(self._count))

    def __len__(self) -> int:
        return self._count


def _user(number: int) -> Record:
    name = f"user{number:03d}"
    return {
        "id": id_of(_USER, number),
        "displayName": name,
        "userPrincipalName": f"{name}@large.example",
        "accountEnabled": True,
        "userType": "Member",
    }


def _principal(number: int) -> Record:
    if number == 0:
        return _graph()
    managed = number % 3 == 0
    row: Record = {
        "id": id_of(_PRINCIPAL, number),
        "appId": CLIENT if number == 2 else id_of(_APP_ID, number),
        "displayName": f"sp-{number:06d}",
        "accountEnabled": number % 50 != 0,
        "servicePrincipalType": "ManagedIdentity" if managed else "Application",
        "appOwnerOrganizationId": None if managed else TENANT,
        "appRoles": [],
        "passwordCredentials": [],
        "keyCredentials": [],
        "alternativeNames": [],
        "servicePrincipalNames": [],
        "tags": [],
    }
    if managed:
        resource = f"{_group(number, 50)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{number:06d}"
        row["alternativeNames"] = ["isExplicit=True", resource]
    return row


def _graph() -> Record:
    role = {"id": _USER_READ, "value": "User.Read.All", "allowedMemberTypes": ["Application"], "isEnabled": True}
    return {
        "id": id_of(_PRINCIPAL, 0),
        "appId": GRAPH,
        "displayName": "Microsoft Graph",
        "accountEnabled": True,
        "servicePrincipalType": "Application",
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "appRoles": [role],
    }


def _application(number: int) -> Record:
    row: Record = {
        "id": id_of(_APPLICATION, number),
        "appId": id_of(_APP_ID, 2 * number + 1),
        "displayName": f"sp-{2 * number + 1:06d}",
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": f"ago({number % 900})",
        "passwordCredentials": [],
        "keyCredentials": [
            {
                "keyId": id_of(_KEY, number),
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
                "startDateTime": "ago(20)",
                "endDateTime": "in(100)",
            }
        ],
        "appRoles": [],
    }
    if number % 5 == 0:
        secret = {"keyId": id_of(_KEY, number + (1 << 32)), "startDateTime": "ago(90)", "endDateTime": "in(90)"}
        row["passwordCredentials"] = [secret]
    return row


def _permission(number: int) -> Record:
    return {
        "id": f"permission-{number}",
        "appRoleId": _USER_READ,
        "principalId": id_of(_PRINCIPAL, number),
        "principalType": "ServicePrincipal",
        "resourceId": id_of(_PRINCIPAL, 0),
    }


def _role(id_: str, title: str, actions: list[str]) -> Record:
    permission = {"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}
    return {
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{id_}",
        "name": id_,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": title,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [permission],
        },
    }


def _group(number: int, subscriptions: int) -> str:
    subscription = id_of(_SUBSCRIPTION, number % subscriptions)
    return f"/subscriptions/{subscription}/resourceGroups/rg-{number // subscriptions % _GROUPS}"


def _assignment(number: int, principals: int, subscriptions: int) -> Record:
    role = list(_ROLES)[number % 97] if number % 97 < 3 else _READER
    scope = _group(number, subscriptions)
    name = id_of(_ASSIGNMENT, number)
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": id_of(_PRINCIPAL, 1 + number % (principals - 1)),
            "principalType": "ServicePrincipal",
        },
    }
