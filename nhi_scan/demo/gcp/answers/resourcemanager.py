"""Resource Manager: https://cloud.google.com/resource-manager/reference/rest."""

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import invalid, not_found
from nhi_scan.demo.gcp.paging import Listing

_KINDS = ("organizations", "folders", "projects")


@answers(*(f"cloudresourcemanager.{kind}.getIamPolicy" for kind in _KINDS))
def get_iam_policy(asked: Asked) -> Answer:
    """Return the allow policy of a scope."""
    kind = asked.method.split(".")[1]
    scope = asked.permit(f"resourcemanager.{kind}.getIamPolicy", "resource")
    version = asked.body.get("options", {}).get("requestedPolicyVersion", 0)
    return asked.world.policy(scope, version)


@answers(
    "cloudresourcemanager.organizations.get", "cloudresourcemanager.folders.get", "cloudresourcemanager.projects.get"
)
def get(asked: Asked) -> Answer:
    """Return one scope."""
    scope = asked.permit(f"resourcemanager.{asked.method.split('.')[1]}.get", "name")
    world = asked.world
    if scope in world.projects:
        return records.project(world, world.projects[scope])
    found = [folder for folder in world.estate.folders if folder.id == scope]
    return records.folder(world, found[0]) if found else records.organization(world)


@answers("cloudresourcemanager.projects.getAncestry")
def get_ancestry(asked: Asked) -> Answer:
    """Name what a project lies in, itself first: version 1 tells it to whoever may see the project, and no more."""
    project = f"projects/{asked.one('projectId')}"
    scope = asked.world.scope(project)
    asked.gate.demand("resourcemanager.projects.get", scope or project, asked.service)
    if not scope:
        raise not_found(project)
    line = [one.split("/") for one in asked.world.chain(scope)]
    return {"ancestor": [{"resourceId": {"type": kind.removesuffix("s"), "id": id_}} for kind, id_ in line]}


@answers("cloudresourcemanager.organizations.search")
def search_organizations(asked: Asked) -> Answer:
    """List the organizations that the caller can see: where it may `get` them."""
    seen = asked.gate.may("resourcemanager.organizations.get", asked.world.estate.organization)
    rows = [asked.world] if seen else []
    return Listing(key="organizations", rows=rows, build=records.organization, most=1000)


@answers("cloudresourcemanager.folders.list", "cloudresourcemanager.folders.search")
def list_folders(asked: Asked) -> Answer:
    """List the folders right below a parent, or search all that the caller can see."""
    world, rows = asked.world, list(asked.world.estate.folders)
    if asked.method.endswith("search"):
        rows = [one for one in rows if asked.gate.may("resourcemanager.folders.get", one.id)]
        parent = _parent(asked)
    else:
        parent = asked.permit("resourcemanager.folders.list", "parent")
    rows = [one for one in rows if not parent or one.parent == parent]
    return Listing(key="folders", rows=rows, build=lambda one: records.folder(world, one), most=1000)


@answers("cloudresourcemanager.projects.list", "cloudresourcemanager.projects.search")
def list_projects(asked: Asked) -> Answer:
    """List the projects right below a parent, or search all that the caller can see."""
    world = asked.world
    rows = [one for one in world.estate.projects if one.id not in world.gone]
    if asked.method.endswith("search"):
        rows = [one for one in rows if asked.gate.may("resourcemanager.projects.get", one.id)]
        parent = _parent(asked)
    else:
        parent = asked.permit("resourcemanager.projects.list", "parent")
    rows = [one for one in rows if not parent or one.parent == parent]
    if asked.method.endswith("list") and asked.one("showDeleted") != "true":
        rows = [one for one in rows if one.state == "ACTIVE"]
    return Listing(key="projects", rows=rows, build=lambda one: records.project(world, one), most=1000)


def _parent(asked: Asked) -> str:
    """Return the parent that a search asks for: `parent:folders/2` and `parent=folders/2` are what is served here."""
    query = asked.one("query").replace("=", ":")
    words = [word.partition(":") for word in query.split() if word.upper() != "AND"]
    if any(key not in {"parent", "state"} for key, _, _ in words):
        raise invalid(f"the query `{query}` is not served here")
    return next((value for key, _, value in words if key == "parent"), "")


@answers("cloudresourcemanager.tagBindings.list")
def list_tag_bindings(asked: Asked) -> Answer:
    """List the tag values bound to a resource by its full name."""
    world = asked.world
    name = asked.one("parent")
    asked.gate.demand("resourcemanager.hierarchyNodes.listTagBindings", world.scope(name), asked.service)
    rows = [tag for tag in world.estate.tags if name in {world.full_name(tag.place), tag.place}]
    return Listing(key="tagBindings", rows=rows, build=lambda tag: records.tag_binding(world, tag), most=300)


@answers("cloudresourcemanager.tagKeys.list", "cloudresourcemanager.tagValues.list")
def list_tags(asked: Asked) -> Answer:
    """List the tag keys of the organization, or the values of a key."""
    world, tags = asked.world, {(tag.key, tag.value): tag for tag in asked.world.estate.tags}
    root = world.estate.organization
    number = root.partition("/")[2]
    if asked.method.endswith("tagKeys.list"):
        asked.permit("resourcemanager.tagKeys.list", "parent")
        names = sorted({tag.key: tag for tag in reversed(tags.values())}.items())
        keys = [
            {
                "name": f"tagKeys/{key_number(tag.number)}",
                "parent": root,
                "shortName": key,
                "namespacedName": f"{number}/{key}",
            }
            for key, tag in names
        ]
        return Listing(key="tagKeys", rows=keys, most=300)
    asked.gate.demand("resourcemanager.tagValues.list", root, asked.service)
    values = [
        {
            "name": f"tagValues/{tag.number}",
            "parent": asked.one("parent"),
            "shortName": tag.value,
            "namespacedName": f"{number}/{tag.key}/{tag.value}",
        }
        for tag in tags.values()
        if f"tagKeys/{key_number(tag.number)}" == asked.one("parent")
    ]
    return Listing(key="tagValues", rows=values, most=300)


def key_number(value_number: str) -> str:
    """Return the number of the key that a tag value belongs to: the demo numbers the values after their key."""
    return f"{value_number[:-2]}00"
