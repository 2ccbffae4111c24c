"""Tenants, management groups, subscriptions and resource groups, and what written ids of scopes mean.

https://learn.microsoft.com/azure/governance/management-groups/overview. A tenant is the root of its directory and of
Resource Manager alike.

Attribute of a resource group: `managed_by`, the canonical id of the resource that made the group for itself and keeps
what is in it (https://learn.microsoft.com/azure/azure-resource-manager/managed-applications/overview,
https://learn.microsoft.com/azure/aks/faq#why-are-two-resource-groups-created-with-aks).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from nhi_scan.inventory.coverage import CoverageIndex, coverage_parents
from nhi_scan.model import arm_ids
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.shapes import Pairs
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source

TENANTS = "/tenants/"
_ASSIGNMENTS = (kinds.ARG_ROLE_ASSIGNMENTS, "arm-role-assignments")

Kind = Literal["tenant", "management_group", "subscription", "resource_group"]


class Scopes:
    """Scopes by id, and which of them a written id means.

    Attributes:
        scopes: by id.
        tenant: id of the tenant that is meant where nothing else tells.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.scopes: dict[str, Scope] = {}
        self._tenants: dict[str, str] = {}  # subscription -> tenant
        self.tenant = min((one for one in source.swept if one.startswith(TENANTS)), default="")
        self._places: dict[tuple[str, str], str] = {}
        self._makers: dict[str, str] = {}  # resource group -> the resource that made it for itself

    def add(
        self, id_: str, kind: Kind, name: str, parent_id: str | None, *, status: str = "", tags: Pairs = ()
    ) -> None:
        """Add a scope, or what one record says of it beyond another."""
        known = self.scopes.get(id_)
        scope = Scope(
            id=id_,
            provider=PROVIDER,
            kind=kind,
            name=name or id_,
            parent_id=parent_id,
            status=status or "active",
            tags=tags,
        )
        if known is not None:
            scope = replace(
                scope,
                name=max((known.name, scope.name), key=lambda one: (one != id_, one)),
                parent_id=max((known.parent_id, parent_id), key=_nearness),
                status=max((known.status, scope.status), key=lambda one: (one != "active", one)),
                tags=max(known.tags, tags),
            )
        self.scopes[id_] = scope

    def tenant_of(self, scope_id: str) -> str:
        """The tenant of a scope, or of whatever lies in it."""
        if scope_id.startswith(TENANTS):
            return scope_id
        return self._tenants.get(arm_ids.subscription_of(scope_id), self.tenant)

    def belongs(self, subscription: str, tenant_id: str) -> None:
        """Note whose a subscription is."""
        if subscription and tenant_id:
            named = arm_ids.tenant(tenant_id)
            self._tenants[subscription] = min(self._tenants.get(subscription, named), named)

    def made_by(self, group: str, maker: str) -> None:
        """Note what made a resource group for itself: a cluster of AKS that of its nodes."""
        if maker:
            self._makers[group] = min(self._makers.get(group, maker), maker)

    def place(self, written: str, collected_for: str) -> str:
        """The id of what an assignment is of; `/` is the tenant.

        Args:
            written: as the record says it.
            collected_for: the scope that the record was collected for.
        """
        key = written, collected_for
        known = self._places.get(key)
        if known is None:
            id_ = arm_ids.canonical(written)
            known = self._places[key] = self.tenant_of(collected_for) if id_ == "/" else id_
        return known

    def tags(self, arm_id: str) -> Pairs:
        """Tags of the resource group that something lies in, else of its subscription."""
        for id_ in (arm_ids.resource_group_of(arm_id), arm_ids.subscription_of(arm_id)):
            scope = self.scopes.get(id_)
            if scope is not None and scope.tags:
                return scope.tags
        return ()

    def index(self) -> None:
        """Let the coverage of a scope answer for what lies below it."""
        parents = coverage_parents(self.scopes.values())
        self._source.coverage = CoverageIndex(self._source.records.coverage, parents)

    def write(self, attributes: Mapping[str, Pairs]) -> None:
        """Add the scopes to the records.

        Args:
            attributes: of tenants, by scope id.
        """
        asked = {row.scope_id for row in self._source.records.coverage}
        for id_ in sorted(self.scopes):
            scope = self.scopes[id_]
            self._source.records.scopes.append(
                replace(scope, collected=self._collected(scope, asked), attributes=self._attributes(id_, attributes))
            )

    def _attributes(self, id_: str, of_tenants: Mapping[str, Pairs]) -> Pairs:
        maker = self._makers.get(id_)
        return (("managed_by", maker),) if maker else of_tenants.get(id_, ())

    def _collected(self, scope: Scope, asked: set[str]) -> bool:
        covered = self._source.coverage.covered
        if scope.kind == "tenant":
            return covered(scope.id, kinds.SERVICE_PRINCIPALS) is not None
        if scope.kind == "management_group":
            return any(covered(scope.id, kind) is not None for kind in _ASSIGNMENTS)
        subscription = arm_ids.subscription_of(scope.id)
        return subscription in asked and any(covered(subscription, kind) is not None for kind in _ASSIGNMENTS)


def _nearness(parent_id: str | None) -> tuple[int, str]:
    """How much a parent says: one that is a management group more than the tenant that all are in."""
    if parent_id is None:
        return 0, ""
    return (2 if arm_ids.is_management_group(parent_id) else 1), parent_id
