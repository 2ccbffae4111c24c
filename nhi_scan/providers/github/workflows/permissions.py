"""What a job's GITHUB_TOKEN may do: the key `permissions`, and what holds where it is missing.

https://docs.github.com/actions/reference/authentication-in-a-workflow (the table of the defaults) and
https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions. That every token may read
metadata is not said here: it is no choice.
"""

from collections.abc import Mapping
from types import MappingProxyType

from nhi_scan.providers.github.workflows.nodes import Node, Scalar, Table

Levels = Mapping[str, str]  # scope -> `read` or `write`; a scope that is missing is none

ID_TOKEN = "id-token"  # noqa: S105 - the name of a permission
_SCOPES = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
)
_RANK = {"none": 0, "read": 1, "write": 2}

NOTHING: Levels = MappingProxyType({})
READ_ALL: Levels = MappingProxyType({**dict.fromkeys(_SCOPES, "read"), "models": "read"})
WRITE_ALL: Levels = MappingProxyType({**dict.fromkeys(_SCOPES, "write"), ID_TOKEN: "write", "models": "read"})
"""`write-all`: also tokens for other clouds; nothing above reading for models."""

RESTRICTED: Levels = MappingProxyType({"contents": "read", "packages": "read"})
PERMISSIVE: Levels = MappingProxyType({**dict.fromkeys(_SCOPES, "write"), "models": "read"})
"""The default where a repository's setting says `write`: everything but tokens for other clouds."""

DEFAULTS: Mapping[str, Levels] = MappingProxyType({"read": RESTRICTED, "write": PERMISSIVE})


def read_permissions(node: Node | None) -> Levels | None:
    """Read `permissions`: once anything is given, the rest is none.

    Returns:
        None where nothing is said, so that the repository's default holds.
    """
    if isinstance(node, Table):
        return {
            scope: value.value
            for scope, value in node.items.items()
            if isinstance(value, Scalar)
            and value.value in ("read", "write")
            and (scope, value.value) != (ID_TOKEN, "read")
        }
    if isinstance(node, Scalar) and not node.null:
        return {"read-all": READ_ALL, "write-all": WRITE_ALL}.get(node.value, NOTHING)
    return None


def within(asked: Levels | None, most: Levels | None) -> Levels | None:
    """Return what a called workflow's job gets: what it asks for, and no more than the job that calls it has.

    https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations#access-and-permissions

    Args:
        asked: by the called job or its file; None where it says nothing.
        most: of the calling job; None where nobody knows it: then it is a default, and none gives tokens for other
            clouds.
    """
    if asked is None:
        return most
    if most is None:
        return {scope: level for scope, level in asked.items() if scope != ID_TOKEN}
    lowest = {scope: min(level, most.get(scope, "none"), key=_rank) for scope, level in asked.items()}
    return {scope: level for scope, level in lowest.items() if _rank(level)}


def write(levels: Levels | None) -> str:
    """Write them down: `contents=read id-token=write`; `?` where nobody knows."""
    return "?" if levels is None else " ".join(f"{scope}={levels[scope]}" for scope in sorted(levels))


def _rank(level: str) -> int:
    return _RANK.get(level, 0)
