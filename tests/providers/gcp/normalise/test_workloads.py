"""What runs as whom: explicit accounts, default ones, and what the platform uses for itself."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.gcp.calls import CALLS
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind
from nhi_scan.providers.gcp.normalise.workload_table import WORKLOADS

Read = Callable[..., Records]
Asset = Callable[..., dict[str, Any]]

COMPUTE = "serviceAccount:100-compute@developer.gserviceaccount.com"
ENGINE = "serviceAccount:my-app@appspot.gserviceaccount.com"
EMAIL = "app@my-app.iam.gserviceaccount.com"
APP = f"serviceAccount:{EMAIL}"


@pytest.fixture
def workload(read: Read, asset: Asset, tmp_path: Path) -> Callable[..., Any]:
    def one(kind: str, name: str, data: dict[str, Any]) -> Any:
        rmtree(tmp_path / "snapshot", ignore_errors=True)
        project = asset(
            "//cloudresourcemanager.googleapis.com/projects/100", {"projectId": "my-app", "projectNumber": "100"}
        )
        records = read({"asset-cloudresourcemanager-project": [project], kind: [asset(f"//{name}", data)]})
        (found,) = records.workloads
        known = {one.id for one in records.identities}
        assert {*found.runs_as, *found.served_by} <= known
        return found

    return one


RUN = "run.googleapis.com/projects/100/locations/europe-west1/services/web"


def test_a_run_service(workload: Callable[..., Any]) -> None:
    data = {
        "template": {
            "serviceAccount": EMAIL,
            "containers": [
                {
                    "env": [
                        {"name": "B"},
                        {"name": "A"},
                        {"name": "C", "valueSource": {"secretKeyRef": {"secret": "c"}}},
                    ]
                }
            ],
        },
        "ingress": "INGRESS_TRAFFIC_ALL",
        "labels": {"owner": "ann@example.com"},
    }
    found = workload("asset-run-service", RUN, data)
    assert (found.id, found.kind) == (f"//{RUN.replace('100', 'my-app')}", "cloud_run_service")
    assert (found.runs_as, found.scope_id, found.region) == ((APP,), "projects/my-app", "europe-west1")
    assert (found.environment_names, found.exposed, found.active) == (("A", "B"), None, True)
    assert (found.owner.name, found.owner.source) == ("ann@example.com", "tag:owner")
    assert dict(found.attributes) == {"ingress": "INGRESS_TRAFFIC_ALL"}


def test_a_run_service_of_version_1(workload: Callable[..., Any]) -> None:
    data = {
        "metadata": {"annotations": {"run.googleapis.com/ingress": "internal"}},
        "spec": {"template": {"spec": {"serviceAccountName": EMAIL, "containers": [{"env": [{"name": "A"}]}]}}},
    }
    found = workload("asset-run-service", RUN, data)
    assert (found.runs_as, found.exposed, found.environment_names) == ((APP,), False, ("A",))


@pytest.mark.parametrize(
    ("kind", "data", "runs_as", "served_by"),
    [
        ("asset-run-service", {}, (COMPUTE,), ()),
        ("asset-run-job", {"template": {"template": {"serviceAccount": EMAIL}}}, (APP,), ()),
        ("asset-cloudfunctions-function", {"state": "ACTIVE"}, (COMPUTE,), ()),
        ("asset-cloudfunctions-cloud-function", {"status": "ACTIVE"}, (ENGINE,), ()),
        ("asset-compute-instance", {}, (), ()),
        (
            "asset-compute-instance-template",
            {"properties": {"serviceAccounts": [{"email": "default"}]}},
            (COMPUTE,),
            (),
        ),
        ("asset-container-node-pool", {"config": {"serviceAccount": "default"}}, (COMPUTE,), ()),
        ("asset-container-node-pool", {"config": {"serviceAccount": EMAIL}}, (APP,), ()),
        ("asset-container-cluster", {"nodePools": [{"config": {"serviceAccount": EMAIL}}]}, (APP,), ()),
        (
            "asset-cloudbuild-build-trigger",
            {"serviceAccount": f"projects/my-app/serviceAccounts/{EMAIL}"},
            (APP,),
            (),
        ),
        ("asset-cloudbuild-build-trigger", {}, ("serviceAccount:100@cloudbuild.gserviceaccount.com",), ()),
        ("asset-composer-environment", {"config": {"nodeConfig": {"serviceAccount": EMAIL}}}, (APP,), ()),
        ("asset-dataflow-job", {"environment": {"serviceAccountEmail": EMAIL, "userAgent": {}}}, (APP,), ()),
        ("asset-dataflow-job", {"environment": {"serviceAccountEmail": EMAIL}}, (), ()),
        ("asset-dataflow-job", {"environment": {"userAgent": {}}}, (COMPUTE,), ()),
        ("asset-dataproc-cluster", {"config": {"gceClusterConfig": {}}}, (COMPUTE,), ()),
        (
            "asset-cloudscheduler-job",
            {"httpTarget": {"oauthToken": {"serviceAccountEmail": EMAIL}}},
            (),
            (APP,),
        ),
        ("asset-pubsub-subscription", {"pushConfig": {"oidcToken": {"serviceAccountEmail": EMAIL}}}, (), (APP,)),
        ("asset-appengine-version", {}, (ENGINE,), ()),
        ("asset-workflows-workflow", {"serviceAccount": f"projects/-/serviceAccounts/{EMAIL}"}, (APP,), ()),
        (
            "asset-deploymentmanager-deployment",
            {},
            ("serviceAccount:100@cloudservices.gserviceaccount.com",),
            (),
        ),
        ("asset-notebooks-instance", {"gceSetup": {"serviceAccounts": [{"email": EMAIL}]}}, (APP,), ()),
        ("asset-aiplatform-custom-job", {"jobSpec": {"serviceAccount": EMAIL}}, (APP,), ()),
        ("asset-aiplatform-endpoint", {"deployedModels": [{"serviceAccount": EMAIL}, {}]}, (APP,), ()),
        ("asset-aiplatform-pipeline-job", {"serviceAccount": EMAIL}, (APP,), ()),
        ("asset-aiplatform-reasoning-engine", {"spec": {"serviceAccount": EMAIL}}, (APP,), ()),
        ("asset-aiplatform-reasoning-engine", {}, (), ()),
    ],
)
def test_who_runs_it(
    workload: Callable[..., Any], kind: str, data: dict[str, Any], runs_as: tuple[str, ...], served_by: tuple[str, ...]
) -> None:
    found = workload(kind, "x.googleapis.com/projects/my-app/things/a", data)
    assert (found.runs_as, found.served_by) == (runs_as, served_by)


@pytest.mark.parametrize(
    ("kind", "data", "active"),
    [
        ("asset-compute-instance", {"status": "RUNNING"}, True),
        ("asset-compute-instance", {"status": "TERMINATED"}, False),
        ("asset-compute-instance", {}, None),
        ("asset-cloudbuild-build-trigger", {"disabled": True}, False),
        ("asset-cloudbuild-build-trigger", {}, True),
        ("asset-dataproc-cluster", {"status": {"state": "RUNNING"}}, True),
        ("asset-dataflow-job", {"currentState": "JOB_STATE_DONE"}, False),
        ("asset-run-job", {}, True),
    ],
)
def test_whether_it_runs(workload: Callable[..., Any], kind: str, data: dict[str, Any], *, active: bool | None) -> None:
    assert workload(kind, "x.googleapis.com/projects/my-app/things/a", data).active is active


def test_access_scopes(workload: Callable[..., Any]) -> None:
    full, read_only = (f"https://www.googleapis.com/auth/{name}" for name in ("cloud-platform", "devstorage.read_only"))
    data = {
        "status": "RUNNING",
        "serviceAccounts": [{"email": EMAIL, "scopes": [read_only, full]}],
        "networkInterfaces": [{"accessConfigs": [{"natIP": "192.0.2.1"}]}],
    }
    found = workload("asset-compute-instance", "compute.googleapis.com/projects/my-app/zones/z-1/instances/vm", data)
    assert found.region == "z-1"
    assert dict(found.attributes) == {"access_scopes": f"{full} {read_only}", "external_ip": "true"}


@pytest.mark.parametrize(
    ("said", "told"), [({"enabled": True}, "true"), ({"enabled": False}, None), ({}, None), (7, None)]
)
def test_whether_a_cluster_is_one_of_autopilot(workload: Callable[..., Any], said: Any, told: str | None) -> None:
    name = "container.googleapis.com/projects/my-app/locations/l/clusters/c"
    found = workload("asset-container-cluster", name, {"autopilot": said})
    assert dict(found.attributes).get("autopilot") == told


def test_what_only_the_inside_reaches(workload: Callable[..., Any]) -> None:
    data = {"serviceConfig": {"ingressSettings": "ALLOW_INTERNAL_ONLY", "environmentVariables": ["B", "A"]}}
    found = workload("asset-cloudfunctions-function", "cloudfunctions.googleapis.com/projects/my-app/x", data)
    assert (found.exposed, found.environment_names) == (False, ("A", "B"))
    by_events = {"eventTrigger": {"eventType": "x"}, "ingressSettings": "ALLOW_ALL"}
    assert workload("asset-cloudfunctions-cloud-function", "c/projects/my-app/y", by_events).exposed is False


def test_the_lists_of_a_project(read: Read) -> None:
    compute = "https://www.googleapis.com/compute/v1/"
    records = read(
        {
            "crm-projects": [{"projectId": "my-app", "name": "projects/100", "parent": ""}],
            "compute-instances": [
                {
                    "name": "vm",
                    "selfLink": f"{compute}projects/my-app/zones/z-1/instances/vm",
                    "serviceAccounts": [{"email": EMAIL}],
                }
            ],
            "run-services": [{"name": "projects/my-app/locations/l/services/web", "template": {}}],
            "container-clusters": [
                {
                    "name": "c",
                    "selfLink": "https://container.googleapis.com/v1/projects/my-app/locations/l/clusters/c",
                    "nodePools": [{"name": "p", "config": {"serviceAccount": EMAIL, "oauthScopes": ["s"]}}],
                }
            ],
            "dataflow-jobs": [{"id": "j", "projectId": "my-app", "location": "l", "name": "job"}],
        },
        scope="projects/my-app",
    )
    assert {one.id: one.runs_as for one in records.workloads} == {
        "//compute.googleapis.com/projects/my-app/zones/z-1/instances/vm": (APP,),
        "//run.googleapis.com/projects/my-app/locations/l/services/web": (COMPUTE,),
        "//container.googleapis.com/projects/my-app/locations/l/clusters/c": (APP,),
        "//container.googleapis.com/projects/my-app/locations/l/clusters/c/nodePools/p": (APP,),
        "//dataflow.googleapis.com/projects/my-app/locations/l/jobs/j": (COMPUTE,),
    }
    assert {one.scope_id for one in records.workloads} == {"projects/my-app"}


def test_every_row_reads_a_kind_that_is_collected() -> None:
    swept, listed = {asset_kind(one) for one in ASSET_TYPES}, {call.kind for call in CALLS}
    assert {row.asset for row in WORKLOADS if row.asset} <= swept
    assert {row.listed for row in WORKLOADS if row.listed} <= listed
    assert all(row.asset or row.listed for row in WORKLOADS)


def test_what_has_no_list_of_its_own_is_listed_within_another() -> None:
    by_asset: dict[str, set[str]] = {}
    for row in WORKLOADS:
        by_asset.setdefault(row.kind, set()).add(row.listed)
    unlisted = {kind for kind, lists in by_asset.items() if not lists - {""}}
    assert unlisted == {"gke_node_pool"}, "the API shows node pools in their clusters"


@pytest.mark.parametrize(
    ("own", "common", "told"),
    [
        ([], [], {"os_login": "false", "project_keys": "true"}),
        (["block-project-ssh-keys"], [], {"os_login": "false"}),
        ([], ["enable-oslogin"], {}),
        (["enable-oslogin"], ["ssh-keys"], {}),
        ([], None, {}),
        (None, [], {}),
    ],
)
def test_who_is_let_in(read: Read, asset: Asset, own: Any, common: Any, told: dict[str, str]) -> None:
    def named(names: Any) -> dict[str, Any]:
        return {"items": [{"key": name} for name in names]}

    machine = {} if own is None else {"metadata": named(own)}
    project = (
        []
        if common is None
        else [asset("//compute.googleapis.com/projects/p", {"commonInstanceMetadata": named(common)})]
    )
    kinds = {"asset-compute-instance": [asset("//compute.googleapis.com/projects/p/i", machine)]}
    (found,) = read({**kinds, "asset-compute-project": project}).workloads
    assert dict(found.attributes) == told


def test_the_account_that_an_application_names(read: Read, asset: Asset) -> None:
    version = asset("//appengine.googleapis.com/apps/my-app/services/s/versions/v", {})
    application = asset("//appengine.googleapis.com/apps/my-app", {"serviceAccount": EMAIL})
    records = read({"asset-appengine-version": [version], "asset-appengine-application": [application]})
    assert [one.runs_as for one in records.workloads] == [(APP,)]
