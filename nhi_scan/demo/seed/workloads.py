"""Functions, containers, machines, builds and buckets, made through the SDK as anybody would make them."""

import json
from collections.abc import Callable, Mapping

from nhi_scan.demo.estate import Bucket, Estate, Workload
from nhi_scan.demo.seed.clients import Clients

_IMAGE = "222233334444.dkr.ecr.eu-west-1.amazonaws.com/shop:1"


def seed_workloads(estate: Estate, endpoint: str) -> None:
    """Make every workload and bucket of the estate.

    Args:
        estate: what to make; the roles have to be there already.
        endpoint: address of the server.
    """
    for account in estate.accounts.values():
        clients = Clients(account, endpoint)
        for workload in (each for each in estate.workloads if each.account == account.key):
            _MAKERS[workload.kind](clients, workload)
        for bucket in (each for each in estate.buckets if each.account == account.key):
            _bucket(clients, bucket)


def _function(clients: Clients, workload: Workload) -> None:
    clients.get("lambda", workload.region).create_function(
        FunctionName=workload.name,
        Runtime="python3.13",
        Role=clients.role(workload.role),
        Handler="main.handler",
        Code={"ImageUri": _IMAGE},
        PackageType="Image",
        Environment={"Variables": dict(workload.environment)},
        Tags=dict(workload.tags),
    )
    if workload.public:
        clients.get("lambda", workload.region).add_permission(
            FunctionName=workload.name, StatementId="anyone", Action="lambda:InvokeFunction", Principal="*"
        )


def _task(clients: Clients, workload: Workload) -> None:
    ecs = clients.get("ecs", workload.region)
    ecs.create_cluster(clusterName="shop")
    tags = [{"key": key, "value": value} for key, value in workload.tags.items()]
    environment = [{"name": name, "value": value} for name, value in workload.environment.items()]
    container = {"name": workload.name, "image": _IMAGE, "memory": 256, "essential": True, "environment": environment}
    task = ecs.register_task_definition(
        family=workload.name, taskRoleArn=clients.role(workload.role), containerDefinitions=[container], tags=tags
    )
    arn = task["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="shop", serviceName=workload.name, taskDefinition=arn, desiredCount=1)


def _instance(clients: Clients, workload: Workload) -> None:
    tags = [{"Key": key, "Value": value} for key, value in {"Name": workload.name, **workload.tags}.items()]
    clients.get("ec2", workload.region).run_instances(
        ImageId="ami-12c6146b",  # one of those that moto knows
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": workload.role},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )


def _project(clients: Clients, workload: Workload) -> None:
    variables = [{"name": name, "value": value} for name, value in workload.environment.items()]
    clients.get("codebuild", workload.region).create_project(
        name=workload.name,
        source={"type": "GITHUB", "location": "https://github.com/northwind/shop.git"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": variables,
        },
        serviceRole=clients.role(workload.role),
        tags=[{"key": key, "value": value} for key, value in workload.tags.items()],
    )


def _job(clients: Clients, workload: Workload) -> None:
    clients.get("glue", workload.region).create_job(
        Name=workload.name,
        Role=clients.role(workload.role),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://northwind-artifacts/{workload.name}.py"},
        Tags=dict(workload.tags),
    )


def _state_machine(clients: Clients, workload: Workload) -> None:
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    clients.get("stepfunctions", workload.region).create_state_machine(
        name=workload.name,
        definition=json.dumps(definition),
        roleArn=clients.role(workload.role),
        tags=[{"key": key, "value": value} for key, value in workload.tags.items()],
    )


def _bucket(clients: Clients, bucket: Bucket) -> None:
    s3 = clients.get("s3", "us-east-1")
    s3.create_bucket(Bucket=bucket.name)
    if bucket.policy:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(bucket.policy)})
        s3.put_bucket_policy(Bucket=bucket.name, Policy=document)


_MAKERS: Mapping[str, Callable[[Clients, Workload], None]] = {
    "function": _function,
    "task": _task,
    "instance": _instance,
    "project": _project,
    "job": _job,
    "state_machine": _state_machine,
}
