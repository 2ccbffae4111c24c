"""Of Resource Manager only what was named is collected: subscriptions and management groups."""

from typing import Any

import pytest

from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from tests.providers.azure.arm_tenant import (
    LAB,
    LAB_ID,
    OPS_ID,
    ROOT_ID,
    SHOP,
    SHOP_ID,
    SWEPT,
    guid,
    names,
    statuses,
)

COMPLETE = CoverageStatus.COMPLETE
DENIED = CoverageStatus.DENIED
SKIPPED = CoverageStatus.SKIPPED


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
