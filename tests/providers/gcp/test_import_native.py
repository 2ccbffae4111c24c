"""Exports of `gcloud`, in all shapes that it writes them in, into a snapshot that the analysis reads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.records import Records
from nhi_scan.providers.gcp.import_native import import_native
from nhi_scan.providers.gcp.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CRM = "//cloudresourcemanager.googleapis.com/"
IAM = "//iam.googleapis.com/"
LINE = ["projects/100", "folders/10", "organizations/1"]
EMAIL = "app@my-app.iam.gserviceaccount.com"

PROJECT = {
    "name": f"{CRM}projects/100",
    "asset_type": "cloudresourcemanager.googleapis.com/Project",
    "resource": {"version": "v1", "data": {"projectId": "my-app", "projectNumber": "100", "name": "My app"}},
    "ancestors": LINE,
    "update_time": "2026-01-01T00:00:00Z",
}
ORGANIZATION = {
    "name": f"{CRM}organizations/1",
    "asset_type": "cloudresourcemanager.googleapis.com/Organization",
    "resource": {"data": {"name": "organizations/1", "displayName": "example.com"}},
    "ancestors": ["organizations/1"],
}
ACCOUNT = {
    "name": f"{IAM}projects/my-app/serviceAccounts/7",
    "asset_type": "iam.googleapis.com/ServiceAccount",
    "resource": {"data": {"email": EMAIL, "uniqueId": "7"}},
    "ancestors": LINE,
}
KEY = {
    "name": f"{IAM}projects/my-app/serviceAccounts/7/keys/abc",
    "asset_type": "iam.googleapis.com/ServiceAccountKey",
    "resource": {"data": {"keyType": "USER_MANAGED", "validAfterTime": "2025-01-01T00:00:00Z"}},
    "ancestors": LINE,
}
POLICY = {
    "name": f"{IAM}projects/my-app/serviceAccounts/7",
    "asset_type": "iam.googleapis.com/ServiceAccount",
    "iam_policy": {"bindings": [{"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"]}]},
    "ancestors": LINE,
}
USER_ROLE = {"name": "roles/iam.serviceAccountUser", "includedPermissions": ["iam.serviceAccounts.actAs"]}


class Export:
    """A folder of files on its way into a snapshot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "export"
        self.folder.mkdir()
        self.said: list[str] = []

    def add(self, name: str, content: Any, *, lines: bool = False) -> "Export":
        text = "\n".join(map(json.dumps, content)) if lines else json.dumps(content, indent=1)
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def raw(self, name: str, content: bytes) -> "Export":
        (self.folder / name).write_bytes(content)
        return self

    def snapshot(self, scope: str = "") -> Snapshot:
        writer = SnapshotWriter.create(self.folder.parent / "out", datetime(2026, 6, 1, tzinfo=UTC), "test")
        import_native([(scope, self.folder)], writer, self.said.append)
        return writer.finish()

    def records(self, scope: str = "") -> Records:
        return normalise(self.snapshot(scope))

    def rows(self, scope: str = "") -> dict[tuple[str, str], Coverage]:
        return {(row.scope_id, row.record_kind): row for row in self.snapshot(scope).manifest.coverage}


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def test_an_export_of_an_organization(export: Export) -> None:
    export.add("resource", [ORGANIZATION, PROJECT, ACCOUNT, KEY], lines=True)
    export.add("policies.json", [POLICY], lines=True).add("roles.json", {"roles": [USER_ROLE]})
    records = export.records()
    assert [one.id for one in records.scopes] == ["folders/10", "organizations/1", "projects/my-app"]
    assert all(one.collected for one in records.scopes)
    assert [one.id for one in records.credentials] == [f"projects/my-app/serviceAccounts/{EMAIL}/keys/abc"]
    assert [(one.scope_id, one.policy_id) for one in records.bindings] == [
        (f"serviceAccount:{EMAIL}", "roles/iam.serviceAccountUser")
    ]
    rows = {(row.scope_id, row.record_kind): row for row in records.coverage}
    for kind in ("asset-iam-service-account", "asset-iam-policies", "iam-predefined-roles"):
        assert rows["organizations/1", kind].status is CoverageStatus.COMPLETE, kind
    assert rows["organizations/1", "iam-deny-policies"].status is CoverageStatus.FAILED
    assert rows["organizations/1", "policyanalyzer-key-activities"].status is CoverageStatus.SKIPPED
    assert not export.said


def test_the_same_from_arrays(export: Export) -> None:
    searched = {
        "assetType": "iam.googleapis.com/ServiceAccount",
        "resource": POLICY["name"],
        "project": "projects/100",
        "folders": ["folders/10"],
        "organization": "organizations/1",
        "policy": POLICY["iam_policy"],
    }
    camel = [{("assetType" if key == "asset_type" else key): word for key, word in ACCOUNT.items()}]
    export.add("anything.json", camel).add("search.json", [searched]).add("role.json", USER_ROLE)
    records = export.records()
    assert [one.scope_id for one in records.bindings] == [f"serviceAccount:{EMAIL}"]
    assert [one.id for one in records.policies] == ["roles/iam.serviceAccountUser"]


def test_the_policy_of_an_account_whose_address_names_no_project(export: Export) -> None:
    email = "100-compute@developer.gserviceaccount.com"
    export.add("a.json", [{"name": f"projects/my-app/serviceAccounts/{email}", "email": email, "projectId": "my-app"}])
    export.add(f"iam-policy-serviceAccount-{email}.json", POLICY["iam_policy"])
    records = export.records()
    assert [one.scope_id for one in records.bindings] == [f"serviceAccount:{email}"]
    assert {row.scope_id for row in records.coverage} == {"projects/my-app"}


def test_lists_of_one_project(export: Export) -> None:
    account = f"projects/my-app/serviceAccounts/{EMAIL}"
    export.add("a.json", [{"name": account, "email": EMAIL, "uniqueId": "7", "projectId": "my-app"}])
    export.add("b.json", [{"name": f"{account}/keys/abc", "keyType": "USER_MANAGED"}])
    export.add("c.json", [{"projectId": "my-app", "projectNumber": "100", "parent": {"type": "folder", "id": "10"}}])
    export.add(
        "iam-policy-projects-my-app.json",
        {"bindings": [{"role": "roles/owner", "members": ["user:a@b.c"]}], "etag": "x", "version": 1},
    )
    records = export.records()
    assert [(one.scope_id, one.policy_id) for one in records.bindings] == [("projects/my-app", "roles/owner")]
    assert [one.identity_id for one in records.credentials] == [f"serviceAccount:{EMAIL}"]
    row = next(row for row in records.coverage if row.record_kind == "iam-predefined-roles")
    assert row.status is CoverageStatus.FAILED
    assert "`roles/owner`" in row.detail
    assert "roles?view=FULL" in row.detail


def test_lists_that_do_not_say_what_is_above(export: Export) -> None:
    account = {"name": f"projects/my-app/serviceAccounts/{EMAIL}", "email": EMAIL}
    rows = export.add("a.json", [account]).add("roles.json", {"roles": [USER_ROLE]}).rows()
    assert {scope for scope, _ in rows} == {"projects/my-app"}
    assert rows["projects/my-app", "iam-service-accounts"].status is CoverageStatus.COMPLETE
    assert rows["projects/my-app", "asset-iam-policies"].status is CoverageStatus.FAILED


def test_two_organizations(export: Export, tmp_path: Path) -> None:
    other = tmp_path / "second"
    other.mkdir()
    (other / "pools.json").write_text(json.dumps([{"name": "locations/global/workforcePools/p"}]), encoding="utf-8")
    export.add("a", [ACCOUNT], lines=True)
    writer = _writer(tmp_path / "both")
    import_native([("organizations/1", export.folder), ("organizations/2", other)], writer, lambda _: None)
    snapshot = writer.finish()
    assert snapshot.count("gcp", "organizations-2", "iam-workforce-pools") == 1
    assert snapshot.count("gcp", "organizations-1", "asset-iam-service-account") == 1
    lacking = {row.scope_id for row in snapshot.manifest.coverage if row.record_kind == "asset-iam-service-account-key"}
    assert lacking == {"organizations/1", "organizations/2"}
    lacking = {
        row.scope_id for row in snapshot.manifest.coverage if row.detail and row.record_kind == "iam-workforce-pools"
    }
    assert lacking == {"organizations/1"}


def test_projects_whose_folders_have_one_name(export: Export) -> None:
    accounts = [
        {"name": f"projects/{project}/serviceAccounts/a@x{at}.y", "email": f"a@x{at}.y"}
        for at, project in enumerate(("example.com:app", "example.com-app"))
    ]
    records = export.add("a.json", accounts).records()
    assert [one.scope_id for one in records.identities] == ["projects/example.com:app", "projects/example.com-app"]


def test_a_policy_of_a_service_account(export: Export) -> None:
    policy = {"bindings": [{"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"]}]}
    export.add("a.json", [{"name": f"projects/my-app/serviceAccounts/{EMAIL}", "email": EMAIL}])
    records = export.add(f"iam-policy-serviceAccount-{EMAIL}.json", policy).records()
    assert [one.scope_id for one in records.bindings] == [f"serviceAccount:{EMAIL}"]


@pytest.mark.parametrize("whole", [True, False])
def test_groups_whose_members_were_not_exported(export: Export, whole: bool) -> None:
    groups = [{"name": f"groups/{name}", "groupKey": {"id": f"{name}@x.y"}} for name in "ab"]
    members = [
        {"name": f"groups/{name}/memberships/m", "preferredMemberKey": {"id": "u@x.y"}, "type": "USER"}
        for name in ("ab" if whole else "a")
    ]
    records = export.add("g.json", groups).add("m.json", members).records()
    assert {one.id: one.complete for one in records.groups} == {"group:a@x.y": whole, "group:b@x.y": whole}


def test_an_export_of_a_folder_says_nothing_of_the_rest(export: Export) -> None:
    beside = {**ACCOUNT, "ancestors": ["projects/200", "folders/10", "organizations/1"], "name": f"{IAM}projects/p/x/9"}
    rows = export.add("a", [ACCOUNT, beside], lines=True).rows()
    assert ("folders/10", "asset-iam-service-account") in rows
    assert not [scope for scope, _ in rows if scope == "organizations/1"]


def test_a_scope_that_the_user_names(export: Export) -> None:
    rows = export.add("a", [ACCOUNT], lines=True).rows("organizations/1")
    assert {scope for scope, _ in rows} == {"organizations/1"}


def test_organization_policies_of_version_1(export: Export) -> None:
    asset = {
        "name": f"{CRM}projects/100",
        "asset_type": "cloudresourcemanager.googleapis.com/Project",
        "org_policy": [
            {"constraint": "constraints/iam.disableServiceAccountKeyCreation", "boolean_policy": {"enforced": True}},
            {"constraint": "constraints/iam.allowedPolicyMemberDomains", "list_policy": {"all_values": "ALLOW"}},
        ],
        "ancestors": LINE,
    }
    records = export.add("a", [PROJECT, asset], lines=True).records()
    project = next(one for one in records.scopes if one.id == "projects/my-app")
    assert project.constraints == (
        ("iam.allowedPolicyMemberDomains", "not_enforced"),
        ("iam.disableServiceAccountKeyCreation", "enforced"),
    )


def test_roles_without_permissions_are_not_taken_for_empty_ones(export: Export) -> None:
    export.add("a", [POLICY], lines=True).add("roles.json", [{"name": "roles/viewer", "title": "Viewer"}])
    row = export.rows()["projects/100", "iam-predefined-roles"]
    assert row.status is CoverageStatus.FAILED
    assert "roles without their permissions: 1" in row.detail


def test_a_page_that_another_follows(export: Export) -> None:
    export.add("a.json", {"assets": [{**ACCOUNT, "assetType": ACCOUNT["asset_type"]}], "nextPageToken": "x"})
    row = export.rows()["projects/100", "asset-iam-service-account"]
    assert (row.status, row.detail) == (CoverageStatus.PARTIAL, "another page follows the one in `a.json`")


def test_types_that_nobody_reads(export: Export) -> None:
    disk = {**ACCOUNT, "asset_type": "compute.googleapis.com/Disk"}
    rows = export.add("a", [ACCOUNT, disk], lines=True).rows()
    assert rows["projects/100", "asset-dataflow-job"].status is CoverageStatus.COMPLETE
    assert ("projects/100", "iam-workload-identity-pools") not in rows
    assert export.said == [
        "assets of types that the analysis does not read are left out: 1, the first `compute.googleapis.com/Disk`"
    ]


def test_values_that_may_be_secrets_are_dropped(export: Export, tmp_path: Path) -> None:
    service = {
        "name": "//run.googleapis.com/projects/my-app/locations/l/services/s",
        "asset_type": "run.googleapis.com/Service",
        "resource": {"data": {"template": {"containers": [{"env": [{"name": "TOKEN", "value": "hunter2"}]}]}}},
        "ancestors": LINE,
    }
    snapshot = export.add("a", [service], lines=True).snapshot()
    (line,) = snapshot.records("gcp", "projects-100", "asset-run-service")
    assert b"hunter2" not in line.record
    assert b"TOKEN" in line.record


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.json", b'{"assetType": "a/B"}\n{"assetType"', "line 2, column 13: the file ends in the middle of a value"),
        ("x.json", b'[{"name": "a"}, ]', "line 1, column 17: JSON is malformed"),
        ("x.json", b"[1]", "line 1, column 1: this is no record: expected an object"),
        ("x.json", b'{"hello": 1}', "line 1, column 1: this is no record that is known"),
        ("x.json", b'{"bindings": []}', "line 1, column 1: an allow policy that does not say of what"),
        ("x.json", b"\xff{}", "it is not UTF-8 text"),
    ],
)
def test_what_cannot_be_read(export: Export, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(UserError) as told:
        export.raw(name, content).snapshot()
    assert sentence in str(told.value)
    assert f"{name}`" in str(told.value)


@pytest.mark.parametrize("scope", ["123", "organizations/x", "projects/", "projects/a/b"])
def test_what_is_no_scope(export: Export, scope: str) -> None:
    with pytest.raises(UserError, match="is not a scope"):
        export.add("a", [ACCOUNT], lines=True).snapshot(scope)


def test_empty_and_foreign_files_are_named(export: Export) -> None:
    export.add("a", [ACCOUNT], lines=True).raw("b.json", b" \n").raw("notes.txt", b"hello").snapshot()
    assert [said.rpartition("` ")[2] for said in export.said] == [
        "is empty, as after a command that failed",
        "is no JSON: not imported",
    ]


def test_nothing_to_import(tmp_path: Path, export: Export) -> None:
    with pytest.raises(UserError, match="has no files"):
        export.snapshot()
    export.raw("b.json", b" ")
    with pytest.raises(UserError, match="nothing in the import"):
        import_native([("", export.folder)], _writer(tmp_path / "other"), lambda _: None)
    with pytest.raises(UserError, match="is not a folder"):
        import_native([("", tmp_path / "none")], _writer(tmp_path / "third"), lambda _: None)


def _writer(folder: Path) -> SnapshotWriter:
    return SnapshotWriter.create(folder, datetime(2026, 6, 1, tzinfo=UTC), "test")


@pytest.mark.parametrize(
    ("record", "kind", "scope"),
    [
        ({"name": "policies/x/denypolicies/d", "rules": []}, "iam-deny-policies", "organizations/unknown"),
        (
            {"name": "projects/1/locations/global/workloadIdentityPools/ci", "state": "ACTIVE"},
            "iam-workload-identity-pools",
            "projects/1",
        ),
        (
            {"name": "projects/1/locations/global/workloadIdentityPools/ci/providers/gh", "oidc": {}},
            "iam-workload-identity-pool-providers",
            "projects/1",
        ),
        (
            {"name": "locations/global/workforcePools/p/providers/okta", "saml": {}},
            "iam-workforce-pool-providers",
            "organizations/unknown",
        ),
        (
            {
                "activityType": "serviceAccountLastAuthentication",
                "fullResourceName": f"{IAM}projects/p/serviceAccounts/e",
            },
            "policyanalyzer-service-account-activities",
            "projects/p",
        ),
        ({"name": "groups/a/memberships/b", "type": "USER"}, "cloudidentity-memberships", "organizations/unknown"),
        ({"name": "groups/a", "groupKey": {"id": "g@x.y"}}, "cloudidentity-groups", "organizations/unknown"),
        ({"name": "projects/p/policies/iam.x", "spec": {}}, "orgpolicy-policies", "projects/p"),
        ({"name": "folders/10", "parent": "organizations/1", "displayName": "f"}, "crm-folders", "folders/10"),
        ({"name": "organizations/1/roles/r", "includedPermissions": ["a.b.c"]}, "iam-custom-roles", "organizations/1"),
        ({"accessId": "GOOG1", "serviceAccountEmail": "a@b", "projectId": "p"}, "storage-hmac-keys", "projects/p"),
        (
            {"name": "projects/1/locations/global/keys/k", "restrictions": {}, "keyString": "s3cret"},
            "apikeys-keys",
            "projects/1",
        ),
    ],
)
def test_every_kind_is_known_by_what_it_holds(export: Export, record: Any, kind: str, scope: str) -> None:
    snapshot = export.add("x.json", [record]).snapshot()
    folder = scope.replace("/", "-")
    (line,) = snapshot.records("gcp", folder, kind)
    assert line.value() == {key: word for key, word in record.items() if key != "keyString"}
