"""What GitHub can be told on the command line: its organizations have names, where those of clouds have numbers."""

from typing import Any, Final

import click
from click.core import ParameterSource

from nhi_scan.cli.file_name import FileName
from nhi_scan.cli.options import option

GITHUB: Final = "github"
_HEADING = "GitHub"

GITHUB_OPTIONS: Final = (
    option(
        "--github-org",
        "github_organizations",
        multiple=True,
        metavar="NAME",
        heading=_HEADING,
        help="Organization to collect; repeatable.  [default: those that the app is installed in or the token sees]",
    ),
    option(
        "--github-repo",
        "github_repositories",
        multiple=True,
        metavar="OWNER/NAME",
        heading=_HEADING,
        help="Repository to collect, of an organization that is not collected as a whole; repeatable.",
    ),
    option(
        "--github-workflows",
        type=FileName(),
        multiple=True,
        metavar="DIR",
        heading=_HEADING,
        help="Checkout whose workflow files are read without asking GitHub: no credentials needed; repeatable.",
    ),
    option(
        "--github-url",
        metavar="URL",
        heading=_HEADING,
        help="Address of the API of GitHub Enterprise Server: https://HOST/api/v3.  [default: https://api.github.com]",
    ),
    option(
        "--github-app-id",
        metavar="ID",
        heading=_HEADING,
        help="GitHub App to sign in as.  [default: the token in GH_TOKEN or GITHUB_TOKEN]",
    ),
    option(
        "--github-private-key",
        type=FileName(),
        metavar="FILE",
        heading=_HEADING,
        help="Private key of the app, PEM.",
    ),
)
# Parameter -> the key of the provider's section that it fills.
_KEYS: Final = {
    "github_organizations": "organizations",
    "github_repositories": "repositories",
    "github_workflows": "workflows",
    "github_url": "base_url",
    "github_app_id": "app_id",
    "github_private_key": "private_key",
}


def typed_github(ctx: click.Context) -> str:
    """Return the first of these options that stands on the command line, as it was typed; empty: none does."""
    for parameter in ctx.command.params:
        if parameter.name in _KEYS and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
            return parameter.opts[0]
    return ""


def take_github(options: dict[str, Any]) -> dict[str, Any]:
    """Take these options out of a command's, and return those that were given by the key of the section."""
    given = {key: options.pop(parameter) for parameter, key in _KEYS.items()}
    return {key: value for key, value in given.items() if value is not None and value != ()}
