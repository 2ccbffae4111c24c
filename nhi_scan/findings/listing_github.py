"""Which kinds of record of GitHub must be complete before something that is missing can be called gone."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from nhi_scan.model import github_ids
from nhi_scan.model.finding import SubjectKind

_HOST: Final = r"[a-z0-9.-]+(?::\d+)?"
# How ids of GitHub begin: a host, then whose it is; or what anyone is. Ids of AWS are ARNs or have no slash.
_OWN: Final = re.compile(rf"{_HOST}(?:/|#anyone$)")
_FILES: Final = "github-workflow-files"
_REPOSITORIES: Final = "github-repositories"
# What the part behind an organization, or behind a repository, lists -> the record kind.
_OF_ORGANIZATION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "installations": "github-installations",
        "personal-access-tokens": "github-token-grants",
        "secrets": "github-org-secrets",
        "dependabot-secrets": "github-org-dependabot-secrets",
        "runners": "github-runners",
        "runner-groups": "github-runner-groups",
        "hooks": "github-org-webhooks",
    }
)
_OF_REPOSITORY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "keys": "github-deploy-keys",
        "secrets": "github-repo-secrets",
        "dependabot-secrets": "github-dependabot-secrets",
        "environments": "github-environments",
        "runners": "github-repo-runners",
        "hooks": "github-webhooks",
        ".github": _FILES,
    }
)
_ORGANIZATION: Final = 2  # parts of the id of one
_OF_ENVIRONMENT: Final = 6  # parts of the id of what an environment has

# What tells who may do what, and who can show which token: see `listing.BESTOWING`.
BESTOWING_ON_GITHUB: Final = (
    "github-organizations",
    _REPOSITORIES,
    _FILES,
    "github-org-workflow-permissions",
    "github-repo-workflow-permissions",
    "github-org-actions-permissions",
    "github-repo-actions-permissions",
    "github-environments",
    "github-environment-branch-policies",
    "github-branches",
    "github-branch-protection",
    "github-branch-rules",
    "github-org-oidc",
    "github-repo-oidc",
)
# And of whom alone it tells more. Only an app itself can list the repositories that it is in: of others nobody ever
# knows, so that nothing is known less.
_OF_THEIR_OWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "installations": ("github-installations",),
        "personal-access-tokens": ("github-token-grants", "github-token-grant-repositories"),
        "keys": ("github-deploy-keys",),
    }
)


def bestowing_on_github(subject_id: str) -> tuple[str, ...]:
    """Name the kinds that tell what a subject may do."""
    parts = subject_id.partition("#")[0].split("/")
    own = _OF_THEIR_OWN.get(parts[-2], ()) if len(parts) > _ORGANIZATION else ()
    return (*BESTOWING_ON_GITHUB, *own)


def is_githubs(subject_id: str) -> bool:
    """Say whether an id is one of GitHub's, as against AWS: `github.com/northwind/shop`, `github.com#anyone`."""
    return _OWN.match(subject_id) is not None


def github_kinds(subject: SubjectKind, subject_id: str) -> Iterator[str]:
    """Name the record kinds that must be complete before a subject that is missing can be called gone.

    What lies in a repository is gone with it, so the list of repositories has to be complete as well.

    Args:
        subject: what it is.
        subject_id: its id, as `github_ids` makes them.
    """
    if subject == "scope":
        yield "github-organizations" if github_ids.is_organization(subject_id) else _REPOSITORIES
        return
    path = subject_id.partition("#")[0].split("/")
    repository = github_ids.repository_of(subject_id)
    if not repository:
        what = path[2] if github_ids.organization_of(subject_id) and path[2:] else ""
        yield _OF_ORGANIZATION.get(what, _FILES)
        return
    yield _REPOSITORIES
    inside = path[len(repository.split("/")) :]
    if len(path) > _OF_ENVIRONMENT and inside[0] == "environments":
        yield "github-environment-secrets"
    elif inside:
        yield _OF_REPOSITORY.get(inside[0], _FILES)
