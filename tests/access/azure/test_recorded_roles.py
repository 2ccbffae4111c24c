"""Roles as a subscription answered with them: what each gives, against the words of its definition.

The data lies outside of the repository (`../shared/data`); without it these tests are skipped, and `test_worlds.py`
proves the same behaviour on worlds of our own.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from nhi_scan.access.azure import Questions, Verdict
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Binding, Effect, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure.normalise.arm_roles import permission_sets

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "azure" / "recordings"
DATA = FOLDER / "AccessControlTest.test_find_definition_by_name.json"
TENANT = "/tenants/11111111-1111-1111-1111-111111111111"
SUB = "/subscriptions/33333333-3333-3333-3333-333333333333"
WRITE = "Microsoft.Authorization/roleAssignments/write"
BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data for development is not there")


@lru_cache
def roles() -> dict[str, list[dict[str, Any]]]:
    """Permission sets of each role, by its name."""
    (call,) = json.loads(DATA.read_text())["interactions"]
    body = call["response"]["body"]
    rows = body["data"]["value"]
    return {row["properties"]["roleName"]: row["properties"]["permissions"] for row in rows}


@lru_cache
def questions() -> Questions:
    """Everybody has one role on a subscription, and is called as it."""
    records = Records(
        scopes=[
            Scope(id=TENANT, provider="azure", kind="tenant", name="t", parent_id=""),
            Scope(id=SUB, provider="azure", kind="subscription", name="s", parent_id=TENANT),
        ],
        coverage=[
            Coverage(provider="azure", scope_id=id_, record_kind=kind, status=CoverageStatus.COMPLETE)
            for id_ in (TENANT, SUB)
            for kind in ("arg-role-assignments", "arm-deny-assignments")
        ],
    )
    for name, sets in roles().items():
        statements, fault = permission_sets(sets, Effect.ALLOW)
        assert not fault
        role = f"/providers/microsoft.authorization/roledefinitions/{who(name)}"
        records.policies.append(
            Policy(id=role, provider="azure", kind="role", name=name, scope_id=TENANT, statements=statements)
        )
        records.bindings.append(Binding(id=name, principal_id=who(name), policy_id=role, scope_id=SUB))
        records.identities.append(
            Identity(
                id=who(name),
                provider="azure",
                kind="service_principal",
                nature=Nature.NON_HUMAN,
                nature_reason="",
                name=name,
                scope_id=TENANT,
            )
        )
    return Questions(build([records]))


def who(role: str) -> str:
    return str(uuid5(NAMESPACE_URL, role))


def names(plane: str) -> list[str]:
    """Every action that a role names in full."""
    kinds = ("actions", "notActions") if plane == "control" else ("dataActions", "notDataActions")
    found = {one for sets in roles().values() for each in sets for kind in kinds for one in each.get(kind) or ()}
    return sorted(one for one in found if "*" not in one)


def meant(sets: list[dict[str, Any]], action: str, plane: str) -> bool:
    """What the words of a definition say, by regular expressions of their own."""
    kinds = ("actions", "notActions") if plane == "control" else ("dataActions", "notDataActions")

    def named(patterns: list[str] | None) -> bool:
        made = [".*".join(map(re.escape, one.split("*"))) for one in patterns or ()]
        return any(re.fullmatch(one, action, re.IGNORECASE) for one in made)

    return any(named(each.get(kinds[0])) and not named(each.get(kinds[1])) for each in sets)


@pytest.mark.parametrize("plane", ["control", "data"])
def test_each_role_gives_what_its_words_say(plane: str) -> None:
    asking, other = questions(), set(names("data" if plane == "control" else "control"))
    asked = [action for action in names(plane) if action not in other]
    assert len(asked) >= 20
    for action in asked[:: 5 if plane == "control" else 1]:
        for role, sets in roles().items():
            verdict = asking.ask(who(role), action, SUB).verdict
            assert verdict is (Verdict.ALLOWED if meant(sets, action, plane) else Verdict.DENIED), (role, action)


@pytest.mark.parametrize(
    ("role", "action", "verdict"),
    [
        ("Owner", WRITE, Verdict.ALLOWED),
        ("User Access Administrator", WRITE, Verdict.ALLOWED),
        ("Contributor", WRITE, Verdict.DENIED),
        ("Reader", WRITE, Verdict.DENIED),
        ("Owner", BLOB, Verdict.DENIED),
        ("Contributor", BLOB, Verdict.DENIED),
        ("Storage Blob Data Reader", BLOB, Verdict.ALLOWED),
        ("Reader", "Microsoft.Compute/virtualMachines/read", Verdict.ALLOWED),
    ],
)
def test_roles_that_everybody_knows(role: str, action: str, verdict: Verdict) -> None:
    assert questions().ask(who(role), action, SUB).verdict is verdict
