"""Roles and cluster roles, each rule a statement: https://kubernetes.io/docs/reference/access-authn-authz/rbac/.

A rule that speaks of resources and of URLs, which the API server refuses to store, becomes two statements of one index.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.model import kube_actions, kube_ids
from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.aggregation import Aggregated, Gathering
from nhi_scan.providers.kubernetes.normalise.clusters import Cluster, Clusters, Words
from nhi_scan.providers.kubernetes.normalise.shapes import Role, RoleRef
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.values import moment, texts

_BOOTSTRAP = ("kubernetes.io/bootstrapping", "rbac-defaults")


class Roles:
    """Reads all roles; afterwards bindings can ask which exist."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self._documents: dict[bytes, tuple[Statement, ...] | None] = {}
        self._known: set[str] = set()
        for scope_id, one in clusters.source.typed(kinds.ROLES, Role):
            placed = clusters.placed(kinds.ROLES, scope_id, one.metadata)
            if placed is not None:
                cluster, namespace = placed
                id_ = kube_ids.object_id(cluster.id, "roles", one.metadata.name, namespace.name)
                self._add(id_, namespace.id, one, self._rules(one))
        self._cluster_roles()

    def policy(self, cluster: Cluster, ref: RoleRef, namespace: str = "") -> str:
        """The id of the role that a binding refers to, which has a policy now; empty where no role is meant.

        The authorizer reads `kind` and `name`, and no group (GetRoleReferenceRules):
        https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/validation/rule.go
        One that does not exist gives nothing, until somebody makes it; where not all roles are known, what it gives is
        unknown.
        """
        if ref.kind == "ClusterRole" and ref.name:
            kind, place = kinds.CLUSTER_ROLES, cluster.id
        elif ref.kind == "Role" and ref.name and namespace:
            kind, place = kinds.ROLES, cluster.namespace(namespace).id
        else:
            return ""
        id_ = f"{place}/{kinds.PLURALS[kind]}/{ref.name}"
        if id_ not in self._known:
            self._known.add(id_)
            self._clusters.source.records.policies.append(
                Policy(
                    id=id_,
                    provider=PROVIDER,
                    kind="role",
                    name=ref.name,
                    scope_id=place,
                    version="",
                    complete=self._clusters.covered(place, kind),
                )
            )
        return id_

    def _cluster_roles(self) -> None:
        waiting: dict[str, dict[str, Aggregated]] = {}  # cluster -> name -> role
        roles: list[tuple[Cluster, Role]] = []
        for scope_id, one in self._clusters.source.typed(kinds.CLUSTER_ROLES, Role):
            cluster = self._clusters.named(kinds.CLUSTER_ROLES, scope_id, one.metadata)
            if cluster is None:
                continue
            roles.append((cluster, one))
            waiting.setdefault(cluster.id, {})[one.metadata.name] = Aggregated(
                labels=one.metadata.labels or {},
                selectors=(one.aggregationRule.clusterRoleSelectors or []) if one.aggregationRule else None,
                statements=self._rules(one),
            )
        gathering = {id_: Gathering(found) for id_, found in waiting.items()}
        for cluster, one in roles:
            id_ = kube_ids.object_id(cluster.id, "clusterroles", one.metadata.name)
            self._add(id_, cluster.id, one, gathering[cluster.id].statements(one.metadata.name))

    def _add(self, id_: str, place: str, one: Role, statements: tuple[Statement, ...] | None) -> None:
        self._known.add(id_)
        meta = one.metadata
        self._clusters.source.records.policies.append(
            Policy(
                id=id_,
                provider=PROVIDER,
                kind="role",
                name=meta.name,
                scope_id=place,
                managed_by_provider=is_bootstrap(meta.labels),
                statements=statements or (),
                version="",
                created_at=moment(meta.creationTimestamp),
                complete=statements is not None,
            )
        )

    def _rules(self, one: Role) -> tuple[Statement, ...] | None:
        """What the rules of a role say; None where they cannot be read. Equal ones are read once."""
        text = bytes(one.rules or b"[]")  # a role without the field
        if text not in self._documents:
            self._documents[text] = _statements(codec.decode_any(text))
        return self._documents[text]


def is_bootstrap(labels: Words | None) -> bool:
    """Say whether the API server makes and mends an object.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
    """
    return (labels or {}).get(_BOOTSTRAP[0]) == _BOOTSTRAP[1]


def _statements(rules: object) -> tuple[Statement, ...] | None:
    if rules is None:
        return ()
    if not isinstance(rules, list):
        return None
    return tuple(statement for index, rule in enumerate(rules) for statement in _rule(index, rule))


def _rule(index: int, rule: object) -> Iterator[Statement]:
    if not isinstance(rule, dict) or not all(_readable(rule.get(name)) for name in _FIELDS):
        yield Statement(effect=Effect.ALLOW, index=index, plane="resource", malformed="a rule is not as the API has it")
        return
    urls = texts(rule.get("nonResourceURLs"))
    things = {**rule, "nonResourceURLs": []}
    if texts(rule.get("resources")) or texts(rule.get("apiGroups")) or not urls:
        yield Statement(
            effect=Effect.ALLOW,
            index=index,
            plane="resource",
            actions=kube_actions.patterns(things),
            resources=tuple(sorted(set(texts(rule.get("resourceNames"))))),
        )
    if urls:
        only: Mapping[str, Any] = {"verbs": rule.get("verbs"), "nonResourceURLs": urls}
        yield Statement(effect=Effect.ALLOW, index=index, plane="non_resource", actions=kube_actions.patterns(only))


_FIELDS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


def _readable(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value))
