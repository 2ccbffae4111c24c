"""What the name of an exported file says of what its records belong to, where they do not say so themselves.

`az ad app owner list --id ID > owners-ID.json`: the id of an application, a service principal or a group, as object id
or application id.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from nhi_scan.model.record import value
from nhi_scan.providers.azure import kinds

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NAMED = re.compile(rf"([a-z-]+?)-({_GUID})\.jsonl?")

OWNERS = "owners"

# Beginning of a file's name -> kind of the records in it.
BEGINNINGS: Mapping[str, str] = MappingProxyType(
    {
        OWNERS: kinds.APPLICATION_OWNERS,  # of what, what is imported beside it tells
        "members": kinds.GROUP_MEMBERS,
        "unit-members": kinds.ADMINISTRATIVE_UNIT_MEMBERS,
        "federated-credentials": kinds.FEDERATED_CREDENTIALS,
        "app-role-assigned-to": kinds.APP_ROLE_ASSIGNMENTS,
        "sponsors": kinds.AGENT_SPONSORS,
    }
)
_WHOLE = {"administrative-units.json": kinds.ADMINISTRATIVE_UNITS}


@value
class Parent:
    """What the records of a file belong to; empty where its name does not say."""

    kind: str = ""
    id: str = ""  # lower case


def parent_in(name: str) -> Parent:
    """Read the name of a file."""
    if name in _WHOLE:
        return Parent(_WHOLE[name])
    found = _NAMED.fullmatch(name)
    kind = BEGINNINGS.get(found[1], "") if found else ""
    return Parent(kind, found[2].lower()) if found and kind else Parent()
