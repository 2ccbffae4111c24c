"""Which kinds of record of a cluster must be complete before something that is missing can be called gone."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from nhi_scan.inventory.build import Inventory
from nhi_scan.model import kube_ids
from nhi_scan.model.finding import SubjectKind

_AWS_AUTH: Final = "k8s-aws-auth"
_BINDINGS: Final = ("k8s-rolebindings", "k8s-clusterrolebindings")
# Plural in an id -> the kind that lists such, where it is not `k8s-` and the plural.
_OTHERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "certificatesigningrequests": "k8s-csrs",
        "configmaps": _AWS_AUTH,
        "mutatingwebhookconfigurations": "k8s-mutatingwebhooks",
        "validatingwebhookconfigurations": "k8s-validatingwebhooks",
        "api-resources": "k8s-api-resources",
    }
)
# What makes pods and is of no built-in kind is known by its pods, and by what lies between it and them.
_OF_CUSTOM_CONTROLLERS: Final = ("k8s-pods", "k8s-replicasets", "k8s-jobs")

# What tells who may do what: see `listing.BESTOWING`. Whoever may make pods is what runs beside them.
BESTOWING_ON_KUBERNETES: Final = (
    "k8s-serviceaccounts",
    "k8s-roles",
    "k8s-clusterroles",
    *_BINDINGS,
    "k8s-namespaces",
    "k8s-nodes",
    "k8s-pods",
    "k8s-replicasets",
    "k8s-deployments",
    "k8s-statefulsets",
    "k8s-daemonsets",
    "k8s-jobs",
    "k8s-cronjobs",
    "k8s-replicationcontrollers",
    "k8s-secrets",
    _AWS_AUTH,
    "k8s-openid-configuration",
)


def kubernetes_kinds(subject: SubjectKind, subject_id: str, inventory: Inventory) -> Iterator[str]:
    """Name the record kinds that must be complete before a subject that is missing can be called gone.

    Args:
        subject: what it is.
        subject_id: its id, as `kube_ids` makes them.
        inventory: the one that it is missing from.
    """
    place = kube_ids.take_apart(subject_id)
    if subject == "scope":
        yield "k8s-namespaces" if place.namespace else "k8s-version"
    elif subject == "identity":
        yield from _of_identity(place, inventory)
    elif subject == "trust":
        yield _AWS_AUTH
    elif subject == "workload" and "." in place.plural:
        yield from _OF_CUSTOM_CONTROLLERS
    elif place.plural == "groups":
        yield from _BINDINGS
    else:
        yield _OTHERS.get(place.plural, f"k8s-{place.plural}")


def _of_identity(place: kube_ids.Place, inventory: Inventory) -> Iterator[str]:
    """Name where an identity is met: accounts and nodes in lists, all of them in bindings and in aws-auth."""
    if place.plural == "serviceaccounts":
        yield "k8s-serviceaccounts"
    elif place.name.startswith("system:node:"):
        yield "k8s-nodes"
    elif inventory.covered(place.cluster_id, _AWS_AUTH) is not None:  # only EKS has it
        yield _AWS_AUTH
    yield from _BINDINGS
