"""The graph as a whole: sets instead of many edges, edges that effective access backs, ways that can be asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.access import routes
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.gcp.privilege import Report
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.providers.gcp.escalation import techniques
from tests.access.escalation_graph import edges_from, reached

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
WORLDS = [
    world
    for path in sorted(Path(__file__).with_name("worlds").glob("*.yaml"))
    for world in yaml.safe_load(path.read_text("utf-8"))
]
TOKEN = "iam.serviceAccounts.getAccessToken"
MANY = {f"a{i:03}": {"project": ("app", "other", "prod")[i % 3]} for i in range(90)}
OWN_CONDITION = 'resource.type == "iam.googleapis.com/ServiceAccount"'


def test_one_who_mints_tokens_in_the_whole_organization_has_one_edge(judge_world: Judge) -> None:
    report, _, id_of = judge_world({"accounts": MANY, "grants": {"own": {"may": [TOKEN], "at": "organizations/1"}}})
    assert len(edges_from(report, id_of("attacker"))) == 1
    assert {id_ for id_, _ in reached(report, id_of("attacker"))} >= {id_of(name) for name in (*MANY, "boss")}
    assert report.graph.edge_count <= 2 * len(report.privileges)


def test_several_who_mint_share_the_set(judge_world: Judge) -> None:
    holders = {f"own{i}": {"who": f"a{i:03}", "may": [TOKEN], "at": "folders/10"} for i in range(30)}
    report, _, _ = judge_world({"accounts": MANY, "grants": holders})
    assert report.graph.edge_count <= 30 + len(MANY) + 2 + 4 + 2


def test_too_many_open_questions_leave_the_whole_set_open(judge_world: Judge) -> None:
    open_ = {"may": [TOKEN], "at": "organizations/1", "if": "request.auth.access_levels.size() > 0"}
    report, _, id_of = judge_world({"accounts": MANY, "grants": {"own": open_}})
    edges = edges_from(report, id_of("attacker"))
    assert [edge.conditional for edge in edges] == [True]
    few, _, id_of = judge_world({"grants": {"own": open_}})
    assert reached(few, id_of("attacker")) == {(id_of("boss"), True)}


def test_what_is_denied_on_a_part_is_asked_of_each(judge_world: Judge) -> None:
    world = {
        "accounts": {"far": {"project": "other"}},
        "grants": {"own": {"may": [TOKEN], "at": "folders/10"}},
        "deny": [{"at": "projects/app", "permissions": ["iam.googleapis.com/serviceAccounts.getAccessToken"]}],
    }
    report, access, id_of = judge_world(world)
    assert access.holdings(id_of("attacker"), TOKEN)[0].state is None
    assert reached(report, id_of("attacker")) == {(id_of("far"), False)}


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world["by"])
def test_a_certain_step_is_one_that_access_is_sure_of(world: dict[str, Any], judge_world: Judge) -> None:
    """Every unconditional edge out of an identity: it surely holds what is asked on the target, and on its project."""
    report, access, _ = judge_world(world)
    by_id = {row.id: row for row in techniques().techniques}
    checked = 0
    for edge in report.graph.edges():
        technique = by_id.get(edge.label)
        if technique is None or edge.conditional or edge.source not in access.inventory.identities:
            continue
        if technique.target in ("tag", "deny_policy", "boundary", "own_role", "dag_bucket"):
            continue  # what these rest on is not held yet
        for target in certain_ends(report, edge.target):
            place = report.steps.shown(target)
            for requirement in technique.requires:
                if requirement.at == "target":
                    assert access.truth(edge.source, requirement.permission, place) is True, (edge, place)
                    checked += 1
                if requirement.at == "workload":
                    kinds = [one for one in access.inventory.workloads.values() if place in one.runs_as]
                    asked = [access.truth(edge.source, requirement.permission, one.id) for one in kinds]
                    assert True in asked, (edge, place)
                    checked += 1
                if requirement.at == "project" and (project := access.places.project_of(place)):
                    assert access.truth(edge.source, requirement.permission, project) is True, (edge, place)
                    checked += 1
    assert checked or world.get("conditional") or world["by"] in NOTHING_ON_A_TARGET


NOTHING_ON_A_TARGET = frozenset(
    row.id
    for row in techniques().techniques
    if row.yields == "latent"
    or row.target in ("tag", "deny_policy", "boundary", "own_role", "dag_bucket", "workforce_pool", "pool", "agent")
    or row.target in ("project", "folder", "organization", "cluster_pool", "workload", "cluster")
)


def certain_ends(report: Report, node_id: str) -> set[str]:
    number = report.graph.number(node_id)
    assert number is not None
    if not report.graph.virtual[number]:
        return {node_id}
    ends = (edge.target for edge in report.graph.edges() if edge.source == node_id and not edge.conditional)
    return {end for target in ends for end in certain_ends(report, target)}


def test_ways_to_somebody_go_through_control_of_a_project(judge_world: Judge) -> None:
    report, _, id_of = judge_world({"accounts": {"worker": {"project": "prod"}}})
    found = [route for route in routes.to_identity(report, id_of("worker")) if route.source_id == id_of("boss")]
    assert [[step.target_id for step in route.steps] for route in found] == [["projects/prod", id_of("worker")]]
    assert {step.source_id for step in found[0].steps} == {id_of("boss")}
    assert not found[0].conditional


def test_who_controls_a_project_is_kept_from_its_accounts_by_a_deny_policy_perhaps(judge_world: Judge) -> None:
    deny = {"at": "organizations/1", "permissions": ["iam.googleapis.com/serviceAccounts.getAccessToken"]}
    report, _, id_of = judge_world({"accounts": {"worker": {"project": "prod"}}, "deny": [deny]})
    found = [route for route in routes.to_identity(report, id_of("worker")) if route.source_id == id_of("boss")]
    assert [route.conditional for route in found] == [True]


def test_ways_to_a_resource_and_to_administrators_can_be_asked_for(judge_world: Judge) -> None:
    bucket = "//storage.googleapis.com/data"
    report, access, id_of = judge_world(
        {
            "resources": {bucket: "storage_bucket"},
            "grants": {
                "own": {"may": [TOKEN], "at": "boss"},
                "reads": {"who": "boss", "may": ["storage.objects.get"], "at": "projects/app"},
            },
        }
    )
    known = EffectiveAccess(access.inventory, {"gcp": access})
    found = routes.to_resource(report, known, access.inventory.resources[bucket])
    assert [(route.source_id, [step.target_id for step in route.steps]) for route in found] == [
        (id_of("boss"), [bucket]),
        (id_of("attacker"), [id_of("boss"), bucket]),
    ]
    assert [route.source_id for route in routes.to_administrator(report)] == [id_of("boss"), id_of("attacker")]


def test_the_same_world_gives_the_same_graph(judge_world: Judge) -> None:
    world = {"accounts": MANY, "grants": {"own": {"may": [TOKEN, "iam.serviceAccounts.actAs"], "at": "folders/10"}}}
    first, second = judge_world(world)[0], judge_world(world)[0]
    written = [
        [(one.source, one.target, one.label, one.conditional) for one in each.graph.edges()] for each in (first, second)
    ]
    assert written[0] == written[1] != []
    assert first.privileges == second.privileges


GUESTS = {
    f"//compute.googleapis.com/projects/app/zones/z/instances/vm{i:02}": {
        "kind": "compute_instance",
        "runs_as": [f"a{i:03}"],
        "attributes": {"access_scopes": "https://www.googleapis.com/auth/cloud-platform"},
    }
    for i in range(90)
}
ENTERING = {"may": ["compute.instances.setMetadata"], "at": "projects/app"}
FAR = {name for i, name in enumerate(sorted(MANY)) if i % 3 == 1}  # of project `other`


def test_machines_that_run_as_another_projects_accounts_are_a_set_too(judge_world: Judge) -> None:
    acting = {"may": ["iam.serviceAccounts.actAs"], "at": "projects/other"}
    world = {"accounts": MANY, "workloads": GUESTS, "grants": {"enter": ENTERING, "act": acting}}
    report, _, id_of = judge_world(world)
    assert len(edges_from(report, id_of("attacker"))) == 1
    assert reached(report, id_of("attacker")) == {(id_of(name), False) for name in FAR}


def test_of_many_machines_an_open_condition_leaves_all_open(judge_world: Judge) -> None:
    acting = {
        "may": ["iam.serviceAccounts.actAs"],
        "at": "projects/other",
        "if": "request.auth.access_levels.size() > 0",
    }
    world = {"accounts": MANY, "workloads": GUESTS, "grants": {"enter": ENTERING, "act": acting}}
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("attacker")) == {(id_of(name), True) for name in FAR}


def test_one_machine_and_one_account_are_found_among_many(judge_world: Judge) -> None:
    acting = {"may": ["iam.serviceAccounts.actAs"], "at": "a001"}
    entering = {"may": ["compute.instances.setMetadata"], "at": sorted(GUESTS)[1]}
    world = {"accounts": MANY, "workloads": GUESTS, "grants": {"enter": entering, "act": acting}}
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("attacker")) == {(id_of("a001"), False)}
    world["grants"] = {"enter": {**entering, "at": sorted(GUESTS)[2]}, "act": acting}
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("attacker")) == set()


def test_of_several_ways_to_hold_something_the_one_without_a_condition_counts(judge_world: Judge) -> None:
    deploying = {"may": ["run.services.create"], "at": "projects/app"}
    open_ = {"if": "request.auth.access_levels.size() > 0"}
    world = {
        "grants": {
            "act": {"may": ["iam.serviceAccounts.actAs"], "at": "boss"},
            "wide": {**deploying, **open_, "at": "organizations/1"},
            "own": deploying,
        }
    }
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("attacker")) == {(id_of("boss"), False)}


def test_one_machine_with_known_scopes_is_enough(judge_world: Judge) -> None:
    name = min(GUESTS)
    machine = {**GUESTS[name], "runs_as": ["boss"]}
    entering = {"may": ["compute.instances.setMetadata", "iam.serviceAccounts.actAs"], "at": "projects/app"}
    world = {"workloads": {name: machine, f"{name}-2": {**machine, "attributes": {}}}, "grants": {"own": entering}}
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("attacker")) == {(id_of("boss"), False)}


def test_who_can_become_every_account_has_no_further_edges_to_them(judge_world: Judge) -> None:
    attaching = sorted({name for row in techniques().techniques if row.attaches for name in row.permissions})
    kinds = {f"//w/{kind}": {"kind": kind} for kind in ("cloud_function", "cloud_run_service", "workflow")}
    world = {"accounts": MANY, "workloads": kinds, "grants": {"own": {"may": attaching, "at": "folders/10"}}}
    report, _, id_of = judge_world(world)
    assert len(edges_from(report, id_of("attacker"))) == 1


def test_a_condition_on_the_way_into_a_set_makes_the_step_conditional(judge_world: Judge) -> None:
    deny = {"at": "projects/prod", "permissions": ["iam.googleapis.com/serviceAccounts.getAccessToken"]}
    wide = {"who": "boss", "may": ["resourcemanager.projects.setIamPolicy"], "at": "folders/10"}
    accounts = {"one": {"project": "prod"}, "two": {"project": "prod"}, "far": {"project": "other"}}
    report, _, id_of = judge_world({"accounts": accounts, "grants": {"control": wide}, "deny": [deny]})
    for name in accounts:
        (found,) = [route for route in routes.to_identity(report, id_of(name)) if route.source_id == id_of("boss")]
        assert found.conditional, "a deny policy on a part of what is controlled may keep it out"
        assert [step.conditional for step in found.steps] == [False, True]
