"""Tenants of worlds: applications and what their federated credentials take, as Graph writes it."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import arm_ids
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure.normalise import federation
from tests.access.federation.world import NOW

TENANT = "11111111-1111-1111-1111-111111111111"
EXCHANGE = "api://AzureADTokenExchange"


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def engine(given: dict[str, Any]) -> tuple[Access, dict[str, str]]:
    """The engine over a tenant, and what the world calls each of its identities."""
    records = Records()
    home = arm_ids.tenant(TENANT)
    records.scopes.append(Scope(id=home, provider="azure", kind="tenant", name="acme", parent_id=""))
    for name, credentials in given["credentials"].items():
        status = "disabled" if name in given.get("disabled", ()) else "active"
        records.identities.append(
            Identity(
                id=guid(name),
                provider="azure",
                kind="service_principal",
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=name,
                scope_id=home,
                status=status,  # type: ignore[arg-type] # a literal, seen through a choice
                attributes=(("app_id", f"client-{name}"),),
            )
        )
        records.trusts += [_trust(name, number, one) for number, one in enumerate(credentials)]
    return summarise(build([records]), NOW), {guid(name): name for name in given["credentials"]}


def _trust(name: str, number: int, one: dict[str, Any]) -> Trust:
    conditions, claims = federation._expression(one)
    patterns = {"iss": (one["issuer"],), "aud": tuple(one.get("audiences", (EXCHANGE,))), **claims}
    if "subject" in one:
        patterns["sub"] = (one["subject"],)
    return Trust(
        id=f"{guid(name)}#federated/{number}",
        identity_id=guid(name),
        subject=one["issuer"],
        subject_kind="federated",
        claim_patterns=tuple(sorted(patterns.items())),
        mechanism="federate",
        conditions=conditions,
    )
