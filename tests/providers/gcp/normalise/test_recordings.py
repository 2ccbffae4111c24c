"""Answers that Google really gave, where a folder of recordings lies beside the repository."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records

RECORDINGS = Path(__file__).parents[5] / "shared" / "data" / "gcp" / "recordings"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings beside the repository")

Read = Callable[..., Records]


def bodies(folder: str, name: str) -> Iterator[tuple[str, Any]]:
    """The middle of each matching file's name, and the answer in it."""
    start, _, end = name.partition("*")
    for path in sorted((RECORDINGS / folder).glob(name)):
        yield path.name[len(start) : len(path.name) - len(end)], json.loads(path.read_text(encoding="utf-8"))["body"]


def body(folder: str, name: str) -> Any:
    ((_, found),) = bodies(folder, name)
    return found


def test_service_accounts_their_keys_and_their_policies(read: Read) -> None:
    multi = "iam-service-account-iam-policy-multi"
    accounts = body(multi, "get-v1-projects-cloud-custodian-serviceAccounts_1.json")["accounts"]
    policies = [
        {"of": {"name": f"projects/c7n-policy-dev/serviceAccounts/{email}"}, "record": policy}
        for email, policy in bodies(multi, "post-v1-projects-cloud-custodian-serviceAccounts-*-getIamPolicy_1.json")
    ]
    keys = body("iam-service-account-key-query", "*-keys_1.json")["keys"]
    records = read(
        {"iam-service-accounts": accounts, "iam-service-account-policies": policies, "iam-service-account-keys": keys},
        scope="projects/c7n-policy-dev",
    )
    named = [one for one in records.identities if one.kind == "service_account" and one.unique_id]
    assert {one.id.removeprefix("serviceAccount:") for one in named} == {one["email"] for one in accounts}
    assert {one.unique_id for one in named} == {one["uniqueId"] for one in accounts}
    assert len(records.bindings) == sum(len(b["members"]) for p in policies for b in p["record"]["bindings"])
    assert {one.scope_id for one in records.bindings} <= {one.id for one in named}
    assert [(one.name, one.expires_at) for one in records.credentials] == [("2", None)]  # the other is Google's own
    assert not [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]


def test_the_hierarchy(read: Read) -> None:
    folders = [found for _, found in bodies("project-hierarchy", "get-v2-folders-*_1.json")]
    projects = body("project-hierarchy", "get-v1-projects_1.json")["projects"]
    inventory = build([read({"crm-folders": folders, "crm-projects": projects}, scope="organizations/11144")])
    chain = [one.id for one in inventory.scope_chain("projects/c7n-test-target")]
    assert chain == ["organizations/11144", "folders/264112811077", "folders/389734459213", "projects/c7n-test-target"]
    assert inventory.scopes["projects/c7n-test-target"].number == "413985786043"
    assert inventory.scopes["projects/hautomation"].status == "delete_requested"


def test_policies_of_organizations_folders_and_projects(read: Read) -> None:
    policies = [
        {"of": {"resource": f"{plural}/{name}"}, "record": policy}
        for plural, folder, files in (
            ("organizations", "organization-iam-policy", "post-v1-organizations-*-getIamPolicy_1.json"),
            ("folders", "folder-iam-policy", "post-v2-folders-*-getIamPolicy_1.json"),
            ("projects", "project-iam-policy", "post-v1-projects-*-getIamPolicy_1.json"),
        )
        for name, policy in bodies(folder, files)
    ]
    records = read({"crm-iam-policies": policies}, scope="organizations/111111111111")
    places = {one["of"]["resource"] for one in policies if one["record"].get("bindings")}
    assert {one.scope_id for one in records.bindings} == places
    partial = {row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL}
    assert partial == {"members of a kind that is not known: 1"}  # `abcdefg` is a member here and there
    assert {one.id for one in records.scopes} >= places


def test_buckets_and_functions(read: Read) -> None:
    buckets = body("bucket-iam-policy", "get-storage-v1-b_1.json")["items"]
    policies = [
        {"of": {"name": name}, "record": policy}
        for name, policy in bodies("bucket-iam-policy", "get-storage-v1-b-*-iam_1.json")
    ]
    functions = body("function-filter-iam", "get-v1-projects-cloud-custodian-locations---functions_1.json")["functions"]
    records = read(
        {
            "storage-buckets": buckets,
            "storage-bucket-policies": policies,
            "asset-cloudfunctions-cloud-function": [
                {"name": f"//cloudfunctions.googleapis.com/{one['name']}", "resource": {"data": one}}
                for one in functions
            ],
        },
        scope="projects/cloud-custodian",
    )
    assert {one.name for one in records.resources} == {one["name"] for one in buckets}
    assert {one.scope_id for one in records.bindings} <= {one.id for one in records.resources}
    assert {one.runs_as for one in records.workloads} == {
        ("serviceAccount:gcp-lab-custodian@appspot.gserviceaccount.com",)
    }
    assert not [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]


def test_a_custom_role_and_an_api_key(read: Read) -> None:
    role = body("iam-project-role", "*.json")
    keys = body("api-key-list", "*.json")["keys"]
    records = read({"iam-custom-roles": [role], "apikeys-keys": keys}, scope="projects/cloud-custodian")
    assert [(one.id, one.statements[0].actions) for one in records.policies] == [
        ("projects/cloud-custodian/roles/CustomRole1", ("accessapproval.requests.get",))
    ]
    assert [dict(one.attributes)["application"] for one in records.credentials] == ["browser"]
