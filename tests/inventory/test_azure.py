"""What is joined of Azure's records: roles that nobody recorded, deny assignments."""

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.policy import Binding, Guardrail
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope


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


@pytest.mark.parametrize(("tenants", "covered"), [(1, True), (2, None)])
def test_a_tenant_answers_for_subscriptions_that_nothing_places(tenants: int, covered: bool | None) -> None:
    records = Records(
        scopes=[
            Scope(id="/subscriptions/s", provider="azure", kind="subscription", name="s"),
            *(
                Scope(id=f"/tenants/{n}", provider="azure", kind="tenant", name="t", parent_id="")
                for n in range(tenants)
            ),
        ],
        coverage=[
            Coverage(provider="azure", scope_id="/tenants/0", record_kind="x", status=CoverageStatus.COMPLETE),
        ],
    )
    assert build([records]).covered("/subscriptions/s", "x") is covered


@pytest.mark.parametrize(
    ("people", "left", "gone"),
    [
        (None, None, None),
        (None, False, False),
        (None, True, True),
        (frozenset({"Ann@x"}), None, False),
        (frozenset({"Ann@x"}), True, True),
        (frozenset({"bob@x"}), False, True),
    ],
)
def test_whether_an_owner_of_the_directory_is_gone(
    people: frozenset[str] | None, left: bool | None, gone: bool | None
) -> None:
    owner = OwnerRules(people=people).named("ann@x", "entra:owner", left=left)
    assert (owner.name, owner.source, owner.gone) == ("ann@x", "entra:owner", gone)
