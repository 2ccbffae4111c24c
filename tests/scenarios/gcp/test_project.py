"""One project of Google Cloud by its own APIs, where the organization may not be listed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.snapshot.store import SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, tzinfo=UTC)
PROJECT = "projects/shop"
CI = "ci@shop.iam.gserviceaccount.com"
OLD = "old@shop.iam.gserviceaccount.com"
EDITOR = {"name": "roles/editor", "includedPermissions": ["resourcemanager.projects.get", "storage.objects.get"]}
KEY = {
    "name": f"projects/shop/serviceAccounts/{CI}/keys/aged",
    "keyType": "USER_MANAGED",
    "validAfterTime": "2025-01-01T00:00:00Z",
}

Row = tuple[str, dict[str, Any], Any]

RECORDS: dict[str, list[Row]] = {
    "crm-projects": [("", {}, {"name": "projects/100", "projectId": "shop", "state": "ACTIVE", "parent": "folders/1"})],
    "iam-predefined-roles": [("", {}, EDITOR)],
    "iam-custom-roles": [],
    "iam-service-accounts": [
        ("", {}, {"name": f"projects/shop/serviceAccounts/{CI}", "email": CI, "uniqueId": "1", "projectId": "shop"}),
        (
            "",
            {},
            {
                "name": f"projects/shop/serviceAccounts/{OLD}",
                "email": OLD,
                "uniqueId": "2",
                "projectId": "shop",
                "disabled": True,
            },
        ),
    ],
    "iam-service-account-keys": [("", {"email": CI}, KEY)],
    "crm-iam-policies": [
        (
            "",
            {"resource": PROJECT},
            {"bindings": [{"role": "roles/editor", "members": [f"serviceAccount:{CI}", f"serviceAccount:{OLD}"]}]},
        )
    ],
    "iam-service-account-policies": [],
}


def test_what_the_project_tells_is_judged_and_what_only_an_organization_tells_is_not(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test")
    for kind, rows in RECORDS.items():
        writer.write("gcp", "projects-shop", kind, rows)
        writer.cover(
            Coverage(provider="gcp", scope_id=PROJECT, record_kind=kind, status=CoverageStatus.COMPLETE),
        )
    assessment = app.analyse(writer.finish(), Settings(), app.shipped_rules())
    found = sorted((one.rule_id, one.subject_id.removeprefix("serviceAccount:")) for one in assessment.findings)
    assert found == [
        ("basic-role-on-service-account", CI),
        ("basic-role-on-service-account", OLD),
        ("disabled-service-account-bound", OLD),
        ("project-without-owner", PROJECT),
        ("user-managed-key-exists", CI),
        ("user-managed-key-old", f"projects/shop/serviceAccounts/{CI}/keys/aged"),
    ]
    unanswered = {row.rule_id for row in assessment.not_assessed}
    assert {"role-wider-than-needed", "unused-service-account", "user-managed-key-unused"} <= unanswered
