"""An estate as Cloud Asset Inventory shows it.

Names: https://cloud.google.com/asset-inventory/docs/asset-names; an asset's `resource.data` is the resource as its own
API shows it, and so it is held against that API's discovery document.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.world import World, account_name

_CRM = "//cloudresourcemanager.googleapis.com/"
_DOMAIN = ".googleapis.com"

# (name, scope it lies in, schema, its data, name of what it is in)
Row = tuple[str, str, str, Callable[[], dict[str, Any]], str]
Source = Callable[[World, frozenset[str]], Iterator[Row]]


def _organizations(world: World, inside: frozenset[str]) -> Iterator[Row]:
    place = world.estate.organization
    if place in inside:
        yield _CRM + place, place, "Organization", partial(records.organization, world), ""


def _folders(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for folder in world.estate.folders:
        if folder.id in inside:
            yield (
                _CRM + folder.id,
                folder.id,
                "Folder",
                partial(records.folder, world, folder),
                _CRM + folder.parent,
            )


def _projects(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for project in world.estate.projects:
        if project.id in inside:
            yield (
                _CRM + world.numbered(project.id),
                project.id,
                "Project",
                partial(records.project, world, project),
                _CRM + project.parent,
            )


def _accounts(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for account in world.estate.accounts:
        if account.project in inside:
            yield (
                account_name(account),
                account.project,
                "ServiceAccount",
                partial(records.account, account),
                _CRM + world.numbered(account.project),
            )


def _keys(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for account in world.estate.accounts:
        if account.project in inside:
            for key in account.keys:
                yield (
                    f"{account_name(account)}/keys/{key.id}",
                    account.project,
                    "ServiceAccountKey",
                    partial(records.key, world, account, key),
                    account_name(account),
                )


def _roles(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for role in world.estate.roles:
        scope = role.id.partition("/roles/")[0]
        if scope in inside:
            yield (
                f"//iam.googleapis.com/{role.id}",
                scope,
                "Role",
                partial(records.role, role),
                _CRM + world.numbered(scope),
            )


def _pools(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for pool in world.estate.pools:
        if pool.place in inside and pool.place in world.projects:
            yield (
                f"//iam.googleapis.com/{records.pool_name(world, pool)}",
                pool.place,
                "WorkloadIdentityPool",
                partial(records.pool, world, pool),
                _CRM + world.numbered(pool.place),
            )


def _providers(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for pool in world.estate.pools:
        if pool.place in inside and pool.place in world.projects:
            for id_ in pool.providers:
                name = f"//iam.googleapis.com/{records.pool_name(world, pool)}"
                yield (
                    f"{name}/providers/{id_}",
                    pool.place,
                    "WorkloadIdentityPoolProvider",
                    partial(records.provider, world, pool, id_),
                    name,
                )


def _api_keys(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for key in world.estate.api_keys:
        if key.project in inside:
            yield (
                f"//apikeys.googleapis.com/{world.numbered(key.project)}/locations/global/keys/{key.id}",
                key.project,
                "V2Key",
                partial(records.api_key, world, key),
                _CRM + world.numbered(key.project),
            )


def _constraints(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for constraint in world.estate.constraints:
        if constraint.place in inside:
            place = world.numbered(constraint.place)
            yield (
                f"//orgpolicy.googleapis.com/{place}/policies/{constraint.name}",
                constraint.place,
                "GoogleCloudOrgpolicyV2Policy",
                partial(records.constraint, world, constraint),
                _CRM + place,
            )


def _tag_bindings(world: World, inside: frozenset[str]) -> Iterator[Row]:
    for tag in world.estate.tags:
        scope = world.scope_of(tag.place)
        if scope in inside:
            data = records.tag_binding(world, tag)
            yield f"{_CRM}{data['name']}", scope, "TagBinding", partial(dict, data), data["parent"]


SOURCES: Mapping[str, tuple[str, Source]] = {
    "cloudresourcemanager.googleapis.com/Organization": ("v3", _organizations),
    "cloudresourcemanager.googleapis.com/Folder": ("v3", _folders),
    "cloudresourcemanager.googleapis.com/Project": ("v3", _projects),
    "cloudresourcemanager.googleapis.com/TagBinding": ("v3", _tag_bindings),
    "iam.googleapis.com/ServiceAccount": ("v1", _accounts),
    "iam.googleapis.com/ServiceAccountKey": ("v1", _keys),
    "iam.googleapis.com/Role": ("v1", _roles),
    "iam.googleapis.com/WorkloadIdentityPool": ("v1", _pools),
    "iam.googleapis.com/WorkloadIdentityPoolProvider": ("v1", _providers),
    "apikeys.googleapis.com/Key": ("v2", _api_keys),
    "orgpolicy.googleapis.com/Policy": ("v2", _constraints),
}


def rows(world: World, type_: str, inside: frozenset[str]) -> Iterator[tuple[str, Row]]:
    """Return the assets of a type within some scopes, each with its type; they become JSON in `build`."""
    known = SOURCES.get(type_)
    if known is not None:
        for row in known[1](world, inside):
            yield type_, row
    for thing in world.estate.things:
        if thing.type == type_ and thing.project in inside:
            schema = thing.schema or type_.partition("/")[2]
            parent = _CRM + world.numbered(thing.project)
            yield type_, (thing.name, thing.project, schema, partial(dict, thing.data), parent)


def build(world: World, entry: tuple[str, Row], content: str) -> dict[str, Any]:
    """Return an asset as JSON; without content RESOURCE, its name alone."""
    type_, (name, scope, schema, data, parent) = entry
    service = type_.partition("/")[0]
    asset: dict[str, Any] = {
        "name": name,
        "assetType": type_,
        "ancestors": world.ancestors(scope),
        "updateTime": world.ago(1),
    }
    if content == "RESOURCE":
        version = SOURCES[type_][0] if type_ in SOURCES else "v1"
        resource = {
            "version": version,
            "discoveryDocumentUri": f"https://{service}/$discovery/rest?version={version}",
            "discoveryName": schema,
            "data": data(),
        }
        asset["resource"] = {**resource, "parent": parent} if parent else resource
    return asset


def types_of(world: World, wanted: Sequence[str]) -> list[str]:
    """Return the types asked for, or every type that there is here."""
    return list(wanted) or sorted({*SOURCES, *(thing.type for thing in world.estate.things)})
