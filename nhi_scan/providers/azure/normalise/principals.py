"""Those whom assignments, groups and objects name: users, groups, and whom nothing resolves.

https://learn.microsoft.com/graph/api/resources/directoryobject. Users and other objects are only collected where
something names them.

Attributes of users: `user_type` (`member`, `guest`), `synced` (`true`: from a directory on premises). Of groups that
nothing lists: `status` (`deleted`), `foreign` (`true`: of another tenant).
"""

from collections.abc import Mapping
from typing import Literal

from nhi_scan.model.entra import FIRST_PARTY_TENANTS
from nhi_scan.model.identity import Group, Identity, IdentityKind, Nature
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, flag, flag_or_null, guid, pairs, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text

Status = Literal["active", "disabled", "deleted", "unknown"]

_USER, _GROUP, _PRINCIPAL = "user", "group", "serviceprincipal"
_FOREIGN = ("foreigngroup", "foreignuser", "foreignserviceprincipal")
# List -> whether it has all there are of its kind, named by something or not.
_LISTS = {_PRINCIPAL: kinds.SERVICE_PRINCIPALS}
_AGENTS: dict[str, IdentityKind] = {"agentidentity": "agent_identity", "agentuser": "agent_user"}
_BY_ID = (kinds.USERS, kinds.DIRECTORY_OBJECTS)


class Principals:
    """Remembers each principal once and makes a record of it where nothing else has.

    Attributes:
        users: records of users, by id.
        known: ids of service principals that were listed.
    """

    def __init__(self, source: Source, scopes: Scopes) -> None:
        self._source = source
        self._scopes = scopes
        self._seen: dict[str, tuple[str, str]] = {}  # id -> type, scope that it was named in
        self._others: dict[str, Record] = {}
        self.known: set[str] = set()
        self.users: dict[str, tuple[str, Record]] = {}  # id -> tenant, record
        for kind in _BY_ID:
            for scope_id, _, record in source.plain(kind):
                id_ = guid(record, "id")
                if not id_:
                    source.note(kind, scope_id, "directory objects without an id")
                elif kind == kinds.USERS or type_name(record).lower() == _USER:
                    known = self.users.get(id_)
                    if known is None or ("accountEnabled" in record and "accountEnabled" not in known[1]):
                        self.users[id_] = (scopes.tenant_of(scope_id), record)
                else:
                    self._others.setdefault(id_, record)

    def see(self, id_: str, type_: str = "", scope_id: str = "") -> None:
        """Note a principal.

        Args:
            id_: its object id.
            type_: what the record that names it says it is: `User`, `ServicePrincipal`, `ForeignGroup`, ...
            scope_id: where it was named.
        """
        known = self._seen.get(id_)
        if known is None or (type_ and not known[0]):
            self._seen[id_] = (type_.lower(), scope_id)

    def gone(self, id_: str, type_: str = "", scope_id: str = "") -> bool | None:
        """Whether a principal that no list has is known to be deleted; None where nobody could look.

        A principal of another tenant is in no list of this one.
        """
        folded = type_.lower()
        if id_ in self.users or id_ in self._others:
            return False
        if folded in _FOREIGN:
            return None
        tenant = self._scopes.tenant_of(scope_id)
        covered = self._source.coverage.covered
        whole = covered(tenant, _LISTS[folded]) if folded in _LISTS else None
        asked = all(covered(tenant, kind) is True for kind in _BY_ID)
        return True if whole or asked else None

    def enabled(self, id_: str) -> bool | None:
        """Whether a user's account is enabled; None where that is not known or it is no user's."""
        _, record = self.users.get(id_, ("", {}))
        status = _status(record, "unknown")
        return None if status == "unknown" else status == "active"

    def name(self, id_: str) -> str:
        """What to call a user; empty where it is not known."""
        _, record = self.users.get(id_, ("", {}))
        return text(record, "userPrincipalName") or text(record, "displayName")

    def finish(self) -> None:
        """Add an identity or a group for each principal that has no record yet."""
        records = self._source.records
        known = {one.id for one in records.identities} | {one.id for one in records.groups}
        for id_ in sorted(self._seen.keys() - known):
            type_, scope_id = self._seen[id_]
            tenant = self._scopes.tenant_of(scope_id)
            other = self._others.get(id_)
            if id_ in self.users:
                records.identities.append(_user(id_, *self.users[id_]))
            elif other is not None:
                self._add_other(id_, other, tenant)
            elif type_ in (_GROUP, "foreigngroup"):
                records.groups.append(self._lost_group(id_, type_, tenant))
            else:
                records.identities.append(self._lost(id_, type_, tenant))

    def _add_other(self, id_: str, record: Record, tenant: str) -> None:
        type_ = type_name(record).lower()
        if type_ == _GROUP:
            self._source.records.groups.append(
                Group(
                    id=id_,
                    provider=PROVIDER,
                    kind="entra_group",
                    name=text(record, "displayName") or id_,
                    scope_id=tenant,
                    complete=False,
                )
            )
            return
        service = type_ in (_PRINCIPAL, *_AGENTS)
        managed = text(record, "servicePrincipalType") == "ManagedIdentity"
        self._source.records.identities.append(
            Identity(
                id=id_,
                provider=PROVIDER,
                kind="managed_identity" if managed else _AGENTS.get(type_, "service_principal"),
                nature=Nature.NON_HUMAN if service else Nature.UNKNOWN,
                nature_reason="a service principal" if service else f"a directory object of type `{type_}`",
                name=text(record, "displayName") or id_,
                scope_id=tenant,
                unique_id=guid(record, "appId") or None,
                status=_status(record, "active"),
                managed_by_provider=guid(record, "appOwnerOrganizationId") in FIRST_PARTY_TENANTS,
            )
        )

    def _lost_group(self, id_: str, type_: str, tenant: str) -> Group:
        foreign = type_ != _GROUP
        gone = self.gone(id_, type_, tenant) is True
        told: Mapping[str, str] = {"foreign": "true" if foreign else "", "status": "deleted" if gone else ""}
        return Group(
            id=id_,
            provider=PROVIDER,
            kind="entra_group",
            name=id_,
            scope_id="" if foreign else tenant,
            complete=gone,  # nobody is in a group that is gone
            attributes=pairs(*told.items()),
        )

    def _lost(self, id_: str, type_: str, tenant: str) -> Identity:
        gone = self.gone(id_, type_, tenant) is True
        human = type_ in (_USER, "foreignuser")
        known = human or type_ in (_PRINCIPAL, "foreignserviceprincipal", *_AGENTS)
        why = "that is named and that the directory no longer has" if gone else "that is named and that nothing lists"
        return Identity(
            id=id_,
            provider=PROVIDER,
            kind="user" if human else _AGENTS.get(type_, "service_principal"),
            nature=Nature.HUMAN if human else Nature.NON_HUMAN if known else Nature.UNKNOWN,
            nature_reason=f"a {'user' if human else 'service principal' if known else 'principal'} {why}",
            name=id_,
            scope_id="" if type_ in _FOREIGN else tenant,
            status="deleted" if gone else "unknown",
        )


def _user(id_: str, tenant: str, record: Record) -> Identity:
    return Identity(
        id=id_,
        provider=PROVIDER,
        kind="user",
        nature=Nature.HUMAN,
        nature_reason="a user of the directory",
        name=text(record, "userPrincipalName") or text(record, "displayName") or id_,
        scope_id=tenant,
        status=_status(record, "unknown"),
        created_at=moment(record.get("createdDateTime")),
        description=text(record, "displayName"),
        attributes=pairs(
            ("user_type", text(record, "userType").lower()),
            # Null of a user who never was: https://learn.microsoft.com/graph/api/resources/user
            ("synced", flag_or_null(record, "onPremisesSyncEnabled")),
        ),
    )


def _status(record: Record, untold: Status) -> Status:
    """Whether an object can sign in; one in the bin is deleted: https://learn.microsoft.com/graph/api/resources/deleteditem."""
    if text(record, "deletedDateTime"):
        return "deleted"
    enabled = flag(record.get("accountEnabled"))
    return "disabled" if enabled == "false" else "active" if enabled else untold
