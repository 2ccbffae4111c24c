"""What service accounts can show to others. Whom AWS principals become in a cluster: `aws_principals`."""

from collections.abc import Iterator
from typing import Final

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, Claim, issuer_key
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_of, take_apart, user_of_account

_ASKING: Final = ("aws_role_arn", "azure_client_id", "gcp_service_account")


def issued(inventory: Inventory, issuers: frozenset[str]) -> Iterator[Assertion]:
    """Yield what service accounts' tokens say, in the order of the accounts' ids.

    The claims: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims.
    A pod gets a token for whatever audience it asks for
    (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection).
    Which pod and which node it is of, nobody can tell beforehand.

    Args:
        inventory: whose accounts.
        issuers: keys; only what these issue, and what nobody knows the issuer of where the account asks for something.
    """
    for identity in inventory.identities.values():
        if identity.provider == "kubernetes" and identity.kind == "service_account":
            yield from _issued(inventory, identity, issuers)


def _issued(inventory: Inventory, identity: Identity, issuers: frozenset[str]) -> Iterator[Assertion]:
    cluster = inventory.scopes.get(cluster_of(identity.id))
    said = dict(cluster.attributes).get("oidc_issuer", "") if cluster is not None else ""
    facts = dict(identity.attributes)
    asks_for = tuple(sorted({facts[key] for key in _ASKING if facts.get(key)}))
    ways = sorted(one for one in set(said.split()) if issuer_key(one) in issuers or asks_for)
    for issuer in ways or ([""] if asks_for and not said.split() else []):
        yield Assertion(
            holder_id=identity.id,
            provider="kubernetes",
            issuer=issuer,
            claims=_claims(identity),
            complete=False,
            asks_for=asks_for,
        )


def _claims(identity: Identity) -> tuple[Claim, ...]:
    place = take_apart(identity.id)
    known = [
        Claim("aud", form="any"),
        Claim("kubernetes.io.namespace", (place.namespace,)),
        Claim("kubernetes.io.serviceaccount.name", (place.name,)),
    ]
    if identity.unique_id:
        known.append(Claim("kubernetes.io.serviceaccount.uid", (identity.unique_id,)))
    known.append(Claim("sub", (user_of_account(place.namespace, place.name),)))
    return tuple(known)
