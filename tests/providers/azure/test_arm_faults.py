"""What is collected of Resource Manager where something is refused, fails or breaks off."""

from typing import Any

import pytest

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from tests.providers.azure.arm_tenant import (
    LAB_ID,
    OPS,
    PLATFORM_ID,
    ROOT_ID,
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
SKIPPED = CoverageStatus.SKIPPED


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


@pytest.mark.parametrize("kind", ["truncated", "503", "closed"])
def test_a_failure_that_passes_costs_nothing(gather: Any, azure: Estate, kind: str) -> None:
    families = ("arm.resourceGraph", "arm.batch", "arm.subscriptions", "arm.providerOperations")
    faults = tuple(Fault(family=family, kind=kind) for family in families)
    calm, got = gather(Conduct(), azure), gather(Conduct(faults=faults), azure)

    assert gaps(got) == {}
    assert {family: got.served.requests[family] - calm.served.requests[family] for family in families} == dict.fromkeys(
        families, 1
    )


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
