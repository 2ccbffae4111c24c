"""What stands behind each of Microsoft Graph's paths: the rows of an estate, and how objects are related."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nhi_scan.demo.azure.csdl import ODATA_TYPE, type_of
from nhi_scan.demo.azure.errors import ApiError, graph_not_found
from nhi_scan.demo.azure.estate import Lazy, Record, Rows
from nhi_scan.demo.azure.graph.routes import Route
from nhi_scan.demo.azure.world import World

TYPES = {
    "applications": "application",
    "service_principals": "servicePrincipal",
    "users": "user",
    "groups": "group",
    "administrative_units": "administrativeUnit",
}

# Of these v1.0 shows users and groups alone.
_WITHOUT_PRINCIPALS = frozenset({"groups.members", "groups.transitiveMembers", "groups.owners"})

# What a tenant has where nobody changed it.
_USUAL: Mapping[str, Record] = {
    "authorizationPolicy": {"id": "authorizationPolicy"},
    "defaultAppManagementPolicy": {"id": "00000000-0000-0000-0000-000000000000", "isEnabled": False},
    "adminConsentRequestPolicy": {"isEnabled": False, "version": 0},
}


def rows_of(world: World, route: Route, ids: tuple[str, ...]) -> Rows:
    """Return every row of a path that answers a collection.

    Raises:
        ApiError: the object in the path is not there.
    """
    if route.source:
        rows: Rows = getattr(world.estate, route.source)
        return rows
    return _RELATED[route.family](world, ids)


def shown(world: World, route: Route, rows: Rows, *, beta: bool) -> Rows:
    """Return what of a path's rows its version shows: in v1.0 no group has a service principal in it, or as its owner.

    https://learn.microsoft.com/graph/api/group-list-members, https://learn.microsoft.com/graph/api/group-list-owners
    """
    if beta or route.family not in _WITHOUT_PRINCIPALS:
        return rows
    return [row for row in rows if (world.find(row["id"]) or ("",))[0] != "service_principals"]


def one_of(world: World, route: Route, ids: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the object of a path that answers one.

    Raises:
        ApiError: it is not there.
    """
    if route.path.startswith("policies/"):
        return world.estate.policies.get(route.family, _USUAL[route.family])
    return existing(world, route.path.partition("/")[0], ids[0])


def existing(world: World, collection: str, id_: str) -> Mapping[str, Any]:
    """Return an object of a collection by its id, or by `appId='...'`.

    Raises:
        ApiError: there is none such.
    """
    attribute = next(name for name, kind in TYPES.items() if kind.lower() == _singular(collection))
    if id_.lower().startswith("appid="):
        wanted = id_.partition("=")[2].strip("'").lower()
        rows = getattr(world.estate, attribute)
        for row in world.by(attribute, rows, "appId").get(wanted, ()):
            return row
        raise graph_not_found(wanted)
    found = world.find(id_)
    if found is None or found[0] != attribute:
        raise graph_not_found(id_)
    return found[1]


def _singular(collection: str) -> str:
    return collection.lower().removesuffix("s")


def reference(world: World, id_: str) -> Record | None:
    """Return a directory object as a relation shows it, with its type; None where it is gone."""
    found = world.find(id_)
    if found is None:
        return None
    collection, row = found
    return {ODATA_TYPE: f"#microsoft.graph.{type_of(row, TYPES[collection])}", **row}


def references(world: World, ids: Iterable[str]) -> list[Record]:
    """Return directory objects as a relation shows them; those that are gone are not in it."""
    found = (reference(world, id_) for id_ in ids)
    return [one for one in found if one is not None]


def related(world: World, row: Mapping[str, Any], relation: str) -> list[Record]:
    """Return what an expansion of a relation shows."""
    if relation == "federatedIdentityCredentials":
        return [dict(one) for one in world.estate.federated_credentials.get(row["id"], ())]
    return references(world, getattr(world.estate, relation, {}).get(row["id"], ()))


def counted(world: World, rows: Rows, relation: str) -> Rows:
    """Return rows that also say how many objects each is related to, for a filter that asks."""
    return [{**row, relation: {"$count": len(related(world, row, relation))}} for row in rows]


def by_ids(world: World, ids: Sequence[str], types: Sequence[str]) -> list[Record]:
    """Return the directory objects with these ids, of these types (none: any); those that are not there are left out.

    https://learn.microsoft.com/graph/api/directoryobject-getbyids

    Raises:
        ApiError: more than a thousand ids, or one that is no GUID.
    """
    if len(ids) > 1000:
        raise ApiError(400, "Request_BadRequest", "Invalid number of ids: at most 1000.")
    wanted = {one.lower() for one in types} - {"directoryobject"}
    found = references(world, ids)
    return [one for one in found if not wanted or one[ODATA_TYPE].rpartition(".")[2].lower() in wanted]


def _kept(attribute: str, kind: str) -> Callable[[World, tuple[str, ...]], Rows]:
    """Return the rows of a collection that are of a type of their own."""

    def rows(world: World, _: tuple[str, ...]) -> Rows:
        every = getattr(world.estate, attribute)
        if isinstance(every, Lazy):
            return ()
        return [row for row in every if type_of(row, "") == kind]

    return rows


def _held(attribute: str, collection: str) -> Callable[[World, tuple[str, ...]], Rows]:
    """Return what an object of a collection is related to."""

    def rows(world: World, ids: tuple[str, ...]) -> Rows:
        row = existing(world, collection, ids[0])
        return references(world, getattr(world.estate, attribute).get(row["id"], ()))

    return rows


def _sponsors(world: World, ids: tuple[str, ...]) -> Rows:
    if world.find(ids[0]) is None:
        raise graph_not_found(ids[0])
    return references(world, world.estate.sponsors.get(ids[0].lower(), ()))


def _assigned(key: str) -> Callable[[World, tuple[str, ...]], Rows]:
    def rows(world: World, ids: tuple[str, ...]) -> Rows:
        principal = existing(world, "servicePrincipals", ids[0])
        every = world.estate.app_role_assignments
        return world.by("app_role_assignments", every, key).get(principal["id"], ())

    return rows


def _federated(world: World, ids: tuple[str, ...]) -> Rows:
    application = existing(world, "applications", ids[0])
    return world.estate.federated_credentials.get(application["id"], ())


def _inheritable(world: World, ids: tuple[str, ...]) -> Rows:
    blueprint = existing(world, "applications", ids[0])
    return world.estate.inheritable_permissions.get(blueprint["id"], ())


def _transitive(world: World, ids: tuple[str, ...]) -> Rows:
    ahead, seen = list(world.estate.members.get(ids[0].lower(), ())), dict.fromkeys([ids[0].lower()])
    while ahead:
        one = ahead.pop(0)
        if one not in seen:
            seen[one] = None
            ahead += world.estate.members.get(one, ())
    return references(world, list(seen)[1:])


def _units(world: World, ids: tuple[str, ...]) -> Rows:
    found = world.find(ids[0])
    if found is None or found[0] != "administrative_units":
        raise graph_not_found(ids[0])
    return references(world, world.estate.members.get(ids[0].lower(), ()))


def _applies_to(world: World, ids: tuple[str, ...]) -> Rows:
    return references(world, world.estate.applies_to.get(ids[0].lower(), ()))


def _includes(world: World, ids: tuple[str, ...]) -> Rows:
    for row in world.estate.permission_grant_policies:
        if row["id"] == ids[0]:
            included: Rows = row.get("includes", ())
            return included
    raise graph_not_found(ids[0])


def _organization(world: World, _: tuple[str, ...]) -> Rows:
    return [{"id": world.estate.tenant, **world.estate.organization}]


_RELATED: Mapping[str, Callable[[World, tuple[str, ...]], Rows]] = {
    "organization": _organization,
    "agentIdentityBlueprints": _kept("applications", "agentIdentityBlueprint"),
    "agentIdentities": _kept("service_principals", "agentIdentity"),
    "agentIdentityBlueprintPrincipals": _kept("service_principals", "agentIdentityBlueprintPrincipal"),
    "agentIdentityBlueprints.inheritablePermissions": _inheritable,
    "agentUsers": _kept("users", "agentUser"),
    "applications.owners": _held("owners", "applications"),
    "applications.federatedIdentityCredentials": _federated,
    "servicePrincipals.owners": _held("owners", "servicePrincipals"),
    "servicePrincipals.appRoleAssignedTo": _assigned("resourceId"),
    "servicePrincipals.appRoleAssignments": _assigned("principalId"),
    "sponsors": _sponsors,
    "groups.members": _held("members", "groups"),
    "groups.transitiveMembers": _transitive,
    "groups.owners": _held("owners", "groups"),
    "administrativeUnits.members": _units,
    "appManagementPolicies.appliesTo": _applies_to,
    "permissionGrantPolicies.includes": _includes,
}
