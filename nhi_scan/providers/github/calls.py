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


_ORGANIZATION = ("organization_administration=read",)
_METADATA = ("metadata=read",)  # which every app has
_SECRET = ("name", "created_at", "updated_at")
_HOOK = ("id", "name", "active", "events", "config", "created_at", "updated_at")
_RUNNER = ("id", "name", "os", "status", "labels.name", "labels.type", "runner_group_id", "ephemeral")
_NAMED_REPOSITORY = ("id", "full_name")
_WORKFLOW = ("default_workflow_permissions", "can_approve_pull_request_reviews")

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
    fields=("login", "id", "node_id", "name", "type", "created_at"),
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

ORGANIZATION: tuple[Row, ...] = (
    Row(
        kind=kinds.REPOSITORY_PROPERTIES,
        operation="/orgs/{org}/properties/values",
        params=PER_PAGE,
        permissions=("organization_custom_properties=read",),
        scope="organization",
        fields=("repository_id", "repository_full_name", "properties.property_name", "properties.value"),
    ),
    Row(
        kind=kinds.ORG_ACTIONS_PERMISSIONS,
        operation="/orgs/{org}/actions/permissions",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=("enabled_repositories", "allowed_actions", "sha_pinning_required"),
    ),
    Row(
        kind=kinds.ORG_SELECTED_ACTIONS,
        operation="/orgs/{org}/actions/permissions/selected-actions",
        for_each=kinds.ORG_ACTIONS_PERMISSIONS,
        only_if="allowed_actions == 'selected'",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=("github_owned_allowed", "verified_allowed", "patterns_allowed"),
    ),
    Row(
        kind=kinds.ORG_WORKFLOW_PERMISSIONS,
        operation="/orgs/{org}/actions/permissions/workflow",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=_WORKFLOW,
    ),
    Row(
        kind=kinds.ORG_FORK_APPROVAL,
        operation="/orgs/{org}/actions/permissions/fork-pr-contributor-approval",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=("approval_policy",),
    ),
    Row(
        kind=kinds.ORG_OIDC,
        operation="/orgs/{org}/actions/oidc/customization/sub",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=("include_claim_keys", "use_immutable_subject"),
    ),
    Row(
        kind=kinds.ORG_SECRETS,
        operation="/orgs/{org}/actions/secrets",
        params=PER_PAGE,
        result="secrets",
        permissions=("organization_secrets=read",),
        scope="organization",
        fields=(*_SECRET, "visibility"),
    ),
    Row(
        kind=kinds.ORG_SECRET_REPOSITORIES,
        operation="/orgs/{org}/actions/secrets/{secret_name}/repositories",
        for_each=kinds.ORG_SECRETS,
        only_if="visibility == 'selected'",
        params={**PER_PAGE, "secret_name": "$.name"},
        beside={"secret": "name"},
        result="repositories",
        permissions=("organization_secrets=read",),
        scope="organization",
        fields=_NAMED_REPOSITORY,
    ),
    Row(
        kind=kinds.ORG_DEPENDABOT_SECRETS,
        operation="/orgs/{org}/dependabot/secrets",
        params=PER_PAGE,
        result="secrets",
        permissions=("organization_dependabot_secrets=read",),
        scope="organization",
        fields=(*_SECRET, "visibility"),
    ),
    Row(
        kind=kinds.INSTALLATIONS,
        operation="/orgs/{org}/installations",
        params=PER_PAGE,
        result="installations",
        permissions=_ORGANIZATION,
        scope="organization",
        fields=(
            "id",
            "app_id",
            "app_slug",
            "client_id",
            "account.login",
            "account.type",
            "target_type",
            "repository_selection",
            "permissions",
            "events",
            "created_at",
            "updated_at",
            "suspended_at",
        ),
    ),
    Row(
        kind=kinds.TOKEN_GRANTS,
        operation="/orgs/{org}/personal-access-tokens",
        params=PER_PAGE,
        permissions=("organization_personal_access_tokens=read",),
        scope="organization",
        fields=(
            "id",
            "owner.login",
            "owner.id",
            "owner.type",
            "repository_selection",
            "permissions",
            "access_granted_at",
            "token_id",
            "token_name",
            "token_expired",
            "token_expires_at",
            "token_last_used_at",
        ),
        note="only apps may ask: https://docs.github.com/rest/orgs/personal-access-tokens",
    ),
    Row(
        kind=kinds.TOKEN_GRANT_REPOSITORIES,
        operation="/orgs/{org}/personal-access-tokens/{pat_id}/repositories",
        for_each=kinds.TOKEN_GRANTS,
        only_if="repository_selection == 'subset'",
        params={**PER_PAGE, "pat_id": "$.id"},
        beside={"grant_id": "id"},
        permissions=("organization_personal_access_tokens=read",),
        scope="organization",
        fields=_NAMED_REPOSITORY,
    ),
    Row(
        kind=kinds.RUNNER_GROUPS,
        operation="/orgs/{org}/actions/runner-groups",
        params=PER_PAGE,
        result="runner_groups",
        permissions=("organization_self_hosted_runners=read",),
        scope="organization",
        fields=(
            "id",
            "name",
            "visibility",
            "default",
            "inherited",
            "allows_public_repositories",
            "restricted_to_workflows",
            "selected_workflows",
        ),
    ),
    Row(
        kind=kinds.RUNNER_GROUP_REPOSITORIES,
        operation="/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories",
        for_each=kinds.RUNNER_GROUPS,
        only_if="visibility == 'selected'",
        params={**PER_PAGE, "runner_group_id": "$.id"},
        beside={"runner_group_id": "id"},
        result="repositories",
        permissions=("organization_self_hosted_runners=read",),
        scope="organization",
        fields=_NAMED_REPOSITORY,
    ),
    Row(
        kind=kinds.RUNNERS,
        operation="/orgs/{org}/actions/runners",
        params=PER_PAGE,
        result="runners",
        permissions=("organization_self_hosted_runners=read",),
        scope="organization",
        fields=_RUNNER,
    ),
    Row(
        kind=kinds.ORG_WEBHOOKS,
        operation="/orgs/{org}/hooks",
        params=PER_PAGE,
        permissions=("organization_hooks=read",),
        scope="organization",
        fields=_HOOK,
        note="`config` is cut down to the host: an address may hold a key",
    ),
)
OWN_REPOSITORIES = Row(
    kind=kinds.INSTALLATION_REPOSITORIES,
    operation="/installation/repositories",
    params=PER_PAGE,
    result="repositories",
    permissions=_METADATA,
    scope="organization",
    fields=_NAMED_REPOSITORY,
    note="the repositories of another app only that app can ask for",
)
