"""Resource Manager: its lists, its batches, its errors."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization.v2022_04_01 import AuthorizationManagementClient
from azure.mgmt.msi.v2024_11_30 import ManagedServiceIdentityClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest

from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.load import load
from nhi_scan.demo.azure.server import Served, serve

SHOP, LAB = "50b00000-0000-4000-8000-000000000001", "50b00000-0000-4000-8000-000000000002"
AUTHORIZATION = "/providers/Microsoft.Authorization"
IDENTITY = (
    f"/subscriptions/{SHOP}/resourceGroups/rg-web/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-web"
)

Connect = Callable[[Any], Any]


@pytest.fixture
def arm(served: Served, client: Connect) -> Callable[..., Any]:
    asking = client(served)

    def good(path: str, body: Any = None, **query: str) -> Any:
        status, answer = asking.arm(path, body, **query)
        assert status == 200, answer
        return answer

    return good


def names(answer: Any) -> list[str]:
    return [row["name"][-2:] for row in answer["value"]]


def test_assignments_are_listed_at_a_scope_above_it_and_below_it(arm: Callable[..., Any]) -> None:
    scope = f"/subscriptions/{SHOP}"
    assert names(arm(f"{scope}{AUTHORIZATION}/roleAssignments")) == ["80", "81", "83", "84"]
    assert names(arm(f"{scope}{AUTHORIZATION}/roleAssignments", **{"$filter": "atScope()"})) == ["80", "83", "84"]
    principal = "principalId eq '6d1a0f00-0000-4000-8000-0000000000ab'"
    assert names(arm(f"{scope}{AUTHORIZATION}/roleAssignments", **{"$filter": principal})) == ["80"]
    assert names(arm(f"/subscriptions/{SHOP.upper()}{AUTHORIZATION.lower()}/denyassignments")) == ["90"]
    assert names(arm(f"/subscriptions/{LAB}{AUTHORIZATION}/denyAssignments")) == []


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        ("/tenants", "tenantType", ["AAD"]),
        ("/subscriptions", "displayName", ["shop", "lab"]),
        ("/providers/Microsoft.Management/managementGroups", "name", ["6d1a0f00-0000-4000-8000-000000000001", "prod"]),
        ("/providers/Microsoft.Management/managementGroups/PROD/descendants", "name", [SHOP]),
        (f"/subscriptions/{SHOP}{AUTHORIZATION}/roleDefinitions", "name", ["acdd72a7-3385-48ef-bd42-f606fba81ae7"]),
        (f"/subscriptions/{SHOP}/resourceGroups", "name", ["rg-web"]),
        (f"/subscriptions/{SHOP}/resources", "name", ["id-web", "vm"]),
        (f"/subscriptions/{SHOP}/providers/Microsoft.Compute/virtualMachines", "name", ["vm"]),
        (f"/subscriptions/{SHOP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities", "name", ["id-web"]),
        (f"{IDENTITY}/federatedIdentityCredentials", "name", ["gh"]),
        (f"/subscriptions/{SHOP}{AUTHORIZATION}/permissions", "actions", [["*"]]),
    ],
)
def test_lists_hold_what_the_estate_has(arm: Callable[..., Any], path: str, field: str, values: list[Any]) -> None:
    assert [row[field] for row in arm(path)["value"]] == values


def test_lists_come_in_pages(small: Estate, now: datetime, client: Connect) -> None:
    with serve(small, now, Conduct(page=2)) as server:
        asking = client(server)
        _, answer = asking.arm(f"/subscriptions/{SHOP}{AUTHORIZATION}/roleAssignments")
        assert names(answer) == ["80", "81"]
        status, rest = asking.arm(answer["nextLink"])
        assert (status, names(rest)) == (200, ["83", "84"])
        assert "nextLink" not in rest


def test_a_thing_is_answered_by_its_id(arm: Callable[..., Any]) -> None:
    assert arm(IDENTITY)["properties"]["clientId"].endswith("71")
    assert arm(f"/subscriptions/{LAB}")["displayName"] == "lab"
    assert arm("/providers/Microsoft.Management/managementGroups/prod")["properties"]["displayName"] == "Production"


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        ("/subscriptions", {"api-version": ""}, (400, "MissingApiVersionParameter")),
        ("/subscriptions", {"api-version": "newest"}, (400, "InvalidApiVersionParameter")),
        ("/subscriptions/50b00000-0000-4000-8000-00000000000f/resourcegroups", {}, (404, "SubscriptionNotFound")),
        (f"{IDENTITY}x", {}, (404, "ResourceNotFound")),
        (f"{IDENTITY}x/federatedIdentityCredentials", {}, (404, "ResourceNotFound")),
        ("/providers/Microsoft.Management/managementGroups/none/descendants", {}, (404, "NotFound")),
        ("/nonsense", {}, (404, "InvalidResourceType")),
    ],
)
def test_what_is_not_there_is_refused(
    served: Served, client: Connect, path: str, query: dict[str, str], error: tuple[int, str]
) -> None:
    status, body = client(served).arm(path, **query)
    assert (status, body["error"]["code"]) == error


def test_parts_of_a_batch_fare_by_themselves(arm: Callable[..., Any], served: Served) -> None:
    urls = [f"/subscriptions/{one}{AUTHORIZATION}/denyAssignments?api-version=2022-04-01" for one in (SHOP, "none")]
    parts = [{"httpMethod": "GET", "name": str(number), "url": url} for number, url in enumerate(urls)]
    before = served.parts["arm.denyAssignments"]
    good, bad = arm("/batch", {"requests": parts})["responses"]
    assert (good["httpStatusCode"], names(good["content"])) == (200, ["90"])
    assert (bad["httpStatusCode"], bad["content"]["error"]["code"]) == (404, "SubscriptionNotFound")
    assert served.parts["arm.denyAssignments"] == before + 2


def test_microsofts_libraries_read_the_answers(served: Served) -> None:
    trust = {"connection_verify": served.ca_file}
    credential = ClientSecretCredential(
        served.tenant_id,
        served.client_id,
        served.client_secret,
        authority=served.endpoint,
        disable_instance_discovery=True,
        **trust,
    )
    place: dict[str, Any] = {
        "base_url": served.endpoint,
        "credential_scopes": ["https://management.azure.com/.default"],
        **trust,
    }
    with (
        credential,
        AuthorizationManagementClient(credential, SHOP, **place) as authorization,
        ManagedServiceIdentityClient(credential, SHOP, **place) as identities,
        ResourceGraphClient(credential, **place) as graph,
    ):
        denied = next(iter(authorization.deny_assignments.list_for_scope(f"/subscriptions/{SHOP}")))
        assert denied.principals[0].type == "SystemDefined"
        assert denied.permissions[0].actions == ["*/delete"]
        identity = next(iter(identities.user_assigned_identities.list_by_subscription()))
        assert identity.client_id.endswith("71")
        found = graph.resources(QueryRequest(query="Resources | project name | order by name asc"))
        assert [row["name"] for row in found.data] == ["files", "id-web", "vm"]


def test_what_northwind_has_is_answered_in_resource_managers_form(now: datetime, client: Connect) -> None:
    estate = load("northwind-azure").estate
    nouns = (
        "roleAssignments",
        "roleDefinitions",
        "denyAssignments",
        "roleEligibilityScheduleInstances",
        "roleAssignmentScheduleInstances",
        "roleManagementPolicyAssignments",
    )
    with serve(estate, now) as server:
        asking = client(server)
        for one in estate.subscriptions:
            scope = f"/subscriptions/{one['subscriptionId']}"
            for noun in nouns:
                assert asking.arm(f"{scope}{AUTHORIZATION}/{noun}")[0] == 200
            status, answer = asking.arm(f"{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities")
            assert status == 200
            for row in answer["value"]:
                assert asking.arm(f"{row['id']}/federatedIdentityCredentials")[0] == 200
        assert asking.arm(f"{AUTHORIZATION}/providerOperations")[0] == 200
        assert server.breaches == []
