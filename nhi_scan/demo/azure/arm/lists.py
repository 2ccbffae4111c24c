"""What stands behind each of Resource Manager's paths: the rows of an estate."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from nhi_scan.demo.azure.arm.routes import Route
from nhi_scan.demo.azure.errors import ApiError
from nhi_scan.demo.azure.estate import Record, Rows
from nhi_scan.demo.azure.gate import Gate
from nhi_scan.demo.azure.world import ROOT, World
from nhi_scan.model import arm_ids

_PRINCIPAL = re.compile(r"(?:principalId|assignedTo\(\))?\s*(?:eq)?\s*'?([0-9a-f-]{36})", re.IGNORECASE)
_GROUP_TYPE = "microsoft.resources/resourcegroups"
_GROUP = "Microsoft.Management/managementGroups"
_IDENTITY_TYPE = "microsoft.managedidentity/userassignedidentities"


class Lists:
    """Lists of Resource Manager for one caller."""

    def __init__(self, world: World, gate: Gate) -> None:
        self.world, self.gate = world, gate

    def rows(self, route: Route, named: Mapping[str, str], filter_: str) -> Rows:
        """Return every row of a list.

        Args:
            route: which list.
            named: what the path names.
            filter_: `$filter` as sent.

        Raises:
            ApiError: what the path names is not there.
        """
        scope = named.get("scope", "") or ROOT
        if "scope" in named and not self.world.is_scope(scope):
            raise _no_scope(scope)
        made = _LISTS.get(route.family)
        return made(self, named, filter_) if made else self._at(route.family, scope, filter_)

    def _at(self, family: str, scope: str, filter_: str) -> Rows:
        """Return what is assigned at a scope, above it and below it, or less where a filter says so.

        https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope
        """
        rows: Rows = getattr(self.world.estate, _ASSIGNED[family])
        exact = "atscope()" in filter_.lower()
        principal = _PRINCIPAL.search(filter_)
        above = frozenset(self.world.above(scope))
        place = arm_ids.canonical(scope)
        found = []
        for row in rows:
            at = arm_ids.canonical(row["properties"]["scope"])
            if at not in above and (exact or place not in self.world.above(at)):
                continue
            if principal is None or row["properties"].get("principalId", "").lower() == principal[1].lower():
                found.append(row)
        return found

    def subscriptions(self, _: Mapping[str, str], __: str) -> Rows:
        """https://learn.microsoft.com/rest/api/resources/subscriptions/list."""
        every = map(self.subscription, self.world.estate.subscriptions)
        return [one for one in every if self.gate.may("Microsoft.Resources/subscriptions/read", one["id"])]

    def subscription(self, one: Mapping[str, Any]) -> Record:
        """Return a subscription as it is listed."""
        shown: Record = {
            "id": f"/subscriptions/{one['subscriptionId']}",
            "subscriptionId": one["subscriptionId"],
            "tenantId": self.world.estate.tenant,
            "displayName": one["displayName"],
            "state": one.get("state", "Enabled"),
            "authorizationSource": "RoleBased",
            "subscriptionPolicies": {"quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
            "managedByTenants": [],
        }
        return {**shown, "tags": dict(one["tags"])} if one.get("tags") else shown

    def tenants(self, _: Mapping[str, str], __: str) -> Rows:
        """https://learn.microsoft.com/rest/api/resources/tenants/list."""
        organization = self.world.estate.organization
        domains = [one["name"] for one in organization.get("verifiedDomains", ())]
        row: Record = {
            "id": f"/tenants/{self.world.estate.tenant}",
            "tenantId": self.world.estate.tenant,
            "tenantCategory": "Home",
            "displayName": organization.get("displayName", ""),
            "domains": domains,
            "defaultDomain": domains[0] if domains else "",
            "tenantType": "AAD",
        }
        return [row]

    def management_groups(self, _: Mapping[str, str], __: str) -> Rows:
        """https://learn.microsoft.com/rest/api/managementgroups/management-groups/list."""
        every = [self.management_group(one) for one in self.world.estate.management_groups]
        return [one for one in every if self.gate.may("Microsoft.Management/managementGroups/read", one["id"])]

    def management_group(self, one: Mapping[str, Any]) -> Record:
        """Return a management group as it is listed; the list does not say what is above it."""
        return {
            "id": f"/providers/Microsoft.Management/managementGroups/{one['name']}",
            "type": "Microsoft.Management/managementGroups",
            "name": one["name"],
            "properties": {"tenantId": self.world.estate.tenant, "displayName": one.get("displayName", one["name"])},
        }

    def _detailed(self, one: Mapping[str, Any], *, children: bool) -> Record:
        """https://learn.microsoft.com/rest/api/managementgroups/management-groups/get: with what it lies in."""
        shown, estate = self.management_group(one), self.world.estate
        parent = next((each for each in estate.management_groups if each["name"] == one.get("parent")), None)
        above = self.management_group(parent) if parent else None
        named = {"id": above["id"], "name": above["name"]} if above else None
        shown["properties"]["details"] = {"version": 1, "parent": named}
        if children:
            shown["properties"]["children"] = [
                {"type": each["type"], "id": each["id"], "name": each["name"]}
                for each in (
                    *(self._child(each, each["name"], _GROUP) for each in estate.management_groups),
                    *(self._child(each, each["subscriptionId"], "/subscriptions") for each in estate.subscriptions),
                )
                if (each["properties"]["parent"] or {}).get("id") == shown["id"]
            ]
        return shown

    def entities(self, _: Mapping[str, str], __: str) -> Rows:
        """https://learn.microsoft.com/rest/api/managementgroups/entities/list."""
        estate = self.world.estate
        groups = [
            self._child(one, one["name"], "Microsoft.Management/managementGroups") for one in estate.management_groups
        ]
        subscriptions = [self._child(one, one["subscriptionId"], "/subscriptions") for one in estate.subscriptions]
        return [one for one in (*groups, *subscriptions) if self.gate.may(_read_of(one), one["id"])]

    def _child(self, one: Mapping[str, Any], name: str, kind: str) -> Record:
        prefix = "/subscriptions/" if kind == "/subscriptions" else "/providers/Microsoft.Management/managementGroups/"
        parent = one.get("parent", "")
        above = f"/providers/Microsoft.Management/managementGroups/{parent}" if parent else ""
        return {
            "id": prefix + name,
            "type": kind,
            "name": name,
            "properties": {
                "tenantId": self.world.estate.tenant,
                "displayName": one.get("displayName", name),
                "parent": {"id": above} if above else None,
            },
        }

    def descendants(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/managementgroups/management-groups/get-descendants."""
        place = arm_ids.management_group(named["name"])
        if place not in self.world.parents:
            raise ApiError(404, "NotFound", f"'{place}' not found")
        estate = self.world.estate
        groups = [
            self._child(one, one["name"], "Microsoft.Management/managementGroups") for one in estate.management_groups
        ]
        subscriptions = [self._child(one, one["subscriptionId"], "/subscriptions") for one in estate.subscriptions]
        return [
            one
            for one in (*groups, *subscriptions)
            if arm_ids.canonical(one["id"]) != place and self.world.is_below(one["id"], place)
        ]

    def role_definitions(self, named: Mapping[str, str], filter_: str) -> Rows:
        """https://learn.microsoft.com/rest/api/authorization/role-definitions/list: what can be assigned at a scope."""
        above = frozenset(self.world.above(named["scope"] or ROOT))
        kinds = [kind for kind in ("CustomRole", "BuiltInRole") if f"'{kind}'".lower() in filter_.lower()]
        return [
            row
            for row in self.world.estate.role_definitions
            if any(arm_ids.canonical(scope) in above for scope in row["properties"]["assignableScopes"])
            and (not kinds or row["properties"]["type"] in kinds)
        ]

    def permissions(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group: of the caller."""
        given = self.gate.actions_at(named["scope"] or ROOT)
        return [{"actions": sorted(given), "notActions": [], "dataActions": [], "notDataActions": []}]

    def provider_operations(self, _: Mapping[str, str], __: str) -> Rows:
        """https://learn.microsoft.com/rest/api/authorization/provider-operations-metadata/list."""
        return self.world.estate.provider_operations

    def of_type(self, named: Mapping[str, str], _: str) -> Rows:
        """Return the resources of a type below a scope."""
        return self._resources(named["scope"], named["kind"].lower())

    def parts(self, named: Mapping[str, str], _: str) -> Rows:
        """Return what lies in a resource."""
        within = arm_ids.canonical(named["scope"]) + "/"
        return [row for row in self.world.estate.resources if arm_ids.canonical(row["id"]).startswith(within)]

    def user_assigned(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/list-by-subscription."""
        return self._resources(named["scope"], _IDENTITY_TYPE)

    def groups(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/resources/resource-groups/list."""
        return self._resources(named["scope"], _GROUP_TYPE)

    def _resources(self, scope: str, kind: str) -> Rows:
        every = self.world.estate.resources
        return [row for row in every if row["type"].lower() == kind and self.world.is_below(row["id"], scope)]

    def resources(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/resources/resources/list: without properties."""
        return [
            {key: value for key, value in row.items() if key != "properties"}
            for row in self.world.estate.resources
            if row["type"].lower() != _GROUP_TYPE and self.world.is_below(row["id"], named["scope"])
        ]

    def federated(self, named: Mapping[str, str], _: str) -> Rows:
        """https://learn.microsoft.com/rest/api/managedidentity/federated-identity-credentials/list."""
        place = arm_ids.canonical(named["scope"])
        if not any(arm_ids.canonical(row["id"]) == place for row in self._resources(place, _IDENTITY_TYPE)):
            raise _no_resource(named["scope"])
        trusts = {arm_ids.canonical(id_): rows for id_, rows in self.world.estate.arm_federated_credentials.items()}
        return trusts.get(place, ())

    def one(self, family: str, named: Mapping[str, str], expand: str = "") -> Mapping[str, Any]:
        """Return the one thing that a path names.

        Args:
            family: of the route.
            named: what the path names.
            expand: `$expand` as sent.

        Raises:
            ApiError: it is not there.
        """
        if family == "managementGroups.get":
            found = [one for one in self.world.estate.management_groups if one["name"].lower() == named["name"].lower()]
            for group in found:
                return self._detailed(group, children="children" in expand.lower())
            raise ApiError(404, "NotFound", f"Management group `{named['name']}` not found")
        place = arm_ids.canonical(named["scope"])
        for one in self.world.estate.subscriptions:
            if place == f"/subscriptions/{one['subscriptionId'].lower()}":
                return self.subscription(one)
        for row in self.world.estate.resources:
            if arm_ids.canonical(row["id"]) == place:
                return row
        raise _no_resource(named["scope"])


def _read_of(entity: Mapping[str, Any]) -> str:
    groups = entity["type"] != "/subscriptions"
    return "Microsoft.Management/managementGroups/read" if groups else "Microsoft.Resources/subscriptions/read"


def _no_scope(scope: str) -> ApiError:
    if scope.lower().startswith("/subscriptions/"):
        name = scope.split("/")[2]
        return ApiError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
    return ApiError(404, "NotFound", f"'{scope}' not found")


def _no_resource(id_: str) -> ApiError:
    return ApiError(404, "ResourceNotFound", f"The Resource '{id_}' was not found.")


_ASSIGNED = {
    "roleAssignments": "role_assignments",
    "denyAssignments": "deny_assignments",
    "roleEligibilityScheduleInstances": "role_eligibility_instances",
    "roleAssignmentScheduleInstances": "role_assignment_instances",
    "roleManagementPolicyAssignments": "role_policies",
}
_LISTS: Mapping[str, Callable[[Lists, Mapping[str, str], str], Rows]] = {
    "tenants": Lists.tenants,
    "subscriptions": Lists.subscriptions,
    "managementGroups": Lists.management_groups,
    "managementGroups.descendants": Lists.descendants,
    "entities": Lists.entities,
    "providerOperations": Lists.provider_operations,
    "roleDefinitions": Lists.role_definitions,
    "permissions": Lists.permissions,
    "userAssignedIdentities": Lists.user_assigned,
    "federatedIdentityCredentials": Lists.federated,
    "resourceGroups": Lists.groups,
    "resources": Lists.resources,
    "listed": Lists.of_type,
    "pools": Lists.parts,
    "computes": Lists.parts,
}
