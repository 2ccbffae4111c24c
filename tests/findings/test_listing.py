"""What must have been collected before something of Google Cloud is called gone, by a sweep or project by project."""

import pytest

from nhi_scan.findings.listing import listing_kinds
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import SubjectKind
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ORGANIZATION, PROJECT = "organizations/1", "projects/shop"
ACCOUNT = "serviceAccount:ci@shop.iam.gserviceaccount.com"
SWEEP = (
    "asset-iam-service-account",
    "asset-iam-service-account-key",
    "asset-iam-role",
    "asset-iam-policies",
    "asset-apikeys-key",
    "asset-run-service",
    "asset-cloudfunctions-function",
    "asset-cloudresourcemanager-project",
    "storage-hmac-keys",
)
ALONE = (
    "iam-service-accounts",
    "iam-service-account-keys",
    "iam-service-account-policies",
    "iam-custom-roles",
    "crm-iam-policies",
    "crm-projects",
    "storage-bucket-policies",
    "apikeys-keys",
    "run-services",
    "functions-functions",
    "storage-hmac-keys",
)


def inventory(scope_id: str, kinds: tuple[str, ...]) -> Inventory:
    covered = [
        Coverage(provider="gcp", scope_id=scope_id, record_kind=kind, status=CoverageStatus.COMPLETE) for kind in kinds
    ]
    scopes = [
        Scope(id=ORGANIZATION, provider="gcp", kind="organization", name="o", parent_id=""),
        Scope(id=PROJECT, provider="gcp", kind="project", name="p", parent_id=ORGANIZATION),
    ]
    return build([Records(scopes=scopes, coverage=covered)])


@pytest.mark.parametrize(
    ("subject", "subject_id", "swept", "alone"),
    [
        (
            "identity",
            ACCOUNT,
            ("asset-iam-service-account", "asset-iam-policies"),
            ("iam-service-accounts", "crm-iam-policies", "iam-service-account-policies", "storage-bucket-policies"),
        ),
        (
            "identity",
            "principalSet://iam.googleapis.com/x",
            ("asset-iam-policies",),
            ("crm-iam-policies", "iam-service-account-policies", "storage-bucket-policies"),
        ),
        (
            "credential",
            f"{PROJECT}/serviceAccounts/ci@shop/keys/1",
            ("asset-iam-service-account-key",),
            ("iam-service-account-keys",),
        ),
        ("credential", f"{PROJECT}/locations/global/keys/1", ("asset-apikeys-key",), ("apikeys-keys",)),
        ("credential", f"{PROJECT}/hmacKeys/G1", ("storage-hmac-keys",), ("storage-hmac-keys",)),
        ("policy", f"{PROJECT}/roles/x", ("asset-iam-role",), ("iam-custom-roles",)),
        ("scope", PROJECT, ("asset-cloudresourcemanager-project",), ("crm-projects",)),
        ("workload", f"//run.googleapis.com/{PROJECT}/services/a", ("asset-run-service",), ("run-services",)),
        (
            "workload",
            f"//cloudfunctions.googleapis.com/{PROJECT}/functions/a",
            ("asset-cloudfunctions-function",),
            ("functions-functions",),
        ),
    ],
)
def test_a_subject_is_gone_where_what_lists_it_was_complete(
    subject: SubjectKind, subject_id: str, swept: tuple[str, ...], alone: tuple[str, ...]
) -> None:
    by_sweep, by_project = inventory(ORGANIZATION, SWEEP), inventory(PROJECT, ALONE)

    assert listing_kinds(subject, subject_id, by_sweep, PROJECT) == swept
    assert listing_kinds(subject, subject_id, by_project, PROJECT) == alone
    assert all(by_sweep.covered(PROJECT, kind) for kind in swept)
    assert all(by_project.covered(PROJECT, kind) for kind in alone)


@pytest.mark.parametrize(
    ("subject", "subject_id"),
    [
        ("identity", ACCOUNT),
        ("identity", "user:ada@example.com"),
        ("resource", "group:ops@example.com"),
        ("resource", "//storage.googleapis.com/b"),
        ("trust", f"{ACCOUNT}#roles/x#user:a@b"),
        ("policy", "policies/x/denypolicies/y"),
    ],
)
def test_nothing_is_gone_where_nobody_looked(subject: SubjectKind, subject_id: str) -> None:
    blind = inventory(PROJECT, ())

    kinds = listing_kinds(subject, subject_id, blind, PROJECT)
    assert kinds
    assert not any(blind.covered(PROJECT, kind) for kind in kinds)
