"""What an import lacks, as coverage: without it nothing could be said to be absent.

A part that the import lacks counts as incomplete, or a pipeline that demands complete coverage would pass on an
export of nothing.
"""

from collections.abc import Collection, Iterator, Mapping

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.import_records import RESOURCES, ROLE_ASSIGNMENTS, ROLE_DEFINITIONS
from nhi_scan.providers.azure.import_whole import Whole

Row = tuple[str, CoverageStatus, str]  # kind, status, detail

_REST = "az rest --url https://graph.microsoft.com/v1.0/{}"
_QUOTED = "az rest --url 'https://graph.microsoft.com/v1.0/{}'"  # where a shell would read `?` and `$` itself
_ROLES = "roleManagement/directory/"

# Without these the analysis says little: a command for each.
_NEEDED: Mapping[str, str] = {
    kinds.APPLICATIONS: "az ad app list --all",
    kinds.SERVICE_PRINCIPALS: "az ad sp list --all",
    kinds.APP_ROLE_ASSIGNMENTS: _REST.format("servicePrincipals/ID/appRoleAssignedTo > app-role-assigned-to-ID.json"),
    kinds.DELEGATED_GRANTS: _REST.format("oauth2PermissionGrants"),
    kinds.DIRECTORY_ROLE_DEFINITIONS: _REST.format(f"{_ROLES}roleDefinitions"),
    kinds.DIRECTORY_ROLE_ASSIGNMENTS: _REST.format(f"{_ROLES}roleAssignments"),
    kinds.FEDERATED_CREDENTIALS: "az ad app federated-credential list --id ID > federated-credentials-ID.json",
    kinds.GROUPS: "az ad group list",
    # The command for it, and v1.0, leave out service principals: https://learn.microsoft.com/graph/api/group-list-members
    kinds.GROUP_MEMBERS: "az rest --url https://graph.microsoft.com/beta/groups/ID/members > members-ID.json",
    kinds.USERS: _QUOTED.format("users?$select=id,userPrincipalName,accountEnabled,userType"),
    kinds.AUTHORIZATION_POLICY: _REST.format("policies/authorizationPolicy"),
    kinds.ARM_DENY_ASSIGNMENTS: "az rest --url 'https://management.azure.com/subscriptions/SUBSCRIPTION/providers/"
    "Microsoft.Authorization/denyAssignments?api-version=2022-04-01'",
}
# What a collector is only asked for with `--usage`, what needs a licence, or what few have: no gap.
_EXTRA = (
    kinds.SERVICE_PRINCIPAL_SIGN_INS,
    kinds.APP_CREDENTIAL_SIGN_INS,
    kinds.RISKY_SERVICE_PRINCIPALS,
    kinds.AGENT_BLUEPRINTS,
    kinds.AGENT_BLUEPRINT_PRINCIPALS,
    kinds.AGENT_IDENTITIES,
    kinds.AGENT_USERS,
    kinds.AGENT_SPONSORS,
    kinds.AGENT_INHERITABLE_PERMISSIONS,
    kinds.GROUP_OWNERS,
    kinds.GROUP_ELIGIBILITY_INSTANCES,
    kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES,
    kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES,
    kinds.DIRECTORY_ROLE_POLICIES,
    kinds.DIRECTORY_OBJECTS,
    kinds.ADMINISTRATIVE_UNITS,
    kinds.ADMINISTRATIVE_UNIT_MEMBERS,
    kinds.APP_MANAGEMENT_DEFAULT_POLICY,
    kinds.APP_MANAGEMENT_POLICIES,
    kinds.APP_MANAGEMENT_TARGETS,
    kinds.PERMISSION_GRANT_POLICIES,
    kinds.ADMIN_CONSENT_POLICY,
    kinds.ARM_ROLE_ELIGIBILITY_INSTANCES,
    kinds.ARM_ROLE_ASSIGNMENT_INSTANCES,
    kinds.ARM_ROLE_POLICIES,
    kinds.ARM_PROVIDER_OPERATIONS,
)
# Of each subscription: what it needs, what says the same in another form, and the command.
_OF_SUBSCRIPTIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        ROLE_ASSIGNMENTS,
        (kinds.ARG_ROLE_ASSIGNMENTS,),
        "az role assignment list --all --subscription SUBSCRIPTION",
    ),
    (
        RESOURCES,
        (kinds.ARG_RESOURCES,),
        "az graph query --first 1000 -q Resources",
    ),
)
# Kinds that are told of each subscription by itself, and of the tenant by how many of them are here.
OF_SUBSCRIPTIONS = frozenset(kind for one, others, _ in _OF_SUBSCRIPTIONS for kind in (one, *others))
_OWNERS = (
    (kinds.APPLICATION_OWNERS, kinds.APPLICATIONS, "az ad app owner list --id ID > owners-ID.json"),
    (kinds.SERVICE_PRINCIPAL_OWNERS, kinds.SERVICE_PRINCIPALS, "az ad sp owner list --id ID > owners-ID.json"),
)
_MAY_BE_MORE = (
    "subscriptions in which nobody who ran `az` has a role are not shown: "
    "`az account management-group show --name TENANT --expand --recurse` names them all"
)


def lacks_of_subscription(given: Collection[str]) -> Iterator[tuple[str, str]]:
    """What the import of one subscription has no records of, and what would write them."""
    for kind, others, command in _OF_SUBSCRIPTIONS:
        if kind not in given and not any(other in given for other in others):
            yield kind, _add(command)


def lacks(
    given: Collection[str],
    whole: Whole,
    subscriptions: Collection[str],
    counts: Collection[tuple[str, str]],
) -> Iterator[Row]:
    """How far the import of a tenant got, beside what it has records of.

    Args:
        given: kinds that it has records of.
        whole: what the export says as a whole.
        subscriptions: those that are known.
        counts: scopes and kinds that there are records of.
    """
    for kind, command in _NEEDED.items():
        if kind not in given:
            asked = whole.asked_all(kind)
            yield kind, CoverageStatus.COMPLETE if asked else CoverageStatus.FAILED, "" if asked else _add(command)
    for kind in _EXTRA:
        if kind not in given:
            yield kind, CoverageStatus.SKIPPED, "not in the import"
    yield from _of_owners(given, whole)
    if not subscriptions:
        yield kinds.ARM_SUBSCRIPTIONS, CoverageStatus.FAILED, _add("az account list --all")
    for kind, others, command in _OF_SUBSCRIPTIONS:
        missing = [one for one in subscriptions if not any((one, each) in counts for each in (kind, *others))]
        yield kind, *_over_subscriptions(whole, len(missing), subscriptions, command)
    if ROLE_DEFINITIONS not in given and kinds.ARG_ROLE_DEFINITIONS not in given:
        yield ROLE_DEFINITIONS, CoverageStatus.FAILED, _add("az role definition list")
    yield from _of_identities(given, whole)


def _over_subscriptions(
    whole: Whole, missing: int, subscriptions: Collection[str], command: str
) -> tuple[CoverageStatus, str]:
    if not subscriptions:
        return CoverageStatus.FAILED, _add(command)
    if missing:
        return (
            CoverageStatus.PARTIAL,
            f"not of all subscriptions that are named: {missing} of {len(subscriptions)} missing",
        )
    return (CoverageStatus.COMPLETE, "") if whole.all_subscriptions_named else (CoverageStatus.PARTIAL, _MAY_BE_MORE)


def _of_owners(given: Collection[str], whole: Whole) -> Iterator[Row]:
    for kind, of, command in _OWNERS:
        count = whole.without_owners(of)
        if kind not in given and of in given:
            if count:
                yield (
                    kind,
                    CoverageStatus.PARTIAL,
                    f"those of {count} are not in the import: add what `{command}` writes",
                )
            else:
                yield kind, CoverageStatus.SKIPPED, "they came with what they own"


def _of_identities(given: Collection[str], whole: Whole) -> Iterator[Row]:
    """Federated credentials of user-assigned identities, where there are such identities."""
    kind = kinds.ARM_FEDERATED_CREDENTIALS
    known = kinds.ARM_USER_ASSIGNED_IDENTITIES in given or kinds.ARG_RESOURCES in given
    if kind not in given and known and not whole.asked_all(kind):
        command = "az identity federated-credential list --identity-name NAME --resource-group GROUP"
        yield kind, CoverageStatus.FAILED, _add(command)


def _add(command: str) -> str:
    return f"not in the import: add what `{command}` writes"
