"""What is joined of Azure's records: roles that nobody recorded, deny assignments."""

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Binding, Guardrail
from nhi_scan.model.records import Records


@pytest.mark.parametrize(
    "role",
    [
        "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c",
        "directory/roledefinitions/62e90394-69f5-4237-9190-012177145e10",
        "directory/owners/application",
        "approles/00000003-0000-0000-c000-000000000000/9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        "delegated/00000003-0000-0000-c000-000000000000/Mail.Read",
    ],
)
def test_a_role_that_nobody_recorded_is_azures_and_says_nothing(role: str) -> None:
    records = Records(bindings=[Binding(id="b", principal_id="p", policy_id=role, scope_id="/subscriptions/s")])
    stub = build([records]).policies[role]
    assert (stub.provider, stub.kind, stub.complete, stub.statements) == ("azure", "role", False, ())


def test_a_deny_assignment_that_nobody_recorded() -> None:
    guardrail = Guardrail(policy_id="/subscriptions/s/x/d", scope_id="/subscriptions/s", kind="deny_assignment")
    stub = build([Records(guardrails=[guardrail])]).policies["/subscriptions/s/x/d"]
    assert (stub.provider, stub.kind, stub.complete) == ("azure", "guardrail", False)
