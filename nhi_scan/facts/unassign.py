"""Whole commands of Azure that take an assignment away again, as a fix shows them.

What gives a role decides which command takes it away, so a fix cannot spell it out beforehand. Every name in one is
quoted for a POSIX shell. What the Azure CLI has no command for is asked of Microsoft Graph with `az rest`.
"""

from collections.abc import Iterable
from shlex import quote

from nhi_scan.facts.assignments import direct_groups
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import held, is_access_policy, is_ownership
from nhi_scan.model.arm_ids import name_of, subscription_of
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Policy

_SHOWN = 5
_GRAPH = "https://graph.microsoft.com/v1.0"
_DEFINITION = "/providers/microsoft.authorization/roledefinitions/"
_DIRECTORY = "directory/roledefinitions/"


def unassignment(estate: Estate, row: Binding) -> str:
    """Write the command that takes one assignment away; a sentence where it has to be done by hand."""
    if row.eligible:
        return f"Remove the eligibility in Privileged Identity Management: {_plain(held(estate, row))}."
    if row.policy_id.startswith("approles/"):
        return _withdraw(estate, row)
    for wanted, command in (
        (is_ownership(row), _disown),
        (is_access_policy(row.policy_id), _close),
        (row.policy_id.startswith(_DEFINITION), _unassign),
        (row.policy_id.startswith(_DIRECTORY), _dismiss),
        (row.policy_id.startswith("delegated/"), _revoke),
    ):
        if wanted:
            return command(row)
    return f"Take away: {_plain(held(estate, row))}."


def leaving(estate: Estate, identity: Identity, rows: Iterable[Binding]) -> set[str]:
    """Commands that take from an identity what it has by name, and it out of the groups that give it the rest."""
    found: set[str] = set()
    for row in rows:
        if row.principal_id == identity.id:
            found.add(unassignment(estate, row))
            continue
        for group in direct_groups(estate, identity.id, row.principal_id):
            found.add(f"az ad group member remove --group {quote(group)} --member-id {quote(identity.id)}")
    return found


def unassigned(estate: Estate, identity: Identity, rows: Iterable[Binding]) -> str:
    """Write those commands, one a line, the first few and how many more there are."""
    return first(sorted(leaving(estate, identity, rows)))


def first(lines: list[str]) -> str:
    """Write the first few of many commands, one a line, and how many more there are."""
    more = len(lines) - _SHOWN
    return "\n".join([*lines[:_SHOWN], f"The policies name {more} more such roles."] if more > 0 else lines)


def deletion(role: Policy) -> str:
    """Write the command that deletes a role that a customer made; empty for anything else.

    A role is looked for where it can be assigned.
    """
    role_id = role.id
    if role_id.startswith(_DEFINITION):
        where = "" if role.scope_id.startswith("/tenants/") else f" --scope {quote(role.scope_id)}"
        return f"az role definition delete --name {quote(name_of(role_id))}{where}"
    if role_id.startswith(_DIRECTORY):
        return _delete(f"/roleManagement/directory/roleDefinitions/{name_of(role_id)}")
    return ""


def _unassign(row: Binding) -> str:
    return f"az role assignment delete --ids {quote(row.id)}"


def _dismiss(row: Binding) -> str:
    return _delete(f"/roleManagement/directory/roleAssignments/{_native(row.id)}")


def _withdraw(estate: Estate, row: Binding) -> str:
    identity = estate.inventory.identities.get(row.principal_id)
    person = identity is not None and identity.kind == "user"
    noun = "groups" if row.principal_id in estate.inventory.groups else "users" if person else "servicePrincipals"
    return _delete(f"/{noun}/{row.principal_id}/appRoleAssignments/{_native(row.id)}")


def _revoke(row: Binding) -> str:
    return _delete(f"/oauth2PermissionGrants/{row.id.partition('#')[2].rpartition('/')[0]}")


def _disown(row: Binding) -> str:
    owner, owned = quote(row.principal_id), quote(row.scope_id)
    if row.policy_id.endswith("/group"):
        return f"az ad group owner remove --group {owned} --owner-object-id {owner}"
    if row.policy_id.endswith("/application"):
        return f"az ad app owner remove --id {owned} --owner-object-id {owner}"
    return _delete(f"/servicePrincipals/{row.scope_id}/owners/{row.principal_id}/$ref")


def _close(row: Binding) -> str:
    vault, holder = quote(name_of(row.scope_id)), quote(row.principal_id)
    # An entry may be for somebody who comes through one application alone.
    application = row.policy_id.partition("#")[2].partition("#")[2]
    through = f" --application-id {quote(application)}" if application else ""
    return f"az keyvault delete-policy --name {vault} --object-id {holder}{through}{_in_subscription(row.scope_id)}"


def _in_subscription(arm_id: str) -> str:
    """Say in which subscription a command has to look for what it names by its name alone."""
    name = name_of(subscription_of(arm_id))
    return f" --subscription {quote(name)}" if name else ""


def _delete(path: str) -> str:
    return f"az rest --method DELETE --url {quote(_GRAPH + path)}"


def _native(id_: str) -> str:
    """The id as its provider gave it: what stands before `#` says what sort of assignment it is."""
    return id_.partition("#")[2]


def _plain(text: str) -> str:
    return quote(" ".join(text.split()))
