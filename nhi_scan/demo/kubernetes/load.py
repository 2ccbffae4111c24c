"""Reads a cluster from its folder of YAML.

`cluster.yaml` says what it is called, and what the control plane brings; `services.yaml` families of clean accounts, a
line each. `plain.yaml` holds single things that are in order, `wrongs.yaml` single things that are not, each with the
findings that it must lead to: rule id -> subjects, or nothing where the subject is the thing itself (`{self}`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.estate import Expected
from nhi_scan.demo.kubernetes import manifests
from nhi_scan.demo.kubernetes.manifests import Manifest
from nhi_scan.demo.wording import between, fill, read_part
from nhi_scan.model import kube_ids

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A cluster, and what a scan of it must say."""

    name: str  # what the context of a kubeconfig calls it
    issuer: str  # of the tokens of its service accounts
    version: str
    scanner: tuple[str, str]  # namespace and name of the account that the scanner signs in as
    objects: tuple[Manifest, ...]
    people: frozenset[str]
    expected: tuple[Expected, ...]

    @property
    def cluster_id(self) -> str:
        """Its id in a report."""
        return kube_ids.cluster(self.name)


def load(name: str, parts: Sequence[Entry] | None = None) -> Loaded:
    """Read one of the clusters that come with the program.

    Args:
        name: of its folder.
        parts: decoded parts like `plain.yaml`, in place of its services and of all that is right or wrong in it.
    """
    cluster = read_part(name, "cluster")
    own: list[Entry] = [read_part(name, "plain"), read_part(name, "wrongs")] if parts is None else list(parts)
    if parts is None:
        own.append(_services(read_part(name, "services")))
    everything = [cluster, *own]
    cluster_id = kube_ids.cluster(cluster["name"])
    made = [one for part in everything for one in _objects(part)]
    return Loaded(
        name=cluster["name"],
        issuer=cluster["issuer"],
        version=cluster["version"],
        scanner=(cluster["scanner"]["namespace"], cluster["scanner"]["name"]),
        objects=(*made, *_defaults(made)),
        people=frozenset(cluster["people"]),
        expected=tuple(one for part in everything for one in _expected(part, cluster_id)),
    )


_PLURALS = {
    "Namespace": "namespaces",
    "Node": "nodes",
    "ServiceAccount": "serviceaccounts",
    "Secret": "secrets",
    "Role": "roles",
    "ClusterRole": "clusterroles",
    "RoleBinding": "rolebindings",
    "ClusterRoleBinding": "clusterrolebindings",
    "Pod": "pods",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "CronJob": "cronjobs",
    "ConfigMap": "configmaps",
}


def plural_of(kind: str) -> str:
    """Return the resource of a kind: `serviceaccounts`."""
    return _PLURALS[kind]


def _one(kind: str) -> Callable[[Entry], Iterable[Manifest]]:
    def make(entry: Entry) -> Iterable[Manifest]:
        body = {"data": dict(entry["data"])} if "data" in entry else {"spec": dict(entry.get("spec", {}))}
        yield manifests.manifest(kind, entry["name"], entry, **body)

    return make


# Section of a part -> what makes the objects of one of its entries; the first is the thing itself.
_MAKERS: Mapping[str, Callable[[Entry], Iterable[Manifest]]] = {
    "namespaces": _one("Namespace"),
    "nodes": _one("Node"),
    "config_maps": _one("ConfigMap"),
    "accounts": lambda entry: (manifests.account(entry),),
    "secrets": lambda entry: (manifests.token_secret(entry),),
    "roles": lambda entry: (manifests.role(entry),),
    "bindings": lambda entry: (manifests.binding(entry),),
    "workloads": manifests.workload,
}


def _objects(part: Entry) -> Iterable[Manifest]:
    for section, make in _MAKERS.items():
        for entry in part.get(section, ()):
            yield from make(entry)


def _defaults(made: Sequence[Manifest]) -> Iterable[Manifest]:
    """Yield the account `default` of every namespace that has none of its own here: the control plane makes it."""
    there = {one["metadata"]["namespace"] for one in made if _is_default(one)}
    for one in made:
        if one["kind"] == "Namespace" and (space := one["metadata"]["name"]) not in there:
            yield manifests.account({"namespace": space, "name": "default", "age": 200, "automount": False})


def _is_default(one: Manifest) -> bool:
    return bool(one["kind"] == "ServiceAccount" and one["metadata"]["name"] == "default")


def _expected(part: Entry, cluster_id: str) -> Iterable[Expected]:
    for section, make in _MAKERS.items():
        for entry in part.get(section, ()):
            if "expect" not in entry:
                continue
            thing = next(iter(make(entry)))
            metadata = thing["metadata"]
            words = {
                "self": _id(cluster_id, thing["kind"], metadata["name"], metadata.get("namespace", "")),
                "cluster": cluster_id,
            }
            for rule, subjects in entry["expect"].items():
                for subject in subjects or ("{self}",):
                    yield Expected(rule=rule, subject=fill(subject, words))


def _id(cluster_id: str, kind: str, name: str, space: str) -> str:
    if kind == "Namespace":
        return kube_ids.namespace(cluster_id, name)
    if kind == "ServiceAccount":
        return kube_ids.service_account(cluster_id, space, name)
    return kube_ids.object_id(cluster_id, _PLURALS[kind], name, space)


def _services(part: Entry) -> Entry:
    """Return families of clean accounts: one for each component, which a workload runs as and a role is bound to."""
    made: dict[str, list[dict[str, Any]]] = {"namespaces": [], "accounts": [], "workloads": [], "bindings": []}
    for space, team in part["namespaces"].items():
        labels = part["labels"]
        made["namespaces"].append({"name": space, "age": 700, "labels": labels, "annotations": {"owner": team}})
    for space, names in part["accounts"].items():
        for name in names:
            age = between(f"{space}{name}", 60, 600)
            owner = {"owner": part["namespaces"][space]}
            entry = {"namespace": space, "name": name, "age": age}
            made["accounts"].append({**entry, "annotations": owner, "automount": False})
            made["workloads"].append(
                {**entry, "account": name, "replicas": between(name, 1, 3), "automount": part["automount"]}
            )
            subjects = [f"ServiceAccount {space}/{name}"]
            made["bindings"].append({**entry, "role": part["role"], "subjects": subjects})
    return made
