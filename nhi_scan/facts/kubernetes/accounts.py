"""Facts about Kubernetes: default accounts, mounted tokens, roles that are missing, what everybody holds.

https://kubernetes.io/docs/concepts/security/rbac-good-practices/
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from nhi_scan.access.summary import Summary
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Identity, Workload
from nhi_scan.model.policy import Binding, Policy

T = TypeVar("T")

PROVIDER = "kubernetes"
_ACCOUNT = "service_account"
_SYSTEM = ("kube-system", "kube-public", "kube-node-lease")  # namespaces that Kubernetes itself makes
READ_SECRETS = ("get secrets", "list secrets", "watch secrets")
# Who is everybody: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
EVERYBODY = ("system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated")
# What every cluster lets everybody do: ask about itself, and join it (kubeadm).
_DISCOVERY = (
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
)
_KUBEADM = "kubeadm:bootstrap-signer"
_NOT_WORKLOAD = "it runs on no cluster"


@fact("identity", "text")
def identity_namespace(estate: Estate) -> list[str]:
    """The namespace of Kubernetes that it is in, as commands take it; empty elsewhere."""
    return [_space(one.id) for one in estate.identities]


@fact("identity", "text")
def identity_cluster(estate: Estate) -> list[str]:
    """What its cluster is called, as a context of a kubeconfig; empty elsewhere."""
    return [kube_ids.cluster_name(one.id) if one.provider == PROVIDER else "" for one in estate.identities]


@fact("identity", "boolean")
def identity_default_of_namespace(estate: Estate) -> list[bool]:
    """Whether it is the service account that pods of a namespace run as which name none."""
    return [_is_default(one) for one in estate.identities]


@fact("identity", "boolean")
def identity_of_the_cluster(estate: Estate) -> list[bool]:
    """Whether it is nobody's own on Kubernetes: what comes with a cluster, a namespace's default, or a mere name."""
    return [comes_with_cluster(one) for one in estate.identities]


@fact("identity", "text")
def identity_bound_roles(estate: Estate) -> list[str]:
    """The roles of Kubernetes that are bound to it by name, and where."""
    return [", ".join(_held(estate, one.id)) for one in estate.identities]


@fact("identity", "text", unknown="the roles of its cluster were not collected completely")
def identity_missing_roles(estate: Estate) -> list[str | None]:
    """Roles that are bound to it and do not exist: whoever may create one of that name decides what it may do."""
    return [_missing_roles(estate, one) for one in estate.identities]


@fact("identity", "boolean", unknown="a role or a binding that bears on it was not collected")
def identity_reads_all_secrets(estate: Estate) -> list[bool | None]:
    """Whether it may read the Secrets of every namespace of its cluster."""
    return _of_cluster(estate, lambda summary: any(summary.allows(one, everywhere=True) for one in READ_SECRETS))


@fact("scope", "text")
def scope_cluster(estate: Estate) -> list[str]:
    """What the cluster is called that it is or that it is in, as a context of a kubeconfig; empty elsewhere."""
    return [kube_ids.cluster_name(one.id) if one.provider == PROVIDER else "" for one in estate.scopes]


@fact("workload", "text")
def workload_namespace(estate: Estate) -> list[str]:
    """The namespace of Kubernetes that it is in, as commands take it; empty elsewhere."""
    return [_space(one.id) for one in estate.workloads]


@fact("workload", "text")
def workload_cluster(estate: Estate) -> list[str]:
    """What its cluster is called, as a context of a kubeconfig; empty elsewhere."""
    return [kube_ids.cluster_name(one.id) if one.provider == PROVIDER else "" for one in estate.workloads]


@fact("workload", "text", unknown=_NOT_WORKLOAD)
def workload_type(estate: Estate) -> list[str | None]:
    """Its kind as commands take it: `deployments/shop`."""
    places = [kube_ids.take_apart(one.id) if one.provider == PROVIDER else None for one in estate.workloads]
    return [None if place is None else f"{place.plural}/{place.name}" for place in places]


@fact("workload", "boolean", unknown="nothing tells whether a token is mounted")
def workload_token_mounted(estate: Estate) -> list[bool | None]:
    """Whether its pods get a token for the API server of their cluster. No elsewhere than on Kubernetes."""
    return [_word(one, "automount") if one.provider == PROVIDER else False for one in estate.workloads]


@fact("workload", "boolean", unknown="the bindings of its cluster were not collected completely")
def workload_token_opens_something(estate: Estate) -> list[bool | None]:
    """Whether that token is good for anything that not everybody may do: a role of its cluster."""
    return [_opens(estate, one) if one.provider == PROVIDER else True for one in estate.workloads]


@fact("workload", "boolean")
def workload_of_default_account(estate: Estate) -> list[bool]:
    """Whether it runs as the service account that its namespace gives to whoever names none."""
    identities = estate.inventory.identities
    return [any(_is_default(identities[id_]) for id_ in one.runs_as if id_ in identities) for one in estate.workloads]


@fact("workload", "boolean")
def workload_of_the_cluster(estate: Estate) -> list[bool]:
    """Whether it is of the control plane or what comes with it: in a namespace that Kubernetes itself makes."""
    return [_space(one.id) in _SYSTEM for one in estate.workloads]


@fact("resource", "text", unknown="the bindings of its cluster were not collected completely")
def resource_given_to_everybody(estate: Estate) -> list[str | None]:
    """Roles that a group of everybody holds on Kubernetes, other than those that every cluster gives it."""
    groups = estate.inventory.groups
    return [
        _beyond_defaults(estate, row.id) if row.id in groups and row.name in EVERYBODY else ""
        for row in estate.resources
    ]


@fact("identity", "text", unknown="the bindings of its cluster were not collected completely")
def identity_given_to_nobody(estate: Estate) -> list[str | None]:
    """Roles that whoever shows no credentials holds on Kubernetes, other than those that every cluster gives."""
    return [
        _beyond_defaults(estate, one.id) if one.provider == PROVIDER and one.name in EVERYBODY else ""
        for one in estate.identities
    ]


def comes_with_cluster(one: Identity) -> bool:
    """Say whether it is nobody's own on Kubernetes; no of other clouds' identities."""
    return one.provider == PROVIDER and (one.kind != _ACCOUNT or _is_default(one) or _space(one.id) in _SYSTEM)


def _space(id_: str) -> str:
    return kube_ids.namespace_of(id_) if kube_ids.is_kubernetes(id_) else ""


def _is_default(one: Identity) -> bool:
    return one.provider == PROVIDER and dict(one.attributes).get("default") == "true"


def _word(one: Workload, name: str) -> bool | None:
    return {"true": True, "false": False}.get(dict(one.attributes).get(name, ""))


def _held(estate: Estate, id_: str) -> list[str]:
    return [_given(estate, row) for row in _bindings(estate, id_)]


def _bindings(estate: Estate, id_: str) -> Sequence[Binding]:
    return estate.inventory.bindings_of.get(id_, ()) if kube_ids.is_kubernetes(id_) else ()


def _given(estate: Estate, row: Binding) -> str:
    policy = estate.inventory.policies[row.policy_id]
    space = _space(row.scope_id)
    return f"{policy.name} in {f'namespace {space}' if space else 'the whole cluster'}"


def given_by(estate: Estate, row: Binding) -> str:
    """Say who holds which role of Kubernetes where, and by which binding."""
    who, binding = kube_ids.take_apart(row.principal_id), kube_ids.take_apart(row.id)
    name = f"{who.namespace}/{who.name}" if who.namespace else who.name
    sort = "role binding" if binding.namespace else "cluster role binding"
    return f"{name} holds {_given(estate, row)}, by {sort} {binding.name.rpartition('#')[0]}"


def _missing_roles(estate: Estate, one: Identity) -> str | None:
    policies = estate.inventory.policies
    rows = _bindings(estate, one.id)
    gone = [_given(estate, row) for row in rows if is_missing(policies[row.policy_id])]
    return ", ".join(gone) if gone or all(policies[row.policy_id].complete for row in rows) else None


def is_missing(policy: Policy) -> bool:
    """A role that only a binding names: nobody can tell when it was made, and it has no rules."""
    return policy.complete and policy.created_at is None and not policy.statements


def _of_cluster(estate: Estate, ask: Callable[[Summary], T]) -> list[T | None]:
    answers = estate.of_summary(lambda summary: _asked(summary, ask))
    return [
        answer if one.provider == PROVIDER else None for one, answer in zip(estate.identities, answers, strict=True)
    ]


def _asked(summary: Summary, ask: Callable[[Summary], T]) -> T | None:
    found = ask(summary) if kube_ids.is_kubernetes(summary.identity_id) else None
    return found if found or summary.complete else None


def _opens(estate: Estate, one: Workload) -> bool | None:
    """Say whether any of its accounts holds something of its own; None where bindings were not all collected."""
    identities = estate.inventory.identities
    accounts = [identities[id_] for id_ in one.runs_as if id_ in identities]
    if any(_holds(estate, account) for account in accounts):
        return True
    cluster_id = kube_ids.cluster_of(one.id)
    kinds = ("k8s-rolebindings", "k8s-clusterrolebindings")
    whole = all(estate.covered(cluster_id, kind) is True for kind in kinds)
    return False if accounts and whole else None


def _holds(estate: Estate, account: Identity) -> bool:
    """Say whether an account holds anything in its cluster; for other clouds tokens of their own are mounted."""
    group = kube_ids.group(kube_ids.cluster_of(account.id), f"system:serviceaccounts:{_space(account.id)}")
    everyone = kube_ids.group(kube_ids.cluster_of(account.id), "system:serviceaccounts")
    return bool(_bindings(estate, account.id) or _bindings(estate, group) or bindings_beyond_defaults(estate, everyone))


def _beyond_defaults(estate: Estate, id_: str) -> str | None:
    given = [_given(estate, row) for row in bindings_beyond_defaults(estate, id_)]
    cluster_id = kube_ids.cluster_of(id_)
    kinds = ("k8s-rolebindings", "k8s-clusterrolebindings")
    whole = all(estate.covered(cluster_id, kind) is True for kind in kinds)
    return ", ".join(given) if given or whole else None


def bindings_beyond_defaults(estate: Estate, id_: str) -> Iterable[Binding]:
    """Return what is bound to somebody and is no role of every cluster's: those give discovery, and no more."""
    policies = estate.inventory.policies
    rows = ((row, policies[row.policy_id].name) for row in _bindings(estate, id_))
    return [row for row, name in rows if name not in _DISCOVERY and not name.startswith(_KUBEADM)]
