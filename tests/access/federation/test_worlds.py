"""Each world: whom each token surely becomes, whom perhaps, and nobody else."""

from typing import Any

import pytest

from tests.access.federation import aws, azure, gcp
from tests.access.federation.world import WORDS, found, worlds

CLOUDS = {"aws": aws.engine, "azure": azure.engine, "gcp": gcp.engine}
WORLDS = list(worlds())


@pytest.mark.parametrize("given", [given for _, given in WORLDS], ids=[name for name, _ in WORLDS])
def test_a_world_is_as_it_says(given: dict[str, Any]) -> None:
    assert set(given) <= WORDS | set(CLOUDS), set(given) - WORDS
    told = {"entered": set(given.get("entered", ())), "perhaps": set(given.get("perhaps", ()))}
    become: dict[str, set[str]] = {"entered": set(), "perhaps": set()}
    for cloud in sorted(CLOUDS.keys() & given.keys()):
        engine, names = CLOUDS[cloud](given[cloud])
        for state, who in found(engine, given["tokens"], names).items():
            become[state] |= who
    assert become == told


def test_there_are_enough_worlds() -> None:
    assert len(WORLDS) >= 60
    assert len({name for name, _ in WORLDS}) == len(WORLDS)
