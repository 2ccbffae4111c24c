"""The least permissions of a GitHub App for a collection, computed from the call table.

`nhi-scan permissions github` prints them as the manifest of an app, from which GitHub makes one
(https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest), or as a table to go by.
Nothing is written by hand: a new row of the table widens them by what it needs.
"""

import json
from collections.abc import Iterable

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.calls import INSTALLED, NAMED, OWNER, PERSON, PERSONS, REPOSITORIES, Row
from nhi_scan.providers.github.calls_organization import ORGANIZATION, OWN_REPOSITORIES
from nhi_scan.providers.github.calls_repository import BLOB, LISTING, REPOSITORY

FORMATS = ("json", "markdown")
NAME = "nhi-scan-YOUR-ORGANIZATION"  # names of apps are given once on a GitHub
_URL = "https://github.com/YOUR-ORGANIZATION"
_ORGANIZATION = "organization_"
_LEVELS = ("read", "write", "admin")
CALLS: tuple[Row, ...] = (
    OWNER,
    PERSON,
    REPOSITORIES,
    INSTALLED,
    PERSONS,
    NAMED,
    *ORGANIZATION,
    OWN_REPOSITORIES,
    *REPOSITORY,
    LISTING,
    BLOB,
)


def needed(rows: Iterable[Row]) -> dict[str, str]:
    """All that rows need: permission -> level, sorted."""
    found: dict[str, str] = {}
    for one in (each for row in rows for each in row.permissions):
        name, _, level = one.partition("=")
        if name not in found or _LEVELS.index(level) > _LEVELS.index(found[name]):
            found[name] = level
    return dict(sorted(found.items()))


def wanted() -> dict[str, str]:
    """Return what a collection needs."""
    return needed(CALLS)


def render(format: str, *, usage: bool, organization: bool, project: bool = False) -> str:  # noqa: A002, ARG001 - the words of the command line
    """Write down what is needed.

    Args:
        format: `json` or `markdown`.
        usage: changes nothing: what was used when stands in what is read anyway.
        organization: changes nothing: an app is installed in organizations.
        project: no such thing on GitHub.

    Raises:
        UserError: no such format, or a project was asked for.
    """
    if project:
        raise UserError("`--project` is for `gcp`: install the app in the repositories to collect")
    if format == "json":
        return json.dumps(_manifest(), indent=2) + "\n"
    if format == "markdown":
        return _markdown()
    raise UserError(f"unknown format `{format}`: it is one of {', '.join(f'`{name}`' for name in FORMATS)}")


def _manifest() -> dict[str, object]:
    return {
        "name": NAME,
        "url": _URL,
        "public": False,
        "hook_attributes": {"url": _URL, "active": False},
        "default_permissions": wanted(),
        "default_events": [],
    }


def _markdown() -> str:
    """Write a table by where GitHub's page for an app shows each permission."""
    of_organization = [name for name in wanted() if name.startswith(_ORGANIZATION)]
    of_repository = [name for name in wanted() if not name.startswith(_ORGANIZATION)]
    lines = ["# What the GitHub App of nhi-scan may do", ""]
    for title, names in (("Repository permissions", of_repository), ("Organization permissions", of_organization)):
        lines += [f"## {title}", "", "| permission | level | for |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {wanted()[name]} | {_purposes(name)} |" for name in names]
        lines.append("")
    return "\n".join(lines)


def _purposes(name: str) -> str:
    rows = {row.operation for row in CALLS if any(one.partition("=")[0] == name for one in row.permissions)}
    return ", ".join(f"`GET {operation}`" for operation in sorted(rows))
