"""Facts about jobs of GitHub's workflows: what their tokens may do, who can make them run code, what they use.

The attributes of a job are those of `providers/github/normalise/job_attributes.py`.
"""

import shlex
from urllib.parse import quote

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity

_NO_JOB = "it is no job of a workflow"
_MOST = 8
_IMAGE = "docker://"
_WAYS = {"checkout": "code that it checks out", "injection": "text that it runs as a script"}


@fact("identity", "text", unknown=f"{_NO_JOB}, or its default permissions were not collected")
def identity_token_writes(estate: Estate) -> list[str | None]:
    """What the token of a job may write, by GitHub's names: `contents, packages`; empty where nothing."""
    return [None if (found := _writes(row)) is None else ", ".join(found) for row in estate.identities]


@fact("identity", "integer", unknown=f"{_NO_JOB}, or its default permissions were not collected")
def identity_token_write_count(estate: Estate) -> list[int | None]:
    """How many of its permissions let the token of a job write; a token for other clouds does not count."""
    return [None if (found := _writes(row)) is None else len(found) for row in estate.identities]


@fact("identity", "text", unknown=f"{_NO_JOB}, or nobody knows who sees its repository")
def identity_open_to_anyone(estate: Estate) -> list[str | None]:
    """By what anybody can make a job run their code, in words: "code that it checks out"; empty where by nothing."""
    return [_ways(row) for row in estate.identities]


@fact("identity", "boolean", unknown=f"{_NO_JOB}, or nobody knows who sees its repository")
def identity_forks_on_own_runner(estate: Estate) -> list[bool | None]:
    """Whether a pull request of anybody runs on a self-hosted runner, as far as its file tells."""
    return [
        "self_hosted" in told.get("open_to_anyone", "").split() if (told := _told(row)) is not None else None
        for row in estate.identities
    ]


@fact("identity", "boolean", unknown=_NO_JOB)
def identity_open_surely(estate: Estate) -> list[bool | None]:
    """Whether nothing has to be so besides, that its file does not tell, before anybody can make a job run code."""
    return [
        "?" not in told.get("open_to_anyone", "").split() if (told := _told(row)) is not None else None
        for row in estate.identities
    ]


@fact("identity", "boolean", unknown=f"{_NO_JOB}, or its default permissions were not collected")
def identity_job_worth_taking(estate: Estate) -> list[bool | None]:
    """Whether a job has what somebody would take it over for: a token that writes, one for other clouds, secrets."""
    return [_worth(row) for row in estate.identities]


@fact("identity", "text", unknown=_NO_JOB)
def identity_job_held(estate: Estate) -> list[str | None]:
    """What a job holds while it runs, in words: "secrets (NPM_TOKEN), a token for other clouds"."""
    return [_held(row) for row in estate.identities]


@fact("identity", "text", unknown=_NO_JOB)
def identity_unpinned_third_party(estate: Estate) -> list[str | None]:
    """The actions of others than GitHub and the organization that a job uses by a name that can be moved."""
    return [None if _told(row) is None else ", ".join(_few(_unpinned(row))) for row in estate.identities]


@fact("identity", "text")
def identity_pin_fix(estate: Estate) -> list[str]:
    """The commands that say which commits are meant by names that can be moved, a line each; empty elsewhere.

    https://docs.github.com/rest/commits/commits#get-a-commit
    """
    return ["\n".join(dict.fromkeys(map(_commit, _unpinned(row)[:_MOST]))) for row in estate.identities]


@fact("identity", "text")
def identity_repository(estate: Estate) -> list[str]:
    """The repository of GitHub that it is of, as commands take it: `owner/name`; empty elsewhere."""
    return [repository_in(row.id) if row.provider == "github" else "" for row in estate.identities]


@fact("identity", "text")
def identity_source_file(estate: Estate) -> list[str]:
    """The workflow file that a job is written in; empty elsewhere."""
    return [told.get("source_file", "") if (told := _told(row)) is not None else "" for row in estate.identities]


@fact("identity", "text")
def identity_workflow_name(estate: Estate) -> list[str]:
    """The name of the file of a job's workflow, as commands take it: `ci.yml`; empty elsewhere."""
    return [
        github_ids.workflow_of(row.id).rpartition("/")[2] if row.kind == "workflow_job" else ""
        for row in estate.identities
    ]


def repository_in(id_: str) -> str:
    """Return the `owner/name` of the repository that an id of GitHub is of; empty where it is of none."""
    return github_ids.repository_of(id_).partition("/")[2]


def only_called(row: Identity) -> bool:
    """Say whether a job is of a file that only others call, while those calls are jobs themselves."""
    told = dict(row.attributes)
    return told.get("triggers") == "workflow_call" and "called_as" in told


def _told(row: Identity) -> dict[str, str] | None:
    return dict(row.attributes) if row.kind == "workflow_job" else None


def _writes(row: Identity) -> list[str] | None:
    told = _told(row)
    if told is None or "?" in told.get("permissions", "?").split():
        return None
    found = (one.removesuffix("=write") for one in told["permissions"].split() if one.endswith("=write"))
    return sorted(name for name in found if name != "id-token")


def _ways(row: Identity) -> str | None:
    told = _told(row)
    if told is None:
        return None
    return " and ".join(_WAYS[word] for word in told.get("open_to_anyone", "").split() if word in _WAYS)


def _worth(row: Identity) -> bool | None:
    told = _told(row)
    if told is None:
        return None
    if only_called(row):
        return False
    if told.get("secrets") or told.get("id_token") == "true":
        return True
    writes = _writes(row)
    return None if writes is None else bool(writes)


def _held(row: Identity) -> str | None:
    told = _told(row)
    if told is None:
        return None
    writes = _writes(row)
    secrets = _listed(row, "secrets")
    found = [f"secrets ({secrets})" if secrets else ""]
    found.append("a token for other clouds" if told.get("id_token") == "true" else "")
    found.append(f"a token that writes {', '.join(_few(writes))}" if writes else "")
    return ", ".join(one for one in found if one)


def _listed(row: Identity, name: str) -> str | None:
    told = _told(row)
    if told is None:
        return None
    names = told.get(name, "").split()
    shown = [one for one in names if one != "?"]
    return ", ".join([*_few(shown), *(["any"] if "?" in names else [])])


def _few(names: list[str]) -> list[str]:
    """Keep the first few, and say how many there are besides."""
    return [*names[:_MOST], *([f"{len(names) - _MOST} more"] if len(names) > _MOST else [])]


def _commit(used: str) -> str:
    """What is used may lie in a folder of a repository, or be an image; a branch may have slashes in its name."""
    if used.startswith(_IMAGE):
        return f"docker buildx imagetools inspect {shlex.quote(used.removeprefix(_IMAGE))}"
    path, _, ref = used.partition("@")
    owner, _, rest = path.partition("/")
    where = f"repos/{owner}/{rest.partition('/')[0]}/commits/{quote(ref or 'HEAD', safe='')}"
    return f"gh api {shlex.quote(where)} --jq .sha"


def _unpinned(row: Identity) -> list[str]:
    """An organization's own actions change by those who may push there: the graph tells of that."""
    owner = github_ids.organization_of(row.id).rpartition("/")[2]
    found = dict(row.attributes).get("unpinned_third_party", "").split()
    return sorted(one for one in found if one.partition("/")[0].lower() != owner)
