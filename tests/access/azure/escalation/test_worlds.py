"""Realistic tenants in which a technique holds, and in which one change has defeated it.

A world names identities, grants, what runs where and what stands in the way (`conftest.py` says how). `level` is what
the attacker must be (somebody who can become an administrator, unless it says otherwise), `by` the technique of the
first step, `to` whom and what the steps lead to, `only` the techniques that are judged. Each of `defeated` says why,
changes something, and gives the level that is left (ordinary, unless it says otherwise).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.access.azure.privilege import Report, judge
from nhi_scan.providers.azure.escalation import techniques
from tests.access.technique_worlds import REACHED, Judge, read, variants

FOLDER = Path(__file__).with_name("worlds")
MAKING_THE_BOSS = "azure-authorization-role-assignments-write"
WORLDS = read(FOLDER)
DEFEATS = [pytest.param(world, change, id=name) for name, world, change in variants(WORLDS, "defeated")]


def report_of(world: Mapping[str, Any], judge_world: Judge) -> tuple[Report, Callable[[str], str]]:
    report, access, id_of = judge_world(world)
    if "only" in world:
        whole = techniques()
        rows = tuple(row for row in whole.techniques if row.id in (*world["only"], MAKING_THE_BOSS))
        report = judge(access.inventory, access, replace(whole, techniques=rows))
    return report, id_of


@pytest.mark.parametrize("world", [pytest.param(world, id=name) for name, world in WORLDS])
def test_it_holds(world: dict[str, Any], judge_world: Judge) -> None:
    report, id_of = report_of(world, judge_world)
    privilege = report.privileges[id_of("attacker")]
    wanted = (world.get("level", "can_become_administrator"), world.get("conditional", False))
    assert (privilege.level, privilege.conditional) == wanted, privilege
    assert privilege.path[0].technique == world["by"], privilege.path
    own = [step for step in privilege.path if step.source_id == id_of("attacker")]
    assert own[0] is privilege.path[0]
    if not world.get("unproven"):
        assert own[0].statements, "a step names the statements that allow it"
        assert all(ref.binding_id for step in own for ref in step.statements), "and what gives them"
    if "to" in world:
        assert [step.target_id for step in privilege.path] == [id_of(name) for name in world["to"]], privilege.path


@pytest.mark.parametrize(("world", "change"), DEFEATS)
def test_one_change_defeats_it(world: dict[str, Any], change: dict[str, Any], judge_world: Judge) -> None:
    report, id_of = report_of(world, judge_world)
    privilege = report.privileges[id_of("attacker")]
    if change.get("level") in REACHED and "conditional" not in change:
        pytest.fail("what defeats nothing is no defeat")
    wanted = (change.get("level", "ordinary"), change.get("conditional", False))
    assert (privilege.level, privilege.conditional) == wanted, privilege


def test_every_world_is_defeated_by_something() -> None:
    assert [name for name, world in WORLDS if not world.get("defeated")] == []
