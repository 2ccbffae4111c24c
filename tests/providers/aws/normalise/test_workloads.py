"""What runs as what, from records in the shapes that botocore documents."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Resource, Workload
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise import normalise

APP = "arn:aws:iam::111122223333:role/svc/app"
TASK = "arn:aws:iam::111122223333:role/task"
PROFILE = "arn:aws:iam::111122223333:instance-profile/"


@pytest.fixture
def records(snapshot: Callable[..., Any], recorded: Callable[[str], Any]) -> Records:
    return normalise(snapshot(recorded("workloads.json")))


@pytest.fixture
def workloads(records: Records) -> dict[tuple[str, str], Workload]:
    return {(workload.kind, workload.name): workload for workload in records.workloads}


@pytest.fixture
def resources(records: Records) -> dict[tuple[str, str], Resource]:
    return {(resource.kind, resource.name): resource for resource in records.resources}


@pytest.mark.parametrize(
    ("kind", "name", "runs_as", "served_by", "active"),
    [
        ("lambda_function", "public", (APP,), (), True),
        ("lambda_function", "private", ("arn:aws:iam::111122223333:role/gone",), (), False),
        ("ec2_instance", "web-1", (APP,), (), True),
        ("ec2_instance", "i-2", (), (), False),
        ("ec2_launch_template", "workers", (APP,), (), None),
        ("ecs_task_definition", "web", (TASK,), (APP,), True),
        ("ecs_task_definition", "job", (), (), None),
        ("ecs_service", "web", (TASK,), (APP,), True),
        ("ecs_service", "off", (), (), False),
        ("eks_cluster", "prod", (), (TASK,), True),
        ("eks_cluster", "inner", (), (), False),
        ("eks_pod_identity", "prod/shop/cart", (TASK,), (), True),
        ("codebuild_project", "build", (APP,), (), True),
        ("glue_job", "etl", ("arn:aws:iam::111122223333:role/service-role/glue",), (), True),
        ("glue_job", "etl2", ("arn:aws:iam::111122223333:role/service-role/other",), (), True),
        ("batch_job_definition", "j", (TASK,), (APP,), True),
        ("batch_compute_environment", "c", (APP,), (TASK,), False),
        ("schedule", "s", (TASK,), (), True),
        ("cloudformation_stack", "a", (TASK,), (), True),
        ("apprunner_service", "x", (TASK,), (APP,), True),
        ("agentcore_runtime", "a", (TASK,), (), True),
        ("rolesanywhere_profile", "p", (APP, TASK), (), True),
    ],
)
def test_roles_of_workloads(
    workloads: dict[tuple[str, str], Workload],
    kind: str,
    name: str,
    runs_as: tuple[str, ...],
    served_by: tuple[str, ...],
    active: Any,
) -> None:
    found = workloads[kind, name]
    assert (found.runs_as, found.served_by, found.active) == (runs_as, served_by, active)


def test_a_stack_without_a_role_is_no_workload(workloads: dict[tuple[str, str], Workload]) -> None:
    assert ("cloudformation_stack", "b") not in workloads


def test_a_terminated_machine_is_no_workload(workloads: dict[tuple[str, str], Workload]) -> None:
    assert not any("i-3" in workload.id for workload in workloads.values())


@pytest.mark.parametrize(
    ("kind", "name", "id_"),
    [
        ("ec2_instance", "i-2", "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-2"),
        ("ec2_launch_template", "workers", "arn:aws:ec2:eu-west-1:111122223333:launch-template/lt-1"),
        ("glue_job", "etl", "arn:aws:glue:eu-west-1:111122223333:job/etl"),
    ],
)
def test_ids_that_the_api_does_not_give(
    workloads: dict[tuple[str, str], Workload], kind: str, name: str, id_: str
) -> None:
    assert workloads[kind, name].id == id_


@pytest.mark.parametrize(
    ("kind", "name", "names"),
    [
        ("lambda_function", "public", ("A", "DB_PASSWORD")),
        ("lambda_function", "url", ()),
        ("ecs_task_definition", "web", ("A", "TOKEN")),
        ("codebuild_project", "build", ("NPM_TOKEN",)),
        ("glue_job", "etl", ("--password",)),
        ("batch_job_definition", "j", ("KEY",)),
        ("apprunner_service", "x", ("API_KEY",)),
        ("agentcore_runtime", "a", ("LLM_KEY",)),
    ],
)
def test_names_of_environment_variables(
    workloads: dict[tuple[str, str], Workload],
    kind: str,
    name: str,
    names: tuple[str, ...],
) -> None:
    assert workloads[kind, name].environment_names == names


@pytest.mark.parametrize(
    ("kind", "name", "exposed"),
    [
        ("lambda_function", "public", True),
        ("lambda_function", "url", True),
        ("lambda_function", "api", None),  # whoever reaches the API
        ("lambda_function", "guarded", False),
        ("lambda_function", "private", False),  # no policy, and all policies were asked for
        ("ec2_instance", "web-1", None),
        ("eks_cluster", "prod", True),
        ("eks_cluster", "inner", False),
        ("apprunner_service", "x", True),
    ],
)
def test_exposure(workloads: dict[tuple[str, str], Workload], kind: str, name: str, *, exposed: bool | None) -> None:
    assert workloads[kind, name].exposed is exposed


def test_without_its_policy_nobody_knows_whether_a_function_is_exposed(normalised: Callable[..., Records]) -> None:
    function = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}
    denied = {"lambda-policies": CoverageStatus.DENIED}
    records = normalised({"lambda-functions": [function]}, missing=denied)
    assert records.workloads[0].exposed is None
    assert [policy.complete for policy in records.policies] == [False]  # and nobody knows what it says


def test_owners_of_workloads(workloads: dict[tuple[str, str], Workload]) -> None:
    owners = {name: w.owner.name for (_, name), w in workloads.items() if w.owner}
    assert owners == {"web-1": "web@example.com", "web": "web", "build": "build"}


def test_instance_profiles_and_what_uses_them(resources: dict[tuple[str, str], Resource]) -> None:
    app = resources["instance_profile", "app"]
    assert app.id == f"{PROFILE}svc/app"
    assert dict(app.attributes) == {"role_ids": APP}
    assert [one.split(":")[-1] for one in app.used_by] == [
        "compute-environment/c",
        "instance/i-1",
        "launch-template/lt-1",
    ]
    assert resources["instance_profile", "empty"].used_by == ()
    assert resources["instance_profile", "empty"].attributes == ()


def test_a_cluster_is_a_resource_with_an_issuer(resources: dict[tuple[str, str], Resource]) -> None:
    cluster = resources["eks_cluster", "prod"]
    assert dict(cluster.attributes) == {
        "authentication_mode": "API",
        "endpoint": "ABC.gr7.eu-west-1.eks.amazonaws.com",
        "endpoint_public": "true",
        "oidc_issuer": "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        "version": "1.33",
    }


def test_an_association_says_which_of_its_roles_the_pod_becomes(workloads: dict[tuple[str, str], Workload]) -> None:
    far = workloads["eks_pod_identity", "prod/shop/far"]
    assert far.runs_as == (TASK, "arn:aws:iam::444455556666:role/far")
    assert dict(far.attributes) == {"session_tags": "false", "target_role": "arn:aws:iam::444455556666:role/far"}
    assert workloads["eks_pod_identity", "prod/shop/cart"].attributes == ()


def test_an_agents_identity_is_an_identity(records: Records) -> None:
    (agent,) = [identity for identity in records.identities if identity.kind == "agent_identity"]
    assert (agent.name, agent.nature.value) == ("a-1", "non_human")
    assert agent.created_at is not None


def test_workloads_are_found_by_what_they_run_as(records: Records) -> None:
    inventory = build([records])
    absent = {name for name in inventory.workloads_of if name not in inventory.identities}
    assert {name.rsplit("/", 1)[-1] for name in absent} >= {"gone", "other"}
    assert {w.name for w in inventory.workloads_of[APP]} >= {"public", "web-1", "web"}


def test_odd_records_do_no_harm(normalised: Callable[..., Records]) -> None:
    odd: list[Any] = [
        {},
        {"Role": 5, "FunctionArn": ["x"]},
        {"Environment": "x", "FunctionArn": "f", "Tags": 5, "State": None},
        [],
    ]
    kinds = ["lambda-functions", "ec2-instances", "ecs-services", "ecs-task-definitions", "eks-clusters", "glue-jobs"]
    records = normalised(dict.fromkeys(kinds, odd))
    assert {workload.id for workload in records.workloads} == {"f"}
    assert {row.record_kind for row in records.coverage if row.status is CoverageStatus.PARTIAL} == set(kinds)
