"""Scopes, settings of a tenant, groups, workloads and resources."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Workload
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds

Read = Callable[..., Records]

GUID = "aaaaaaaa-0000-0000-0000-000000000001"
TENANT = f"/tenants/{GUID}"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
RG = f"{SUB}/resourceGroups/Prod"
GROUPS = "/providers/microsoft.management/managementgroups/"
UAMI = f"{RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Deployer"


def resource(type_: str, name: str = "x", **more: Any) -> dict[str, Any]:
    return {"id": f"{RG}/providers/{type_}/{name}", "name": name, "type": type_.lower(), **more}


def row(id_: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.rpartition("/")[2], "type": type_, "tenantId": GUID, **more}


def parents(records: Records) -> dict[str, str | None]:
    return {one.id: one.parent_id for one in records.scopes}


def test_the_hierarchy_of_resource_graph(read: Read) -> None:
    chain = [{"name": "Platform", "displayName": "Platform"}, {"name": GUID, "displayName": "Root"}]
    records = read(
        {
            kinds.ORGANIZATION: [{"id": GUID.upper(), "displayName": "Northwind"}],
            kinds.ARG_CONTAINERS: [
                row(
                    SUB.upper(),
                    "microsoft.resources/subscriptions",
                    properties={"state": "Enabled", "managementGroupAncestorsChain": chain},
                    tags={"env": "prod", "n": 5},
                ),
                row(
                    f"{GROUPS}Platform",
                    "microsoft.management/managementgroups",
                    properties={"displayName": "The platform", "details": {"managementGroupAncestorsChain": chain[1:]}},
                ),
                row(RG, "microsoft.resources/subscriptions/resourcegroups"),
            ],
        }
    )
    assert parents(records) == {
        TENANT: "",
        f"{GROUPS}{GUID}": TENANT,
        f"{GROUPS}platform": f"{GROUPS}{GUID}",
        SUB: f"{GROUPS}platform",
        RG.lower(): SUB,
    }
    found = {one.id: one for one in records.scopes}
    assert (found[TENANT].name, found[f"{GROUPS}platform"].name) == ("Northwind", "The platform")
    assert (found[SUB].status, found[SUB].tags) == ("enabled", (("env", "prod"),))


def test_management_groups_of_resource_manager(read: Read) -> None:
    tree = {
        "id": f"{GROUPS}{GUID}",
        "name": GUID,
        "properties": {
            "tenantId": GUID,
            "displayName": "Root",
            "children": [
                {"id": f"{GROUPS}Apps", "displayName": "Apps", "children": [{"id": SUB, "displayName": "Production"}]}
            ],
        },
    }
    assert parents(read({kinds.ARM_MANAGEMENT_GROUPS: [tree]})) == {
        TENANT: "",
        f"{GROUPS}{GUID}": TENANT,
        f"{GROUPS}apps": f"{GROUPS}{GUID}",
        SUB: f"{GROUPS}apps",
    }


def test_what_is_above_a_subscription_may_be_unknown_and_its_tenant_not(read: Read) -> None:
    subscription = {"subscriptionId": SUB[15:], "tenantId": GUID, "displayName": "Production", "state": "Warned"}
    records = read({kinds.ARM_SUBSCRIPTIONS: [subscription], kinds.SERVICE_PRINCIPALS: []})
    assert parents(records)[SUB] is None
    assert build([records]).covered(SUB, kinds.SERVICE_PRINCIPALS) is True


def test_a_tree_without_an_end_is_no_harm(read: Read) -> None:
    deep: dict[str, Any] = {"id": f"{GROUPS}m"}
    for _ in range(300):
        deep = {"id": f"{GROUPS}m", "children": [deep]}
    assert f"{GROUPS}m" in parents(read({kinds.ARM_MANAGEMENT_GROUPS: [deep]}))


def settings(records: Records) -> dict[str, str]:
    (tenant,) = (one for one in records.scopes if one.kind == "tenant")
    return dict(tenant.attributes)


@pytest.mark.parametrize(
    ("assigned", "own", "consent"),
    [
        (["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"], None, "any"),
        (["ManagePermissionGrantsForSelf.microsoft-user-default-low"], None, "low_impact"),
        (["managePermissionGrantsForSelf.microsoft-user-default-recommended"], None, "low_impact"),
        (["ManagePermissionGrantsForOwnedResource.x"], None, "none"),
        ([], None, "none"),
        (["ManagePermissionGrantsForSelf.ours"], None, None),
        (["ManagePermissionGrantsForSelf.ours"], "low", "low_impact"),
        (["ManagePermissionGrantsForSelf.ours"], "all", "any"),
        (None, None, None),
    ],
)
def test_what_users_may_consent_to(read: Read, assigned: Any, own: str | None, consent: str | None) -> None:
    policy = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": assigned, "allowedToCreateApps": False}}
    written = [{"id": "Ours", "includes": [{"permissionClassification": own}]}] if own else []
    told = settings(read({kinds.AUTHORIZATION_POLICY: [policy], kinds.PERMISSION_GRANT_POLICIES: written}))
    assert (told.get("user_consent"), told["users_may_create_apps"]) == (consent, "false")


@pytest.mark.parametrize(
    ("enabled", "restricted", "days"),
    [(True, "true", "180"), (False, "false", None)],
)
def test_restrictions_of_applications(read: Read, enabled: bool, restricted: str, days: str | None) -> None:
    restrictions = [
        {"restrictionType": "passwordAddition"},
        {"restrictionType": "passwordLifetime", "maxLifetime": "P180D"},
        {"restrictionType": "customPasswordAddition", "state": "disabled"},
    ]
    keys = [{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P1Y"}]
    policy = {
        "isEnabled": enabled,
        "applicationRestrictions": {"passwordCredentials": restrictions, "keyCredentials": keys},
    }
    told = settings(read({kinds.APP_MANAGEMENT_DEFAULT_POLICY: [policy]}))
    assert told["password_addition_restricted"] == restricted
    assert told["custom_password_restricted"] == "false"
    assert told.get("password_lifetime_days") == days
    assert told.get("key_lifetime_days") == ("365" if enabled else None)


@pytest.mark.parametrize(
    ("created", "told"), [("2024-12-31T00:00:00Z", "false"), (None, "false"), ("2025-01-02T00:00:00Z", None)]
)
def test_applications_from_before_the_day_of_a_restriction_are_free(
    read: Read, created: str | None, told: str | None
) -> None:
    dated = {"restrictionType": "passwordAddition", "restrictForAppsCreatedAfterDateTime": "2025-01-01T00:00:00Z"}
    policy = {"isEnabled": True, "applicationRestrictions": {"passwordCredentials": [dated]}}
    records = read(
        {
            kinds.APPLICATIONS: [{"id": "obj", "appId": "app", "createdDateTime": created}],
            kinds.SERVICE_PRINCIPALS: [{"id": "sp", "appId": "app"}],
            kinds.APP_MANAGEMENT_DEFAULT_POLICY: [policy],
        }
    )
    assert dict(records.identities[0].attributes).get("password_addition_restricted") == told
    assert settings(records)["password_addition_restricted"] == "true"  # of whatever is made now


@pytest.mark.parametrize("apart", [False, True])
def test_a_policy_of_a_single_application_goes_before(read: Read, apart: bool) -> None:
    own: dict[str, Any] = {
        "id": "p",
        "isEnabled": True,
        "restrictions": {"passwordCredentials": [{"restrictionType": "passwordAddition"}]},
    }
    target = {"id": "OBJ"}
    records = read(
        {
            kinds.APPLICATIONS: [{"id": "obj", "appId": "app"}],
            kinds.SERVICE_PRINCIPALS: [{"id": "sp", "appId": "app"}, {"id": "other", "appId": "x"}],
            kinds.APP_MANAGEMENT_POLICIES: [own if apart else {**own, "appliesTo": [target]}],
            kinds.APP_MANAGEMENT_TARGETS: [{"of": {"id": "P"}, "record": target}] if apart else [],
        }
    )
    told = {one.id: dict(one.attributes).get("password_addition_restricted") for one in records.identities}
    assert told == {"sp": "true", "other": None}


def member(group: str, id_: str, type_: str = "user") -> dict[str, Any]:
    return {"of": {"id": group}, "record": {"id": id_, "@odata.type": f"#microsoft.graph.{type_}"}}


def test_groups_and_who_is_in_them(read: Read) -> None:
    records = read(
        {
            kinds.GROUPS: [
                {"id": "G", "displayName": "Admins", "isAssignableToRole": True, "groupTypes": ["DynamicMembership"]},
                {"id": "H", "isAssignableToRole": None, "onPremisesSyncEnabled": True},
            ],
            kinds.GROUP_MEMBERS: [
                member("G", "U"),
                member("G", "H", "group"),
                member("G", "D", "device"),
                member("G", "S", "servicePrincipal"),
            ],
            kinds.GROUP_OWNERS: [member("G", "O")],
            kinds.GROUP_ELIGIBILITY_INSTANCES: [
                {"of": {"id": "G"}, "record": {"groupId": "G", "principalId": "E", "accessId": "member"}},
                {"of": {"id": "G"}, "record": {"groupId": "G", "principalId": "F", "accessId": "owner"}},
            ],
        }
    )
    first, second = records.groups
    assert (first.member_ids, first.eligible_member_ids, first.complete) == (("h", "s", "u"), ("e",), True)
    assert dict(first.attributes) == {"role_assignable": "true", "dynamic": "true"}
    assert dict(second.attributes) == {"role_assignable": "false", "synced": "true"}
    assert [(one.id, one.scope_id, one.eligible) for one in records.bindings] == [
        ("g#eligible-owner/f", "g", True),
        ("g#owner/o", "g", False),
    ]
    assert {one.id for one in records.identities} == {"u", "s", "o", "e", "f"}


def test_groups_whose_members_were_not_all_listed(read: Read) -> None:
    records = read({kinds.GROUPS: [{"id": "g"}]}, missing={kinds.GROUP_MEMBERS: CoverageStatus.PARTIAL})
    assert not records.groups[0].complete


def test_members_that_may_be_hidden_are_not_taken_for_none(read: Read) -> None:
    records = read(
        {
            kinds.GROUPS: [{"id": id_, "visibility": "HiddenMembership"} for id_ in ("g", "h")] + [{"id": "i"}],
            kinds.GROUP_MEMBERS: [member("h", "u")],
            kinds.ADMINISTRATIVE_UNITS: [{"id": "au", "visibility": "HiddenMembership"}],
        }
    )
    assert {one.id: one.complete for one in records.groups} == {
        "g": False,
        "h": True,
        "i": True,
        "/administrativeunits/au": False,
    }


def test_administrative_units(read: Read) -> None:
    records = read(
        {
            kinds.ADMINISTRATIVE_UNITS: [{"id": "AU", "displayName": "Berlin", "isMemberManagementRestricted": True}],
            kinds.ADMINISTRATIVE_UNIT_MEMBERS: [member("AU", "U"), member("AU", "D", "device")],
        }
    )
    (unit,) = records.groups
    assert (unit.id, unit.kind, unit.member_ids) == ("/administrativeunits/au", "administrative_unit", ("u",))
    assert dict(unit.attributes) == {"restricted": "true"}


def test_only_users_that_something_names_are_there(read: Read) -> None:
    users = [
        {"id": id_, "userPrincipalName": f"{id_}@x", "userType": "Guest", "onPremisesSyncEnabled": None}
        for id_ in ("u", "v")
    ]
    records = read({kinds.USERS: users, kinds.GROUPS: [{"id": "g"}], kinds.GROUP_MEMBERS: [member("g", "u")]})
    (identity,) = records.identities
    assert (identity.name, identity.status) == ("u@x", "unknown")
    assert dict(identity.attributes) == {"user_type": "guest", "synced": "false"}


def workload(records: Records) -> Workload:
    (found,) = records.workloads
    return found


@pytest.mark.parametrize(
    ("type_", "kind", "expected"),
    [
        ("Microsoft.Compute/virtualMachines", "", "virtual_machine"),
        ("Microsoft.Web/sites", "app,linux", "web_app"),
        ("Microsoft.Web/sites", "functionapp,linux", "function_app"),
        ("Microsoft.Web/sites", "functionapp,workflowapp", "logic_app"),
        ("Microsoft.Logic/workflows", "", "logic_app"),
        ("Microsoft.App/jobs", "", "container_app_job"),
        ("Microsoft.Cache/Redis", "", "azure_service"),
    ],
)
def test_workloads_and_who_they_run_as(read: Read, type_: str, kind: str, expected: str) -> None:
    identity = {
        "type": "SystemAssigned, UserAssigned",
        "principalId": "SYS",
        "userAssignedIdentities": {UAMI: {"principalId": "USR", "clientId": "c"}},
    }
    records = read({kinds.ARG_RESOURCES: [resource(type_, kind=kind, identity=identity, location="WestEurope")]})
    found = workload(records)
    assert (found.kind, found.scope_id, found.region) == (expected, SUB, "westeurope")
    assert found.id == f"{RG}/providers/{type_}/x".lower()
    platform = expected == "azure_service"
    assert (found.runs_as, found.served_by) == ((), ("sys", "usr")) if platform else (("sys", "usr"), ())
    assert {one.id: dict(one.attributes)["assigned"] for one in records.identities} == {"sys": "system", "usr": "user"}


def test_an_identity_whose_principal_another_record_tells(read: Read) -> None:
    machine = resource("Microsoft.Compute/virtualMachines", identity={"userAssignedIdentities": {UAMI.upper(): {}}})
    identity = {"id": UAMI, "name": "Deployer", "properties": {"principalId": "USR", "clientId": "c"}}
    records = read({kinds.ARG_RESOURCES: [machine, identity]})
    assert workload(records).runs_as == ("usr",)
    (named,) = records.resources
    assert (named.kind, named.used_by) == ("user_assigned_identity", (machine["id"].lower(),))


def test_an_identity_whose_principal_nothing_tells_is_said(read: Read) -> None:
    machine = resource("Microsoft.Compute/virtualMachines", identity={"userAssignedIdentities": {UAMI: {}}})
    records = read({kinds.ARG_RESOURCES: [machine]})
    assert workload(records).runs_as == ()
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "user-assigned identities of which nothing tells the principal: 1"
    ]


@pytest.mark.parametrize("inline", [True, False])
def test_pods_of_a_cluster_get_the_kubelets_identity_and_not_the_clusters(read: Read, inline: bool) -> None:
    kubelet = {"resourceId": UAMI, **({"objectId": "USR", "clientId": "c"} if inline else {})}
    cluster = resource(
        "Microsoft.ContainerService/managedClusters",
        identity={"type": "SystemAssigned", "principalId": "SYS"},
        properties={
            "nodeResourceGroup": "MC_Prod",
            "identityProfile": {"kubeletidentity": kubelet},
            "oidcIssuerProfile": {"issuerURL": "https://oidc"},
            "powerState": {"code": "Stopped"},
            "disableLocalAccounts": True,
        },
    )
    identity = {"id": UAMI, "properties": {"principalId": "USR", "clientId": "c"}}
    found = workload(read({kinds.ARG_RESOURCES: [cluster], kinds.ARM_USER_ASSIGNED_IDENTITIES: [identity]}))
    assert (found.kind, found.runs_as, found.served_by, found.active) == ("aks_cluster", ("usr",), ("sys",), False)
    assert dict(found.attributes) == {
        "type": "microsoft.containerservice/managedclusters",
        "node_resource_group": f"{SUB}/resourcegroups/mc_prod",
        "oidc_issuer": "https://oidc",
        "local_accounts": "false",
    }


def test_nodes_of_a_cluster_without_a_managed_identity_hold_a_service_principal(read: Read) -> None:
    cluster = resource(
        "Microsoft.ContainerService/managedClusters", properties={"servicePrincipalProfile": {"clientId": "APP"}}
    )
    records = read({kinds.ARG_RESOURCES: [cluster], kinds.SERVICE_PRINCIPALS: [{"id": "SP", "appId": "app"}]})
    assert workload(records).runs_as == ("sp",)


@pytest.mark.parametrize(
    ("code", "active"), [("PowerState/running", True), ("PowerState/deallocated", False), ("x", None), (None, None)]
)
def test_whether_a_machine_runs(read: Read, code: str | None, active: bool | None) -> None:
    own = {"extended": {"instanceView": {"powerState": {"code": code}}}}
    machine = resource("Microsoft.Compute/virtualMachines", properties=own)
    assert workload(read({kinds.ARG_RESOURCES: [machine]})).active is active


@pytest.mark.parametrize(
    ("own", "exposed"),
    [
        ({"configuration": {"ingress": {"external": True}}}, None),
        ({"configuration": {"ingress": {"external": False}}}, False),
        ({"configuration": {"ingress": None}}, False),
        ({}, None),
    ],
)
def test_whether_a_container_app_can_be_reached(read: Read, own: Any, exposed: bool | None) -> None:
    found = workload(read({kinds.ARG_RESOURCES: [resource("Microsoft.App/containerApps", properties=own)]}))
    assert found.exposed is exposed


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"provisioningState": "Succeeded"}, "true"),
        ({"allowSharedKeyAccess": None}, "true"),
        ({"allowSharedKeyAccess": False}, "false"),
        (None, None),
    ],
)
def test_whether_keys_open_a_storage_account(read: Read, own: Any, told: str | None) -> None:
    records = read({kinds.ARG_RESOURCES: [resource("Microsoft.Storage/storageAccounts", properties=own)]})
    (found,) = records.resources
    assert (found.kind, found.sensitivity, found.scope_id) == ("storage_account", "data", SUB)
    assert dict(found.attributes).get("shared_key") == told


@pytest.mark.parametrize(
    ("noted", "made", "told"),
    [
        ({"key1": "2026-01-02T03:04:05.6Z", "key2": "2025-01-02T03:04:05Z"}, None, "2025-01-02T03:04:05+00:00"),
        ({"key1": "2026-01-02T00:00:00Z", "key2": None}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": "2026-01-02T00:00:00Z"}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": None, "key2": None}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": "2026-01-02T00:00:00Z", "key2": None}, None, None),
        ({"key1": "2026-01-02T00:00:00Z", "key2": "soon"}, "2020-01-01T00:00:00Z", None),
        ({"key1": 7, "key2": 8}, "2020-01-01T00:00:00Z", None),
        ({"key1": [], "key2": None}, {}, None),
        (None, "2020-01-01T00:00:00Z", None),
        ("2020-01-01T00:00:00Z", None, None),
    ],
)
def test_how_old_the_keys_of_a_storage_account_are(read: Read, noted: Any, made: Any, told: str | None) -> None:
    own = {"keyCreationTime": noted, "creationTime": made}
    (found,) = read({kinds.ARG_RESOURCES: [resource("Microsoft.Storage/storageAccounts", properties=own)]}).resources
    assert dict(found.attributes).get("oldest_key_at") == told


@pytest.mark.parametrize(
    ("type_", "own", "told"),
    [
        ("Microsoft.ServiceBus/namespaces", {"disableLocalAuth": True}, "false"),
        ("Microsoft.ServiceBus/namespaces", {"provisioningState": "x"}, "true"),
        ("Microsoft.ContainerRegistry/registries", {"adminUserEnabled": True}, "true"),
        ("Microsoft.ContainerRegistry/registries", {"provisioningState": "x"}, "false"),
        ("Microsoft.Sql/servers", {"administrators": {"azureADOnlyAuthentication": True}}, "false"),
        ("Microsoft.Sql/servers", None, None),
    ],
)
def test_whether_keys_of_its_own_open_a_resource(read: Read, type_: str, own: Any, told: str | None) -> None:
    (found,) = read({kinds.ARG_RESOURCES: [resource(type_, properties=own)]}).resources
    assert dict(found.attributes).get("local_auth") == told


def test_a_resource_of_several_lists_is_one_and_the_more_telling(read: Read) -> None:
    bare = resource("Microsoft.Storage/storageAccounts")
    whole = resource("Microsoft.Storage/storageAccounts", properties={"allowSharedKeyAccess": False})
    records = read({"arm-resources": [bare], "arm-storage-accounts": [whole]})
    assert [dict(one.attributes).get("shared_key") for one in records.resources] == ["false"]


def test_the_owner_of_a_workload_comes_from_what_it_lies_in(read: Read) -> None:
    group = {"id": RG, "name": "Prod", "tags": {"team": "payments"}}
    machine = resource("Microsoft.Compute/virtualMachines")
    owner = workload(read({"arm-resource-groups": [group], kinds.ARG_RESOURCES: [machine]})).owner
    assert owner is not None
    assert (owner.name, owner.source) == ("payments", "scope:team")


def test_a_kind_that_nobody_reads_is_said(read: Read) -> None:
    records = read({"graph-something-new": [{"id": 1}]})
    assert [(row.record_kind, row.status) for row in records.coverage][-1] == (
        "graph-something-new",
        CoverageStatus.SKIPPED,
    )
