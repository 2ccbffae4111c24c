import pytest

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.scopes import PREFIX, scoped


@pytest.mark.parametrize(
    ("scopes", "permission", "answer"),
    [
        ("cloud-platform", "iam.serviceAccounts.setIamPolicy", True),
        ("cloud-platform.read-only", "compute.instances.list", True),
        ("cloud-platform.read-only", "compute.instances.delete", False),
        ("", "storage.objects.get", False),
        ("devstorage.read_only", "storage.objects.get", True),
        ("devstorage.read_only", "storage.objects.create", False),
        ("devstorage.read_only", "compute.instances.get", False),
        ("devstorage.read_only", "storage.buckets.getIamPolicy", False),
        ("devstorage.read_write", "storage.objects.create", True),
        ("devstorage.read_write", "storage.buckets.setIamPolicy", False),
        ("devstorage.read_write", "storage.hmacKeys.create", False),
        ("devstorage.full_control", "storage.buckets.setIamPolicy", True),
        ("devstorage.write_only", "storage.objects.create", True),
        ("devstorage.write_only", "storage.objects.get", False),
        ("compute", "compute.instances.setMetadata", True),
        ("compute", "iam.serviceAccounts.actAs", None),
        ("userinfo.email", "iam.serviceAccounts.actAs", False),
        ("cloud-platform", "iam.serviceAccounts.actAs", True),
        ("compute.readonly", "compute.instances.setMetadata", False),
        ("logging.write", "logging.logEntries.create", True),
        ("logging.write", "logging.logEntries.list", False),
        ("monitoring.write", "monitoring.timeSeries.create", True),
        ("monitoring.write", "monitoring.alertPolicies.create", False),
        ("trace.append", "cloudtrace.traces.patch", True),
        ("iam", "iam.serviceAccounts.getAccessToken", True),
        ("userinfo.email openid", "iam.serviceAccounts.getAccessToken", False),
        ("bigquery.readonly", "bigquery.tables.getData", True),
        ("bigquery.readonly", "bigquery.tables.updateData", False),
        ("cloud-platform.read-only", "iam.serviceAccounts.getAccessToken", False),
        ("sqlservice.admin", "cloudsql.instances.connect", True),
        ("cloudplatformprojects", "resourcemanager.projects.setIamPolicy", True),
        ("cloudplatformprojects", "resourcemanager.organizations.setIamPolicy", False),
        ("a-new-scope", "storage.objects.get", None),
        ("a-new-scope cloud-platform", "storage.objects.get", True),
        ("devstorage.read_only a-new-scope", "storage.objects.create", None),
        ("devstorage.read_only logging.write", "logging.logEntries.create", True),
        ("devstorage.read_only logging.write", "compute.instances.create", False),
    ],
)
def test_what_a_token_is_good_for(scopes: str, permission: str, answer: Truth) -> None:
    assert scoped(permission, scopes.split()) is answer
    assert scoped(permission, [PREFIX + scope for scope in scopes.split()]) is answer


def test_the_default_scopes_of_a_machine_change_nothing_but_logs_and_metrics() -> None:
    # https://cloud.google.com/compute/docs/access/service-accounts#default_scopes
    default = [
        "devstorage.read_only",
        "logging.write",
        "monitoring.write",
        "service.management.readonly",
        "servicecontrol",
        "trace.append",
    ]
    asked = (
        "storage.objects.get",
        "logging.logEntries.create",
        "iam.serviceAccounts.getAccessToken",
        "storage.objects.delete",
    )
    assert [scoped(one, default) for one in asked] == [True, True, False, False]
