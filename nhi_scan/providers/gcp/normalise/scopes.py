"""Organizations, folders and projects, from Cloud Asset Inventory or Resource Manager.

https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy
"""

from collections.abc import Iterator
from dataclasses import replace

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.providers.gcp.normalise.constraints import Constraints
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.inherited import lacks_from_above
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.providers.gcp.normalise.tags import PolicyTags
from nhi_scan.snapshot.values import objects, text, texts, within

# What is above first: a project's line is then known when it is read.
_ASSETS = (
    "asset-cloudresourcemanager-organization",
    "asset-cloudresourcemanager-folder",
    "asset-cloudresourcemanager-project",
)
_PLAIN = ("crm-organizations", "crm-folders", "crm-projects")
_ANCESTRIES = "crm-ancestries"
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
    for line in (*lines, *_lines_above(source)):
        hierarchy.line(line)
    for scope_id in sorted(source.swept):
        if scope_id.startswith(("organizations/", "folders/", "projects/")):
            hierarchy.line([scope_id])
    index_coverage(source, hierarchy)
    return hierarchy


def _lines_above(source: Source) -> Iterator[list[str]]:
    """What lies above projects that were named: https://cloud.google.com/resource-manager/reference/rest."""
    for _, _, record in source.plain(_ANCESTRIES):
        above = [within(one, "resourceId") for one in objects(record, "ancestor")]
        yield [f"{text(one, 'type')}s/{text(one, 'id')}" for one in above]


def index_coverage(source: Source, hierarchy: Hierarchy) -> None:
    """Let the coverage of a scope answer for what is below it; a project that was named by number goes by its id."""
    source.rename(hierarchy.scope_id)
    parents = {id_: scope.parent_id for id_, scope in hierarchy.scopes.items() if scope.parent_id}
    source.coverage = CoverageIndex(source.records.coverage, parents)


def write_tagged(source: Source, hierarchy: Hierarchy) -> None:
    """Add the scopes to the records, and what is bound to scopes and resources: tags, constraints."""
    rows = source.records.coverage
    rows += list(lacks_from_above(rows, hierarchy.scopes))
    index_coverage(source, hierarchy)  # lines that were found on the way add scopes
    tags, constraints = PolicyTags(source, hierarchy), Constraints(source, hierarchy)
    for id_ in sorted(hierarchy.scopes):
        source.records.scopes.append(
            replace(
                hierarchy.scopes[id_],
                collected=any(source.coverage.covered(id_, kind) is not None for kind in _ACCOUNTS),
                policy_tags=tags.of(id_, id_),
                constraints=constraints.of(id_),
            )
        )
    resources = source.records.resources
    for position, one in enumerate(resources):
        bound = tags.of(one.id, one.scope_id)
        if bound is not None:
            resources[position] = replace(one, policy_tags=bound)
