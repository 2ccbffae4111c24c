"""Providers of workload and workforce identity pools, and the members of the pools that policies name.

https://cloud.google.com/iam/docs/workload-identity-federation
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from nhi_scan.access.gcp.identifiers import pool_of
from nhi_scan.access.gcp.members import Members
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import AWS, issuer_key
from nhi_scan.model.identity import Resource
from nhi_scan.model.record import record, value

_PROVIDERS = ("workload_identity_provider", "workforce_provider")
_POOLS = ("workload_identity_pool", "workforce_pool")
# https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds#mappings-and-conditions
_OF_AWS = {
    "google.subject": "assertion.arn",
    "attribute.aws_role": (
        "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + "
        "'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn"
    ),
}
# How a mapped attribute is called in a member's name.
_WORDS = {"google.subject": "subject", "google.groups": "group"}


@record
class Provider:
    """Who vouches for a pool's members, and how."""

    id: str
    pool: str  # canonical
    kind: str  # `oidc`, `aws`, `saml`, `x509`
    issuer: str  # of AWS the account's number
    mapping: Mapping[str, str]  # attribute -> CEL
    condition: str
    audiences: frozenset[str]  # none: its own name
    names: tuple[str, ...]  # its own name, with the project's id and number
    workforce: bool


@record
class Pool:
    """Identities of a pool that something names."""

    # `subject`, `group`, `attribute.x` -> value -> ids
    by_attribute: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)


@value
class Member:
    """A member of a pool that a policy names: whoever has this attribute with this value."""

    identity_id: str
    attribute: str  # as mappings call it; empty: anybody of the pool
    value: str = ""


class Pools:
    """Providers by the issuers that they take, members by pool."""

    def __init__(self, inventory: Inventory, members: Members) -> None:
        """Index an inventory."""
        self._members = members
        self._inventory = inventory
        self.by_issuer: dict[str, list[Provider]] = {}
        off = {
            pool_of(members.canonical(one.id))
            for one in inventory.resources.values()
            if one.kind in _POOLS and _is_off(one)
        }
        for one in inventory.resources.values():
            if one.kind in _PROVIDERS and not _is_off(one):
                provider = self._provider(one)
                if provider.issuer and provider.pool not in off:
                    issuer = AWS if provider.kind == "aws" else provider.issuer
                    self.by_issuer.setdefault(issuer_key(issuer), []).append(provider)
        self._pools: dict[str, Pool] = {}
        for identity in inventory.identities.values():
            if identity.kind == "federated_principal" and identity.provider == "gcp" and identity.status != "deleted":
                self._add(identity.id)

    def _provider(self, one: Resource) -> Provider:
        said = dict(one.attributes)
        kind = said.get("kind", "")
        name = one.id.removeprefix("//")
        number = self._inventory.scopes[one.scope_id].number if one.scope_id in self._inventory.scopes else ""
        by_number = f"iam.googleapis.com/projects/{number}/locations/{name.partition('/locations/')[2]}"
        return Provider(
            id=one.id,
            pool=pool_of(self._members.canonical(said.get("pool", "") or one.id.partition("/providers/")[0])),
            kind=kind,
            issuer=said.get("issuer", ""),
            mapping=_mapping(said.get("mapping", "")) or (_OF_AWS if kind == "aws" else {}),
            condition=said.get("condition", ""),
            audiences=frozenset(said.get("audiences", "").split()),
            names=(name, by_number) if number else (name,),
            workforce=one.kind == "workforce_provider",
        )

    def _add(self, identity_id: str) -> None:
        name = self._members.canonical(identity_id)
        pool = pool_of(name)
        if not pool:
            return
        found = self._pools.setdefault(pool, Pool())
        kind, slash, text = name.removeprefix(f"{pool}/").partition("/")
        if kind == "*":
            found.whole.append(identity_id)
        elif slash:
            found.by_attribute.setdefault(kind, {}).setdefault(text, []).append(identity_id)

    def pool(self, name: str) -> Pool:
        """Return what is named of a pool, by its canonical name."""
        return self._pools.get(name, Pool())

    def named_like(self, end: str) -> Iterator[Pool]:
        """Yield pools by the end of their names."""
        yield from (pool for name, pool in sorted(self._pools.items()) if name.endswith(end))


def word_of(attribute: str) -> str:
    """Return how a mapped attribute is called in members' names."""
    return _WORDS.get(attribute, attribute)


def _is_off(row: Resource) -> bool:
    said = dict(row.attributes)
    return said.get("disabled") == "true" or said.get("state") == "DELETED"


def _mapping(written: str) -> dict[str, str]:
    try:
        found = json.loads(written) if written else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: expression for key, expression in sorted(found.items()) if isinstance(expression, str)}
