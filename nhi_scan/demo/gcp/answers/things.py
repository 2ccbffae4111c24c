"""Whatever a project holds, by the API of the service that it is of: each is one line of a table."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.gcp.asking import HANDLERS, Answer, Asked, Handler, answers
from nhi_scan.demo.gcp.errors import not_found
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
        types=("run.googleapis.com/Service",), permission="run.services.list", key="services"
    ),
    "run.projects.locations.jobs.list": _Listed(
        types=("run.googleapis.com/Job",), permission="run.jobs.list", key="jobs"
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
    ),
    "cloudbuild.projects.locations.triggers.list": _Listed(
        types=("cloudbuild.googleapis.com/BuildTrigger",), permission="cloudbuild.builds.list", key="triggers"
    ),
    "cloudscheduler.projects.locations.jobs.list": _Listed(
        types=("cloudscheduler.googleapis.com/Job",), permission="cloudscheduler.jobs.list", key="jobs", most=500
    ),
    "composer.projects.locations.environments.list": _Listed(
        types=("composer.googleapis.com/Environment",), permission="composer.environments.list", key="environments"
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
    ),
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
        if scope not in asked.world.projects:
            raise not_found(scope)
        where = parent.split("/")[3] if parent.count("/") >= 3 else "-"
        rows = [
            one
            for one in asked.world.estate.things
            if one.type in how.types and one.project == scope and where in {"-", one.location}
        ]
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


_POLICIES = {
    "storage.buckets.getIamPolicy": ("//storage.googleapis.com/{bucket}", "storage.buckets.getIamPolicy"),
    "run.projects.locations.services.getIamPolicy": ("//run.googleapis.com/{resource}", "run.services.getIamPolicy"),
    "run.projects.locations.jobs.getIamPolicy": ("//run.googleapis.com/{resource}", "run.jobs.getIamPolicy"),
    "cloudfunctions.projects.locations.functions.getIamPolicy": (
        "//cloudfunctions.googleapis.com/{resource}",
        "cloudfunctions.functions.getIamPolicy",
    ),
    "secretmanager.projects.secrets.getIamPolicy": (
        "//secretmanager.googleapis.com/{resource}",
        "secretmanager.secrets.getIamPolicy",
    ),
}


@answers(*_POLICIES)
def get_policy(asked: Asked) -> Answer:
    """Return the allow policy of a thing."""
    pattern, permission = _POLICIES[asked.method]
    name = pattern.format_map(asked.parts)
    thing = asked.world.things.get(name)
    if thing is None or thing.project in asked.world.gone:
        raise not_found(name)
    asked.gate.demand(permission, thing.project, asked.service)
    version = asked.one("options.requestedPolicyVersion") or asked.one("optionsRequestedPolicyVersion") or "0"
    return asked.world.policy(name, int(version))
