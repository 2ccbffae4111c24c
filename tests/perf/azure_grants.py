"""Who is given what in a large tenant: roles on resources, roles of the directory, permissions of APIs, groups."""

from collections.abc import Iterator
from typing import Any

from tests.perf import azure_roles as known
from tests.perf.azure_tenant import CREATED, GRAPH, TENANT, Row, Tenant

COMMON = {
    known.CONTRIBUTOR: 60, known.READER: 120, known.SECRETS_USER: 80, known.BLOB_CONTRIBUTOR: 80,
    known.BLOB_READER: 60, known.MACHINE_CONTRIBUTOR: 20, known.WEBSITE_CONTRIBUTOR: 20,
    known.IDENTITY_OPERATOR: 10, known.VAULT_ADMINISTRATOR: 5, known.RBAC_ADMINISTRATOR: 2,
    known.ACCESS_ADMINISTRATOR: 1, known.OWNER: 0, known.SERVED: 10,
}  # fmt: skip
_CONTAINER = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]"
CONDITIONS = (
    f"((!(ActionMatches{{'{known.DATA[4]}'}})) OR ({_CONTAINER} StringEquals 'logs'))",
    f"({_CONTAINER} StringLike 'app-*')",
    "(@Environment[UtcNow] DateTimeLessThan '2026-01-01T00:00:00.0Z')",
    "(@Environment[UtcNow] DateTimeLessThan '2027-01-01T00:00:00.0Z')",
    known.SAFE,
)
APP_ROLES = (
    "User.Read.All", "Directory.Read.All", "Mail.Read", "Mail.Send", "Group.Read.All", "Sites.Read.All",
    "Files.Read.All", "AuditLog.Read.All", "Application.Read.All", "Application.ReadWrite.OwnedBy",
    "Application.ReadWrite.All", "GroupMember.ReadWrite.All", "AppRoleAssignment.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory", "Directory.ReadWrite.All", "User.ReadWrite.All",
)  # fmt: skip
DIRECTORY_ROLES: dict[str, tuple[str, list[str]]] = {
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": (
        "Directory Readers",
        ["microsoft.directory/applications/standard/read", "microsoft.directory/users/standard/read"],
    ),
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": (
        "Application Administrator",
        [
            "microsoft.directory/applications/create",
            "microsoft.directory/applications/credentials/update",
            "microsoft.directory/applications/owners/update",
            "microsoft.directory/servicePrincipals/credentials/update",
            "microsoft.directory/servicePrincipals/owners/update",
        ],
    ),
    "62e90394-69f5-4237-9190-012177145e10": (
        "Global Administrator",
        [
            "microsoft.directory/applications/allProperties/allTasks",
            "microsoft.directory/groups/allProperties/allTasks",
            "microsoft.directory/roleAssignments/allProperties/allTasks",
            "microsoft.directory/servicePrincipals/allProperties/allTasks",
            "microsoft.directory/users/allProperties/allTasks",
        ],
    ),
    "e8611ab8-c189-46e8-94e1-60213ab1f814": (
        "Privileged Role Administrator",
        ["microsoft.directory/roleAssignments/allProperties/allTasks"],
    ),
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": (
        "Groups Administrator",
        ["microsoft.directory/groups/members/update", "microsoft.directory/groups/owners/update"],
    ),
}


class Grants:
    """Draws them."""

    def __init__(self, tenant: Tenant) -> None:
        """Weigh the roles: a few are given most."""
        self._tenant = tenant
        self._roles = known.definitions(tenant)
        self._weights = [COMMON.get(guid, 1 if number % 5 else 0) for number, guid in enumerate(self._roles)]

    def assignments(self) -> Iterator[Row]:
        """Yield role assignments as Resource Graph's rows, four for each service principal and some of people."""
        tenant, chance = self._tenant, self._tenant.chance
        for number in range(tenant.principals * 4 - 2 * tenant.groups - tenant.subscriptions):
            who = number % tenant.principals
            role = chance.choices(self._roles, self._weights)[0]
            scope = self._scope(who if number < tenant.principals * 3 else chance.randrange(tenant.principals), number)
            condition = chance.choice(CONDITIONS) if chance.random() < 0.03 else ""
            yield self._assignment(number, (tenant.principal(who), "ServicePrincipal"), role, scope, condition)
        for number in range(2 * tenant.groups):
            role = known.READER if number % 2 else known.CONTRIBUTOR
            scope = tenant.group_of_resources(number * 7)
            who = tenant.guid("group", number % tenant.groups)
            yield self._assignment(number, (who, "Group"), role, scope)
        for number in range(tenant.subscriptions):
            who = tenant.guid("user", number % tenant.users)
            yield self._assignment(number, (who, "User"), known.OWNER, tenant.subscription(number))

    def _scope(self, who: int, number: int) -> str:
        tenant, kind = self._tenant, self._tenant.chance.random()
        if kind < 0.12:
            return tenant.subscription(who // 100)
        if kind < 0.121:
            name = tenant.ancestors(1 + number % (tenant.management_groups - 1))[0]
            return f"/providers/Microsoft.Management/managementGroups/{name}"
        if kind < 0.3:
            home = tenant.home(who)
            return f"{home}/providers/Microsoft.{self._thing(who)}"
        return tenant.home(who)

    def _thing(self, who: int) -> str:
        group = who // 10
        return f"KeyVault/vaults/kv-{group}" if who % 2 else f"Storage/storageAccounts/st{group}"

    def _assignment(self, number: int, who: tuple[str, str], role: str, scope: str, condition: str = "") -> Row:
        name = self._tenant.guid(f"assignment-{who[1]}", number)
        properties: dict[str, Any] = {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/RoleDefinitions/{role}",
            "principalId": who[0],
            "principalType": who[1],
            "scope": scope,
            "createdOn": CREATED,
            "updatedOn": CREATED,
        }
        if condition:
            properties |= {"condition": condition, "conditionVersion": "2.0"}
        record = {
            "id": f"{scope}/providers/Microsoft.Authorization/RoleAssignments/{name}",
            "name": name,
            "type": "microsoft.authorization/roleassignments",
            "tenantId": TENANT,
            "properties": properties,
        }
        return "", {}, record

    def denials(self) -> Iterator[Row]:
        """Yield deny assignments: of what Azure runs for a customer in a resource group of its own."""
        tenant = self._tenant
        for number in range(max(2, tenant.subscriptions // 10)):
            scope = tenant.group_of_resources(number * 97)
            name = tenant.guid("deny", number)
            record = {
                "id": f"{scope}/providers/Microsoft.Authorization/denyAssignments/{name}",
                "name": name,
                "type": "Microsoft.Authorization/denyAssignments",
                "properties": {
                    "denyAssignmentName": f"managed resources {number}",
                    "permissions": [
                        {
                            "actions": ["*"] if number % 2 else ["*/write", "*/delete"],
                            "notActions": ["*/read"],
                            "dataActions": [],
                            "notDataActions": [],
                        }
                    ],
                    "scope": scope,
                    "doNotApplyToChildScopes": number % 7 == 3,
                    "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                    "excludePrincipals": [
                        {"id": tenant.principal(number * 31 % tenant.principals), "type": "ServicePrincipal"}
                    ],
                    "isSystemProtected": True,
                },
            }
            yield "", {"scope": scope}, record

    def directory_definitions(self) -> Iterator[Row]:
        """Yield roles of the directory."""
        for guid, (name, actions) in DIRECTORY_ROLES.items():
            record = {
                "id": guid,
                "templateId": guid,
                "displayName": name,
                "isBuiltIn": True,
                "isEnabled": True,
                "rolePermissions": [{"allowedResourceActions": actions, "condition": None}],
            }
            yield "", {}, record

    def directory_assignments(self, *, eligible: bool) -> Iterator[Row]:
        """Yield who holds them: a few service principals, and people."""
        tenant, roles = self._tenant, list(DIRECTORY_ROLES)
        step = 1000 if eligible else 200
        for number in range(3 if eligible else 0, tenant.principals, step):
            role = roles[number // step % len(roles)]
            name = f"{'e' if eligible else 'a'}-{tenant.guid('directory', number)}"
            scope = "/administrativeUnits/" + tenant.guid("unit", 0) if number % 1600 == 0 else "/"
            who = tenant.principal(number)
            record = {"id": name, "principalId": who, "roleDefinitionId": role, "directoryScopeId": scope}
            if eligible:
                record |= {"memberType": "Direct", "startDateTime": CREATED, "endDateTime": None}
            yield "", {}, record

    def app_roles(self) -> list[dict[str, Any]]:
        """Return the application permissions that Microsoft Graph declares."""
        return [
            {
                "id": self._tenant.guid("approle", number),
                "value": value,
                "displayName": value,
                "isEnabled": True,
                "allowedMemberTypes": ["Application"],
            }
            for number, value in enumerate(APP_ROLES)
        ]

    def app_role_assignments(self) -> Iterator[Row]:
        """Yield who holds them, most of them the harmless ones."""
        tenant = self._tenant
        resource = tenant.principal(9)  # the first of Microsoft's own
        for number in range(0, tenant.principals, 5):
            for turn in range(2):
                rare = number % 2000 == 0 and turn
                role = len(APP_ROLES) - 1 - number // 2000 % 7 if rare else (number // 5 + turn) % 9
                record = {
                    "id": tenant.guid("held", number * 2 + turn),
                    "appRoleId": tenant.guid("approle", role),
                    "principalId": tenant.principal(number + 1),
                    "principalType": "ServicePrincipal",
                    "resourceId": resource,
                    "resourceDisplayName": "Microsoft Graph",
                    "createdDateTime": CREATED,
                }
                yield "", {"id": resource, "appId": GRAPH}, record

    def delegated(self) -> Iterator[Row]:
        """Yield delegated grants."""
        tenant = self._tenant
        for number in range(8, tenant.principals, 20):
            record = {
                "id": tenant.guid("delegated", number),
                "clientId": tenant.principal(number),
                "consentType": "AllPrincipals" if number % 3 else "Principal",
                "principalId": None if number % 3 else tenant.guid("user", number % tenant.users),
                "resourceId": tenant.principal(9),
                "scope": "User.Read Mail.Read offline_access",
            }
            yield "", {}, record

    def groups(self) -> Iterator[Row]:
        """Yield groups; one in a hundred may be given roles of the directory."""
        for number in range(self._tenant.groups):
            record = {
                "id": self._tenant.guid("group", number),
                "displayName": f"team {number}",
                "securityEnabled": True,
                "groupTypes": [],
                "isAssignableToRole": number % 100 == 0,
                "createdDateTime": CREATED,
            }
            yield "", {}, record

    def members(self) -> Iterator[Row]:
        """Yield members: 20 service principals, 4 people and, in every fourth group, the next group."""
        tenant = self._tenant
        for number in range(tenant.groups):
            of = {"id": tenant.guid("group", number)}
            for place in range(20):
                who = tenant.principal((number * 7919 + place * 97) % tenant.principals)
                yield "", of, {"@odata.type": "#microsoft.graph.servicePrincipal", "id": who}
            for place in range(4):
                who = tenant.guid("user", (number * 13 + place) % tenant.users)
                yield "", of, {"@odata.type": "#microsoft.graph.user", "id": who}
            if number % 4 == 0 and number + 1 < tenant.groups:
                yield "", of, {"@odata.type": "#microsoft.graph.group", "id": tenant.guid("group", number + 1)}
