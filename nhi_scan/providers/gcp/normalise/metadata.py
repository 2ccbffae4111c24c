"""How a virtual machine lets people in, as far as the names of its metadata tell: the values are never collected.

A key of the machine goes before one of its project; where neither has it, OS Login is off and the project's SSH keys
are taken (https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys).
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.paths import words
from nhi_scan.snapshot.values import texts, within

_PROJECTS = "asset-compute-project"
_ASKED = "compute-projects"
_OS_LOGIN = "enable-oslogin"
_BLOCKED = "block-project-ssh-keys"

Attributes = tuple[tuple[str, str], ...]


class Metadata:
    """The names in the metadata of projects."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._names: dict[str, frozenset[str]] = {}
        for scope_id, _, asset in source.plain(_PROJECTS):
            data = within(within(asset, "resource"), "data")
            project = hierarchy.scope_id(project_of(texts(asset.get("ancestors"))))
            if not project or not data:
                source.note(_PROJECTS, scope_id, "settings of no project")
            else:
                self._names[project] = _names(data)
        for scope_id, _, record in source.plain(_ASKED):
            self._names[hierarchy.scope_id(scope_id)] = _names(record)

    def attributes(self, instance: Mapping[str, Any], project: str) -> Attributes:
        """`os_login` and `project_keys` of a machine, `true` or `false`; nothing where the names do not tell."""
        common = self._names.get(project)
        if common is None or not isinstance(instance.get("metadata"), dict):
            return ()
        names = common.union(words(instance, ("metadata.items.key",)))
        if _OS_LOGIN in names:
            return ()
        if _BLOCKED in names:
            return (("os_login", "false"),)
        return ("os_login", "false"), ("project_keys", "true")


def _names(project: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(words(project, ("commonInstanceMetadata.items.key",)))
