"""Facts about secrets of GitHub: whose they are, in words, and the commands that set and delete them.

https://cli.github.com/manual/gh_secret_set, https://cli.github.com/manual/gh_secret_delete
"""

import shlex
from urllib.parse import unquote

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource

_KIND = "actions_secret"
_ENVIRONMENTS = "/environments/"


@fact("resource", "text")
def resource_secret_holder(estate: Estate) -> list[str]:
    """Whose secret of GitHub it is, in words: `environment "prod" of repository acme/app`; empty for anything else."""
    return [_holder(estate, row) if row.kind == _KIND else "" for row in estate.resources]


@fact("resource", "text")
def resource_secret_set_fix(estate: Estate) -> list[str]:
    """The command that gives a secret of GitHub another value, which it asks for; empty for anything else."""
    return [_command(estate, "set", row) if row.kind == _KIND else "" for row in estate.resources]


@fact("resource", "text")
def resource_secret_delete_fix(estate: Estate) -> list[str]:
    """The command that deletes a secret of GitHub; empty for anything else."""
    return [_command(estate, "delete", row) if row.kind == _KIND else "" for row in estate.resources]


def _holder(estate: Estate, row: Resource) -> str:
    repository, environment = _repository(row), _environment(estate, row)
    if not repository:
        return f"organization {_organization(row)}"
    return f'environment "{environment}" of repository {repository}' if environment else f"repository {repository}"


def _command(estate: Estate, verb: str, row: Resource) -> str:
    repository, environment = _repository(row), _environment(estate, row)
    host = github_ids.host_in(row.id)
    server = "" if host == github_ids.HOST else f"{host}/"
    words = ["gh", "secret", verb, row.name]
    words += ["--repo", server + repository] if repository else ["--org", _organization(row)]
    words += ["--env", environment] if environment else []
    app = dict(row.attributes).get("kind", "")
    return shlex.join([*words, *(["--app", app] if app == "dependabot" else [])])


def _repository(row: Resource) -> str:
    return github_ids.repository_of(row.id).partition("/")[2]


def _organization(row: Resource) -> str:
    return github_ids.organization_of(row.id).partition("/")[2]


def _environment(estate: Estate, row: Resource) -> str:
    above = row.id.rpartition("/")[0].rpartition("/")[0]
    if _ENVIRONMENTS not in above:
        return ""
    found = estate.inventory.resources.get(above)
    return found.name if found is not None else unquote(above.rpartition("/")[2])
