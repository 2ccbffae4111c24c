"""Microsoft Graph: what is answered, in which form, page by page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from nhi_scan.demo.azure.csdl import properties
from nhi_scan.demo.azure.graph.routes import GET_BY_IDS, ROUTES
from nhi_scan.demo.azure.load import load
from nhi_scan.demo.azure.server import Served, serve

Connect = Callable[[Any], Any]


@pytest.fixture
def graph(served: Served, client: Connect) -> Callable[..., Any]:
    asking = client(served)

    def good(path: str, body: Any = None, **headers: str) -> Any:
        status, answer = asking.graph(path, body, **headers)
        assert status == 200, answer
        return answer

    return good


@pytest.fixture
def refused(served: Served, client: Connect) -> Callable[..., tuple[int, str]]:
    asking = client(served)

    def bad(path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        status, answer = asking.graph(path, body, **headers)
        assert {"code", "message", "innerError"} <= answer["error"].keys()
        return status, answer["error"]["code"]

    return bad


def test_every_type_that_is_answered_is_described_with_its_page() -> None:
    for route in (*ROUTES, GET_BY_IDS):
        assert {"id", "resourceAppId"} & properties(route.kind).keys() or route.single
        assert route.page
        assert route.permissions


def test_pages_lead_to_every_row_once(graph: Callable[..., Any]) -> None:
    answer = graph("applications?$top=7&$select=id")
    rows, pages = answer["value"], 1
    while "@odata.nextLink" in answer:
        answer = graph(answer["@odata.nextLink"])
        rows += answer["value"]
        pages += 1
    assert pages == 5
    assert len({row["id"] for row in rows}) == len(rows) == 31


def test_a_token_of_one_question_is_none_of_another(graph: Callable[..., Any], refused: Callable[..., Any]) -> None:
    token = graph("applications?$top=7")["@odata.nextLink"].partition("$skiptoken=")[2]
    assert refused(f"servicePrincipals?$top=7&$skiptoken={token}") == (400, "Directory_ExpiredPageToken")
    assert refused("applications?$skiptoken=invented") == (400, "Directory_ExpiredPageToken")


def test_only_what_was_selected_is_answered(graph: Callable[..., Any]) -> None:
    assert graph("users?$select=id,accountEnabled")["value"] == [
        {"id": "00000000-aaaa-4000-8000-000000000003", "accountEnabled": True}
    ]
    # https://learn.microsoft.com/graph/api/user-list: not among the properties that come without being asked for
    assert "accountEnabled" not in graph("users")["value"][0]


def test_relations_come_where_they_are_expanded(graph: Callable[..., Any]) -> None:
    row = graph("applications?$filter=displayName eq 'web'&$expand=owners($select=id)")["value"][0]
    assert row["owners"] == [{"@odata.type": "#microsoft.graph.user", "id": "00000000-aaaa-4000-8000-000000000003"}]
    assert "owners" not in graph("applications")["value"][0]
    policy = graph(
        "policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'"
        "&$expand=policy($expand=rules)"
    )["value"][0]
    assert policy["policy"]["rules"][0]["maximumDuration"] == "PT8H"


def test_dates_count_from_the_moment_at_which_the_estate_plays(graph: Callable[..., Any]) -> None:
    secret = graph("applications?$top=1")["value"][0]["passwordCredentials"][0]
    assert (secret["startDateTime"], secret["endDateTime"]) == ("2025-12-22T00:00:00Z", "2026-01-21T00:00:00Z")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("applications/microsoft.graph.agentIdentityBlueprint", []),
        ("servicePrincipals/microsoft.graph.agentIdentity", ["Agent"]),
        ("servicePrincipals/00000000-aaaa-4000-8000-000000000006/microsoft.graph.agentIdentity/sponsors", ["Ann"]),
        ("groups/00000000-aaaa-4000-8000-000000000004/members", ["In"]),
        ("/beta/groups/00000000-aaaa-4000-8000-000000000004/members", ["In", "Web"]),
        ("groups/00000000-aaaa-4000-8000-000000000004/transitiveMembers", ["In", "Ann"]),
        ("/beta/groups/00000000-aaaa-4000-8000-000000000004/transitiveMembers", ["In", "Web", "Ann"]),
        ("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')/owners", []),
        ("groups?$filter=isAssignableToRole eq true", ["All"]),
        ("groups?$filter=id in ('00000000-aaaa-4000-8000-000000000040')", ["In"]),
        ("groups?$filter=not(displayName eq 'all') and startswith(displayName, 'i')", ["In"]),
        ("servicePrincipals?$filter=appRoles/any(r:r/value eq 'Application.Read.All')", ["Microsoft Graph"]),
        ("servicePrincipals?$filter=(appId eq null) or displayName ne 'Web'", ["Microsoft Graph", "Agent"]),
    ],
)
def test_objects_are_found_by_type_relation_and_filter(graph: Callable[..., Any], path: str, names: list[str]) -> None:
    assert [row["displayName"] for row in graph(path)["value"]] == names


def test_counting_related_objects_is_an_advanced_query(graph: Callable[..., Any], refused: Callable[..., Any]) -> None:
    path = "applications?$filter=federatedIdentityCredentials/$count ne 0&$count=true"
    assert refused(path) == (400, "Request_UnsupportedQuery")
    answer = graph(path, ConsistencyLevel="eventual")
    assert (answer["@odata.count"], len(answer["value"])) == (1, 1)


def test_what_only_beta_has_v1_does_not_show(graph: Callable[..., Any], refused: Callable[..., Any]) -> None:
    path = "applications/00000000-aaaa-4000-8000-000000000001/federatedIdentityCredentials"
    assert "claimsMatchingExpression" not in graph(path)["value"][0]
    assert "claimsMatchingExpression" in graph(f"/beta/{path}")["value"][0]
    assert refused("reports/servicePrincipalSignInActivities") == (400, "BadRequest")
    assert graph("/beta/reports/servicePrincipalSignInActivities")["value"] == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("applications?$top=1000", (400, "Request_UnsupportedQuery")),
        ("applications?$top=0", (400, "Request_UnsupportedQuery")),
        ("servicePrincipals/microsoft.graph.agentIdentity?$top=101", (400, "Request_UnsupportedQuery")),
        ("applications?$select=nonsense", (400, "BadRequest")),
        ("applications?$expand=nonsense", (400, "BadRequest")),
        ("applications?$nonsense=1", (400, "BadRequest")),
        ("applications?$filter=displayName is 'x'", (400, "Request_UnsupportedQuery")),
        ("groups?$filter=id in (" + ",".join(f"'{one}'" for one in range(16)) + ")", (400, "Request_UnsupportedQuery")),
        ("applications?$count=true", (400, "Request_UnsupportedQuery")),
        ("applications/nobody", (404, "Request_ResourceNotFound")),
        ("applications/nobody/owners", (404, "Request_ResourceNotFound")),
        ("groups/00000000-aaaa-4000-8000-000000000001/members", (404, "Request_ResourceNotFound")),
        ("nonsense", (400, "BadRequest")),
        ("policies/roleManagementPolicyAssignments", (400, "MissingParameters")),
    ],
)
def test_what_graph_does_not_take_is_refused(refused: Callable[..., Any], path: str, error: tuple[int, str]) -> None:
    assert refused(path) == error


def test_objects_are_told_by_their_ids_and_those_that_are_gone_are_left_out(
    graph: Callable[..., Any], refused: Callable[..., Any]
) -> None:
    ids = [f"00000000-aaaa-4000-8000-{number:012d}" for number in (3, 4, 999)]
    found = graph("directoryObjects/getByIds", {"ids": ids})["value"]
    assert [row["@odata.type"] for row in found] == ["#microsoft.graph.user", "#microsoft.graph.group"]
    assert [
        row["displayName"] for row in graph("directoryObjects/getByIds", {"ids": ids, "types": ["user"]})["value"]
    ] == ["Ann"]
    assert refused("directoryObjects/getByIds", {"ids": ["x"] * 1001})[0] == 400
    assert refused("directoryObjects/getByIds", {"types": ["user"]})[0] == 400


def test_parts_of_a_batch_fare_by_themselves_and_are_told_apart_by_their_ids(graph: Callable[..., Any]) -> None:
    urls = {"a": "/groups/00000000-aaaa-4000-8000-000000000004/members?$select=id", "b": "/applications/nobody/owners"}
    parts = [{"id": id_, "method": "GET", "url": url} for id_, url in urls.items()]
    answers = {one["id"]: one for one in graph("/beta/$batch", {"requests": parts})["responses"]}
    assert answers["a"]["status"] == 200
    assert [row["id"][-2:] for row in answers["a"]["body"]["value"]] == ["40", "ab"]
    assert answers["b"]["status"] == 404
    assert answers["b"]["body"]["error"]["code"] == "Request_ResourceNotFound"


def test_a_batch_holds_twenty_parts_with_ids_of_their_own(refused: Callable[..., Any]) -> None:
    part = {"method": "GET", "url": "/users"}
    assert refused("$batch", {"requests": [{**part, "id": str(number)} for number in range(21)]})[0] == 400
    assert refused("$batch", {"requests": [{**part, "id": "1"}, {**part, "id": "1"}]})[0] == 400
    assert refused("$batch", {"requests": []})[0] == 400


def test_what_northwind_has_is_answered_in_graphs_form(now: datetime, client: Connect) -> None:
    estate = load("northwind-azure").estate
    with serve(estate, now) as server:
        asking = client(server)
        for route in ROUTES:
            if "{id}" in route.path:
                continue
            ask = "?$filter=scopeId eq '/' and groupId eq null" if route.filtered else ""
            status, answer = asking.graph(f"/beta/{route.path}{ask}")
            assert status == 200, (route.path, answer)
        assert server.breaches == []
