"""Managed identities: which principal belongs to which Azure resource.

Three places tell: the service principal's `alternativeNames` (`isExplicit=True` and the id of the user-assigned
identity, or `isExplicit=False` and the id of the resource that the identity is of), the user-assigned identity itself,
and the block `identity` of a resource. So an identity is known where Microsoft Graph or Resource Manager was denied.
https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-view-managed-identity-service-principal
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nhi_scan.model import arm_ids
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, guid, properties, tags_of
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import text, within

_RESOURCES = ("/subscriptions/", "/providers/")
USER_ASSIGNED = "microsoft.managedidentity/userassignedidentities"


@dataclass(slots=True)
class ManagedIdentity:
    """What is known of a managed identity beside its service principal."""

    resource_id: str
    assigned: Literal["user", "system"]
    app_id: str = ""
    tags: Pairs = ()


class Managed:
    """Principals of managed identities.

    Attributes:
        by_principal: by object id.
        by_resource: object ids of user-assigned identities, by canonical ARM id.
    """

    def __init__(self) -> None:
        self.by_principal: dict[str, ManagedIdentity] = {}
        self.by_resource: dict[str, str] = {}

    def named(self, principal: str, app_id: str, names: Iterable[str]) -> None:
        """Take what a service principal's alternative names say."""
        told = [one.strip() for one in names]
        # A policy that is assigned on a management group has an identity as well.
        resource = next((arm_ids.canonical(one) for one in told if one.lower().startswith(_RESOURCES)), "")
        if resource:
            explicit = any(one.lower().replace(" ", "") == "isexplicit=true" for one in told)
            user = explicit or arm_ids.type_of(resource) == USER_ASSIGNED
            self._add(principal, ManagedIdentity(resource, "user" if user else "system", app_id))

    def client_of(self, principal: str) -> str:
        """The application id (client id) of a managed identity; empty where nothing tells."""
        known = self.by_principal.get(principal)
        return known.app_id if known else ""

    def user_assigned(self, resource: str, record: Record) -> bool:
        """Take a user-assigned identity.

        Returns:
            Whether it says which principal it is.
        """
        own = properties(record)
        principal = guid(own, "principalId")
        if principal:
            self._add(principal, ManagedIdentity(resource, "user", guid(own, "clientId"), tags_of(record)))
        return bool(principal)

    def block(self, resource: str, record: Record) -> tuple[list[str], list[str]]:
        """Take the identities that a resource has.

        Returns:
            Principals that are known, and ids of user-assigned identities of which the block does not say that.
        """
        identity = within(record, "identity")
        found, open_ = [], []
        principal = guid(identity, "principalId")
        # Some services answer a client id or zeroes where there is no identity of the resource's own.
        if principal and "systemassigned" in (text(identity, "type").lower().replace(" ", "") or "systemassigned"):
            self._add(principal, ManagedIdentity(resource, "system", tags=tags_of(record)))
            found.append(principal)
        for written, told in within(identity, "userAssignedIdentities").items():
            id_ = arm_ids.canonical(written)
            own = guid(told, "principalId") if isinstance(told, dict) else ""
            if own:
                self._add(own, ManagedIdentity(id_, "user", guid(told, "clientId")))
                found.append(own)
            else:
                open_.append(id_)
        return found, open_

    def kubelet(self, record: Record) -> tuple[list[str], list[str]]:
        """Take the identity that the nodes of an AKS cluster run as, as `block`.

        https://learn.microsoft.com/azure/aks/use-managed-identity#summary-of-managed-identities
        """
        told = within(within(properties(record), "identityProfile"), "kubeletidentity")
        resource, principal = text(told, "resourceId"), guid(told, "objectId")
        if principal:
            if resource:
                self._add(principal, ManagedIdentity(arm_ids.canonical(resource), "user", guid(told, "clientId")))
            return [principal], []
        return [], [arm_ids.canonical(resource)] if resource else []

    def _add(self, principal: str, told: ManagedIdentity) -> None:
        known = self.by_principal.setdefault(principal, told)
        known.app_id = known.app_id or told.app_id
        known.tags = known.tags or told.tags
        if told.assigned == "user":
            self.by_resource.setdefault(told.resource_id, principal)


def read_user_assigned(source: Source, managed: Managed) -> list[tuple[str, Record]]:
    """User-assigned identities of Resource Manager's own list: canonical id and record."""
    kind, found = kinds.ARM_USER_ASSIGNED_IDENTITIES, []
    for scope_id, _, record in source.plain(kind):
        id_ = arm_ids.canonical(text(record, "id"))
        if arm_ids.type_of(id_) != USER_ASSIGNED:
            source.note(kind, scope_id, "user-assigned identities without an id")
            continue
        if not managed.user_assigned(id_, record):
            source.note(kind, scope_id, "user-assigned identities without a principal")
        found.append((id_, record))
    return found
