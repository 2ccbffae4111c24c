from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
import requests

from nhi_scan.demo.gcp import answers, discovery, iam_v3
from nhi_scan.demo.gcp.asking import HANDLERS
from nhi_scan.demo.gcp.estate import Estate, Thing
from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.demo.gcp.server import Served, serve

ASSETS = "cloudasset.googleapis.com/v1/organizations/1/assets"
LIST = "cloudasset.assets.list"
ACCOUNTS = "iam.googleapis.com/v1/projects/lab/serviceAccounts"
CRM = "cloudresourcemanager.googleapis.com/v3"

Get = Callable[..., Any]


@pytest.fixture(scope="module")
def served(small: Estate, now: datetime) -> Iterator[Served]:
    with serve(small, now) as server:
        yield server
        assert server.breaches == []


def good(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert status == 200, body
    return body


def error(answer: tuple[int, Any]) -> tuple[int, str, str]:
    status, body = answer
    return status, body["error"]["status"], body["error"]["message"]


def test_every_method_that_is_answered_is_one_that_google_documents() -> None:
    for module in iter_modules(answers.__path__):
        import_module(f"{answers.__name__}.{module.name}")
    services = {name for name in discovery._VERSIONS if any(id_.startswith(f"{name}.") for id_ in HANDLERS)}
    known = {one.id for name in services for api in discovery.apis(f"{name}.googleapis.com") for one in api.methods}
    assert len(HANDLERS) > 50
    assert HANDLERS.keys() <= known | {method.id for method in iam_v3.METHODS}


PATHS = {
    "compute.googleapis.com/compute/v1/projects/shop/aggregated/instances": "items",
    "storage.googleapis.com/storage/v1/b?project=shop": "items",
    "storage.googleapis.com/storage/v1/b/pics/iam": "bindings",
    "storage.googleapis.com/storage/v1/projects/shop/hmacKeys": "items",
    "iam.googleapis.com/v1/roles?view=FULL": "roles",
    "iam.googleapis.com/v1/projects/shop/roles": "roles",
    "iam.googleapis.com/v1/projects/shop/locations/global/workloadIdentityPools": "workloadIdentityPools",
    "iam.googleapis.com/v1/projects/shop/locations/global/workloadIdentityPools/gh/providers": (
        "workloadIdentityPoolProviders"
    ),
    "iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F77/denypolicies": "policies",
    "iam.googleapis.com/v3/organizations/1/locations/global/principalAccessBoundaryPolicies": (
        "principalAccessBoundaryPolicies"
    ),
    "iam.googleapis.com/v3/organizations/1/locations/global/policyBindings": "policyBindings",
    "iam.googleapis.com/v3/organizations/1/locations/global/principalAccessBoundaryPolicies/pab:searchPolicyBindings": (
        "policyBindings"
    ),
    "policyanalyzer.googleapis.com/v1/organizations/1/locations/global/activityTypes"
    "/serviceAccountKeyLastAuthentication/activities:query": "activities",
    "recommender.googleapis.com/v1/projects/77/locations/global/recommenders/google.iam.policy.Recommender"
    "/recommendations": "recommendations",
    "orgpolicy.googleapis.com/v2/organizations/1/policies": "policies",
    "apikeys.googleapis.com/v2/projects/shop/locations/global/keys": "keys",
    "cloudidentity.googleapis.com/v1/groups/a/memberships?view=FULL": "memberships",
    f"{CRM}/projects?parent=folders/2": "projects",
    f"{CRM}/folders:search": "folders",
    f"{CRM}/organizations:search": "organizations",
    f"{CRM}/tagBindings?parent=//cloudresourcemanager.googleapis.com/projects/77": "tagBindings",
    f"{CRM}/tagKeys?parent=organizations/1": "tagKeys",
    f"{CRM}/tagValues?parent=tagKeys/28148000000": "tagValues",
}


@pytest.mark.parametrize(("path", "field"), PATHS.items(), ids=lambda value: str(value)[:70])
def test_what_the_estate_has_is_answered_in_googles_form(served: Served, get: Get, path: str, field: str) -> None:
    assert good(get(served, path))[field]


def test_a_listing_of_assets_holds_each_type_with_its_data(served: Served, get: Get) -> None:
    body = good(get(served, ASSETS, contentType="RESOURCE", pageSize=1000))
    kinds = [asset["assetType"].rpartition("/")[2] for asset in body["assets"]]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "Bucket": 1,
        "Folder": 1,
        "Instance": 1,
        "Key": 1,
        "Organization": 1,
        "Policy": 1,
        "Project": 2,
        "Role": 2,
        "ServiceAccount": 26,
        "ServiceAccountKey": 2,
        "TagBinding": 1,
        "WorkloadIdentityPool": 1,
        "WorkloadIdentityPoolProvider": 1,
    }
    exposed = next(asset for asset in body["assets"] if asset["name"].endswith("/1001/keys/k1"))
    assert exposed["resource"]["data"]["disableReason"] == "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED"
    assert exposed["ancestors"] == ["projects/77", "folders/2", "organizations/1"]


def test_a_folder_is_swept_without_what_lies_beside_it(served: Served, get: Get) -> None:
    path = "cloudasset.googleapis.com/v1/folders/2/assets"
    body = good(get(served, path, assetTypes="iam.googleapis.com/ServiceAccount"))
    assert [asset["name"] for asset in body["assets"]] == ["//iam.googleapis.com/projects/shop/serviceAccounts/1001"]
    assert "resource" not in body["assets"][0]


def test_an_asset_type_that_the_inventory_does_not_know_is_named(small: Estate, now: datetime, get: Get) -> None:
    types = ["iam.googleapis.com/Role", "iam.googleapis.com/Wish"]
    with serve(small, now, Conduct(unlisted=frozenset(types[1:]))) as server:
        assert get(server, ASSETS, assetTypes=types[:1])[0] == 200
        assert error(get(server, ASSETS, assetTypes=types))[0] == 400
        assert "iam.googleapis.com/Wish" in error(get(server, ASSETS, assetTypes=types))[2]


def test_policies_are_found_with_the_scopes_above_them(served: Served, get: Get) -> None:
    body = good(get(served, "cloudasset.googleapis.com/v1/organizations/1:searchAllIamPolicies"))
    found = {result["resource"]: result for result in body["results"]}
    assert set(found) == {
        "//cloudresourcemanager.googleapis.com/organizations/1",
        "//cloudresourcemanager.googleapis.com/projects/77",
        "//iam.googleapis.com/projects/shop/serviceAccounts/1001",
        "//storage.googleapis.com/pics",
    }
    bucket = found["//storage.googleapis.com/pics"]
    assert (bucket["project"], bucket["folders"]) == ("projects/77", ["folders/2"])
    assert bucket["assetType"] == "storage.googleapis.com/Bucket"


def test_a_policy_of_an_old_version_has_lost_its_conditions(served: Served) -> None:
    path, versions = f"{served.endpoint}/{CRM}/projects/shop:getIamPolicy", {}
    for version in (1, 3):
        body = {"options": {"requestedPolicyVersion": version}}
        versions[version] = requests.post(path, json=body, timeout=20).json()["bindings"][1]
    assert versions[3]["condition"]["expression"].startswith("request.time <")
    assert "condition" not in versions[1]
    assert "_withcond_" in versions[1]["role"]


# -- pages ------------------------------------------------------------------------------------------------------------


def test_pages_join_to_the_whole_and_are_never_larger_than_google_allows(served: Served, get: Get) -> None:
    names, token, sizes = [], "", []
    while True:
        body = good(get(served, ACCOUNTS, pageSize=10, pageToken=token))
        sizes.append(len(body["accounts"]))
        names += [account["uniqueId"] for account in body["accounts"]]
        token = body.get("nextPageToken", "")
        if not token:
            break
    assert sizes == [10, 10, 5]
    assert names == sorted(set(names))
    assert len(good(get(served, ACCOUNTS))["accounts"]) == 20


@pytest.mark.parametrize("token", ["x", "bm90aGluZw==", "MTAvMDAwMA==", "\x00"])
def test_a_token_that_was_not_given_is_refused(served: Served, get: Get, token: str) -> None:
    assert error(get(served, ACCOUNTS, pageToken=token))[:2] == (400, "INVALID_ARGUMENT")


def test_a_token_of_another_question_is_refused(served: Served, get: Get) -> None:
    token = good(get(served, ACCOUNTS, pageSize=10))["nextPageToken"]
    other = get(served, ASSETS, pageToken=token)
    assert error(other)[:2] == (400, "INVALID_ARGUMENT")
    assert "does not belong" in error(other)[2]


# -- what Google does not have ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "status", "word"),
    [
        ("cloudasset.googleapis.com/v1/organizations/1/things", {}, 404, "was not found"),
        (ASSETS, {"pagesize": 5}, 400, 'Unknown name "pagesize"'),
        (ASSETS, {"pageSize": "many"}, 400, "`many` is no integer"),
        (ASSETS, {"pageSize": [1, 2]}, 400, "may be given once"),
        (ASSETS, {"contentType": "EVERYTHING"}, 400, "`EVERYTHING`"),
        (ASSETS, {"pageSize": -1}, 400, "negative"),
        (f"{CRM}/projects/nowhere", {}, 404, "was not found"),
        ("cloudasset.googleapis.com/v1/organizations/1/feeds", {}, 501, "is not served here"),
    ],
)
def test_a_request_that_google_would_not_take_is_refused(
    served: Served, get: Get, path: str, query: dict[str, Any], status: int, word: str
) -> None:
    answer = get(served, path, **query)
    assert answer[0] == status
    assert word in error(answer)[2]


def test_a_body_that_google_would_not_take_is_refused(served: Served) -> None:
    path = f"{served.endpoint}/{CRM}/projects/shop:getIamPolicy"
    for text in (b"{", b"[]", b'{"options": {"version": 3}}', b'{"options": {"requestedPolicyVersion": "3"}}'):
        assert requests.post(path, data=text, timeout=20).status_code == 400


def test_an_answer_that_does_not_fit_googles_schema_fails_loudly(small: Estate, now: datetime, get: Get) -> None:
    with serve(small, now, Conduct(faults=(Fault(method=LIST, kind="wrong_field"),))) as server:
        answer = get(server, ASSETS)
        assert error(answer)[:2] == (500, "INTERNAL")
        assert server.breaches == [f"{LIST}: $: there is no `inventedByNobody` in `ListAssetsResponse`"]


@pytest.mark.parametrize(
    ("schema", "data", "word"),
    [
        ("Bucket", {"nmae": "x"}, "there is no `nmae`"),
        ("Bucket", {"projectNumber": 7}, "no string"),
        ("Bukcet", {}, "no schema"),
    ],
)
def test_data_of_an_asset_that_does_not_fit_its_own_api_fails_loudly(
    now: datetime, get: Get, schema: str, data: dict[str, Any], word: str
) -> None:
    bucket = Thing(
        type="storage.googleapis.com/Bucket", name="//x", project="organizations/1", schema=schema, data=data
    )
    with serve(Estate(organization="organizations/1", things=[bucket]), now) as server:
        assert get(server, ASSETS, contentType="RESOURCE")[0] == 500
        assert word in server.breaches[0]
