"""Worlds in which a technique holds, and what is left of them after one change: the form is the same for every cloud.

A file of `worlds/` is a list. `by` of a world names the technique. Each change that it lists (`defeated`, `unknown`)
says `why`, and what of the world is otherwise.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

REACHED = ("administrator", "can_become_administrator")
Judge = Callable[[Mapping[str, Any]], Any]
_WANTED = frozenset({"level", "conditional"})  # what is asserted, not what is so
_CHANGES = frozenset({"defeated", "unknown"})


def read(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the worlds of a folder, each with a name for its tests."""
    return [
        (f"{path.stem}-{i}-{world['by']}", world)
        for path in sorted(folder.glob("*.yaml"))
        for i, world in enumerate(yaml.safe_load(path.read_text("utf-8")))
    ]


def variants(
    worlds: Sequence[tuple[str, dict[str, Any]]], key: str, removed: Any = None
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield every world with each of its changes made: a name, what it is then, and the change as it is written."""
    for name, world in worlds:
        base = {one: value for one, value in world.items() if one not in _WANTED | _CHANGES}
        for change in world.get(key, ()):
            kept = {one: value for one, value in change.items() if one not in _WANTED | {"why"}}
            yield f"{name}-{change['why'].replace(' ', '-')}", changed(base, kept, removed), change


def changed(world: Any, change: Any, removed: Any = None) -> Any:
    """Return a world with some things changed: mappings are merged, `removed` removes, all else is replaced."""
    if not isinstance(world, dict) or not isinstance(change, dict):
        return change
    merged = {**world, **{key: changed(world.get(key), value, removed) for key, value in change.items()}}
    return {key: value for key, value in merged.items() if value != removed}
