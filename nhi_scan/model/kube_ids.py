"""Ids of what is in Kubernetes clusters: `k8s:C`, `k8s:C/namespaces/N`, `k8s:C/namespaces/N/PLURAL/NAME`.

They look like the paths of the API, without its groups and versions, behind the name of the cluster:
https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris. The name of a cluster and of a namespace has
its slashes and percent signs encoded (`/` -> `%2F`, as in the context of an EKS cluster, an ARN), so that an id
can be taken apart; the last part, which may be the name of a user, is as it is written.
"""

from typing import NamedTuple

_SCHEME = "k8s:"
_NAMESPACES = "/namespaces/"
_ACCOUNT_USER = "system:serviceaccount:"
_NODE_USER = "system:node:"

ANONYMOUS = "system:anonymous"
"""Whom the API server takes a request without credentials for:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests."""


class Place(NamedTuple):
    """What an id names. Empty: it has none; `plural` is empty for a cluster and for a namespace."""

    cluster_id: str
    namespace: str = ""
    plural: str = ""
    name: str = ""


def cluster(name: str) -> str:
    """Return the id of a cluster by what it is called: `k8s:prod`."""
    return _SCHEME + _segment(name)


def is_kubernetes(id_: str) -> bool:
    """Say whether an id is of something in a cluster."""
    return id_.startswith(_SCHEME)


def cluster_name(cluster_id: str) -> str:
    """Return what a cluster is called, by the id of it or of anything in it."""
    return _plain(cluster_of(cluster_id).removeprefix(_SCHEME))


def namespace(cluster_id: str, name: str) -> str:
    """Return the id of a namespace."""
    return f"{cluster_id}{_NAMESPACES}{_segment(name)}"


def object_id(cluster_id: str, plural: str, name: str, ns: str = "") -> str:
    """Return the id of an object; without a namespace it is one of the whole cluster.

    Args:
        cluster_id: of its cluster.
        plural: of its resource: `serviceaccounts`.
        name: as it is written.
        ns: the namespace's name.
    """
    inside = namespace(cluster_id, ns) if ns else cluster_id
    return f"{inside}/{plural}/{name}"


def service_account(cluster_id: str, ns: str, name: str) -> str:
    """Return the id of a service account."""
    return f"{namespace(cluster_id, ns)}/serviceaccounts/{name}"


def group(cluster_id: str, name: str) -> str:
    """Return the id of a group by the name that a binding or an authenticator gives it."""
    return f"{cluster_id}/groups/{name}"


def node(cluster_id: str, name: str) -> str:
    """Return the id of a node as an identity: what its certificate says it is."""
    return f"{cluster_id}/users/{_NODE_USER}{name}"


def user(cluster_id: str, name: str) -> str:
    """Return the id of whom a user name means: a service account's own name means the account.

    The authorizer knows names only: who authenticates as `system:serviceaccount:N:S` is that account, however it came
    by the name (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
    """
    account = account_of_user(name)
    return service_account(cluster_id, *account) if account else f"{cluster_id}/users/{name}"


def account_of_user(name: str) -> tuple[str, str] | None:
    """Return the namespace and the name of the service account that a user name means; None where it means none.

    As `SplitUsername` of `k8s.io/apiserver/pkg/authentication/serviceaccount` reads it: two parts behind the prefix,
    neither empty, no more.
    """
    if not name.startswith(_ACCOUNT_USER):
        return None
    ns, colon, account = name[len(_ACCOUNT_USER) :].partition(":")
    return (ns, account) if ns and colon and account and ":" not in account else None


def user_of_account(ns: str, name: str) -> str:
    """Return the user name of a service account, which is also the `sub` of its tokens."""
    return f"{_ACCOUNT_USER}{ns}:{name}"


def cluster_of(id_: str) -> str:
    """Return the id of the cluster that an id lies in; empty for what is no id of Kubernetes."""
    return id_.partition("/")[0] if id_.startswith(_SCHEME) else ""


def namespace_of(id_: str) -> str:
    """Return the name of the namespace that an id lies in, or is; empty for what is of the whole cluster."""
    return take_apart(id_).namespace


def take_apart(id_: str) -> Place:
    """Return what an id names.

    Returns:
        Empty fields for what is no id of Kubernetes.
    """
    cluster_id = cluster_of(id_)
    rest = id_[len(cluster_id) :] if cluster_id else ""
    ns = ""
    if rest.startswith(_NAMESPACES):
        ns, slash, rest = rest[len(_NAMESPACES) :].partition("/")
        rest = slash + rest
    plural, _, name = rest[1:].partition("/")
    return Place(cluster_id, _plain(ns), plural, name)


def _segment(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


def _plain(segment: str) -> str:
    return segment.replace("%2F", "/").replace("%25", "%")
