"""Two clusters in one snapshot, with the same names in both: what is said of one is what is said of it alone.

The name of a cluster is part of every id, and nothing of one cluster gives anything in another: users, groups and
service accounts are a cluster's own (https://kubernetes.io/docs/reference/access-authn-authz/authentication/).
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
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
Make = Callable[[Mapping[str, Any]], Records]


def renamed(value: Any) -> Any:
    """Return a record as it is in a cluster of another name."""
    if isinstance(value, str):
        return value.replace("k8s:c", "k8s:d")
    if isinstance(value, tuple):
        return tuple(map(renamed, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: renamed(getattr(value, one.name)) for one in fields(value) if one.init})
    return value


def judged(*records: Records) -> dict[str, Any]:
    inventory = build(list(records))
    access = summarise(inventory, inventory_now())
    return dict(judge(inventory, access, techniques()).privileges)


def elsewhere(records: Records) -> Records:
    made = Records()
    for one in fields(Records):
        rows = getattr(records, one.name)
        if isinstance(rows, list):
            setattr(made, one.name, [renamed(row) for row in rows])
    return made
