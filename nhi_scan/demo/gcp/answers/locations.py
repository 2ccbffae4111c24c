"""Where a project can have things, and what it has one of: its application and its settings of Compute Engine.

https://cloud.google.com/run/docs/reference/rest/v1/projects.locations/list and its like of other services;
https://cloud.google.com/compute/docs/reference/rest/v1/regions/list
"""

from typing import Any

from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import ApiError, not_found
from nhi_scan.demo.gcp.paging import Listing

_SERVICES = ("run", "cloudscheduler", "cloudbuild", "workflows", "aiplatform")
_REGIONS = ("europe-west1", "europe-west4", "us-central1")
_SINGLE = {
    "appengine.apps.get": ("appengine.googleapis.com/Application", "appsId", "appengine.applications.get"),
    "compute.projects.get": ("compute.googleapis.com/Project", "project", "compute.projects.get"),
}


@answers(*(f"{service}.projects.locations.list" for service in _SERVICES))
def list_locations(asked: Asked) -> Answer:
    """List the locations of a service: some regions, and any other that the project has something in."""
    service = asked.method.partition(".")[0]
    scope = asked.permit(f"{service}.locations.list", "name")
    rows = [{"name": f"{scope}/locations/{name}", "locationId": name} for name in _places(asked, scope)]
    return Listing(key="locations", rows=rows)


@answers("compute.regions.list")
def list_regions(asked: Asked) -> Answer:
    """List the regions of Compute Engine."""
    scope = _project(asked, "project", "compute.regions.list")
    rows = [
        {"kind": "compute#region", "id": str(1000 + number), "name": name, "status": "UP"}
        for number, name in enumerate(_places(asked, scope))
    ]
    return Listing(key="items", rows=rows, most=500, rest={"kind": "compute#regionList"})


def _places(asked: Asked, scope: str) -> list[str]:
    """A zone counts as its region; what is global is in none."""
    found = {thing.location for thing in asked.world.estate.things if thing.project == scope} - {"global"}
    return sorted({"-".join(name.split("-")[:2]) for name in found} | set(_REGIONS))


@answers(*_SINGLE)
def get_single(asked: Asked) -> Answer:
    """Return what a project has one of; none of App Engine where nobody made an application."""
    type_, parameter, permission = _SINGLE[asked.method]
    scope = _project(asked, parameter, permission)
    for thing in asked.world.estate.things:
        if thing.type == type_ and thing.project == scope:
            return dict(thing.data)
    if asked.method == "appengine.apps.get":
        raise ApiError("NOT_FOUND", f"Could not find Application '{asked.one(parameter)}'.")
    settings: dict[str, Any] = {"kind": "compute#project", "name": asked.one(parameter)}
    return settings


def _project(asked: Asked, parameter: str, permission: str) -> str:
    scope = asked.world.scope(f"projects/{asked.one(parameter)}")
    asked.gate.demand(permission, scope or f"projects/{asked.one(parameter)}", asked.service)
    if not scope:
        raise not_found(asked.one(parameter))
    return scope
