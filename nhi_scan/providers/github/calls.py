"""The table of requests: GitHub's REST API, https://docs.github.com/rest, all of them GET.

`operation` is the path as GitHub's OpenAPI description has it; `params` fill it in, and those that it does not name are
the query. `permissions` are what a GitHub App needs, `name=level`:
https://docs.github.com/rest/authentication/permissions-required-for-github-apps. What is not in `fields` is never
written, so that nothing that GitHub may add one day ends up in a snapshot. An answer 404 means that something may not
be seen, unless `absent` says otherwise for the row and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nhi_scan.providers import Call
from nhi_scan.providers.github import kinds

PER_PAGE: Mapping[str, int] = MappingProxyType({"per_page": 100})  # the most that GitHub gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Call):
    """One request of the table."""

    service: str = "github"
    result: str = "@"
    fields: tuple[str, ...] = ()  # dotted paths of a record, through lists, that are kept; empty: all
    beside: Mapping[str, str] = field(default_factory=dict)  # field of `of` -> path in the parent


_METADATA = ("metadata=read",)  # which every app has

OWNER = Row(
    kind=kinds.ORGANIZATIONS,
    operation="/orgs/{org}",
    permissions=_METADATA,
    scope="organization",
    fields=(
        "login",
        "id",
        "node_id",
        "name",
        "type",
        "html_url",
        "created_at",
        "archived_at",
        "plan.name",
        "default_repository_permission",
        "two_factor_requirement_enabled",
        "members_can_create_repositories",
        "members_can_create_public_repositories",
        "members_can_create_private_repositories",
        "members_can_create_internal_repositories",
        "members_can_change_repo_visibility",
        "members_can_invite_outside_collaborators",
        "members_can_fork_private_repositories",
        "deploy_keys_enabled_for_repositories",
        "web_commit_signoff_required",
    ),
    note="answered to anybody; most settings only to who may read the organization's administration",
)
PERSON = Row(
    kind=kinds.ORGANIZATIONS,
    operation="/users/{username}",
    permissions=_METADATA,
    scope="organization",
    fields=("login", "id", "node_id", "name", "type", "html_url", "created_at"),
    note="asked where there is no organization of the name",
)
REPOSITORY_FIELDS = (
    "id",
    "node_id",
    "name",
    "full_name",
    "owner.login",
    "owner.type",
    "private",
    "visibility",
    "fork",
    "archived",
    "disabled",
    "is_template",
    "default_branch",
    "topics",
    "created_at",
    "pushed_at",
    "allow_forking",
    "web_commit_signoff_required",
)
REPOSITORIES = Row(
    kind=kinds.REPOSITORIES,
    operation="/orgs/{org}/repos",
    params={**PER_PAGE, "type": "all", "sort": "full_name", "direction": "asc"},
    permissions=_METADATA,
    scope="organization",
    fields=REPOSITORY_FIELDS,
)
INSTALLED = Row(
    kind=kinds.REPOSITORIES,
    operation="/installation/repositories",
    params=PER_PAGE,
    result="repositories",
    permissions=_METADATA,
    scope="organization",
    fields=REPOSITORY_FIELDS,
    note="what an app sees of an organization that it is installed in for selected repositories, or of a person",
)
PERSONS = Row(
    kind=kinds.REPOSITORIES,
    operation="/users/{username}/repos",
    params={**PER_PAGE, "type": "owner", "sort": "full_name", "direction": "asc"},
    permissions=_METADATA,
    scope="organization",
    fields=REPOSITORY_FIELDS,
    note="only public ones",
)
NAMED = Row(
    kind=kinds.REPOSITORIES,
    operation="/repos/{owner}/{repo}",
    permissions=_METADATA,
    scope="organization",
    fields=REPOSITORY_FIELDS,
)
