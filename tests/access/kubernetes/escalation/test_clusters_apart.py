"""Two clusters in one snapshot, with the same names in both: what is said of one is what is said of it alone.

The name of a cluster is part of every id, and nothing of one cluster gives anything in another: users, groups and
service accounts are a cluster's own (https://kubernetes.io/docs/reference/access-authn-authz/authentication/).
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.access.kubernetes.privilege import judge
from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.escalation import techniques

WORLDS = [
    (f"{path.stem}-{i}", world)
    for path in sorted(Path(__file__).with_name("worlds").glob("*.yaml"))
    for i, world in enumerate(yaml.safe_load(path.read_text("utf-8")))
]
PAIRS = [(name, world, WORLDS[(i + 1) % len(WORLDS)][1]) for i, (name, world) in enumerate(WORLDS)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def renamed(value: Any) -> Any:
    """Return a record as it is in a cluster of another name."""
    if isinstance(value, str):
        return value.replace("k8s:c", "k8s:d")
    if isinstance(value, tuple):
        return tuple(map(renamed, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: renamed(getattr(value, one.name)) for one in fields(value) if one.init})
    return value


def elsewhere(records: Records) -> Records:
    made = Records()
    for one in fields(Records):
        rows = getattr(records, one.name)
        if isinstance(rows, list):
            setattr(made, one.name, [renamed(row) for row in rows])
    return made


def levels(*records: Records) -> dict[str, Any]:
    inventory = build(list(records))
    return judge(inventory, summarise(inventory, NOW), techniques()).privileges


@pytest.mark.parametrize(("one", "other"), [pytest.param(*pair, id=name) for name, *pair in PAIRS[::3]])
def test_each_is_judged_as_if_it_were_alone(
    one: dict[str, Any], other: dict[str, Any], world_records: Callable[[Mapping[str, Any]], Records]
) -> None:
    here, there = world_records(one), elsewhere(world_records(other))
    assert levels(here, there) == levels(here) | levels(there)


@pytest.mark.parametrize(("one", "other"), [pytest.param(*pair, id=name) for name, *pair in PAIRS[1::12]])
def test_each_answers_as_if_it_were_alone(
    one: dict[str, Any], other: dict[str, Any], world_records: Callable[[Mapping[str, Any]], Records]
) -> None:
    here, there = world_records(one), elsewhere(world_records(other))
    alone, both = (summarise(build(list(rows)), NOW) for rows in ([here], [here, there]))
    actions = sorted({text for policy in here.policies for rule in policy.statements for text in rule.actions})
    for action in [*actions, "get secrets", "create pods", "impersonate groups"]:
        found = [row for row in both.who_can(action) if row[0].startswith("k8s:c")]
        assert found == alone.who_can(action)
        assert [row for row in both.holders(action) if row[0].startswith("k8s:c")] == list(alone.holders(action))
        for place in ("k8s:c", "k8s:c/namespaces/prod"):
            assert both.who_can(action, place) == alone.who_can(action, place)
            assert both.holders(action, place) == alone.holders(action, place)
        for identity in here.identities:
            assert both.holdings(identity.id, action) == alone.holdings(identity.id, action)
            assert both.decide(identity.id, action) == alone.decide(identity.id, action)
            assert both.may(identity.id, action, "k8s:d") is False
    for identity in here.identities:
        assert both.groups_of(identity.id) == alone.groups_of(identity.id)
