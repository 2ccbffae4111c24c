"""Managed services that act through roles, and tags from the list of all tags."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.facts.workloads import RUNS_AS
from nhi_scan.model.identity import Workload
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.normalise import normalise
from nhi_scan.providers.aws.normalise.service_table import SERVICES
from nhi_scan.providers.aws.normalise.workload_table import WORKLOADS

APP = "arn:aws:iam::111122223333:role/app"
NESTED = "arn:aws:iam::111122223333:role/svc/app"
HELP = "arn:aws:iam::111122223333:role/help"
DEPLOY = "arn:aws:iam::111122223333:role/deploy"
# Read by hand, because they take a join.
READ_IN_CODE = {
    "ec2-instances",
    "ec2-launch-template-versions",
    "ecs-task-definitions",
    "iam-instance-profiles",
    "lambda-functions",
}


@pytest.fixture
def records(snapshot: Callable[..., Any], recorded: Callable[[str], Any]) -> Records:
    return normalise(snapshot(recorded("services.json")))


@pytest.fixture
def workloads(records: Records) -> dict[tuple[str, str], Workload]:
    return {(workload.kind, workload.name): workload for workload in records.workloads}


@pytest.mark.parametrize(
    ("kind", "name", "runs_as", "served_by", "active"),
    [
        ("rds_cluster", "c", (APP,), (HELP,), True),
        ("rds_instance", "d", (APP,), (HELP,), False),
        ("rds_proxy", "p", (), (HELP,), True),
        ("redshift_cluster", "dw", (APP,), (), True),
        ("redshift_serverless_namespace", "n", (NESTED,), (), True),
        ("event_rule", "nightly", (), (APP, HELP), True),
        ("event_rule", "off", (), (APP,), False),
        ("event_endpoint", "e", (), (HELP,), True),
        ("config_recorder", "default", (), (HELP,), True),
        ("config_aggregator", "all", (), (HELP,), True),
        ("trail", "t", (), (HELP,), True),
        ("flow_log", "fl-1", (), (HELP,), True),
        ("backup_plan", "daily", (), (HELP,), True),
        ("launch_configuration", "l", (APP,), (), True),
        ("spot_fleet", "sfr-1", (APP,), (HELP,), True),
        ("pipeline", "ship", (APP, DEPLOY), (), True),
        ("glue_crawler", "crawl", (APP,), (), True),
        ("appsync_api", "api", (), (APP, HELP), True),
        ("bedrock_knowledge_base", "kb", (), (HELP,), True),
        ("bedrock_flow", "flow", (APP,), (), True),
    ],
)
def test_roles_of_services(
    workloads: dict[tuple[str, str], Workload],
    kind: str,
    name: str,
    runs_as: tuple[str, ...],
    served_by: tuple[str, ...],
    active: Any,
) -> None:
    found = workloads[kind, name]
    assert (found.runs_as, found.served_by, found.active) == (runs_as, served_by, active)
    assert found.id.startswith("arn:aws:")
    assert found.region == "eu-west-1"


def test_every_row_is_shown(workloads: dict[tuple[str, str], Workload]) -> None:
    assert {row.kind for row in SERVICES} - {kind for kind, _ in workloads} == set()


def test_what_names_no_role_is_left_out(workloads: dict[tuple[str, str], Workload]) -> None:
    assert ("rds_instance", "plain") not in workloads
    assert ("event_rule", "plain") not in workloads


def test_a_profile_knows_all_that_could_start_a_machine_with_it(records: Records) -> None:
    (profile,) = [resource for resource in records.resources if resource.kind == "instance_profile"]
    assert {id_.split(":")[2] for id_ in profile.used_by} == {"rds", "autoscaling", "ec2"}


def test_tags_of_what_has_none_of_its_own(records: Records, workloads: dict[tuple[str, str], Workload]) -> None:
    function, crawler = workloads["lambda_function", "f"], workloads["glue_crawler", "crawl"]
    assert function.tags == (("owner", "ann@example.com"),)
    assert function.owner is not None
    assert (function.owner.name, function.owner.source) == ("ann@example.com", "tag:owner")
    assert crawler.owner is not None
    assert crawler.owner.name == "data"
    tags = {resource.kind: resource.tags for resource in records.resources}
    assert tags["sqs_queue"] == (("owner", "bob@example.com"),)
    assert tags["lambda_function"] == (("owner", "ann@example.com"),)


def test_tags_of_its_own_go_first(workloads: dict[tuple[str, str], Workload]) -> None:
    assert workloads["flow_log", "fl-1"].tags == (("team", "net"),)


@pytest.mark.parametrize(
    ("kind", "name", "attributes"),
    [
        (
            "cognito_identity_pool",
            "app",
            {
                "identity_providers": "arn:aws:iam::111122223333:oidc-provider/login.example.com",
                "unauthenticated": "true",
            },
        ),
        (
            "client_vpn_endpoint",
            "cvpn-endpoint-1",
            {"identity_providers": "arn:aws:iam::111122223333:saml-provider/okta"},
        ),
        ("saml_provider", "okta", {}),
        ("saml_provider", "AWSSSO_0123456789abcdef_DO_NOT_DELETE", {"owning_service": "sso.amazonaws.com"}),
    ],
)
def test_gates_and_their_identity_providers(records: Records, kind: str, name: str, attributes: Any) -> None:
    (found,) = [resource for resource in records.resources if (resource.kind, resource.name) == (kind, name)]
    assert dict(found.attributes) == attributes


def test_every_kind_that_proves_disuse_is_read() -> None:
    """A kind that nothing reads would prove every role unused."""
    read = {row.record for row in (*WORKLOADS, *SERVICES)} | READ_IN_CODE
    read |= {child.record for row in SERVICES for child in row.children}
    assert {kind for kinds in RUNS_AS.values() for kind in kinds} - read == set()


def test_every_row_is_collected() -> None:
    kinds = {call.kind: call for call in CALLS}
    for row in (*WORKLOADS, *SERVICES):
        assert row.record in kinds
        for child in row.children:
            assert child.of in kinds[child.record].keep
            assert row.record in kinds[child.record].for_each.split()
