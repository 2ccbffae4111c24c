"""Every technique in a world in which it holds, and in worlds that one realistic change has defeated.

A world names accounts, grants, workloads and what stands in the way (`conftest.py` says how). `level` is what
the attacker must be (somebody who can become an administrator, unless it says otherwise), `by` the technique of the
first step. Each of `defeated` says why, changes something, and gives the level that is left (nothing but ordinary,
unless it says otherwise), which the same technique must not have given unless under an open condition.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.providers.kubernetes.escalation import techniques

FOLDER = Path(__file__).with_name("worlds")
REACHED = ("administrator", "can_become_administrator")
ABOUT = frozenset({"why", "level", "conditional"})
WORLDS = [
    (f"{path.stem}-{i}-{world['by']}", world)
    for path in sorted(FOLDER.glob("*.yaml"))
    for i, world in enumerate(yaml.safe_load(path.read_text("utf-8")))
]
Judge = Callable[[Mapping[str, Any]], Any]


def changed(world: Any, change: Any) -> Any:
    """Return a world with some things changed: mappings are merged, null removes, all else is replaced."""
    if not isinstance(world, dict) or not isinstance(change, dict):
        return change
    merged = {**world, **{key: changed(world.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in merged.items() if value is not None}


def defeats() -> Iterator[Any]:
    for name, world in WORLDS:
        for change in world.get("defeated", ()):
            kept = {key: value for key, value in change.items() if key not in ABOUT}
            base = {key: value for key, value in world.items() if key not in ("defeated", "level", "conditional")}
            yield pytest.param(changed(base, kept), change, id=f"{name}-{change['why'].replace(' ', '-')}")


@pytest.mark.parametrize("world", [pytest.param(world, id=name) for name, world in WORLDS])
def test_it_holds(world: dict[str, Any], judge_world: Judge) -> None:
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of(world.get("who", "app/attacker"))]
    wanted = (world.get("level", "can_become_administrator"), world.get("conditional", False))
    assert (privilege.level, privilege.conditional) == wanted, privilege
    assert privilege.path[0].technique == world["by"], privilege.path
    own = [step for step in privilege.path if step.source_id == privilege.identity_id]
    assert own[0] is privilege.path[0]
    assert all(step.statements for step in own), "a step names the statements that allow it"
    assert all(ref.binding_id for step in own for ref in step.statements), "and the bindings that give them"
    if "to" in world:
        assert [step.target_id for step in privilege.path] == [id_of(name) for name in world["to"]], privilege.path


@pytest.mark.parametrize(("world", "change"), list(defeats()))
def test_one_change_defeats_it(world: dict[str, Any], change: dict[str, Any], judge_world: Judge) -> None:
    report, _, id_of = judge_world(world)
    privilege = report.privileges[id_of(world.get("who", "app/attacker"))]
    wanted = (change.get("level", "ordinary"), change.get("conditional", False))
    assert (privilege.level, privilege.conditional) == wanted, privilege
    reached_by_it = privilege.level in REACHED and privilege.path[0].technique == world["by"]
    assert privilege.conditional or not reached_by_it, privilege.path


def test_every_technique_has_its_worlds() -> None:
    assert {world["by"] for _, world in WORLDS} == {row.id for row in techniques().techniques}
    assert [name for name, world in WORLDS if not world.get("defeated")] == []
