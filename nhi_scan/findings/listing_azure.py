"""Which kinds of record of Azure and Entra must be complete before something that is missing can be called gone."""

import re
from collections.abc import Iterator
from typing import Final

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.finding import SubjectKind

_GUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OBJECT: Final = re.compile(rf"{_GUID}(?:#|$)")
# How ids of Azure and Entra begin: those of AWS are ARNs, of Google Cloud's paths none begins so.
_OWN: Final = re.compile(
    rf"/(?:subscriptions|providers|tenants|administrativeunits)/|(?:directory|approles|delegated|azure)/|{_GUID}(?:#|$)"
)
# What a query over all subscriptions lists -> what lists the same of one that is asked by itself.
_OF_A_SUBSCRIPTION: Final = {
    "arg-resource-containers": "arm-resource-groups",
    "arg-resources": "arm-resources",
    "arg-role-assignments": "arm-role-assignments",
    "arg-role-definitions": "arm-role-definitions",
}
# A principal is there where it is listed, and where anything names it: people are in no list of their own.
_NAMING: Final = (
    "graph-service-principals",
    "graph-applications",
    "graph-users",
    "graph-directory-role-assignments",
    "graph-app-role-assignments",
    "graph-oauth2-permission-grants",
    "graph-groups",
    "graph-group-members",
    "arg-role-assignments",
)
# So is a group: one that was deleted is only named by what is still assigned to it, and one that nothing is assigned to
# may be left out.
_OBJECTS: Final = (
    "graph-applications",
    "graph-groups",
    "graph-directory-role-assignments",
    "graph-app-role-assignments",
    "arg-role-assignments",
)
# Neither a licence nor agents are everywhere: these count where they were asked for.
_NAMING_WHERE_ASKED: Final = (
    "graph-directory-objects",
    "graph-application-owners",
    "graph-service-principal-owners",
    "graph-group-owners",
    "graph-directory-role-assignment-instances",
    "graph-directory-role-eligibility-instances",
    "graph-group-eligibility-instances",
    "graph-agent-identities",
    "graph-agent-users",
    "graph-agent-sponsors",
    "arm-role-assignment-instances",
    "arm-role-eligibility-instances",
)
# Beginning of a policy's id, or what is in it -> what lists such.
_POLICIES: Final = (
    ("#accesspolicy/", ("arg-resources",)),
    ("/denyassignments/", ("arm-deny-assignments",)),
    ("/providers/microsoft.authorization/roledefinitions/", ("arg-role-definitions",)),
    ("directory/owners/", ()),  # what ownership gives is no record
    ("directory/roledefinitions/", ("graph-directory-role-definitions",)),
    ("approles/", ("graph-service-principals", "graph-app-role-assignments")),
    ("delegated/", ("graph-oauth2-permission-grants",)),
    ("azure/provideroperations", ("arm-provider-operations",)),
)


# What tells who may do what here: see `listing.BESTOWING`.
BESTOWING_ON_AZURE: Final = (
    "arg-role-assignments",
    "arg-role-definitions",
    "arg-resources",
    "graph-service-principals",
    "graph-applications",
    "graph-directory-role-assignments",
    "graph-app-role-assignments",
    "graph-oauth2-permission-grants",
    "graph-groups",
    "graph-group-members",
)


def is_azures(subject_id: str) -> bool:
    """Say whether an id is one of Azure's or Entra's."""
    return _OWN.match(subject_id) is not None


def azure_kinds(subject: SubjectKind, subject_id: str, inventory: Inventory, scope_id: str) -> Iterator[str]:
    """Name the record kinds that must be complete before a subject that is missing can be called gone.

    Args:
        subject: what it is.
        subject_id: its native id.
        inventory: the one that it is missing from.
        scope_id: where it was.
    """
    for kind in _listing(subject, subject_id):
        other = _OF_A_SUBSCRIPTION.get(kind)
        # Of what is the tenant's, assignments in all subscriptions may tell: there one by itself is not enough.
        alone = other and scope_id.startswith("/subscriptions/") and inventory.covered(scope_id, kind) is None
        yield other if other and alone else kind
    if subject == "identity":
        yield from (kind for kind in _NAMING_WHERE_ASKED if inventory.covered(scope_id, kind) is not None)


def _listing(subject: SubjectKind, subject_id: str) -> tuple[str, ...]:
    if subject == "identity":
        return _NAMING
    if subject == "credential":
        return ("graph-applications", "graph-service-principals")
    if subject == "trust":
        return _of_trust(subject_id)
    if subject == "policy":
        return next((kinds for part, kinds in _POLICIES if part in subject_id), ("arg-role-definitions",))
    if subject == "scope":
        return _of_scope(subject_id)
    return _of_thing(subject_id)


def _of_trust(subject_id: str) -> tuple[str, ...]:
    if subject_id.endswith("#tenant"):
        return ("graph-service-principals",)
    if subject_id.startswith("/"):
        return ("arg-resources", "arm-federated-credentials")
    return ("graph-applications", "graph-federated-credentials")


def _of_scope(subject_id: str) -> tuple[str, ...]:
    if subject_id.startswith("/tenants/"):
        return ("graph-organization", "arm-subscriptions")
    return ("arg-resource-containers", "arm-subscriptions")


def _of_thing(subject_id: str) -> tuple[str, ...]:
    """Name what lists workloads and resources, of which some are objects of the directory."""
    if "#pim/" in subject_id:
        return ("graph-directory-role-policies",) if subject_id.startswith("/tenants/") else ("arm-role-policies",)
    if subject_id.startswith("/administrativeunits/"):
        return ("graph-administrative-units",)
    if _OBJECT.match(subject_id):
        return _OBJECTS
    return ("arg-resources",)
