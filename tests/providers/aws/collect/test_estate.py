"""The collector against moto's server: real boto3, real HTTP, several accounts and regions."""

import base64
import gzip
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.settings import parse
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.aws.collect.fake_aws import Told, rows

ACCOUNT = "123456789012"
SECRET = "canary-51ab"
ENCODED = base64.b64encode(SECRET.encode()).decode()
TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
KINDS = """
sts-caller-identity ec2-regions iam-users iam-groups iam-roles iam-policies iam-boundary-policy-summaries
iam-boundary-policies lambda-functions lambda-policies sqs-queue-urls sqs-queues ec2-launch-template-versions
ecs-task-definition-families ecs-task-definitions ecs-clusters ecs-service-arns ecs-services
ssm-parameters cloudformation-stacks s3-buckets s3-bucket-policies s3control-account-public-access-block
kms-key-ids kms-keys kms-key-policies organizations-organization organizations-policy-types organizations-roots
organizations-organizational-units organizations-accounts organizations-parents organizations-policies
organizations-policy-documents organizations-policy-targets
"""  # what moto can answer
TABLE = [call for call in CALLS if call.kind in set(KINDS.split())]


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch, credentials: None) -> Iterator[str]:
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    reset = Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urlopen(reset).close()  # noqa: S310 - moto keeps its state in this process; another test's must not be seen
    yield f"http://{host}:{port}"
    server.stop()


def run(folder: Path, told: Told | None = None, **section: Any) -> Snapshot:
    writer = SnapshotWriter.create(str(folder), datetime(2026, 11, 1, tzinfo=UTC), "0", overwrite=True)
    with ThreadPoolExecutor(4) as executor:
        collect(parse({"max_attempts": 1, **section}), writer, told or Told(), executor, TABLE)
    return writer.finish()


def values(snapshot: Snapshot, kind: str, scope: str = ACCOUNT) -> list[Any]:
    return [envelope.value() for envelope in snapshot.records("aws", scope, kind)]


def seed_account() -> None:
    iam = boto3.client("iam")
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.create_user(UserName="ann", PermissionsBoundary=boundary)
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for region in ("eu-west-1", "us-east-1"):
        boto3.client("sqs", region_name=region).create_queue(QueueName=f"queue-{region}")
        boto3.client("lambda", region_name=region).create_function(
            FunctionName=f"f-{region}", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": b"x"},
            Environment={"Variables": {"DB_PASSWORD": SECRET}},
        )  # fmt: skip
    ec2 = boto3.client("ec2")
    ec2.create_launch_template(
        LaunchTemplateName="t", LaunchTemplateData={"UserData": ENCODED, "InstanceType": "t3.nano"}
    )
    boto3.client("ecs").register_task_definition(
        family="task",
        containerDefinitions=[
            {
                "name": "c",
                "image": "i",
                "memory": 8,
                "command": [SECRET],
                "environment": [{"name": "TOKEN", "value": SECRET}],
            }
        ],
    )
    boto3.client("ssm").put_parameter(Name="p", Value=SECRET, Type="String")
    boto3.client("cloudformation").create_stack(
        StackName="s",
        TemplateBody='{"Parameters": {"P": {"Type": "String"}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},'
        ' "Outputs": {"O": {"Value": {"Ref": "P"}}}}',
        Parameters=[{"ParameterKey": "P", "ParameterValue": SECRET}],
    )
    boto3.client("kms").create_key()
    boto3.client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def test_one_account_is_collected_completely_and_without_its_secrets(moto: str, tmp_path: Path) -> None:
    seed_account()
    told = Told()
    snapshot = run(tmp_path / "s", told)
    assert {row.status for row in snapshot.manifest.coverage if row.scope_id == ACCOUNT} == {CoverageStatus.COMPLETE}
    assert {row.record_kind for row in snapshot.manifest.coverage} >= {
        call.kind for call in TABLE if call.scope != "organization"
    }
    assert [value["UserName"] for value in values(snapshot, "iam-users")] == ["ann"]
    assert [value["AssumeRolePolicyDocument"] for value in values(snapshot, "iam-roles")] == [json.loads(TRUST)]
    functions = list(snapshot.records("aws", ACCOUNT, "lambda-functions"))
    assert [(row.region, row.value()["FunctionName"]) for row in functions] == [
        ("eu-west-1", "f-eu-west-1"), ("us-east-1", "f-us-east-1"),
    ]  # fmt: skip
    assert values(snapshot, "lambda-functions")[0]["Environment"] == {"Variables": ["DB_PASSWORD"]}
    assert values(snapshot, "s3-buckets")[0]["Name"] == "bucket"
    (template,) = {
        json.dumps(value["LaunchTemplateData"]) for value in values(snapshot, "ec2-launch-template-versions")
    }
    assert template == '{"InstanceType": "t3.nano"}'
    for path in (tmp_path / "s").rglob("*.*"):
        text = path.read_bytes()
        text = gzip.decompress(text) if path.suffix == ".gz" else text
        assert SECRET.encode() not in text, path
        assert ENCODED.encode() not in text, path
    assert told.events[0][:2] == ("start", ACCOUNT)
    assert told.events[-1] == ("done", ACCOUNT)
    steps = len([event for event in told.events if event[0] == "advance"])
    assert told.events[0][2] == str(steps)


def test_an_account_in_no_organization_says_so(moto: str, tmp_path: Path) -> None:
    snapshot = run(tmp_path / "s", regions=["eu-west-1"])
    (only,) = rows(snapshot, "organizations-organization")
    assert (only.scope_id, only.status, only.records) == (ACCOUNT, CoverageStatus.COMPLETE, 0)


def test_a_region_that_was_not_asked_for_is_not_called_complete(moto: str, tmp_path: Path) -> None:
    boto3.client("sqs").create_queue(QueueName="here")
    snapshot = run(tmp_path / "s", regions=["eu-west-1"])
    (only,) = rows(snapshot, "sqs-queues")
    assert (only.status, only.records) == (CoverageStatus.PARTIAL, 1)
    assert "asked for in 1 of" in only.detail
    assert rows(snapshot, "iam-users")[0].status is CoverageStatus.COMPLETE


@pytest.fixture
def organization(moto: str) -> dict[str, str]:
    """Three accounts: the management account, one to enter, one that is suspended; a role in the second."""
    client = boto3.client("organizations")
    made = {"id": client.create_organization(FeatureSet="ALL")["Organization"]["Id"]}
    for name in ("member", "gone"):
        status = client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        made[name] = status["AccountId"]
    client.close_account(AccountId=made["gone"])
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="a")["OrganizationalUnit"]["Id"]
    client.create_organizational_unit(ParentId=unit, Name="b")
    session = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{made['member']}:role/x", RoleSessionName="test")[
        "Credentials"
    ]
    inside = boto3.client(
        "iam",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    inside.create_user(UserName="inside-the-member")
    return made


def test_a_whole_organization(organization: dict[str, str], tmp_path: Path) -> None:
    boto3.client("iam").create_user(UserName="at-the-top")
    told = Told()
    snapshot = run(
        tmp_path / "s", told, organization=True, role_name="reader", external_id="vendor-1", regions=["eu-west-1"]
    )
    assert snapshot.scopes("aws") == tuple(sorted((ACCOUNT, organization["member"], organization["id"])))
    assert [value["UserName"] for value in values(snapshot, "iam-users", organization["member"])] == [
        "inside-the-member"
    ]
    (skipped,) = [row for row in snapshot.manifest.coverage if row.scope_id == organization["gone"]]
    assert (skipped.status, skipped.detail) == (CoverageStatus.SKIPPED, "the account is suspended")
    units = list(snapshot.records("aws", organization["id"], "organizations-organizational-units"))
    assert [unit.value()["Name"] for unit in units] == ["a", "b"]
    assert units[1].of["Id"] == units[0].value()["Id"]
    assert {event[1] for event in told.events if event[0] == "done"} == set(snapshot.scopes("aws"))


def test_two_profiles_of_one_account_are_one_account(
    moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws_shared_credentials_file"
    config.write_text(
        "".join(f"[{name}]\naws_access_key_id = a\naws_secret_access_key = b\n" for name in ("one", "two"))
    )
    told = Told()
    snapshot = run(tmp_path / "s", told, profiles=["one", "two", "ghost"], regions=["eu-west-1"])
    assert snapshot.scopes("aws") == (ACCOUNT,)
    assert [event for event in told.events if event[0] == "start"] == [("start", ACCOUNT, told.events[0][2])]
    (ghost,) = [row for row in snapshot.manifest.coverage if row.scope_id == "ghost"]
    assert (ghost.status, "ProfileNotFound" in ghost.detail) == (CoverageStatus.FAILED, True)
