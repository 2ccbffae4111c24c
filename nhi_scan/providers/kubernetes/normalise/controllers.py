"""Who made a pod, up to what a person would change: the top of its chain of owners.

https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/. Of an object's owners one at most
is its controller, and only that one is followed. ReplicaSets and Jobs are made by something else as a rule, so their
own controller is followed, whatever it is; a Deployment, StatefulSet, DaemonSet, CronJob or ReplicationController is
what people know and change, so that it is a top even where an operator keeps it (attribute `made_by` of the workload).
"""

from dataclasses import dataclass

from nhi_scan.providers.kubernetes.normalise.clusters import Cluster
from nhi_scan.providers.kubernetes.normalise.shapes import Meta, OwnerReference

_GROUPS = {
    "Deployment": ("apps", "extensions"),
    "ReplicaSet": ("apps", "extensions"),
    "StatefulSet": ("apps",),
    "DaemonSet": ("apps", "extensions"),
    "Job": ("batch",),
    "CronJob": ("batch",),
    "ReplicationController": ("",),
    "Pod": ("",),
    "Node": ("",),
}
_BUILT_IN = {
    "Deployment": ("deployment", "deployments"),
    "ReplicaSet": ("replica_set", "replicasets"),
    "StatefulSet": ("stateful_set", "statefulsets"),
    "DaemonSet": ("daemon_set", "daemonsets"),
    "Job": ("job", "jobs"),
    "CronJob": ("cron_job", "cronjobs"),
    "ReplicationController": ("replication_controller", "replicationcontrollers"),
}
_FOLLOWED = ("ReplicaSet", "Job")
CUSTOM = "custom_controller"
_LONGEST = 10  # steps of a chain; real ones have two, a crafted import may have any number


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes pods: its kind, and its group where that is no built-in one."""

    kind: str  # of the API: `Deployment`, `Rollout`
    name: str
    api: str = ""  # `argoproj.io/v1alpha1`; empty for built-in kinds


def controller_of(meta: Meta) -> Maker | None:
    """The controller of an object, as `GetControllerOf` of k8s.io/apimachinery finds it; None where it has none."""
    for one in meta.ownerReferences or ():
        if one.controller and one.kind and one.name:
            return _maker(one)
    return None


def _maker(one: OwnerReference) -> Maker:
    group = one.apiVersion.rpartition("/")[0]
    return Maker(one.kind, one.name, "" if group in _GROUPS.get(one.kind, ()) else one.apiVersion or "v1")


def kind_of(maker: Maker) -> str:
    """The kind of workload that a controller is."""
    return CUSTOM if maker.api else _BUILT_IN[maker.kind][0]


def plural_of(maker: Maker, cluster: Cluster) -> str:
    """What its objects are called in addresses and ids: `deployments`, `rollouts.argoproj.io`.

    The plural of a kind that is not built in is what the API server lists; where nobody could ask, its lower-case name
    with an `s`.
    """
    if not maker.api:
        return _BUILT_IN[maker.kind][1]
    group = maker.api.rpartition("/")[0]
    plural = cluster.plurals.get((group, maker.kind)) or f"{maker.kind.lower()}s"
    return f"{plural}.{group}" if group else plural


class Chains:
    """What is known of who made the ReplicaSets and Jobs of one cluster."""

    __slots__ = ("_above",)

    def __init__(self) -> None:
        self._above: dict[tuple[str, str, str], Maker] = {}

    def add(self, namespace: str, maker: Maker, above: Maker) -> None:
        """Note that something was made by something else."""
        self._above[namespace, maker.kind, maker.name] = above

    def top(self, namespace: str, maker: Maker) -> Maker:
        """The highest controller that is known: where nothing tells who made one, the chain ends there."""
        seen = {maker}
        while not maker.api and maker.kind in _FOLLOWED and len(seen) < _LONGEST:
            above = self._above.get((namespace, maker.kind, maker.name))
            if above is None or above in seen or above.kind in ("Pod", "Node"):
                break
            seen.add(above)
            maker = above
        return maker
