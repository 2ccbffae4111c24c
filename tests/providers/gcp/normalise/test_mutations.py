"""Answers that are odd anywhere: a record may be lost, and then coverage says so, but nothing stops."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind
from nhi_scan.providers.gcp.normalise import normalise
from tests.providers.oddities import ODD, changed
from tests.providers.snapshots import read_uncovered

CRM = "//cloudresourcemanager.googleapis.com/"
IAM = "//iam.googleapis.com/"
LINE = ["projects/100", "folders/10", "organizations/1"]
EMAIL = "app@my-app.iam.gserviceaccount.com"
ACCOUNT = f"projects/my-app/serviceAccounts/{EMAIL}"
POOL = "projects/100/locations/global/workloadIdentityPools/ci"
BOUNDARY = "organizations/1/locations/global/principalAccessBoundaryPolicies/b"


def asset(name: str, data: Any) -> dict[str, Any]:
    return {"name": name, "ancestors": LINE, "resource": {"data": data, "location": "eu"}}


def of(fields: dict[str, Any], record: Any) -> dict[str, Any]:
    return {"of": fields, "record": record}


def binding(member: str, **more: Any) -> dict[str, Any]:
    return {"role": "roles/iam.workloadIdentityUser", "members": [member], **more}


ESTATE: dict[str, list[Any]] = {
    **{asset_kind(one): [asset(f"//x.googleapis.com/projects/100/{one}/a", {"name": "a"})] for one in ASSET_TYPES},
    "asset-cloudresourcemanager-project": [
        asset(f"{CRM}projects/100", {"projectId": "my-app", "projectNumber": "100", "labels": {"owner": "ann"}})
    ],
    "asset-cloudresourcemanager-folder": [asset(f"{CRM}folders/10", {"name": "folders/10"})],
    "asset-cloudresourcemanager-organization": [asset(f"{CRM}organizations/1", {"name": "organizations/1"})],
    "asset-cloudresourcemanager-tag-key": [
        asset(f"{CRM}tagKeys/5", {"name": "tagKeys/5", "shortName": "e", "namespacedName": "1/e"})
    ],
    "asset-cloudresourcemanager-tag-value": [
        asset(
            f"{CRM}tagValues/6",
            {"name": "tagValues/6", "shortName": "p", "namespacedName": "1/e/p", "parent": "tagKeys/5"},
        )
    ],
    "asset-cloudresourcemanager-tag-binding": [
        asset(f"{CRM}tagBindings/6", {"parent": f"{CRM}projects/100", "tagValue": "tagValues/6"})
    ],
    "asset-iam-service-account": [
        asset(f"{IAM}projects/my-app/serviceAccounts/7", {"email": EMAIL, "uniqueId": "7", "projectId": "my-app"})
    ],
    "asset-iam-service-account-key": [
        asset(
            f"{IAM}projects/my-app/serviceAccounts/7/keys/k",
            {"keyType": "USER_MANAGED", "validBeforeTime": "9999-12-31T23:59:59Z", "extendedStatus": [{"key": "x"}]},
        )
    ],
    "asset-iam-role": [
        asset(f"{IAM}projects/my-app/roles/r", {"name": "projects/my-app/roles/r", "includedPermissions": ["a.b.c"]})
    ],
    "asset-apikeys-key": [
        asset(
            "//apikeys.googleapis.com/x",
            {
                "name": "projects/100/locations/global/keys/u",
                "restrictions": {
                    "apiTargets": [{"service": "a"}],
                    "browserKeyRestrictions": {"allowedReferrers": ["x"]},
                },
            },
        )
    ],
    "asset-iam-workload-identity-pool": [asset(f"{IAM}{POOL}", {"name": POOL, "state": "ACTIVE"})],
    "asset-iam-workload-identity-pool-provider": [asset(f"{IAM}{POOL}/providers/q", {"aws": {"accountId": "1"}})],
    "asset-compute-project": [
        asset("//compute.googleapis.com/projects/my-app", {"commonInstanceMetadata": {"items": [{"key": "a"}]}})
    ],
    "asset-orgpolicy-policy": [
        asset(
            "//orgpolicy.googleapis.com/x",
            {"name": "projects/100/policies/iam.x", "spec": {"rules": [{"enforce": True}]}},
        )
    ],
    "asset-iam-policies": [
        {
            "resource": f"{IAM}projects/my-app/serviceAccounts/7",
            "assetType": "iam.googleapis.com/ServiceAccount",
            "project": "projects/100",
            "folders": ["folders/10"],
            "organization": "organizations/1",
            "policy": {
                "version": 3,
                "bindings": [
                    binding(f"principal://iam.googleapis.com/{POOL}/subject/s"),
                    binding("user:ann@x.y", condition={"title": "t", "expression": "true"}),
                ],
            },
        }
    ],
    "crm-projects": [{"name": "projects/200", "projectId": "other", "parent": "folders/10", "labels": {"a": "b"}}],
    "crm-iam-policies": [of({"resource": "projects/other"}, {"bindings": [binding("group:g@x.y")]})],
    "iam-service-accounts": [{"name": "projects/other/serviceAccounts/o@other", "email": "o@other", "uniqueId": "8"}],
    "iam-service-account-keys": [{"name": f"{ACCOUNT}/keys/l", "keyType": "USER_MANAGED"}],
    "iam-service-account-policies": [of({"name": ACCOUNT}, {"bindings": [binding("allUsers")]})],
    "storage-buckets": [{"name": "bucket", "iamConfiguration": {"publicAccessPrevention": "enforced"}}],
    "secretmanager-secrets": [{"name": "projects/200/secrets/s"}],
    "secretmanager-secret-policies": [of({"name": "projects/200/secrets/s"}, {"bindings": [binding("user:a@x.y")]})],
    "run-service-policies": [
        of({"name": "projects/other/locations/l/services/s"}, {"bindings": [binding("allUsers")]})
    ],
    "functions-function-policies": [of({"name": "projects/other/locations/l/functions/f"}, {"bindings": []})],
    "appengine-versions": [{"name": "apps/other/services/s/versions/v"}],
    "storage-bucket-policies": [of({"name": "bucket"}, {"bindings": [binding("domain:x.y")]})],
    "iam-custom-roles": [{"name": "organizations/1/roles/r", "includedPermissions": ["a.b.c"]}],
    "iam-predefined-roles": [
        {"name": "roles/iam.workloadIdentityUser", "includedPermissions": ["iam.serviceAccounts.getAccessToken"]}
    ],
    "iam-deny-policies": [
        {
            "name": "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F100/denypolicies/d",
            "rules": [{"denyRule": {"deniedPermissions": ["a/b.c"], "denialCondition": {"expression": "true"}}}],
        }
    ],
    "iam-pab-policies": [{"name": BOUNDARY, "details": {"rules": [{"resources": [f"{CRM}projects/100"]}]}}],
    "iam-pab-bindings": [{"policy": BOUNDARY, "target": {"principalSet": f"{CRM}organizations/1"}, "condition": {}}],
    "iam-workload-identity-pools": [{"name": POOL, "state": "ACTIVE"}],
    "iam-workload-identity-pool-providers": [
        {
            "name": f"{POOL}/providers/p",
            "oidc": {"issuerUri": "https://x", "allowedAudiences": ["a"]},
            "attributeMapping": {"a": "b"},
        }
    ],
    "policyanalyzer-service-account-activities": [
        {"fullResourceName": f"{IAM}{ACCOUNT}", "activity": {"lastAuthenticatedTime": "2026-05-01T07:00:00Z"}}
    ],
    "policyanalyzer-key-activities": [{"fullResourceName": f"{IAM}{ACCOUNT}/keys/k", "activity": {}}],
    "recommender-iam-recommendations": [
        {
            "name": "r",
            "content": {"overview": {"member": "user:ann@x.y", "removedRole": "roles/x", "addedRoles": ["roles/y"]}},
        }
    ],
    "recommender-service-account-insights": [
        {"name": "i", "content": {"email": EMAIL}, "observationPeriod": "7776000s", "stateInfo": {"state": "ACTIVE"}}
    ],
    "storage-hmac-keys": [{"accessId": "G", "serviceAccountEmail": EMAIL, "projectId": "my-app", "state": "ACTIVE"}],
    "cloudidentity-groups": [of({"email": "g@x.y"}, {"name": "groups/g"})],
    "cloudidentity-memberships": [
        of(
            {"group": "groups/g"},
            {"name": "groups/g/memberships/m", "preferredMemberKey": {"id": "b@x.y"}, "type": "USER"},
        )
    ],
    "container-clusters": [
        {"selfLink": "https://c/v1/projects/other/locations/l/clusters/c", "nodePools": [{"name": "p", "config": {}}]}
    ],
    "run-services": [
        {"name": "projects/other/locations/l/services/s", "template": {"containers": [{"env": [{"name": "A"}]}]}}
    ],
}
UNREAD = {
    "asset-appengine-service",
    "asset-serviceusage-service",
}

ODD_HERE = (*ODD, "projects/", "serviceAccount:", "deleted:", "principalSet://", "allUsers", "roles/x_withcond_")


def read(folder: Path, records: dict[str, list[Any]]) -> Inventory:
    return read_uncovered(folder, "gcp", "organizations-1", records, normalise)


def test_the_estate_itself_is_read_whole(tmp_path: Path) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE)
    assert [row for row in inventory.coverage if row.status is CoverageStatus.PARTIAL] == []
    assert all((inventory.scopes, inventory.identities, inventory.groups, inventory.credentials, inventory.workloads))
    assert all((inventory.resources, inventory.policies, inventory.bindings, inventory.guardrails, inventory.trusts))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_odd_values_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ESTATE)))
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: changed(data, ESTATE[kind], ODD_HERE)})
    assert "organizations/1" in inventory.scopes
    told = [row for row in inventory.coverage if row.record_kind != "workspace-domain-wide-delegation"]
    assert {row.status for row in told} <= {CoverageStatus.PARTIAL}


@pytest.mark.parametrize("kind", sorted(ESTATE.keys() - UNREAD))
@pytest.mark.parametrize("odd", [None, [{}]])
def test_a_record_that_is_no_object_is_not_lost_in_silence(tmp_path: Path, kind: str, odd: Any) -> None:
    whole = ESTATE[kind][0]
    lost = {**whole, "record": odd} if set(whole) == {"of", "record"} else odd
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: [lost]})
    assert kind in {row.record_kind for row in inventory.coverage if row.status is CoverageStatus.PARTIAL}


@pytest.mark.parametrize("kind", sorted(ESTATE.keys() - UNREAD - {"asset-appengine-application"}))
def test_an_empty_record_is_not_lost_in_silence(tmp_path: Path, kind: str) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: [{}]})
    assert kind in {row.record_kind for row in inventory.coverage if row.status is CoverageStatus.PARTIAL}


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    doubled = {kind: [*records, *({**one, "extra": 1} for one in records)] for kind, records in ESTATE.items()}
    before = read(tmp_path / "before", doubled)
    for records in doubled.values():
        random.Random(7).shuffle(records)  # noqa: S311 - no secret
    assert read(tmp_path / "after", doubled) == before
