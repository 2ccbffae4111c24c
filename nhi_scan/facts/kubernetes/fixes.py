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
