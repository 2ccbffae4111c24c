"""Names of record kinds and folders: what the collector writes and the normaliser reads.

Records are GitHub's REST JSON as it was answered, without what no analysis reads (a row of the call table says what of
a record is kept). Beside some stands what they were asked for with (`of`): that is what the table below says of a kind.
All records of an organization, those of its repositories too, are stored under the organization, whose id
`model.github_ids.organization` makes.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")

# Of an organization, or of the person that repositories belong to.
ORGANIZATIONS = "github-organizations"  # one record: GET /orgs/{org}, or /users/{owner} where a person owns them
REPOSITORIES = "github-repositories"  # as listed, with `topics`, `visibility`, `archived`, `default_branch`, ...
REPOSITORY_PROPERTIES = "github-repository-properties"  # {repository_full_name, properties: [{property_name, value}]}
ORG_ACTIONS_PERMISSIONS = "github-org-actions-permissions"  # {enabled_repositories, allowed_actions, ...}
ORG_SELECTED_ACTIONS = "github-org-selected-actions"  # asked where allowed_actions is `selected`
ORG_WORKFLOW_PERMISSIONS = "github-org-workflow-permissions"  # {default_workflow_permissions, can_approve_...}
ORG_FORK_APPROVAL = "github-org-fork-approval"  # {approval_policy}
ORG_OIDC = "github-org-oidc"  # {include_claim_keys}
ORG_SECRETS = "github-org-secrets"  # of Actions: {name, created_at, updated_at, visibility}
ORG_SECRET_REPOSITORIES = "github-org-secret-repositories"  # noqa: S105 - a kind: where a secret is for `selected`
ORG_DEPENDABOT_SECRETS = "github-org-dependabot-secrets"
INSTALLATIONS = "github-installations"  # of GitHub Apps in the organization
INSTALLATION_REPOSITORIES = "github-installation-repositories"  # only of the app that asks
TOKEN_GRANTS = "github-token-grants"  # noqa: S105 - a kind: fine-grained personal access tokens that were approved
TOKEN_GRANT_REPOSITORIES = "github-token-grant-repositories"  # noqa: S105 - a kind: where a grant is of a `subset`
RUNNER_GROUPS = "github-runner-groups"
RUNNER_GROUP_REPOSITORIES = "github-runner-group-repositories"  # asked where visibility is `selected`
RUNNERS = "github-runners"  # of the organization: {id, name, os, labels, runner_group_id, ...}
ORG_WEBHOOKS = "github-org-webhooks"

# Of a repository: every record has `of.full_name`.
REPO_ACTIONS_PERMISSIONS = "github-repo-actions-permissions"  # {enabled, allowed_actions, sha_pinning_required}
REPO_WORKFLOW_PERMISSIONS = "github-repo-workflow-permissions"
REPO_FORK_APPROVAL = "github-repo-fork-approval"  # {approval_policy}; public repositories
REPO_OIDC = "github-repo-oidc"  # {use_default, include_claim_keys}
ENVIRONMENTS = "github-environments"
ENVIRONMENT_BRANCH_POLICIES = "github-environment-branch-policies"  # of.environment too
ENVIRONMENT_SECRETS = "github-environment-secrets"  # of.environment too
REPO_SECRETS = "github-repo-secrets"
DEPENDABOT_SECRETS = "github-dependabot-secrets"
DEPLOY_KEYS = "github-deploy-keys"
REPO_RUNNERS = "github-repo-runners"
WEBHOOKS = "github-webhooks"  # `config` is {host, scheme, insecure_ssl, content_type, has_secret}
WORKFLOW_FILES = "github-workflow-files"  # {path, sha, size, text}; text is null where the file is over 1 MB
BRANCHES = "github-branches"  # the default branch: {name, protected}
BRANCH_PROTECTION = "github-branch-protection"  # asked where it is protected: classic protection; of.branch too
BRANCH_RULES = "github-branch-rules"  # of rulesets, for the default branch: {type, parameters, ruleset_id, ...}
RULESETS = "github-rulesets"  # all that apply to a repository, without their rules: {id, target, enforcement, ...}

# Kind -> the fields of `of` beside each record; a kind that is not here has none. `full_name` is OWNER/NAME as GitHub
# spells it today, `repository_id` the number that stays when a repository is renamed.
_OF_REPOSITORY = ("full_name", "repository_id")
OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ORG_SECRET_REPOSITORIES: ("secret",),
        INSTALLATION_REPOSITORIES: ("installation_id",),
        TOKEN_GRANT_REPOSITORIES: ("grant_id",),
        RUNNER_GROUP_REPOSITORIES: ("runner_group_id",),
        REPO_ACTIONS_PERMISSIONS: _OF_REPOSITORY,
        REPO_WORKFLOW_PERMISSIONS: _OF_REPOSITORY,
        REPO_FORK_APPROVAL: _OF_REPOSITORY,
        REPO_OIDC: _OF_REPOSITORY,
        ENVIRONMENTS: _OF_REPOSITORY,
        ENVIRONMENT_BRANCH_POLICIES: (*_OF_REPOSITORY, "environment"),
        ENVIRONMENT_SECRETS: (*_OF_REPOSITORY, "environment"),
        REPO_SECRETS: _OF_REPOSITORY,
        DEPENDABOT_SECRETS: _OF_REPOSITORY,
        DEPLOY_KEYS: _OF_REPOSITORY,
        REPO_RUNNERS: _OF_REPOSITORY,
        WEBHOOKS: _OF_REPOSITORY,
        WORKFLOW_FILES: _OF_REPOSITORY,
        BRANCHES: _OF_REPOSITORY,
        BRANCH_PROTECTION: (*_OF_REPOSITORY, "branch"),
        BRANCH_RULES: _OF_REPOSITORY,
        RULESETS: _OF_REPOSITORY,
    }
)


def scope_dir(scope_id: str) -> str:
    """Name the folder of a scope in a snapshot: `github.com/northwind` -> `github.com-northwind`."""
    return _UNSAFE.sub("-", scope_id)
