"""What service accounts can show to others, and whom AWS principals become in a cluster."""

from collections.abc import Iterator
from typing import Final

from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import AWS, Assertion, Claim, issuer_key
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_of, take_apart, user_of_account
from nhi_scan.model.policy import Trust

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


class Trusts:
    """What the map of AWS principals in `kube-system/aws-auth` lets in.

    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html: a role, without its path, or a user becomes a
    user of the cluster with groups. The authenticator compares names whatever their case
    (https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/mapper/configmap/configmap.go).
    """

    def __init__(self, inventory: Inventory) -> None:
        """Take an inventory."""
        self._by_subject: dict[str, list[Trust]] = {}
        for trust in inventory.trusts.values():
            if cluster_of(trust.identity_id) and trust.subject.startswith("arn:"):
                self._by_subject.setdefault(trust.subject.lower(), []).append(trust)
        self.issuers = frozenset((issuer_key(AWS),)) if self._by_subject else frozenset()

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """Say whom the holder of an assertion becomes, sorted by identity and trust."""
        if issuer_key(assertion.issuer) not in self.issuers:
            return ()
        arn = assertion.claim("arn")
        names = {one for name in (arn.values if arn is not None else ()) for one in (name, _role(name))}
        found = {trust.id: trust for name in names for trust in self._by_subject.get(name.lower(), ())}
        rows = sorted(found.values(), key=lambda trust: (trust.identity_id, trust.id))
        return tuple(Entry(trust.identity_id, trust.id, state=True, detail="by `aws-auth`") for trust in rows)


def _role(arn: str) -> str:
    """Return the role that a session is of, as the map names it; a role without its path."""
    head, slash, rest = arn.partition("/")
    if not slash:
        return arn
    if ":sts:" in head and head.endswith(":assumed-role"):
        owner = head.replace(":sts:", ":iam:").removesuffix(":assumed-role")
        return f"{owner}:role/{rest.partition('/')[0]}"
    return f"{head}/{rest.rpartition('/')[2]}" if head.endswith(":role") else arn
