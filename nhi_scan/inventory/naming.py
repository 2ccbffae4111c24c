"""What a person calls a thing whose id says nothing by itself."""

import re

from nhi_scan.inventory.build import Inventory

# What numbers its things: a GUID (Azure), digits (AWS accounts, Google Cloud's folders and organizations); and what
# hangs on a GUID by a name, such as a federated credential on its application.
_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NUMBERED = re.compile(rf"(?:.*[/:#])?(?:[0-9]+|{_GUID})|{_GUID}#.*", re.IGNORECASE | re.DOTALL)
_OWNERSHIP = "directory/owners/"  # no role of Entra, and nothing that could be found there: what owners may do


def named(inventory: Inventory, id_: str) -> str:
    """Name an identity, group, scope, policy or resource so that it is known and can be found: `ci (5f0c...-...)`.

    An id that does not end in a number is a name: an ARN, an e-mail address, a path. It stands alone, and so does one
    that the inventory does not know. Names are as their owners wrote them: whoever shows one makes it harmless.
    """
    if id_.startswith(_OWNERSHIP):
        return name_of(inventory, id_) or id_
    return _told(name_of(inventory, id_), id_) if _NUMBERED.fullmatch(id_) else id_


def called(name: str, id_: str) -> str:
    """Do as `named` where the name is at hand."""
    return _told(name, id_) if _NUMBERED.fullmatch(id_) else id_


def name_of(inventory: Inventory, id_: str) -> str:
    """Return the name that something was given; empty where the inventory does not know the id."""
    for records in (
        inventory.identities,
        inventory.groups,
        inventory.scopes,
        inventory.policies,
        inventory.resources,
        inventory.workloads,
    ):
        found = records.get(id_)
        if found is not None:
            return found.name
    return ""


def _told(name: str, id_: str) -> str:
    return f"{name} ({id_})" if name and name != id_ else id_
