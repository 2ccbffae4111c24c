"""Facts about pools of outside identities on Google Cloud: whom a member of one stands for, and who may get in.

https://cloud.google.com/iam/docs/workload-identity-federation
"""

import json
from collections.abc import Mapping

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.issuers import is_shared, issuer_of
from nhi_scan.facts.members import attribute_of, breadth, names_tenant, pool_of
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity, Resource

_BREADTHS = ("one", "set", "pool", "none")
_PROVIDERS = ("workload_identity_provider", "workforce_provider")
_NO_PROVIDER = "the providers of its pool were not collected"
_NOT_ONE = "it is no provider of a pool"


@fact("identity", "text", values=_BREADTHS)
def identity_pool_breadth(estate: Estate) -> list[str]:
    """How many outside identities a federated member stands for: one, a set, a whole pool; `none` for no member."""
    return [breadth(identity.id) for identity in estate.identities]


@fact("identity", "text", unknown="it is no member of a pool of outside identities")
def identity_pool(estate: Estate) -> list[str | None]:
    """The pool of outside identities that it is of."""
    return [pool_of(identity.id) or None for identity in estate.identities]


@fact("identity", "boolean", unknown=_NO_PROVIDER)
def identity_lets_strangers_in(estate: Estate) -> list[bool | None]:
    """Whether a member of a pool stands for people whom nobody here knows.

    So it is where the pool takes tokens of an issuer that anybody can get a token of, no attribute condition says
    whose, and the member does not say it either: it is the whole pool, or a set by an attribute that a stranger's token
    can have as well (a branch, an environment).
    """
    providers = estate.once(_providers_of)
    return [_lets_strangers_in(estate, identity, providers) for identity in estate.identities]


@fact("identity", "text", unknown=_NO_PROVIDER)
def identity_pool_issuers(estate: Estate) -> list[str | None]:
    """The issuers whose tokens the pool takes that it is a member of."""
    providers = estate.once(_providers_of)
    return [_issuers(providers.get(_key(estate, pool_of(identity.id)), ())) for identity in estate.identities]


@fact("resource", "text", unknown=_NOT_ONE)
def resource_issuer(estate: Estate) -> list[str | None]:
    """The issuer whose tokens a provider of a pool takes."""
    return [issuer_of(dict(row.attributes).get("issuer", "")) or None for row in estate.resources]


@fact("resource", "boolean", unknown=_NOT_ONE)
def resource_issuer_shared(estate: Estate) -> list[bool | None]:
    """Whether anybody can get a token from the issuer whose tokens it takes (GitHub Actions, GitLab.com, ...)."""
    return [_is_shared(row) if row.kind in _PROVIDERS else None for row in estate.resources]


@fact("resource", "boolean", unknown=_NOT_ONE)
def resource_conditional(estate: Estate) -> list[bool | None]:
    """Whether a provider of a pool has an attribute condition that says which tokens it takes."""
    return [bool(dict(row.attributes).get("condition")) if row.kind in _PROVIDERS else None for row in estate.resources]


@fact("resource", "boolean")
def resource_disabled(estate: Estate) -> list[bool]:
    """Whether a pool of outside identities or a provider of one is switched off, or deleted and can be restored."""
    return [_is_off(row) for row in estate.resources]


def _providers_of(estate: Estate) -> Mapping[str, tuple[Resource, ...]]:
    """Providers that are not switched off, by pool as `_key` writes it."""
    found: dict[str, list[Resource]] = {}
    for row in estate.resources:
        if row.kind in _PROVIDERS and not _is_off(row):
            pool = row.id.removeprefix("//iam.googleapis.com/").partition("/providers/")[0]
            found.setdefault(_key(estate, pool), []).append(row)
    return {pool: tuple(rows) for pool, rows in found.items()}


def _key(estate: Estate, pool: str) -> str:
    """A pool's name with the project's id: members name it by number, records by either."""
    kind, _, rest = pool.partition("/")
    project, _, tail = rest.partition("/")
    if kind != "projects":
        return pool
    return f"{estate.project_of(project)}/{tail}"


def _is_off(row: Resource) -> bool:
    said = dict(row.attributes)
    return said.get("disabled") == "true" or said.get("state") == "DELETED"


def _lets_strangers_in(
    estate: Estate, identity: Identity, providers: Mapping[str, tuple[Resource, ...]]
) -> bool | None:
    pool, how = pool_of(identity.id), breadth(identity.id)
    if how in ("none", "one") and not pool:
        return False
    rows = providers.get(_key(estate, pool))
    if rows is None:
        whole = estate.listed("gcp", "pools", identity.scope_id) is True
        return False if whole or how == "one" or pool.endswith(".svc.id.goog") else None
    return any(_is_open(row, identity.id, how) for row in rows)


def _is_open(provider: Resource, member: str, how: str) -> bool:
    said = dict(provider.attributes)
    if not _is_shared(provider) or said.get("condition"):
        return False
    if how == "pool":
        return True
    claim = _mapping(said.get("mapping", "")).get(attribute_of(member), "")
    return how == "set" and bool(claim) and not names_tenant(issuer_of(said.get("issuer", "")), claim)


def _mapping(written: str) -> dict[str, str]:
    try:
        value = json.loads(written) if written else {}
    except ValueError:
        return {}
    return {key: claim for key, claim in value.items() if isinstance(claim, str)} if isinstance(value, dict) else {}


def _is_shared(provider: Resource) -> bool:
    """Whether the issuer serves everybody: one whose address goes on behind the host serves whom that names."""
    issuer = issuer_of(dict(provider.attributes).get("issuer", ""))
    return "/" not in issuer and is_shared(issuer)


def _issuers(providers: tuple[Resource, ...]) -> str | None:
    found = sorted({issuer for row in providers if (issuer := issuer_of(dict(row.attributes).get("issuer", "")))})
    return ", ".join(found) or None
