"""Groups: https://cloud.google.com/identity/docs/reference/rest. Who may read them is no matter of IAM."""

from typing import Any

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import ApiError, invalid
from nhi_scan.demo.gcp.estate import Group
from nhi_scan.demo.gcp.paging import Listing

_TYPES = {"user": "USER", "group": "GROUP", "serviceAccount": "SERVICE_ACCOUNT"}


def _refuse(number: int, name: str) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED", f"Error({number}): Permission denied for resource {name} (or it may not exist)."
    )


@answers("cloudidentity.groups.list", "cloudidentity.groups.search")
def list_groups(asked: Asked) -> Answer:
    """List the groups of the directory; a search must name the directory and a label, as Google demands."""
    if not asked.gate.conduct.groups:
        raise _refuse(2028, "groups")
    parent = f"customers/{asked.world.estate.customer}"
    if asked.method.endswith("search"):
        if "parent" not in asked.one("query") or "in labels" not in asked.one("query"):
            raise invalid("Request contains an invalid argument: the query must have a parent and a label.")
        if parent not in asked.one("query"):
            raise _refuse(2028, asked.one("query"))
    elif asked.one("parent") != parent:
        raise _refuse(2028, asked.one("parent"))
    world = asked.world
    return Listing(
        key="groups", rows=world.estate.groups, build=lambda one: records.group(world, one), most=500, usual=200
    )


@answers("cloudidentity.groups.lookup")
def lookup(asked: Asked) -> Answer:
    """Return the name of a group by its email."""
    email = asked.one("groupKey.id")
    found = [one for one in asked.world.estate.groups if one.email == email]
    if not asked.gate.conduct.groups or not found:
        raise _refuse(2028, f"groups/{email}")
    return {"name": found[0].id}


@answers("cloudidentity.groups.get")
def get(asked: Asked) -> Answer:
    """Return one group."""
    return records.group(asked.world, _named(asked, "name"))


@answers("cloudidentity.groups.memberships.list")
def list_memberships(asked: Asked) -> Answer:
    """List the direct members of a group; their types only where the view is FULL."""
    group = _named(asked, "parent")
    full = asked.one("view") in {"FULL", "2"}
    most, usual = (500, 50) if full else (1000, 200)
    return Listing(
        key="memberships",
        rows=group.members,
        build=lambda member: _membership(asked, group, member, full=full),
        most=most,
        usual=usual,
    )


@answers("cloudidentity.groups.memberships.searchTransitiveMemberships")
def search_transitive(asked: Asked) -> Answer:
    """List direct and indirect members: for directories of the Enterprise or Premium edition alone."""
    group = _named(asked, "parent")
    if not asked.gate.conduct.transitive:
        raise _refuse(4013, group.id)
    rows = sorted(_everybody(asked, group, set()))
    return Listing(key="memberships", rows=rows, build=lambda member: _relation(asked, group, member), usual=200)


def _named(asked: Asked, name: str) -> Group:
    found = [one for one in asked.world.estate.groups if one.id == asked.one(name)]
    if not asked.gate.conduct.groups or not found or found[0].hidden:
        raise _refuse(4003, asked.one(name))
    return found[0]


def _everybody(asked: Asked, group: Group, seen: set[str]) -> set[str]:
    seen.add(group.email)
    found = set(group.members)
    for inner in asked.world.estate.groups:
        if f"group:{inner.email}" in group.members and inner.email not in seen:
            found |= _everybody(asked, inner, seen)
    return found


def _membership(asked: Asked, group: Group, member: str, *, full: bool) -> dict[str, Any]:
    kind, _, email = member.partition(":")
    record: dict[str, Any] = {
        "name": f"{group.id}/memberships/{_number(email)}",
        "preferredMemberKey": {"id": email},
        "roles": [{"name": "MEMBER"}],
    }
    if full:
        record |= {"type": _TYPES.get(kind, "OTHER"), "createTime": asked.world.ago(100)}
    return record


def _relation(asked: Asked, group: Group, member: str) -> dict[str, Any]:
    kind, _, email = member.partition(":")
    relation = "DIRECT" if member in group.members else "INDIRECT"
    found = [one.id for one in asked.world.estate.groups if kind == "group" and one.email == email]
    return {
        "member": found[0] if found else f"{kind}s/{_number(email)}",
        "preferredMemberKey": [{"id": email}],
        "relationType": relation,
        "roles": [{"role": "MEMBER"}],
    }


def _number(email: str) -> str:
    return "".join(f"{byte:02d}" for byte in email.encode())[:21]
