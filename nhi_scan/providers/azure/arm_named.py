"""Whom the records of Resource Manager name: Microsoft Graph is asked who they are."""

from typing import Any

from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.naming import Naming
from nhi_scan.providers.azure.places import PROVIDER
from nhi_scan.snapshot.store import SnapshotWriter

_NOBODY_IN = frozenset(
    {
        kinds.ARM_TENANTS,
        kinds.ARM_SUBSCRIPTIONS,
        kinds.ARM_MANAGEMENT_GROUPS,
        kinds.ARM_PROVIDER_OPERATIONS,
        kinds.ARG_CONTAINERS,
        kinds.ARG_ROLE_DEFINITIONS,
        "arm-role-definitions",
        "arm-resource-groups",
    }
)
# Fields that hold the id of a principal; a type beside it says more. Of an assignment, an identity, an access policy.
_IDS = ("principalid", "objectid")
# Lists of principals: of a deny assignment, of an approval.
_LISTS = frozenset({"principals", "excludeprincipals", "primaryapprovers"})


def named_by_arm(writer: SnapshotWriter) -> Naming:
    """Read back what was collected of Resource Manager and find whom it names.

    Raises:
        UserError: a file was damaged meanwhile.
    """
    naming = Naming()
    for envelope in writer.read_kinds(PROVIDER, _names_somebody):
        _find(envelope.value(), naming)
    return naming


def _names_somebody(kind: str) -> bool:
    return kind.startswith(("arm-", "arg-")) and kind not in _NOBODY_IN


def _find(value: Any, naming: Naming) -> None:
    if isinstance(value, list):
        for item in value:
            _find(item, naming)
    elif isinstance(value, dict):
        told = {key.lower(): inner for key, inner in value.items()}
        for key in _IDS:
            naming.add(told.get(key), told.get("principaltype"))
        for key, inner in told.items():
            if key in _LISTS and isinstance(inner, list):
                for one in inner:
                    _principal(one, naming)
            elif isinstance(inner, dict | list):
                _find(inner, naming)


def _principal(one: Any, naming: Naming) -> None:
    if isinstance(one, dict):
        type_ = one.get("type") or one.get("userType")
        naming.add(one.get("id"), None if type_ == "SystemDefined" else type_)
