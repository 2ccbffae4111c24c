"""What a record of an export is, told from what it holds.

`az` writes arrays, in which what belongs to Resource Manager has its properties beside its id; `az graph query` an
object with `data`; `az rest` and Microsoft Graph an object with `value`, or a record a line. Where a record does not
say what it belongs to, the name of its file does: see `import_parents`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.record import record
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.arm_trim import trimmed
from nhi_scan.providers.azure.import_parents import Parent
from nhi_scan.snapshot.values import objects, text

Value = dict[str, Any]

ROLE_ASSIGNMENTS = "arm-role-assignments"
ROLE_DEFINITIONS = "arm-role-definitions"
RESOURCES = "arm-resources"
RESOURCE_GROUPS = "arm-resource-groups"

_AUTHORIZATION = "microsoft.authorization/"
# Types of Resource Manager that are no resources -> record kind.
_TYPES: Mapping[str, str] = {
    f"{_AUTHORIZATION}roleassignments": ROLE_ASSIGNMENTS,
    f"{_AUTHORIZATION}roledefinitions": ROLE_DEFINITIONS,
    f"{_AUTHORIZATION}denyassignments": kinds.ARM_DENY_ASSIGNMENTS,
    f"{_AUTHORIZATION}roleeligibilityscheduleinstances": kinds.ARM_ROLE_ELIGIBILITY_INSTANCES,
    f"{_AUTHORIZATION}roleassignmentscheduleinstances": kinds.ARM_ROLE_ASSIGNMENT_INSTANCES,
    f"{_AUTHORIZATION}rolemanagementpolicyassignments": kinds.ARM_ROLE_POLICIES,
    f"{_AUTHORIZATION}provideroperations": kinds.ARM_PROVIDER_OPERATIONS,
    "microsoft.managedidentity/userassignedidentities": kinds.ARM_USER_ASSIGNED_IDENTITIES,
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": kinds.ARM_FEDERATED_CREDENTIALS,
    "microsoft.resources/resourcegroups": RESOURCE_GROUPS,
    "microsoft.resources/subscriptions/resourcegroups": RESOURCE_GROUPS,
}
_GRAPH_TABLES = {ROLE_ASSIGNMENTS: kinds.ARG_ROLE_ASSIGNMENTS, ROLE_DEFINITIONS: kinds.ARG_ROLE_DEFINITIONS}
# Gone since 2024: https://learn.microsoft.com/azure/role-based-access-control/classic-administrators
_CLASSIC = "classicadministrators"
_CONTAINERS = frozenset(
    {
        "microsoft.management/managementgroups",
        "microsoft.resources/subscriptions",
        "microsoft.resources/subscriptions/resourcegroups",
    }
)
# What a list of one type tells more of than the list of all.
_TYPED = {
    "microsoft.keyvault/vaults": "arm-key-vaults",
    "microsoft.storage/storageaccounts": "arm-storage-accounts",
    "microsoft.containerservice/managedclusters": "arm-managed-clusters",
}
# Last word of `@odata.type` -> record kind.
_DIRECTORY_TYPES = {
    "application": kinds.APPLICATIONS,
    "servicePrincipal": kinds.SERVICE_PRINCIPALS,
    "agentIdentityBlueprint": kinds.AGENT_BLUEPRINTS,
    "agentIdentityBlueprintPrincipal": kinds.AGENT_BLUEPRINT_PRINCIPALS,
    "agentIdentity": kinds.AGENT_IDENTITIES,
    "agentUser": kinds.AGENT_USERS,
    "user": kinds.USERS,
    "group": kinds.GROUPS,
    "administrativeUnit": kinds.ADMINISTRATIVE_UNITS,
}
# Fields that a record of a kind has all of, and no record of a kind that stands after it.
_FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (kinds.RISKY_SERVICE_PRINCIPALS, ("id", "riskState")),
    (kinds.APP_CREDENTIAL_SIGN_INS, ("keyId", "signInActivity")),
    (kinds.SERVICE_PRINCIPAL_SIGN_INS, ("appId", "lastSignInActivity")),
    (kinds.DELEGATED_GRANTS, ("clientId", "resourceId", "consentType")),
    (kinds.APP_ROLE_ASSIGNMENTS, ("appRoleId", "principalId")),
    (kinds.DIRECTORY_ROLE_DEFINITIONS, ("id", "rolePermissions")),
    (kinds.DIRECTORY_ROLE_POLICIES, ("policyId", "scopeType", "roleDefinitionId")),
    (kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES, ("principalId", "directoryScopeId", "roleEligibilityScheduleId")),
    (kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES, ("principalId", "directoryScopeId", "roleAssignmentScheduleId")),
    (kinds.DIRECTORY_ROLE_ASSIGNMENTS, ("principalId", "roleDefinitionId", "directoryScopeId")),
    (kinds.GROUP_ELIGIBILITY_INSTANCES, ("groupId", "principalId", "accessId")),
    (kinds.AUTHORIZATION_POLICY, ("defaultUserRolePermissions",)),
    (kinds.APP_MANAGEMENT_DEFAULT_POLICY, ("applicationRestrictions", "isEnabled")),
    (kinds.APP_MANAGEMENT_POLICIES, ("restrictions", "isEnabled")),
    (kinds.PERMISSION_GRANT_POLICIES, ("id", "includes")),
    (kinds.ADMIN_CONSENT_POLICY, ("isEnabled", "reviewers")),
    (kinds.ORGANIZATION, ("id", "verifiedDomains")),
    (kinds.AGENT_IDENTITIES, ("id", "agentIdentityBlueprintId")),
    (kinds.AGENT_USERS, ("id", "identityParentId")),
    (kinds.SERVICE_PRINCIPALS, ("id", "appId", "servicePrincipalType")),
    (kinds.APPLICATIONS, ("id", "appId", "signInAudience")),
    (kinds.APPLICATIONS, ("id", "appId", "passwordCredentials")),
    (kinds.GROUPS, ("id", "groupTypes")),
    (kinds.GROUPS, ("id", "securityEnabled")),
    (kinds.ADMINISTRATIVE_UNITS, ("id", "isMemberManagementRestricted")),
    (kinds.USERS, ("id", "userPrincipalName")),
)


@record
class Found:
    """A record of an export, as the snapshot keeps it."""

    kind: str
    value: Value  # emptied once it is held as JSON
    json: bytes = b""
    of: Value | None = None
    subscription: str = ""  # canonical id of the one that was asked; empty for what is the tenant's
    id: str = ""  # lower case


def classify(value: Value, parent: Parent) -> list[Found] | None:
    """Tell what a record is.

    Args:
        value: the record.
        parent: what the file's name says of what it holds.

    Returns:
        What the snapshot keeps of it, perhaps nothing; None for what is no record that anybody knows.
    """
    if parent.kind:
        return _of_parent(value, parent)
    if _CLASSIC in text(value, "type").lower():
        return []
    for read in _READERS:
        found = read(value)
        if found is not None:
            return [found]
    named = text(value, "@odata.type").rpartition(".")[2]
    kind = _DIRECTORY_TYPES.get(named) or next(
        (kind for kind, fields in _FIELDS if all(field in value for field in fields)), ""
    )
    if not kind:
        return None
    of = {"id": value.get("resourceId")} if kind == kinds.APP_ROLE_ASSIGNMENTS else None
    found = Found(kind=kind, value=value, of=of, id=text(value, "id").lower())
    inline = objects(value, "federatedIdentityCredentials") if kind == kinds.APPLICATIONS else []
    held = {"id": value.get("id"), "appId": value.get("appId")}
    return [found, *(Found(kind=kinds.FEDERATED_CREDENTIALS, value=dict(one), of=held) for one in inline)]


def _of_parent(value: Value, parent: Parent) -> list[Found] | None:
    if parent.kind == kinds.APP_ROLE_ASSIGNMENTS and "appRoleId" not in value:
        return None
    if parent.kind == kinds.FEDERATED_CREDENTIALS and "issuer" not in value:
        return None
    if not text(value, "id") and not text(value, "name"):
        return None
    return [
        Found(kind=parent.kind, value=value, of={"id": parent.id} if parent.id else None, id=text(value, "id").lower())
    ]


def _account(value: Value) -> Found | None:
    """A row of `az account list`, or of Resource Manager's own list."""
    own = text(value, "subscriptionId")
    cloud = "cloudName" in value or "isDefault" in value
    if not cloud and not (own and text(value, "id").lower() == f"/subscriptions/{own.lower()}" and "state" in value):
        return None
    if not text(value, "tenantId") or not text(value, "id"):
        return None
    id_ = own or text(value, "id")
    kept = {
        "id": f"/subscriptions/{id_}",
        "subscriptionId": id_,
        "tenantId": value.get("tenantId"),
        "displayName": value.get("displayName") or value.get("name"),
        "state": value.get("state"),
        "tags": value.get("tags"),
    }
    return Found(kind=kinds.ARM_SUBSCRIPTIONS, value=kept, id=id_.lower())


def _operations(value: Value) -> Found | None:
    if not isinstance(value.get("operations"), list) or "resourceTypes" not in value or not text(value, "name"):
        return None
    return Found(kind=kinds.ARM_PROVIDER_OPERATIONS, value=value)


def _arm(value: Value) -> Found | None:
    """What has an id of Resource Manager's."""
    id_ = arm_ids.canonical(text(value, "id"))
    if not id_.startswith(("/subscriptions/", "/providers/")) or not arm_ids.name_of(id_):
        return None
    container = _container(value, id_)
    if container:
        return Found(kind=container, value=value, subscription=arm_ids.subscription_of(id_), id=id_)
    type_ = arm_ids.type_of(id_)
    kind = _TYPES.get(type_, "")
    # Resource Graph writes types in lower case: https://learn.microsoft.com/azure/governance/resource-graph/concepts/
    written = text(value, "type")
    queried = bool(written) and written == written.lower() and isinstance(value.get("properties"), dict)
    if kind == kinds.ARM_USER_ASSIGNED_IDENTITIES and (queried or not _has_principal(value)):
        kind = ""  # a row of a list of all resources
    if kind:
        kind = _GRAPH_TABLES.get(kind, kind) if queried else kind
        of = _asked(kind, id_, value)
        return Found(kind=kind, value=value, of=of, subscription=_place(kind, value, id_), id=id_)
    known = bool(type_) and bool(arm_ids.subscription_of(id_))
    return _resource(value, id_, type_, queried=queried and "subscriptionId" in value) if known else None


def _has_principal(value: Value) -> bool:
    own = value.get("properties")
    return bool(text(own if isinstance(own, dict) else value, "principalId"))


def _container(value: Value, id_: str) -> str:
    """Record kind of a management group, subscription or resource group; empty for anything else."""
    queried = isinstance(value.get("properties"), dict) and text(value, "type").lower() in _CONTAINERS
    if queried:
        return kinds.ARG_CONTAINERS
    if arm_ids.is_management_group(id_):
        return kinds.ARM_MANAGEMENT_GROUPS
    return RESOURCE_GROUPS if id_ == arm_ids.resource_group_of(id_) else ""


def _asked(kind: str, id_: str, value: Value) -> Value | None:
    if kind == kinds.ARM_FEDERATED_CREDENTIALS:
        return {"id": id_.partition("/federatedidentitycredentials/")[0]}
    if kind in kinds.OF:
        own = value.get("properties")
        return {"scope": text(own if isinstance(own, dict) else value, "scope")}
    return None


def _place(kind: str, value: Value, id_: str) -> str:
    """The subscription that somebody must have asked: assignments say it by their scope, roles are the tenant's."""
    if kind in (ROLE_DEFINITIONS, kinds.ARG_ROLE_DEFINITIONS):
        return ""
    if kind in (ROLE_ASSIGNMENTS, kinds.ARG_ROLE_ASSIGNMENTS):
        own = value.get("properties")
        scope = text(own if isinstance(own, dict) else value, "scope")
        return arm_ids.subscription_of(arm_ids.canonical(scope)) or arm_ids.subscription_of(id_)
    return arm_ids.subscription_of(id_)


def _resource(value: Value, id_: str, type_: str, *, queried: bool) -> Found:
    whole = isinstance(value.get("properties"), dict)
    # A command about one type (`az vm list`) has its properties beside the id.
    beside = not whole and "properties" not in value
    shaped = trimmed({**value, "type": type_, "properties": dict(value) if beside else value.get("properties")}) or {}
    # What says nothing but that a thing is there must not go before what describes it.
    described = _TYPED.get(type_, "arm-described-resources") if shaped.get("properties") else RESOURCES
    kind = kinds.ARG_RESOURCES if queried else described
    return Found(kind=kind, value=shaped, subscription=arm_ids.subscription_of(id_), id=id_)


_READERS: tuple[Callable[[Value], Found | None], ...] = (_account, _operations, _arm)
