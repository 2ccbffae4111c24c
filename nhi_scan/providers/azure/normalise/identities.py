"""Identities of service principals, managed identities and agents: see `service_principals` for their attributes."""

from collections.abc import Mapping

from nhi_scan.model import arm_ids
from nhi_scan.model.identity import USE_UNKNOWN, Identity, IdentityKind, Nature, Owner
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.activity import Activity
from nhi_scan.providers.azure.normalise.agents import Sponsors
from nhi_scan.providers.azure.normalise.app_management import Restrictions
from nhi_scan.providers.azure.normalise.applications import Application, owner_ids, publisher_verified
from nhi_scan.providers.azure.normalise.managed_identities import Managed, ManagedIdentity
from nhi_scan.providers.azure.normalise.owners import Owned, Owners
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.service_principals import Listed, ServicePrincipal
from nhi_scan.providers.azure.normalise.shapes import Pairs, flag, guid, pairs
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text, within

_AGENT_KIND: IdentityKind = "agent_identity"
_REASONS: Mapping[IdentityKind, str] = {
    "service_principal": "a service principal",
    "managed_identity": "a managed identity of an Azure resource",
    "agent_identity": "the identity of an agent",
}


class IdentityWriter:
    """Joins what several interfaces tell of one principal."""

    def __init__(
        self,
        source: Source,
        scopes: Scopes,
        owners: Owners,
        activity: Activity,
        managed: Managed,
        sponsors: Sponsors,
    ) -> None:
        self._source = source
        self._scopes = scopes
        self._owners = owners
        self._activity = activity
        self._managed = managed
        self._sponsors = sponsors
        self._risks = _risks(source)
        self._restrictions = Restrictions(source, scopes)

    def write(self, listed: Listed, applications: Mapping[tuple[str, str], Application]) -> None:
        """Add all of them, then the managed identities that only Resource Manager knows."""
        for one in listed.all:
            self._source.records.identities.append(self._identity(one, applications.get((one.tenant, one.app_id))))
        for id_, known in sorted(self._managed.by_principal.items()):
            if id_ not in listed.app_ids:
                self._source.records.identities.append(self._only_arm(id_, known))

    def _identity(self, one: ServicePrincipal, application: Application | None) -> Identity:
        record, known = one.record, self._managed.by_principal.get(one.id) if one.managed else None
        kind: IdentityKind = _AGENT_KIND if one.agent else "managed_identity" if one.managed else "service_principal"
        enabled = flag(record.get("accountEnabled"))
        owned = (one.owned, application.owned) if application else (one.owned,)
        if not application and self._lacks_application(one):
            owned = (*owned, Owned())
        resource = known.resource_id if known else ""
        return Identity(
            id=one.id,
            provider=PROVIDER,
            kind=kind,
            nature=Nature.NON_HUMAN,
            nature_reason=_REASONS[kind],
            name=text(record, "displayName") or one.id,
            scope_id=arm_ids.subscription_of(resource) or one.tenant,
            unique_id=one.app_id or None,
            status="disabled" if enabled == "false" else "active",
            managed_by_provider=one.first_party,
            created_at=moment(record.get("createdDateTime")) or (application.created_at if application else None),
            last_authenticated=USE_UNKNOWN
            if kind != "service_principal"
            else self._activity.of_application(one.app_id, one.tenant),
            owner=self._answers(one, application, owned, known),
            owner_ids=owner_ids(*owned),
            description=text(record, "description") or (text(application.record, "description") if application else ""),
            attributes=self._attributes(one, application, known),
            tags=known.tags if known else (),
        )

    def _lacks_application(self, one: ServicePrincipal) -> bool:
        """Whether its application is of this tenant, and was not read."""
        home = one.owner_tenant == one.tenant.rpartition("/")[2]
        return home and not one.managed and self._source.coverage.covered(one.tenant, kinds.APPLICATIONS) is not True

    def _answers(
        self,
        one: ServicePrincipal,
        application: Application | None,
        owned: tuple[Owned, ...],
        known: ManagedIdentity | None,
    ) -> Owner | None:
        tags: Pairs = (*known.tags, *self._scopes.tags(known.resource_id)) if known else ()
        record = {**one.record, **(application.record if application else {})}
        if one.agent and not any(each.ids for each in owned):
            owned = (*owned, self._sponsors.owned(one.id, one.tenant))
        return self._owners.answers(owned, record, tags)

    def _attributes(
        self, one: ServicePrincipal, application: Application | None, known: ManagedIdentity | None
    ) -> Pairs:
        record = one.record
        if one.managed:
            return pairs(
                ("app_id", one.app_id),
                ("sp_type", one.type),
                ("resource_id", known.resource_id if known else ""),
                ("assigned", known.assigned if known else ""),
            )
        if one.agent:
            sponsors = self._sponsors.told(one.id, one.tenant)
            told = pairs(("app_id", one.app_id), ("blueprint_id", guid(record, "agentIdentityBlueprintId")))
            return tuple(sorted((*told, *sponsors)))
        state, level = self._risks.get(one.id, ("", ""))
        saml = text(record, "preferredSingleSignOnMode").lower() == "saml"
        created = application.created_at if application else moment(record.get("createdDateTime"))
        own = self._restrictions.told((application.id if application else "", one.id), one.tenant, created)
        return pairs(
            ("app_id", one.app_id),
            ("application_id", application.id if application else ""),
            ("owner_tenant", one.owner_tenant),
            ("sign_in_audience", text(record, "signInAudience")),
            ("publisher_verified", publisher_verified(record)),
            ("publisher", text(within(record, "verifiedPublisher"), "displayName")),
            ("sp_type", one.type),
            ("risk_state", state),
            ("risk_level", level),
            ("assignment_required", flag(record.get("appRoleAssignmentRequired"))),
            ("agent_blueprint", "true" if one.blueprint or (application and application.blueprint) else ""),
            ("saml", "true" if saml else ""),
            ("device_trust", "true" if one.devices and application else ""),
            ("credentials_locked", _locked(application)),
            ("password_addition_restricted", own.get("password_addition_restricted", "")),
            ("password_lifetime_days", own.get("password_lifetime_days", "")),
            (
                "disabled_by_microsoft",
                "true" if text(record, "disabledByMicrosoftStatus").lower().startswith("disabled") else "",
            ),
        )

    def _only_arm(self, id_: str, known: ManagedIdentity) -> Identity:
        tags = (*known.tags, *self._scopes.tags(known.resource_id))
        return Identity(
            id=id_,
            provider=PROVIDER,
            kind="managed_identity",
            nature=Nature.NON_HUMAN,
            nature_reason=_REASONS["managed_identity"],
            name=arm_ids.name_of(known.resource_id) or id_,
            scope_id=arm_ids.subscription_of(known.resource_id) or self._scopes.tenant,
            unique_id=known.app_id or None,
            owner=self._owners.answers((), {}, tags),
            attributes=pairs(
                ("app_id", known.app_id), ("resource_id", known.resource_id), ("assigned", known.assigned)
            ),
            tags=known.tags,
        )


def _locked(application: Application | None) -> str:
    lock = within(application.record, "servicePrincipalLockConfiguration") if application else {}
    if not lock:
        return ""
    covers = "true" in (flag(lock.get("allProperties")), flag(lock.get("credentialsWithUsageVerify")))
    return "true" if covers and flag(lock.get("isEnabled")) == "true" else "false"


def _risks(source: Source) -> dict[str, tuple[str, str]]:
    """State and level of risk by service principal: https://learn.microsoft.com/graph/api/resources/riskyserviceprincipal."""
    found: dict[str, tuple[str, str]] = {}
    kind = kinds.RISKY_SERVICE_PRINCIPALS
    for scope_id, _, record in source.plain(kind):
        if guid(record, "id"):
            found.setdefault(guid(record, "id"), (text(record, "riskState"), text(record, "riskLevel")))
        else:
            source.note(kind, scope_id, "risky service principals without an id")
    return found
