"""Clusters and their namespaces, and how ids and owners of what is in them are found.

https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/

Attributes of a cluster, each absent where nobody could look: `uid` (of the namespace kube-system, which is what a
cluster is usually told from another by: https://opentelemetry.io/docs/specs/semconv/resource/k8s/#cluster),
`oidc_issuer` (who signs the tokens of its service accounts), `version`, `server` (its address). Of a namespace:
`pod_security` (the level that https://kubernetes.io/docs/concepts/security/pod-security-admission/ enforces, `none`
where it has no such label).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Owner
from nhi_scan.model.scope import Scope
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.owners import find_owner
from nhi_scan.providers.kubernetes.normalise.shapes import Meta, Named
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import Tags, text

_POD_SECURITY = "pod-security.kubernetes.io/enforce"
_SYSTEM = "kube-system"
Words = Mapping[str, str]


@dataclass(slots=True)
class Namespace:
    """One namespace; `seen` where it is itself among the records and not only named by what is in it."""

    id: str
    name: str
    labels: Words = field(default_factory=dict)
    annotations: Words = field(default_factory=dict)
    seen: bool = False


@dataclass(slots=True)
class Cluster:
    """One cluster: what is in it by name."""

    id: str
    attributes: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    # (namespace, name) -> whether pods get a token where they do not say themselves.
    accounts: dict[tuple[str, str], bool] = field(default_factory=dict)
    plurals: dict[tuple[str, str], str] = field(default_factory=dict)  # (group, kind) -> plural
    # What people say who the owner of a namespace's contents is; found once each.
    _owners: dict[str, Owner | None] = field(default_factory=dict)

    def namespace(self, name: str) -> Namespace:
        """The namespace of a name, made where nothing but its contents tells of it."""
        found = self.namespaces.get(name)
        if found is None:
            found = self.namespaces[name] = Namespace(kube_ids.namespace(self.id, name), name)
        return found


class Clusters:
    """All clusters of a snapshot."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: dict[str, Cluster] = {}
        for scope_id in sorted(source.swept):
            if kube_ids.is_kubernetes(scope_id):
                self.of(kube_ids.cluster_of(scope_id))
        self._read()

    def __iter__(self) -> Any:
        """Every cluster, by id."""
        return iter([self._found[id_] for id_ in sorted(self._found)])

    def of(self, scope_id: str) -> Cluster:
        """The cluster that a scope is, or lies in."""
        id_ = kube_ids.cluster_of(scope_id) or scope_id
        found = self._found.get(id_)
        if found is None:
            found = self._found[id_] = Cluster(id_)
        return found

    def placed(self, kind: str, scope_id: str, meta: Meta) -> tuple[Cluster, Namespace] | None:
        """Where an object lies that has to lie in a namespace; None, and a note, where it does not say."""
        if not meta.name or not meta.namespace:
            self.source.note(kind, scope_id, "objects without a name or a namespace")
            return None
        cluster = self.of(scope_id)
        return cluster, cluster.namespace(meta.namespace)

    def named(self, kind: str, scope_id: str, meta: Meta) -> Cluster | None:
        """The cluster of an object that lies in no namespace; None, and a note, where it has no name."""
        if not meta.name:
            self.source.note(kind, scope_id, "objects without a name")
            return None
        return self.of(scope_id)

    def owner(self, meta: Meta, namespace: Namespace | None = None) -> Owner | None:
        """Who answers for an object: by its labels and annotations, else by those of its namespace."""
        rules = self.source.owners
        found = find_owner(rules, "tag", meta.labels, meta.annotations)
        if found or namespace is None:
            return found
        return find_owner(rules, "scope", namespace.labels, namespace.annotations)

    def covered(self, place_id: str, kind: str) -> bool:
        """Whether everything of a kind is known that is in a namespace or a cluster: absence may be believed."""
        index, cluster_id = self.source.coverage, kube_ids.cluster_of(place_id)
        known = index.covered(place_id, kind)
        if known is None:
            known = index.covered(cluster_id, kind)
        return known is True and not self.source.noted(kind, cluster_id)

    def write(self) -> None:
        """Add the scopes to the records, once everything is read that names a namespace."""
        for cluster in self:
            self._write(cluster.id, "cluster", kube_ids.cluster_name(cluster.id), "", (), cluster.attributes)
            for name in sorted(cluster.namespaces):
                one = cluster.namespaces[name]
                said = {"pod_security": one.labels.get(_POD_SECURITY) or "none"} if one.seen else {}
                self._write(one.id, "namespace", name, cluster.id, tags_of(one.labels), said)

    def _write(self, id_: str, kind: Any, name: str, parent: str, tags: Tags, said: Words) -> None:
        index, cluster_id = self.source.coverage, kube_ids.cluster_of(id_)
        asked = [index.covered(place, kinds.SERVICE_ACCOUNTS) for place in (id_, cluster_id)]
        self.source.records.scopes.append(
            Scope(
                id=id_,
                provider=PROVIDER,
                kind=kind,
                name=name,
                parent_id=parent,
                collected=any(one is not None for one in asked),
                tags=tags,
                attributes=tuple(sorted((key, value) for key, value in said.items() if value)),
            )
        )

    def _read(self) -> None:
        for scope_id, one in self.source.typed(kinds.NAMESPACES, Named):
            meta, cluster = one.metadata, self.named(kinds.NAMESPACES, scope_id, one.metadata)
            if cluster is None:
                continue
            known = cluster.namespace(meta.name)
            known.labels, known.annotations, known.seen = meta.labels or {}, meta.annotations or {}, True
            if meta.name == _SYSTEM and meta.uid:
                cluster.attributes["uid"] = meta.uid
        for kind, names in (
            (kinds.OPENID_CONFIGURATION, {"issuer": "oidc_issuer"}),
            (kinds.VERSION, {"gitVersion": "version", "server": "server"}),
        ):
            for scope_id, _, record in self.source.plain(kind):
                said = {names[key]: text(record, key) for key in names if text(record, key)}
                if not said:
                    self.source.note(kind, scope_id, "answers without what was asked for")
                self.of(scope_id).attributes.update(said)
        self._read_plurals()

    def _read_plurals(self) -> None:
        for scope_id, _, record in self.source.plain(kinds.API_RESOURCES):
            listed = record.get("resources")
            if not isinstance(listed, list):
                self.source.note(kinds.API_RESOURCES, scope_id, "groups without a list of resources")
                continue
            cluster, group = self.of(scope_id), text(record, "group")
            for one in listed:
                name, kind = (text(one, "name"), text(one, "kind")) if isinstance(one, dict) else ("", "")
                if name and kind and "/" not in name:
                    cluster.plurals.setdefault((group, kind), name)


def tags_of(labels: Words | None) -> Tags:
    """Labels as tags, sorted."""
    return tuple(sorted(labels.items())) if labels else ()
