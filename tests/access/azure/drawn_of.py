"""What tenants are drawn of: places, identities, actions, conditions, of each few enough that they meet."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


TENANT = f"/tenants/{guid(1)}"
GROUP_OF = "/providers/microsoft.management/managementgroups/"
TOP, TEAM = f"{GROUP_OF}top", f"{GROUP_OF}team"
ONE, TWO = f"/subscriptions/{guid(2)}", f"/subscriptions/{guid(3)}"
HOME = f"{ONE}/resourcegroups/rg"
VAULT = f"{HOME}/providers/microsoft.keyvault/vaults/kv"
STORE = f"{TWO}/resourcegroups/rg/providers/microsoft.storage/storageaccounts/st"
UNIT = "/administrativeunits/" + guid(4)
A, B, USER, APP = guid(10), guid(11), guid(12), guid(13)
NEAR, FAR, EMPTY = guid(20), guid(21), guid(22)
ARM = (TENANT, TOP, TEAM, ONE, TWO, HOME, VAULT, f"{VAULT}/secrets/s", STORE)
OBJECTS = (UNIT, APP, A, USER, NEAR, FAR)
PLACES = (*ARM, *OBJECTS)
ASSIGN, READ_ROLES = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/read"
SECRET, BLOB = "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.Storage/storageAccounts/blobs/read"
RUN, TWICE = "Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Twice/things/send/action"
CREDENTIALS, MEMBERS = (
    "microsoft.directory/applications/credentials/update",
    "microsoft.directory/groups/members/update",
)
OWN, MAIL, DELEGATED = (
    "Microsoft.Graph/Application.ReadWrite.All",
    "Microsoft.Graph/Mail.Send",
    "Microsoft.Graph/delegated/Mail.Send",
)
UNHEARD = "Microsoft.Compute/unheard/of/write"
ACTIONS = (ASSIGN, READ_ROLES, SECRET, BLOB, RUN, TWICE, CREDENTIALS, MEMBERS, OWN, MAIL, DELEGATED, UNHEARD)
CONTROL = (
    "*", "*", "*/read", "*/write", "Microsoft.Authorization/*", "Microsoft.Authorization/*/Write", ASSIGN.lower(), RUN,
    "Microsoft.Compute/*", "Microsoft.Nowhere/*", TWICE, "Microsoft.Compute/?*",
)  # fmt: skip
DATA = ("*", "Microsoft.KeyVault/vaults/*", "*/read", BLOB, TWICE, SECRET.upper(), "Microsoft.Storage/*/read")
DIRECTORY = (
    CREDENTIALS, "microsoft.directory/applications/allProperties/allTasks", MEMBERS,
    "microsoft.directory/applications.myOrganization/credentials/update",
    "microsoft.directory/groupsAssignableToRoles/members/update", "microsoft.directory/allEntities/allTasks",
    "microsoft.directory/groups/allProperties/allTasks", "microsoft.directory/users/password/update",
    "microsoft.directory/agentIdentityBlueprints/credentials/update",
)  # fmt: skip
ROLES_OF = "/providers/microsoft.authorization/roledefinitions/"
TYPE = "Microsoft.Authorization/roleAssignments:PrincipalType"
ABAC = (
    "", "", "",
    f"((!(ActionMatches{{'{ASSIGN}'}})) OR (@Request[{TYPE}] StringEquals 'User'))",
    "!(ActionMatches{'*/read'})",
    "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'st'",
    "@Environment[UtcNow] DateTimeLessThan '2026-01-01T00:00:00.0Z'",
    "@Environment[UtcNow] DateTimeLessThan '2027-01-01T00:00:00.0Z'",
    "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_b] StringEquals 'x'",
    "this cannot be read (",
)  # fmt: skip
KINDS = (
    "arg-role-assignments", "arm-deny-assignments", "graph-directory-role-assignments", "graph-app-role-assignments",
    "graph-oauth2-permission-grants", "graph-applications", "graph-service-principals", "graph-groups",
    "graph-group-owners", "arm-role-eligibility-instances", "graph-directory-role-eligibility-instances",
)  # fmt: skip
AGENTS: tuple[tuple[tuple[str, str], ...], ...] = ((), (), (), (("agent_blueprint", "true"),))
DULL = ("", (), None, False, "azure", "grants", "direct")
CONTEXTS = (
    {"@Environment[UtcNow]": "2025-12-31T00:00:00Z"},
    {f"@Request[{TYPE}]": "User"},
    {"@Resource[Microsoft.Storage/storageAccounts:name]": "other"},
)
