"""Secrets, by their metadata, and the tokens of service accounts that are kept in some.

https://kubernetes.io/docs/concepts/security/service-accounts/#manually-create-a-service-account-api-token. Such a token
does not expire. The labels that tell of its use, from 1.26 on:
https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-tracking-controller

Attributes of a Secret: `type`; `service_account` (the name of the one whose token it holds). Of a credential:
`invalid_since` (a date, from which on the API server no longer takes the token). A token whose Secret has no label of
its last use was perhaps never used since the server keeps track, or the server does not: that is unknown.
"""

from collections.abc import Iterator

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import USE_UNKNOWN, Credential, LastUsed, Resource
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters, Words, tags_of
from nhi_scan.providers.kubernetes.normalise.principals import Principals
from nhi_scan.providers.kubernetes.normalise.shapes import Secret
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot.values import moment

_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type
_ACCOUNT = "kubernetes.io/service-account.name"
_USED = "kubernetes.io/legacy-token-last-used"
_INVALID = "kubernetes.io/legacy-token-invalid-since"


def read_secrets(clusters: Clusters, principals: Principals) -> None:
    """All Secrets that were listed."""
    records = clusters.source.records
    for scope_id, one in clusters.source.typed(kinds.SECRETS, Secret):
        meta = one.metadata
        placed = clusters.placed(kinds.SECRETS, scope_id, meta)
        if placed is None:
            continue
        cluster, namespace = placed
        id_ = kube_ids.object_id(cluster.id, "secrets", meta.name, namespace.name)
        labels, account = meta.labels or {}, (meta.annotations or {}).get(_ACCOUNT, "")
        said = {"type": one.type or "Opaque", "service_account": account if one.type == _TOKEN else ""}
        records.resources.append(
            Resource(
                id=id_,
                provider=PROVIDER,
                kind="kubernetes_secret",
                name=meta.name,
                scope_id=namespace.id,
                sensitivity="secret",
                created_at=moment(meta.creationTimestamp),
                attributes=tuple((key, value) for key, value in sorted(said.items()) if value),
                tags=tags_of(meta.labels),
            )
        )
        if one.type != _TOKEN:
            continue
        if not account:
            clusters.source.note(kinds.SECRETS, scope_id, "tokens that do not say whose they are")
            continue
        records.credentials.append(
            Credential(
                id=id_,
                provider=PROVIDER,
                identity_id=principals.account(cluster, namespace.name, account),
                scope_id=namespace.id,
                kind="service_account_token",
                name=meta.name,
                status="inactive" if labels.get(_INVALID) else "active",
                created_at=moment(meta.creationTimestamp),
                last_used=_last_used(labels),
                attributes=tuple(_invalid(labels)),
            )
        )


def _last_used(labels: Words) -> LastUsed:
    at = moment(labels.get(_USED))
    return USE_UNKNOWN if at is None else LastUsed.on(at)


def _invalid(labels: Words) -> Iterator[tuple[str, str]]:
    if since := labels.get(_INVALID):
        yield "invalid_since", since
