"""Service principals: of applications, of managed identities, of agents.

https://learn.microsoft.com/graph/api/resources/serviceprincipal.

Attributes of service principals: `app_id`; `application_id` (object id of its registration, where that is of this
tenant); `owner_tenant` (the tenant of its registration); `sign_in_audience`; `publisher_verified` (`true`, `false`);
`publisher`, the name that was verified;
`sp_type` (Microsoft's word: `Application`, `Legacy`, `SocialIdp`, ...); `risk_state` (as Identity Protection says it:
`atRisk`, `confirmedCompromised`, `dismissed`, `none`, ...); `risk_level`; `assignment_required` (`true`: only who is
assigned may sign in to it); `agent_blueprint` (`true`: the principal of a blueprint of agents); `saml` (`true`: it
signs in people by SAML, so its certificate signs tokens); `disabled_by_microsoft` (`true`); `credentials_locked`
(`true`, `false`: its registration keeps it from credentials of its own); `password_addition_restricted`,
`password_lifetime_days` where a policy of its own says so (see `tenant`).

`device_trust` (`true`): Entra itself made it, `P2P Server`, so that devices of the tenant trust each other
(https://learn.microsoft.com/entra/identity/devices/faq).

Of managed identities: `app_id`, `sp_type`, `resource_id` (canonical id of the user-assigned identity, or of the
resource that the identity is of), `assigned` (`user`, `system`).

Of agents: `app_id`, `blueprint_id` (application id of its blueprint), `sponsors` (ids of who answers for it, with
spaces between them; absent where nobody could look), of accounts of agents `agent_identity_id`.
(https://learn.microsoft.com/graph/api/resources/agentidentity,
https://learn.microsoft.com/graph/api/resources/agentuser)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nhi_scan.model.entra import FIRST_PARTY_TENANTS
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.app_roles import AppRoles
from nhi_scan.providers.azure.normalise.managed_identities import Managed
from nhi_scan.providers.azure.normalise.owners import SERVICE_PRINCIPAL, Owned, Owners
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, guid, type_name
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import text, texts

_FIELDS = (
    "accountEnabled",
    "agentIdentityBlueprintId",
    "appOwnerOrganizationId",
    "appRoleAssignmentRequired",
    "createdDateTime",
    "description",
    "disabledByMicrosoftStatus",
    "displayName",
    "keyCredentials",
    "notes",
    "passwordCredentials",
    "preferredSingleSignOnMode",
    "signInAudience",
    "tags",
    "verifiedPublisher",
)
_NOTHING: Record = {}
_AGENT = "agentidentity"
_BLUEPRINT = "agentidentityblueprintprincipal"
_DEVICES = "urn:p2p_cert"
_SERVICE_IDENTITY = "ServiceIdentity"  # what an agent's own service principal is
_TYPES = {kinds.AGENT_IDENTITIES: _AGENT, kinds.AGENT_BLUEPRINT_PRINCIPALS: _BLUEPRINT}


@dataclass(slots=True)
class ServicePrincipal:
    """What is needed of a service principal once everything else was read."""

    id: str
    app_id: str
    tenant: str
    type: str  # Microsoft's `servicePrincipalType`
    record: Record  # only the fields that are read later
    owned: Owned
    agent: bool
    blueprint: bool
    devices: bool

    @property
    def managed(self) -> bool:
        """Whether it is that of a managed identity."""
        return self.type == "ManagedIdentity"

    @property
    def owner_tenant(self) -> str:
        """The tenant that its application is registered in."""
        return guid(self.record, "appOwnerOrganizationId")

    @property
    def first_party(self) -> bool:
        """Whether Microsoft itself runs its application."""
        return self.owner_tenant in FIRST_PARTY_TENANTS


@dataclass(slots=True)
class Listed:
    """All service principals, and what names them.

    Attributes:
        all: in the order of the snapshot.
        homes: object ids by tenant and application id.
        app_ids: application ids by object id.
    """

    all: list[ServicePrincipal]
    homes: dict[tuple[str, str], str]
    app_ids: dict[str, str]


def read_service_principals(
    source: Source, scopes: Scopes, principals: Principals, owners: Owners, roles: AppRoles, managed: Managed
) -> Listed:
    """All service principals, each once, however many lists have it."""
    listed = Listed([], {}, {})
    agents = _agents(source)
    for scope_id, told in _records(source, agents):
        id_, tenant = guid(told, "id"), scopes.tenant_of(scope_id)
        if not id_:
            source.note(kinds.SERVICE_PRINCIPALS, scope_id, "service principals without an id")
            continue
        roles.declared(id_, told)
        if id_ in listed.app_ids:
            continue
        type_, _, more = agents.get(id_, (type_name(told).lower(), "", _NOTHING))
        record = {**more, **told}
        app_id = guid(record, "appId")
        one = ServicePrincipal(
            id=id_,
            app_id=app_id,
            tenant=tenant,
            type=text(record, "servicePrincipalType"),
            record={name: record[name] for name in _FIELDS if name in record},
            owned=owners.of(record, kinds.SERVICE_PRINCIPAL_OWNERS, tenant, SERVICE_PRINCIPAL),
            agent=type_ == _AGENT or text(record, "servicePrincipalType") == _SERVICE_IDENTITY,
            blueprint=type_ == _BLUEPRINT,
            devices=_DEVICES in texts(record.get("servicePrincipalNames")),
        )
        listed.all.append(one)
        listed.app_ids[id_] = app_id
        if app_id and not one.agent:
            listed.homes.setdefault((tenant, app_id), id_)
        principals.known.add(id_)
        if one.managed:
            managed.named(id_, app_id, texts(record.get("alternativeNames")))
    return listed


def _agents(source: Source) -> dict[str, tuple[str, str, Record]]:
    """What the lists of agents and of blueprints' principals tell, by object id: type, scope, record."""
    found: dict[str, tuple[str, str, Record]] = {}
    for kind, type_ in _TYPES.items():
        for scope_id, _, record in source.plain(kind):
            if guid(record, "id"):
                found.setdefault(guid(record, "id"), (type_, scope_id, record))
            else:
                source.note(kind, scope_id, "service principals without an id")
    return found


def _records(source: Source, agents: Mapping[str, tuple[str, str, Record]]) -> Iterator[tuple[str, Record]]:
    """All of them; the list of all tells more of an agent than its own, where it has it."""
    for scope_id, _, record in source.plain(kinds.SERVICE_PRINCIPALS):
        yield scope_id, record
    for _, scope_id, record in agents.values():
        yield scope_id, record
