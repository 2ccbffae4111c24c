"""A public account full of escalation paths, where what is true of 80 principals is known.

The data lies outside of the repository (`../shared/data`); without it these tests are skipped, and `test_worlds.py`
proves the same behaviour on worlds of our own.
"""

import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.access.aws.privilege import judge
from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.providers.aws.escalation import techniques
from nhi_scan.providers.aws.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

DATA = Path(__file__).parents[5] / "shared" / "data" / "aws" / "iam_vulnerable.json"
ACCOUNT = "111111111111"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
PRIVILEGED = ("administrator", "can_become_administrator", "latent")
LISTS = {
    "iam-users": "UserDetailList",
    "iam-groups": "GroupDetailList",
    "iam-roles": "RoleDetailList",
    "iam-policies": "Policies",
}
NOBODY_IN_PARTICULAR = 1
"""Principals labelled as escalating of which the data shows no permission, no group and no trust that names them."""

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data for development is not there")


def judged(data: Mapping[str, Any], folder: Path, actions: Catalogue) -> dict[str, Privilege]:
    """Judge an account, through a snapshot and the normaliser as any other."""
    writer = SnapshotWriter.create(folder, NOW, "0")
    for kind, name in LISTS.items():
        writer.write("aws", ACCOUNT, kind, [("", {}, record) for record in data["gaad"][name]])
    for kind, record in map(workload, data["workloads"]):
        writer.write("aws", ACCOUNT, kind, [("us-east-1", {}, record)])
    inventory = build([normalise(writer.finish())])
    return judge(inventory, summarise(inventory, NOW, actions), techniques()).privileges


def workload(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a workload as AWS would list it."""
    name, role = re.split(r"[:/]", row["arn"])[-1], row["roles"][0]
    if row["type"] == "aws_lambda_function":
        return "lambda-functions", {"FunctionName": name, "FunctionArn": row["arn"], "Role": role}
    if row["type"] == "aws_glue_dev_endpoint":
        return "glue-dev-endpoints", {"EndpointName": name, "RoleArn": role, "Status": "READY"}
    return "sagemaker-notebook-instances", {
        "NotebookInstanceName": name,
        "NotebookInstanceArn": row["arn"],
        "NotebookInstanceStatus": "InService",
        "RoleArn": role,
    }


def renamed(data: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Give every principal, group, policy and profile another name, and shuffle every list."""
    chance = random.Random(seed)  # noqa: S311 - a shuffle that can be repeated
    text = json.dumps(data)
    names = {row["case"] for row in data["labels"].values()}
    for rows in data["gaad"].values():
        if isinstance(rows, list):
            names |= {row[key] for row in rows for key in row if key.endswith("Name")}
            names |= {one["InstanceProfileName"] for row in rows for one in row.get("InstanceProfileList", [])}
    for number, name in enumerate(sorted(names, key=lambda name: (-len(name), name))):
        text = text.replace(f'/{name}"', f'/fn2-x{number}"').replace(f'"{name}"', f'"fn2-x{number}"')
    return shuffled(json.loads(text), chance)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(each, chance) for key, each in value.items()}
    if isinstance(value, list):
        items = [shuffled(each, chance) for each in value]
        chance.shuffle(items)
        return items
    return value


def wrong(data: Mapping[str, Any], found: Mapping[str, Privilege]) -> tuple[list[str], list[str]]:
    """Return who is missed, and who is accused wrongly."""
    labels = {arn: row["privesc"] for arn, row in data["labels"].items()}
    missed = [arn for arn, escalates in labels.items() if escalates and found[arn].level not in PRIVILEGED]
    accused = [arn for arn, escalates in labels.items() if not escalates and found[arn].level in PRIVILEGED]
    return sorted(missed), sorted(accused)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_who_can_escalate_is_found_and_nobody_else(seed: int | None, tmp_path: Path, aws_actions: Catalogue) -> None:
    data = json.loads(DATA.read_text("utf-8"))
    if seed is not None:
        data = renamed(data, seed)
    found = judged(data, tmp_path / "snapshot", aws_actions)
    missed, accused = wrong(data, found)
    assert accused == []
    assert len(missed) == NOBODY_IN_PARTICULAR
    assert all(found[arn].reason == "no way to more was found" for arn in missed)


def test_every_way_that_is_said_to_exist_ends_at_an_administrator(tmp_path: Path, aws_actions: Catalogue) -> None:
    data = json.loads(DATA.read_text("utf-8"))
    found = judged(data, tmp_path / "snapshot", aws_actions)
    ways = [row for row in found.values() if row.level == "can_become_administrator"]
    assert len(ways) > 30
    for row in ways:
        last = found.get(row.path[-1].target_id)
        assert last is None or last.level == "administrator", row
        assert all(step.statements for step in row.path)


def test_every_published_path_is_in_the_catalogue() -> None:
    paths = json.loads(DATA.with_name("pathfinding_paths.json").read_text("utf-8"))["paths"]
    known = {path: row for row in techniques().techniques for path in row.pathfinding}
    assert sorted(path["id"] for path in paths) == sorted(known)
    for path in paths:
        required = {action.lower() for action in path["required"]} - {"sts:assumerole", "ec2:describeinstances"}
        assert required == set(known[path["id"]].actions), path["id"]
