"""How the server treats its caller: who may what, and what goes wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import requests

from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import EVERYTHING, FOREVER, Conduct, Fault
from nhi_scan.demo.azure.server import serve

SHOP, LAB = "50b00000-0000-4000-8000-000000000001", "50b00000-0000-4000-8000-000000000002"
READ_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/read"
ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
TABLE = (
    "AuthorizationResources | where type =~ 'microsoft.authorization/roleassignments'"
    " | project name | order by name asc"
)

Connect = Callable[[Any], Any]


# -- who may ----------------------------------------------------------------------------------------------------------


def test_an_application_sees_what_its_permissions_at_graph_allow(small: Estate, now: datetime, client: Connect) -> None:
    with serve(small, now, Conduct(graph=frozenset({"Application.Read.All"}))) as server:
        asking = client(server)
        assert asking.graph("applications")[0] == 200
        status, body = asking.graph("roleManagement/directory/roleAssignments")
        assert (status, body["error"]["code"]) == (403, "Authorization_RequestDenied")
        parts = [{"id": "1", "method": "GET", "url": "/users"}, {"id": "2", "method": "GET", "url": "/applications"}]
        answers = asking.graph("$batch", {"requests": parts})[1]["responses"]
        assert {one["id"]: one["status"] for one in answers} == {"1": 403, "2": 200}


def test_a_caller_sees_below_where_it_has_an_action(small: Estate, now: datetime, client: Connect) -> None:
    given = {"/providers/microsoft.management/managementgroups/prod": frozenset({"*/read"})}
    with serve(small, now, Conduct(arm=given)) as server:
        asking = client(server)
        assert [one["displayName"] for one in asking.arm("/subscriptions")[1]["value"]] == ["shop"]
        assert asking.arm(f"/subscriptions/{SHOP}{ASSIGNMENTS}")[0] == 200
        status, body = asking.arm(f"/subscriptions/{LAB}{ASSIGNMENTS}")
        assert (status, body["error"]["code"]) == (403, "AuthorizationFailed")
        assert f"action '{READ_ASSIGNMENTS}' over scope '/subscriptions/{LAB}'" in body["error"]["message"]
        assert [row["name"][-2:] for row in asking.query(TABLE)] == ["80", "81", "83"]
        assert [row["name"] for row in asking.query("Resources | project name")] == ["id-web", "vm"]
        assert len(asking.query("ResourceContainers")) == 3


def test_resource_graph_leaves_out_what_the_caller_cannot_read_and_refuses_nobody(
    small: Estate, now: datetime, client: Connect
) -> None:
    given = {f"/subscriptions/{SHOP}/resourcegroups/rg-web": frozenset({"Microsoft.Compute/*/read"})}
    with serve(small, now, Conduct(arm=given)) as server:
        asking = client(server)
        assert [row["name"] for row in asking.query("Resources")] == ["vm"]
        assert asking.query(TABLE) == []
        assert asking.query("ResourceContainers") == []


def test_what_the_estate_gives_the_scanner_is_what_it_has(small: Estate, now: datetime, client: Connect) -> None:
    with serve(small, now, Conduct(as_assigned=True)) as server:
        asking = client(server)
        assert asking.graph("applications")[0] == 200
        assert asking.graph("groups")[0] == 403
        assert asking.arm(f"/subscriptions/{SHOP}{ASSIGNMENTS}")[0] == 200
        assert asking.arm(f"/subscriptions/{LAB}{ASSIGNMENTS}")[0] == 403


def test_operations_of_providers_have_no_scope(small: Estate, now: datetime, client: Connect) -> None:
    path = "/providers/Microsoft.Authorization/providerOperations"
    for actions, status in ((EVERYTHING, 200), (frozenset({"Microsoft.Compute/*"}), 403)):
        with serve(small, now, Conduct(arm={f"/subscriptions/{LAB}": actions})) as server:
            assert client(server).arm(path)[0] == status


def test_without_the_licence_its_parts_are_refused_in_microsofts_words(
    small: Estate, now: datetime, client: Connect
) -> None:
    with serve(small, now, Conduct(premium=False)) as server:
        asking = client(server)
        status, body = asking.graph("roleManagement/directory/roleEligibilityScheduleInstances")
        assert (status, body["error"]["code"]) == (400, "AadPremiumLicenseRequired")
        status, body = asking.graph("identityProtection/riskyServicePrincipals")
        assert status == 403
        assert body["error"]["code"] == "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        assert asking.graph("applications")[0] == 200


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_one_request_too_many_is_told_how_long_to_wait(small: Estate, now: datetime, client: Connect) -> None:
    conduct = Conduct(quotas={"graph.users": 1, "arm.subscriptions": 1}, retry_after="1.5")
    with serve(small, now, conduct) as server:
        asking = client(server)
        for path, token in (
            ("/v1.0/users", asking.graph_token),
            ("/subscriptions?api-version=2022-12-01", asking.arm_token),
        ):
            answers = [asking.ask("GET", path, token) for _ in range(3)]
            assert [one.status_code for one in answers] == [200, 429, 200]
            assert answers[1].headers["Retry-After"] == "1.5"
            assert answers[1].json()["error"]["code"] == "TooManyRequests"
        assert server.requests["graph.users"] == 3


def test_graph_says_when_the_limit_is_near(small: Estate, now: datetime, client: Connect) -> None:
    with serve(small, now, Conduct(used="0.9")) as server:
        asking = client(server)
        answer = asking.ask("GET", "/v1.0/users", asking.graph_token)
        assert answer.headers["x-ms-throttle-limit-percentage"] == "0.9"


def test_a_part_of_a_batch_is_throttled_by_itself(small: Estate, now: datetime, client: Connect) -> None:
    fault = Fault(family="graph.groups.members", kind="429", path="0040", times=FOREVER)
    with serve(small, now, Conduct(faults=(fault,), retry_after="0.5")) as server:
        ids = ["00000000-aaaa-4000-8000-000000000004", "00000000-aaaa-4000-8000-000000000040"]
        parts = [{"id": id_, "method": "GET", "url": f"/groups/{id_}/members"} for id_ in ids]
        answers = {one["id"]: one for one in client(server).graph("$batch", {"requests": parts})[1]["responses"]}
        assert [answers[id_]["status"] for id_ in ids] == [200, 429]
        assert answers[ids[1]]["headers"]["Retry-After"] == "0.5"
        assert (server.requests["graph.batch"], server.parts["graph.groups.members"]) == (1, 2)


@pytest.mark.parametrize(("kind", "status"), [("401", 401), ("403", 403), ("404", 404), ("500", 500), ("503", 503)])
def test_a_fault_befalls_so_many_requests_after_so_many(
    small: Estate, now: datetime, client: Connect, kind: str, status: int
) -> None:
    faults = tuple(Fault(family=family, kind=kind, after=1) for family in ("graph.users", "arm.tenants"))
    with serve(small, now, Conduct(faults=faults)) as server:
        asking = client(server)
        assert [asking.graph("users")[0] for _ in range(3)] == [200, status, 200]
        assert [asking.arm("/tenants")[0] for _ in range(3)] == [200, status, 200]
        assert server.breaches == []


def test_an_answer_may_be_cut_off_or_never_come(small: Estate, now: datetime, client: Connect) -> None:
    faults = (Fault(family="graph.users", kind="truncated"), Fault(family="graph.groups", kind="closed"))
    with serve(small, now, Conduct(faults=faults)) as server:
        asking = client(server)
        with pytest.raises(requests.exceptions.JSONDecodeError):
            asking.graph("users")
        with pytest.raises(requests.exceptions.ConnectionError):
            asking.graph("groups")
        assert asking.graph("users")[0] == asking.graph("groups")[0] == 200


def test_a_list_may_lead_back_to_itself(small: Estate, now: datetime, client: Connect) -> None:
    faults = tuple(
        Fault(family=family, kind="repeated_link", times=FOREVER) for family in ("graph.users", "arm.subscriptions")
    )
    with serve(small, now, Conduct(faults=faults)) as server:
        asking = client(server)
        first = asking.graph("users?$top=5")[1]
        assert asking.graph(first["@odata.nextLink"])[1] == first
        first = asking.arm("/subscriptions")[1]
        assert asking.arm(first["nextLink"])[1] == first


def test_strings_may_turn_out_to_be_numbers(small: Estate, now: datetime, client: Connect) -> None:
    fault = Fault(family="graph.users", kind="odd_type")
    with serve(small, now, Conduct(faults=(fault,))) as server:
        asking = client(server)
        assert asking.graph("users")[1]["value"][0]["userPrincipalName"] == 7
        assert asking.graph("users")[1]["value"][0]["userPrincipalName"] == "ann@small.example"


@pytest.mark.parametrize("family", ["graph.users", "arm.roleAssignments"])
def test_a_field_that_nobody_has_is_a_breach(small: Estate, now: datetime, client: Connect, family: str) -> None:
    with serve(small, now, Conduct(faults=(Fault(family=family, kind="wrong_field"),))) as server:
        asking = client(server)
        answers = (asking.graph("users"), asking.arm(f"/subscriptions/{SHOP}{ASSIGNMENTS}"))
        assert sorted(status for status, _ in answers) == [200, 500]
        assert ["inventedByNobody" in sentence for sentence in server.breaches] == [True]


# -- an estate that is not Microsoft's ------------------------------------------------------------------------------


def test_an_estate_with_a_misspelt_property_is_refused(small: Estate, now: datetime, client: Connect) -> None:
    misspelt = [{"id": "x", "displayname": "x"}]
    assignment = {**small.role_assignments[0]}
    assignment["properties"] = {**assignment["properties"], "principalID": "x"}
    estate = replace(small, users=misspelt, role_assignments=[assignment])
    with serve(estate, now) as server:
        asking = client(server)
        assert asking.graph("users")[0] == 500
        assert asking.arm(f"/subscriptions/{SHOP}{ASSIGNMENTS}")[0] == 500
        assert server.breaches == [
            "graph.users: user: no property `displayname`",
            "arm.roleAssignments: RoleAssignmentListResult.value.properties: no property `principalID`",
        ]
