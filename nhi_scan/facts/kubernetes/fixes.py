"""Facts about Kubernetes that say what to type: which binding gives what, and how to look at it or take it away.

A binding has many subjects as a rule, so that it is edited; what leads to nothing is deleted.
https://kubernetes.io/docs/reference/kubectl/generated/
"""

import shlex
from collections.abc import Iterable, Sequence

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.kubernetes.accounts import PROVIDER, bindings_beyond_defaults, is_missing
from nhi_scan.facts.registry import fact
from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

# https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html,
# https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity,
# https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
_ANNOTATIONS = {
    "aws_role_arn": "eks.amazonaws.com/role-arn",
    "gcp_service_account": "iam.gke.io/gcp-service-account",
    "azure_client_id": "azure.workload.identity/client-id",
}
_ESCAPES = "k8s-container-escape"  # the technique of access/kubernetes/escalation/control.py
_SHOWN = 5  # commands in a fix
_KIND = {
    "clusterrolebindings": "clusterrolebinding",
    "rolebindings": "rolebinding",
    "clusterroles": "clusterrole",
    "roles": "role",
}


@fact("identity", "text")
def identity_cluster_user(estate: Estate) -> list[str]:
    """What the API server of its cluster calls it, as `kubectl --as` takes it; empty elsewhere than on Kubernetes."""
    return [_user(one) if one.provider == PROVIDER else "" for one in estate.identities]


@fact("identity", "text")
def identity_grip_fix(estate: Estate) -> list[str]:
    """The bindings, and roles that are nobody's but somebody's here, on which its level of privilege rests."""
    return [_of_privilege(estate, one) if one.provider == PROVIDER else "" for one in estate.identities]


@fact("identity", "text")
def identity_bound_fix(estate: Estate) -> list[str]:
    """The bindings that name it on Kubernetes, but for those that every cluster has, as commands to change them."""
    return [_edited(bindings_beyond_defaults(estate, one.id)) for one in estate.identities]


@fact("identity", "text")
def identity_missing_role_fix(estate: Estate) -> list[str]:
    """What deletes the bindings that give it a role of Kubernetes which does not exist."""
    policies = estate.inventory.policies
    return [
        _first(
            sorted(
                _command("delete", row.id)
                for row in bindings_beyond_defaults(estate, one.id)
                if is_missing(policies[row.policy_id])
            )
        )
        for one in estate.identities
    ]


@fact("identity", "text")
def identity_annotation_fix(estate: Estate) -> list[str]:
    """What takes away the annotations by which a service account asks in vain for an identity of another cloud."""
    asked = estate.access.bridges.asked_in_vain
    return [_unannotated(one, asked.get(one.id, ())) if one.provider == PROVIDER else "" for one in estate.identities]


@fact("identity", "text")
def identity_first_step_fix(estate: Estate) -> list[str]:
    """What breaks the first step of its way to more privilege on Kubernetes: a sentence, and commands below it."""
    return [_of_first_step(estate, one) if one.provider == PROVIDER else "" for one in estate.identities]


@fact("resource", "text")
def resource_bound_fix(estate: Estate) -> list[str]:
    """The bindings that name a group of Kubernetes, without those of every cluster, as commands to change them."""
    return [_edited(bindings_beyond_defaults(estate, row.id)) for row in estate.resources]


def _user(one: Identity) -> str:
    place = kube_ids.take_apart(one.id)
    return kube_ids.user_of_account(place.namespace, place.name) if one.kind == "service_account" else one.name


def _of_privilege(estate: Estate, one: Identity) -> str:
    privilege = estate.privileges.get(one.id)
    if privilege is None:
        return ""
    refs = privilege.path[0].statements if privilege.path else privilege.statements
    roles = [ref.policy_id for ref in refs if _is_changed_here(estate, ref.policy_id)]
    return _first(_commands("edit", [*(ref.binding_id for ref in refs), *roles]))


def _of_first_step(estate: Estate, one: Identity) -> str:
    commands, level = _of_privilege(estate, one), estate.privileges.get(one.id)
    if commands:
        return (
            f"Take the verb out of the role in the evidence, or bind it in the one namespace that is meant:\n{commands}"
        )
    at = kube_ids.take_apart(one.id)
    if level is None or not level.path or level.path[0].technique != _ESCAPES or not at.namespace:
        return "Take away what the first step in the evidence rests on."
    where = f"{shlex.quote(at.namespace)} --context {shlex.quote(kube_ids.cluster_name(at.cluster_id))}"
    return f"""Let it run without privileges, and without the namespaces and the folders of its node, and keep it so:
kubectl label namespace {where} pod-security.kubernetes.io/enforce=baseline --overwrite"""


def _unannotated(one: Identity, asked: Sequence[str]) -> str:
    told = dict(one.attributes)
    found = [f"{annotation}-" for name, annotation in _ANNOTATIONS.items() if told.get(name) in asked]
    at = kube_ids.take_apart(one.id)
    words = ["kubectl", "annotate", "serviceaccount", at.name, "--namespace", at.namespace]
    return shlex.join([*words, "--context", kube_ids.cluster_name(at.cluster_id), *found]) if found else ""


def _is_changed_here(estate: Estate, policy_id: str) -> bool:
    """Say whether a role is one that its owner may change: the control plane puts those of its own back."""
    policy = estate.inventory.policies.get(policy_id)
    return policy is not None and not policy.managed_by_provider


def _edited(rows: Iterable[Binding]) -> str:
    return _first(_commands("edit", sorted(row.id for row in rows)))


def _first(lines: Sequence[str]) -> str:
    more = len(lines) - _SHOWN
    return "\n".join([*lines[:_SHOWN], f"Bindings and roles besides these: {more}."] if more > 0 else lines)


def _commands(verb: str, ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text for id_ in ids if (text := _command(verb, id_))))


def _command(verb: str, id_: str) -> str:
    """Return what does something with a binding or a role; empty for an id of something else."""
    place = kube_ids.take_apart(id_)
    kind = _KIND.get(place.plural, "")
    if not kind:
        return ""
    name = place.name.rpartition("#")[0] or place.name
    where = f" --namespace {shlex.quote(place.namespace)}" if place.namespace else ""
    context = shlex.quote(kube_ids.cluster_name(place.cluster_id))
    return f"kubectl {verb} {kind} {shlex.quote(name)}{where} --context {context}"
