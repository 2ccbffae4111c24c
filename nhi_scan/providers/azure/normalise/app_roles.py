"""Application permissions (app roles) and delegated permissions, and who has them.

https://learn.microsoft.com/graph/api/resources/approleassignment and
https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant. An app role is a role here, whose one action is
the permission's name; the all-zero role only lets somebody sign in. A delegated permission always needs a user who is
signed in: its binding has a condition that says whose.
"""

from nhi_scan.model import entra
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, flag, guid
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import objects, text

_DEFAULT = "00000000-0000-0000-0000-000000000000"
_USER = "user"


class AppRoles:
    """App roles that APIs declare, and those of them that somebody has."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._declared: dict[str, dict[str, tuple[str, bool]]] = {}  # API's principal -> role -> value, enabled
        self._apis: dict[str, str] = {}  # API's principal -> application id
        self._microsofts: set[str] = set()  # application ids
        self._written: set[str] = set()

    def declared(self, principal: str, record: Record) -> None:
        """Take the app roles that a service principal declares."""
        app_id = guid(record, "appId")
        self._apis[principal] = app_id
        if guid(record, "appOwnerOrganizationId") in entra.FIRST_PARTY_TENANTS or app_id == entra.GRAPH:
            self._microsofts.add(app_id)
        roles = {
            guid(one, "id"): (text(one, "value"), flag(one.get("isEnabled")) != "false")
            for one in objects(record, "appRoles")
            if guid(one, "id")
        }
        if roles:
            self._declared.setdefault(principal, {}).update(roles)

    def read_assignments(self, scopes: Scopes, principals: Principals) -> None:
        """Who has which application permission."""
        kind, seen = kinds.APP_ROLE_ASSIGNMENTS, set[str]()
        for scope_id, of, record in self._source.plain(kind):
            api, role = guid(record, "resourceId") or guid(of, "id"), guid(record, "appRoleId")
            principal, type_ = guid(record, "principalId"), text(record, "principalType")
            id_ = f"approle#{text(record, 'id') or f'{api}/{principal}/{role}'}"
            if not api or not role or not principal:
                self._source.note(kind, scope_id, "assignments of app roles that lack who has what")
                continue
            if id_ in seen or (role == _DEFAULT and type_.lower() == _USER):
                continue  # everybody who may sign in somewhere is assigned to it: that gives nothing
            seen.add(id_)
            tenant = scopes.tenant_of(scope_id)
            app_id = self._apis.get(api) or guid(of, "appId") or api
            principals.see(principal, type_, tenant)
            policy = self._app_role(api, app_id, role, tenant)
            self._source.records.bindings.append(
                Binding(id=id_, principal_id=principal, policy_id=policy, scope_id=tenant)
            )

    def _app_role(self, api: str, app_id: str, role: str, tenant: str) -> str:
        id_ = f"approles/{app_id}/{role}"
        if id_ not in self._written:
            known = self._declared.get(api, {}).get(role)
            if role == _DEFAULT:
                self._write(id_, "default access", (), tenant)
            elif known is not None:
                value, enabled = known
                gives = bool(value) and enabled
                action = entra.app_role_action(app_id, value)
                self._write(id_, value or role, (action,) if gives else (), tenant, "app_role")
            else:
                self._written.add(id_)  # a stub says that nobody knows what it gives
        return id_

    def read_grants(self, scopes: Scopes, principals: Principals) -> None:
        """Who may act for users, with which permissions."""
        kind, seen = kinds.DELEGATED_GRANTS, set[str]()
        for scope_id, _, record in self._source.plain(kind):
            client, api = guid(record, "clientId"), guid(record, "resourceId")
            if not client or not api or not isinstance(record.get("scope"), str):
                self._source.note(kind, scope_id, "grants that lack who may do what")
                continue
            tenant, user = scopes.tenant_of(scope_id), guid(record, "principalId")
            app_id = self._apis.get(api) or api
            principals.see(client, "ServicePrincipal", tenant)
            condition = Condition("Delegated", text(record, "consentType"), (user,))
            grant = text(record, "id") or f"{client}/{api}/{user}"
            for value in dict.fromkeys(text(record, "scope").split()):
                policy = f"delegated/{app_id}/{value}"
                if policy not in self._written:
                    self._write(policy, value, (entra.delegated_action(app_id, value),), tenant, "delegated")
                if (id_ := f"delegated#{grant}/{value}") not in seen:
                    seen.add(id_)
                    self._source.records.bindings.append(
                        Binding(id=id_, principal_id=client, policy_id=policy, scope_id=tenant, condition=condition)
                    )

    def write_graph(self, scopes: Scopes) -> None:
        """Add the app roles of Microsoft Graph that nobody has: questions may name them."""
        for api, app_id in sorted(self._apis.items()):
            if app_id == entra.GRAPH:
                for role in sorted(self._declared.get(api, {})):
                    self._app_role(api, app_id, role, scopes.tenant)

    def _write(self, id_: str, name: str, actions: tuple[str, ...], tenant: str, plane: str = "app_role") -> None:
        self._written.add(id_)
        self._source.records.policies.append(
            Policy(
                id=id_,
                provider=PROVIDER,
                kind="role",
                name=name,
                scope_id=tenant,
                managed_by_provider=id_.split("/")[1] in self._microsofts,
                statements=(Statement(effect=Effect.ALLOW, actions=actions, plane=plane),) if actions else (),
                version="",
            )
        )
