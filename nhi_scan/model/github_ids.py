"""Ids of GitHub: one spelling of each, and what it lies in.

An id is the path at which the web site or the REST API shows a thing, after the host of the web site. Names of
accounts, repositories, environments and secrets are lower case in it, because GitHub compares them so; the paths of
workflow files and the ids of their jobs keep their letters, because git and GitHub tell those apart
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_id).

The number of parts tells what an id is: two an organization, three a repository, four something of an organization,
more something of a repository. So a repository that is called `secrets` is no trouble.
"""

from urllib.parse import quote

HOST = "github.com"
WORKFLOWS = ".github/workflows/"  # the folder in a repository

_IN_NAMES = "!$&'()*+,;=:@[]{}<>|^`\""
_IN_PATHS = f"{_IN_NAMES}/"
_API = "api."
_GHE = ".ghe.com"  # GitHub Enterprise Cloud with data residency
_ORG_PARTS = 2
_REPO_PARTS = 3


def host_of(base_url: str) -> str:
    """Return the host of the web site for the address of an API; `github.com` where it is empty.

    `https://api.github.com` is of github.com, `https://api.acme.ghe.com` of acme.ghe.com
    (https://docs.github.com/enterprise-cloud@latest/admin/data-residency), `https://HOST/api/v3` of GitHub Enterprise
    Server (https://docs.github.com/enterprise-server@latest/rest/enterprise-admin). A port of its own stays.
    """
    place = base_url.strip().rpartition("://")[2].partition("/")[0]
    host = place.rpartition("@")[2].lower().removesuffix(":443").removesuffix(":80")
    if host.startswith(_API) and (host == _API + HOST or host.endswith(_GHE)):
        host = host.removeprefix(_API)
    return host or HOST


def organization(host: str, login: str) -> str:
    """Return the id of an organization, or of a user who owns repositories."""
    return f"{host.lower()}/{part(login)}"


def repository(host: str, owner: str, name: str) -> str:
    """Return the id of a repository."""
    return f"{organization(host, owner)}/{part(name)}"


def of_full_name(host: str, full_name: str) -> str:
    """Return the id of a repository by `owner/name`; empty where the text is not of that form."""
    owner, slash, name = full_name.strip().partition("/")
    return repository(host, owner, name) if owner and slash and name and "/" not in name else ""


def environment(repository_id: str, name: str) -> str:
    """Return the id of an environment; its name may hold slashes, which are `%2F` here."""
    return f"{repository_id}/environments/{part(name)}"


def workflow(repository_id: str, path: str) -> str:
    """Return the id of a workflow file by its path in the repository."""
    return f"{repository_id}/{quote(path.lstrip('/'), safe=_IN_PATHS, errors='replace')}"


def job(workflow_id: str, job_id: str) -> str:
    """Return the id of a job of a workflow file; of a job of a workflow that a job calls by `job/called`."""
    return f"{workflow_id}#{quote(job_id, safe=_IN_PATHS, errors='replace')}"


def code(repository_id: str) -> str:
    """Return the id of whatever those who can push to a repository can make its workflows run."""
    return f"{repository_id}#code"


def anyone(host: str) -> str:
    """Return the id of whoever has an account on a GitHub and may open a pull request from a fork."""
    return f"{host.lower()}#anyone"


def installation(organization_id: str, number: int | str) -> str:
    """Return the id of an installation of a GitHub App."""
    return f"{organization_id}/installations/{number}"


def permissions(identity_id: str) -> str:
    """Return the id of the policy that holds the permissions of an installation or a token."""
    return f"{identity_id}#permissions"


def deploy_key(repository_id: str, number: int | str) -> str:
    """Return the id of a deploy key."""
    return f"{repository_id}/keys/{number}"


def access_token(organization_id: str, number: int | str) -> str:
    """Return the id of a fine-grained personal access token, as the organization that approved it knows it."""
    return f"{organization_id}/personal-access-tokens/{number}"


def secret(parent_id: str, name: str, kind: str = "actions") -> str:
    """Return the id of a secret of an organization, a repository or an environment.

    Args:
        parent_id: whose secret it is.
        name: its name; GitHub does not tell lower case from upper.
        kind: `actions`, `dependabot` or `codespaces`; all three may have a secret of the same name.
    """
    return f"{parent_id}/{'secrets' if kind == 'actions' else f'{kind}-secrets'}/{part(name)}"


def runner(parent_id: str, number: int | str) -> str:
    """Return the id of a self-hosted runner of an organization or a repository."""
    return f"{parent_id}/runners/{number}"


def runner_group(organization_id: str, number: int | str) -> str:
    """Return the id of a group of self-hosted runners."""
    return f"{organization_id}/runner-groups/{number}"


def webhook(parent_id: str, number: int | str) -> str:
    """Return the id of a webhook of an organization or a repository."""
    return f"{parent_id}/hooks/{number}"


def user(host: str, login: str) -> str:
    """Return the id of a person's account, which is written as an organization's."""
    return organization(host, login)


def host_in(id_: str) -> str:
    """Return the host that an id begins with."""
    return id_.partition("/")[0].partition("#")[0]


def organization_of(id_: str) -> str:
    """Return the organization of an id, or itself where it is one; empty where it lies in none."""
    return _first(id_, _ORG_PARTS)


def repository_of(id_: str) -> str:
    """Return the repository of an id, or itself where it is one; empty for an organization and what is its own."""
    parts = id_.partition("#")[0].split("/")
    return "" if len(parts) == _REPO_PARTS + 1 else _first(id_, _REPO_PARTS)


def is_organization(id_: str) -> bool:
    """Say whether an id is an organization's own."""
    return "#" not in id_ and len(id_.split("/")) == _ORG_PARTS


def is_repository(id_: str) -> bool:
    """Say whether an id is a repository's own."""
    return "#" not in id_ and len(id_.split("/")) == _REPO_PARTS


def workflow_of(job_id: str) -> str:
    """Return the workflow file of a job's id."""
    return job_id.partition("#")[0]


def part(name: str) -> str:
    """Return a name as one part of an id: lower case, and nothing in it that divides ids."""
    return quote(name.strip().lower(), safe=_IN_NAMES, errors="replace")


def _first(id_: str, count: int) -> str:
    parts = id_.partition("#")[0].split("/")
    return "/".join(parts[:count]) if len(parts) >= count else ""
