"""The way round by project: what runs in it, in each of its locations, and who may use that."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.demo.gcp.estate import Binding, Estate, Project, Tag, Thing
from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.normalise import normalise

WEB = "web@shop.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("run-service-policies", "run.googleapis.com/projects/shop/locations/europe-west1/services/api"),
        ("run-job-policies", "run.googleapis.com/projects/shop/locations/us-central1/jobs/nightly"),
        ("pubsub-subscription-policies", "pubsub.googleapis.com/projects/shop/subscriptions/orders"),
        (
            "functions-function-policies",
            "cloudfunctions.googleapis.com/projects/shop/locations/europe-west1/functions/f",
        ),
        ("secretmanager-secret-policies", "secretmanager.googleapis.com/projects/shop/secrets/s"),
        ("storage-bucket-policies", "storage.googleapis.com/pics"),
    ],
)
def test_who_may_use_a_thing_is_asked_of_the_thing(gather: Any, estate: Estate, kind: str, place: str) -> None:
    named = f"//{place.replace('projects/shop', 'projects/77') if 'secrets' in place else place}"
    open_ = Binding(place=named, role="roles/viewer", members=("allUsers",))
    collected = gather(of=replace(estate, bindings=[open_]), projects=["shop"])

    assert collected.row("projects/shop", kind).records == 1
    bindings = [(one.scope_id, one.principal_id) for one in normalise(collected.snapshot).bindings]
    assert bindings == [(f"//{place}", "allUsers")]


def test_an_api_that_is_off_is_not_asked_of_every_location(gather: Any, estate: Estate) -> None:
    off = Project(id="projects/lab", number="78", parent="organizations/1", disabled_services=("run.googleapis.com",))
    collected = gather(of=replace(estate, projects=[off]), projects=["lab"])

    for kind in ("run-locations", "run-services", "run-jobs", "run-service-policies"):
        assert collected.row("projects/lab", kind).status is CoverageStatus.SKIPPED, kind
    assert collected.served.requests["run.projects.locations.services.list"] == 0


def test_who_may_not_list_one_location_is_not_refused_at_all_of_them(gather: Any) -> None:
    fault = Fault(method="run.projects.locations.jobs.list", kind="PERMISSION_DENIED", times=99)
    collected = gather(Conduct(faults=(fault,)), projects=["shop"], give_up_after=2)

    assert collected.row("projects/shop", "run-jobs").status is CoverageStatus.DENIED
    assert collected.served.requests["run.projects.locations.jobs.list"] == 2


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("compute-instances", "compute.instances.aggregatedList"),
        ("functions-functions", "cloudfunctions.projects.locations.functions.list"),
        ("run-services", "run.projects.locations.services.list"),
        ("workflows-workflows", "workflows.projects.locations.workflows.list"),
    ],
)
def test_a_location_that_does_not_answer_makes_a_list_partial(gather: Any, kind: str, method: str) -> None:
    collected = gather(Conduct(faults=(Fault(method=method, kind="unreachable"),)), projects=["shop"])

    row = collected.row("projects/shop", kind)
    assert (row.status, row.detail) == (CoverageStatus.PARTIAL, "`Unreachable`: 1 locations did not answer")


LOCATED = [
    ("run", "Job", "locations/us-central1/jobs/j", "run-jobs", "GoogleCloudRunV2Job"),
    ("cloudscheduler", "Job", "locations/us-central1/jobs/j", "cloudscheduler-jobs", ""),
    ("workflows", "Workflow", "locations/us-central1/workflows/w", "workflows-workflows", ""),
    ("composer", "Environment", "locations/us-central1/environments/e", "composer-environments", ""),
    ("notebooks", "Instance", "locations/us-central1-b/instances/i", "notebooks-instances", ""),
    ("aiplatform", "CustomJob", "locations/us-central1/customJobs/1", "aiplatform-custom-jobs", ""),
    ("aiplatform", "Endpoint", "locations/us-central1/endpoints/1", "aiplatform-endpoints", ""),
    (
        "aiplatform",
        "NotebookRuntimeTemplate",
        "locations/us-central1/notebookRuntimeTemplates/1",
        "aiplatform-notebook-runtime-templates",
        "",
    ),
    ("aiplatform", "PipelineJob", "locations/us-central1/pipelineJobs/1", "aiplatform-pipeline-jobs", ""),
    ("aiplatform", "ReasoningEngine", "locations/us-central1/reasoningEngines/1", "aiplatform-reasoning-engines", ""),
    ("pubsub", "Subscription", "subscriptions/s", "pubsub-subscriptions", ""),
]


@pytest.mark.parametrize("row", LOCATED, ids=[row[3] for row in LOCATED])
def test_what_runs_is_found_in_its_location_and_once(
    gather: Any, estate: Estate, row: tuple[str, str, str, str, str]
) -> None:
    service, type_, path, kind, schema = row
    vertex = {"schema": schema or f"GoogleCloudAiplatformV1{type_}"} if service == "aiplatform" else {"schema": schema}
    thing = Thing(
        type=f"{service}.googleapis.com/{type_}",
        name=f"//{service}.googleapis.com/projects/shop/{path}",
        project="projects/shop",
        location=path.split("/")[1] if path.startswith("locations/") else "global",
        data={"name": f"projects/shop/{path}"},
        **vertex,
    )
    collected = gather(of=replace(estate, things=[thing]), projects=["shop"])

    assert [record["name"] for record in collected.records("projects-shop", kind)] == [f"projects/shop/{path}"]
    assert collected.gaps() == {}
    records = normalise(collected.snapshot)
    assert [one.id for one in records.workloads] == [thing.name]
    assert not [row for row in records.coverage if "not read" in row.detail]


def test_a_cluster_of_dataproc_gets_its_region_from_the_question(gather: Any, estate: Estate) -> None:
    name = "//dataproc.googleapis.com/projects/shop/regions/us-central1/clusters/c"
    thing = Thing(
        type="dataproc.googleapis.com/Cluster",
        name=name,
        project="projects/shop",
        location="us-central1",
        data={"clusterName": "c", "projectId": "shop", "config": {"gceClusterConfig": {"serviceAccount": WEB}}},
    )
    collected = gather(of=replace(estate, things=[thing]), projects=["shop"])

    assert collected.kept("projects-shop", "dataproc-clusters") == [{"name": "us-central1"}]
    (workload,) = normalise(collected.snapshot).workloads
    assert (workload.id, workload.region, workload.runs_as) == (name, "us-central1", (f"serviceAccount:{WEB}",))


def test_triggers_of_a_region_and_of_none_come_once_each(gather: Any, estate: Estate) -> None:
    places = ("global", "us-central1")
    things = [
        Thing(
            type="cloudbuild.googleapis.com/BuildTrigger",
            name=f"//cloudbuild.googleapis.com/projects/77/locations/{at}/triggers/{at}",
            project="projects/shop",
            location=at,
            data={"id": at, "name": at, "resourceName": f"projects/shop/locations/{at}/triggers/{at}"},
        )
        for at in places
    ]
    collected = gather(of=replace(estate, things=things), projects=["shop"])

    for kind, at in (("cloudbuild-triggers", "global"), ("cloudbuild-regional-triggers", "us-central1")):
        assert [record["id"] for record in collected.records("projects-shop", kind)] == [at]
    assert sorted(one.region for one in normalise(collected.snapshot).workloads) == list(places)


def test_tags_of_scopes_are_known_and_those_of_resources_are_not(gather: Any, estate: Estate) -> None:
    tags = [Tag(place=place, key="env", value="prod", number="12300") for place in ("projects/shop", "organizations/1")]
    collected = gather(
        Conduct(faults=(Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", times=99),)),
        of=replace(estate, tags=tags),
    )

    records = normalise(collected.snapshot)
    scopes = {scope.id: scope.policy_tags for scope in records.scopes}
    assert scopes["projects/shop"] == scopes["organizations/1"] == (("1/env", "prod"),)
    assert scopes["projects/lab"] == scopes["folders/2"] == ()
    assert {one.policy_tags for one in records.resources} == {None}
