"""Whatever a project holds, by the API of the service that it is of: each is one line of a table."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.gcp.asking import HANDLERS, Answer, Asked, Handler
from nhi_scan.demo.gcp.errors import ApiError, invalid, not_found
from nhi_scan.demo.gcp.estate import Thing
from nhi_scan.demo.gcp.paging import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """How a service lists its things."""

    types: tuple[str, ...]  # of assets
    permission: str
    key: str  # the answer's field
    parent: str = "parent"  # the parameter that names the project, or `projects/p/locations/l`
    most: int = 1000
    grouped: str = ""  # aggregated lists of Compute: the field within each zone or region
    anywhere: bool = True  # whether `-` stands for all locations
    location: str = ""  # the one that is meant where the request names none; empty: all


_LISTS: Mapping[str, _Listed] = {
    "compute.instances.aggregatedList": _Listed(
        types=("compute.googleapis.com/Instance",),
        permission="compute.instances.list",
        key="items",
        parent="project",
        most=500,
        grouped="instances",
    ),
    "compute.instanceTemplates.aggregatedList": _Listed(
        types=("compute.googleapis.com/InstanceTemplate",),
        permission="compute.instanceTemplates.list",
        key="items",
        parent="project",
        most=500,
        grouped="instanceTemplates",
    ),
    "compute.instanceTemplates.list": _Listed(
        types=("compute.googleapis.com/InstanceTemplate",),
        permission="compute.instanceTemplates.list",
        key="items",
        parent="project",
        most=500,
    ),
    "run.projects.locations.services.list": _Listed(
        types=("run.googleapis.com/Service",), permission="run.services.list", key="services", anywhere=False
    ),
    "run.projects.locations.jobs.list": _Listed(
        types=("run.googleapis.com/Job",), permission="run.jobs.list", key="jobs", anywhere=False
    ),
    "cloudfunctions.projects.locations.functions.list": _Listed(
        types=("cloudfunctions.googleapis.com/Function", "cloudfunctions.googleapis.com/CloudFunction"),
        permission="cloudfunctions.functions.list",
        key="functions",
    ),
    "container.projects.locations.clusters.list": _Listed(
        types=("container.googleapis.com/Cluster",), permission="container.clusters.list", key="clusters"
    ),
    "cloudbuild.projects.triggers.list": _Listed(
        types=("cloudbuild.googleapis.com/BuildTrigger",),
        permission="cloudbuild.builds.list",
        key="triggers",
        parent="projectId",
        location="global",
    ),
    "cloudbuild.projects.locations.triggers.list": _Listed(
        types=("cloudbuild.googleapis.com/BuildTrigger",),
        permission="cloudbuild.builds.list",
        key="triggers",
        anywhere=False,
    ),
    "cloudscheduler.projects.locations.jobs.list": _Listed(
        types=("cloudscheduler.googleapis.com/Job",),
        permission="cloudscheduler.jobs.list",
        key="jobs",
        most=500,
        anywhere=False,
    ),
    "composer.projects.locations.environments.list": _Listed(
        types=("composer.googleapis.com/Environment",),
        permission="composer.environments.list",
        key="environments",
        anywhere=False,
    ),
    "dataflow.projects.jobs.aggregated": _Listed(
        types=("dataflow.googleapis.com/Job",), permission="dataflow.jobs.list", key="jobs", parent="projectId"
    ),
    "dataflow.projects.locations.jobs.list": _Listed(
        types=("dataflow.googleapis.com/Job",), permission="dataflow.jobs.list", key="jobs", parent="projectId"
    ),
    "dataproc.projects.regions.clusters.list": _Listed(
        types=("dataproc.googleapis.com/Cluster",),
        permission="dataproc.clusters.list",
        key="clusters",
        parent="projectId",
        anywhere=False,
    ),
    "workflows.projects.locations.workflows.list": _Listed(
        types=("workflows.googleapis.com/Workflow",),
        permission="workflows.workflows.list",
        key="workflows",
        anywhere=False,
    ),
    "notebooks.projects.locations.instances.list": _Listed(
        types=("notebooks.googleapis.com/Instance",), permission="notebooks.instances.list", key="instances"
    ),
    "pubsub.projects.subscriptions.list": _Listed(
        types=("pubsub.googleapis.com/Subscription",),
        permission="pubsub.subscriptions.list",
        key="subscriptions",
        parent="project",
    ),
    "deploymentmanager.deployments.list": _Listed(
        types=("deploymentmanager.googleapis.com/Deployment",),
        permission="deploymentmanager.deployments.list",
        key="deployments",
        parent="project",
        most=500,
    ),
    **{
        f"aiplatform.projects.locations.{noun}.list": _Listed(
            types=(f"aiplatform.googleapis.com/{name}",),
            permission=f"aiplatform.{noun}.list",
            key=noun,
            most=100,
            anywhere=False,
        )
        for name, noun in (
            ("CustomJob", "customJobs"),
            ("Endpoint", "endpoints"),
            ("NotebookRuntimeTemplate", "notebookRuntimeTemplates"),
            ("PipelineJob", "pipelineJobs"),
            ("ReasoningEngine", "reasoningEngines"),
        )
    },
    "secretmanager.projects.secrets.list": _Listed(
        types=("secretmanager.googleapis.com/Secret",), permission="secretmanager.secrets.list", key="secrets"
    ),
    "storage.buckets.list": _Listed(
        types=("storage.googleapis.com/Bucket",), permission="storage.buckets.list", key="items", parent="project"
    ),
    "cloudkms.projects.locations.keyRings.list": _Listed(
        types=("cloudkms.googleapis.com/KeyRing",), permission="cloudkms.keyRings.list", key="keyRings"
    ),
    "appengine.apps.services.list": _Listed(
        types=("appengine.googleapis.com/Service",),
        permission="appengine.services.list",
        key="services",
        parent="appsId",
    ),
    "appengine.apps.services.versions.list": _Listed(
        types=("appengine.googleapis.com/Version",),
        permission="appengine.versions.list",
        key="versions",
        parent="appsId",
    ),
}


def _lister(how: _Listed) -> Handler:
    def lister(asked: Asked) -> Answer:
        name = asked.one(how.parent)
        parent = name if name.startswith("projects/") else f"projects/{name}"
        scope = asked.world.scope(parent) or "/".join(parent.split("/")[:2])
        asked.gate.demand(how.permission, scope, asked.service)
        if scope not in asked.world.projects or scope in asked.world.gone:
            raise not_found(scope)
        where = asked.one("region") or _location(asked) or how.location
        if where == "-" and not how.anywhere:
            raise invalid("Location must be a valid region, and cannot be the `-` wildcard.")
        rows = [
            one
            for one in asked.world.estate.things
            if one.type in how.types and one.project == scope and where in {"", "-", one.location}
        ]
        if how.parent == "appsId" and not any(_is_of_application(one, scope) for one in asked.world.estate.things):
            raise ApiError("NOT_FOUND", f"Could not find Application '{name}'.")
        if how.grouped:
            return Listing(
                key=how.key,
                rows=rows,
                build=lambda one: (one.location, _shown(one)),
                most=how.most,
                grouped=lambda built: _by_place(built, how.grouped),
            )
        return Listing(key=how.key, rows=rows, build=_shown, most=how.most)

    return lister


def _location(asked: Asked) -> str:
    parts = asked.one("parent").split("/")
    return parts[3] if len(parts) == 4 else ""


def _is_of_application(thing: Thing, scope: str) -> bool:
    return thing.project == scope and thing.type.startswith("appengine.")


HANDLERS.update({method: _lister(how) for method, how in _LISTS.items()})


def _shown(thing: Thing) -> dict[str, Any]:
    return dict(thing.data if thing.api is None else thing.api)


def _by_place(built: list[tuple[str, dict[str, Any]]], field: str) -> dict[str, Any]:
    """Group by zone as Compute does; a zone with nothing in it has a warning in place of a list."""
    grouped: dict[str, Any] = defaultdict(lambda: {field: []})
    for location, data in built:
        grouped["global" if location == "global" else f"zones/{location}"][field].append(data)
    empty = "zones/us-east1-b"
    if empty not in grouped:
        message = f"There are no results for scope '{empty}' on this page."
        grouped[empty] = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": message}}
    return dict(grouped)
