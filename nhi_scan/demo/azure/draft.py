"""An Azure estate while it is being read."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.demo.azure.estate import Record
from nhi_scan.demo.estate import Expected

_WORD = re.compile(r"\{(\w+):([^{}]+)\}")
_ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments/"


def guid(seed: str) -> str:
    """Return a GUID that looks random and is the same in every run."""
    digits = hashlib.sha256(f"northwind-azure {seed}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


@dataclass(slots=True)
class Draft:
    """What was read so far.

    Texts may name what is elsewhere in the estate, and are filled in at the end: `{sp:name}` (object id of a service
    principal), `{app:name}` (of a registration), `{appid:name}` (application id), `{mi:name}` (object id of a managed
    identity), `{user:name}`, `{group:name}`, `{agent:name}`, `{sub:key}`, `{mg:name}`, `{res:name}` (ids of Resource
    Manager; `{place:name}` in lower case), `{key:name number}` (id of an application's secret or certificate).

    Attributes:
        subscriptions: key -> GUID.
        roles: name of a role of Azure -> its GUID.
        directory_roles: name of a role of Entra -> the id of its template.
        rows: attribute of the estate -> its rows.
        related: attribute of the estate -> id -> ids or rows.
        resources: name -> id of Resource Manager.
        expected: findings.
    """

    subscriptions: dict[str, str]
    roles: dict[str, str]
    directory_roles: dict[str, str]
    rows: dict[str, list[Record]] = field(default_factory=dict)
    related: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    expected: list[tuple[str, Any]] = field(default_factory=list)

    def add(self, attribute: str, row: Record) -> None:
        """Add a row to one of the estate's attributes."""
        self.rows.setdefault(attribute, []).append(row)

    def relate(self, attribute: str, id_: str, others: Iterable[Any]) -> None:
        """Note what an object is related to."""
        self.related.setdefault(attribute, {}).setdefault(id_, []).extend(others)

    def assign(self, principal: str, given: Mapping[str, Any], kind: str = "ServicePrincipal") -> None:
        """Give a principal a role of Azure somewhere, for good or to be activated.

        Args:
            principal: object id, or a word that stands for one.
            given: `role`, `scope`, and where it has them `condition`, `eligible`, `ends` (days).
            kind: type of the principal.
        """
        role, scope = given["role"], given["scope"]
        name = guid(f"assignment {principal} {role} {scope}")
        properties: Record = {
            "scope": scope,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{self.roles[role]}",
            "principalId": principal,
            "principalType": kind,
        }
        if "condition" in given:
            properties |= {"condition": given["condition"], "conditionVersion": "2.0"}
        if given.get("eligible"):
            noun = "roleEligibilityScheduleInstances"
            properties |= {"startDateTime": "ago(30)", "memberType": "Direct", "status": "Provisioned"}
            properties["roleEligibilityScheduleId"] = f"{scope}/providers/Microsoft.Authorization/{name}"
            type_ = f"Microsoft.Authorization/{noun}"
            self.add("role_eligibility_instances", _row(f"{scope}/providers/{type_}/{name}", name, type_, properties))
            return
        properties |= {"createdOn": "ago(120)", "updatedOn": "ago(120)", "createdBy": "{user:anna.kovac}"}
        type_ = "Microsoft.Authorization/roleAssignments"
        self.add("role_assignments", _row(f"{scope}{_ASSIGNMENTS}{name}", name, type_, properties))

    def assign_directory(self, principal: str, given: Any) -> None:
        """Give a principal a role of Entra; `given` is its name, or `role` with `scope` or `eligible`."""
        told = {"role": given} if isinstance(given, str) else dict(given)
        row: Record = {
            "id": guid(f"directory assignment {principal} {told}"),
            "principalId": principal,
            "roleDefinitionId": self.directory_roles[told["role"]],
            "directoryScopeId": told.get("scope", "/"),
        }
        if told.get("eligible"):
            more = {"memberType": "Direct", "startDateTime": "ago(60)", "endDateTime": told.get("ends")}
            self.add("directory_role_eligibility_instances", {**row, **more})
        else:
            self.add("directory_role_assignments", row)

    def permit(self, principal: str, resource: str, role: str, kind: str = "ServicePrincipal") -> None:
        """Give a principal an application permission: a role that an API declares.

        Args:
            principal: object id, or a word that stands for one.
            resource: the API's service principal, a word.
            role: id of the role.
            kind: type of the principal.
        """
        row = {
            "id": guid(f"permission {principal} {resource} {role}"),
            "appRoleId": role,
            "createdDateTime": "ago(150)",
            "principalId": principal,
            "principalType": kind,
            "resourceId": resource,
        }
        self.add("app_role_assignments", row)

    def expect(self, expected: Mapping[str, Any], subject: str) -> None:
        """Note the findings that a thing must lead to: rule id -> subjects, or nothing for the thing itself."""
        for rule, subjects in expected.items():
            self.expected += [(rule, each) for each in ([subject] if subjects is None else subjects)]

    def findings(self) -> tuple[Expected, ...]:
        """Return what was expected, every word filled in."""
        return tuple(Expected(rule=rule, subject=self.fill(subject)) for rule, subject in self.expected)

    def fill(self, value: Any) -> Any:
        """Put ids in place of the words that stand for them, all the way down."""
        if isinstance(value, str):
            return _WORD.sub(self._word, value)
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return [self.fill(item) for item in value] if isinstance(value, list | tuple) else value

    def _word(self, found: re.Match[str]) -> str:
        kind, name = found[1], found[2]
        if kind == "sub":
            return f"/subscriptions/{self.subscriptions[name]}"
        if kind == "mg":
            return f"/providers/Microsoft.Management/managementGroups/{name}"
        if kind == "res":
            return self.resources[name]
        if kind == "place":
            return self.resources[name].lower()
        if kind == "role":
            return self.roles[name]
        return guid(f"{kind} {name}")


def _row(id_: str, name: str, type_: str, properties: Record) -> Record:
    return {"id": id_, "name": name, "type": type_, "properties": properties}
