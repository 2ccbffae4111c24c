"""Every technique in a world in which it holds, in ones that a change has defeated, and in ones that leave it open.

`by` is the technique, `who` does it, `to` is what it leads to (a short name, or `control/` before one); `conditional`
where it always rests on something that nobody can tell. Each of `defeated` and `unknown` says why, and changes
something: afterwards the technique leads nowhere, or is open.
"""

from pathlib import Path
from typing import Any

import pytest

from nhi_scan.access.github.escalation.build import CONTROL
from nhi_scan.graph.paths import ways_to
from nhi_scan.providers.github.escalation import techniques
from tests.access.technique_worlds import Judge, read, variants

FOLDER = Path(__file__).with_name("worlds")
WORLDS = read(FOLDER)
ALWAYS_OPEN = {row.id for row in techniques().techniques if row.needs}


def cases(key: str) -> list[Any]:
    """Return the worlds after each of their changes; in these, `-` removes."""
    return [pytest.param(world, id=name) for name, world, _ in variants(WORLDS, key, removed="-")]


def led(world: dict[str, Any], judge_world: Judge) -> bool | str | None:
    """Say whether the technique leads from who does it to where it should: True, None for open, False."""
    report, _, id_of = judge_world(world)
    to: str = world["to"]
    target = f"{CONTROL}{id_of(to.removeprefix(CONTROL))}" if to.startswith(CONTROL) else id_of(to)
    number = report.graph.number(target)
    source = report.graph.number(f"{CONTROL}{id_of(world['who'])}" if world.get("owner") else id_of(world["who"]))
    assert source is not None
    if number is None:
        return False
    ways = ways_to(report.graph, [number])
    if ways.distance[source] != 1:
        return False
    (step,) = report.steps.along(ways.path(source))
    if step.technique != world["by"]:
        return str(step.technique)
    assert step.target_id == id_of(to.removeprefix(CONTROL))
    assert step.conditional == bool(ways.conditional[source])
    needed = next(row for row in techniques().techniques if row.id == world["by"])
    assert bool(step.statements) == bool(needed.requires), "a step names what gives its permissions"
    return None if step.conditional else True


@pytest.mark.parametrize("world", [pytest.param(world, id=name) for name, world in WORLDS])
def test_it_holds(world: dict[str, Any], judge_world: Judge) -> None:
    if world["to"] == "nothing":
        report, _, id_of = judge_world(world)
        level = report.privileges[id_of(world["who"])]
        assert (level.level, level.path[0].technique) == ("latent", world["by"])
        return
    assert led(world, judge_world) is (None if world["by"] in ALWAYS_OPEN else True)


@pytest.mark.parametrize("world", cases("defeated"))
def test_one_change_defeats_it(world: dict[str, Any], judge_world: Judge) -> None:
    if world["to"] == "nothing":
        report, _, id_of = judge_world(world)
        assert report.privileges[id_of(world["who"])].level == "ordinary"
        return
    found = led(world, judge_world)
    assert found is False or isinstance(found, str)


@pytest.mark.parametrize("world", cases("unknown"))
def test_what_is_not_known_leaves_it_open(world: dict[str, Any], judge_world: Judge) -> None:
    if world["to"] == "nothing":
        report, _, id_of = judge_world(world)
        assert report.privileges[id_of(world["who"])].conditional
        return
    assert led(world, judge_world) is None


def test_every_technique_has_its_worlds() -> None:
    assert {world["by"] for _, world in WORLDS} == {row.id for row in techniques().techniques}
    assert [name for name, world in WORLDS if not world.get("defeated")] == []
    bare = [name for name, world in WORLDS if not world.get("unknown") and world["by"] not in ALWAYS_OPEN]
    # What these rest on is always told, or is what control of a place means.
    assert {row.by for row in techniques().techniques for name in bare if name.endswith(row.id)} == {"owner"}
