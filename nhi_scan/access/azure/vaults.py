"""Key Vault: which of its two ways of authorization decides in a vault.

A vault goes either by Azure roles or by its own access policies, never by both
(https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy). It is about its content only: who manages the
vault itself is decided by roles in either case. Secrets, keys and certificates are places below their vault.
"""

from typing import Literal

from nhi_scan.access.azure.places import Places
from nhi_scan.inventory.build import Inventory

Mode = Literal["", "rbac", "access_policy", "unknown"]
ACCESS_POLICY = "#accesspolicy/"
_VAULT = "/providers/microsoft.keyvault/vaults/"
_MODES: dict[str, Mode] = {"rbac": "rbac", "access_policy": "access_policy"}


def is_access_policy(policy_id: str) -> bool:
    """Say whether a policy is an entry of a vault's access policies, and no role."""
    return ACCESS_POLICY in policy_id


def mode(inventory: Inventory, places: Places, place: str) -> Mode:
    """Tell what decides about the content of the vault that a place is or is in; empty where it is in none."""
    if _VAULT not in place:
        return ""
    vault = next((one for one in places.chain(place) if one.rpartition("/")[0].endswith(_VAULT[:-1])), "")
    resource = inventory.resources.get(vault)
    return _MODES.get(dict(resource.attributes).get("authorization", ""), "unknown") if resource else "unknown"


def counts(policy_id: str, of_vault: Mode) -> bool | None:
    """Say whether what a policy gives of the data plane counts in a vault of this mode; None: nobody can tell."""
    if not of_vault:
        return True
    if of_vault == "unknown":
        return None
    return is_access_policy(policy_id) == (of_vault == "access_policy")
