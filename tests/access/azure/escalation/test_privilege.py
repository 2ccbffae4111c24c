"""What a report says beyond the level: reasons, the places that nodes stand for, ways to resources and identities."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from nhi_scan.access.azure.privilege import judge
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.routes import to_administrator, to_identity, to_resource, to_scope
from nhi_scan.providers.azure.escalation import techniques

Judge = Callable[[Mapping[str, Any]], Any]
MACHINE = "app/rg/microsoft.compute/virtualmachines/vm"
VAULT = "prod/rg/microsoft.keyvault/vaults/kv"


def test_the_reason_names_the_widest_place(judge_world: Judge) -> None:
    grants = {"narrow": {"role": "Owner", "at": "app"}, "wide": {"role": "Owner", "at": "mg"}}
    report, _, id_of = judge_world({"grants": grants})
    assert report.privileges[id_of("attacker")].reason == f"it may assign any role on `{id_of('mg')}`"
    report, _, id_of = judge_world({"grants": {**grants, "most": {"role": "Global Administrator"}}})
    assert report.privileges[id_of("attacker")].reason == f"it controls the directory of `{id_of('tenant')}`"


@pytest.mark.parametrize(
    ("place", "role", "told"),
    [
        ("prod", "Owner", "it may assign any role on subscription nw-production"),
        ("mg", "Owner", "it may assign any role on management group Platform"),
        ("tenant", "Global Administrator", "it controls the directory of tenant Northwind"),
    ],
)
def test_the_reason_calls_the_place_by_its_name(judge_world: Judge, place: str, role: str, told: str) -> None:
    _, access, id_of = judge_world({"grants": {"own": {"role": role, "at": place}}})
    names = {id_of("prod"): "nw-production", id_of("mg"): "Platform", id_of("tenant"): "Northwind"}
    scopes = {id_: replace(one, name=names.get(id_, "")) for id_, one in access.inventory.scopes.items()}
    inventory = replace(access.inventory, scopes=scopes)
    report = judge(inventory, summarise(inventory, access.now), techniques())
    assert report.privileges[id_of("attacker")].reason == told
    scopes[id_of(place)] = replace(scopes[id_of(place)], name=" ")
    report = judge(inventory, summarise(inventory, access.now), techniques())
    assert report.privileges[id_of("attacker")].reason.endswith(f" `{id_of(place)}`")


RUNS = {"may": ["Microsoft.Compute/virtualMachines/runCommand/action"]}
CONDITION = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'logs'"


def cited(report: Any, name: str) -> list[str]:
    """Return the grants that the first step of somebody's way names, in order."""
    return [ref.binding_id.rpartition("#")[2][:-1] for ref in report.privileges[name].path[0].statements]


@pytest.mark.parametrize(
    ("grants", "named"),
    [
        # Somebody's own role on the resource group is certain; that of a group on the subscription is open.
        ({"wide": {"who": "staff", "at": "app", "if": CONDITION}, "near": {"at": "app/rg"}}, ["near"]),
        ({"wide": {"who": "staff", "at": "app"}, "near": {"at": "app/rg", "if": CONDITION}}, ["wide"]),
        ({"wide": {"at": "app", "eligible": True}, "near": {"at": "app/rg"}}, ["near"]),
        ({"wide": {"who": "later", "at": "app"}, "near": {"at": "app/rg"}}, ["near"]),
        ({"wide": {"at": "app", "if_in_role": CONDITION}, "near": {"at": "app/rg"}}, ["near"]),
        # What is open is named where there is nothing else, and the nearest first where all is certain.
        ({"one": {"at": "app", "if": CONDITION}, "two": {"at": "app", "eligible": True}}, ["one", "two"]),
        ({"far": {"at": "mg"}, "near": {"who": "staff", "at": "app"}}, ["near", "far"]),
        ({"both": {"at": "app"}, "sure": {"who": "staff", "at": "app"}}, ["both", "sure"]),
    ],
)
def test_a_step_names_what_makes_it_certain(
    judge_world: Judge, grants: Mapping[str, Mapping[str, Any]], named: list[str]
) -> None:
    world = {
        "groups": {"staff": ["attacker"], "later": {"eligible": ["attacker"]}},
        "workloads": {MACHINE: {"kind": "virtual_machine"}},
        "grants": {name: {**RUNS, **row} for name, row in grants.items()},
        "deny": [{"at": "other", "actions": RUNS["may"]}],  # what is held on all is not certain on all
    }
    report, _, id_of = judge_world(world)
    assert cited(report, id_of("attacker")) == named
    assert report.privileges[id_of("attacker")].conditional == ("one" in named)


def test_a_role_of_the_directory_is_named_where_it_is_given_for_good(judge_world: Judge) -> None:
    role = "Global Administrator"
    grants = {"later": {"role": role, "eligible": True}, "now": {"who": "staff", "role": role}, "old": {"role": role}}
    grants["old"]["expired"] = True
    report, _, id_of = judge_world({"groups": {"staff": ["attacker"]}, "grants": grants})
    assert cited(report, id_of("attacker")) == ["now"]
    del grants["now"]
    report, _, id_of = judge_world({"grants": grants})
    assert cited(report, id_of("attacker")) == ["later"]


def test_what_gets_at_data_is_named_where_it_is_certain(judge_world: Judge) -> None:
    reads = {"may": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}
    world = {
        "resources": {VAULT: {"kind": "key_vault", "attributes": {"authorization": "rbac"}}},
        "grants": {"wide": {**reads, "at": "prod", "eligible": True}, "near": {**reads, "at": VAULT}},
    }
    report, _, id_of = judge_world(world)
    assert cited(report, id_of("attacker")) == ["near"]
    assert not report.privileges[id_of("attacker")].conditional


def test_control_of_a_subscription_is_that_of_all_above_it(judge_world: Judge) -> None:
    grants = {
        "one": {"who": "attacker", "role": "Owner", "at": "mg"},
        "two": {"who": "bystander", "role": "Global Administrator"},
    }
    report, access, id_of = judge_world({"grants": grants})
    chain = access.inventory.scope_chain(id_of("prod"))
    found = {route.source_id: [step.target_id for step in route.steps] for route in to_scope(report, chain)}
    assert found[id_of("boss")] == [id_of("prod")]
    assert found[id_of("attacker")] == [id_of("mg")]
    assert id_of("bystander") in found
    chain = access.inventory.scope_chain(id_of("tenant"))
    found = {route.source_id: [step.target_id for step in route.steps] for route in to_scope(report, chain)}
    assert set(found) == {id_of("bystander")}, "who controls a part of a tenant does not control it"


def test_ways_lead_through_groups_and_name_what_gives_them(judge_world: Judge) -> None:
    world = {
        "groups": {"staff": []},
        "workloads": {MACHINE: {"kind": "virtual_machine"}},
        "grants": {
            "own": {"may": ["Microsoft.Graph/Group.ReadWrite.All"]},
            "runs": {"who": "staff", "role": "Contributor", "at": "app"},
        },
    }
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    ids = [id_of(name) for name in ("attacker", "staff", "boss", "prod")]
    assert [(step.source_id, step.target_id) for step in privilege.path] == list(pairwise(ids))
    given = [{ref.binding_id.rpartition("#")[2] for ref in step.statements} for step in privilege.path]
    assert given == [{"own0"}, {"runs0"}, {"control0"}]
    routes = {route.source_id: route for route in to_identity(report, id_of("boss"))}
    assert [step.target_id for step in routes[id_of("attacker")].steps] == ids[1:3]


def test_what_a_strong_identity_reads_is_within_reach_of_who_becomes_it(judge_world: Judge) -> None:
    world = {
        "workloads": {MACHINE: {"kind": "virtual_machine", "runs_as": ["bystander"]}},
        "resources": {VAULT: {"kind": "key_vault", "attributes": {"authorization": "rbac"}}},
        "grants": {
            "own": {"may": ["Microsoft.Compute/virtualMachines/runCommand/action"], "at": "app"},
            "reads": {"who": "bystander", "may": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"], "at": VAULT},
        },
    }
    report, access, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert privilege.level == "reaches_sensitive"
    assert [step.target_id for step in privilege.path] == [id_of("bystander"), id_of(VAULT)]
    assert privilege.reason == "may Microsoft.KeyVault/vaults/secrets/getSecret/action on what is sensitive"
    vault = access.inventory.resources[id_of(VAULT)]
    everybody = EffectiveAccess(access.inventory, {"azure": access})
    found = {route.source_id for route in to_resource(report, everybody, vault)}
    assert {id_of("attacker"), id_of("bystander")} <= found


def test_a_deleted_identity_is_nobody(judge_world: Judge) -> None:
    world = {"who": {"attacker": {"status": "deleted"}}, "grants": {"own": {"role": "Owner", "at": "mg"}}}
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.reason) == ("ordinary", "it is deleted")


@pytest.mark.parametrize("level", ["administrator", "can_become_administrator"])
def test_who_is_or_becomes_an_administrator_has_a_way(level: str, judge_world: Judge) -> None:
    grants = {"own": {"may": ["Microsoft.Graph/Application.ReadWrite.All"]}}
    report, _, id_of = judge_world({"grants": grants})
    routes = {route.source_id: route for route in to_administrator(report)}
    assert set(routes) == {id_of("attacker"), id_of("boss")}
    assert report.privileges[id_of("boss" if level == "administrator" else "attacker")].level == level


def test_a_group_whose_members_nobody_listed_makes_nobody_an_administrator(judge_world: Judge) -> None:
    world = {
        "groups": {"staff": {"members": [], "complete": False}},
        "grants": {"own": {"who": "staff", "role": "Owner", "at": "mg"}},
    }
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert privilege.level == "ordinary"
    assert "not everything was collected" in privilege.reason


def test_whoever_is_called_like_a_node_is_still_somebody(judge_world: Judge) -> None:
    world = {
        "groups": {"staff": []},
        "grants": {
            "own": {"may": ["Microsoft.Graph/Group.ReadWrite.All"]},
            "runs": {"who": "staff", "role": "Owner", "at": "app"},
        },
    }
    _, access, id_of = judge_world(world)
    somebody = access.inventory.identities[id_of("bystander")]
    names = [f"control/{id_of('app')}", f"member of {id_of('staff')}", f"control/directory of {id_of('tenant')}"]
    crafted = {name: replace(somebody, id=name, attributes=()) for name in names}
    inventory = replace(access.inventory, identities={**access.inventory.identities, **crafted})
    report = judge(inventory, summarise(inventory, access.now), techniques())
    assert {report.privileges[name].level for name in names} == {"ordinary"}
    privilege = report.privileges[id_of("attacker")]
    assert [step.target_id for step in privilege.path] == [id_of("staff"), id_of("app")]


def test_places_in_a_ring_end(judge_world: Judge) -> None:
    _, access, id_of = judge_world({"grants": {"own": {"role": "Owner", "at": "app"}}})
    scopes = access.inventory.scopes
    ring = {id_of("mg"): replace(scopes[id_of("mg")], parent_id=id_of("app"))}
    inventory = replace(access.inventory, scopes={**scopes, **ring})
    report = judge(inventory, summarise(inventory, access.now), techniques())
    assert report.privileges[id_of("attacker")].level == "administrator"


def test_many_targets_under_an_open_condition_are_one_set(judge_world: Judge) -> None:
    machines: dict[str, Any] = {
        f"app/rg/microsoft.compute/virtualmachines/vm{i}": {"kind": "virtual_machine"} for i in range(60)
    }
    who = {f"runs{i}": {"kind": "managed_identity"} for i in range(60)}
    for i, row in enumerate(machines.values()):
        row["runs_as"] = [f"runs{i}"]
    world = {
        "who": who,
        "workloads": machines,
        "grants": {
            "own": {
                "may": ["Microsoft.Compute/virtualMachines/runCommand/action"],
                "at": "app",
                "if": "@Environment[isPrivateLink] BoolEquals true",
            },
            "control": {"who": "runs7"},
        },
    }
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("can_become_administrator", True)
    assert report.graph.edge_count < 70, "one edge to the set, and one from it to each member"


@pytest.mark.parametrize(
    ("attributes", "conditional"),
    [({"authorization": "access_policy"}, False), ({"authorization": "rbac"}, None), ({}, True)],
)
def test_what_gives_access_to_some_vaults_alone_is_no_way_to_the_others(
    attributes: dict[str, str], conditional: bool | None, judge_world: Judge
) -> None:
    world = {
        "resources": {VAULT: {"kind": "key_vault", "attributes": attributes}},
        "grants": {"own": {"may": ["Microsoft.KeyVault/vaults/accessPolicies/write"], "at": "prod"}},
    }
    report, access, id_of = judge_world(world)
    everybody = EffectiveAccess(access.inventory, {"azure": access})
    routes = to_resource(report, everybody, access.inventory.resources[id_of(VAULT)])
    found = {route.source_id: route.conditional for route in routes}
    assert found.get(id_of("attacker")) is conditional


GUARDED = {
    "an agent's blueprint": {"who": {"agent": {"attributes": {"agent_blueprint": "true"}}}},
    "a person in a restricted unit": {"units": {"unit": ["guarded"]}},
}


@pytest.mark.parametrize("what", GUARDED)
@pytest.mark.parametrize(
    ("may", "boss"),
    [
        ("microsoft.directory/applications/credentials/update", {}),
        ("microsoft.directory/servicePrincipals/credentials/update", {}),
        ("microsoft.directory/users/password/update", {"kind": "user"}),
    ],
)
def test_a_few_objects_that_entra_guards_leave_the_many_others_as_they_are(
    judge_world: Judge, what: str, may: str, boss: Mapping[str, Any]
) -> None:
    many = {f"one{i}": dict(boss) for i in range(60)}
    who = {**many, "boss": boss, "guarded": {"kind": "user"}, **GUARDED[what].get("who", {})}
    world = {"units": {}, **GUARDED[what], "who": who, "grants": {"own": {"may": [may]}}}
    _, access, id_of = judge_world(world)
    groups = {id_: replace(one, attributes=(("restricted", "true"),)) for id_, one in access.inventory.groups.items()}
    inventory = replace(access.inventory, groups=groups)
    report = judge(inventory, summarise(inventory, access.now), techniques())
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("can_become_administrator", False)
    sources = {route.source_id for route in to_identity(report, id_of("guarded"))}
    assert id_of("attacker") not in sources or what != "a person in a restricted unit"


def test_what_is_about_a_part_of_all_applications_leaves_them_open(judge_world: Judge) -> None:
    may = "microsoft.directory/applications.myOrganization/credentials/update"
    world = {"who": {f"one{i}": {} for i in range(60)}, "grants": {"own": {"may": [may]}}}
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("can_become_administrator", True)
