"""Statements, bindings and conditions in words, for the reports that are text."""

from collections.abc import Mapping
from typing import Final

from nhi_scan.inventory.build import Inventory
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


def statement_text(inventory: Inventory, ref: StatementRef) -> str:
    """Name what decides so that a person can find it.

    A statement is its sid, or its number counted from 1, and its policy. Where a policy says nothing without a binding
    (Google Cloud: a role), it is the binding: the role, the place, the member, the condition.
    """
    binding = inventory.bindings.get(ref.binding_id)
    if binding is not None:
        return f"{binding_text(inventory, binding)} ({_layer(ref)})"
    if ref.binding_id:
        return f"{ref.binding_id} ({_layer(ref)})"
    noun = "rule" if ref.layer in ("deny", "principal_access_boundary") else "statement"
    named = f"{noun} {ref.sid}" if ref.sid else f"{noun} {ref.index + 1}"
    return f"{named} of {ref.policy_id} ({_layer(ref)})"


def binding_text(inventory: Inventory, binding: Binding) -> str:
    """Say what a binding gives to whom and where: `roles/viewer on projects/p for group:a@b, if ...`."""
    group = inventory.groups.get(binding.principal_id)
    doubt = ", whose members could not all be listed" if group is not None and not group.complete else ""
    given = f"{binding.policy_id} on {binding.scope_id} for {binding.principal_id}{doubt}"
    return given if binding.condition is None else f"{given}, if {condition_text(binding.condition)}"


def condition_text(condition: Condition) -> str:
    """Write a condition in the provider's own terms: `StringEquals aws:x = [a, b]`, or the expression as it stands."""
    values = ", ".join(condition.values)
    return f"{condition.operator} {condition.key} = [{values}]" if condition.key else values


def residual_text(inventory: Inventory, open_: Residual) -> str:
    """Say which condition has to hold, or must not."""
    verb = "if" if open_.must else "unless"
    ref = open_.statement
    binding = inventory.bindings.get(ref.binding_id)
    if binding is not None and binding.condition == open_.condition:  # said once, and not again inside the brackets
        of = f"{binding.policy_id} on {binding.scope_id} for {binding.principal_id}"
    else:
        of = statement_text(inventory, ref)
    return f"{verb} {condition_text(open_.condition)} (of {of})"


def _layer(ref: StatementRef) -> str:
    return LAYERS.get(ref.layer, ref.layer)
