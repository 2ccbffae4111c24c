"""Statements, bindings and conditions in words, for the reports that are text."""

from collections.abc import Mapping
from typing import Final

from nhi_scan.inventory.build import Inventory
from nhi_scan.inventory.naming import named
from nhi_scan.model.access import Layer, Residual, StatementRef
from nhi_scan.model.policy import Binding, Condition

LAYERS: Final[Mapping[Layer, str]] = {
    "scp": "service control policy",
    "rcp": "resource control policy",
    "public_access_block": "public access block",
    "allow": "allow policy",
    "deny": "deny policy",
    "principal_access_boundary": "principal access boundary",
}
# Languages with expressions of their own; in place of a key stands the version that an expression is written in.
LANGUAGES: Final = frozenset({"ABAC", "CEL", "ClaimsMatching", "Entra", "PIM"})
# What a delegated permission and an entry of a key vault's access policy that names an application wait for.
SIGNED_IN: Final[Mapping[str, str]] = {
    "Delegated": "{} is signed in",
    "KeyVault": "somebody is signed in through application {}",
}
_ROLE_BINDING: Final = "role_binding"
_OF_CLUSTER: Final = "/clusterrolebindings/"  # as ids have it: model/kube_ids.py
# What a provider calls a layer by a name of its own.
_OWN: Final[Mapping[str, Mapping[Layer, str]]] = {
    "azure": {"allow": "role_assignment", "deny": "deny_assignment"},
    "github": {"allow": "permissions"},
    "kubernetes": {"allow": _ROLE_BINDING},
}
# Whose roles are short lists of rules, so that one of them is worth naming.
_OF_RULES: Final = frozenset({"kubernetes"})


def statement_text(inventory: Inventory, ref: StatementRef) -> str:
    """Name what decides so that a person can find it.

    A statement is its sid, or its number counted from 1, and its policy. Where a policy says nothing without a binding
    (Google Cloud: a role), it is the binding: the role, the place, the member, the condition.
    """
    binding = inventory.bindings.get(ref.binding_id)
    if binding is not None:
        policy = inventory.policies.get(ref.policy_id)
        rule = f"rule {ref.index + 1} of " if policy is not None and policy.provider in _OF_RULES else ""
        return f"{rule}{binding_text(inventory, binding)} ({layer_text(inventory, ref)})"
    if ref.binding_id:
        return f"{ref.binding_id} ({layer_text(inventory, ref)})"
    noun = "rule" if ref.layer in ("deny", "principal_access_boundary") else "statement"
    which = f"{noun} {ref.sid}" if ref.sid else f"{noun} {ref.index + 1}"
    return f"{which} of {named(inventory, ref.policy_id)} ({layer_text(inventory, ref)})"


def binding_text(inventory: Inventory, binding: Binding) -> str:
    """Say what a binding gives to whom and where: `roles/viewer on projects/p for group:a@b, if ...`."""
    group = inventory.groups.get(binding.principal_id)
    doubt = ", whose members could not all be listed" if group is not None and not group.complete else ""
    given = f"{_given(inventory, binding)}{doubt}"
    given = f"{given}, once it is activated" if binding.eligible else given
    return given if binding.condition is None else f"{given}, if {condition_text(binding.condition)}"


def condition_text(condition: Condition) -> str:
    """Write a condition in the provider's own terms: `StringEquals aws:x = [a, b]`, or the expression as it stands."""
    values = ", ".join(condition.values)
    if condition.operator in SIGNED_IN:
        return SIGNED_IN[condition.operator].format(values) if values else "somebody is signed in"
    keyed = condition.key and condition.operator not in LANGUAGES
    return f"{condition.operator} {condition.key} = [{values}]" if keyed else values


def residual_text(inventory: Inventory, open_: Residual) -> str:
    """Say which condition has to hold, or must not."""
    verb = "if" if open_.must else "unless"
    ref = open_.statement
    binding = inventory.bindings.get(ref.binding_id)
    if binding is not None and binding.condition == open_.condition:  # said once, and not again inside the brackets
        of = _given(inventory, binding)
    else:
        of = statement_text(inventory, ref)
    return f"{verb} {condition_text(open_.condition)} (of {of})"


def layer_text(inventory: Inventory, ref: StatementRef) -> str:
    """Say what kind of thing decides, in the words of its cloud."""
    own = layer_of(inventory, ref)
    return LAYERS.get(ref.layer, ref.layer) if own == ref.layer else own.replace("_", " ")


def layer_of(inventory: Inventory, ref: StatementRef) -> str:
    """Return what kind of thing decides, as an identifier: the layer, or what its cloud calls that."""
    # On GitHub a key, or a job, says itself what it may do.
    policy = inventory.policies.get(ref.policy_id) or inventory.identities.get(ref.policy_id)
    own = _OWN.get(policy.provider, {}) if policy is not None else {}
    found = own.get(ref.layer, ref.layer)
    return f"cluster_{found}" if found == _ROLE_BINDING and _OF_CLUSTER in ref.binding_id else found


def _given(inventory: Inventory, binding: Binding) -> str:
    role, place = named(inventory, binding.policy_id), named(inventory, binding.scope_id)
    return f"{role} on {place} for {named(inventory, binding.principal_id)}"
