"""Ids of Azure Resource Manager: one spelling of each, and what stands above it."""

from collections.abc import Iterator
from functools import lru_cache

_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"
_SUBSCRIPTIONS = "/subscriptions/"
_TENANTS = "/tenants/"
_GROUP_DEPTH = 4  # parts of `subscriptions/<id>/resourcegroups/<name>`
_NAMESPACE_PARTS = 2  # `providers/<namespace>`, which names nothing by itself


def canonical(arm_id: str) -> str:
    """Return the one spelling of an id that everything here uses: lower case, no slash at its end.

    Resource Manager compares ids without regard to case and returns the same id in several spellings:
    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    """
    return "/" + arm_id.strip().strip("/").lower()


def tenant(tenant_id: str) -> str:
    """Return the scope id of a tenant, which is the root of its directory and of Resource Manager (`/`) alike."""
    return _TENANTS + tenant_id.lower()


def management_group(name: str) -> str:
    """Return the id of a management group by its name (not its display name)."""
    return _MANAGEMENT_GROUPS + name.lower()


def is_management_group(arm_id: str) -> bool:
    """Say whether a canonical id is a management group's own."""
    return arm_id.startswith(_MANAGEMENT_GROUPS) and "/" not in arm_id[len(_MANAGEMENT_GROUPS) :]


def subscription_of(arm_id: str) -> str:
    """Return `/subscriptions/<id>` of a canonical id; empty where it lies in none."""
    if not arm_id.startswith(_SUBSCRIPTIONS):
        return ""
    name = arm_id[len(_SUBSCRIPTIONS) :].partition("/")[0]
    return _SUBSCRIPTIONS + name if name else ""


def resource_group_of(arm_id: str) -> str:
    """Return the resource group of a canonical id, or itself where it is one; empty where it lies in none."""
    parts = arm_id[1:].split("/", _GROUP_DEPTH)
    inside = len(parts) >= _GROUP_DEPTH and parts[0] == "subscriptions" and parts[2] == "resourcegroups"
    return "/" + "/".join(parts[:_GROUP_DEPTH]) if inside else ""


def type_of(arm_id: str) -> str:
    """Return the type of what a canonical id names, `microsoft.keyvault/vaults/secrets`; empty for a scope.

    An extension's type is its own, not that of what it extends.
    """
    _, provided, rest = arm_id.rpartition("/providers/")
    parts = rest.split("/") if provided else []
    return "/".join([*parts[:1], *parts[1::2]]) if len(parts) > _NAMESPACE_PARTS else ""


def name_of(arm_id: str) -> str:
    """Return the last part of an id: what its owner called it."""
    return arm_id.rpartition("/")[2]


@lru_cache(maxsize=1 << 16)
def lineage(arm_id: str) -> tuple[str, ...]:
    """Return what a canonical id says of what it lies in, outermost first, itself last.

    A subscription, its resource group, the resource, what lies below that. Nothing tells the management groups above a
    subscription: see the scopes of the inventory. A role that is assigned on any of them counts on all that come after:
    https://learn.microsoft.com/azure/role-based-access-control/scope-overview
    """
    found = list(_steps(arm_id))
    return tuple(found) if found and found[-1] == arm_id else (*found, arm_id)


def _steps(arm_id: str) -> Iterator[str]:
    parts = arm_id[1:].split("/")
    at = 0
    provided = False  # whether pairs are now `type/name`, the namespace read
    while at + 1 < len(parts):
        if parts[at] == "providers":
            at += _NAMESPACE_PARTS
            provided = True
            continue
        at += 2
        if provided or parts[0] == "subscriptions":
            yield "/" + "/".join(parts[:at])
