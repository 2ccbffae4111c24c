"""Who has which role of Resource Manager where, for good, for a time, or once it was activated.

https://learn.microsoft.com/azure/role-based-access-control/role-assignments. What Privileged Identity Management has
activated or assigned for a time is a role assignment, too: its schedule instance only adds when that ends
(https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances). What somebody is eligible for
(https://learn.microsoft.com/rest/api/authorization/role-eligibility-schedule-instances) is a binding by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Binding
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, abac, arm_role, guid, properties
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import moment, text

_LISTS = (kinds.ARG_ROLE_ASSIGNMENTS, "arm-role-assignments")
_UNCLEAR = "role assignments that lack who has what where"


@dataclass(slots=True)
class AssignmentReader:
    """Reads role assignments, each once."""

    source: Source
    scopes: Scopes
    principals: Principals
    _roles: dict[str, str] = field(default_factory=dict)  # by the id as written
    _ends: dict[str, datetime | None] = field(default_factory=dict)  # by the assignment's id
    _seen: set[str] = field(default_factory=set)

    def read(self) -> None:
        """All of them; those of schedules last."""
        active = list(self._instances(kinds.ARM_ROLE_ASSIGNMENT_INSTANCES))
        for _, _, own in active:
            origin = text(own, "originRoleAssignmentId")
            if origin:
                self._ends[arm_ids.canonical(origin)] = moment(own.get("endDateTime"))
        for kind in _LISTS:
            for scope_id, _, record in self.source.plain(kind):
                self._add(kind, scope_id, text(record, "id"), properties(record))
        for id_, scope_id, own in active:
            origin = text(own, "originRoleAssignmentId") or id_
            self._add(kinds.ARM_ROLE_ASSIGNMENT_INSTANCES, scope_id, origin, own)
        for id_, scope_id, own in self._instances(kinds.ARM_ROLE_ELIGIBILITY_INSTANCES):
            self._add(kinds.ARM_ROLE_ELIGIBILITY_INSTANCES, scope_id, id_, own, eligible=True)

    def _instances(self, kind: str) -> Iterator[tuple[str, str, Record]]:
        """Instances of schedules, each once: what is assigned above a scope is listed for the scope, too."""
        found: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
        for scope_id, of, record in self.source.plain(kind):
            id_ = arm_ids.canonical(text(record, "id"))
            name = arm_ids.name_of(id_)
            if not name:
                self.source.note(kind, scope_id, "schedules without an id")
                continue
            asked = arm_ids.canonical(text(of, "scope"))
            place = asked if len(asked) > 1 else scope_id
            if name not in found or (len(id_), id_) < (len(found[name][0]), found[name][0]):
                found[name] = id_, place, properties(record)
        direct = {_schedule(own) for _, _, own in found.values() if not _through_group(own)}
        for id_, place, own in found.values():
            # Of who is in a group only the group's own is kept: the binding is the group's.
            if not _through_group(own) or _schedule(own) not in direct:
                yield id_, place, own

    def _add(self, kind: str, scope_id: str, written: str, own: Record, *, eligible: bool = False) -> None:
        id_, principal = arm_ids.canonical(written), guid(own, "principalId")
        role, place = self._role(text(own, "roleDefinitionId")), text(own, "scope")
        if not arm_ids.name_of(id_) or not principal or not role or not place.startswith("/"):
            self.source.note(kind, scope_id, _UNCLEAR)
            return
        if id_ in self._seen:
            return
        self._seen.add(id_)
        place = self.scopes.place(place, scope_id)
        foreign = "Foreign" if text(own, "delegatedManagedIdentityResourceId") else ""
        self.principals.see(principal, f"{foreign}{text(own, 'principalType')}", place)
        self.source.records.bindings.append(
            Binding(
                id=id_,
                principal_id=principal,
                policy_id=role,
                scope_id=place,
                condition=abac(own),
                expires_at=moment(own.get("endDateTime")) if eligible else self._end(id_, own),
                source="group" if _through_group(own) else "direct",
                eligible=eligible,
            )
        )

    def _end(self, id_: str, own: Record) -> datetime | None:
        return self._ends[id_] if id_ in self._ends else moment(own.get("endDateTime"))

    def _role(self, written: str) -> str:
        known = self._roles.get(written)
        if known is None:
            known = self._roles[written] = arm_role(written)
        return known


def _schedule(own: Record) -> str:
    return guid(own, "roleEligibilityScheduleId") or guid(own, "roleAssignmentScheduleId")


def _through_group(own: Record) -> bool:
    return text(own, "memberType").lower() == "group"
