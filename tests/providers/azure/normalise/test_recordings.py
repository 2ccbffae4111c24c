"""Answers that Resource Manager really gave, where a folder of recordings lies beside the repository."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records

RECORDINGS = Path(__file__).parents[5] / "shared" / "data" / "azure" / "recordings"
SUBSCRIPTION = "/subscriptions/ea42f556-5106-4743-99b0-c129bfa71a47"
ROLES = "/providers/microsoft.authorization/roledefinitions/"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings beside the repository")

Read = Callable[..., Records]


def listed(name: str, noun: str) -> list[Any]:
    """The records of a recorded list."""
    recorded = json.loads((RECORDINGS / f"AccessControlTest.{name}.json").read_text(encoding="utf-8"))
    (body,) = (
        one["response"]["body"]["data"]
        for one in recorded["interactions"]
        if one["request"]["uri"].partition("?")[0].endswith(noun)
    )
    return list(body["value"])


def test_role_assignments_and_definitions(read: Read) -> None:
    assignments = listed("test_find_assignments_by_role", "/roleAssignments")
    definitions = listed("test_find_definition_by_name", "/roleDefinitions")
    records = read({"arm-role-assignments": assignments, "arm-role-definitions": definitions}, scope=SUBSCRIPTION)
    assert [row for row in records.coverage if row.status is CoverageStatus.PARTIAL] == []
    inventory = build([records])
    assert len(inventory.bindings) == len(assignments) == 74
    assert len(inventory.policies) == len(definitions) == 128
    assert all(one.complete and one.statements for one in inventory.policies.values())
    assert Counter(one.managed_by_provider for one in inventory.policies.values()) == {True: 117, False: 11}
    named = Counter(inventory.policies[one.policy_id].name for one in inventory.bindings.values())
    assert named.most_common(2) == [("Contributor", 43), ("Owner", 20)]
    one = inventory.bindings[f"{SUBSCRIPTION}{ROLES[:-16]}roleassignments/af976bc5-0274-4870-8442-94daae0d29a1"]
    assert (one.principal_id, one.scope_id) == ("0cbd037f-fe7a-429d-864d-46b7d53fe4d5", SUBSCRIPTION)
    assert one.policy_id == f"{ROLES}8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    contributor = inventory.policies[f"{ROLES}b24988ac-6180-42a0-ab88-20f7382dd24c"].statements
    assert [(each.plane, each.actions, each.not_actions[:2]) for each in contributor] == [
        ("control", ("*",), ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"))
    ]


def test_principals_that_nothing_lists(read: Read) -> None:
    records = read({"arm-role-assignments": listed("test_find_assignments_by_role", "/roleAssignments")})
    found = Counter((one.kind, one.status) for one in records.identities)
    assert found == {("service_principal", "unknown"): 49, ("user", "unknown"): 13}


def test_a_virtual_machine(read: Read) -> None:
    (recorded,) = listed("test_find_assignments_by_resources", "/virtualMachines")
    (workload,) = read({"arm-virtual-machines": [recorded]}, scope=SUBSCRIPTION).workloads
    assert (workload.kind, workload.name, workload.scope_id) == ("virtual_machine", "cctestvm", SUBSCRIPTION)
    assert dict(workload.attributes)["os"] == "linux"
    assert len(workload.runs_as) == ("principalId" in recorded.get("identity", {}))
