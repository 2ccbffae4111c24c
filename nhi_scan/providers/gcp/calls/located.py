"""The way round by project: what runs as a service account, where each location has to be asked by itself.

Their APIs take no `-` for all locations (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/list
says so outright), so an API is asked for its locations first. Composer and Dataproc have no list of them and are in the
regions of Compute Engine.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls.workloads import workloads


def _locations(service: str, version: str) -> Call:
    return Call(
        kind=f"{service}-locations",
        service=f"{service}:{version}",
        operation=f"{service}.projects.locations.list",
        params={"name": "{scope}", "pageSize": 100},
        result="locations",
        permissions=(f"{service}.locations.list",),
        scope="project",
    )


LOCATIONS: tuple[Call, ...] = (
    _locations("run", "v1"),
    _locations("cloudscheduler", "v1"),
    _locations("cloudbuild", "v2"),
    _locations("workflows", "v1"),
    _locations("aiplatform", "v1"),
    Call(
        kind="compute-regions",
        service="compute:v1",
        operation="compute.regions.list",
        params={"project": "{project}", "maxResults": 500},
        result="items",
        permissions=("compute.regions.list",),
        scope="project",
    ),
)


def _located(asset_type: str, kind: str, operation: str, permission: str, size: int, **more: Any) -> Call:
    """A list that is asked of each location."""
    service, noun = operation.split(".", maxsplit=1)[0], operation.split(".")[-2]
    params: Mapping[str, Any] = more.pop("params", {"parent": "$.name", "pageSize": size})
    row = workloads(asset_type, kind, operation, noun, permission, params)
    return replace(row, for_each=more.pop("for_each", f"{service}-locations"), **more)


_IN_REGION = "{scope}/locations/{$.name}"

LOCATED: tuple[Call, ...] = (
    _located(
        "run.googleapis.com/Service", "run-services", "run.projects.locations.services.list", "run.services.list", 1000
    ),
    _located("run.googleapis.com/Job", "run-jobs", "run.projects.locations.jobs.list", "run.jobs.list", 1000),
    _located(
        "cloudscheduler.googleapis.com/Job",
        "cloudscheduler-jobs",
        "cloudscheduler.projects.locations.jobs.list",
        "cloudscheduler.jobs.list",
        500,
    ),
    _located(
        "cloudbuild.googleapis.com/BuildTrigger",
        "cloudbuild-regional-triggers",
        "cloudbuild.projects.locations.triggers.list",
        "cloudbuild.builds.list",
        1000,
        params={"projectId": "{project}", "parent": "$.name", "pageSize": 1000},
        only_if="locationId != 'global'",
        note="those of no region come with `cloudbuild-triggers`",
    ),
    _located(
        "workflows.googleapis.com/Workflow",
        "workflows-workflows",
        "workflows.projects.locations.workflows.list",
        "workflows.workflows.list",
        1000,
    ),
    *(
        _located(
            f"aiplatform.googleapis.com/{name}",
            kind,
            f"aiplatform.projects.locations.{noun}.list",
            f"aiplatform.{noun}.list",
            100,
        )
        for name, kind, noun in (
            ("CustomJob", "aiplatform-custom-jobs", "customJobs"),
            ("Endpoint", "aiplatform-endpoints", "endpoints"),
            ("NotebookRuntimeTemplate", "aiplatform-notebook-runtime-templates", "notebookRuntimeTemplates"),
            ("PipelineJob", "aiplatform-pipeline-jobs", "pipelineJobs"),
            ("ReasoningEngine", "aiplatform-reasoning-engines", "reasoningEngines"),
        )
    ),
    _located(
        "composer.googleapis.com/Environment",
        "composer-environments",
        "composer.projects.locations.environments.list",
        "composer.environments.list",
        1000,
        for_each="compute-regions",
        params={"parent": _IN_REGION, "pageSize": 1000},
    ),
    _located(
        "dataproc.googleapis.com/Cluster",
        "dataproc-clusters",
        "dataproc.projects.regions.clusters.list",
        "dataproc.clusters.list",
        1000,
        for_each="compute-regions",
        params={"projectId": "{project}", "region": "$.name", "pageSize": 1000},
        keep=("name",),
        note="a cluster does not say which region it is in",
    ),
)
