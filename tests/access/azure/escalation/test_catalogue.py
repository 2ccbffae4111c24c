"""Every technique by itself: each alternative is enough, all that is in it is needed, and what defeats it does.

The worlds are made from the catalogue: the smallest in which a technique's target is there and leads to `boss`, who is
Owner of a subscription. Only the technique under test, and what makes `boss` an administrator, are judged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.access.azure.escalation.technique import Alternative, Requirement, Technique
from nhi_scan.access.azure.privilege import judge
from nhi_scan.model.access import Privilege
from nhi_scan.providers.azure.escalation import techniques

Judge = Callable[[Mapping[str, Any]], Any]
World = dict[str, Any]
CATALOGUE = techniques()
CONTROLLING = "azure-authorization-role-assignments-write"
IDENTITY = "app/rg/microsoft.managedidentity/userassignedidentities/boss"
THING = "app/rg/microsoft.tests/things/thing"
OF_GROUPS = ("group", "role_group", "any_group", "dynamic_group")
OF_TARGET = (
    "applications",
    "servicePrincipals",
    "agentIdentityBlueprints",
    "groups",
    "groups.security",
    "groupsAssignableToRoles",
)  # what directory roles may be given on an object for; people's, on the tenant
REACHED = ("administrator", "can_become_administrator")
BY_NATURE = frozenset({"agent_identity", "agent_user", "approval"})
LEADING = [row for row in CATALOGUE.techniques if row.yields != "latent" and row.target not in BY_NATURE]
LATENT = [row for row in CATALOGUE.techniques if row.yields == "latent" and row.target not in BY_NATURE]
# What is of use only where a condition limits what roles may be given is in the worlds.
LIMITED = "azure-authorization-role-of-its-own-assign"
PAIRS = [
    (row, i) for row in LEADING if row.target != "own_role" and row.id != LIMITED for i in range(len(row.requires))
]


def target_of(technique: Technique) -> tuple[World, str]:
    """Return the smallest world with a target of a technique, and where its permissions are held."""
    boss: World = {"kind": "managed_identity", "attributes": {"assigned": "system"}}
    settings = {"azure_rbac": "true"} if "no_azure_rbac" in technique.blocked_by else {}
    running = {"kind": next(iter(technique.workloads), "aks_cluster"), "runs_as": ["boss"], "attributes": settings}
    group: World = {"members": [], "attributes": {}}
    if technique.target in ("role_group", "dynamic_group"):
        group["attributes"] = {"role_assignable" if technique.target == "role_group" else "dynamic": "true"}
    kinds: dict[str, tuple[World, str]] = {
        "application": ({}, "boss.app"),
        "service_principal": ({}, "boss"),
        "disabled_service_principal": ({"who": {"boss": {"status": "disabled"}}}, "boss"),
        "agent_blueprint": ({"who": {"boss": {"attributes": {"agent_blueprint": "true"}}}}, "boss.app"),
        "workload": ({"who": {"boss": boss}, "workloads": {THING: running}}, THING),
        "cluster": ({"who": {"boss": boss}, "workloads": {THING: running}}, THING),
        "node_group": (
            {
                "who": {"boss": boss},
                "workloads": {THING: {**running, "attributes": {"node_resource_group": "RG"}}},
            },
            "app/rg",
        ),
        "identity": (
            {
                "who": {
                    "boss": {"kind": "managed_identity", "attributes": {"assigned": "user", "resource_id": IDENTITY}}
                }
            },
            IDENTITY,
        ),
        "place": ({}, "app"),
        "directory": ({}, "tenant"),
        "root": ({}, "tenant"),
    }
    if technique.target in ("user", "any_user", "helpdesk_user", "authentication_user", "user_admin_user"):
        return {"who": {"boss": {"kind": "user"}}}, "boss"
    if technique.target in OF_GROUPS:
        return {"groups": {"staff": group}, "grants": {"control": {"who": "staff"}}}, "staff"
    return kinds[technique.target]


def granted(rows: Alternative, place: str) -> Iterator[tuple[str, World]]:
    """Yield the grants of an alternative, each under a name of its own."""
    for i, row in enumerate(rows):
        at = place if row.at == "target" else "other"
        what = {"role": row.role} if row.role else {"may": [row.action]}
        elsewhere = row.action.startswith("microsoft.directory/") and row.action.split("/")[1] not in OF_TARGET
        if elsewhere or row.action.startswith("Microsoft.Graph/") or (row.role and "/owners/" not in row.role):
            at = "tenant"
        yield f"own{i}", {**what, "at": at}


def world_of(technique: Technique, alternative: int, *, without: Requirement | None = None) -> World:
    """Return a world in which an alternative of a technique is held."""
    world, place = target_of(technique)
    rows = technique.requires[alternative]
    if any(row.role.startswith("directory/owners/") for row in rows) and len(rows) == 1:
        world = {**world, "who": {**world.get("who", {}), "attacker": {"kind": "user"}}}
    grants = dict(granted(tuple(row for row in rows if row != without), place))
    own = {"control": {"who": "boss", "role": "Owner", "at": "prod", **world.get("grants", {}).get("control", {})}}
    if technique.target == "disabled_service_principal":
        own["control"]["who"] = "boss"
    return {**world, "grants": {**own, **grants}}


def judged(technique: Technique, world: World, judge_world: Judge) -> Privilege:
    """Judge the attacker of a world by one technique alone."""
    _, access, id_of = judge_world(world)
    rows = [row for row in CATALOGUE.techniques if row.id in (technique.id, CONTROLLING)]
    report = judge(access.inventory, access, replace(CATALOGUE, techniques=tuple(rows)))
    return report.privileges[id_of("attacker")]


def reached(technique: Technique, found: Privilege) -> bool:
    """Say whether a technique made somebody an administrator for certain."""
    by_it = bool(found.path) and found.path[0].technique == technique.id
    return found.level in REACHED and not found.conditional and by_it


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in PAIRS])
def test_each_alternative_is_enough_and_names_what_gives_it(technique: Technique, i: int, judge_world: Judge) -> None:
    found = judged(technique, world_of(technique, i), judge_world)
    assert found.level in REACHED, found
    assert found.path[0].technique == technique.id
    assert found.conditional == bool(technique.needs), found
    assert len({ref.binding_id for ref in found.path[0].statements}) == len(technique.requires[i])


@pytest.mark.parametrize(
    ("technique", "i", "row"),
    [
        pytest.param(one, i, row, id=f"{one.id}-{i}-{row.name.rpartition('/')[0].rpartition('/')[2]}")
        for one, i in PAIRS
        for row in one.requires[i]
    ],
)
def test_all_of_an_alternative_is_needed(technique: Technique, i: int, row: Requirement, judge_world: Judge) -> None:
    found = judged(technique, world_of(technique, i, without=row), judge_world)
    assert found.level not in REACHED, found


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in PAIRS])
def test_what_has_lapsed_gives_nothing(technique: Technique, i: int, judge_world: Judge) -> None:
    world = world_of(technique, i)
    world["grants"] = {name: {**row, "expired": name.startswith("own")} for name, row in world["grants"].items()}
    assert judged(technique, world, judge_world).level == "ordinary"


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in PAIRS])
def test_what_has_to_be_activated_is_an_open_condition(technique: Technique, i: int, judge_world: Judge) -> None:
    world = world_of(technique, i)
    world["grants"] = {name: {**row, "eligible": name.startswith("own")} for name, row in world["grants"].items()}
    found = judged(technique, world, judge_world)
    assert found.level in REACHED
    assert found.conditional


BECOMING = [(row, i) for row, i in PAIRS if row.yields == "become" and row.target != "disabled_service_principal"]


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in BECOMING])
def test_a_disabled_target_is_nobody(technique: Technique, i: int, judge_world: Judge) -> None:
    world = world_of(technique, i)
    world["who"] = {**world.get("who", {}), "boss": {**world.get("who", {}).get("boss", {}), "status": "disabled"}}
    assert judged(technique, world, judge_world).level in ("ordinary", "latent")


OF_ARM = [(row, i) for row, i in PAIRS if row.target in ("workload", "identity", "cluster", "node_group", "place")]


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in OF_ARM])
def test_a_deny_assignment_defeats_what_is_done_in_resource_manager(
    technique: Technique, i: int, judge_world: Judge
) -> None:
    world = world_of(technique, i)
    planes = [{"at": "mg", "actions": ["*"], "plane": plane, "except": ["boss"]} for plane in ("control", "data")]
    found = judged(technique, {**world, "deny": planes}, judge_world)
    assert found.level not in REACHED, found


@pytest.mark.parametrize(("technique", "i"), [pytest.param(row, i, id=f"{row.id}-{i}") for row, i in OF_ARM])
def test_what_is_held_elsewhere_does_not_reach(technique: Technique, i: int, judge_world: Judge) -> None:
    world = world_of(technique, i)
    world["grants"] = {
        name: {**row, "at": "prod/rg/microsoft.tests/things/other" if name.startswith("own") else row["at"]}
        for name, row in world["grants"].items()
    }
    assert not reached(technique, judged(technique, world, judge_world))


@pytest.mark.parametrize("technique", [pytest.param(row, id=row.id) for row in LATENT])
def test_what_prepares_others_is_latent(technique: Technique, judge_world: Judge) -> None:
    for rows in technique.requires:
        grants = dict(granted(rows, "tenant"))
        found = judged(technique, {"grants": grants}, judge_world)
        assert (found.level, found.path[0].technique) == ("latent", technique.id)
        assert found.path[0].statements


def test_nothing_is_left_out() -> None:
    tried = {row.id for row, _ in PAIRS} | {row.id for row in LATENT}
    left = {row.id for row in CATALOGUE.techniques} - tried
    assert left == {
        LIMITED,
        "azure-authorization-role-definitions-write",
        "entra-agent-blueprint-token",
        "entra-agent-identity-user",
        "entra-pim-approval",
    }, "these have worlds of their own"
