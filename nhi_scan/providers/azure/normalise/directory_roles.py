"""Roles of the directory, and who has them where: for good, for a time, or once they were activated.

https://learn.microsoft.com/graph/api/resources/unifiedroledefinition and
https://learn.microsoft.com/graph/api/resources/unifiedroleassignment. A role may count in the whole tenant, in an
administrative unit or on one object; one that counts in an application's own scope (`appScopeId`) is left out.
"""

from collections.abc import Iterator
from datetime import datetime

from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.groups import UNITS
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import UNREADABLE, Record, flag, guid, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, objects, text, texts, within

_ROLES = "directory/roledefinitions/"


def role_id(template: str) -> str:
    """The id that a directory role has here, by its template's or its own id."""
    return f"{_ROLES}{template.lower()}"


def read_directory_roles(source: Source, scopes: Scopes) -> dict[str, str]:
    """All definitions.

    Returns:
        The role's id here by each id that Microsoft has for it.
    """
    kind, ids, seen = kinds.DIRECTORY_ROLE_DEFINITIONS, dict[str, str](), set[str]()
    for scope_id, _, record in source.plain(kind):
        own, builtin = guid(record, "id"), flag(record.get("isBuiltIn")) == "true"
        if not own or not isinstance(record.get("rolePermissions"), list):
            source.note(kind, scope_id, "role definitions without an id or without permissions")
        if not own:
            continue
        id_ = ids[own] = role_id((guid(record, "templateId") if builtin else "") or own)
        if id_ not in seen:
            seen.add(id_)
            source.records.policies.append(_policy(id_, record, scopes.tenant_of(scope_id), builtin=builtin))
    return ids


def _policy(id_: str, record: Record, tenant: str, *, builtin: bool) -> Policy:
    enabled = flag(record.get("isEnabled")) != "false"
    statements = tuple(_statements(record)) if enabled else ()
    return Policy(
        id=id_,
        provider=PROVIDER,
        kind="role",
        name=text(record, "displayName") or id_,
        scope_id=tenant,
        managed_by_provider=builtin,
        statements=statements,
        version="",
        attachable=enabled,
        complete=isinstance(record.get("rolePermissions"), list),
    )


def _statements(record: Record) -> Iterator[Statement]:
    index = 0
    for position, one in enumerate(objects(record, "rolePermissions")):
        actions = tuple(texts(one.get("allowedResourceActions")))
        if actions:
            condition = one.get("condition")
            told = condition if isinstance(condition, str) else UNREADABLE
            yield Statement(
                sid=f"rolePermissions[{position}]",
                effect=Effect.ALLOW,
                actions=actions,
                not_actions=tuple(texts(one.get("excludedResourceActions"))),
                conditions=() if condition in (None, "") else (Condition("Entra", "", (told,)),),
                index=index,
                plane="directory",
            )
            index += 1


class DirectoryAssignments:
    """Reads assignments of directory roles, each once."""

    def __init__(self, source: Source, scopes: Scopes, principals: Principals, roles: dict[str, str]) -> None:
        self._source = source
        self._scopes = scopes
        self._principals = principals
        self._roles = roles
        self._seen: set[str] = set()

    def read(self) -> None:
        """All of them; those of schedules last."""
        active = kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES
        instances = [(scope_id, one) for scope_id, _, one in self._source.plain(active)]
        ends = {
            text(one, "roleAssignmentOriginId"): moment(one.get("endDateTime"))
            for _, one in instances
            if text(one, "roleAssignmentOriginId")
        }
        kind = kinds.DIRECTORY_ROLE_ASSIGNMENTS
        for scope_id, _, record in self._source.plain(kind):
            id_ = text(record, "id")
            self._add(kind, scope_id, f"directory#{id_}" if id_ else "", record, ends.get(id_))
        for scope_id, one in instances:
            id_ = text(one, "roleAssignmentOriginId") or text(one, "id")
            if text(one, "memberType").lower() != "group":
                end = moment(one.get("endDateTime"))
                self._add(active, scope_id, f"directory#{id_}" if id_ else "", one, end)
        kind = kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES
        for scope_id, _, one in self._source.plain(kind):
            id_ = text(one, "id")
            if text(one, "memberType").lower() != "group":
                end = moment(one.get("endDateTime"))
                self._add(kind, scope_id, f"directory-eligible#{id_}" if id_ else "", one, end, eligible=True)

    def _add(
        self, kind: str, scope_id: str, id_: str, record: Record, end: datetime | None, *, eligible: bool = False
    ) -> None:
        principal, role = guid(record, "principalId"), guid(record, "roleDefinitionId")
        place = self._place(text(record, "directoryScopeId"), scope_id)
        if not place and text(record, "appScopeId"):
            self._source.note(kind, scope_id, "assignments in the scope of an application, which are not read")
            return
        if not id_ or not principal or not role or not place:
            self._source.note(kind, scope_id, "assignments of roles that lack who has what where")
            return
        if id_ in self._seen:
            return
        self._seen.add(id_)
        self._principals.see(principal, type_name(within(record, "principal")), self._scopes.tenant_of(scope_id))
        self._source.records.bindings.append(
            Binding(
                id=id_,
                principal_id=principal,
                policy_id=self._roles.get(role) or role_id(role),
                scope_id=place,
                expires_at=end,
                eligible=eligible,
            )
        )

    def _place(self, written: str, scope_id: str) -> str:
        """The tenant for `/`, a unit's id here, or the id of the one object."""
        if not written.startswith("/"):
            return ""
        folded = written.rstrip("/").lower()
        if not folded:
            return self._scopes.tenant_of(scope_id)
        return folded if folded.startswith(UNITS) or folded.count("/") > 1 else folded[1:]
