"""Bindings of roles: whom each subject means, as the authorizer reads it.

`appliesToUser` of https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/validation/rule.go compares
`kind`, `name` and `namespace` of a subject and nothing else:

- the API group of a subject counts for nothing;
- a ServiceAccount is compared by the user name that its namespace and name make; one without a namespace is of the
  namespace of its role binding, and in a cluster role binding nobody;
- a User called `system:serviceaccount:N:S` is that account, a Group called `system:serviceaccounts:N` all of N;
- any other kind means nobody.
"""

from collections.abc import Sequence
from dataclasses import replace

from nhi_scan.model import kube_ids
from nhi_scan.model.policy import Binding
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Cluster, Clusters
from nhi_scan.providers.kubernetes.normalise.principals import Principals
from nhi_scan.providers.kubernetes.normalise.roles import Roles
from nhi_scan.providers.kubernetes.normalise.shapes import Bound, Subject


def read_bindings(clusters: Clusters, roles: Roles, principals: Principals) -> None:
    """All role bindings and cluster role bindings, a record for each subject."""
    kind = kinds.ROLE_BINDINGS
    for scope_id, one in clusters.source.typed(kind, Bound):
        placed = clusters.placed(kind, scope_id, one.metadata)
        if placed is not None:
            cluster, namespace = placed
            id_ = kube_ids.object_id(cluster.id, kinds.PLURALS[kind], one.metadata.name, namespace.name)
            policy = roles.policy(cluster, one.roleRef, namespace.name)
            subjects = [_principal(cluster, subject, principals, namespace.name) for subject in one.subjects or ()]
            _add(clusters, kind, Binding(id=id_, principal_id="", policy_id=policy, scope_id=namespace.id), subjects)
    kind = kinds.CLUSTER_ROLE_BINDINGS
    for scope_id, one in clusters.source.typed(kind, Bound):
        whole = clusters.named(kind, scope_id, one.metadata)
        if whole is not None:
            id_ = kube_ids.object_id(whole.id, kinds.PLURALS[kind], one.metadata.name)
            policy = roles.policy(whole, one.roleRef)
            subjects = [_principal(whole, subject, principals) for subject in one.subjects or ()]
            _add(clusters, kind, Binding(id=id_, principal_id="", policy_id=policy, scope_id=whole.id), subjects)


def _add(clusters: Clusters, kind: str, each: Binding, subjects: Sequence[str]) -> None:
    """Add a binding for each subject that is somebody, or note that it is one to nothing."""
    if not each.policy_id:
        clusters.source.note(kind, kube_ids.cluster_of(each.scope_id), "bindings that refer to no role")
        return
    clusters.source.records.bindings += [
        replace(each, id=f"{each.id}#subjects[{position}]", principal_id=principal)
        for position, principal in enumerate(subjects)
        if principal
    ]


def _principal(cluster: Cluster, subject: Subject, principals: Principals, namespace: str = "") -> str:
    """Whom a subject means; empty for nobody."""
    if subject.kind == "User":
        return principals.user(cluster, subject.name)
    if subject.kind == "Group":
        return principals.group(cluster, subject.name)
    home = subject.namespace or namespace
    if subject.kind == "ServiceAccount" and home:
        return principals.user(cluster, kube_ids.user_of_account(home, subject.name))
    return ""
