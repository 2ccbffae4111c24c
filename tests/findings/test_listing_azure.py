"""What must have been collected before something of Azure or Entra is called gone."""

import pytest

from nhi_scan.findings.listing import listing_kinds
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import SubjectKind
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.calls import arm

GUID = "5f0c1d2e-0000-4000-8000-000000000001"
TENANT, SUB = f"/tenants/{GUID}", f"/subscriptions/{GUID}"
IDENTITY = f"{SUB}/resourcegroups/rg/providers/microsoft.managedidentity/userassignedidentities/ci"
VAULT = f"{SUB}/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"
ROLE = f"/providers/microsoft.authorization/roledefinitions/{GUID}"
DENIED = f"{SUB}/providers/microsoft.authorization/denyassignments/{GUID}"
COLLECTED = {value for module in (kinds, arm) for value in vars(module).values() if isinstance(value, str)}


def inventory(rows: dict[tuple[str, str], str]) -> Inventory:
    """One with a tenant and a subscription, in which so much of each kind was collected."""
    return build(
        [
            Records(
                scopes=[
                    Scope(id=TENANT, provider="azure", kind="tenant", name="t", parent_id=""),
                    Scope(id=SUB, provider="azure", kind="subscription", name="s", parent_id=TENANT),
                ],
                coverage=[
                    Coverage(provider="azure", scope_id=scope, record_kind=kind, status=CoverageStatus(status))
                    for (scope, kind), status in rows.items()
                ],
            )
        ]
    )


NAMED_BY = {"graph-directory-role-assignments", "graph-app-role-assignments", "arg-role-assignments"}
SUBJECTS: list[tuple[SubjectKind, str, str, set[str]]] = [
    ("credential", f"{GUID}#password/{GUID}", TENANT, {"graph-applications", "graph-service-principals"}),
    ("trust", f"{GUID}#federated/main", TENANT, {"graph-applications", "graph-federated-credentials"}),
    ("trust", f"{IDENTITY}#federated/main", SUB, {"arg-resources", "arm-federated-credentials"}),
    ("trust", f"{GUID}#tenant", TENANT, {"graph-service-principals"}),
    ("policy", ROLE, TENANT, {"arg-role-definitions"}),
    ("policy", DENIED, SUB, {"arm-deny-assignments"}),
    ("policy", f"{VAULT}#accesspolicy/{GUID}", SUB, {"arg-resources"}),
    ("policy", f"directory/roledefinitions/{GUID}", TENANT, {"graph-directory-role-definitions"}),
    ("policy", "directory/owners/application", TENANT, set()),
    ("policy", f"approles/{GUID}/{GUID}", TENANT, {"graph-service-principals", "graph-app-role-assignments"}),
    ("policy", f"delegated/{GUID}/Mail.Read", TENANT, {"graph-oauth2-permission-grants"}),
    ("policy", "azure/provideroperations", TENANT, {"arm-provider-operations"}),
    ("scope", TENANT, TENANT, {"graph-organization", "arm-subscriptions"}),
    ("scope", SUB, SUB, {"arg-resource-containers", "arm-subscriptions"}),
    ("resource", GUID, TENANT, {"graph-applications", "graph-groups", *NAMED_BY}),
    ("resource", f"/administrativeunits/{GUID}", TENANT, {"graph-administrative-units"}),
    ("resource", VAULT, SUB, {"arg-resources"}),
    ("resource", f"{TENANT}#pim/x", TENANT, {"graph-directory-role-policies"}),
    ("resource", f"{SUB}#pim/x", SUB, {"arm-role-policies"}),
    ("workload", f"{SUB}/resourcegroups/rg/providers/microsoft.web/sites/shop", SUB, {"arg-resources"}),
]


@pytest.mark.parametrize(("subject", "subject_id", "scope", "needed"), SUBJECTS)
def test_a_subject_is_gone_where_what_lists_it_was_complete(
    subject: SubjectKind, subject_id: str, scope: str, needed: set[str]
) -> None:
    whole = inventory({(TENANT, kind): "complete" for kind in needed})

    assert set(listing_kinds(subject, subject_id, whole, scope)) == needed
    assert all(whole.covered(scope, kind) for kind in needed)
    assert needed <= COLLECTED


@pytest.mark.parametrize(
    ("subject", "subject_id", "alone"),
    [
        ("workload", VAULT.replace("keyvault/vaults", "web/sites"), "arm-resources"),
        ("resource", VAULT, "arm-resources"),
        ("policy", ROLE, "arm-role-definitions"),
    ],
)
def test_a_subscription_that_was_asked_by_itself_is_enough(subject: SubjectKind, subject_id: str, alone: str) -> None:
    together = {"arm-resources": "arg-resources", "arm-role-definitions": "arg-role-definitions"}[alone]
    rows = {(TENANT, together): "denied", (SUB, together): "skipped", (SUB, alone): "complete"}

    assert listing_kinds(subject, subject_id, inventory(rows), SUB) == (alone,)
    assert listing_kinds(subject, subject_id, inventory({(TENANT, together): "denied"}), SUB) == (together,)


def test_a_principal_is_gone_where_all_that_names_one_was_complete() -> None:
    named = listing_kinds("identity", GUID, inventory({}), TENANT)
    assert {"graph-service-principals", "graph-users", "graph-group-members", "arg-role-assignments"} < set(named)
    assert set(named) <= COLLECTED

    licensed = {
        (TENANT, "graph-directory-role-eligibility-instances"): "denied",
        (TENANT, "graph-agent-users"): "skipped",
    }
    assert set(listing_kinds("identity", GUID, inventory(licensed), TENANT)) - set(named) == {
        "graph-directory-role-eligibility-instances"
    }


def test_assignments_of_one_subscription_tell_nothing_of_who_is_the_tenants() -> None:
    rows = {(TENANT, "arg-role-assignments"): "skipped", (TENANT, "arm-role-assignments"): "complete"}
    assert "arg-role-assignments" in listing_kinds("identity", GUID, inventory(rows), TENANT)

    own = {(SUB, "arg-role-assignments"): "skipped", (SUB, "arm-role-assignments"): "complete"}
    assert "arm-role-assignments" in listing_kinds("identity", GUID, inventory(own), SUB)
