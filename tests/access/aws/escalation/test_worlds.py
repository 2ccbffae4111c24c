"""Every technique in a world in which it holds, and in worlds that one realistic change has defeated.

A world names an attacker, others, groups, policies, workloads and guardrails (`conftest.py` says how). `level` is what
the attacker must be, `by` the technique of the first step. Each of `defeated` says why, changes something, and gives
the level that is left, which the same technique must not have given unless under an open condition.
"""

from pathlib import Path
from typing import Any

import pytest

from nhi_scan.providers.aws.escalation import techniques
from tests.access.technique_worlds import REACHED, Judge, read, variants

FOLDER = Path(__file__).with_name("worlds")
WORLDS = read(FOLDER)
DEFEATS = [pytest.param(world, change, id=name) for name, world, change in variants(WORLDS, "defeated")]


@pytest.mark.parametrize("world", [pytest.param(world, id=name) for name, world in WORLDS])
def test_it_holds(world: dict[str, Any], judge_world: Judge) -> None:
    report, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == (world["level"], world.get("conditional", False)), privilege
    assert privilege.path[0].technique == world["by"], privilege.path
    assert privilege.path[0].source_id == id_of("attacker")
    own = [step for step in privilege.path if step.source_id == id_of("attacker")]
    assert all(step.statements for step in own), "a step names the statements that allow it"
    if privilege.level == "can_become_administrator":
        assert "to" not in world or privilege.path[-1].target_id == id_of(world["to"]), privilege.path


@pytest.mark.parametrize(("world", "change"), DEFEATS)
def test_one_change_defeats_it(world: dict[str, Any], change: dict[str, Any], judge_world: Judge) -> None:
    report, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == (change["level"], change.get("conditional", False)), privilege
    reached_by_it = privilege.level in REACHED and privilege.path[0].technique == world["by"]
    assert privilege.conditional or not reached_by_it, privilege.path


def test_who_holds_everything_needs_no_way(judge_world: Judge) -> None:
    report, id_of = judge_world({"attacker": {"kind": "role", "allow": ["*"]}})
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional, privilege.path) == ("administrator", False, ())
    assert privilege.statements


def test_every_technique_has_a_world_and_a_defeat() -> None:
    covered = {world["by"] for _, world in WORLDS if world.get("defeated")}
    assert sorted(row.id for row in techniques().techniques if row.yields != "rights" and row.id not in covered) == []


def test_a_role_that_belongs_to_a_service_cannot_write_itself(judge_world: Judge) -> None:
    name = "aws-reserved/sso.amazonaws.com/developers"
    others = {
        name: {"kind": "role", "allow": ["iam:PutRolePolicy"]},
        "own": {"kind": "role", "allow": ["iam:PutRolePolicy"]},
    }
    report, id_of = judge_world({"attacker": {"kind": "user"}, "others": others})
    assert report.privileges[id_of(name)].level == "latent"
    assert report.privileges[id_of("own")].level == "administrator"


def test_a_boundary_that_nobody_read_may_leave_nothing(judge_world: Judge) -> None:
    world = {"attacker": {"kind": "user", "allow": ["*"], "boundary": "unread"}, "others": {"app": {"kind": "user"}}}
    report, id_of = judge_world(world)
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("administrator", True)
