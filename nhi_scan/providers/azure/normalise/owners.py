"""Who owns applications, service principals and groups in the directory, and what that lets them do.

https://learn.microsoft.com/entra/fundamentals/users-default-permissions#object-ownership says which operations an owner
may carry out on what is owned: that becomes a binding to one of three pseudo roles, whose scope is the object.

Who answers for a thing is another matter: the first owner whose account is enabled, else a tag, a line of its notes
(`owner: team`), or its reference in service management; else an owner who is gone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nhi_scan.model.identity import Owner
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, guid, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import objects, text, texts

APPLICATION, SERVICE_PRINCIPAL, GROUP = (
    f"directory/owners/{one}" for one in ("application", "serviceprincipal", "group")
)
_EXPANDED = 20  # objects that an expansion holds at most: https://learn.microsoft.com/graph/query-parameters#expand
_SEPARATOR = re.compile(r"[:=]")

_PROPERTIES = {
    APPLICATION: (
        "applications",
        (
            "audience/update",
            "authentication/update",
            "basic/update",
            "credentials/update",
            "delete",
            "owners/update",
            "permissions/update",
            "policies/update",
            "restore",
        ),
    ),
    SERVICE_PRINCIPAL: (
        "servicePrincipals",
        (
            "appRoleAssignedTo/update",
            "appRoleAssignments/update",
            "audience/update",
            "authentication/update",
            "basic/update",
            "credentials/update",
            "delete",
            "owners/update",
            "permissions/update",
            "policies/update",
            "synchronization/standard/read",
            "synchronizationCredentials/manage",
            "synchronizationJobs/manage",
            "synchronizationSchema/manage",
        ),
    ),
    GROUP: (
        "groups",
        (
            "appRoleAssignments/update",
            "basic/update",
            "delete",
            "members/update",
            "owners/update",
            "restore",
            "settings/update",
        ),
    ),
}


@dataclass(slots=True)
class Owned:
    """Owners of one object."""

    ids: dict[str, str] = field(default_factory=dict)  # id -> type, as they were listed
    whole: bool = False  # whether all of them are known
    source: str = "entra:owner"  # as what they are listed


class Owners:
    """Reads owners and writes what ownership gives."""

    def __init__(self, source: Source, principals: Principals) -> None:
        self._source = source
        self._principals = principals
        self._used: set[str] = set()
        self._bound: set[str] = set()
        self._listed: dict[str, list[tuple[str, str]]] = {}  # object -> owner and its type
        for kind in (kinds.APPLICATION_OWNERS, kinds.SERVICE_PRINCIPAL_OWNERS, kinds.GROUP_OWNERS):
            for scope_id, of, record in source.plain(kind):
                object_id, owner = guid(of, "id"), guid(record, "id")
                if object_id and owner:
                    self._listed.setdefault(object_id, []).append((owner, type_name(record)))
                else:
                    source.note(kind, scope_id, "owners of nothing, or without an id")

    def of(self, record: Record, kind: str, scope_id: str, policy_id: str) -> Owned:
        """Owners of an object, each with a binding.

        Args:
            record: the object, perhaps with its owners expanded.
            kind: record kind of what lists the owners of such objects one by one.
            scope_id: tenant of the object.
            policy_id: the pseudo role that its owners have.
        """
        object_id = guid(record, "id")
        expanded = objects(record, "owners")
        apart = self._listed.get(object_id)
        owned = Owned()
        for owner, type_ in (*((guid(one, "id"), type_name(one)) for one in expanded), *(apart or ())):
            if owner and owner not in owned.ids:
                owned.ids[owner] = type_
                self._principals.see(owner, type_, scope_id)
                self.bind(owner, object_id, policy_id)
        inline = isinstance(record.get("owners"), list) and len(expanded) < _EXPANDED
        owned.whole = inline or apart is not None or self._source.coverage.covered(scope_id, kind) is True
        return owned

    def bind(self, owner: str, object_id: str, policy_id: str, *, eligible: bool = False) -> None:
        """Give an owner what ownership gives."""
        id_ = f"{object_id}#{'eligible-owner' if eligible else 'owner'}/{owner}"
        if id_ in self._bound:
            return
        self._bound.add(id_)
        self._used.add(policy_id)
        self._source.records.bindings.append(
            Binding(id=id_, principal_id=owner, policy_id=policy_id, scope_id=object_id, eligible=eligible)
        )

    def answers(self, owned: Iterable[Owned], record: Record, tags: Pairs = ()) -> Owner | None:
        """Who answers for something.

        Args:
            owned: owners of it and of what it belongs to.
            record: the application or service principal, for its tags, notes and reference.
            tags: of the resource that it belongs to.
        """
        all_ = tuple(owned)
        ids = {id_: type_ for one in all_ for id_, type_ in one.ids.items()}
        sources = {id_: one.source for one in reversed(all_) for id_ in one.ids}  # as the first has it
        left = {id_: self._left(id_, type_) for id_, type_ in ids.items()}
        present = [id_ for state in (False, None) for id_ in ids if left[id_] is state]
        if present:
            return self._owner(present[0], sources[present[0]], left=left[present[0]])
        rules = self._source.owners
        told = rules.find(tuple(_pairs_in(texts(record.get("tags"))))) or rules.find(tags)
        if told is None:
            named = rules.find(tuple(_pairs_in(text(record, "notes").splitlines())))
            reference = text(record, "serviceManagementReference").strip()
            told = rules.named(named.name, "notes") if named else None
            if told is None and reference:
                told = rules.named(reference, "serviceManagementReference")
        left_all = True if all(one.whole for one in all_) else None  # somebody who was not listed may be present
        return told or next((self._owner(id_, sources[id_], left=left_all) for id_ in ids), None)

    def _owner(self, id_: str, source: str, *, left: bool | None) -> Owner:
        return self._source.owners.named(self._principals.name(id_) or id_, source, left=left)

    def _left(self, id_: str, type_: str) -> bool | None:
        enabled = self._principals.enabled(id_)
        if enabled is not None:
            return not enabled
        return None if id_ in self._principals.known else self._principals.gone(id_, type_)

    def write(self) -> None:
        """Add the pseudo roles that are used."""
        for id_ in sorted(self._used):
            noun, operations = _PROPERTIES[id_]
            actions = tuple(f"microsoft.directory/{noun}/{one}" for one in operations)
            self._source.records.policies.append(
                Policy(
                    id=id_,
                    provider=PROVIDER,
                    kind="role",
                    name=f"Owner ({noun})",
                    scope_id="",
                    managed_by_provider=True,
                    statements=(Statement(effect=Effect.ALLOW, actions=actions, plane="directory"),),
                    version="",
                )
            )


def _pairs_in(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, *rest = _SEPARATOR.split(line, maxsplit=1)
        if rest and key.strip() and rest[0].strip():
            yield key.strip(), rest[0].strip()
