"""What Google Cloud asks of the joins: roles that nobody recorded, guardrails with conditions."""

import random

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Binding, Condition, Guardrail
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

PROJECT = Scope(id="projects/p", provider="gcp", kind="project", name="p", parent_id="organizations/1")


@pytest.mark.parametrize(
    ("role", "scope_id", "managed"),
    [
        ("roles/editor", "", True),
        ("projects/p/roles/mine", "projects/p", False),
        ("organizations/1/roles/ours", "organizations/1", False),
    ],
)
def test_a_role_that_nobody_recorded(role: str, scope_id: str, managed: bool) -> None:
    binding = Binding(id="b", principal_id="allUsers", policy_id=role, scope_id="projects/p")
    found = build([Records(bindings=[binding])]).policies[role]
    assert (found.provider, found.kind, found.scope_id) == ("gcp", "role", scope_id)
    assert (found.managed_by_provider, found.complete) == (managed, False)


@pytest.mark.parametrize("policy_id", ["arn:aws:iam::aws:policy/roles/x", "x/roles/y", "roles"])
def test_what_is_no_role(policy_id: str) -> None:
    binding = Binding(id="b", principal_id="a", policy_id=policy_id, scope_id="1")
    assert build([Records(bindings=[binding])]).policies[policy_id].kind == "identity"


@pytest.mark.parametrize(
    ("kind", "policy_kind"), [("deny_policy", "guardrail"), ("principal_access_boundary", "boundary")]
)
def test_a_guardrail_that_nobody_recorded(kind: str, policy_kind: str) -> None:
    guardrail = Guardrail(policy_id="g", scope_id="projects/p", kind=kind)  # type: ignore[arg-type]
    found = build([Records(guardrails=[guardrail])]).policies["g"]
    assert (found.provider, found.kind, found.complete) == ("gcp", policy_kind, False)


def test_one_boundary_bound_twice_under_different_conditions() -> None:
    conditions = [None, Condition("CEL", "", ("a",)), Condition("CEL", "", ("b",))]
    rows = [
        Guardrail(policy_id="g", scope_id="organizations/1", kind="principal_access_boundary", condition=one)
        for one in conditions
    ]
    random.Random(3).shuffle(rows)  # noqa: S311 - no secret
    assert [one.condition for one in build([Records(guardrails=rows)]).guardrails] == conditions
