"""What stands out in a role of Azure by itself, wherever it is assigned: rules name such roles.

What it gives in the end is a matter of where it is assigned and of what denies it: `evaluate`.
"""

from typing import Final

from nhi_scan.access.azure.actions import covers
from nhi_scan.model.policy import Policy, Statement

# Whoever may do one of these gives out roles, to themselves as well.
# https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance#microsoftauthorization
_GIVING: Final = ("microsoft.authorization/roleassignments/write", "microsoft.authorization/roledefinitions/write")
# Reading, replacing and destroying what is kept in a vault, of each sort. The template "Key, Secret, & Certificate
# Management" of the portal gives all of these, and no use of keys.
# https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault
_EVERYTHING: Final = (
    "microsoft.keyvault/vaults/certificates/delete",
    "microsoft.keyvault/vaults/keys/create/action",
    "microsoft.keyvault/vaults/keys/delete",
    "microsoft.keyvault/vaults/secrets/delete",
    "microsoft.keyvault/vaults/secrets/getsecret/action",
    "microsoft.keyvault/vaults/secrets/setsecret/action",
)


def gives_roles(role: Policy) -> bool | None:
    """Say whether a role gives out roles, without a condition; None where its content is not known."""
    if any(_gives(one, "control", action) for one in role.statements for action in _GIVING):
        return True
    return False if _is_known(role) else None


def opens_vault(role: Policy) -> bool | None:
    """Say whether a role reads, replaces and destroys all that is kept in a vault; None where nobody can tell."""
    if all(any(_gives(one, "data", action) for one in role.statements) for action in _EVERYTHING):
        return True
    return False if _is_known(role) else None


def _gives(statement: Statement, plane: str, action: str) -> bool:
    if statement.plane != plane or statement.conditions or statement.malformed:
        return False
    if any(covers(plane, pattern, action) for pattern in statement.not_actions):
        return False
    return any(covers(plane, pattern, action) for pattern in statement.actions)


def _is_known(role: Policy) -> bool:
    return role.complete and not any(one.malformed for one in role.statements)
