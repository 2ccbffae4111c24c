"""Scopes, service accounts, roles and allow policies: the joins that everything else stands on."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.policy import Condition
from nhi_scan.model.records import Records

Read = Callable[..., Records]
Asset = Callable[..., dict[str, Any]]

CRM = "//cloudresourcemanager.googleapis.com/"
IAM = "//iam.googleapis.com/"
APP = "app@my-app.iam.gserviceaccount.com"


@pytest.fixture
def estate(asset: Asset) -> dict[str, list[Any]]:
    """An organization, a folder, a project and a service account."""
    return {
        "asset-cloudresourcemanager-organization": [
            asset(
                f"{CRM}organizations/1",
                {"name": "organizations/1", "displayName": "example.com", "lifecycleState": "ACTIVE"},
                project="",
                above=("organizations/1",),
            )
        ],
        "asset-cloudresourcemanager-folder": [
            asset(
                f"{CRM}folders/10",
                {"name": "folders/10", "displayName": "Prod", "parent": "organizations/1", "state": "ACTIVE"},
                project="",
            )
        ],
        "asset-cloudresourcemanager-project": [
            asset(
                f"{CRM}projects/my-app",
                {
                    "projectId": "my-app",
                    "projectNumber": "100",
                    "name": "My app",
                    "lifecycleState": "ACTIVE",
                    "labels": {"team": "payments"},
                    "parent": {"type": "folder", "id": "10"},
                },
            )
        ],
        "asset-iam-service-account": [
            asset(
                f"{IAM}projects/my-app/serviceAccounts/1234567",
                {
                    "name": f"projects/my-app/serviceAccounts/{APP}",
                    "email": APP,
                    "uniqueId": "1234567",
                    "projectId": "my-app",
                    "displayName": "App",
                },
            )
        ],
        "iam-predefined-roles": [
            {"name": "roles/viewer", "title": "Viewer", "includedPermissions": ["b.c.get", "a.b.get"]},
            {
                "name": "roles/iam.serviceAccountTokenCreator",
                "title": "Service Account Token Creator",
                "includedPermissions": ["iam.serviceAccounts.getAccessToken"],
            },
        ],
    }


def policy(resource: str, *bindings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resource": resource,
        "project": "projects/100",
        "folders": ["folders/10"],
        "organization": "organizations/1",
        "policy": {"bindings": list(bindings)},
        **more,
    }


def test_scopes(read: Read, estate: dict[str, list[Any]]) -> None:
    found = {one.id: one for one in read(estate).scopes}
    assert list(found) == ["folders/10", "organizations/1", "projects/my-app"]
    assert [(one.kind, one.parent_id, one.name) for one in found.values()] == [
        ("folder", "organizations/1", "Prod"),
        ("organization", "", "example.com"),
        ("project", "folders/10", "My app"),
    ]
    project = found["projects/my-app"]
    assert (project.number, project.status, project.collected) == ("100", "active", True)
    assert project.tags == (("team", "payments"),)


def test_projects_by_version_3_and_without_a_record(read: Read, asset: Asset) -> None:
    found = {
        one.id: one
        for one in read(
            {
                "crm-projects": [
                    {
                        "name": "projects/200",
                        "projectId": "other",
                        "parent": "folders/10",
                        "state": "DELETE_REQUESTED",
                        "displayName": "Other",
                    }
                ],
                "asset-iam-service-account": [
                    asset(f"{IAM}projects/300/serviceAccounts/9", {"email": "x@y"}, project="projects/300")
                ],
            }
        ).scopes
    }
    assert (found["projects/other"].number, found["projects/other"].status) == ("200", "delete_requested")
    assert (found["projects/300"].number, found["projects/300"].parent_id) == ("300", "folders/10")
    assert found["folders/10"].parent_id == "organizations/1"


def test_a_service_account_is_known_by_email_and_unique_id(read: Read, estate: dict[str, list[Any]]) -> None:
    records = read(
        {
            **estate,
            "asset-iam-policies": [
                policy(
                    f"{IAM}projects/my-app/serviceAccounts/1234567",
                    {"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:ann@example.com"]},
                ),
            ],
        }
    )
    account = next(one for one in records.identities if one.kind == "service_account")
    assert (account.id, account.unique_id, account.scope_id) == (f"serviceAccount:{APP}", "1234567", "projects/my-app")
    assert account.owner is not None
    assert (account.owner.name, account.owner.source) == ("payments", "scope:team")
    (binding,) = records.bindings
    assert binding.scope_id == account.id
    (trust,) = records.trusts
    assert (trust.identity_id, trust.subject, trust.subject_kind, trust.mechanism) == (
        account.id,
        "user:ann@example.com",
        "identity",
        "impersonate",
    )
    (person,) = [one for one in records.identities if one.kind == "user"]
    assert (person.id, person.nature.value, person.name) == ("user:ann@example.com", "human", "ann@example.com")


def test_bindings(read: Read, estate: dict[str, list[Any]]) -> None:
    bucket = "//storage.googleapis.com/data"
    condition = {"title": "x", "expression": 'request.time < timestamp("2026-12-31T00:00:00Z")'}
    records = read(
        {
            **estate,
            "asset-iam-policies": [
                policy(
                    f"{CRM}projects/100",
                    {"role": "roles/viewer", "members": ["group:all@example.com", "allUsers"]},
                    {"role": "roles/viewer", "members": ["group:all@example.com"], "condition": condition},
                ),
                policy(
                    bucket,
                    {"role": "projects/100/roles/mine", "members": ["deleted:user:a@b.c?uid=7"]},
                    assetType="storage.googleapis.com/Bucket",
                ),
            ],
        }
    )
    assert [(one.scope_id, one.policy_id, one.principal_id) for one in records.bindings] == [
        ("projects/my-app", "roles/viewer", "group:all@example.com"),
        ("projects/my-app", "roles/viewer", "allUsers"),
        ("projects/my-app", "roles/viewer", "group:all@example.com"),
        (bucket, "projects/my-app/roles/mine", "deleted:user:a@b.c?uid=7"),
    ]
    bound = records.bindings[2]
    assert bound.condition == Condition("CEL", "", (condition["expression"],))
    assert bound.expires_at is not None
    assert bound.expires_at.year == 2026
    assert len({one.id for one in records.bindings}) == 4
    (group,) = records.groups
    assert (group.id, group.complete, group.member_ids) == ("group:all@example.com", False, ())
    gone = next(one for one in records.identities if one.status == "deleted")
    assert (gone.id, gone.kind, gone.unique_id, gone.scope_id) == ("deleted:user:a@b.c?uid=7", "user", "7", "")
    (resource,) = [one for one in records.resources if one.id == bucket]
    assert (resource.kind, resource.scope_id, resource.sensitivity) == ("storage_bucket", "projects/my-app", "data")


def test_a_condition_that_version_1_hides(read: Read, estate: dict[str, list[Any]]) -> None:
    records = read(
        {
            **estate,
            "asset-iam-policies": [
                policy(f"{CRM}projects/my-app", {"role": "roles/viewer_withcond_2b17", "members": ["allUsers"]})
            ],
        }
    )
    (binding,) = records.bindings
    assert binding.policy_id == "roles/viewer"
    assert binding.condition is not None
    assert binding.condition.values[0].startswith("<")
    (row,) = [one for one in records.coverage if one.status is CoverageStatus.PARTIAL]
    assert (row.scope_id, row.record_kind) == ("projects/my-app", "asset-iam-policies")
    assert row.detail == "bindings whose condition is not shown: 1"


def test_who_is_known_only_from_a_policy(read: Read, estate: dict[str, list[Any]]) -> None:
    members = [
        "serviceAccount:service-100@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:100@cloudservices.gserviceaccount.com",
        "serviceAccount:100@cloudbuild.gserviceaccount.com",
        "serviceAccount:service-9@elsewhere.iam.gserviceaccount.com",
        "serviceAccount:gone@my-app.iam.gserviceaccount.com",
        "serviceAccount:far@elsewhere.iam.gserviceaccount.com",
        "serviceAccount:my-app.svc.id.goog[ns/web]",
        "principal://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/ci/subject/x",
        "principalSet://cloudresourcemanager.googleapis.com/projects/100/type/ServiceAccount",
        "domain:example.com",
        "projectOwner:my-app",
    ]
    records = read(
        {
            **estate,
            "asset-iam-policies": [policy(f"{CRM}projects/my-app", {"role": "roles/viewer", "members": members})],
        }
    )
    found = [
        (one.id.partition("@")[0], one.kind, one.status, one.managed_by_provider, one.scope_id)
        for one in records.identities
        if one.id in members
    ]
    assert found == [
        ("serviceAccount:service-100", "service_account", "active", True, "projects/my-app"),
        ("serviceAccount:100", "service_account", "active", True, "projects/my-app"),
        ("serviceAccount:100", "service_account", "active", False, "projects/my-app"),
        ("serviceAccount:service-9", "service_account", "unknown", False, "projects/elsewhere"),
        ("serviceAccount:gone", "service_account", "deleted", False, "projects/my-app"),
        ("serviceAccount:far", "service_account", "unknown", False, "projects/elsewhere"),
        (members[6], "federated_principal", "active", False, "projects/my-app"),
        (members[7], "federated_principal", "active", False, "projects/my-app"),
    ]
    assert not [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]


def test_roles(read: Read, asset: Asset) -> None:
    records = read(
        {
            "iam-predefined-roles": [
                {"name": "roles/viewer", "title": "Viewer", "includedPermissions": ["b.c.get", "a.b.get", "b.c.get"]}
            ],
            "asset-iam-role": [
                asset(
                    f"{IAM}projects/my-app/roles/off",
                    {"name": "projects/my-app/roles/off", "stage": "DISABLED", "includedPermissions": ["a.b.get"]},
                ),
                asset(
                    f"{IAM}organizations/1/roles/gone",
                    {"name": "organizations/1/roles/gone", "deleted": True, "includedPermissions": ["a.b.get"]},
                ),
            ],
        }
    )
    viewer, off, gone = records.policies
    assert (viewer.kind, viewer.name, viewer.managed_by_provider) == ("role", "Viewer", True)
    assert [one.actions for one in viewer.statements] == [("a.b.get", "b.c.get")]
    assert (off.statements, off.scope_id) == ((), "projects/my-app")
    assert (gone.statements, gone.scope_id) == ((), "organizations/1")


def test_a_role_that_nobody_recorded_is_unknown(read: Read, estate: dict[str, list[Any]]) -> None:
    records = read(
        {
            **estate,
            "asset-iam-policies": [
                policy(f"{CRM}projects/my-app", {"role": "organizations/1/roles/x", "members": ["allUsers"]})
            ],
        }
    )
    stub = build([records]).policies["organizations/1/roles/x"]
    assert (stub.provider, stub.kind, stub.complete, stub.scope_id) == ("gcp", "role", False, "organizations/1")


def test_the_same_policies_by_project(read: Read) -> None:
    account = f"projects/my-app/serviceAccounts/{APP}"
    owner = {"role": "roles/owner", "members": ["user:a@b.c"]}
    records = read(
        {
            "crm-projects": [{"projectId": "my-app", "name": "projects/100", "parent": "", "displayName": "my-app"}],
            "iam-service-accounts": [{"name": account, "email": APP, "projectId": "my-app", "disabled": True}],
            "crm-iam-policies": [{"of": {"resource": "projects/my-app"}, "record": {"bindings": [owner]}}],
            "iam-service-account-policies": [{"of": {"name": account}, "record": {"bindings": [owner]}}],
        },
        scope="projects/my-app",
    )
    assert [one.scope_id for one in records.bindings] == ["projects/my-app", f"serviceAccount:{APP}"]
    assert next((one.id, one.status) for one in records.identities) == (f"serviceAccount:{APP}", "disabled")
    assert [one.parent_id for one in records.scopes] == [""]


@pytest.mark.parametrize(
    ("kind", "record", "detail"),
    [
        ("asset-iam-policies", {"resource": "", "policy": {}}, "policies that do not say what they hang on: 1"),
        (
            "asset-iam-policies",
            {"resource": f"{IAM}projects/p/serviceAccounts/7", "assetType": "iam.googleapis.com/ServiceAccount"},
            "policies of service accounts that are not known: 1",
        ),
        (
            "asset-iam-policies",
            {"resource": f"{CRM}projects/p", "policy": {"bindings": [{"members": ["user:a@b"]}]}},
            "bindings without a role: 1",
        ),
        (
            "asset-iam-policies",
            {"resource": f"{CRM}projects/p", "policy": {"bindings": [{"role": "roles/x", "members": ["nobody"]}]}},
            "members of a kind that is not known: 1",
        ),
        (
            "asset-iam-policies",
            {"resource": f"{CRM}projects/p", "policy": {"bindings": [{"role": "roles/x", "members": [7, "user:a@b"]}]}},
            "a member is not a text: 1",
        ),
        ("asset-iam-service-account", {"resource": {"data": {"email": "x"}}}, "service accounts without an email"),
        ("iam-predefined-roles", {"title": "x"}, "roles without a name: 1"),
        ("iam-deny-policies", {"rules": []}, "deny policies without an attachment point: 1"),
    ],
)
def test_what_cannot_be_read_is_said(read: Read, kind: str, record: Any, detail: str) -> None:
    rows = [row for row in read({kind: [record]}).coverage if row.status is CoverageStatus.PARTIAL]
    assert [row.record_kind for row in rows] == [kind]
    assert rows[0].detail.startswith(detail)


def test_two_accounts_with_one_unique_id_are_both_kept_and_said(read: Read, estate: dict[str, list[Any]]) -> None:
    (first,) = estate["asset-iam-service-account"]
    other = f"other-{APP}"
    data = {**first["resource"]["data"], "email": other, "name": f"projects/my-app/serviceAccounts/{other}"}
    records = read({**estate, "asset-iam-service-account": [first, {**first, "resource": {"data": data}}]})

    accounts = [one.id for one in records.identities if one.kind == "service_account"]
    assert accounts == [f"serviceAccount:{APP}", f"serviceAccount:{other}"]
    (row,) = [row for row in records.coverage if "unique ids that several service accounts have" in row.detail]
    assert (row.scope_id, row.record_kind, row.status) == (
        "projects/my-app",
        "asset-iam-service-account",
        CoverageStatus.PARTIAL,
    )


def test_deny_policies_and_boundaries(read: Read, estate: dict[str, list[Any]]) -> None:
    name = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F100/denypolicies/no-keys"
    boundary = "organizations/1/locations/global/principalAccessBoundaryPolicies/home"
    records = read(
        {
            **estate,
            "iam-deny-policies": [
                {
                    "name": name,
                    "rules": [
                        {
                            "denyRule": {
                                "deniedPrincipals": ["principalSet://goog/public:all"],
                                "exceptionPrincipals": ["principal://goog/subject/a@b.c"],
                                "deniedPermissions": ["iam.googleapis.com/serviceAccountKeys.create"],
                                "denialCondition": {"expression": "true"},
                            }
                        },
                        {"denyRule": {"deniedPermissions": [1]}},
                    ],
                }
            ],
            "iam-pab-policies": [
                {
                    "name": boundary,
                    "details": {
                        "rules": [{"resources": [f"{CRM}projects/100"], "effect": "ALLOW"}],
                        "enforcementVersion": "3",
                    },
                }
            ],
            "iam-pab-bindings": [
                {
                    "name": "organizations/1/locations/global/policyBindings/b",
                    "policy": boundary,
                    "policyKind": "PRINCIPAL_ACCESS_BOUNDARY",
                    "target": {"principalSet": f"{CRM}organizations/1"},
                    "condition": {"expression": "principal.type == 'x'"},
                }
            ],
        }
    )
    deny, bound = (one for one in records.policies if one.kind in ("guardrail", "boundary"))
    first, second = deny.statements
    assert (first.actions, first.conditions) == (
        ("iam.googleapis.com/serviceAccountKeys.create",),
        (Condition("CEL", "", ("true",)),),
    )
    assert [one.value for one in first.not_principals] == ["principal://goog/subject/a@b.c"]
    assert second.malformed == "`deniedPermissions` cannot be read"
    assert (bound.version, bound.statements[0].resources) == ("3", ("projects/my-app",))
    attached, limiting = records.guardrails
    assert (attached.kind, attached.scope_id) == ("deny_policy", "projects/my-app")
    assert (limiting.kind, limiting.scope_id) == ("principal_access_boundary", "organizations/1")
    assert limiting.condition == Condition("CEL", "", ("principal.type == 'x'",))


def test_a_deleted_service_account_is_not_the_one_of_its_name(read: Read, estate: dict[str, list[Any]]) -> None:
    member = f"deleted:serviceAccount:{APP}?uid=99"
    records = read(
        {
            **estate,
            "asset-iam-policies": [policy(f"{CRM}projects/my-app", {"role": "roles/viewer", "members": [member]})],
        }
    )
    living, gone = sorted((one for one in records.identities if APP in one.id), key=lambda one: one.status)
    assert (living.id, living.status, living.unique_id) == (f"serviceAccount:{APP}", "active", "1234567")
    assert (gone.id, gone.status, gone.unique_id, gone.scope_id) == (member, "deleted", "99", "projects/my-app")


@pytest.mark.parametrize("kind", ["asset-iam-service-account", "asset-iam-policies"])
def test_a_project_that_is_called_as_those_of_agents_are(read: Read, asset: Asset, kind: str) -> None:
    email = "service-1@gcp-sa-tools.iam.gserviceaccount.com"
    project = asset(f"{CRM}projects/100", {"projectId": "gcp-sa-tools", "projectNumber": "100"})
    record = {
        "asset-iam-service-account": asset(f"{IAM}projects/gcp-sa-tools/serviceAccounts/7", {"email": email}),
        "asset-iam-policies": policy(
            f"{CRM}projects/100", {"role": "roles/viewer", "members": [f"serviceAccount:{email}"]}
        ),
    }[kind]
    (found,) = read({"asset-cloudresourcemanager-project": [project], kind: [record]}).identities
    assert (found.managed_by_provider, found.scope_id) == (False, "projects/gcp-sa-tools")
