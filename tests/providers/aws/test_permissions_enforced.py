"""The generated policy is enough, and each permission in it is needed: tried on a server that enforces IAM.

MiniStack with AUTH=true checks signatures and evaluates identity policies as AWS does. The real collector runs under a
user who holds the generated policy and nothing else.
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.permissions import policy_documents
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.snapshot.store import SnapshotWriter

REGION = "us-east-1"
ROOT = {"AWS_ACCESS_KEY_ID": "rootkey", "AWS_SECRET_ACCESS_KEY": "rootsecret"}
pytestmark = pytest.mark.xdist_group("ministack")  # one server for all of them
Rows = dict[tuple[str, str], Coverage]


class Quiet:
    """Progress that nobody watches."""

    def start(self, account: str, total: int = 0) -> None: ...

    def advance(self, account: str, service: str, region: str = "") -> None: ...

    def done(self, account: str) -> None: ...


class Cloud:
    """A running MiniStack, a user without permissions in it, and a collection under whatever that user is given."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint = endpoint
        self._folder = folder
        self._runs = 0
        self._seed()
        iam = self.root("iam")
        iam.create_user(UserName="scanner")
        key = iam.create_access_key(UserName="scanner")["AccessKey"]
        self._keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def root(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )

    def collected(self, documents: tuple[dict[str, Any], ...]) -> Rows:
        """Collect as a user who holds these policies; how far each kind got."""
        self._runs += 1
        iam = self.root("iam")
        arns = [
            iam.create_policy(PolicyName=f"scan-{self._runs}-{number}", PolicyDocument=json.dumps(document))["Policy"][
                "Arn"
            ]
            for number, document in enumerate(documents)
        ]
        for arn in arns:
            iam.attach_user_policy(UserName="scanner", PolicyArn=arn)
        try:
            return self._collect()
        finally:
            for arn in arns:
                iam.detach_user_policy(UserName="scanner", PolicyArn=arn)
                iam.delete_policy(PolicyArn=arn)

    def _collect(self) -> Rows:
        writer = SnapshotWriter.create(self._folder / str(self._runs), datetime(2026, 1, 2, tzinfo=UTC), "test")
        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as executor:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in {
                **self._keys,
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            }.items():
                patch.setenv(name, value)
            collect(AwsSettings(regions=(REGION,), max_attempts=1, usage=True), writer, Quiet(), executor)
        rows = writer.finish().manifest.coverage
        return {(row.scope_id, row.record_kind): row for row in rows if not row.region}

    def _seed(self) -> None:
        """Make one of each, so that what is asked about each is asked."""
        iam = self.root("iam")
        trust = {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
        }
        role = iam.create_role(
            RoleName="worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust})
        )
        arn = role["Role"]["Arn"]
        bound = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=bound)
        iam.create_open_id_connect_provider(
            Url="https://token.example.com", ClientIDList=["a"], ThumbprintList=["a" * 40]
        )
        iam.create_instance_profile(InstanceProfileName="profile")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("f.py", "def handler(event, context): ...")
        functions = self.root("lambda")
        functions.create_function(
            FunctionName="function",
            Runtime="python3.12",
            Role=arn,
            Handler="f.handler",
            Code={"ZipFile": archive.getvalue()},
        )
        functions.add_permission(
            FunctionName="function", StatementId="a", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
        )
        events = self.root("events")
        events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
        events.put_targets(
            Rule="nightly", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:000000000000:queue", "RoleArn": arn}]
        )
        self.root("cognito-identity").create_identity_pool(
            IdentityPoolName="pool", AllowUnauthenticatedIdentities=False
        )
        self.root("s3").create_bucket(Bucket="bucket-of-the-test")
        self.root("kms").create_key()
        self.root("sqs").create_queue(QueueName="queue")
        self.root("sns").create_topic(Name="topic")
        self.root("secretsmanager").create_secret(Name="secret", SecretString="value")
        self.root("ecr").create_repository(repositoryName="images")
        self.root("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        containers = self.root("ecs")
        containers.create_cluster(clusterName="cluster")
        task = [{"name": "a", "image": "b", "memory": 128}]
        containers.register_task_definition(family="family", containerDefinitions=task, taskRoleArn=arn)
        containers.create_service(cluster="cluster", serviceName="service", taskDefinition="family", desiredCount=0)
        kubernetes = self.root("eks")
        kubernetes.create_cluster(name="pods", roleArn=arn, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        kubernetes.create_pod_identity_association(clusterName="pods", namespace="n", serviceAccount="a", roleArn=arn)
        kubernetes.create_access_entry(clusterName="pods", principalArn=arn)
        self.root("scheduler").create_schedule(
            Name="nightly",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": arn},
        )
        steps = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}})
        self.root("stepfunctions").create_state_machine(name="machine", definition=steps, roleArn=arn)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def health(endpoint: str, server: "subprocess.Popen[bytes]") -> dict[str, Any]:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5) as answer:  # noqa: S310 - loopback
                return dict(json.load(answer))
        except OSError:
            assert server.poll() is None, "MiniStack did not start"
            time.sleep(0.1)
    raise AssertionError("MiniStack did not answer within 30 seconds")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder, port = tmp_path_factory.mktemp("ministack"), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **ROOT,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }
    endpoint = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "ministack"], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            if health(endpoint, server).get("auth") != "enabled":
                pytest.skip("this MiniStack does not enforce IAM: 1.5 does")
            yield Cloud(endpoint, folder)
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def full(cloud: Cloud) -> Rows:
    return cloud.collected(policy_documents(usage=True, organization=True))


def below(kind: str) -> set[str]:
    """The kind, and all that is asked about its records."""
    found = {kind}
    while more := {call.kind for call in CALLS if {*call.for_each.split(), call.needs} & found} - found:
        found |= more
    return found


def asked_with(permission: str) -> set[str]:
    return {kind for call in CALLS if permission in call.permissions for kind in below(call.kind)}


def far(rows: Rows) -> dict[tuple[str, str], tuple[CoverageStatus, int]]:
    return {key: (row.status, row.records) for key, row in rows.items()}


def test_the_policy_is_enough(full: Rows) -> None:
    assert [row for row in full.values() if row.status is CoverageStatus.DENIED or row.permission] == []
    found = {kind for (_, kind), row in full.items() if row.records}
    assert len(found) > 40, "the server has too little to ask about"


def test_without_it_nothing_is_seen(cloud: Cloud) -> None:
    rows = cloud.collected(())
    assert {kind for (_, kind), row in rows.items() if row.records} == {"sts-caller-identity"}
    denied = [row for row in rows.values() if row.status is CoverageStatus.DENIED]
    assert len(denied) > 40
    assert all(row.permission for row in denied)


# Of each service that the server has, and each way in which a row may depend on another.
PERMISSIONS = [
    "batch:DescribeJobDefinitions",
    "bedrock:ListAgents",
    "cloudformation:DescribeStacks",
    "cloudtrail:DescribeTrails",
    "codebuild:ListProjects",
    "cognito-identity:DescribeIdentityPool",
    "dynamodb:DescribeTable",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTables",
    "ec2:DescribeInstances",
    "ecr:GetRepositoryPolicy",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListTaskDefinitionFamilies",
    "eks:DescribePodIdentityAssociation",
    "eks:ListAccessEntries",
    "eks:ListClusters",
    "events:ListRules",
    "events:ListTargetsByRule",
    "glue:GetJobs",
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:GetOpenIDConnectProvider",
    "iam:ListSAMLProviders",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "organizations:ListAccounts",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "rds:DescribeDBInstances",
    "s3:GetBucketPolicy",
    "s3:ListAllMyBuckets",
    "scheduler:GetSchedule",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:ListSecrets",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "ssm:DescribeParameters",
    "states:DescribeStateMachine",
    "tag:GetResources",
]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_each_permission_is_needed_for_its_kinds_and_for_nothing_else(
    cloud: Cloud, full: Rows, permission: str
) -> None:
    documents = policy_documents(usage=True, organization=True)
    for document in documents:
        for statement in document["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != permission]
    before, rows = far(full), cloud.collected(documents)
    changed = {kind for (scope, kind), outcome in far(rows).items() if before.get((scope, kind)) != outcome}
    lost = {kind for call in CALLS if permission in call.permissions for kind in [call.kind]}
    assert lost <= changed <= asked_with(permission)
    for (_, kind), row in rows.items():
        if kind in lost:
            assert row.status is CoverageStatus.DENIED
            assert row.permission == permission
