"""The way round by project: what runs as a service account, where one request lists all locations of a project."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls.drops import DROPS

_VERSIONS = {"cloudfunctions": "v2", "dataflow": "v1b3", "run": "v2"}


def _workloads(
    asset_type: str,
    kind: str,
    operation: str,
    result: str,
    permission: str,
    params: Mapping[str, Any],
) -> Call:
    """A list of a project's workloads of one type; secrets are dropped as from the asset of that type."""
    service = operation.partition(".")[0]
    return Call(
        kind=kind,
        service=f"{service}:{_VERSIONS.get(service, 'v1')}",
        operation=operation,
        params=params,
        result=result,
        permissions=(permission,),
        scope="project",
        drop=DROPS.get(asset_type, ()),
    )


_ANYWHERE = {"parent": "{scope}/locations/-", "pageSize": 1000}

PROJECT_WORKLOADS: tuple[Call, ...] = (
    _workloads(
        "compute.googleapis.com/Instance",
        "compute-instances",
        "compute.instances.aggregatedList",
        "items.*.instances[]",
        "compute.instances.list",
        {"project": "{project}", "maxResults": 500},
    ),
    _workloads(
        "compute.googleapis.com/InstanceTemplate",
        "compute-instance-templates",
        "compute.instanceTemplates.aggregatedList",
        "items.*.instanceTemplates[]",
        "compute.instanceTemplates.list",
        {"project": "{project}", "maxResults": 500},
    ),
    _workloads(
        "run.googleapis.com/Service",
        "run-services",
        "run.projects.locations.services.list",
        "services",
        "run.services.list",
        _ANYWHERE,
    ),
    _workloads(
        "run.googleapis.com/Job",
        "run-jobs",
        "run.projects.locations.jobs.list",
        "jobs",
        "run.jobs.list",
        _ANYWHERE,
    ),
    _workloads(
        "cloudfunctions.googleapis.com/Function",
        "functions-functions",
        "cloudfunctions.projects.locations.functions.list",
        "functions",
        "cloudfunctions.functions.list",
        _ANYWHERE,
    ),
    _workloads(
        "container.googleapis.com/Cluster",
        "container-clusters",
        "container.projects.locations.clusters.list",
        "clusters",
        "container.clusters.list",
        {"parent": "{scope}/locations/-"},
    ),
    _workloads(
        "cloudbuild.googleapis.com/BuildTrigger",
        "cloudbuild-triggers",
        "cloudbuild.projects.triggers.list",
        "triggers",
        "cloudbuild.builds.list",
        {"projectId": "{project}", "pageSize": 1000},
    ),
    _workloads(
        "dataflow.googleapis.com/Job",
        "dataflow-jobs",
        "dataflow.projects.jobs.aggregated",
        "jobs",
        "dataflow.jobs.list",
        {"projectId": "{project}", "filter": "ACTIVE", "pageSize": 1000},
    ),
    _workloads(
        "appengine.googleapis.com/Service",
        "appengine-services",
        "appengine.apps.services.list",
        "services",
        "appengine.services.list",
        {"appsId": "{project}", "pageSize": 1000},
    ),
    replace(
        _workloads(
            "appengine.googleapis.com/Version",
            "appengine-versions",
            "appengine.apps.services.versions.list",
            "versions",
            "appengine.versions.list",
            {"appsId": "{project}", "servicesId": "$.id", "pageSize": 1000},
        ),
        for_each="appengine-services",
        keep=("id",),
    ),
)
