"""Cloud Asset Inventory: https://cloud.google.com/asset-inventory/docs/reference/rest."""

from collections import defaultdict
from typing import Any

from nhi_scan.demo.gcp import assets
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import invalid
from nhi_scan.demo.gcp.paging import Listing

_CONTENT = ("CONTENT_TYPE_UNSPECIFIED", "RESOURCE", "IAM_POLICY", "ORG_POLICY", "ACCESS_POLICY")
_PERMISSIONS = {"RESOURCE": "cloudasset.assets.listResource", "CONTENT_TYPE_UNSPECIFIED": "cloudasset.assets.list"}


def _permitted(asked: Asked, permission: str, name: str) -> str:
    """Return the scope asked about; the API wants a second permission, that to use the services of a project.

    https://cloud.google.com/asset-inventory/docs/access-control#required_permissions
    """
    scope = asked.permit(permission, name)
    asked.gate.demand("serviceusage.services.use", scope)
    return scope


@answers("cloudasset.assets.list")
def list_assets(asked: Asked) -> Answer:
    """List assets by type; the content RESOURCE or none."""
    content = asked.one("contentType") or _CONTENT[0]
    content = _CONTENT[int(content)] if content.isdigit() else content
    if content not in _PERMISSIONS:
        raise invalid(f"content type {content} is not served here")
    scope = _permitted(asked, _PERMISSIONS[content], "parent")
    world, types = asked.world, tuple(asked.query.get("assetTypes", ()))
    inside = world.under(scope)
    for type_ in types:
        if type_ in asked.gate.conduct.unlisted:
            raise invalid(f"Request contains an invalid argument: unsupported asset type {type_}")

    def rows() -> list[Any]:
        return [row for type_ in assets.types_of(world, types) for row in assets.rows(world, type_, inside)]

    return Listing(
        key="assets",
        rows=world.remember((asked.method, scope, types), rows),
        build=lambda row: assets.build(world, row, content),
        rest={"readTime": world.ago(0)},
    )


@answers("cloudasset.searchAllIamPolicies")
def search_all_iam_policies(asked: Asked) -> Answer:
    """Search every allow policy within a scope; no query language here, so a query is refused."""
    scope = _permitted(asked, "cloudasset.assets.searchAllIamPolicies", "scope")
    if asked.one("query") or asked.one("orderBy"):
        raise invalid("queries are not served here")
    world = asked.world
    inside, types = world.under(scope), tuple(asked.query.get("assetTypes", ()))

    def rows() -> list[Any]:
        found = [place for place in sorted(world.bindings) if world.scope_of(place) in inside]
        return [place for place in found if not types or asset_type(asked, place) in types]

    def build(place: str) -> dict[str, Any]:
        return _result(asked, place)

    # "Page size is capped at 500 even if a larger value is given", the method's page says.
    return Listing(key="results", rows=world.remember((asked.method, scope, types), rows), build=build, most=500)


def asset_type(asked: Asked, place: str) -> str:
    """Return the asset type of a place that a policy hangs on."""
    world = asked.world
    for type_, scopes in (
        ("Organization", (world.estate.organization,)),
        ("Folder", [folder.id for folder in world.estate.folders]),
    ):
        if place in scopes:
            return f"cloudresourcemanager.googleapis.com/{type_}"
    if place in world.projects:
        return "cloudresourcemanager.googleapis.com/Project"
    thing = world.things.get(place)
    return thing.type if thing else "iam.googleapis.com/ServiceAccount"


def _result(asked: Asked, place: str) -> dict[str, Any]:
    world = asked.world
    above: dict[str, list[str]] = defaultdict(list)
    for scope in world.ancestors(world.scope_of(place)):
        above[scope.partition("/")[0]].append(scope)
    result: dict[str, Any] = {
        "resource": world.full_name(place),
        "assetType": asset_type(asked, place),
        "policy": world.policy(place),
        "organization": world.estate.organization,
    }
    if above["projects"]:
        result["project"] = above["projects"][0]
    return {**result, "folders": above["folders"]} if above["folders"] else result
