"""What a GitHub estate is: an organization and its repositories, as data, before any server knows of it.

Rows are short: `rows` makes GitHub's JSON of them. Ages are whole days before the moment at which the estate plays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Rows = Sequence[Row]

TOKEN = "ghp_canarycanarycanarycanarycanarycanary"  # noqa: S105 - of nobody: the server takes no other
APP_ID = 870001
APP_SLUG = "nhi-scan"
INSTALLATION = 54870001


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository.

    Attributes:
        actions: `enabled`, `allowed_actions`, `sha_pinning_required`.
        workflow: `default_workflow_permissions`, `can_approve_pull_request_reviews`; what lacks is the organization's.
        oidc: as GitHub answers it.
        environments: `name`, `reviewers` (logins), `wait`, `branches` (patterns, or `protected`), `admins_bypass`,
            `secrets` (as those of a repository).
        secrets: `name`, `created`, `updated`.
        keys: `id`, `title`, `read_only`, `created`, `used` (None: never), `added_by`, `verified`.
        webhooks: `id`, `url`, `events`, `insecure`, `secret`, `active`.
        protection: of the default branch: `reviews`, `admins`; None: there is none.
        rules: of rulesets, for the default branch: `type` and `parameters`.
        files: path -> text, at the default branch.
        empty: nothing was ever pushed.
        blocked: GitHub has closed it.
    """

    name: str
    id: int
    visibility: str = "private"
    archived: bool = False
    default_branch: str = "main"
    topics: Sequence[str] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    created: int = 900
    pushed: int = 2
    actions: Row = field(default_factory=dict)
    workflow: Row = field(default_factory=dict)
    fork_approval: str = "first_time_contributors"
    oidc: Row = field(default_factory=lambda: {"use_default": True, "use_immutable_subject": False})
    environments: Rows = ()
    secrets: Rows = ()
    dependabot_secrets: Rows = ()
    keys: Rows = ()
    runners: Rows = ()
    webhooks: Rows = ()
    protection: Row | None = None
    rules: Rows = ()
    files: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """An organization, and the app that scans it.

    Attributes:
        settings: fields of the organization's own row.
        actions: `enabled_repositories`, `allowed_actions`, `patterns` where they are selected.
        secrets: `name`, `created`, `updated`, `visibility`, `repositories` (names) where they are selected.
        installations: `id`, `app_id`, `app_slug`, `repository_selection`, `permissions`, `events`, `created`,
            `suspended` (days), `repositories` (names) where they are selected.
        grants: of fine-grained tokens: `id`, `owner`, `name`, `repository_selection`, `permissions`, `granted`, `used`,
            `expires` (days from now; None: never), `repositories`.
        runner_groups: `id`, `name`, `visibility`, `allows_public_repositories`, `repositories`.
        runners: `id`, `name`, `group`, `labels`, `os`.
        person: a person owns the repositories, and there is no organization.
        token: what the server takes for a person's token, besides those that it makes for the app.
        installed: names of the repositories that the scanner is installed in; None: all.
    """

    login: str
    id: int
    name: str = ""
    settings: Row = field(default_factory=dict)
    actions: Row = field(default_factory=dict)
    workflow: Row = field(default_factory=dict)
    fork_approval: str = "first_time_contributors"
    oidc: Row = field(default_factory=lambda: {"include_claim_keys": ["repo", "context"]})
    secrets: Rows = ()
    dependabot_secrets: Rows = ()
    installations: Rows = ()
    grants: Rows = ()
    runner_groups: Rows = ()
    runners: Rows = ()
    webhooks: Rows = ()
    repositories: Sequence[Repository] = ()
    person: bool = False
    token: str = TOKEN
    installed: Sequence[str] | None = None
