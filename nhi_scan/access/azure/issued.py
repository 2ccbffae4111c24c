"""What service principals and managed identities can show elsewhere: tokens of Entra for an application of the tenant.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference. Of which version a token is, the
application that it is for decides (`requestedAccessTokenVersion`,
https://learn.microsoft.com/graph/api/resources/apiapplication): version 1 is of `sts.windows.net`, names the client in
`appid` and is for one of the application's URIs or its id; version 2 is of `login.microsoftonline.com`, names it in
`azp` and is for the id. A credential of a tenant that is trusted by itself takes `api://AzureADTokenExchange`.
"""

from collections.abc import Iterator

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, Claim, issuer_key
from nhi_scan.model.identity import Identity, Resource

_KINDS = frozenset({"service_principal", "managed_identity", "agent_identity"})
_EXCHANGE = ("api://AzureADTokenExchange", "fb60f99c-7a34-4190-8149-302f77469936")
_V1, _V2 = "https://sts.windows.net/{}/", "https://login.microsoftonline.com/{}/v2.0"
_CLIENT = {_V1: "appid", _V2: "azp"}
_VERSIONS = {_V1: "1", _V2: "2"}


def issued(inventory: Inventory, issuers: frozenset[str]) -> Iterator[Assertion]:
    """Yield the assertions of each identity of each tenant that one of these issuers is of."""
    audiences: dict[tuple[str, str], tuple[str, ...]] = {}
    for identity in inventory.identities.values():
        tenant = identity.scope_id.rpartition("/")[2]
        if identity.provider != "azure" or identity.kind not in _KINDS or identity.status in {"disabled", "deleted"}:
            continue
        tenant = _tenant(inventory, identity) or tenant
        for form in (_V1, _V2):
            issuer = form.format(tenant)
            if tenant and issuer_key(issuer) in issuers:
                key = (tenant, form)
                if key not in audiences:
                    audiences[key] = _audiences(inventory, tenant, form)
                yield _assertion(identity, tenant, form, audiences[key])


def _tenant(inventory: Inventory, identity: Identity) -> str:
    """The tenant's id: what a managed identity of a subscription is in the end, too."""
    chain = inventory.scope_chain(identity.scope_id)
    return next((one.id.rpartition("/")[2] for one in chain if one.kind == "tenant"), "")


def _audiences(inventory: Inventory, tenant: str, form: str) -> tuple[str, ...]:
    """For what tokens of a version can be had: the applications that are registered here, and Entra's own exchange."""
    found = {*_EXCHANGE}
    for one in inventory.resources.values():
        if one.provider == "azure" and one.kind == "application" and one.scope_id.rpartition("/")[2] == tenant:
            found.update(_names(one, form))
    return tuple(sorted(found))


def _names(application: Resource, form: str) -> Iterator[str]:
    said = dict(application.attributes)
    if said.get("token_version", _VERSIONS[form]) != _VERSIONS[form]:
        return
    if said.get("app_id"):
        yield said["app_id"]
    if form == _V1:
        yield from said.get("identifier_uris", "").split()


def _assertion(identity: Identity, tenant: str, form: str, audiences: tuple[str, ...]) -> Assertion:
    client = dict(identity.attributes).get("app_id", "")
    claims = [
        Claim("aud", audiences, "one_of"),
        Claim("oid", (identity.id,)),
        Claim("sub", (identity.id,)),
        Claim("tid", (tenant,)),
    ]
    if client:
        claims.append(Claim(_CLIENT[form], (client,)))
    return Assertion(
        holder_id=identity.id,
        provider="azure",
        issuer=form.format(tenant),
        claims=tuple(sorted(claims, key=lambda one: one.name)),
        complete=False,  # groups, roles
        detail="by a token of Entra",
    )
