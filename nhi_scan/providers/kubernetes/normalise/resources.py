"""Admission webhooks, certificate signing requests and persistent volumes.

Attributes of a webhook configuration
(https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/): `type`
(`validating`/`mutating`), `webhooks` (how many), `services` (`namespace/name` of those that are called), `hosts` (of
addresses outside), `failure_policy` (`Fail`, `Ignore`, both), `resources` (what they are asked about). Of a certificate
signing request (https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/): `signer`,
`username` and `groups` (of who asked), `usages`, `state` (`approved`, `denied`, `failed`, `pending`). Of a persistent
volume (https://kubernetes.io/docs/concepts/storage/persistent-volumes/): `host_path`, `driver`, `claim`
(`namespace/name`), `reclaim_policy`, `storage_class`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Resource
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot.paths import words
from nhi_scan.snapshot.values import moment, objects, text, within

Value = Mapping[str, Any]
Pairs = Iterator[tuple[str, str]]


def read_resources(clusters: Clusters) -> None:
    """All resources that lie in no namespace."""
    for kind, sort, sensitivity, attributes in _TABLE:
        for scope_id, _, record in clusters.source.plain(kind):
            meta = within(record, "metadata")
            name = text(meta, "name")
            if not name:
                clusters.source.note(kind, scope_id, "objects without a name")
                continue
            cluster = clusters.of(scope_id)
            labels = within(meta, "labels")
            clusters.source.records.resources.append(
                Resource(
                    id=kube_ids.object_id(cluster.id, kinds.PLURALS[kind], name),
                    provider=PROVIDER,
                    kind=sort,
                    name=name,
                    scope_id=cluster.id,
                    sensitivity=sensitivity,
                    created_at=moment(meta.get("creationTimestamp")),
                    attributes=tuple(sorted((key, value) for key, value in attributes(record) if value)),
                    tags=tuple(sorted((key, value) for key, value in labels.items() if isinstance(value, str))),
                )
            )


def _webhooks(sort: str) -> Callable[[Value], Pairs]:
    def read(record: Value) -> Pairs:
        hooks = objects(record, "webhooks")
        clients = [within(hook, "clientConfig") for hook in hooks]
        services = [within(client, "service") for client in clients]
        yield "type", sort
        yield "webhooks", str(len(hooks))
        yield "services", _all(f"{text(one, 'namespace')}/{text(one, 'name')}" for one in services if text(one, "name"))
        yield "hosts", _all(_host(text(client, "url")) for client in clients)
        yield "failure_policy", _all(text(hook, "failurePolicy") for hook in hooks)
        yield "resources", _all(words(record, ("webhooks.rules.resources",)))

    return read


def _request(record: Value) -> Pairs:
    spec, status = within(record, "spec"), within(record, "status")
    conditions = {text(one, "type").lower() for one in objects(status, "conditions")}
    yield "signer", text(spec, "signerName")
    yield "username", text(spec, "username")
    yield "groups", _all(words(spec, ("groups",)))
    yield "usages", ",".join(sorted(set(words(spec, ("usages",)))))
    yield "state", next((one for one in ("denied", "failed", "approved") if one in conditions), "pending")


def _volume(record: Value) -> Pairs:
    spec = within(record, "spec")
    claim = within(spec, "claimRef")
    yield "host_path", text(within(spec, "hostPath"), "path")
    yield "driver", text(within(spec, "csi"), "driver")
    yield "claim", f"{text(claim, 'namespace')}/{text(claim, 'name')}" if text(claim, "name") else ""
    yield "reclaim_policy", text(spec, "persistentVolumeReclaimPolicy")
    yield "storage_class", text(spec, "storageClassName")


def _host(url: str) -> str:
    """The host of an address; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _all(names: Iterable[str]) -> str:
    return " ".join(sorted({name for name in names if name}))


_TABLE: tuple[tuple[str, str, Any, Callable[[Value], Pairs]], ...] = (
    (kinds.VALIDATING_WEBHOOKS, "admission_webhook", "control", _webhooks("validating")),
    (kinds.MUTATING_WEBHOOKS, "admission_webhook", "control", _webhooks("mutating")),
    (kinds.CSRS, "certificate_signing_request", "none", _request),
    (kinds.PERSISTENT_VOLUMES, "persistent_volume", "data", _volume),
)
