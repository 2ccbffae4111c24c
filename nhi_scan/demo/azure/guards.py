"""What keeps people and machines of an estate from acting: deny assignments, and what activating a role takes."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure import people
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Record
from nhi_scan.model.entra import EVERYONE


def add_deny(draft: Draft, entry: Mapping[str, Any]) -> None:
    """Add a deny assignment: https://learn.microsoft.com/rest/api/authorization/deny-assignments."""
    name, scope = guid(f"deny {entry['name']}"), entry["scope"]
    lists = ("actions", "notActions", "dataActions", "notDataActions")
    properties = {
        "denyAssignmentName": entry["name"],
        "description": entry.get("description", ""),
        "permissions": [{key: entry.get(key, []) for key in lists}],
        "scope": scope,
        "doNotApplyToChildScopes": False,
        "principals": [_principal(one) for one in entry.get("principals", [EVERYONE])],
        "excludePrincipals": [_principal(one) for one in entry.get("but", ())],
        "isSystemProtected": True,
    }
    type_ = "Microsoft.Authorization/denyAssignments"
    row = {"id": f"{scope}/providers/{type_}/{name}", "name": name, "type": type_, "properties": properties}
    draft.add("deny_assignments", row)


def _principal(id_: str) -> Record:
    return {"id": id_, "type": "SystemDefined" if id_ == EVERYONE else "ServicePrincipal"}


def add_pim(draft: Draft, entry: Mapping[str, Any]) -> None:
    """Add what it takes to activate a role: of Entra, or of Azure where the entry has a scope."""
    approvers = [people.person(one) for one in entry.get("approvers", ())]
    enabled = ["MultiFactorAuthentication", "Justification"] if entry.get("mfa", True) else ["Justification"]
    setting: Record = {"isApprovalRequired": bool(approvers), "approvalStages": []}
    if "scope" in entry:
        _add_arm(draft, entry, enabled, setting)
        return
    graph = "#microsoft.graph.unifiedRoleManagementPolicy"
    stage = [{"@odata.type": "#microsoft.graph.singleUser", "userId": one, "description": one} for one in approvers]
    setting["approvalStages"] = [{"primaryApprovers": stage}] if stage else []
    role = draft.directory_roles[entry["role"]]
    policy = guid(f"policy {entry['role']}")
    expires = {"isExpirationRequired": True, "maximumDuration": f"PT{entry.get('hours', 8)}H"}
    rules = [
        {"@odata.type": f"{graph}ApprovalRule", "id": "Approval_EndUser_Assignment", "setting": setting},
        {"@odata.type": f"{graph}EnablementRule", "id": "Enablement_EndUser_Assignment", "enabledRules": enabled},
        {"@odata.type": f"{graph}ExpirationRule", "id": "Expiration_EndUser_Assignment", **expires},
    ]
    whole = {"id": policy, "displayName": "DirectoryRole", "scopeId": "/", "scopeType": "DirectoryRole", "rules": rules}
    row = {"id": f"{policy}_{role}", "policyId": policy, "scopeId": "/", "scopeType": "DirectoryRole"}
    draft.add("directory_role_policies", {**row, "roleDefinitionId": role, "policy": whole})


def _add_arm(draft: Draft, entry: Mapping[str, Any], enabled: list[str], setting: Record) -> None:
    role, scope = draft.roles[entry["role"]], entry["scope"]
    policy = guid(f"policy {scope} {entry['role']}")
    rules = [
        {"id": "Approval_EndUser_Assignment", "ruleType": "RoleManagementPolicyApprovalRule", "setting": setting},
        {
            "id": "Enablement_EndUser_Assignment",
            "ruleType": "RoleManagementPolicyEnablementRule",
            "enabledRules": enabled,
        },
        {
            "id": "Expiration_EndUser_Assignment",
            "ruleType": "RoleManagementPolicyExpirationRule",
            "isExpirationRequired": True,
            "maximumDuration": f"PT{entry.get('hours', 8)}H",
        },
    ]
    type_ = "Microsoft.Authorization/roleManagementPolicyAssignments"
    properties = {
        "scope": scope,
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "policyId": f"{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{policy}",
        "effectiveRules": rules,
    }
    name = f"{policy}_{role}"
    draft.add(
        "role_policies",
        {"id": f"{scope}/providers/{type_}/{name}", "name": name, "type": type_, "properties": properties},
    )
