"""Organizations, folders and projects, from Cloud Asset Inventory or Resource Manager."""

from dataclasses import replace
from typing import Any

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.providers.gcp.normalise.hierarchy import CRM, Hierarchy
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.values import text, texts, within

# What is above first: a project's line is then known when it is read.
_ASSETS = (
    "asset-cloudresourcemanager-organization",
    "asset-cloudresourcemanager-folder",
    "asset-cloudresourcemanager-project",
)
_PLAIN = ("crm-organizations", "crm-folders", "crm-projects")
_ACCOUNTS = ("asset-iam-service-account", "iam-service-accounts")


def read_scopes(source: Source) -> Hierarchy:
    """All scopes that have records, and those above the scopes that were asked for."""
    hierarchy = Hierarchy()
    lines: list[list[str]] = []
    for kind in _ASSETS:
        for scope_id, _, asset in source.plain(kind):
            ancestors, name = texts(asset.get("ancestors")), text(asset, "name")
            data = within(within(asset, "resource"), "data")
            if hierarchy.add(data, ancestors, name) is None:
                source.note(kind, scope_id, "scopes without a name")
            lines.append(ancestors)
    for kind in _PLAIN:
        for scope_id, _, record in source.plain(kind):
            if hierarchy.add(record) is None:
                source.note(kind, scope_id, "scopes without a name")
    for line in lines:
        hierarchy.line(line)
    for scope_id in sorted(source.swept):
        if scope_id.startswith(("organizations/", "folders/", "projects/")):
            hierarchy.line([scope_id])
    index_coverage(source, hierarchy)
    return hierarchy


def index_coverage(source: Source, hierarchy: Hierarchy) -> None:
    """Let the coverage of a scope answer for what is below it."""
    parents = {id_: scope.parent_id for id_, scope in hierarchy.scopes.items() if scope.parent_id}
    source.coverage = CoverageIndex(source.records.coverage, parents)


def write_scopes(source: Source, hierarchy: Hierarchy, **below: Any) -> None:
    """Add the scopes to the records, with what was bound to them.

    Args:
        source: where they go.
        hierarchy: all scopes that were found while reading.
        **below: fields of `Scope` and, for each, the values by scope id; see `bound`.
    """
    for id_ in sorted(hierarchy.scopes):
        scope = hierarchy.scopes[id_]
        asked = any(source.coverage.covered(id_, kind) is not None for kind in _ACCOUNTS)
        fields = {name: values(id_) for name, values in below.items()}
        source.records.scopes.append(replace(scope, collected=asked, **fields))


def resource_name(scope_id: str) -> str:
    """The full resource name of a scope."""
    return f"{CRM}{scope_id}"
