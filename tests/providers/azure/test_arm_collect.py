"""Resource Manager, collected over TLS from a server that enforces actions: what is read, what is said of the rest."""

import json
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError

COMPLETE, PARTIAL, DENIED, SKIPPED = (
    CoverageStatus.COMPLETE,
    CoverageStatus.PARTIAL,
    CoverageStatus.DENIED,
    CoverageStatus.SKIPPED,
)
AUTHORIZATION = "providers/Microsoft.Authorization"
GROUPS = "/providers/Microsoft.Management/managementGroups/"
SHOP, LAB, OPS = (f"5b000000-0000-4000-8000-00000000000{number}" for number in range(3))
SHOP_ID, LAB_ID, OPS_ID = (f"/subscriptions/{guid}" for guid in (SHOP, LAB, OPS))
ROOT_ID, PLATFORM_ID = (f"/providers/microsoft.management/managementgroups/{name}" for name in (TENANT, "platform"))
SWEPT = ("arg-resource-containers", "arg-role-assignments", "arg-role-definitions", "arg-resources")
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READ = frozenset({"*/read"})
CANARY = "canary-of-resource-manager"


def guid(number: int) -> str:
    return f"aa000000-0000-4000-8000-{number:012d}"


def thing(group: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{group}/providers/{type_}/{name}",
        "name": name,
        "type": type_,
        "location": "westeurope",
        **more,
    }


def group(subscription: str, name: str) -> dict[str, Any]:
    id_ = f"{subscription}/resourceGroups/{name}"
    return {"id": id_, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": "westeurope"}


def of_role(noun: str, number: int, scope: str, **more: Any) -> dict[str, Any]:
    name = guid(number)
    return {
        "id": f"{scope.rstrip('/')}/{AUTHORIZATION}/{noun}/{name}",
        "name": name,
        "type": f"Microsoft.Authorization/{noun}",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"/{AUTHORIZATION}/roleDefinitions/{CONTRIBUTOR}",
            "principalId": guid(1),
            "principalType": "ServicePrincipal",
            **more,
        },
    }


def identity(subscription: str, name: str, number: int) -> dict[str, Any]:
    known = {"principalId": guid(number), "clientId": guid(number + 1), "tenantId": TENANT}
    return thing(
        f"{subscription}/resourceGroups/Apps",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        name,
        properties=known,
    )


def trust(id_: str, name: str) -> dict[str, Any]:
    return {
        "id": f"{id_}/federatedIdentityCredentials/{name}",
        "name": name,
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "properties": {
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:northwind/shop:ref:refs/heads/main",
            "audiences": ["api://AzureADTokenExchange"],
        },
    }


DEPLOY = identity(SHOP_ID, "deploy", 40)
BUILD = identity(OPS_ID, "build", 50)
DENY = {
    "id": f"{SHOP_ID}/{AUTHORIZATION}/denyAssignments/{guid(70)}",
    "name": guid(70),
    "type": "Microsoft.Authorization/denyAssignments",
    "properties": {
        "denyAssignmentName": "managed",
        "scope": SHOP_ID,
        "permissions": [{"actions": ["*/delete"], "notActions": [], "dataActions": [], "notDataActions": []}],
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
        "excludePrincipals": [],
        "doNotApplyToChildScopes": False,
    },
}
VAULT = thing(
    f"{SHOP_ID}/resourceGroups/Apps",
    "Microsoft.KeyVault/vaults",
    "keys",
    properties={
        "enableRbacAuthorization": False,
        "accessPolicies": [{"tenantId": TENANT, "objectId": guid(1), "permissions": {"secrets": ["get"]}}],
        "vaultUri": "https://keys.vault.azure.net/",
    },
)
FUNCTION = thing(
    f"{SHOP_ID}/resourceGroups/Apps",
    "Microsoft.Web/sites",
    "fn",
    kind="functionapp",
    identity={"type": "UserAssigned", "userAssignedIdentities": {DEPLOY["id"]: {}}},
    properties={
        "state": "Running",
        "siteConfig": {"appSettings": [{"name": "KEY", "value": CANARY}], "acrUseManagedIdentityCreds": True},
        "customDomainVerificationId": CANARY,
    },
)
SECRETIVE = [
    thing(
        f"{SHOP_ID}/resourceGroups/Apps",
        type_,
        f"secretive{number}",
        identity={"type": "SystemAssigned", "principalId": guid(200 + number), "secret": CANARY},
        properties=properties,
    )
    for number, (type_, properties) in enumerate(
        {
            "Microsoft.App/containerApps": {
                "template": {"containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": CANARY}]}]}
            },
            "Microsoft.App/jobs": {"template": {"containers": [{"name": "c", "args": [CANARY]}]}},
            "Microsoft.Compute/virtualMachines": {
                "osProfile": {"customData": CANARY, "adminPassword": CANARY},
                "userData": CANARY,
                "storageProfile": {"osDisk": {"osType": "Linux"}},
            },
            "Microsoft.ContainerInstance/containerGroups": {
                "containers": [
                    {
                        "name": "c",
                        "properties": {
                            "image": "i",
                            "command": ["sh", "-c", CANARY],
                            "environmentVariables": [{"name": "A", "value": CANARY, "secureValue": CANARY}],
                        },
                    }
                ],
                "imageRegistryCredentials": [{"server": "s", "username": "u", "password": CANARY}],
            },
            "Microsoft.Logic/workflows": {
                "definition": {"actions": {"call": {"inputs": {"headers": {"x-key": CANARY}}}}},
                "parameters": {"p": {"value": CANARY}},
                "state": "Enabled",
            },
            "Microsoft.ContainerService/managedClusters": {
                "windowsProfile": {"adminPassword": CANARY},
                "servicePrincipalProfile": {"clientId": "msi", "secret": CANARY},
                "addonProfiles": {"x": {"enabled": True, "config": {"key": CANARY}}},
                "nodeResourceGroup": "MC_apps",
            },
            "Microsoft.Resources/deploymentScripts": {"scriptContent": CANARY, "cleanupPreference": "Always"},
            "Contoso.Unheard/ofThings": {"anything": {"at": [{"all": CANARY}]}},
        }.items()
    )
]


@pytest.fixture(scope="module")
def azure(estate: Estate) -> Estate:
    return replace(
        estate,
        management_groups=[
            {"name": TENANT, "displayName": "Tenant Root Group", "parent": ""},
            {"name": "platform", "displayName": "Platform", "parent": TENANT},
        ],
        subscriptions=[
            {"subscriptionId": SHOP, "displayName": "shop", "parent": "platform"},
            {"subscriptionId": LAB, "displayName": "lab", "parent": TENANT},
            {"subscriptionId": OPS, "displayName": "ops", "parent": "platform"},
        ],
        resources=[
            group(SHOP_ID, "Apps"),
            group(OPS_ID, "Apps"),
            DEPLOY,
            BUILD,
            VAULT,
            FUNCTION,
            thing(f"{SHOP_ID}/resourceGroups/Apps", "Microsoft.Network/virtualNetworks", "net", properties={}),
            *SECRETIVE,
        ],
        role_assignments=[
            of_role("roleAssignments", 11, f"{GROUPS}platform"),
            of_role("roleAssignments", 12, SHOP_ID, condition="@Resource[a] exists", conditionVersion="2.0"),
            of_role("roleAssignments", 13, f"{OPS_ID}/resourceGroups/Apps"),
            of_role("roleAssignments", 14, "/"),
        ],
        deny_assignments=[DENY],
        arm_federated_credentials={DEPLOY["id"]: [trust(DEPLOY["id"], "main")], BUILD["id"]: [trust(BUILD["id"], "b")]},
        role_eligibility_instances=[
            of_role("roleEligibilityScheduleInstances", 21, SHOP_ID, memberType="Direct"),
        ],
        role_assignment_instances=[
            of_role("roleAssignmentScheduleInstances", 22, SHOP_ID, assignmentType="Activated"),
        ],
        role_policies=[of_policy(SHOP_ID)],
        provider_operations=[OPERATIONS],
    )


def of_policy(scope: str) -> dict[str, Any]:
    return {
        "id": f"{scope}/{AUTHORIZATION}/roleManagementPolicyAssignments/{guid(30)}",
        "name": guid(30),
        "type": "Microsoft.Authorization/RoleManagementPolicyAssignment",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"{scope}/{AUTHORIZATION}/roleDefinitions/{CONTRIBUTOR}",
            "policyId": f"{scope}/{AUTHORIZATION}/roleManagementPolicies/{guid(31)}",
        },
    }


OPERATIONS = {
    "id": f"/{AUTHORIZATION}/providerOperations/Microsoft.Web",
    "name": "Microsoft.Web",
    "type": "Microsoft.Authorization/providerOperations",
    "displayName": "Web",
    "operations": [],
    "resourceTypes": [
        {
            "name": "sites",
            "displayName": "Sites",
            "operations": [
                {"name": "Microsoft.Web/sites/read", "displayName": "d", "description": "d", "isDataAction": False}
            ],
        }
    ],
}


def names(collected: Any, kind: str, folder: str = "") -> list[str]:
    return sorted(record["name"] for record in collected.records(kind, folder))


def statuses(collected: Any, scope: str) -> dict[str, CoverageStatus]:
    return {row.record_kind: row.status for row in collected.snapshot.manifest.coverage if row.scope_id == scope}


def gaps(collected: Any) -> dict[tuple[str, str], CoverageStatus]:
    """Gaps of Resource Manager, by scope and kind."""
    rows = collected.snapshot.manifest.coverage
    return {
        (row.scope_id, row.record_kind): row.status
        for row in rows
        if row.status.is_gap and row.record_kind.startswith("ar")
    }


def test_with_every_right_everything_is_there_and_complete(gather: Any, azure: Estate) -> None:
    got = gather(None, azure)

    assert gaps(got) == {}
    assert len(got.records("arm-subscriptions")) == 3
    assert sorted(record["name"] for record in got.records("arg-resource-containers")) == sorted(
        [TENANT, "platform", "shop", "lab", "ops", "Apps", "Apps"]
    )
    assert names(got, "arg-role-assignments") == [guid(11), guid(12), guid(13), guid(14)]
    assert names(got, "arm-role-assignments") == [guid(11), guid(12), guid(14)]  # of one below each chain of groups
    assert len(names(got, "arg-role-definitions")) == len(set(names(got, "arg-role-definitions"))) > 0
    assert names(got, "arm-deny-assignments") == [guid(70)]  # once, though it is listed at and above its scope
    assert names(got, "arm-role-eligibility-instances") == [guid(21)]
    assert names(got, "arm-role-assignment-instances") == [guid(22)]
    assert names(got, "arm-role-policies") == [guid(30)]
    assert names(got, "arm-federated-credentials") == ["b", "main"]
    assert {of["id"] for of in got.kept("arm-federated-credentials")} == {DEPLOY["id"], BUILD["id"]}
    assert {of["scope"] for of in got.kept("arm-role-policies")} == {SHOP_ID}
    assert [record["tenantId"] for record in got.records("arm-tenants")] == [TENANT]
    for scope in (SHOP_ID, LAB_ID, OPS_ID):
        assert {statuses(got, scope)[kind] for kind in SWEPT} == {COMPLETE}
        assert statuses(got, scope)["arm-role-assignments"] is COMPLETE
        assert statuses(got, scope)["arm-federated-credentials"] is COMPLETE
    for scope in (ROOT_ID, PLATFORM_ID):
        assert {statuses(got, scope)[kind] for kind in SWEPT[:3]} == {COMPLETE}


def of_definition(number: int, scope: str, type_: str, **more: Any) -> dict[str, Any]:
    sets = [{"actions": ["a/b"], "notActions": [], "dataActions": [], "notDataActions": [], **more}]
    own = {"roleName": f"r{number}", "type": type_, "assignableScopes": [scope], "permissions": sets}
    id_ = f"/{AUTHORIZATION}/roleDefinitions/{guid(number)}"
    return {"id": id_, "name": guid(number), "type": f"{AUTHORIZATION}/roleDefinitions", "properties": own}


def test_the_conditions_inside_microsofts_own_roles_are_asked_of_one_scope(gather: Any, azure: Estate) -> None:
    builtin = of_definition(41, "/", "BuiltInRole", condition="@Request[a] exists", conditionVersion="2.0")
    got = gather(None, replace(azure, role_definitions=[builtin, of_definition(42, SHOP_ID, "CustomRole")]))

    assert names(got, "arg-role-definitions") == [guid(41), guid(42)]
    assert [one["properties"]["permissions"][0]["condition"] for one in got.records("arm-role-definitions")] == [
        "@Request[a] exists"
    ]
    assert got.served.requests["arm.roleDefinitions"] == 1


def test_roles_that_may_be_read_nowhere_are_not_asked_for(gather: Any, azure: Estate) -> None:
    without = frozenset({"Microsoft.Authorization/permissions/read", "Microsoft.Resources/subscriptions/read"})
    got = gather(Conduct(arm={SHOP_ID: without}), azure)

    assert got.served.requests["arm.roleDefinitions"] == 0
    assert statuses(got, got.tenant)["arm-role-definitions"] is CoverageStatus.DENIED


def test_records_are_as_they_were_answered(gather: Any, azure: Estate) -> None:
    got = gather(None, azure)

    [shop] = [one for one in got.records("arg-role-assignments") if one["name"] == guid(12)]
    assert shop["properties"]["condition"] == "@Resource[a] exists"
    [deny] = got.records("arm-deny-assignments")
    assert deny == DENY
    [operations] = got.records("arm-provider-operations")
    assert operations["resourceTypes"][0]["operations"] == [{"name": "Microsoft.Web/sites/read", "isDataAction": False}]


def test_what_has_an_identity_or_is_worth_naming_is_read(gather: Any, azure: Estate) -> None:
    got = gather(None, azure)

    resources = {record["name"]: record for record in got.records("arg-resources")}
    assert resources.keys() == {"deploy", "build", "keys", "fn", *(one["name"] for one in SECRETIVE)}  # and no network
    assert resources["keys"]["properties"] == VAULT["properties"]
    assert resources["deploy"]["properties"] == DEPLOY["properties"]
    assert resources["fn"]["properties"] == {"state": "Running", "siteConfig": {"acrUseManagedIdentityCreds": True}}
    assert resources["fn"]["identity"] == FUNCTION["identity"]
    assert resources["fn"]["kind"] == "functionapp"


@pytest.mark.parametrize("denied", [False, True], ids=["resource-graph", "by-subscription"])
def test_no_secret_reaches_the_disk(gather: Any, azure: Estate, *, denied: bool) -> None:
    faults = (Fault(family="arm.resourceGraph", kind="403", times=FOREVER),) if denied else ()
    got = gather(Conduct(faults=faults), azure)

    folder = "subscriptions-" + SHOP if denied else got.folder
    kinds = ("arm-resources", "arm-managed-clusters", "arm-key-vaults") if denied else ("arg-resources",)
    kept = [json.dumps(got.records(kind, folder)) for kind in kinds]
    assert "nodeResourceGroup" in "".join(kept)  # it was read
    everything = [line for path in got.snapshot.manifest.files for line in raw(got, path)]
    assert CANARY not in "".join(everything)


def raw(collected: Any, path: str) -> list[str]:
    _, provider, scope, name = path.split("/")
    kind = name.removesuffix(".jsonl.gz")
    return [bytes(one.record).decode() for one in collected.snapshot.records(provider, scope, kind)]


def test_a_role_in_one_resource_group_makes_no_subscription_complete(gather: Any, azure: Estate) -> None:
    only = {SHOP_ID: frozenset({"Microsoft.Resources/subscriptions/read", "Microsoft.Authorization/permissions/read"})}
    got = gather(Conduct(arm={**only, f"{SHOP_ID}/resourcegroups/apps": READ}), azure)

    assert {statuses(got, SHOP_ID)[kind] for kind in SWEPT} == {PARTIAL, DENIED}
    assert statuses(got, SHOP_ID)["arg-resources"] is PARTIAL  # some came
    assert statuses(got, SHOP_ID)["arg-role-assignments"] is DENIED  # none came
    row = got.row("arg-role-assignments", SHOP_ID)
    assert row.permission == "Microsoft.Authorization/roleAssignments/read"
    assert "arm-role-assignments" not in statuses(got, SHOP_ID)
    assert statuses(got, SHOP_ID)["arm-federated-credentials"] is PARTIAL
    assert got.row("arm-role-assignments").status is DENIED  # there is no subscription that could tell what is above


def test_a_role_at_a_subscription_says_nothing_of_those_that_are_hidden(gather: Any, azure: Estate) -> None:
    got = gather(Conduct(arm={SHOP_ID: READ}), azure)

    assert {statuses(got, SHOP_ID)[kind] for kind in SWEPT} == {COMPLETE}
    assert {got.row(kind).status for kind in (*SWEPT, "arm-subscriptions")} == {PARTIAL}
    assert "root management group" in got.row("arg-role-assignments").detail
    assert not statuses(got, LAB_ID)


def test_what_is_assigned_above_is_known_where_the_groups_above_are_not_shown(gather: Any, azure: Estate) -> None:
    got = gather(Conduct(arm={SHOP_ID: READ}), azure)

    assert names(got, "arm-role-assignments") == [guid(11), guid(12), guid(14)]
    assert statuses(got, SHOP_ID)["arm-role-assignments"] is COMPLETE
    for scope in (ROOT_ID, PLATFORM_ID):
        assert statuses(got, scope)["arg-role-assignments"] is COMPLETE
        assert statuses(got, scope)["arg-resource-containers"] is DENIED
    assert got.row("arg-resource-containers", PLATFORM_ID).permission == "Microsoft.Management/managementGroups/read"


def test_without_the_right_to_ask_for_ones_own_rights_nothing_is_complete(gather: Any, azure: Estate) -> None:
    everything_else = frozenset(
        {"Microsoft.R*", "Microsoft.W*", "Microsoft.K*", "Microsoft.Man*/*", "*/roleAssignments/read"}
    )
    got = gather(Conduct(arm={"/": everything_else}), azure)

    assert {statuses(got, SHOP_ID)[kind] for kind in SWEPT} == {PARTIAL}
    assert got.row("arg-resources", SHOP_ID).permission == "Microsoft.Authorization/permissions/read"


def test_no_subscription_at_all_is_no_proof_that_there_is_none(gather: Any, azure: Estate) -> None:
    got = gather(Conduct(arm={}), azure)

    assert {got.row(kind).status for kind in SWEPT} == {DENIED}
    assert "no subscription is shown" in got.row("arg-resources").detail


def test_where_resource_graph_is_denied_subscriptions_are_asked(gather: Any, azure: Estate) -> None:
    got = gather(Conduct(faults=(Fault(family="arm.resourceGraph", kind="403", times=FOREVER),)), azure)

    assert {got.row(kind).status for kind in SWEPT} == {DENIED}
    assert "Microsoft.ResourceGraph/resources/read" in got.row("arg-resources").permission
    folder = f"subscriptions-{SHOP}"
    assert names(got, "arm-role-assignments", folder) == [guid(11), guid(12), guid(14)]
    assert names(got, "arm-role-assignments", f"subscriptions-{OPS}") == [guid(13)]  # those above were told before
    assert names(got, "arm-resource-groups", folder) == ["Apps"]
    assert names(got, "arm-key-vaults", folder) == ["keys"]
    assert got.records("arm-key-vaults", folder)[0]["properties"] == VAULT["properties"]
    assert names(got, "arm-user-assigned-identities", folder) == ["deploy"]
    assert "fn" in names(got, "arm-resources", folder)
    assert names(got, "arm-federated-credentials") == ["b", "main"]
    assert statuses(got, SHOP_ID)["arm-role-assignments"] is COMPLETE
    assert {statuses(got, SHOP_ID)[kind] for kind in SWEPT} == {SKIPPED}
    assert statuses(got, SHOP_ID)["arm-federated-credentials"] is COMPLETE
    groups = {record["name"]: record["properties"] for record in got.records("arm-management-groups")}
    assert groups["platform"]["details"]["parent"]["name"] == TENANT
    assert {child["name"] for child in groups["platform"]["children"]} == {SHOP, OPS}
    for scope in (ROOT_ID, PLATFORM_ID):
        assert {statuses(got, scope)[kind] for kind in SWEPT[:3]} == {COMPLETE}


def test_a_list_of_resources_is_no_proof_that_there_are_no_others(gather: Any, azure: Estate) -> None:
    denied = Fault(family="arm.resourceGraph", kind="403", times=FOREVER)
    unknown = Fault(family="arm.permissions", kind="403", times=FOREVER)
    got = gather(Conduct(faults=(denied, unknown)), azure)

    told = statuses(got, SHOP_ID)
    assert {told["arm-resources"], told["arm-resource-groups"], told["arm-key-vaults"]} == {PARTIAL}
    assert told["arm-role-assignments"] is told["arm-role-definitions"] is COMPLETE
    assert told["arm-federated-credentials"] is PARTIAL
    assert got.row("arm-resources", SHOP_ID).permission == "Microsoft.Authorization/permissions/read"


def test_a_subscription_that_resource_graph_does_not_know_yet_is_asked_by_itself(gather: Any, azure: Estate) -> None:
    # Its row cannot be told from others, which is as good as none: so it is with a subscription made a moment ago.
    got = gather(Conduct(faults=(Fault(family="arm.resourceGraph", kind="odd_type", times=1),)), azure)

    assert names(got, "arm-resource-groups", f"subscriptions-{SHOP}") == ["Apps"]
    assert statuses(got, SHOP_ID)["arg-role-assignments"] is SKIPPED
    assert statuses(got, SHOP_ID)["arm-role-assignments"] is COMPLETE
    assert got.row("arg-role-assignments").status is PARTIAL


def test_without_batches_every_scope_is_asked_by_a_library(gather: Any, azure: Estate) -> None:
    usual = gather(None, azure)
    got = gather(Conduct(faults=(Fault(family="arm.batch", kind="404", times=FOREVER),)), azure)

    assert got.served.requests["arm.batch"] == 1
    assert got.served.requests["arm.denyAssignments"] == 5
    assert got.served.requests["arm.federatedIdentityCredentials"] == 2
    for kind in {row.record_kind for row in usual.snapshot.manifest.coverage if row.record_kind.startswith("arm-")}:
        assert got.records(kind) == usual.records(kind), kind
    assert gaps(got) == {}


def test_what_fails_within_a_batch_is_asked_again_and_nothing_else(gather: Any, azure: Estate) -> None:
    fault = Fault(family="arm.denyAssignments", kind="429", times=2)
    got = gather(Conduct(faults=(fault,)), azure)

    assert got.served.parts["arm.denyAssignments"] == 7
    assert got.row("arm-deny-assignments").status is COMPLETE
    assert names(got, "arm-deny-assignments") == [guid(70)]


def test_one_scope_that_is_denied_in_a_batch_costs_only_itself(gather: Any, azure: Estate) -> None:
    fault = Fault(family="arm.denyAssignments", kind="403", path=LAB_ID, times=FOREVER)
    got = gather(Conduct(faults=(fault,)), azure)

    assert got.row("arm-deny-assignments").status is PARTIAL
    assert got.row("arm-deny-assignments", LAB_ID).status is DENIED
    assert got.row("arm-deny-assignments", LAB_ID).permission == "Microsoft.Authorization/denyAssignments/read"
    assert got.row("arm-deny-assignments", SHOP_ID).status is COMPLETE


def test_a_tenant_without_pim_lacks_nothing(gather: Any, azure: Estate) -> None:
    got = gather(Conduct(premium=False), azure)

    assert got.row("arm-role-eligibility-instances").status in (SKIPPED, COMPLETE)
    assert not [kind for _, kind in gaps(got) if "instances" in kind]


def test_only_what_is_named_is_asked(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, subscriptions=[SHOP])

    assert names(got, "arg-role-assignments") == [guid(11), guid(12), guid(14)]
    assert {got.row(kind).status for kind in SWEPT} == {SKIPPED}
    assert {statuses(got, SHOP_ID)[kind] for kind in SWEPT} == {COMPLETE}
    assert not statuses(got, LAB_ID)


def test_a_management_group_is_asked_with_all_below_it(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, management_groups=["Platform"])

    assert {statuses(got, scope)["arg-role-assignments"] for scope in (SHOP_ID, OPS_ID)} == {COMPLETE}
    assert not statuses(got, LAB_ID)
    assert guid(13) in names(got, "arg-role-assignments")


def test_only_groups_above_and_below_what_is_named_are_asked(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, subscriptions=[LAB])

    scopes = {row.scope_id for row in got.snapshot.manifest.coverage if row.record_kind == "arm-deny-assignments"}
    assert scopes == {got.tenant, ROOT_ID, LAB_ID}


def test_a_subscription_beside_a_management_group_is_asked_too(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, management_groups=["platform"], subscriptions=[LAB])

    assert {statuses(got, scope)["arg-resources"] for scope in (SHOP_ID, OPS_ID, LAB_ID)} == {COMPLETE}


def test_a_named_group_of_which_nothing_is_shown_is_a_gap(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, management_groups=["platform", "elsewhere"])

    hidden = got.row("arg-resource-containers", "/providers/microsoft.management/managementgroups/elsewhere")
    assert hidden.status is DENIED
    assert hidden.permission == "Microsoft.Management/managementGroups/read"


def test_a_named_group_is_followed_where_resource_graph_is_denied(gather: Any, azure: Estate) -> None:
    fault = Fault(family="arm.resourceGraph", kind="403", times=FOREVER)
    got = gather(Conduct(faults=(fault,)), azure, management_groups=["platform"], subscriptions=[LAB])

    for scope in (SHOP_ID, OPS_ID, LAB_ID):
        assert statuses(got, scope)["arm-role-assignments"] is COMPLETE
    got = gather(Conduct(faults=(fault,)), azure, management_groups=["platform"])
    assert not statuses(got, LAB_ID)


def test_a_named_subscription_that_is_not_shown_is_a_gap(gather: Any, azure: Estate) -> None:
    got = gather(None, azure, subscriptions=[SHOP, guid(99)])

    assert statuses(got, f"/subscriptions/{guid(99)}")["arm-subscriptions"] is DENIED
    assert "was named" in got.row("arg-resources", f"/subscriptions/{guid(99)}").detail


def test_nothing_of_what_was_named_is_there(gather: Any, azure: Estate) -> None:
    with pytest.raises(UserError, match=f"`{guid(99)}`"):
        gather(Conduct(arm={}), azure, subscriptions=[guid(99)])


@pytest.mark.parametrize("kind", ["truncated", "503", "closed"])
def test_a_failure_that_passes_costs_nothing(gather: Any, azure: Estate, kind: str) -> None:
    families = ("arm.resourceGraph", "arm.batch", "arm.subscriptions", "arm.providerOperations")
    faults = tuple(Fault(family=family, kind=kind) for family in families)
    got = gather(Conduct(faults=faults), azure)

    assert gaps(got) == {}


@pytest.mark.parametrize(
    ("family", "kind", "lacks"),
    [
        ("arm.resourceGraph", "truncated", "arg-resources"),
        ("arm.resourceGraph", "503", "arg-resources"),
        ("arm.resourceGraph", "odd_type", ""),
        ("arm.batch", "truncated", "arm-deny-assignments"),
        ("arm.batch", "503", "arm-federated-credentials"),
        ("arm.subscriptions", "503", "arm-subscriptions"),
        ("arm.subscriptions", "odd_type", "arg-resources"),
        ("arm.subscriptions", "repeated_link", "arm-subscriptions"),
        ("arm.providerOperations", "truncated", "arm-provider-operations"),
        ("arm.providerOperations", "odd_type", ""),
        ("arm.providerOperations", "repeated_link", "arm-provider-operations"),
        ("arm.denyAssignments", "503", "arm-deny-assignments"),
        ("arm.denyAssignments", "odd_type", ""),
        ("arm.denyAssignments", "repeated_link", "arm-deny-assignments"),
        ("arm.permissions", "503", "arg-role-definitions"),
        ("arm.permissions", "odd_type", ""),
        ("arm.federatedIdentityCredentials", "repeated_link", "arm-federated-credentials"),
    ],
)
def test_a_failure_that_stays_is_told_and_breaks_nothing(
    gather: Any, azure: Estate, family: str, kind: str, lacks: str
) -> None:
    fault = Fault(family=family, kind=kind, times=FOREVER)
    got = gather(Conduct(faults=(fault,)), azure, max_attempts=2)

    told = {row.record_kind for row in got.snapshot.manifest.coverage}
    assert {*SWEPT, "arm-deny-assignments", "arm-provider-operations", "arm-federated-credentials"} <= told
    if lacks:
        assert got.row(lacks).status.is_gap
