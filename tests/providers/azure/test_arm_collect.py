"""Resource Manager, collected over TLS from a server that enforces actions: what is read, what is said of the rest."""

import json
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from tests.providers.azure.arm_tenant import (
    AUTHORIZATION,
    BUILD,
    CANARY,
    DENY,
    DEPLOY,
    FUNCTION,
    LAB_ID,
    OPS_ID,
    PLATFORM_ID,
    READ,
    ROOT_ID,
    SECRETIVE,
    SHOP,
    SHOP_ID,
    SWEPT,
    VAULT,
    gaps,
    guid,
    names,
    statuses,
)

COMPLETE = CoverageStatus.COMPLETE
PARTIAL = CoverageStatus.PARTIAL
DENIED = CoverageStatus.DENIED


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


BATCH = f"{SHOP_ID}/resourceGroups/Apps/providers/Microsoft.Batch/batchAccounts/jobs"
LEARNING = f"{SHOP_ID}/resourceGroups/Apps/providers/Microsoft.MachineLearningServices/workspaces/ml"


def of_parts() -> list[dict[str, Any]]:
    runs = {"type": "UserAssigned", "userAssignedIdentities": {DEPLOY["id"]: {}}}
    return [
        {"id": id_, "name": id_.rpartition("/")[2], "type": type_, "location": "westeurope", **more}
        for id_, type_, more in (
            (BATCH, "Microsoft.Batch/batchAccounts", {"identity": {"type": "None"}}),
            (
                f"{BATCH}/pools/crunch",
                "Microsoft.Batch/batchAccounts/pools",
                {"identity": runs, "properties": {"startTask": {"commandLine": CANARY}}},
            ),
            (LEARNING, "Microsoft.MachineLearningServices/workspaces", {"identity": runs}),
            (f"{LEARNING}/computes/gpu", "Microsoft.MachineLearningServices/workspaces/computes", {"identity": runs}),
        )
    ]


@pytest.mark.parametrize("fault", [(), (Fault(family="arm.resourceGraph", kind="403", times=FOREVER),)])
def test_what_runs_as_an_identity_and_is_no_resource_of_the_graphs_is_listed(
    gather: Any, azure: Estate, fault: tuple[Fault, ...]
) -> None:
    got = gather(Conduct(faults=fault), replace(azure, resources=[*azure.resources, *of_parts()]))

    for kind, name in (("arm-batch-pools", "crunch"), ("arm-machine-learning-computes", "gpu")):
        [part] = got.records(kind)
        assert (part["name"], list(part["identity"]["userAssignedIdentities"])) == (name, [DEPLOY["id"]])
        assert CANARY not in str(part)
        assert "crunch" not in names(got, "arg-resources")
        assert statuses(got, got.tenant)[kind] is COMPLETE


def test_parts_of_resources_that_were_not_all_listed_are_not_all_there(gather: Any, azure: Estate) -> None:
    faults = tuple(
        Fault(family=family, kind="403", times=FOREVER)
        for family in ("arm.resourceGraph", "arm.userAssignedIdentities", "arm.batch")
    )
    got = gather(Conduct(faults=faults), azure)

    assert statuses(got, got.tenant)["arm-batch-pools"] is CoverageStatus.PARTIAL


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
