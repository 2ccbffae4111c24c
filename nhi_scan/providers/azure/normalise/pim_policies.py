"""What it takes to activate a role that somebody is eligible for.

https://learn.microsoft.com/rest/api/authorization/role-management-policy-assignments and
https://learn.microsoft.com/graph/api/resources/unifiedrolemanagementpolicyassignment.

Attributes of the resource `pim_policy`: `role_id`; `approval_required`, `mfa_required`, `justification_required`
(`true`, `false`), `approvers` (ids of users and groups who approve, with spaces between them; absent where none are
named), `max_hours` (how long it can be active), `permanent_allowed` (`true`, `false`: whether somebody may be given it
for good), `authentication_context` (`true`).
"""

from collections.abc import Iterable, Iterator

from nhi_scan.model.identity import Resource
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.directory_roles import role_id
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import (
    Pairs,
    Record,
    arm_role,
    flag,
    guid,
    hours,
    pairs,
    properties,
    type_name,
    whole,
)
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import objects, text, texts, within

_APPROVER_IDS = ("userId", "groupId", "id")


def read_pim_policies(source: Source, scopes: Scopes, principals: Principals, roles: dict[str, str]) -> None:
    """All policies, of directory roles and of roles of Resource Manager."""
    seen: set[str] = set()
    names = {one.id: one.name for one in source.records.policies}
    for kind, scope_id, place, role, rules in _policies(source, scopes, roles):
        if not place or not role:
            source.note(kind, scope_id, "policies of no role")
            continue
        id_ = f"{place}#pim/{role}"
        if id_ not in seen:
            seen.add(id_)
            attributes = _attributes(rules, role, principals, scope_id)
            source.records.resources.append(
                Resource(
                    id=id_,
                    provider=PROVIDER,
                    kind="pim_policy",
                    name=names.get(role, role),
                    scope_id=place,
                    attributes=attributes,
                )
            )


def _policies(
    source: Source, scopes: Scopes, roles: dict[str, str]
) -> Iterator[tuple[str, str, str, str, list[Record]]]:
    kind = kinds.DIRECTORY_ROLE_POLICIES
    for scope_id, _, record in source.plain(kind):
        policy, definition = within(record, "policy"), guid(record, "roleDefinitionId")
        place = scopes.place(text(record, "scopeId") or "/", scope_id)
        rules = [*objects(policy, "rules"), *objects(policy, "effectiveRules")]
        yield kind, scope_id, place, roles.get(definition) or (role_id(definition) if definition else ""), rules
    kind = kinds.ARM_ROLE_POLICIES
    for scope_id, of, record in source.plain(kind):
        own = properties(record)
        written = text(own, "scope") or text(of, "scope")
        rules = [*objects(own, "effectiveRules"), *objects(own, "rules")]
        place = scopes.place(written, scope_id) if written else ""
        yield kind, scope_id, place, arm_role(text(own, "roleDefinitionId")), rules


def _attributes(rules: Iterable[Record], role: str, principals: Principals, scope_id: str) -> Pairs:
    told: dict[str, str] = {"role_id": role}
    approvers: set[str] = set()
    for rule in rules:
        match text(rule, "id"):
            case "Approval_EndUser_Assignment":
                setting = within(rule, "setting")
                told["approval_required"] = flag(setting.get("isApprovalRequired"))
                for one in (
                    each for stage in objects(setting, "approvalStages") for each in objects(stage, "primaryApprovers")
                ):
                    approver = next((found for name in _APPROVER_IDS if (found := guid(one, name))), "")
                    if approver:
                        approvers.add(approver)
                        named = text(one, "userType") or type_name(one)
                        principals.see(approver, "Group" if "group" in named.lower() else "User", scope_id)
            case "Enablement_EndUser_Assignment":
                enabled = texts(rule.get("enabledRules"))
                told["mfa_required"] = flag("MultiFactorAuthentication" in enabled)
                told["justification_required"] = flag("Justification" in enabled)
            case "AuthenticationContext_EndUser_Assignment" if flag(rule.get("isEnabled")) == "true":
                told["authentication_context"] = "true"
            case "Expiration_EndUser_Assignment":
                longest = hours(rule.get("maximumDuration"))
                told["max_hours"] = "" if longest is None else whole(longest)
            case "Expiration_Admin_Assignment":
                required = flag(rule.get("isExpirationRequired"))
                told["permanent_allowed"] = {"true": "false", "false": "true"}.get(required, "")
    told["approvers"] = " ".join(sorted(approvers)) if told.get("approval_required") == "true" else ""
    return pairs(*told.items())
