"""What limits or surrounds roles: deny assignments, access policies of vaults, operations, rules of activation."""

from typing import Any

from nhi_scan.model.policy import Effect, PrincipalPattern
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.arm_records import AUTH, ROLE, SUB, TENANT, VAULT, Read, partial


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
