"""Pools of identities from outside, and the providers that vouch for them.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers and
https://cloud.google.com/iam/docs/reference/rest/v1/locations.workforcePools.providers.

Attributes of pools: `disabled` (`true`, `false`), `state` (`ACTIVE`, `DELETED`), `members` (how members of it begin,
without `principal://` or `principalSet://`). Of providers: `pool` (its id), `kind` (`oidc`, `aws`, `saml`, `x509`),
`issuer` (an address; for AWS the account number), `condition` (CEL), `mapping` (JSON), `audiences` (with spaces
between them), `disabled`, `state`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.model.identity import Resource
from nhi_scan.providers.gcp.normalise.hierarchy import IAM, Hierarchy
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.values import text, texts, within

# Kinds of records -> kind of resource.
_POOLS = {
    "iam-workload-identity-pools": "workload_identity_pool",
    "asset-iam-workload-identity-pool": "workload_identity_pool",
    "iam-workforce-pools": "workforce_pool",
    "asset-iam-workforce-pool": "workforce_pool",
}
_PROVIDERS = {
    "iam-workload-identity-pool-providers": "workload_identity_provider",
    "asset-iam-workload-identity-pool-provider": "workload_identity_provider",
    "iam-workforce-pool-providers": "workforce_provider",
    "asset-iam-workforce-pool-provider": "workforce_provider",
}
_KINDS = ("oidc", "aws", "saml", "x509")


def read_pools(source: Source, hierarchy: Hierarchy) -> None:
    """All pools and providers."""
    for kind, resource_kind in _POOLS.items():
        for scope_id, record, name in _records(source, kind):
            attributes = (*_state(record), ("members", f"iam.googleapis.com/{name}"))
            source.records.resources.append(_resource(hierarchy, scope_id, resource_kind, record, name, attributes))
    for kind, resource_kind in _PROVIDERS.items():
        for scope_id, record, name in _records(source, kind):
            pool = hierarchy.with_ids(f"{IAM}{name.partition('/providers/')[0]}")
            attributes = (*_provider(record), ("pool", pool))
            source.records.resources.append(_resource(hierarchy, scope_id, resource_kind, record, name, attributes))


def link_pools(source: Source) -> None:
    """Note on each pool which service accounts its members can become."""
    users: dict[str, set[str]] = {}
    for trust in source.records.trusts:
        if trust.mechanism == "federate":
            name = trust.subject.partition("://")[2]
            for end in ("/subject/", "/group/", "/attribute.", "/*"):
                pool, found, _ = name.partition(end)
                if found:
                    users.setdefault(pool, set()).add(trust.identity_id)
    resources = source.records.resources
    for position, one in enumerate(resources) if users else ():
        if one.kind in ("workload_identity_pool", "workforce_pool"):
            ids = users.get(dict(one.attributes).get("members", ""))
            if ids:
                resources[position] = replace(one, used_by=tuple(sorted(ids)))


def _records(source: Source, kind: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for scope_id, _, found in source.plain(kind):
        record = within(within(found, "resource"), "data") if kind.startswith("asset-") else found
        own = text(record, "name")
        name = own if "/" in own else text(found, "name").removeprefix(IAM)
        if "/" in name:
            yield scope_id, record, name
        else:
            source.note(kind, scope_id, "pools or providers without a name")


def _resource(
    hierarchy: Hierarchy,
    scope_id: str,
    kind: str,
    record: Mapping[str, Any],
    name: str,
    attributes: tuple[tuple[str, str], ...],
) -> Resource:
    return Resource(
        id=hierarchy.with_ids(f"{IAM}{name}"),
        provider=PROVIDER,
        kind=kind,
        name=text(record, "displayName") or name.rpartition("/")[2],
        scope_id=hierarchy.project_in(name) or text(record, "parent") or scope_id,
        sensitivity="control",
        attributes=tuple(sorted(pair for pair in attributes if pair[1])),
    )


def _state(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ("disabled", "true" if record.get("disabled") is True else "false"), ("state", text(record, "state"))


def _provider(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kind = next((name for name in _KINDS if isinstance(record.get(name), dict)), "")
    settings = within(record, kind)
    mapping = {key: word for key, word in within(record, "attributeMapping").items() if isinstance(word, str)}
    return (
        *_state(record),
        ("kind", kind),
        ("issuer", text(settings, "issuerUri") or text(settings, "accountId")),
        ("condition", text(record, "attributeCondition")),
        ("mapping", codec.encode(mapping).decode() if mapping else ""),
        ("audiences", " ".join(sorted(texts(settings.get("allowedAudiences"))))),
    )
