"""Pods, folded into what makes them: https://kubernetes.io/docs/concepts/workloads/controllers/.

A hundred thousand pods pass by one at a time, and of each only what is new about its top is kept. A pod without a
controller is a workload by itself, as is one that a node's kubelet runs from a file (a mirror pod), which has no
service account: the admission plugin refuses it one
(https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#serviceaccount). What has a template and
no pods is there too. A workload's account, and whatever else, is that of its template and of the pods that run or wait:
after a change there may be two. Pods that have ended tell only of what nothing else does.

Attributes, each absent where nothing tells: `privileged`, `host_network`, `host_pid`, `host_ipc` (`true`/`false`: for
any of its pods and containers); `host_path` (folders of the node that it sees, with spaces between, `%20` in them, or
`false`); `capabilities` (those that are added); `automount` (whether a token for the API server is mounted: the pod's
word, else its account's, else yes; `true` also where a volume asks for one); `token_audiences` (for whom other tokens
are mounted) and `token_expiration` (seconds of the longest of them); `image_pull_secrets`, `secrets` (names);
`static_keys` (names of variables that hold a cloud's key, never their values); `pods` (how many run or wait), `nodes`
(where, twenty at most); `mirror` (`true`); `schedule`, `suspended` of a CronJob; `replicas` of what has some; `made_by`
(`Kind.group name` of an operator's object); `api` and `api_kind` of a custom controller.
"""

from dataclasses import dataclass, field

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Owner, Workload
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import controllers
from nhi_scan.providers.kubernetes.normalise.clusters import Cluster, Clusters, Namespace, tags_of
from nhi_scan.providers.kubernetes.normalise.controllers import Chains, Maker
from nhi_scan.providers.kubernetes.normalise.features import Features, attributes_of, features_of
from nhi_scan.providers.kubernetes.normalise.principals import Principals
from nhi_scan.providers.kubernetes.normalise.shapes import Controller, CronJob, Meta, Pod, PodSpec, Template
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot.values import Tags

_NOTHING = PodSpec()
_MIRROR = "kubernetes.io/config.mirror"
_OVER = ("Succeeded", "Failed")
_NODES = 20
_KINDS = (
    (kinds.DEPLOYMENTS, "Deployment"),
    (kinds.STATEFUL_SETS, "StatefulSet"),
    (kinds.DAEMON_SETS, "DaemonSet"),
    (kinds.REPLICATION_CONTROLLERS, "ReplicationController"),
    (kinds.REPLICA_SETS, "ReplicaSet"),
    (kinds.JOBS, "Job"),
)


@dataclass(slots=True)
class _Top:
    """What is known of one workload so far."""

    cluster: Cluster
    namespace: Namespace
    maker: Maker
    owner: Owner | None = None
    tags: Tags = ()
    said: dict[str, str] = field(default_factory=dict)
    features: set[Features] = field(default_factory=set)
    over: set[Features] = field(default_factory=set)  # of pods that have ended
    pods: int = 0
    nodes: set[str] = field(default_factory=set)


class WorkloadReader:
    """Reads controllers, then pods, then writes what they come to."""

    def __init__(self, clusters: Clusters, principals: Principals) -> None:
        self._clusters = clusters
        self._source = clusters.source
        self._principals = principals
        self._chains: dict[str, Chains] = {one.id: Chains() for one in clusters}
        self._tops: dict[tuple[str, str, Maker], _Top] = {}
        self._nodes: dict[str, str] = {}  # one text for each node, whatever it is that names it

    def read(self) -> None:
        """Read everything and write the workloads."""
        templates: list[tuple[Cluster, Namespace, Maker, Meta, Features | None, int | None]] = []
        self._cron_jobs()
        for kind, name in _KINDS:
            for scope_id, one in self._source.typed(kind, Controller):
                placed = self._clusters.placed(kind, scope_id, one.metadata)
                if placed is None:
                    continue
                cluster, namespace = placed
                maker = Maker(name, one.metadata.name)
                above = controllers.controller_of(one.metadata)
                if above is not None:
                    self._chain(cluster).add(namespace.name, maker, above)
                features = _template(one.spec.template)
                if name in ("ReplicaSet", "Job") and above is not None:
                    # Its template is its maker's, but for a revision that is over; only a custom maker has none here.
                    if above.api:
                        templates.append((cluster, namespace, maker, one.metadata, features, None))
                    continue
                self._saw(cluster, namespace, maker, one.metadata, features, one.spec.replicas)
        for cluster, namespace, maker, meta, features, _ in templates:
            if features is not None:
                top = self._top(cluster, namespace, maker, meta)
                top.features.add(features)
        self._pods()
        for key in sorted(self._tops, key=_order):
            self._write(self._tops[key])

    def _chain(self, cluster: Cluster) -> Chains:
        return self._chains.setdefault(cluster.id, Chains())

    def _top(self, cluster: Cluster, namespace: Namespace, maker: Maker, meta: Meta) -> _Top:
        """What is at the top of the chain; made from what is known of something below it."""
        highest = self._chain(cluster).top(namespace.name, maker)
        key = cluster.id, namespace.name, highest
        top = self._tops.get(key)
        if top is None:
            owner = self._clusters.owner(meta, namespace)
            top = self._tops[key] = _Top(cluster, namespace, highest, owner)
        return top

    def _saw(
        self,
        cluster: Cluster,
        namespace: Namespace,
        maker: Maker,
        meta: Meta,
        features: Features | None,
        replicas: int | None,
    ) -> None:
        owner = self._clusters.owner(meta, namespace)
        top = _Top(cluster, namespace, maker, owner, tags_of(meta.labels))
        self._tops[cluster.id, namespace.name, maker] = top
        above = controllers.controller_of(meta)
        if above is not None:
            group = above.api.rpartition("/")[0]
            top.said["made_by"] = f"{above.kind}{'.' if group else ''}{group} {above.name}"
        if replicas is not None:
            top.said["replicas"] = str(replicas)
        if features is not None:
            top.features.add(features)

    def _cron_jobs(self) -> None:
        for scope_id, one in self._source.typed(kinds.CRON_JOBS, CronJob):
            placed = self._clusters.placed(kinds.CRON_JOBS, scope_id, one.metadata)
            if placed is None:
                continue
            cluster, namespace = placed
            maker = Maker("CronJob", one.metadata.name)
            job = one.spec.jobTemplate.spec if one.spec.jobTemplate else None
            self._saw(cluster, namespace, maker, one.metadata, _template(job.template if job else None), None)
            said = self._tops[cluster.id, namespace.name, maker].said
            said["suspended"] = "true" if one.spec.suspend else "false"
            said["schedule"] = one.spec.schedule or ""

    def _pods(self) -> None:
        for scope_id, one in self._source.typed(kinds.PODS, Pod):
            meta = one.metadata
            placed = self._clusters.placed(kinds.PODS, scope_id, meta)
            if placed is None:
                continue
            cluster, namespace = placed
            phase = one.status.phase if one.status else None
            mirror = bool(meta.annotations and _MIRROR in meta.annotations)
            maker = None if mirror else controllers.controller_of(meta)
            if maker is None or (maker.kind in ("Pod", "Node") and not maker.api):
                self._bare(cluster, namespace, one, phase, mirror=mirror)
                continue
            top = self._top(cluster, namespace, maker, meta)
            (top.over if phase in _OVER else top.features).add(features_of(one.spec))
            if phase not in _OVER:
                top.pods += 1
                if node := one.spec.nodeName:
                    top.nodes.add(self._nodes.setdefault(node, node))

    def _bare(self, cluster: Cluster, namespace: Namespace, one: Pod, phase: str | None, *, mirror: bool) -> None:
        found, meta = features_of(one.spec), one.metadata
        said = {"mirror": "true" if mirror else "", "nodes": one.spec.nodeName or ""}
        said["automount"] = "false" if mirror else self._automount(cluster, namespace, {found})
        runs_as = () if mirror else (self._principals.account(cluster, namespace.name, found.account),)
        self._source.records.workloads.append(
            Workload(
                id=kube_ids.object_id(cluster.id, "pods", meta.name, namespace.name),
                provider=PROVIDER,
                kind="pod",
                name=meta.name,
                scope_id=namespace.id,
                runs_as=runs_as,
                environment_names=found.variables,
                owner=self._clusters.owner(meta, namespace),
                tags=tags_of(meta.labels),
                active=None if phase is None else phase not in _OVER,
                attributes=attributes_of({found}, said),
            )
        )

    def _write(self, top: _Top) -> None:
        cluster, namespace, maker = top.cluster, top.namespace, top.maker
        features = top.features or top.over
        accounts = sorted({one.account for one in features})
        said = {**top.said, "pods": str(top.pods), "nodes": " ".join(sorted(top.nodes)[:_NODES])}
        if maker.api:
            said |= {"api": maker.api, "api_kind": maker.kind}
        said["automount"] = self._automount(cluster, namespace, features)
        self._source.records.workloads.append(
            Workload(
                id=kube_ids.object_id(cluster.id, controllers.plural_of(maker, cluster), maker.name, namespace.name),
                provider=PROVIDER,
                kind=controllers.kind_of(maker),
                name=maker.name,
                scope_id=namespace.id,
                runs_as=tuple(self._principals.account(cluster, namespace.name, name) for name in accounts),
                environment_names=tuple(sorted({name for one in features for name in one.variables})),
                owner=top.owner,
                tags=top.tags,
                active=self._active(top),
                attributes=attributes_of(features, said),
            )
        )

    def _active(self, top: _Top) -> bool | None:
        if top.pods:
            return True
        if self._clusters.covered(top.namespace.id, kinds.PODS) or top.said.get("replicas") == "0":
            return False
        return None

    def _automount(self, cluster: Cluster, namespace: Namespace, features: set[Features]) -> str:
        """Whether any of the pods has a token for the API server; empty where nobody knows."""
        answers = {_mounts(one, cluster.accounts.get((namespace.name, one.account))) for one in features}
        if True in answers:
            return "true"
        return "false" if answers == {False} else ""


def _order(key: tuple[str, str, Maker]) -> tuple[str, ...]:
    cluster, namespace, maker = key
    return cluster, namespace, maker.kind, maker.api, maker.name


def _template(template: Template | None) -> Features | None:
    """What a template says; None where nothing of it was kept, as of what an operator made."""
    spec = template.spec if template else None
    return None if spec is None or spec == _NOTHING else features_of(spec)


def _mounts(one: Features, by_account: bool | None) -> bool | None:  # noqa: FBT001 - an answer, no switch
    if one.api_token:
        return True
    return by_account if one.automount is None else one.automount
