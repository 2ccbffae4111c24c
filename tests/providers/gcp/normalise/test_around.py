"""Groups, pools, tags, organization policies, resources."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records

Read = Callable[..., Records]
Asset = Callable[..., dict[str, Any]]

CRM = "//cloudresourcemanager.googleapis.com/"
POOL = "projects/100/locations/global/workloadIdentityPools/ci"


@pytest.fixture
def project(asset: Asset) -> dict[str, list[Any]]:
    return {
        "asset-cloudresourcemanager-project": [
            asset(f"{CRM}projects/100", {"projectId": "my-app", "projectNumber": "100"})
        ]
    }


def lookup(native: str, email: str) -> dict[str, Any]:
    return {"of": {"email": email}, "record": {"name": f"groups/{native}"}}


def membership(native: str, email: str, kind: str, **more: Any) -> dict[str, Any]:
    record = {"name": f"groups/{native}/memberships/{email}", "preferredMemberKey": {"id": email}, "type": kind}
    return {"of": {"group": f"groups/{native}"}, "record": {**record, **more}}


def test_groups_in_groups_in_a_ring(read: Read) -> None:
    records = read(
        {
            "cloudidentity-groups": [lookup("a", "a@x.y"), lookup("b", "b@x.y")],
            "cloudidentity-memberships": [
                membership("a", "b@x.y", "GROUP"),
                membership("b", "a@x.y", "GROUP"),
                membership("b", "ann@x.y", "USER"),
                membership("b", "s@p.iam.gserviceaccount.com", "OTHER"),
                membership("b", "far@z.y", "GROUP"),
            ],
        }
    )
    assert {one.id: (one.member_ids, one.complete) for one in records.groups} == {
        "group:a@x.y": (("group:b@x.y",), True),
        "group:b@x.y": (
            ("group:a@x.y", "group:far@z.y", "serviceAccount:s@p.iam.gserviceaccount.com", "user:ann@x.y"),
            True,
        ),
        "group:far@z.y": ((), False),
    }
    assert {one.id for one in records.identities} == {"user:ann@x.y", "serviceAccount:s@p.iam.gserviceaccount.com"}


@pytest.mark.parametrize(
    ("member", "missing"),
    [
        ({"preferredMemberKey": {"id": "C012345"}}, {}),
        ({}, {"cloudidentity-memberships": CoverageStatus.PARTIAL}),
    ],
)
def test_groups_that_are_not_wholly_known(read: Read, member: Any, missing: Any) -> None:
    records = read(
        {
            "cloudidentity-groups": [lookup("a", "a@x.y")],
            "cloudidentity-memberships": [membership("a", "ann@x.y", "USER", **member)],
        },
        missing=missing,
    )
    assert [one.complete for one in records.groups] == [False]


def test_pools_and_providers(read: Read, project: dict[str, list[Any]]) -> None:
    account = "//iam.googleapis.com/projects/my-app/serviceAccounts/app@my-app.iam.gserviceaccount.com"
    member = f"principalSet://iam.googleapis.com/{POOL}/attribute.repository/acme/web"
    records = read(
        {
            **project,
            "iam-workload-identity-pools": [{"name": POOL, "displayName": "CI", "state": "ACTIVE"}],
            "iam-workload-identity-pool-providers": [
                {
                    "name": f"{POOL}/providers/gh",
                    "attributeMapping": {"google.subject": "assertion.sub"},
                    "attributeCondition": "assertion.repository_owner == 'acme'",
                    "oidc": {
                        "issuerUri": "https://token.actions.githubusercontent.com",
                        "allowedAudiences": ["b", "a"],
                    },
                },
                {"name": f"{POOL}/providers/aws", "aws": {"accountId": "111122223333"}, "disabled": True},
                {"name": "nothing"},
            ],
            "asset-iam-policies": [
                {
                    "resource": account,
                    "policy": {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]},
                }
            ],
        }
    )
    found = {one.id: one for one in records.resources if "Pools" in one.id}
    pool = "//iam.googleapis.com/projects/my-app/locations/global/workloadIdentityPools/ci"
    assert list(found) == [pool, f"{pool}/providers/gh", f"{pool}/providers/aws"]
    assert (found[pool].kind, found[pool].name, found[pool].scope_id) == (
        "workload_identity_pool",
        "CI",
        "projects/my-app",
    )
    assert found[pool].used_by == ("serviceAccount:app@my-app.iam.gserviceaccount.com",)
    assert dict(found[f"{pool}/providers/gh"].attributes) == {
        "audiences": "a b",
        "condition": "assertion.repository_owner == 'acme'",
        "disabled": "false",
        "issuer": "https://token.actions.githubusercontent.com",
        "kind": "oidc",
        "mapping": '{"google.subject":"assertion.sub"}',
        "pool": pool,
    }
    assert dict(found[f"{pool}/providers/aws"].attributes)["issuer"] == "111122223333"
    (trust,) = records.trusts
    assert (trust.mechanism, trust.subject_kind) == ("federate", "federated")
    assert trust.claim_patterns == (("attribute.repository", ("acme/web",)),)
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "pools or providers without a name: 1"
    ]


def tag(asset: Asset, name: str, **data: Any) -> dict[str, Any]:
    return asset(f"{CRM}{name}", {"name": name, **data}, project="")


def test_tags(read: Read, asset: Asset, project: dict[str, list[Any]]) -> None:
    kinds = {
        **project,
        "asset-cloudresourcemanager-tag-key": [tag(asset, "tagKeys/5", shortName="env", namespacedName="1/env")],
        "asset-cloudresourcemanager-tag-value": [
            tag(asset, "tagValues/6", shortName="prod", namespacedName="1/env/prod", parent="tagKeys/5")
        ],
        "asset-cloudresourcemanager-tag-binding": [
            tag(asset, "tagBindings/a", parent=f"{CRM}projects/100", tagValue="tagValues/6"),
            tag(asset, "tagBindings/b", parent=f"{CRM}folders/10", tagValue="tagValues/7"),
            tag(
                asset,
                "tagBindings/c",
                parent="//storage.googleapis.com/b",
                tagValue="tagValues/8",
                tagValueNamespacedName="1/tier/gold",
            ),
        ],
        "asset-storage-bucket": [asset("//storage.googleapis.com/b", {"name": "b"})],
    }
    records = read(kinds)
    assert {one.id: one.policy_tags for one in records.scopes} == {
        "folders/10": None,  # there is one of which nothing tells what it is called
        "organizations/1": (),
        "projects/my-app": (("1/env", "prod"), ("tagKeys/5", "tagValues/6")),
    }
    assert [one.policy_tags for one in records.resources] == [(("1/tier", "gold"),)]


def test_tags_that_nobody_could_look_at(read: Read, project: dict[str, list[Any]]) -> None:
    assert {one.policy_tags for one in read(project).scopes} == {None}


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"rules": [{"enforce": True}]}, "enforced"),
        ({"rules": [{"enforce": False}]}, "not_enforced"),
        ({"rules": [{}]}, "not_enforced"),
        ({"rules": [{"denyAll": True}]}, "enforced"),
        ({"rules": [{"allowAll": True}]}, "not_enforced"),
        ({"rules": [{"values": {"allowedValues": ["C0"]}}]}, "custom"),
        ({"rules": [{"enforce": True, "condition": {"expression": "x"}}, {"enforce": False}]}, "custom"),
        ({"reset": True}, "not_enforced"),
        ({"inheritFromParent": True}, ""),
        (7, ""),
    ],
)
@pytest.mark.parametrize("form", ["asset-orgpolicy-policy", "orgpolicy-policies"])
def test_organization_policies(
    read: Read, asset: Asset, project: dict[str, list[Any]], spec: Any, word: str, form: str
) -> None:
    name = "projects/100/policies/iam.disableServiceAccountKeyCreation"
    data = {"name": name, "spec": spec}
    record = asset(f"//orgpolicy.googleapis.com/{name}", data) if form.startswith("asset") else data
    found = {one.id: one.constraints for one in read({**project, form: [record]}).scopes}
    expected = (("iam.disableServiceAccountKeyCreation", word),) if word else ()
    assert found == {"folders/10": (), "organizations/1": (), "projects/my-app": expected}


def test_organization_policies_that_nobody_could_look_at(read: Read, project: dict[str, list[Any]]) -> None:
    assert {one.constraints for one in read(project).scopes} == {None}


def test_resources(read: Read, asset: Asset, project: dict[str, list[Any]]) -> None:
    records = read(
        {
            **project,
            "asset-storage-bucket": [
                asset(
                    "//storage.googleapis.com/b",
                    {
                        "timeCreated": "2024-01-01T00:00:00Z",
                        "location": "EU",
                        "labels": {"a": "b"},
                        "iamConfiguration": {
                            "publicAccessPrevention": "enforced",
                            "uniformBucketLevelAccess": {"enabled": True},
                        },
                    },
                )
            ],
            "asset-secretmanager-secret": [
                asset(
                    "//secretmanager.googleapis.com/projects/100/secrets/s",
                    {"createTime": "2024-01-01T00:00:00Z", "rotation": {"rotationPeriod": "7s"}},
                )
            ],
            "asset-cloudkms-crypto-key": [
                asset("//cloudkms.googleapis.com/projects/100/x/k", {"purpose": "ENCRYPT_DECRYPT"})
            ],
        }
    )
    found = {one.kind: one for one in records.resources}
    bucket, secret, key = found["storage_bucket"], found["secret"], found["kms_key"]
    assert (bucket.public_access_blocked, bucket.region, bucket.tags) == (True, "eu", (("a", "b"),))
    assert bucket.created_at is not None
    assert secret.id == "//secretmanager.googleapis.com/projects/my-app/secrets/s"
    assert (secret.sensitivity, secret.created_at, secret.attributes) == (
        "secret",
        None,
        (("rotation_enabled", "true"),),
    )
    assert dict(key.attributes) == {"purpose": "ENCRYPT_DECRYPT", "rotation_enabled": "false"}
    assert {one.scope_id for one in records.resources} == {"projects/my-app"}


def test_what_nobody_reads_is_said(read: Read) -> None:
    coverage = read({"asset-new-thing": [{}]}).coverage
    (row,) = [row for row in coverage if row.record_kind == "asset-new-thing" and row.status is CoverageStatus.SKIPPED]
    assert (row.record_kind, row.records, row.detail) == ("asset-new-thing", 1, "records of a kind that is not read")
