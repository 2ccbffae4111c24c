"""What the permissions of a Key Vault access policy stand for, as data actions of roles.

Permissions: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update#permissions; the data
actions: https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault; how they
match: https://learn.microsoft.com/azure/key-vault/general/rbac-migration
"""

from collections.abc import Mapping
from types import MappingProxyType

from nhi_scan.providers.azure.normalise.shapes import Record
from nhi_scan.snapshot.values import texts

_VAULTS = "Microsoft.KeyVault/vaults/"
_ALIKE = ("recover", "backup", "restore", "purge")  # the same in every class


def _class(noun: str, names: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Data actions by permission; `{}` stands for the class's own part of a name."""
    told = {**{one: f"{{}}/{one}/action" for one in _ALIKE}, "delete": "{}/delete", **names}
    found = {
        permission: tuple(_VAULTS + one.replace("{}", noun) for one in actions.split())
        for permission, actions in told.items()
    }
    return MappingProxyType(found)


# Class as an access policy names it -> permission, lower case -> data actions.
ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "keys": _class(
            "keys",
            {
                "get": "{}/read",
                "list": "{}/read",
                "create": "{}/create/action",
                "update": "{}/update/action",
                "import": "{}/import/action",
                "encrypt": "{}/encrypt/action",
                "decrypt": "{}/decrypt/action",
                "wrapkey": "{}/wrap/action",
                "unwrapkey": "{}/unwrap/action",
                "sign": "{}/sign/action",
                "verify": "{}/verify/action",
                "release": "{}/release/action",
                "rotate": "{}/rotate/action",
                "getrotationpolicy": "keyrotationpolicies/read",
                "setrotationpolicy": "keyrotationpolicies/write",
            },
        ),
        "secrets": _class(
            "secrets",
            {
                "get": "{}/getSecret/action",
                "list": "{}/readMetadata/action",
                "set": "{}/setSecret/action {}/update/action",
            },
        ),
        "certificates": _class(
            "certificates",
            {
                "get": "{}/read",
                "list": "{}/read",
                "create": "{}/create/action",
                "update": "{}/update/action",
                "import": "{}/import/action",
                "managecontacts": "certificatecontacts/write",
                "getissuers": "certificatecas/read",
                "listissuers": "certificatecas/read",
                "setissuers": "certificatecas/write",
                "manageissuers": "certificatecas/write",
                "deleteissuers": "certificatecas/delete",
            },
        ),
        "storage": _class(
            "storageaccounts",
            {
                "get": "{}/read",
                "list": "{}/read",
                "set": "{}/set/action",
                "update": "{}/set/action",
                "regeneratekey": "{}/regeneratekey/action",
                "getsas": "{}/read",
                "listsas": "{}/read",
                "setsas": "{}/sas/set/action",
                "deletesas": "{}/sas/delete",
            },
        ),
    }
)


def data_actions(permissions: Record) -> tuple[tuple[str, ...], bool]:
    """The data actions that the permissions of one access policy stand for, sorted.

    Returns:
        The actions, and whether there is a permission that nobody here knows.
    """
    found: set[str] = set()
    unknown = False
    for class_, known in ACTIONS.items():
        for written in texts(permissions.get(class_)):
            name = written.strip().lower()
            if name == "all":
                found.update(one for actions in known.values() for one in actions)
            elif name in known:
                found.update(known[name])
            else:
                unknown = True
    return tuple(sorted(found)), unknown
