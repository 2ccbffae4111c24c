"""The way round by project: what runs as a service account, where one request lists a whole project."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls.drops import DROPS

_VERSIONS = {"cloudfunctions": "v2", "dataflow": "v1b3", "deploymentmanager": "v2", "notebooks": "v2", "run": "v2"}


def workloads(
    asset_type: str,
    kind: str,
    operation: str,
    result: str,
    permission: str,
    params: Mapping[str, Any],
) -> Call:
    """Make the row that lists workloads of one type; secrets are dropped as from the asset of that type."""
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
_NO_APPLICATION = ("NOT_FOUND",)  # a project has one application at most, and most have none

WHOLE: tuple[Call, ...] = (
    workloads(
        "compute.googleapis.com/Instance",
        "compute-instances",
        "compute.instances.aggregatedList",
        "items.*.instances[]",
        "compute.instances.list",
        {"project": "{project}", "maxResults": 500},
    ),
    workloads(
        "compute.googleapis.com/InstanceTemplate",
        "compute-instance-templates",
        "compute.instanceTemplates.aggregatedList",
        "items.*.instanceTemplates[]",
        "compute.instanceTemplates.list",
        {"project": "{project}", "maxResults": 500},
    ),
    workloads(
        "cloudfunctions.googleapis.com/Function",
        "functions-functions",
        "cloudfunctions.projects.locations.functions.list",
        "functions",
        "cloudfunctions.functions.list",
        _ANYWHERE,
    ),
    workloads(
        "container.googleapis.com/Cluster",
        "container-clusters",
        "container.projects.locations.clusters.list",
        "clusters",
        "container.clusters.list",
        {"parent": "{scope}/locations/-"},
    ),
    workloads(
        "cloudbuild.googleapis.com/BuildTrigger",
        "cloudbuild-triggers",
        "cloudbuild.projects.triggers.list",
        "triggers",
        "cloudbuild.builds.list",
        {"projectId": "{project}", "pageSize": 1000},
    ),
    workloads(
        "dataflow.googleapis.com/Job",
        "dataflow-jobs",
        "dataflow.projects.jobs.aggregated",
        "jobs",
        "dataflow.jobs.list",
        {"projectId": "{project}", "filter": "ACTIVE", "pageSize": 1000},
    ),
    workloads(
        "notebooks.googleapis.com/Instance",
        "notebooks-instances",
        "notebooks.projects.locations.instances.list",
        "instances",
        "notebooks.instances.list",
        _ANYWHERE,
    ),
    workloads(
        "pubsub.googleapis.com/Subscription",
        "pubsub-subscriptions",
        "pubsub.projects.subscriptions.list",
        "subscriptions",
        "pubsub.subscriptions.list",
        {"project": "{scope}", "pageSize": 1000},
    ),
    workloads(
        "deploymentmanager.googleapis.com/Deployment",
        "deploymentmanager-deployments",
        "deploymentmanager.deployments.list",
        "deployments",
        "deploymentmanager.deployments.list",
        {"project": "{project}", "maxResults": 500},
    ),
    workloads(
        "compute.googleapis.com/Project",
        "compute-projects",
        "compute.projects.get",
        "@",
        "compute.projects.get",
        {"project": "{project}"},
    ),
    replace(
        workloads(
            "appengine.googleapis.com/Application",
            "appengine-applications",
            "appengine.apps.get",
            "@",
            "appengine.applications.get",
            {"appsId": "{project}"},
        ),
        absent=_NO_APPLICATION,
    ),
    replace(
        workloads(
            "appengine.googleapis.com/Service",
            "appengine-services",
            "appengine.apps.services.list",
            "services",
            "appengine.services.list",
            {"appsId": "{project}", "pageSize": 1000},
        ),
        absent=_NO_APPLICATION,
    ),
    replace(
        workloads(
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
