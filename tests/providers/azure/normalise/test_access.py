"""Roles of all planes, who has them where, deny assignments, access policies: as the engine expects them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.policy import Condition, Effect, PrincipalPattern
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds

Read = Callable[..., Records]

TENANT = "/tenants/aaaaaaaa-0000-0000-0000-000000000001"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
AUTH = "/providers/Microsoft.Authorization"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ROLE = f"/providers/microsoft.authorization/roledefinitions/{CONTRIBUTOR}"
GRAPH = "00000003-0000-0000-c000-000000000000"
VAULT = f"{SUB}/resourceGroups/Prod/providers/Microsoft.KeyVault/vaults/KV"


def definition(id_: str, permissions: list[Any], **more: Any) -> dict[str, Any]:
    own = {
        "roleName": "Mine",
        "type": "CustomRole",
        "assignableScopes": [f"{SUB.upper()}/"],
        "permissions": permissions,
    }
    return {"id": id_, "properties": {**own, **more}}


def assignment(name: str = "a1", **more: Any) -> dict[str, Any]:
    own = {
        "roleDefinitionId": f"{SUB}{AUTH}/roleDefinitions/{CONTRIBUTOR.upper()}",
        "principalId": "SP-1",
        "principalType": "ServicePrincipal",
        "scope": SUB,
    }
    return {"id": f"{SUB}{AUTH}/roleAssignments/{name}", "properties": {**own, **more}}


def instance(kind: str, name: str, **more: Any) -> dict[str, Any]:
    record = assignment(name, **{"memberType": "Direct", **more})
    return {"of": {"scope": SUB}, "record": {**record, "id": f"{SUB}{AUTH}/{kind}/{name}"}}


def partial(records: Records) -> set[tuple[str, str]]:
    return {(row.record_kind, row.detail) for row in records.coverage if row.status is CoverageStatus.PARTIAL}


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


def test_a_deny_assignment(read: Read) -> None:
    everyone = "00000000-0000-0000-0000-000000000000"
    own = {
        "denyAssignmentName": "managed app",
        "scope": SUB,
        "permissions": [{"actions": ["*/write"], "notActions": ["a/b"], "dataActions": ["c/d"]}],
        "principals": [{"id": everyone, "type": "SystemDefined"}],
        "excludePrincipals": [{"id": "SP-1", "type": "ServicePrincipal"}],
        "doNotApplyToChildScopes": True,
        "isSystemProtected": True,
    }
    record = {"id": f"{SUB}{AUTH}/denyAssignments/D", "properties": own}
    records = read({kinds.ARM_DENY_ASSIGNMENTS: [{"of": {"scope": SUB}, "record": record}] * 2})
    (policy,) = records.policies
    assert (policy.kind, policy.name, policy.complete, policy.managed_by_provider) == (
        "guardrail",
        "managed app",
        True,
        True,
    )
    assert [(one.effect, one.plane, one.not_actions) for one in policy.statements] == [
        (Effect.DENY, "control", ("a/b",)),
        (Effect.DENY, "data", ()),
    ]
    assert policy.statements[0].principals == (PrincipalPattern("member", everyone),)
    assert policy.statements[0].not_principals == (PrincipalPattern("member", "sp-1"),)
    (guardrail,) = records.guardrails
    assert (guardrail.policy_id, guardrail.scope_id, guardrail.inherited) == (policy.id, SUB, False)


def vault(**more: Any) -> dict[str, Any]:
    return {"id": VAULT, "name": "KV", "properties": {"vaultUri": "https://kv", **more}}


def test_access_policies_of_a_vault(read: Read) -> None:
    entries = [
        {"objectId": "SP-1", "permissions": {"secrets": ["Get", "list"], "keys": ["wrapKey"]}},
        {"objectId": "U-1", "applicationId": "APP", "permissions": {"certificates": ["all"]}},
    ]
    records = read({kinds.ARG_RESOURCES: [vault(enableRbacAuthorization=False, accessPolicies=entries)]})
    first, second = records.policies
    assert first.id == f"{VAULT.lower()}#accesspolicy/sp-1"
    assert second.id == f"{VAULT.lower()}#accesspolicy/u-1#app"
    assert (first.statements[0].plane, first.statements[0].actions) == (
        "data",
        (
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ),
    )
    assert "Microsoft.KeyVault/vaults/certificatecas/write" in second.statements[0].actions
    assert [(one.principal_id, one.policy_id, one.scope_id) for one in records.bindings] == [
        ("sp-1", first.id, VAULT.lower()),
        ("u-1", second.id, VAULT.lower()),
    ]
    (resource,) = records.resources
    assert dict(resource.attributes)["authorization"] == "access_policy"


def test_a_vault_that_goes_by_roles_has_no_access_policies(read: Read) -> None:
    entry = {"objectId": "SP-1", "permissions": {"secrets": ["all"]}}
    records = read({kinds.ARG_RESOURCES: [vault(enableRbacAuthorization=True, accessPolicies=[entry])]})
    assert not records.bindings
    assert dict(records.resources[0].attributes)["authorization"] == "rbac"


def test_a_permission_that_nobody_knows_is_not_lost(read: Read) -> None:
    entry = {"objectId": "SP-1", "permissions": {"secrets": ["get", "teleport"]}}
    records = read({kinds.ARG_RESOURCES: [vault(accessPolicies=[entry])]})
    assert not records.policies[0].complete
    assert partial(records) == {(kinds.ARG_RESOURCES, "access policies of key vaults that cannot be read: 1")}


def test_a_vault_of_which_only_the_name_was_collected(read: Read) -> None:
    records = read({"arm-resources": [{"id": VAULT, "name": "KV", "properties": None}]})
    assert records.resources[0].attributes == ()


def test_operations_of_providers(read: Read) -> None:
    provider = {
        "name": "Microsoft.X",
        "operations": [{"name": "Microsoft.X/register/action"}],
        "resourceTypes": [{"operations": [{"name": "Microsoft.X/a/read", "isDataAction": True}]}],
    }
    (policy,) = read({kinds.ARM_PROVIDER_OPERATIONS: [provider, provider]}).policies
    assert (policy.id, policy.attachable, policy.complete) == ("azure/provideroperations", False, True)
    assert [(one.plane, one.actions) for one in policy.statements] == [
        ("control", ("Microsoft.X/register/action",)),
        ("data", ("Microsoft.X/a/read",)),
    ]


def test_what_it_takes_to_activate_a_role(read: Read) -> None:
    approvers = [{"@odata.type": "#microsoft.graph.groupMembers", "groupId": "G-1"}, {"id": "U-1", "userType": "User"}]
    rules = [
        {
            "id": "Approval_EndUser_Assignment",
            "setting": {"isApprovalRequired": True, "approvalStages": [{"primaryApprovers": approvers}]},
        },
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"]},
        {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H30M"},
        {"id": "Expiration_Admin_Assignment", "isExpirationRequired": False},
    ]
    own = {"scope": SUB, "roleDefinitionId": f"{SUB}{ROLE}", "effectiveRules": rules}
    records = read(
        {
            kinds.ARM_ROLE_POLICIES: [{"of": {"scope": SUB}, "record": {"properties": own}}],
            kinds.DIRECTORY_ROLE_POLICIES: [{"scopeId": "/", "roleDefinitionId": "T-1", "policy": {"rules": rules}}],
        }
    )
    told = {one.id: dict(one.attributes) for one in records.resources}
    assert set(told) == {f"{SUB}#pim/{ROLE}", f"{TENANT}#pim/directory/roledefinitions/t-1"}
    assert told[f"{SUB}#pim/{ROLE}"] == {
        "role_id": ROLE,
        "approval_required": "true",
        "approvers": "g-1 u-1",
        "mfa_required": "true",
        "justification_required": "false",
        "max_hours": "4.5",
        "permanent_allowed": "true",
    }
    assert [one.id for one in records.groups] == ["g-1"]
    assert [one.id for one in records.identities] == ["u-1"]
