"""What was not collected of what may give something on a place: where some is missing, nobody is denied for want of it.

A role may be assigned on anything above a place. Denied is therefore only what nothing allows where assignments were
read from the tenant's root down. Deny assignments are the other way round: what was found to be allowed stays allowed,
and the reason says where nobody looked at them.
"""

from collections.abc import Collection, Iterator
from itertools import chain

from nhi_scan.access.azure.places import ARM_PLANES, Places
from nhi_scan.access.azure.scoped import Kind, concerns, kind_of
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Identity

_SWEEP = "arg-role-assignments"  # what is assigned in all subscriptions, and above them
_LIST = "arm-role-assignments"  # what is assigned in one, with what it inherits
_DENY = "arm-deny-assignments"
_ELIGIBLE = "arm-role-eligibility-instances"
_DIRECTORY_ELIGIBLE = "graph-directory-role-eligibility-instances"
_MOST_PLACES = 8

# Plane -> record kinds of the tenant of which one is enough, and what they hold.
_OF_PLANE: dict[str, tuple[tuple[str, ...], str]] = {
    "directory": (
        ("graph-directory-role-assignments", "graph-directory-role-assignment-instances"),
        "who has directory roles",
    ),
    "app_role": (("graph-app-role-assignments",), "who has application permissions"),
    "delegated": (("graph-oauth2-permission-grants",), "what is delegated"),
}
# What tells who owns an object: kinds that have to be complete, and one that counts where it was asked for.
_OWNERS = {
    "application": ("graph-applications", "graph-application-owners"),
    "service_principal": ("graph-service-principals", "graph-service-principal-owners"),
    "group": ("graph-groups", "graph-group-owners"),
}
_OWNED: tuple[Kind, ...] = ("application", "service_principal", "group")
_UNIT = "/administrativeunits/"
_UNITS = ("graph-administrative-units", "graph-administrative-unit-members")


class Seen:
    """Tells what was not collected. One clause each; empty: nothing."""

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Take an inventory, whose coverage tells, and its places."""
        self._inventory = inventory
        self._places = places
        self._rows: dict[tuple[str, str], bool] = {}
        for row in inventory.coverage:
            if row.provider == "azure" and (row.status.is_gap or row.status is CoverageStatus.COMPLETE):
                key = (row.scope_id, row.record_kind)
                self._rows[key] = self._rows.get(key, True) and not row.status.is_gap
        self._asked = {scope for scope, _ in self._rows}
        units = (group for group in inventory.groups.values() if group.kind == "administrative_unit")
        self._units_unknown = any(not unit.complete for unit in units)
        self._on_units = any(row.scope_id.startswith(_UNIT) for row in inventory.bindings.values())
        self._lacking: dict[tuple[str, bool, tuple[Kind, ...]], tuple[str, ...]] = {}
        self._gaps: dict[tuple[str, bool], str] = {}

    def gap(self, place: str, plane: str, identity: Identity | None = None, action: str = "") -> str:
        """Return what was not collected of what may give something of a plane on a place.

        Args:
            place: canonical.
            plane: of the action.
            identity: who asks: only people can be eligible for a role and activate it
                (https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles).
            action: what is asked; empty: anything. What an owner may do is about what is owned.
        """
        human = identity is not None and identity.kind == "user"
        if plane not in ARM_PLANES:
            return self._in_directory(place, plane, action, human=human)
        scope = arm_ids.subscription_of(place) or next(
            (one for one in reversed(self._places.chain(place)) if self._is_scope(one)), place
        )
        key = (scope, human)
        if key not in self._gaps:
            self._gaps[key] = self._in_arm(scope, human=human)
        return self._gaps[key]

    def unguarded(self, place: str) -> str:
        """Return what was not collected of the deny assignments that reach a place."""
        scope = arm_ids.subscription_of(place) or place
        if scope in self._places.tenants:  # Azure makes none there: there is nothing to protect
            return ""
        return "" if self._rows.get((scope, _DENY)) else f"deny assignments on `{scope}` were not collected"

    def owners_known(self, place: str) -> bool:
        """Say whether everybody was listed who owns an object."""
        inventory = self._inventory
        kind = "group" if place in inventory.groups else "application"
        if kind == "application" and place in inventory.identities:
            kind = "application" if inventory.identities[place].kind == "app" else "service_principal"
        needed, extra = _OWNERS[kind]
        tenant = self._places.chain(place)[0]
        rows = self._rows
        needs = (needed, extra) if kind == "group" else (needed,)
        return all(rows.get((tenant, one)) for one in needs) and rows.get((tenant, extra)) is not False

    def lacking(self, plane: str, identity: Identity | None = None, action: str = "") -> tuple[str, ...]:
        """Name places on which an action may be given by what was not collected: one for each cause."""
        kinds = tuple([kind for kind in _OWNED if plane == "directory" and concerns(kind, action)])
        key = (plane, identity is not None and identity.kind == "user", kinds)
        if key not in self._lacking:
            causes: dict[str, str] = {}
            for place in chain(self._asked_about(plane), self._unowned(kinds)):
                if cause := self.gap(place, plane, identity, action):
                    causes.setdefault(cause, place)
                    if len(causes) >= _MOST_PLACES:
                        break
            self._lacking[key] = tuple(causes.values())
        return self._lacking[key]

    def _asked_about(self, plane: str) -> Iterator[str]:
        yield from self._places.tenants
        if plane in ARM_PLANES:
            for scope in self._inventory.scopes.values():
                asked = scope.kind == "subscription" and (scope.collected or scope.id in self._asked)
                if asked or (scope.kind == "management_group" and scope.provider == "azure"):
                    yield scope.id

    def _unowned(self, kinds: Collection[Kind]) -> Iterator[str]:
        """Name one object of each kind whose owners nobody knows."""
        inventory, left = self._inventory, set(kinds)
        for place in chain(inventory.resources, inventory.identities, inventory.groups) if left else ():
            kind = kind_of(inventory, place)
            if kind in left and self._places.is_object(place) and not self.owners_known(place):
                if self._can_be_owned(place):
                    left.remove(kind)
                    yield place
                if not left:
                    return

    def _is_scope(self, place: str) -> bool:
        return place in self._places.tenants or arm_ids.is_management_group(place)

    def _in_arm(self, scope: str, *, human: bool) -> str:
        rows = self._rows
        above = self._places.chain(scope)
        listed = rows.get((scope, _LIST))
        if not listed and not rows.get((scope, _SWEEP)) and not self._swept_from_above(scope, above):
            return f"what is assigned on `{scope}` was not collected"
        if not listed and not rows.get((above[0], _SWEEP)):
            return f"what is assigned above `{scope}` was not collected"
        if not self._places.complete(scope):
            return f"what is above `{scope}` was not collected"
        if human and any(rows.get((one, _ELIGIBLE)) is False for one in above):
            return f"who is eligible for roles on `{scope}` was not collected"
        return ""

    def _swept_from_above(self, scope: str, above: tuple[str, ...]) -> bool:
        """One sweep over a tenant finds what is assigned on its management groups; a subscription has its own row."""
        return bool(self._rows.get((above[0], _SWEEP))) and not scope.startswith("/subscriptions/")

    def _in_directory(self, place: str, plane: str, action: str, *, human: bool) -> str:
        rows = self._rows
        tenant = self._places.chain(place)[0]
        if tenant not in self._places.tenants:
            return f"which tenant `{place}` is in is not known"
        kinds, what = _OF_PLANE[plane]
        if not any(rows.get((tenant, kind)) for kind in kinds):
            return f"{what} was not collected"
        if plane == "directory":
            return self._of_object(place, tenant, action, human=human)
        return ""

    def _of_object(self, place: str, tenant: str, action: str, *, human: bool) -> str:
        rows = self._rows
        if human and rows.get((tenant, _DIRECTORY_ELIGIBLE)) is False:
            return "who is eligible for directory roles was not collected"
        if not self._places.is_object(place):
            return ""
        owned = concerns(kind_of(self._inventory, place), action) and self._can_be_owned(place)
        if owned and not self.owners_known(place):
            return f"who owns `{place}` was not collected"
        held = self._on_units and concerns("unit", action)
        if held and (self._units_unknown or any(rows.get((tenant, kind)) is False for kind in _UNITS)):
            return "what is in administrative units was not collected"
        return ""

    def _can_be_owned(self, place: str) -> bool:
        identity = self._inventory.identities.get(place)
        return identity is None or identity.kind in ("service_principal", "app", "agent_identity")
