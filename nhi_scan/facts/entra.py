"""Facts about what Microsoft Entra tells of applications, their service principals and managed identities."""

from collections.abc import Mapping
from shlex import quote

from nhi_scan.facts.bindings import few
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import principal
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity, UseState
from nhi_scan.model.scope import Scope

_PROVIDER = "azure"
_RECENT_DAYS = 30
_RISKS = ("at_risk", "compromised", "none")
# https://learn.microsoft.com/graph/api/resources/riskyserviceprincipal: `riskState`
_STATES: Mapping[str, str] = {
    "atrisk": "at_risk",
    "confirmedcompromised": "compromised",
    "confirmedsafe": "none",
    "dismissed": "none",
    "none": "none",
    "remediated": "none",
}
_NOT_ASKED = "it was not collected, or Entra does not tell it of this kind of identity"
_OWNERS_UNREAD = "its owners in the directory were not collected"


@fact("identity", "text")
def identity_app_id(estate: Estate) -> list[str]:
    """The application id (client id) by which commands of Azure name an application; empty elsewhere."""
    return [one.unique_id or "" if one.provider == _PROVIDER else "" for one in estate.identities]


@fact("identity", "boolean", unknown="the tenant that its application is registered in was not collected")
def identity_third_party(estate: Estate) -> list[bool | None]:
    """Whether it is an application that another organization than one's own and Microsoft has registered.

    Whoever runs it there signs in here with secrets of their own.
    https://learn.microsoft.com/entra/identity-platform/single-and-multi-tenant-apps
    """
    return [_third_party(identity) for identity in estate.identities]


@fact("identity", "boolean")
def identity_of_vendor(estate: Estate) -> list[bool]:
    """Whether it is known to be an application of another organization."""
    return [_third_party(identity) is True for identity in estate.identities]


@fact("identity", "text", unknown="the tenant that its application is registered in was not collected")
def identity_owner_tenant(estate: Estate) -> list[str | None]:
    """The id of the tenant that its application is registered in."""
    return [_said(identity, "owner_tenant") for identity in estate.identities]


@fact("identity", "text", unknown="the tenant that its application is registered in was not collected")
def identity_vendor(estate: Estate) -> list[str | None]:
    """Who has registered its application: the publisher whom Microsoft has verified, if any, and the tenant's id."""
    return [_vendor(identity) for identity in estate.identities]


@fact("identity", "boolean")
def identity_agent_blueprint(estate: Estate) -> list[bool]:
    """Whether it is what agents are made from: a blueprint's own service principal does not sign in, its agents do.

    https://learn.microsoft.com/entra/agent-id/agent-blueprint
    """
    return [_said(identity, "agent_blueprint") == "true" for identity in estate.identities]


@fact("identity", "boolean", unknown=_NOT_ASKED)
def identity_publisher_verified(estate: Estate) -> list[bool | None]:
    """Whether Microsoft has verified who publishes the application.

    https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview
    """
    return [_yes(_said(identity, "publisher_verified")) for identity in estate.identities]


@fact("identity", "text", values=_RISKS, unknown="Entra's list of risky service principals was not collected")
def identity_risk(estate: Estate) -> list[str | None]:
    """What Entra ID Protection says of it: at risk, confirmed to be compromised, nothing."""
    return [_risk(estate, identity) for identity in estate.identities]


@fact("identity", "text", values=("user", "system", "none"), unknown="what made the managed identity was not collected")
def identity_assigned(estate: Estate) -> list[str | None]:
    """How a managed identity comes to what runs as it: assigned by people, or part of one resource that it dies with.

    `none` for anything else. https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview
    """
    return [(_said(one, "assigned") or None) if one.kind == "managed_identity" else "none" for one in estate.identities]


@fact("identity", "text")
def identity_resource_id(estate: Estate) -> list[str]:
    """The id of the resource that a managed identity is, or is part of; empty for anything else."""
    return [_said(one, "resource_id") or "" for one in estate.identities]


@fact("identity", "boolean", unknown="the federated credentials of managed identities were not collected completely")
def identity_federation_read(estate: Estate) -> list[bool | None]:
    """Whether all that tells of outside issuers which a managed identity trusts was collected; true for the rest."""
    return [
        one.kind != "managed_identity" or estate.listed(_PROVIDER, "federation", one.scope_id) is True or None
        for one in estate.identities
    ]


@fact("identity", "boolean")
def identity_recently_used(estate: Estate) -> list[bool]:
    """Whether it is known to have authenticated within the last 30 days."""
    return [
        one.last_authenticated.state is UseState.AT and (estate.idle_days(one.last_authenticated) or 0) < _RECENT_DAYS
        for one in estate.identities
    ]


@fact("identity", "integer", unknown=_OWNERS_UNREAD)
def identity_directory_owner_count(estate: Estate) -> list[int | None]:
    """How many owners its application and its service principal have in the directory; 0 on other clouds."""
    return [
        0 if one.provider != _PROVIDER else None if one.owner_ids is None else len(one.owner_ids)
        for one in estate.identities
    ]


@fact("identity", "integer", unknown="its owners in the directory, or whether they can sign in, were not collected")
def identity_able_owner_count(estate: Estate) -> list[int | None]:
    """How many of these owners can be asked: not disabled, not deleted, no guests."""
    return [None if one.owner_ids is None else able_count(estate, one.owner_ids) for one in estate.identities]


@fact("identity", "text", unknown=_OWNERS_UNREAD)
def identity_directory_owners(estate: Estate) -> list[str | None]:
    """These owners by name, with what keeps one from answering."""
    return [
        None if one.owner_ids is None else few(sorted(described(estate, id_) for id_ in one.owner_ids))
        for one in estate.identities
    ]


@fact("identity", "text")
def identity_owner_fix(estate: Estate) -> list[str]:
    """What names an owner of an application, or of the resource that a managed identity is; elsewhere empty."""
    return [_owner_fix(identity) for identity in estate.identities]


@fact(
    "scope",
    "text",
    values=("none", "low_impact", "custom", "any"),
    unknown="Entra's authorization policy was not collected",
)
def scope_user_consent(estate: Estate) -> list[str | None]:
    """To which permissions people may consent for an application by themselves; `none` for what is no tenant.

    https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
    """
    return [_setting(scope, "user_consent") if scope.kind == "tenant" else "none" for scope in estate.scopes]


@fact("scope", "boolean", unknown="Entra's authorization policy was not collected")
def scope_users_may_create_apps(estate: Estate) -> list[bool | None]:
    """Whether anybody of a tenant may register applications."""
    return [_switch(scope, "users_may_create_apps") for scope in estate.scopes]


@fact("scope", "boolean", unknown="Entra's policy of consent requests was not collected")
def scope_admin_consent_workflow(estate: Estate) -> list[bool | None]:
    """Whether people of a tenant can ask an administrator to consent; true for what is no tenant."""
    return [True if scope.kind != "tenant" else _switch(scope, "admin_consent_workflow") for scope in estate.scopes]


@fact("scope", "boolean", unknown="Entra's policies for credentials of applications were not collected")
def scope_secrets_restricted(estate: Estate) -> list[bool | None]:
    """Whether a tenant keeps applications from new secrets, or limits how long one works; true for what is no tenant.

    https://learn.microsoft.com/entra/identity/enterprise-apps/configure-app-management-policies
    """
    return [True if scope.kind != "tenant" else _restricted(scope) for scope in estate.scopes]


def _owner_fix(identity: Identity) -> str:
    if identity.provider != _PROVIDER:
        return ""
    resource = _said(identity, "resource_id")
    if resource:
        return f"az tag update --resource-id {quote(resource)} --operation merge --tags owner=TEAM"
    if identity.kind == "app" or _said(identity, "application_id"):
        return f"az ad app owner add --id {quote(identity.unique_id or identity.id)} --owner-object-id OWNER_ID"
    url = quote(f"https://graph.microsoft.com/v1.0/servicePrincipals/{identity.id}/owners/$ref")
    body = """'{"@odata.id": "https://graph.microsoft.com/v1.0/users/OWNER_ID"}'"""
    return f"az rest --method POST --url {url} --body {body}"


def able_count(estate: Estate, ids: tuple[str, ...]) -> int | None:
    """How many of the principals can be asked; None where nobody knows whether one can."""
    answers = [_able(estate, id_) for id_ in ids]
    count = answers.count(True)
    return count if count or None not in answers else None


def described(estate: Estate, id_: str) -> str:
    """Name a principal, with what keeps it from answering."""
    identity = estate.inventory.identities.get(id_)
    if identity is None:
        return principal(estate, id_)
    guest = "guest" if _said(identity, "user_type") == "guest" else ""
    state = identity.status if identity.status in ("disabled", "deleted") else ""
    why = ", ".join(filter(None, (state, guest)))
    return f"{identity.name} ({why})" if why else identity.name


def _third_party(identity: Identity) -> bool | None:
    if identity.provider != _PROVIDER or identity.kind != "service_principal" or identity.managed_by_provider:
        return False
    if _said(identity, "application_id") or identity.status == "deleted":
        return False  # its registration is here, or nothing is
    tenant = _said(identity, "owner_tenant")
    return tenant != identity.scope_id.rpartition("/")[2] if tenant else None


def _vendor(identity: Identity) -> str | None:
    tenant, publisher = _said(identity, "owner_tenant"), _said(identity, "publisher")
    if not tenant:
        return publisher
    return f"{publisher} (tenant {tenant})" if publisher else f"tenant {tenant}"


def _risk(estate: Estate, identity: Identity) -> str | None:
    if identity.provider != _PROVIDER:
        return "none"
    state = _STATES.get((_said(identity, "risk_state") or "").lower())
    listed = estate.listed(_PROVIDER, "risks", identity.scope_id) is True
    return state or ("none" if listed or identity.kind == "user" else None)


def _able(estate: Estate, id_: str) -> bool | None:
    """Whether a principal can be asked; of a group, whether there is anybody in it."""
    group = estate.inventory.groups.get(id_)
    if group is not None:
        return bool(group.member_ids) or (None if not group.complete else False)
    identity = estate.inventory.identities.get(id_)
    if identity is None or identity.status == "unknown":
        return None
    return identity.status == "active" and _said(identity, "user_type") != "guest"


def _restricted(scope: Scope) -> bool | None:
    said = dict(scope.attributes)
    blocked = _yes(said.get("password_addition_restricted"))
    if blocked or said.get("password_lifetime_days"):
        return True
    return blocked


def _switch(scope: Scope, name: str) -> bool | None:
    return False if scope.kind != "tenant" else _yes(_setting(scope, name))


def _setting(scope: Scope, name: str) -> str | None:
    return dict(scope.attributes).get(name)


def _said(identity: Identity, name: str) -> str | None:
    return dict(identity.attributes).get(name)


def _yes(word: str | None) -> bool | None:
    return None if word is None else word == "true"
