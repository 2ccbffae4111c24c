"""What the reason of a level says where the resources of a subscription were not collected."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.access.azure.privilege import judge
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.azure.escalation import techniques

Judge = Callable[[Mapping[str, Any]], Any]
PLAIN = "no way to more was found"
RUNS = "Microsoft.Compute/virtualMachines/runCommand/action"


def reason(judge_world: Judge, grant: Mapping[str, Any], unread: tuple[str, ...], other: str = "") -> str:
    """Judge an attacker where the resources of some subscriptions were refused, and say why it is ordinary."""
    _, access, id_of = judge_world({"grants": {"own": grant}})
    inventory = access.inventory
    hidden = {id_of(name) for name in unread}
    rows = [
        replace(row, status=CoverageStatus.DENIED)
        if row.record_kind == "arg-resources" and row.scope_id in hidden
        else row
        for row in inventory.coverage
    ]
    rows += [
        replace(row, record_kind=other, status=CoverageStatus.COMPLETE)
        for row in rows
        if other and row.scope_id in hidden and row.record_kind == "arg-resources"
    ]
    scopes = [replace(one, name="") for one in inventory.scopes.values()]
    made = build(
        [
            Records(
                scopes=scopes,
                identities=list(inventory.identities.values()),
                policies=list(inventory.policies.values()),
                bindings=list(inventory.bindings.values()),
                coverage=rows,
            )
        ]
    )
    privilege = judge(made, summarise(made, access.now), techniques()).privileges[id_of("attacker")]
    assert privilege.level == "ordinary"
    return privilege.reason.replace(id_of("app"), "app").replace(id_of("other"), "other")


def lacking(what: str) -> str:
    return f"{PLAIN}; what is in subscription {what} was not collected and may give it more"


@pytest.mark.parametrize(
    ("grant", "unread", "told"),
    [
        ({"may": [RUNS], "at": "app"}, ("app",), lacking("`app`")),
        ({"may": [RUNS], "at": "app"}, (), PLAIN),
        ({"may": [RUNS], "at": "app"}, ("other",), PLAIN),
        ({"may": [RUNS], "at": "app/rg"}, ("app",), lacking("`app`")),
        ({"may": [RUNS], "at": "mg"}, ("app", "other"), lacking("`app` and one other")),
        ({"may": [RUNS], "at": "tenant"}, ("app", "other", "prod"), lacking("`app` and 2 others")),
        ({"may": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"], "at": "app"}, ("app",), lacking("`app`")),
        # Who could do nothing with what is there has nothing to gain from it, nor who lacks half of what it takes.
        ({"role": "Reader", "at": "app"}, ("app",), PLAIN),
        ({"may": ["Microsoft.Compute/virtualMachines/read"], "at": "app"}, ("app",), PLAIN),
        ({"may": ["Microsoft.Automation/automationAccounts/runbooks/publish/action"], "at": "app"}, ("app",), PLAIN),
    ],
)
def test_the_reason_says_whose_resources_nobody_looked_at(
    judge_world: Judge, grant: Mapping[str, Any], unread: tuple[str, ...], told: str
) -> None:
    assert reason(judge_world, grant, unread) == told


def test_resources_that_each_subscription_listed_are_enough(judge_world: Judge) -> None:
    grant = {"may": [RUNS], "at": "app"}
    assert reason(judge_world, grant, ("app",), "arm-resources") == PLAIN
    assert reason(judge_world, grant, ("app",), "arm-resource-groups") == lacking("`app`")


def test_a_level_that_may_rise_says_so_too(judge_world: Judge) -> None:
    world = {"grants": {"own": {"role": "Contributor", "at": "app/rg"}}}
    _, access, id_of = judge_world(world)
    rows = tuple(row for row in access.inventory.coverage if row.record_kind != "arg-resources")
    made = build(
        [
            Records(
                scopes=list(access.inventory.scopes.values()),
                identities=list(access.inventory.identities.values()),
                policies=list(access.inventory.policies.values()),
                bindings=list(access.inventory.bindings.values()),
                coverage=list(rows),
            )
        ]
    )
    report = judge(made, summarise(made, access.now), techniques())
    assert report.privileges[id_of("attacker")].level == "latent"
    assert "was not collected and may give it more" in report.privileges[id_of("attacker")].reason
    assert report.privileges[id_of("boss")].reason == f"it may assign any role on `{id_of('prod')}`"
