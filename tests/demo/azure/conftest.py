"""A small tenant that every test of the server speaks to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from nhi_scan.demo.azure.estate import CALLER, CLIENT, TENANT, Estate
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.model.entra import GRAPH

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP, LAB = "50b00000-0000-4000-8000-000000000001", "50b00000-0000-4000-8000-000000000002"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
READ_APPS = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
IDENTITY = (
    f"/subscriptions/{SHOP}/resourceGroups/rg-web/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-web"
)


def guid(number: int) -> str:
    return f"00000000-aaaa-4000-8000-{number:012d}"


APP, PRINCIPAL, USER, GROUP, GRAPH_PRINCIPAL, AGENT = (guid(number) for number in (1, 2, 3, 4, 5, 6))


def assignment(number: int, scope: str, principal: str) -> dict[str, Any]:
    type_ = "Microsoft.Authorization/roleAssignments"
    return {
        "id": f"{scope}/providers/{type_}/{guid(number)}",
        "name": guid(number),
        "type": type_,
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "createdOn": "ago(5)",
        },
    }


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def small() -> Estate:
    permission = {"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}
    group = f"/subscriptions/{SHOP}/resourceGroups/rg-web"
    return Estate(
        organization={"displayName": "Small", "verifiedDomains": [{"name": "small.example"}]},
        applications=[
            {
                "id": APP,
                "appId": CLIENT,
                "displayName": "Web",
                "signInAudience": "AzureADMyOrg",
                "passwordCredentials": [
                    {"keyId": guid(10), "startDateTime": "ago(10)", "endDateTime": "in(20)", "secretText": None}
                ],
            },
            *(
                {"id": guid(1000 + number), "appId": guid(2000 + number), "displayName": f"app-{number}"}
                for number in range(30)
            ),
        ],
        service_principals=[
            {"id": CALLER, "appId": CLIENT, "displayName": "Web", "servicePrincipalType": "Application"},
            {
                "id": GRAPH_PRINCIPAL,
                "appId": GRAPH,
                "displayName": "Microsoft Graph",
                "appRoles": [{"id": READ_APPS, "value": "Application.Read.All", "isEnabled": True}],
            },
            {
                "@odata.type": "#microsoft.graph.agentIdentity",
                "id": AGENT,
                "displayName": "Agent",
                "agentIdentityBlueprintId": guid(2000),
            },
        ],
        users=[{"id": USER, "displayName": "Ann", "userPrincipalName": "ann@small.example", "accountEnabled": True}],
        groups=[{"id": GROUP, "displayName": "All", "isAssignableToRole": True}, {"id": guid(40), "displayName": "In"}],
        owners={APP: [USER]},
        members={GROUP: [guid(40), CALLER], guid(40): [USER, GROUP]},
        sponsors={AGENT: [USER]},
        federated_credentials={
            APP: [
                {
                    "id": guid(50),
                    "name": "main",
                    "issuer": "https://issuer.example",
                    "subject": "me",
                    "audiences": ["api://AzureADTokenExchange"],
                    "claimsMatchingExpression": None,
                }
            ]
        },
        app_role_assignments=[
            {"id": "one", "appRoleId": READ_APPS, "principalId": CALLER, "resourceId": GRAPH_PRINCIPAL}
        ],
        directory_role_eligibility_instances=[
            {"id": "e", "principalId": USER, "roleDefinitionId": guid(60), "directoryScopeId": "/"}
        ],
        directory_role_policies=[
            {
                "id": "p",
                "policyId": "q",
                "scopeId": "/",
                "scopeType": "DirectoryRole",
                "roleDefinitionId": guid(60),
                "policy": {"id": "q", "rules": [{"id": "r", "isExpirationRequired": True, "maximumDuration": "PT8H"}]},
            }
        ],
        management_groups=[
            {"name": TENANT, "displayName": "Tenant Root Group"},
            {"name": "prod", "displayName": "Production", "parent": TENANT},
        ],
        subscriptions=[
            {"subscriptionId": SHOP, "displayName": "shop", "parent": "prod", "tags": {"team": "web"}},
            {"subscriptionId": LAB, "displayName": "lab", "parent": TENANT},
        ],
        resources=[
            {"id": group, "name": "rg-web", "type": "Microsoft.Resources/resourceGroups", "location": "westeurope"},
            {
                "id": IDENTITY,
                "name": "id-web",
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "location": "westeurope",
                "properties": {"principalId": guid(70), "clientId": guid(71), "tenantId": TENANT},
            },
            {
                "id": f"{group}/providers/Microsoft.Compute/virtualMachines/vm",
                "name": "vm",
                "type": "Microsoft.Compute/virtualMachines",
                "location": "westeurope",
                "tags": {"owner": "o'neil"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {"principalId": guid(70)}}},
                "properties": {"storageProfile": {"osDisk": {"osType": "Linux"}}},
            },
            {
                "id": f"/subscriptions/{LAB}/resourceGroups/rg-lab/providers/Microsoft.Storage/storageAccounts/files",
                "name": "files",
                "type": "Microsoft.Storage/storageAccounts",
                "properties": {"allowSharedKeyAccess": False},
            },
        ],
        role_definitions=[
            {
                "id": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
                "name": READER,
                "type": "Microsoft.Authorization/roleDefinitions",
                "properties": {
                    "roleName": "Reader",
                    "type": "BuiltInRole",
                    "assignableScopes": ["/"],
                    "permissions": [{**permission, "condition": "true", "conditionVersion": "2.0"}],
                },
            }
        ],
        role_assignments=[
            assignment(80, f"/subscriptions/{SHOP}", CALLER),
            assignment(81, group, USER),
            assignment(82, f"/subscriptions/{LAB}", USER),
            assignment(83, "/providers/Microsoft.Management/managementGroups/prod", USER),
            assignment(84, "/", USER),
        ],
        deny_assignments=[
            {
                "id": f"{group}/providers/Microsoft.Authorization/denyAssignments/{guid(90)}",
                "name": guid(90),
                "type": "Microsoft.Authorization/denyAssignments",
                "properties": {
                    "denyAssignmentName": "no",
                    "scope": group,
                    "permissions": [
                        {"actions": ["*/delete"], "notActions": [], "dataActions": [], "notDataActions": []}
                    ],
                    "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                    "excludePrincipals": [],
                    "isSystemProtected": True,
                },
            }
        ],
        arm_federated_credentials={
            IDENTITY: [
                {
                    "id": f"{IDENTITY}/federatedIdentityCredentials/gh",
                    "name": "gh",
                    "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
                    "properties": {"issuer": "https://issuer.example", "subject": "me", "audiences": ["a"]},
                }
            ]
        },
    )


class Client:
    """Asks a server as somebody who has signed in with the scanner's secret."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = server.ca_file
        self.graph_token, self.arm_token = (
            self.token("https://graph.microsoft.com"),
            self.token("https://management.azure.com"),
        )

    def login(self, **form: str) -> tuple[int, Any]:
        whole = {
            "client_id": self.server.client_id,
            "scope": "https://graph.microsoft.com/.default",
            "client_secret": self.server.client_secret,
            "grant_type": "client_credentials",
            **form,
        }
        address = f"{self.server.endpoint}/{self.server.tenant_id}/oauth2/v2.0/token"
        answer = self.session.post(address, data={name: value for name, value in whole.items() if value}, timeout=20)
        return answer.status_code, answer.json()

    def token(self, resource: str) -> str:
        status, body = self.login(scope=f"{resource}/.default")
        assert status == 200, body
        found: str = body["access_token"]
        return found

    def ask(self, method: str, path: str, token: str, **more: Any) -> Any:
        url = path if path.startswith("https://") else f"{self.server.endpoint}{path}"
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.session.request(method, url, headers=headers, timeout=20, **more)

    def graph(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        path = path if path.startswith(("/", "https://")) else f"/v1.0/{path}"
        answer = self.ask("GET" if body is None else "POST", path, self.graph_token, json=body, headers=headers)
        return answer.status_code, answer.json()

    def arm(self, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        params = None if path.startswith("https://") else {"api-version": "2022-04-01", **query}
        answer = self.ask("GET" if body is None else "POST", path, self.arm_token, json=body, params=params)
        return answer.status_code, answer.json()

    def query(self, text: str, **more: Any) -> list[Any]:
        body = {"query": text, **more}
        status, answer = self.arm("/providers/Microsoft.ResourceGraph/resources", body)
        assert status == 200, answer
        rows: list[Any] = answer["data"]
        return rows


@pytest.fixture
def client() -> Iterator[Callable[[Any], Client]]:
    made: list[Client] = []

    def connect(server: Any) -> Client:
        made.append(Client(server))
        return made[-1]

    yield connect
    for one in made:
        one.session.close()


@pytest.fixture(scope="module")
def served(small: Estate, now: datetime) -> Iterator[Served]:
    with serve(small, now) as server:
        yield server
        assert server.breaches == []
