"""Exports of `az` and Microsoft Graph, in the shapes they write them in, into a snapshot that the analysis reads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.records import Records
from nhi_scan.providers.azure.import_native import import_native
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

TENANT = "aaaaaaaa-0000-0000-0000-000000000001"
ROOT = f"/tenants/{TENANT}"
APP, APP_ID, SP, USER, GROUP = (f"{n}{n}{n}{n}{n}{n}{n}{n}-0000-0000-0000-00000000000a" for n in "12367")
SUB = "55555555-0000-0000-0000-000000000001"
PLACE = f"/subscriptions/{SUB}"
ROLE = "b24988ac-6180-42a0-ab88-20f7382dd24c"

ACCOUNT = {
    "cloudName": "AzureCloud",
    "homeTenantId": TENANT,
    "id": SUB,
    "isDefault": True,
    "managedByTenants": [],
    "name": "Production",
    "state": "Enabled",
    "tenantId": TENANT,
    "user": {"name": "ann@northwind.com", "type": "user"},
}
APPLICATION = {
    "id": APP,
    "appId": APP_ID,
    "displayName": "Deployer",
    "signInAudience": "AzureADMyOrg",
    "passwordCredentials": [
        {"keyId": "k1", "hint": "abc", "secretText": "s3cret", "endDateTime": "2027-01-01T00:00:00Z"}
    ],
    "keyCredentials": [],
}
PRINCIPAL = {
    "id": SP,
    "appId": APP_ID,
    "displayName": "Deployer",
    "servicePrincipalType": "Application",
    "appOwnerOrganizationId": TENANT,
    "accountEnabled": True,
}
ASSIGNMENT = {
    "id": f"{PLACE}/providers/Microsoft.Authorization/roleAssignments/a1",
    "name": "a1",
    "type": "Microsoft.Authorization/roleAssignments",
    "principalId": SP,
    "principalName": APP_ID,
    "principalType": "ServicePrincipal",
    "roleDefinitionId": f"{PLACE}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}",
    "roleDefinitionName": "Contributor",
    "scope": f"{PLACE}/resourceGroups/Prod",
    "condition": "@Resource[x] StringEquals 'y'",
    "conditionVersion": "2.0",
}
DEFINITION = {
    "id": f"{PLACE}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}",
    "name": ROLE,
    "roleName": "Contributor",
    "roleType": "BuiltInRole",
    "type": "Microsoft.Authorization/roleDefinitions",
    "assignableScopes": ["/"],
    "permissions": [{"actions": ["*"], "notActions": ["a/b"], "dataActions": [], "notDataActions": []}],
}


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

    def snapshot(self, tenant: str = "") -> Snapshot:
        writer = SnapshotWriter.create(
            self.folder.parent / "out", datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True
        )
        import_native([(tenant, self.folder)], writer, self.said.append)
        return writer.finish()

    def records(self, tenant: str = "") -> Records:
        return normalise(self.snapshot(tenant))

    def rows(self, tenant: str = "") -> dict[tuple[str, str], Coverage]:
        return {(row.scope_id, row.record_kind): row for row in self.snapshot(tenant).manifest.coverage}


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


@pytest.fixture
def whole(export: Export) -> Export:
    export.add("apps.json", [APPLICATION]).add("sps.json", [PRINCIPAL]).add("subs.json", [ACCOUNT])
    return export.add("assignments.json", [ASSIGNMENT]).add("definitions.json", [DEFINITION])


def test_what_az_prints(whole: Export) -> None:
    inventory = build([whole.records()])
    assert {one.kind: (one.name, one.parent_id) for one in inventory.scopes.values()} == {
        "tenant": (ROOT, ""),
        "subscription": ("Production", None),
    }
    binding = inventory.bindings[f"{PLACE}/providers/microsoft.authorization/roleassignments/a1"]
    assert (binding.principal_id, binding.scope_id) == (SP, f"{PLACE}/resourcegroups/prod")
    assert binding.condition is not None
    assert inventory.identities[SP].attributes[1] == ("application_id", APP)
    role = inventory.policies[binding.policy_id]
    assert (role.name, role.managed_by_provider, role.statements[0].not_actions) == ("Contributor", True, ("a/b",))
    assert [(one.identity_id, one.kind) for one in inventory.credentials.values()] == [(SP, "client_secret")]
    assert not whole.said


def test_no_secret_reaches_the_disk(whole: Export) -> None:
    snapshot = whole.snapshot()
    text = b"".join(one.record for one in snapshot.records("azure", f"tenants-{TENANT}", "graph-applications"))
    assert b"k1" in text
    assert b"s3cret" not in text
    assert b"hint" not in text


def test_what_is_there_and_what_is_not(whole: Export) -> None:
    rows = whole.rows()
    assert rows[ROOT, "graph-service-principals"].status is CoverageStatus.COMPLETE
    assert rows[PLACE, "arm-role-assignments"].status is CoverageStatus.COMPLETE
    assert rows[ROOT, "arm-role-assignments"].status is CoverageStatus.PARTIAL
    assert rows[PLACE, "arm-resources"].status is CoverageStatus.FAILED
    assert rows[ROOT, "graph-application-owners"].status is CoverageStatus.PARTIAL
    assert rows[ROOT, "graph-service-principal-sign-ins"].status is CoverageStatus.SKIPPED
    missing = rows[ROOT, "graph-federated-credentials"]
    assert missing.status is CoverageStatus.FAILED
    assert "`az ad app federated-credential list" in missing.detail


def test_a_subscription_of_which_nothing_was_exported(whole: Export) -> None:
    other = {**ACCOUNT, "id": SUB.replace("5", "4"), "name": "Other"}
    rows = whole.add("subs.json", [ACCOUNT, other]).rows()
    assert rows[f"/subscriptions/{other['id']}", "arm-role-assignments"].status is CoverageStatus.FAILED
    assert rows[ROOT, "arm-role-assignments"].detail == "not of all subscriptions that are named: 1 of 2 missing"


def test_the_tree_of_management_groups_names_all_subscriptions(whole: Export) -> None:
    group = f"/providers/Microsoft.Management/managementGroups/{TENANT}"
    tree = {
        "id": group,
        "name": TENANT,
        "displayName": "Tenant Root Group",
        "tenantId": TENANT,
        "type": "/providers/Microsoft.Management/managementGroups",
        "details": {"parent": None},
        "children": [{"id": PLACE, "name": SUB, "type": "/subscriptions", "displayName": "Production"}],
    }
    whole.add("tree.json", tree)
    assert whole.rows()[ROOT, "arm-role-assignments"].status is CoverageStatus.COMPLETE
    scopes = {one.id: one.parent_id for one in whole.records().scopes}
    assert scopes == {ROOT: "", group.lower(): ROOT, PLACE: group.lower()}


def test_an_assignment_above_all_subscriptions_says_nothing_of_the_tenant(whole: Export) -> None:
    above = {**ASSIGNMENT, "id": "/providers/Microsoft.Authorization/roleAssignments/a2", "scope": "/"}
    rows = whole.add("assignments.json", [ASSIGNMENT, above]).rows()
    assert rows[ROOT, "arm-role-assignments"].status is CoverageStatus.PARTIAL
    assert {one.scope_id for one in whole.records().bindings} == {ROOT, f"{PLACE}/resourcegroups/prod"}


@pytest.mark.parametrize("named", [APP, APP_ID])
def test_owners_one_by_one(whole: Export, named: str) -> None:
    owner = {"@odata.type": "#microsoft.graph.user", "id": USER, "userPrincipalName": "ann@northwind.com"}
    whole.add(f"owners-{named}.json", [owner]).add(f"owners-{SP}.json", [])
    rows = whole.rows()
    assert rows[ROOT, "graph-application-owners"].status is CoverageStatus.SKIPPED
    assert rows[ROOT, "graph-service-principal-owners"].status is CoverageStatus.SKIPPED
    inventory = build([whole.records()])
    assert inventory.identities[SP].owner_ids == (USER,)
    assert inventory.identities[USER].name == "ann@northwind.com"


def test_a_file_without_owners_says_that_there_are_none(whole: Export) -> None:
    whole.add(f"owners-{APP}.json", []).add(f"owners-{SP}.json", {"value": []})
    (identity,) = (one for one in whole.records().identities if one.id == SP)
    assert identity.owner_ids == ()


def test_without_such_files_owners_are_unknown(whole: Export) -> None:
    (identity,) = (one for one in whole.records().identities if one.id == SP)
    assert identity.owner_ids is None


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ([], CoverageStatus.PARTIAL),
        ([{"id": USER, "@odata.type": "#microsoft.graph.user"}], CoverageStatus.PARTIAL),
        (
            {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#directoryObjects", "value": []},
            CoverageStatus.PARTIAL,
        ),
        ([{"id": USER}, {"id": SP, "@odata.type": "#microsoft.graph.servicePrincipal"}], CoverageStatus.COMPLETE),
    ],
)
def test_members_that_az_prints_leave_out_service_principals(whole: Export, members: Any, status: Any) -> None:
    whole.add("groups.json", [{"id": GROUP, "displayName": "a", "groupTypes": []}])
    row = whole.add(f"members-{GROUP}.json", members).rows()[ROOT, "graph-group-members"]
    assert row.status == status
    assert (row.status is CoverageStatus.COMPLETE) or f"members-{GROUP}.json" in row.detail


def test_members_of_all_groups_or_of_some(whole: Export) -> None:
    groups = [{"id": GROUP, "displayName": "a", "groupTypes": []}, {"id": APP_ID, "displayName": "b", "groupTypes": []}]
    beta = {"@odata.context": "https://graph.microsoft.com/beta/$metadata#directoryObjects"}
    members = {**beta, "value": [{"id": USER, "userPrincipalName": "ann@x"}]}
    whole.add("groups.json", groups).add(f"members-{GROUP}.json", members)
    row = whole.rows()[ROOT, "graph-group-members"]
    assert (row.status, row.detail) == (
        CoverageStatus.PARTIAL,
        f"it was not asked about 1, the first of them `{APP_ID}`",
    )
    assert whole.rows()[ROOT, "graph-users"].status is CoverageStatus.PARTIAL
    whole.add(f"members-{APP_ID}.json", {**beta, "value": []})
    assert whole.rows()[ROOT, "graph-group-members"].status is CoverageStatus.COMPLETE
    assert {one.id: (one.member_ids, one.complete) for one in whole.records().groups} == {
        GROUP: ((USER,), True),
        APP_ID: ((), True),
    }


def test_a_list_of_users_tells_more_than_a_list_of_members(whole: Export) -> None:
    whole.add("groups.json", [{"id": GROUP, "displayName": "a", "groupTypes": []}])
    whole.add(f"members-{GROUP}.json", [{"id": USER, "userPrincipalName": "ann@x"}])
    (user,) = (one for one in whole.records().identities if one.id == USER)
    assert (user.name, user.status) == ("ann@x", "unknown")
    whole.add("users.json", {"value": [{"id": USER, "userPrincipalName": "ann@x", "accountEnabled": False}]})
    (user,) = (one for one in whole.records().identities if one.id == USER)
    assert user.status == "disabled"
    assert whole.rows()[ROOT, "graph-users"].status is CoverageStatus.COMPLETE


def test_federated_credentials_of_an_application(whole: Export) -> None:
    credential = {"id": "x", "name": "gh", "issuer": "https://i", "subject": "s", "audiences": ["a"]}
    whole.add(f"federated-credentials-{APP}.json", [credential])
    (trust,) = whole.records().trusts
    assert (trust.id, trust.identity_id) == (f"{APP}#federated/gh", SP)
    assert whole.rows()[ROOT, "graph-federated-credentials"].status is CoverageStatus.COMPLETE


def test_answers_of_graph_and_resource_graph(export: Export) -> None:
    graph = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals", "value": [PRINCIPAL]}
    vault = {
        "id": f"{PLACE}/resourceGroups/Prod/providers/Microsoft.KeyVault/vaults/kv",
        "name": "kv",
        "type": "microsoft.keyvault/vaults",
        "subscriptionId": SUB,
        "properties": {"vaultUri": "https://kv", "enableRbacAuthorization": True, "secret": "x"},
    }
    export.add("graph.json", graph).add(
        "arg.json", {"count": 1, "data": [vault], "skip_token": None, "total_records": 1}
    )
    rows = export.rows(TENANT)
    assert rows[PLACE, "arg-resources"].status is CoverageStatus.COMPLETE
    (resource,) = export.records(TENANT).resources
    assert dict(resource.attributes)["authorization"] == "rbac"


@pytest.mark.parametrize("more", [{"@odata.nextLink": "https://x"}, {"skip_token": "x"}])
def test_a_page_that_is_not_the_last(export: Export, more: dict[str, str]) -> None:
    export.add("sp.json", {"value": [PRINCIPAL], **more})
    row = export.rows(TENANT)[ROOT, "graph-service-principals"]
    assert row.status is CoverageStatus.PARTIAL
    assert row.detail == (
        f"another page follows the one in `sp.json`: get those that follow by its `{next(iter(more))}` each, and join "
        "all into one array: `jq -s 'map(.value[])' *.json`"
    )


def test_lists_of_one_type_and_of_all(whole: Export) -> None:
    storage = f"{PLACE}/resourceGroups/Prod/providers/Microsoft.Storage/storageAccounts/st"
    bare = {
        "id": storage,
        "name": "st",
        "type": "Microsoft.Storage/storageAccounts",
        "properties": None,
        "location": "x",
    }
    flat = {**{key: word for key, word in bare.items() if key != "properties"}, "allowSharedKeyAccess": False}
    whole.add("all.json", [bare])
    assert [dict(one.attributes) for one in whole.records().resources if one.kind == "storage_account"] == [{}]
    whole.add("storage.json", [flat])
    (account,) = (one for one in whole.records().resources if one.kind == "storage_account")
    assert dict(account.attributes) == {"shared_key": "false"}


def test_a_list_of_names_does_not_go_before_what_describes_them(whole: Export) -> None:
    vault = {"id": f"{PLACE}/resourceGroups/Prod/providers/Microsoft.KeyVault/vaults/kv", "name": "kv"}
    shown = {**vault, "properties": {"vaultUri": "https://kv", "enableRbacAuthorization": True}}
    whole.add("a-list.json", [vault]).add("b-show.json", shown)
    (resource,) = (one for one in whole.records().resources if one.kind == "key_vault")
    assert dict(resource.attributes)["authorization"] == "rbac"


def test_a_user_assigned_identity_in_a_list_of_all_resources(whole: Export) -> None:
    name = f"{PLACE}/resourceGroups/Prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
    bare = {"id": name, "name": "u", "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "properties": None}
    whole.add("all.json", [bare])
    told = {key: word for key, word in bare.items() if key != "properties"}
    whole.add("identities.json", [{**told, "principalId": USER, "clientId": APP_ID}])
    records = whole.records()
    (resource,) = (one for one in records.resources if one.kind == "user_assigned_identity")
    assert dict(resource.attributes) == {"principal_id": USER, "client_id": APP_ID}
    assert not [row for row in records.coverage if row.detail.startswith("user-assigned")]


def test_classic_administrators_are_no_record(whole: Export) -> None:
    classic = {
        "id": "NA(classic admins)",
        "type": "Microsoft.Authorization/classicAdministrators",
        "principalName": "x",
    }
    whole.add("assignments.json", [ASSIGNMENT, classic])
    assert len(whole.records().bindings) == 1
    assert not whole.said


def test_records_a_line(export: Export) -> None:
    export.add("sp.jsonl", [PRINCIPAL, {**PRINCIPAL, "id": USER, "appId": GROUP}], lines=True)
    assert len(export.records(TENANT).identities) == 2


def test_the_tenant_that_most_files_name(whole: Export) -> None:
    other = {**ACCOUNT, "id": SUB.replace("5", "4"), "tenantId": TENANT.replace("a", "b")}
    assert whole.add("more.json", [ACCOUNT, ACCOUNT, other]).snapshot().scopes("azure") == (f"tenants-{TENANT}",)


def test_the_tenant_that_registered_what_is_registered_here(export: Export) -> None:
    export.add("apps.json", [APPLICATION]).add("sps.json", [PRINCIPAL, {**PRINCIPAL, "id": USER, "appId": "x"}])
    assert export.snapshot().scopes("azure") == (f"tenants-{TENANT}",)


def test_what_is_not_imported_is_said(whole: Export) -> None:
    whole.raw("notes.txt", b"hello").raw("empty.json", b" ").add("cost.json", [{"cost": 5}])
    whole.raw("thumbs.db", b"\xd0\xcf\x11\xe0\x00\x00")
    whole.snapshot()
    assert [one.rpartition("`")[2] for one in whole.said] == [
        " holds nothing that the analysis reads: not imported",
        " is empty, as after a command that failed",
        " is no JSON: not imported",
        " is no text: not imported",
    ]


def test_commands_that_would_add_what_is_missing_can_be_pasted_into_a_shell(whole: Export) -> None:
    commands = [row.detail.split("`")[1] for row in whole.records().coverage if "`az " in row.detail]
    assert len(commands) > 5
    for word in (word for command in commands for word in command.split() if word.startswith(("http", "'http"))):
        assert not set(word) & set("?$&") or word[0] == word[-1] == "'"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.json", b'[{"id": 1', "it is truncated"),
        ("x.json", b"[5]", "line 1, column 1: this is no record: expected an object"),
        ("x.json", b'{"id": }', "column"),
        ("x.json", json.dumps([PRINCIPAL, {"cost": 5}]).encode(), "this is no record that is known, and others"),
        ("x.json", b'{"a": 1}', "there is nothing in the import that the analysis reads"),
    ],
)
def test_wrong_content(export: Export, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        export.raw(name, content).snapshot()


def test_a_tenant_that_is_none(whole: Export) -> None:
    with pytest.raises(UserError, match="`northwind` is not a tenant"):
        whole.snapshot("northwind")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(tmp_path / "out", datetime(2026, 6, 1, tzinfo=UTC), "test")
    with pytest.raises(UserError, match="is not a folder"):
        import_native([("", tmp_path / "none")], writer, print)
