import pytest

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.enforced import blocks
from nhi_scan.access.gcp.permissions import covers, v1_name, v2_name


@pytest.mark.parametrize(
    ("v1", "v2"),
    [
        ("iam.roles.list", "iam.googleapis.com/roles.list"),
        ("resourcemanager.projects.setIamPolicy", "cloudresourcemanager.googleapis.com/projects.setIamPolicy"),
        ("storage.objects.get", "storage.googleapis.com/objects.get"),
        ("cloudsql.instances.delete", "cloudsql.googleapis.com/instances.delete"),
        ("bigquery.tables.getData", "bigquery.googleapis.com/tables.getData"),
        ("bigquery.transfers.get", "bigquerydatatransfer.googleapis.com/transfers.get"),
        ("run.services.get", "run.googleapis.com/services.get"),
    ],
)
def test_a_permission_in_both_formats(v1: str, v2: str) -> None:
    assert v2_name(v1) == v2
    assert v1_name(v2) == v1
    assert v2_name(v2) == v2
    assert v1_name(v1) == v1
    assert covers(v2, v1)
    assert covers(v2, v2)


@pytest.mark.parametrize(
    ("pattern", "permission", "answer"),
    [
        ("iam.googleapis.com/roles.*", "iam.roles.list", True),
        ("iam.googleapis.com/roles.*", "iam.serviceAccounts.list", False),
        ("iam.googleapis.com/*.list", "iam.serviceAccounts.list", True),
        ("iam.googleapis.com/*.list", "iam.serviceAccounts.get", False),
        ("iam.googleapis.com/*.*", "iam.serviceAccounts.get", True),
        ("iam.googleapis.com/*", "iam.serviceAccounts.get", True),
        ("iam.googleapis.com/*.*", "run.services.get", False),
        ("*", "iam.roles.list", False),
        ("iam.googleapis.com/role*.list", "iam.roles.list", False),
        ("iam.googleapis.com/roles.l*", "iam.roles.list", False),
        ("iam.roles.list", "iam.roles.list", False),
        ("resourcemanager.googleapis.com/projects.get", "resourcemanager.projects.get", False),
        ("IAM.googleapis.com/roles.list", "iam.roles.list", False),
        ("", "iam.roles.list", False),
        ("iam.googleapis.com/", "iam.", True),
    ],
)
def test_what_a_permission_of_a_deny_policy_covers(pattern: str, permission: str, answer: bool) -> None:
    assert covers(pattern, permission) is answer


@pytest.mark.parametrize(
    ("version", "permission", "answer"),
    [
        ("1", "accessapproval.serviceAccounts.get", True),
        ("1", "bigquery.tables.getData", False),
        ("2", "bigquery.tables.getData", True),
        ("2", "bigquery.transfers.get", True),
        ("2", "iam.roles.list", False),
        ("3", "iam.roles.list", True),
        ("4", "iam.serviceAccounts.getAccessToken", True),
        ("3", "iam.serviceAccounts.createTagBinding", False),
        ("4", "iam.serviceAccounts.createTagBinding", None),
        ("3", "run.services.get", None),
        ("99", "run.services.get", None),
        ("2", "storage.objects.get", True),
        ("2", "monitoring.alertPolicies.list", True),
        ("2", "monitoring.timeSeries.list", False),
        ("latest", "iam.roles.list", True),
        ("latest", "run.services.get", None),
        ("latest", "iam.serviceAccounts.createTagBinding", None),
        ("", "iam.roles.list", None),
        ("-1", "iam.roles.list", None),
        ("²", "iam.roles.list", None),
        ("9" * 5_000, "iam.roles.list", None),
    ],
)
def test_what_a_boundary_blocks(version: str, permission: str, answer: Truth) -> None:
    assert blocks(version, permission) is answer
