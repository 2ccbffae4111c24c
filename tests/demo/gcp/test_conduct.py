"""How the server treats its caller: who may what, and what goes wrong."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from nhi_scan.demo.gcp.estate import Estate
from nhi_scan.demo.gcp.gate import EVERYTHING, Conduct, Fault
from nhi_scan.demo.gcp.server import serve

ASSETS = "cloudasset.googleapis.com/v1/organizations/1/assets"
LIST = "cloudasset.assets.list"
ACCOUNTS = "iam.googleapis.com/v1/projects/lab/serviceAccounts"
CRM = "cloudresourcemanager.googleapis.com/v3"

Get = Callable[..., Any]


def good(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert status == 200, body
    return body


def error(answer: tuple[int, Any]) -> tuple[int, str, str]:
    status, body = answer
    return status, body["error"]["status"], body["error"]["message"]


# -- who may ----------------------------------------------------------------------------------------------------------


def test_a_caller_without_a_permission_is_told_which(small: Estate, now: datetime, get: Get) -> None:
    conduct = Conduct(
        permissions={"projects/shop": EVERYTHING, "organizations/1": frozenset({"iam.serviceAccounts.list"})}
    )
    with serve(small, now, conduct) as server:
        status, body = get(server, ASSETS, contentType="RESOURCE")
        assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")
        assert body["error"]["details"] == [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
                "metadata": {"permission": "cloudasset.assets.listResource", "resource": "organizations/1"},
            }
        ]
        assert get(server, ACCOUNTS)[0] == 200  # what is given above holds below
        assert get(server, "cloudasset.googleapis.com/v1/projects/shop/assets", contentType="RESOURCE")[0] == 200
        assert get(server, "storage.googleapis.com/storage/v1/b", project="lab")[0] == 403
        assert good(get(server, f"{CRM}/organizations:search")) == {}
        found = good(get(server, f"{CRM}/projects:search"))
        assert [project["projectId"] for project in found["projects"]] == ["shop"]


def test_a_stranger_does_not_learn_what_exists(small: Estate, now: datetime, get: Get) -> None:
    with serve(small, now, Conduct(permissions={})) as server:
        assert [get(server, f"{CRM}/projects/{name}")[0] for name in ("shop", "nowhere")] == [403, 403]


def test_an_api_that_is_not_enabled_says_so(small: Estate, now: datetime, get: Get) -> None:
    with serve(small, now) as server:
        status, body = get(server, "compute.googleapis.com/compute/v1/projects/lab/aggregated/instances")
    assert status == 403
    assert body["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    assert body["error"]["details"][0]["metadata"]["consumer"] == "projects/78"
    with serve(small, now, Conduct(disabled=frozenset({"cloudasset.googleapis.com"}))) as server:
        assert "has not been used in project" in error(get(server, ASSETS))[2]


def test_groups_are_no_matter_of_iam(small: Estate, now: datetime, get: Get) -> None:
    group, transitive = "cloudidentity.googleapis.com/v1/groups/a/memberships", ":searchTransitiveMemberships"
    with serve(small, now, Conduct(transitive=True)) as server:
        members = good(get(server, group + transitive))["memberships"]
        assert {one["preferredMemberKey"][0]["id"]: one["relationType"] for one in members} == {
            "a@example.com": "DIRECT",
            "inner@example.com": "DIRECT",
            "admins@example.com": "INDIRECT",
            "web@shop.iam.gserviceaccount.com": "INDIRECT",
        }
    with serve(small, now) as server:
        assert get(server, group + transitive)[0] == 403
        assert [one["preferredMemberKey"]["id"] for one in good(get(server, group))["memberships"]] == [
            "a@example.com",
            "inner@example.com",
        ]
    with serve(small, now, Conduct(groups=False)) as server:
        assert [get(server, path)[0] for path in (group, "cloudidentity.googleapis.com/v1/groups/a")] == [403, 403]


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_one_call_too_many_is_told_how_long_to_wait(small: Estate, now: datetime, get: Get) -> None:
    with serve(small, now, Conduct(quotas={LIST: 2}, retry_delay=0.25)) as server:
        answers_ = [get(server, ASSETS) for _ in range(4)]
        assert [status for status, _ in answers_] == [200, 200, 429, 200]
        details = answers_[2][1]["error"]["details"]
        assert details[1] == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.250s"}
        assert server.requests[LIST] == 4


def test_faults_befall_the_calls_that_they_are_meant_for(small: Estate, now: datetime, get: Get) -> None:
    fault = Fault(method=LIST, kind="UNAVAILABLE", after=1, times=2)
    with serve(small, now, Conduct(faults=(fault,))) as server:
        assert [get(server, ASSETS)[0] for _ in range(4)] == [200, 503, 503, 200]
        assert get(server, ACCOUNTS)[0] == 200


def test_a_page_can_be_cut_off_or_come_again_for_ever(small: Estate, now: datetime, get: Get) -> None:
    cut = Conduct(faults=(Fault(method=LIST, kind="truncated"),))
    with serve(small, now, cut) as server, pytest.raises(requests.JSONDecodeError):
        get(server, ASSETS)
    again = Fault(method="iam.projects.serviceAccounts.list", kind="repeated_token", times=9)
    with serve(small, now, Conduct(faults=(again,))) as server:
        assert good(get(server, ACCOUNTS, pageSize=100))["nextPageToken"] == "again"


def test_a_connection_can_be_closed(small: Estate, now: datetime, get: Get) -> None:
    with serve(small, now, Conduct(faults=(Fault(method=LIST, kind="closed"),))) as server:
        with pytest.raises(requests.ConnectionError):
            get(server, ASSETS)
        assert get(server, ASSETS)[0] == 200


def test_a_project_can_go_between_two_calls(small: Estate, now: datetime, get: Get) -> None:
    fault = Fault(method="iam.projects.serviceAccounts.list", kind="gone", project="projects/lab")
    with serve(small, now, Conduct(faults=(fault,))) as server:
        assert len(good(get(server, f"{CRM}/projects:search"))["projects"]) == 2
        assert get(server, ACCOUNTS)[0] == 404
        assert len(good(get(server, f"{CRM}/projects:search"))["projects"]) == 1
