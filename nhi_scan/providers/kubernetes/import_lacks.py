"""What an import has and lacks, as coverage: without it nothing could be said to be absent.

A list does not say what it was asked for: nothing in `kubectl get pods -o json` tells it from `kubectl get pods -A -o
json`. So a list is taken for all that the cluster has of its kind, with a warning where all of it is in one namespace.
Only service accounts prove more: each namespace has one called `default`, and each cluster has several namespaces
(https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces), so that a list of
accounts of one namespace was asked for that one, and so was everything else that is in it alone.

What the analysis rests on and the import lacks counts as incomplete, or a pipeline that demands complete coverage would
pass on an export of nothing. What few clusters have is left out without that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nhi_scan.model import kube_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import kinds

_CLUSTER_WIDE = frozenset(
    {
        kinds.CLUSTER_ROLES,
        kinds.CLUSTER_ROLE_BINDINGS,
        kinds.NAMESPACES,
        kinds.NODES,
        kinds.VALIDATING_WEBHOOKS,
        kinds.MUTATING_WEBHOOKS,
        kinds.CSRS,
        kinds.PERSISTENT_VOLUMES,
        kinds.AWS_AUTH,
    }
)
_RAW = {
    kinds.OPENID_CONFIGURATION: "kubectl get --raw /.well-known/openid-configuration",
    kinds.VERSION: "kubectl get --raw /version",
    kinds.API_RESOURCES: "kubectl get --raw /apis/GROUP/VERSION",
    kinds.AUDIT_USERS: "the API server's audit log",
    kinds.AWS_AUTH: "kubectl get configmap aws-auth -n kube-system -o json",
}
# What every cluster has: without these the analysis says little, and no list of several kinds lacks what was asked for.
_EVERYWHERE = frozenset(
    {
        kinds.NAMESPACES,
        kinds.NODES,
        kinds.SERVICE_ACCOUNTS,
        kinds.ROLES,
        kinds.CLUSTER_ROLES,
        kinds.ROLE_BINDINGS,
        kinds.CLUSTER_ROLE_BINDINGS,
        kinds.PODS,
    }
)
# What the analysis needs and a cluster may have none of: a list of several kinds may have been asked for these in vain.
_NEEDED = _EVERYWHERE | {
    kinds.SECRETS,
    kinds.DEPLOYMENTS,
    kinds.REPLICA_SETS,
    kinds.STATEFUL_SETS,
    kinds.DAEMON_SETS,
    kinds.JOBS,
    kinds.CRON_JOBS,
}
_TOKENS = "--field-selector type=kubernetes.io/service-account-token"  # other Secrets are nobody's business


@dataclass(slots=True)
class Given:
    """What the files of one cluster hold of one kind."""

    records: int = 0
    listed: bool = False  # whether a list of them is there, and not only single objects
    partial: str = ""  # why it is not whole
    namespaces: set[str] = field(default_factory=set)


def one_namespace(given: Mapping[str, Given]) -> str:
    """The one namespace that the import was asked for, where its accounts prove that; else empty."""
    accounts = given.get(kinds.SERVICE_ACCOUNTS, Given())
    return next(iter(accounts.namespaces)) if accounts.listed and len(accounts.namespaces) == 1 else ""


def narrow(given: Mapping[str, Given]) -> Iterator[tuple[str, list[str]]]:
    """Namespaces that hold all of several kinds, each with those kinds: lists that may be of that namespace only."""
    found: dict[str, list[str]] = {}
    for kind in sorted(given):
        one = given[kind]
        if one.listed and kind not in _CLUSTER_WIDE and len(one.namespaces) == 1:
            found.setdefault(next(iter(one.namespaces)), []).append(kinds.PLURALS[kind])
    yield from sorted(found.items())


def rows(cluster_id: str, given: Mapping[str, Given], *, mixed: bool) -> Iterator[Coverage]:
    """What was collected of each kind, and how far.

    Args:
        cluster_id: whose import it is.
        given: what it has, by kind.
        mixed: whether a list of several kinds is among it, which does not say what else it was asked for.
    """
    alone = one_namespace(given)
    for kind in sorted({*kinds.PLURALS, *_RAW, *given}):
        one = given.get(kind)
        if one is None:
            yield _row(cluster_id, kind, *_missing(kind, mixed=mixed), 0)
            continue
        why = one.partial or ("" if one.listed else "single objects are in the import, and no list of them")
        if not why and alone and kind not in _CLUSTER_WIDE and one.namespaces <= {alone} and kind in kinds.PLURALS:
            place = kube_ids.namespace(cluster_id, alone)
            yield _row(place, kind, CoverageStatus.COMPLETE, "", one.records)
            why = f"only those of namespace `{alone}` are in the import"
        status = CoverageStatus.PARTIAL if why else CoverageStatus.COMPLETE
        yield _row(cluster_id, kind, status, why, one.records)


def _missing(kind: str, *, mixed: bool) -> tuple[CoverageStatus, str]:
    if kind == kinds.AUDIT_USERS:
        return CoverageStatus.SKIPPED, _RAW[kind]
    if kind in _RAW:
        return CoverageStatus.SKIPPED, f"not in the import: add what `{_RAW[kind]}` prints"
    plural = kinds.PLURALS[kind]
    if mixed and kind not in _EVERYWHERE:
        detail = f"no {plural} in the import, and its lists of several kinds do not say whether any were asked for"
        return CoverageStatus.SKIPPED, detail
    chosen = f"{plural} -A {_TOKENS}" if kind == kinds.SECRETS else f"{plural} -A"
    status = CoverageStatus.FAILED if kind in _NEEDED else CoverageStatus.SKIPPED
    return status, f"not in the import: add what `kubectl get {chosen} -o json` prints"


def _row(scope: str, kind: str, status: CoverageStatus, detail: str, records: int) -> Coverage:
    return Coverage(
        provider=kinds.PROVIDER, scope_id=scope, record_kind=kind, status=status, detail=detail, records=records
    )
