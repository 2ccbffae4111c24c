"""Application registrations, blueprints of agents among them.

https://learn.microsoft.com/graph/api/resources/application. An application is an object of its home tenant; what acts
is its service principal, in every tenant that uses it
(https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals). One that has none here is an
identity by itself: whoever holds its credentials can become it elsewhere.

Attributes of the resource `application`: `app_id`, `service_principal_id` (object id of its service principal here),
`sign_in_audience` (Microsoft's word: `AzureADMyOrg`, ...), `publisher_verified`, `agent_blueprint` (`true`, `false`),
`disabled_by_microsoft` (`true`), `certification` (`true`: certified by Microsoft), `identifier_uris` (with spaces
between them: for which tokens can be had), `token_version` (`1`, `2`: of which version they are).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nhi_scan.model.identity import USE_UNKNOWN, Identity, Nature, Resource
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.owners import APPLICATION, Owned, Owners
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, guid, pairs, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text, texts, within

_ANSWERS = (
    "notes",
    "tags",
    "serviceManagementReference",
    "description",
    "displayName",
    "servicePrincipalLockConfiguration",
)
_CREDENTIALS = ("passwordCredentials", "keyCredentials")


@dataclass(slots=True)
class Application:
    """What is needed of an application once its service principal is known."""

    id: str
    app_id: str
    tenant: str
    record: Record  # only the fields that say who answers, and its credentials
    owned: Owned
    created_at: datetime | None
    blueprint: bool
    shown: Pairs


def read_applications(source: Source, scopes: Scopes, owners: Owners) -> dict[tuple[str, str], Application]:
    """All applications, by tenant and application id."""
    found: dict[tuple[str, str], Application] = {}
    blueprints = list(source.plain(kinds.AGENT_BLUEPRINTS))
    ids = {guid(record, "id") for _, _, record in blueprints}
    # The list of all tells more of a blueprint than its own, where it has it.
    for kind, records in ((kinds.APPLICATIONS, source.plain(kinds.APPLICATIONS)), (kinds.AGENT_BLUEPRINTS, blueprints)):
        for scope_id, _, record in records:
            id_, app_id, tenant = guid(record, "id"), guid(record, "appId"), scopes.tenant_of(scope_id)
            if not id_ or not app_id:
                source.note(kind, scope_id, "applications without an id")
            elif (tenant, app_id) not in found:
                owned = owners.of(record, kinds.APPLICATION_OWNERS, tenant, APPLICATION)
                blueprint = id_ in ids or type_name(record) == "agentIdentityBlueprint"
                found[tenant, app_id] = Application(
                    id=id_,
                    app_id=app_id,
                    tenant=tenant,
                    record={name: record[name] for name in (*_ANSWERS, *_CREDENTIALS) if name in record},
                    owned=owned,
                    created_at=moment(record.get("createdDateTime")),
                    blueprint=blueprint,
                    shown=_shown(record, app_id, blueprint=blueprint),
                )
    return found


def _shown(record: Record, app_id: str, *, blueprint: bool) -> Pairs:
    disabled = text(record, "disabledByMicrosoftStatus").lower()
    return pairs(
        ("app_id", app_id),
        ("sign_in_audience", text(record, "signInAudience")),
        ("publisher_verified", publisher_verified(record)),
        ("agent_blueprint", "true" if blueprint else ""),
        ("disabled_by_microsoft", "true" if disabled.startswith("disabled") else ""),
        ("certification", flag(within(record, "certification").get("isCertifiedByMicrosoft"))),
        ("identifier_uris", " ".join(sorted(texts(record.get("identifierUris"))))),
        ("token_version", _token_version(record)),
    )


def _token_version(record: Record) -> str:
    """Which version of tokens an application takes; empty where the record does not say. None means 1.

    https://learn.microsoft.com/graph/api/resources/apiapplication
    """
    api = record.get("api")
    if not isinstance(api, dict) or "requestedAccessTokenVersion" not in api:
        return ""
    return "2" if str(api["requestedAccessTokenVersion"]) == "2" else "1"


def publisher_verified(record: Record) -> str:
    """Whether Microsoft verified who published an application; empty where the record does not say.

    https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview
    """
    if "verifiedPublisher" not in record:
        return ""
    return "true" if text(within(record, "verifiedPublisher"), "verifiedPublisherId") else "false"


def write_applications(
    source: Source,
    applications: Mapping[tuple[str, str], Application],
    homes: Mapping[tuple[str, str], str],
    owners: Owners,
) -> None:
    """Add applications as resources; those without a service principal also as identities.

    Args:
        source: receives them.
        applications: as `read_applications` gives them.
        homes: object ids of service principals, by tenant and application id.
        owners: tells who answers for an application.
    """
    for key, one in applications.items():
        principal = homes.get(key, "")
        name = text(one.record, "displayName") or one.id
        source.records.resources.append(
            Resource(
                id=one.id,
                provider=PROVIDER,
                kind="application",
                name=name,
                scope_id=one.tenant,
                used_by=(principal,) if principal else (),
                created_at=one.created_at,
                attributes=pairs(*one.shown, ("service_principal_id", principal)),
            )
        )
        # Where not all service principals were listed, nobody knows that it has none.
        if not principal and source.coverage.covered(one.tenant, kinds.SERVICE_PRINCIPALS) is not False:
            source.records.identities.append(_identity(one, name, owners))


def _identity(one: Application, name: str, owners: Owners) -> Identity:
    shown = dict(one.shown)
    return Identity(
        id=one.id,
        provider=PROVIDER,
        kind="app",
        nature=Nature.NON_HUMAN,
        nature_reason="an application without a service principal in its tenant",
        name=name,
        scope_id=one.tenant,
        unique_id=one.app_id,
        created_at=one.created_at,
        last_authenticated=USE_UNKNOWN,
        owner=owners.answers((one.owned,), one.record),
        owner_ids=owner_ids(one.owned),
        description=text(one.record, "description"),
        attributes=pairs(
            ("app_id", one.app_id),
            ("application_id", one.id),
            ("sign_in_audience", shown.get("sign_in_audience", "")),
            ("publisher_verified", shown.get("publisher_verified", "")),
            ("agent_blueprint", "true" if one.blueprint else ""),
        ),
    )


def owner_ids(*owned: Owned) -> tuple[str, ...] | None:
    """All who own one of several objects, sorted; None where somebody may who was not listed."""
    found = {id_ for one in owned for id_ in one.ids}
    return tuple(sorted(found)) if all(one.whole for one in owned) else None
