"""What kind of access an action of Azure, of Entra or of an API is, told by how it is named.

Microsoft publishes no kinds of access. The last parts of an operation's name tell: `/read`, `/write`, `/delete`,
`/action` (https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format), an action of
the directory ends in `/read`, `/update` and others
(https://learn.microsoft.com/entra/identity/role-based-access-control/custom-create#permissions), an application
permission of Microsoft Graph is `<what>.<operation>.<of whom>`
(https://learn.microsoft.com/graph/permissions-overview#permission-naming-pattern).
"""

from typing import Final

_READING: Final = (
    "list", "get", "read", "check", "validate", "query", "search", "download", "export", "show", "fetch", "view",
)  # fmt: skip
# What decides who may do what, or who somebody is: changing it is managing permissions.
_CONTROLLING: Final = (
    "microsoft.authorization/",
    "microsoft.managedidentity/userassignedidentities/assign/",
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials/",
    "microsoft.keyvault/vaults/accesspolicies/",
)
_DIRECTORY: Final = "microsoft.directory/"
_CONTROLLING_PARTS: Final = frozenset(
    {
        "approleassignedto", "approleassignments", "authentication", "conditionalaccesspolicies", "credentials",
        "federatedidentitycredentials", "members", "oauth2permissiongrants", "owners", "password",
        "permissiongrantpolicies", "permissions", "roleassignments", "roledefinitions", "roleeligibilityrequest",
    }
)  # fmt: skip
_CONTROLLING_SCOPES: Final = (
    "application.readwrite", "approleassignment.readwrite", "delegatedpermissiongrant.readwrite",
    "directory.readwrite", "eligibility", "groupmember.readwrite", "policy.readwrite", "privilegedaccess.readwrite",
    "privilegedassignmentschedule.readwrite", "privilegedeligibilityschedule.readwrite", "rolemanagement.readwrite",
    "roleassignmentschedule.readwrite", "roleeligibilityschedule.readwrite", "serviceprincipalendpoint.readwrite",
    "userauthenticationmethod.readwrite",
)  # fmt: skip
_TWO: Final = 2


def level(action: str) -> str:
    """Return the letter (`access.catalogue.LEVELS`) of an action's kind of access.

    Args:
        action: in lower case, of any plane.
    """
    namespace, slash, rest = action.partition("/")
    if not slash or not rest:
        return "?"
    if action.startswith(_DIRECTORY):
        return _of_directory(rest.split("/"))
    parts = rest.split("/")
    if len(parts) < _TWO or parts[0] == "delegated":
        return _of_permission(parts[-1])
    return _of_operation(action, namespace, parts)


def _of_operation(action: str, namespace: str, parts: list[str]) -> str:
    verb = parts[-1]
    if verb == "read":
        return "R"
    if verb not in ("write", "delete", "action"):
        return "?"
    if action.startswith(_CONTROLLING):
        return "P"
    if namespace == "microsoft.resources" and parts[0] in ("tags", "tagnames"):
        return "T"
    # `listKeys/action` and its like read what `/read` does not show.
    if verb == "action" and parts[-2].startswith(_READING):
        return "L" if parts[-2] == "list" else "R"
    return "W"


def _of_directory(parts: list[str]) -> str:
    if parts[-1] == "read":
        return "R"
    if parts[-1].startswith(("managepermissiongrants", "managepassword")) or not _CONTROLLING_PARTS.isdisjoint(parts):
        return "P"
    return "W"


def _of_permission(value: str) -> str:
    if value.startswith(_CONTROLLING_SCOPES):
        return "P"
    verbs = value.split(".")[1:]
    if any(one.startswith(("readwrite", "manage", "create", "send", "write", "update")) for one in verbs):
        return "W"
    return "R" if any(one.startswith("read") for one in verbs) else "?"
