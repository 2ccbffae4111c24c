"""Roles of the directory, application permissions and delegated ones: as the engine expects them."""

from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Condition
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.arm_records import GRAPH, TENANT, Read, partial

DIRECTORY_ROLE = {
    "id": "R-1",
    "templateId": "T-1",
    "isBuiltIn": True,
    "isEnabled": True,
    "displayName": "Application Administrator",
    "rolePermissions": [
        {"allowedResourceActions": ["microsoft.directory/applications/create"], "excludedResourceActions": ["x"]},
        {"allowedResourceActions": ["microsoft.directory/users/basic/update"], "condition": "$ResourceIsSelf"},
    ],
}


def test_a_directory_role(read: Read) -> None:
    records = read({kinds.DIRECTORY_ROLE_DEFINITIONS: [DIRECTORY_ROLE]})
    (policy,) = records.policies
    assert (policy.id, policy.managed_by_provider) == ("directory/roledefinitions/t-1", True)
    first, second = policy.statements
    assert (first.plane, first.not_actions, first.conditions) == ("directory", ("x",), ())
    assert second.conditions == (Condition("Entra", "", ("$ResourceIsSelf",)),)


def test_a_disabled_directory_role_gives_nothing(read: Read) -> None:
    (policy,) = read({kinds.DIRECTORY_ROLE_DEFINITIONS: [{**DIRECTORY_ROLE, "isEnabled": False}]}).policies
    assert (policy.statements, policy.attachable) == ((), False)


@pytest.mark.parametrize(
    ("written", "place"),
    [("/", TENANT), ("/administrativeUnits/AB", "/administrativeunits/ab"), ("/OBJ-1", "obj-1")],
)
def test_where_a_directory_role_is_assigned(read: Read, written: str, place: str) -> None:
    record = {"id": "Case", "principalId": "P", "roleDefinitionId": "R-1", "directoryScopeId": written}
    records = read({kinds.DIRECTORY_ROLE_DEFINITIONS: [DIRECTORY_ROLE], kinds.DIRECTORY_ROLE_ASSIGNMENTS: [record]})
    (binding,) = records.bindings
    assert (binding.id, binding.principal_id, binding.scope_id) == ("directory#Case", "p", place)
    assert binding.policy_id == "directory/roledefinitions/t-1"


def test_directory_roles_for_a_time_and_once_activated(read: Read) -> None:
    base = {"principalId": "P", "roleDefinitionId": "T-1", "directoryScopeId": "/", "memberType": "Direct"}
    end = {"endDateTime": "2026-07-01T00:00:00Z"}
    records = read(
        {
            kinds.DIRECTORY_ROLE_ASSIGNMENTS: [{**base, "id": "a"}],
            kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES: [
                {**base, **end, "id": "i", "roleAssignmentOriginId": "a"},
                {**base, "id": "j", "memberType": "Group", "roleAssignmentOriginId": "b"},
            ],
            kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES: [{**base, "id": "e"}],
        }
    )
    assert [(one.id, one.eligible, one.expires_at is not None) for one in records.bindings] == [
        ("directory#a", False, True),
        ("directory-eligible#e", True, False),
    ]


def test_an_assignment_in_the_scope_of_an_application_is_left_out_and_said(read: Read) -> None:
    record = {"id": "a", "principalId": "P", "roleDefinitionId": "T-1", "appScopeId": "/x"}
    records = read({kinds.DIRECTORY_ROLE_ASSIGNMENTS: [record]})
    assert not records.bindings
    assert partial(records) == {
        (kinds.DIRECTORY_ROLE_ASSIGNMENTS, "assignments in the scope of an application, which are not read: 1")
    }


API = {
    "id": "API",
    "appId": GRAPH.upper(),
    "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "appRoles": [
        {"id": "R1", "value": "Application.ReadWrite.All", "isEnabled": True},
        {"id": "R2", "value": "User.Read.All", "isEnabled": False},
    ],
}


def app_role(role: str, **more: Any) -> dict[str, Any]:
    record = {"id": role, "appRoleId": role, "principalId": "SP", "principalType": "ServicePrincipal", **more}
    return {"of": {"id": "API", "appId": GRAPH}, "record": {"resourceId": "API", **record}}


def test_application_permissions(read: Read) -> None:
    default = "00000000-0000-0000-0000-000000000000"
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [API],
            kinds.APP_ROLE_ASSIGNMENTS: [
                app_role("R1"),
                app_role("R2", principalType="Group", principalId="G"),
                app_role("R9"),
                app_role(default),
                app_role(default, id="u", principalType="User", principalId="U"),
            ],
        }
    )
    bound = {one.id: (one.principal_id, one.policy_id, one.scope_id) for one in records.bindings}
    assert bound["approle#R1"] == ("sp", f"approles/{GRAPH}/r1", TENANT)
    assert bound["approle#R2"][0] == "g"
    assert "approle#u" not in bound
    policies = build([records]).policies
    (statement,) = policies[f"approles/{GRAPH}/r1"].statements
    assert (statement.plane, statement.actions) == ("app_role", ("Microsoft.Graph/Application.ReadWrite.All",))
    assert policies[f"approles/{GRAPH}/r1"].managed_by_provider
    assert policies[f"approles/{GRAPH}/r2"].statements == ()
    assert not policies[f"approles/{GRAPH}/r9"].complete
    assert policies[f"approles/{GRAPH}/{default}"].complete


def test_delegated_permissions(read: Read) -> None:
    grant = {"id": "G1", "clientId": "SP", "resourceId": "API", "consentType": "Principal", "principalId": "U"}
    records = read(
        {kinds.SERVICE_PRINCIPALS: [API], kinds.DELEGATED_GRANTS: [{**grant, "scope": " Mail.Read  openid "}]}
    )
    assert [(one.id, one.policy_id) for one in records.bindings] == [
        ("delegated#G1/Mail.Read", f"delegated/{GRAPH}/Mail.Read"),
        ("delegated#G1/openid", f"delegated/{GRAPH}/openid"),
    ]
    assert {one.condition for one in records.bindings} == {Condition("Delegated", "Principal", ("u",))}
    actions = {one.id: one.statements[0].actions for one in records.policies if one.id.startswith("delegated/")}
    assert actions[f"delegated/{GRAPH}/Mail.Read"] == ("Microsoft.Graph/delegated/Mail.Read",)
