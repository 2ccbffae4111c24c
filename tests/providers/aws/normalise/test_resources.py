"""Resources, their policies, and the few facts of each that rules read."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import KeyGrant
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise import normalise

KEY = "arn:aws:kms:eu-west-1:111122223333:key/k-1"


@pytest.fixture
def records(snapshot: Callable[..., Any], recorded: Callable[[str], Any]) -> Records:
    return normalise(snapshot(recorded("resources.json")))


@pytest.fixture
def resources(records: Records) -> dict[tuple[str, str], Resource]:
    return {(resource.kind, resource.name): resource for resource in records.resources}


@pytest.mark.parametrize(
    ("kind", "name", "sensitivity", "attributes"),
    [
        (
            "s3_bucket",
            "closed",
            "data",
            {
                "block_public_acls": "true",
                "ignore_public_acls": "true",
                "block_public_policy": "true",
                "restrict_public_buckets": "true",
            },
        ),
        (
            "s3_bucket",
            "open",
            "data",
            {
                "block_public_acls": "true",
                "ignore_public_acls": "true",
                "block_public_policy": "false",
                "restrict_public_buckets": "false",
            },
        ),
        (
            "kms_key",
            "k-1",
            "key",
            {
                "key_manager": "CUSTOMER",
                "key_state": "PendingDeletion",
                "key_usage": "ENCRYPT_DECRYPT",
                "multi_region": "false",
                "origin": "AWS_KMS",
                "deletion_at": "2026-07-01T00:00:00+00:00",
            },
        ),
        ("kms_key", "k-2", "none", {"key_manager": "AWS"}),
        ("sqs_queue", "q", "data", {"encrypted": "true"}),
        ("sqs_queue", "plain", "data", {"encrypted": "false"}),
        ("sns_topic", "t", "data", {}),
        (
            "secret",
            "db",
            "secret",
            {"rotation_enabled": "true", "rotation_days": "30", "last_accessed_at": "2026-05-01T00:00:00+00:00"},
        ),
        ("secret", "old", "secret", {"rotation_enabled": "false", "deleted_at": "2026-05-01T00:00:00+00:00"}),
        ("ecr_repository", "a/b", "data", {"tag_mutability": "MUTABLE"}),
        ("dynamodb_table", "t", "data", {"deletion_protection": "false", "status": "ACTIVE"}),
        ("ssm_parameter", "/app/password", "secret", {"type": "SecureString", "tier": "Standard"}),
        ("ssm_parameter", "plain", "data", {"type": "String"}),
        (
            "oidc_provider",
            "token.actions.githubusercontent.com",
            "control",
            {"url": "token.actions.githubusercontent.com", "client_ids": "sts.amazonaws.com b"},
        ),
        ("saml_provider", "okta", "control", {"valid_until": "2126-01-01T00:00:00+00:00"}),
        ("rolesanywhere_trust_anchor", "ca", "control", {"enabled": "true", "source_type": "CERTIFICATE_BUNDLE"}),
        (
            "eks_access_entry",
            "prod/arn:aws:iam::111122223333:role/admin",
            "control",
            {
                "cluster": "prod",
                "principal_id": "arn:aws:iam::111122223333:role/admin",
                "type": "STANDARD",
                "kubernetes_groups": "ops",
                "access_policies": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy "
                "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy@a,b",
            },
        ),
    ],
)
def test_what_is_told_of_a_resource(
    resources: dict[tuple[str, str], Resource],
    kind: str,
    name: str,
    sensitivity: str,
    attributes: dict[str, str],
) -> None:
    found = resources[kind, name]
    assert found.sensitivity == sensitivity
    assert dict(found.attributes) == attributes


@pytest.mark.parametrize(
    ("kind", "name", "complete"),
    [
        ("s3_bucket", "closed", None),  # None: it has no policy
        ("s3_bucket", "open", True),
        ("kms_key", "k-1", True),
        ("kms_key", "k-2", None),
        ("sqs_queue", "q", True),
        ("sqs_queue", "plain", None),
        ("sns_topic", "t", False),  # it has one, which is no JSON
        ("secret", "db", True),
        ("secret", "old", None),
        ("ecr_repository", "a/b", True),
        ("dynamodb_table", "t", None),
    ],
)
def test_resource_policies(records: Records, resources: Any, kind: str, name: str, *, complete: bool | None) -> None:
    policies = {policy.id: policy for policy in records.policies}
    resource = resources[kind, name]
    if complete is None:
        assert resource.policy_id is None
        assert f"{resource.id}#policy" not in policies
    else:
        assert resource.policy_id == f"{resource.id}#policy"
        assert policies[resource.policy_id].complete is complete
        assert policies[resource.policy_id].kind == "resource"


def test_a_policy_that_could_not_be_fetched_is_unknown_and_not_absent(normalised: Callable[..., Records]) -> None:
    records = normalised({"s3-buckets": [{"Name": "b"}]}, missing={"s3-bucket-policies": CoverageStatus.DENIED})
    (policy,) = records.policies
    assert (policy.id, policy.complete) == ("arn:aws:s3:::b#policy", False)
    assert records.resources[0].policy_id == policy.id


@pytest.mark.parametrize(("name", "blocked"), [("closed", True), ("open", False)])
def test_public_access_is_blocked_by_the_account_or_the_bucket(resources: Any, name: str, *, blocked: bool) -> None:
    assert resources["s3_bucket", name].public_access_blocked is blocked


@pytest.mark.parametrize("denied", ["s3-public-access-blocks", "s3control-account-public-access-block"])
def test_what_one_of_the_two_does_not_tell_stays_unknown(normalised: Callable[..., Records], denied: str) -> None:
    both = {"s3-public-access-blocks", "s3control-account-public-access-block"}
    kinds: dict[str, list[Any]] = {"s3-buckets": [{"Name": "b"}], **{kind: [] for kind in sorted(both - {denied})}}
    assert normalised(kinds, missing={denied: CoverageStatus.DENIED}).resources[0].public_access_blocked is None


def test_all_four_at_the_account_are_enough(normalised: Callable[..., Records]) -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    kinds = {"s3-buckets": [{"Name": "b"}], "s3control-account-public-access-block": [dict.fromkeys(names, True)]}
    denied = {"s3-public-access-blocks": CoverageStatus.DENIED}
    assert normalised(kinds, missing=denied).resources[0].public_access_blocked is True


def test_grants_of_a_key(records: Records) -> None:
    (grant,) = records.key_grants
    assert grant.created_at is not None
    assert grant == KeyGrant(
        id=f"{KEY}#grant/g-1",
        key_id=KEY,
        grantee="arn:aws:iam::444455556666:role/r",
        operations=("Decrypt", "Encrypt"),
        constraints=(("EncryptionContextSubset", "app", "x"),),
        issuer="arn:aws:iam::111122223333:root",
        name="n",
        created_at=grant.created_at,
    )


def test_ids_and_places(resources: dict[tuple[str, str], Resource]) -> None:
    assert resources["ssm_parameter", "/app/password"].id == "arn:aws:ssm:eu-west-1:111122223333:parameter/app/password"
    assert resources["s3_bucket", "closed"].region == "eu-west-1"
    assert resources["sqs_queue", "q"].created_at is not None
    assert resources["secret", "db"].tags == (("team", "data"),)


def test_odd_records_do_no_harm(normalised: Callable[..., Records]) -> None:
    odd = [
        {},
        {"Name": 5, "ARN": {}, "Arn": [], "Tags": [5, {"Key": None}]},
        {"Policy": 5, "QueueArn": "a", "CreatedTimestamp": "²"},
    ]
    kinds = [
        "s3-buckets",
        "kms-keys",
        "sqs-queues",
        "sns-topics",
        "secretsmanager-secrets",
        "ssm-parameters",
        "kms-grants",
    ]
    records = normalised(dict.fromkeys(kinds, odd))
    assert {resource.id for resource in records.resources} == {"a"}
    assert records.policies[-1].complete is False


def test_what_has_only_a_name_gets_the_partition_of_its_region_or_account(normalised: Callable[..., Records]) -> None:
    records = normalised(
        {
            "iam-roles": [{"Arn": "arn:aws-us-gov:iam::111122223333:role/app", "RoleName": "app"}],
            "s3-buckets": [{"Name": "with-region", "BucketRegion": "cn-north-1"}, {"Name": "without"}],
            "glue-jobs": [{"region": "us-gov-west-1", "record": {"Name": "job", "Role": "gone"}}],
            "iam-ssh-public-keys": [{"SSHPublicKeyId": "APKAEXAMPLE", "UserName": "left", "Status": "Active"}],
        }
    )
    buckets = {one.id for one in records.resources if one.kind == "s3_bucket"}
    assert buckets == {"arn:aws-cn:s3:::with-region", "arn:aws-us-gov:s3:::without"}
    (job,) = records.workloads
    assert job.runs_as == ("arn:aws-us-gov:iam::111122223333:role/gone",)
    assert [one.identity_id for one in records.credentials] == ["arn:aws-us-gov:iam::111122223333:user/left"]
