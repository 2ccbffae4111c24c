"""Roles of Resource Manager, who has them where, and who may activate them: as the engine expects them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Condition, Effect
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.arm_records import (
    AUTH,
    CONTRIBUTOR,
    ROLE,
    SUB,
    TENANT,
    VAULT,
    Read,
    assignment,
    definition,
    instance,
    partial,
)


def test_a_permission_set_is_read_however_its_names_begin(read: Read) -> None:
    own = {"Actions": ["*"], "NotActions": ["a/b"], "DataActions": ["c/d"], "Condition": "x", "ConditionVersion": "2.0"}
    (policy,) = read({kinds.ARG_ROLE_DEFINITIONS: [definition(f"{SUB}{ROLE}", [own])]}).policies
    assert [(one.actions, one.not_actions) for one in policy.statements] == [(("*",), ("a/b",)), (("c/d",), ())]
    assert {one.conditions for one in policy.statements} == {(Condition("ABAC", "2.0", ("x",)),)}


def test_a_permission_set_becomes_a_statement_for_each_plane(read: Read) -> None:
    sets = [
        {"actions": ["*"], "notActions": ["a/Write"], "dataActions": ["x/y"], "notDataActions": ["x/z"]},
        {"actions": [], "notActions": ["ignored"], "dataActions": [], "notDataActions": []},
        {"actions": ["b/c"], "notActions": [], "condition": "@Request[x] Exists", "conditionVersion": "2.0"},
    ]
    (policy,) = read({kinds.ARG_ROLE_DEFINITIONS: [definition(f"{SUB}{ROLE}", sets)]}).policies
    assert (policy.id, policy.name, policy.scope_id, policy.managed_by_provider) == (ROLE, "Mine", SUB, False)
    assert [(one.sid, one.plane, one.actions, one.not_actions, one.index) for one in policy.statements] == [
        ("permissions[0].actions", "control", ("*",), ("a/Write",), 0),
        ("permissions[0].dataActions", "data", ("x/y",), ("x/z",), 1),
        ("permissions[2].actions", "control", ("b/c",), (), 2),
    ]
    assert {one.effect for one in policy.statements} == {Effect.ALLOW}
    assert policy.statements[2].conditions == (Condition("ABAC", "2.0", ("@Request[x] Exists",)),)


def test_one_role_of_several_subscriptions(read: Read) -> None:
    lists = [definition(f"{place}{AUTH}/RoleDefinitions/{CONTRIBUTOR}", []) for place in ("", SUB, SUB.upper())]
    records = read({kinds.ARG_ROLE_DEFINITIONS: lists[:1], "arm-role-definitions": lists[1:]})
    assert [one.id for one in records.policies] == [ROLE]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_record_that_tells_the_condition_of_a_role_goes_before_one_that_does_not(
    read: Read, order: tuple[int, int]
) -> None:
    told = {"actions": ["a/b"], "condition": "c", "conditionVersion": "2.0"}
    lists = [definition(ROLE, [{"actions": ["a/b"]}]), definition(ROLE, [told])]
    first, second = (lists[position] for position in order)
    (policy,) = read({kinds.ARG_ROLE_DEFINITIONS: [first], "arm-role-definitions": [second]}).policies
    assert policy.statements[0].conditions == (Condition("ABAC", "2.0", ("c",)),)


@pytest.mark.parametrize("permissions", [None, "x", ["x"], [{"actions": "x"}], [{"actions": [5]}]])
def test_a_role_of_which_something_cannot_be_read_is_not_complete(read: Read, permissions: Any) -> None:
    (policy,) = read({kinds.ARG_ROLE_DEFINITIONS: [definition(ROLE, permissions)]}).policies
    assert not policy.complete


def test_a_role_assignment(read: Read) -> None:
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment(condition="@Resource[x] y", conditionVersion="2.0")]})
    (binding,) = records.bindings
    assert binding.id == f"{SUB}{AUTH}/roleAssignments/a1".lower()
    assert (binding.principal_id, binding.policy_id, binding.scope_id) == ("sp-1", ROLE, SUB)
    assert binding.condition == Condition("ABAC", "2.0", ("@Resource[x] y",))
    assert not build([records]).policies[ROLE].complete


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("/", TENANT),
        (f"{SUB}/", SUB),
        (
            "/providers/Microsoft.Management/managementGroups/Root",
            "/providers/microsoft.management/managementgroups/root",
        ),
        (f"{VAULT}/secrets/S", f"{VAULT}/secrets/s".lower()),
    ],
)
def test_where_a_role_is_assigned(read: Read, written: str, place: str) -> None:
    (binding,) = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment(scope=written)]}).bindings
    assert binding.scope_id == place


def test_an_assignment_of_several_lists_is_one(read: Read) -> None:
    again = {**assignment(), "id": assignment()["id"].upper()}
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment()], "arm-role-assignments": [again, assignment("a2")]})
    assert [one.id.rpartition("/")[2] for one in records.bindings] == ["a1", "a2"]


@pytest.mark.parametrize("lost", ["principalId", "roleDefinitionId", "scope"])
def test_an_assignment_that_lacks_something_is_said(read: Read, lost: str) -> None:
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment("a1", **{lost: None})]})
    assert not records.bindings
    assert partial(records) == {(kinds.ARG_ROLE_ASSIGNMENTS, "role assignments that lack who has what where: 1")}


ALL = (kinds.SERVICE_PRINCIPALS, kinds.USERS, kinds.DIRECTORY_OBJECTS)


@pytest.mark.parametrize(
    ("type_", "covered", "kind", "nature", "status"),
    [
        ("ServicePrincipal", ALL, "service_principal", "non_human", "deleted"),
        ("ServicePrincipal", (kinds.SERVICE_PRINCIPALS,), "service_principal", "non_human", "deleted"),
        ("ServicePrincipal", (), "service_principal", "non_human", "unknown"),
        ("User", ALL, "user", "human", "deleted"),
        ("User", (kinds.USERS,), "user", "human", "unknown"),
        ("Device", ALL, "service_principal", "unknown", "deleted"),
        ("", (), "service_principal", "unknown", "unknown"),
    ],
)
def test_a_principal_that_nothing_lists(
    read: Read, type_: str, covered: tuple[str, ...], kind: str, nature: str, status: str
) -> None:
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment(principalType=type_)]}, also=covered)
    (identity,) = records.identities
    assert (identity.id, identity.name) == ("sp-1", "sp-1")
    assert (identity.kind, identity.nature.value, identity.status) == (kind, nature, status)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"principalType": "ForeignGroup"}, None),
        ({"delegatedManagedIdentityResourceId": f"{SUB}/x"}, "unknown"),
    ],
)
def test_a_principal_of_another_tenant_is_never_deleted(read: Read, more: dict[str, str], status: str | None) -> None:
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment(**more)]}, also=ALL)
    assert [one.status for one in records.identities] == ([status] if status else [])
    assert [(one.complete, dict(one.attributes)) for one in records.groups] == (
        [] if status else [(False, {"foreign": "true"})]
    )


@pytest.mark.parametrize(("covered", "complete", "told"), [(ALL, True, {"status": "deleted"}), ((), False, {})])
def test_a_group_that_nothing_lists(read: Read, covered: tuple[str, ...], complete: bool, told: dict[str, str]) -> None:
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment(principalType="Group")]}, also=covered)
    (group,) = records.groups
    assert (group.id, group.complete, dict(group.attributes)) == ("sp-1", complete, told)


def test_an_object_in_the_bin_is_deleted(read: Read) -> None:
    gone = {"id": "SP-1", "@odata.type": "#microsoft.graph.servicePrincipal", "deletedDateTime": "2026-05-01T00:00:00Z"}
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment()], kinds.DIRECTORY_OBJECTS: [gone]})
    assert [one.status for one in records.identities] == ["deleted"]


def test_an_activated_assignment_ends(read: Read) -> None:
    end = "2026-06-02T00:00:00Z"
    origin = f"{SUB.upper()}{AUTH}/roleAssignments/A1"
    active = instance("roleAssignmentScheduleInstances", "i1", originRoleAssignmentId=origin, endDateTime=end)
    records = read({kinds.ARG_ROLE_ASSIGNMENTS: [assignment()], kinds.ARM_ROLE_ASSIGNMENT_INSTANCES: [active]})
    (binding,) = records.bindings
    assert (binding.expires_at, binding.eligible) == (datetime(2026, 6, 2, tzinfo=UTC), False)


def test_an_active_instance_whose_assignment_was_not_listed(read: Read) -> None:
    origin = f"{SUB}{AUTH}/roleAssignments/other"
    active = instance("roleAssignmentScheduleInstances", "i1", originRoleAssignmentId=origin)
    (binding,) = read({kinds.ARM_ROLE_ASSIGNMENT_INSTANCES: [active]}).bindings
    assert binding.id == origin.lower()


def test_eligibility(read: Read) -> None:
    kind = "roleEligibilityScheduleInstances"
    direct = instance(kind, "e1", endDateTime="2027-01-01T00:00:00Z", roleEligibilityScheduleId="s", principalId="G")
    through = instance(kind, "e2", memberType="Group", roleEligibilityScheduleId="s", principalId="U")
    alone = instance(kind, "e3", memberType="Group", roleEligibilityScheduleId="t", principalId="U")
    below = instance(kind, "e1", principalId="G", roleEligibilityScheduleId="s")
    below["record"]["id"] = f"{SUB}/resourceGroups/long{AUTH}/{kind}/e1"
    records = read({kinds.ARM_ROLE_ELIGIBILITY_INSTANCES: [below, direct, through, alone]})
    assert [(one.id.rpartition("/")[2], one.principal_id, one.eligible, one.source) for one in records.bindings] == [
        ("e1", "g", True, "direct"),
        ("e3", "u", True, "group"),
    ]
    assert records.bindings[0].expires_at == datetime(2027, 1, 1, tzinfo=UTC)
