"""The part of the table that is asked about each repository: thirteen requests, and what hangs on their answers.

Of a public repository one more; one where the default branch is protected; one for each environment, two where it lists
branches of its own; one for each workflow file.
"""

from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.calls import PER_PAGE, Row

_ADMINISTRATION = ("administration=read",)
_ACTIONS = ("actions=read",)
_CONTENTS = ("contents=read",)
_SECRET = ("name", "created_at", "updated_at")
# https://docs.github.com/rest/branches/branch-protection: a plan without protection of private repositories says so
_UNPROTECTED = ("404 Branch not protected", "404 Branch not found", "403 Upgrade to ")
_EMPTY = ("404 This repository is empty", "409 Git Repository is empty")

LISTING = Row(
    kind=kinds.WORKFLOW_FILES,
    operation="/repos/{owner}/{repo}/contents/{path}",
    params={"path": ".github/workflows"},
    permissions=_CONTENTS,
    absent=("404", *_EMPTY),
    fields=("type", "name", "path", "sha", "size"),
    note="404: the folder is not there; a repository that may not be read was not listed, and is answered 403",
)
BLOB = Row(
    kind=kinds.WORKFLOW_FILES,
    operation="/repos/{owner}/{repo}/git/blobs/{file_sha}",
    params={"file_sha": "$.sha"},
    permissions=_CONTENTS,
    fields=("content", "encoding"),
    note="by its hash: a push between the listing and this changes nothing",
)

REPOSITORY: tuple[Row, ...] = (
    Row(
        kind=kinds.REPO_ACTIONS_PERMISSIONS,
        operation="/repos/{owner}/{repo}/actions/permissions",
        permissions=_ADMINISTRATION,
        fields=("enabled", "allowed_actions", "sha_pinning_required"),
    ),
    Row(
        kind=kinds.REPO_WORKFLOW_PERMISSIONS,
        operation="/repos/{owner}/{repo}/actions/permissions/workflow",
        permissions=_ADMINISTRATION,
        fields=("default_workflow_permissions", "can_approve_pull_request_reviews"),
    ),
    Row(
        kind=kinds.REPO_FORK_APPROVAL,
        operation="/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
        for_each=kinds.REPOSITORIES,
        only_if="visibility == 'public'",
        permissions=_ADMINISTRATION,
        fields=("approval_policy",),
        note="of private repositories GitHub has no such policy; GitHub Enterprise Server has it since 3.19",
    ),
    Row(
        kind=kinds.REPO_OIDC,
        operation="/repos/{owner}/{repo}/actions/oidc/customization/sub",
        permissions=_ACTIONS,
        fields=("use_default", "include_claim_keys", "use_immutable_subject", "sub_claim_prefix"),
    ),
    Row(
        kind=kinds.ENVIRONMENTS,
        operation="/repos/{owner}/{repo}/environments",
        params=PER_PAGE,
        result="environments",
        permissions=_ACTIONS,
        fields=(
            "id",
            "name",
            "created_at",
            "updated_at",
            "can_admins_bypass",
            "protection_rules.type",
            "protection_rules.wait_timer",
            "protection_rules.prevent_self_review",
            "protection_rules.reviewers.type",
            "protection_rules.reviewers.reviewer.login",
            "protection_rules.reviewers.reviewer.slug",
            "deployment_branch_policy",
        ),
    ),
    Row(
        kind=kinds.ENVIRONMENT_BRANCH_POLICIES,
        operation="/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        for_each=kinds.ENVIRONMENTS,
        only_if="deployment_branch_policy.custom_branch_policies",
        params={**PER_PAGE, "environment_name": "$.name"},
        beside={"environment": "name"},
        result="branch_policies",
        permissions=_ACTIONS,
        fields=("id", "name", "type"),
    ),
    Row(
        kind=kinds.ENVIRONMENT_SECRETS,
        operation="/repos/{owner}/{repo}/environments/{environment_name}/secrets",
        for_each=kinds.ENVIRONMENTS,
        params={**PER_PAGE, "environment_name": "$.name"},
        beside={"environment": "name"},
        result="secrets",
        permissions=("environments=read",),
        fields=_SECRET,
    ),
    Row(
        kind=kinds.REPO_SECRETS,
        operation="/repos/{owner}/{repo}/actions/secrets",
        params=PER_PAGE,
        result="secrets",
        permissions=("secrets=read",),
        fields=_SECRET,
    ),
    Row(
        kind=kinds.DEPENDABOT_SECRETS,
        operation="/repos/{owner}/{repo}/dependabot/secrets",
        params=PER_PAGE,
        result="secrets",
        permissions=("dependabot_secrets=read",),
        fields=_SECRET,
    ),
    Row(
        kind=kinds.DEPLOY_KEYS,
        operation="/repos/{owner}/{repo}/keys",
        params=PER_PAGE,
        permissions=_ADMINISTRATION,
        fields=("id", "title", "verified", "created_at", "read_only", "added_by", "last_used", "enabled"),
    ),
    Row(
        kind=kinds.REPO_RUNNERS,
        operation="/repos/{owner}/{repo}/actions/runners",
        params=PER_PAGE,
        result="runners",
        permissions=_ADMINISTRATION,
        fields=("id", "name", "os", "status", "labels.name", "labels.type", "ephemeral"),
    ),
    Row(
        kind=kinds.WEBHOOKS,
        operation="/repos/{owner}/{repo}/hooks",
        params=PER_PAGE,
        permissions=("repository_hooks=read",),
        fields=("id", "name", "active", "events", "config", "created_at", "updated_at"),
        note="`config` is cut down to the host: an address may hold a key",
    ),
    Row(
        kind=kinds.BRANCHES,
        operation="/repos/{owner}/{repo}/branches/{branch}",
        for_each=kinds.REPOSITORIES,
        params={"branch": "$.default_branch"},
        permissions=_CONTENTS,
        absent=("404 Branch not found", *_EMPTY),
        fields=("name", "protected"),
        note="an empty repository has a default branch in name only",
    ),
    Row(
        kind=kinds.BRANCH_PROTECTION,
        operation="/repos/{owner}/{repo}/branches/{branch}/protection",
        for_each=kinds.BRANCHES,
        only_if="protected",
        params={"branch": "$.name"},
        beside={"branch": "name"},
        permissions=_ADMINISTRATION,
        absent=_UNPROTECTED,
        fields=(
            "enforce_admins.enabled",
            "required_pull_request_reviews.required_approving_review_count",
            "required_pull_request_reviews.require_code_owner_reviews",
            "required_pull_request_reviews.require_last_push_approval",
            "required_pull_request_reviews.dismiss_stale_reviews",
            "required_pull_request_reviews.bypass_pull_request_allowances.apps.slug",
            "required_pull_request_reviews.bypass_pull_request_allowances.users.login",
            "required_pull_request_reviews.bypass_pull_request_allowances.teams.slug",
            "required_status_checks.strict",
            "restrictions.apps.slug",
            "restrictions.users.login",
            "restrictions.teams.slug",
            "allow_force_pushes.enabled",
            "allow_deletions.enabled",
            "lock_branch.enabled",
        ),
        note="a branch may be protected by rulesets alone",
    ),
    Row(
        kind=kinds.BRANCH_RULES,
        operation="/repos/{owner}/{repo}/rules/branches/{branch}",
        for_each=kinds.REPOSITORIES,
        params={**PER_PAGE, "branch": "$.default_branch"},
        permissions=("metadata=read",),
        absent=("403 Upgrade to ",),
        fields=("type", "parameters", "ruleset_id", "ruleset_source", "ruleset_source_type"),
    ),
    Row(
        kind=kinds.RULESETS,
        operation="/repos/{owner}/{repo}/rulesets",
        params=PER_PAGE,
        permissions=("metadata=read",),
        absent=("403 Upgrade to ",),
        fields=("id", "name", "target", "enforcement", "source", "source_type"),
        note="those of the organization are among them; their rules would take a request each",
    ),
)
