"""Facts about organizations and repositories of GitHub, their runners, webhooks and secrets.

The attributes are those of `providers/github/normalise`.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.jobs import repository_in
from nhi_scan.facts.registry import fact
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource, Workload
from nhi_scan.model.scope import Scope

_NO_PLACE = "it is no organization or repository of GitHub, or its settings were not collected"
_NO_HOOK = "it is no webhook, or its configuration was not collected"
_WORDS = {"true": True, "false": False}
_MOST = 5
# Names that say of which cloud the key is which they hold.
_KEYS = (
    ("AWS", re.compile(r"(^|_)AWS_.*(ACCESS|SECRET|KEY)|(^|_)AWS_KEY")),
    ("Azure", re.compile(r"(^|_)(AZURE|ARM|ENTRA)_.*(SECRET|CREDENTIAL|PASSWORD|CERTIFICATE)|^ACR_PASSWORD$")),
    ("Google Cloud", re.compile(r"(^|_)(GCP|GOOGLE|GCLOUD|GCR|GKE|GCS)_.*(KEY|CREDENTIAL|JSON)|(^|_)GCP_SA$")),
    ("Kubernetes", re.compile(r"(^|_)KUBE_?CONFIG|(^|_)KUBE_TOKEN$|(^|_)K8S_(TOKEN|SECRET)")),
)


@fact("scope", "boolean", unknown=_NO_PLACE)
def scope_token_writes_by_default(estate: Estate) -> list[bool | None]:
    """Whether jobs that ask for no permissions get a token that writes; of a repository where that is its choice."""
    return [_chosen(estate, row, "default_workflow_permissions", "write", "read") for row in estate.scopes]


@fact("scope", "boolean", unknown=_NO_PLACE)
def scope_actions_may_approve(estate: Estate) -> list[bool | None]:
    """Whether workflows may approve pull requests; of a repository where it chose so itself."""
    return [_chosen(estate, row, "can_approve_reviews", "true", "false") for row in estate.scopes]


@fact("scope", "text")
def scope_settings_path(estate: Estate) -> list[str]:
    """Where the interface of GitHub has the permissions of workflows: `repos/owner/name/...`; empty elsewhere."""
    return [_path(row) for row in estate.scopes]


@fact("scope", "text")
def scope_repository(estate: Estate) -> list[str]:
    """The repository of GitHub that it is, as commands take it: `owner/name`; empty for anything else."""
    return [repository_in(row.id) if row.provider == "github" else "" for row in estate.scopes]


@fact("scope", "boolean", unknown="it is no repository of GitHub, or its properties were not collected")
def scope_repository_unowned(estate: Estate) -> list[bool | None]:
    """Whether a repository with jobs or deploy keys has no property and no topic that names who answers for it."""
    owned = {row.scope_id for row in estate.identities if row.owner is not None}
    used = {row.scope_id for row in estate.identities if row.kind in ("workflow_job", "deploy_key")}
    return [_unowned(estate, row, owned, used) for row in estate.scopes]


@fact("workload", "text", unknown="it is no self-hosted runner, or nobody could see which repositories may use it")
def workload_public_repositories(estate: Estate) -> list[str | None]:
    """The public repositories whose workflows may use a self-hosted runner; empty where none may."""
    public = [row.id for row in estate.scopes if row.kind == "repository" and _told(row).get("visibility") == "public"]
    return [_reaching(estate, row, public) for row in estate.workloads]


@fact("workload", "boolean", unknown="it is no self-hosted runner, or GitHub does not tell")
def workload_ephemeral(estate: Estate) -> list[bool | None]:
    """Whether a self-hosted runner ends with its first job."""
    return [
        _WORDS.get(_told(row).get("ephemeral", "")) if row.kind == "self_hosted_runner" else None
        for row in estate.workloads
    ]


@fact("resource", "boolean", unknown=_NO_HOOK)
def resource_hook_unsigned(estate: Estate) -> list[bool | None]:
    """Whether a webhook has no secret, so that its receiver cannot tell GitHub's calls from anybody's."""
    words = (_told(row).get("has_secret", "") if row.kind in _HOOKS else "" for row in estate.resources)
    return [{"true": False, "false": True}.get(word) for word in words]


@fact("resource", "boolean", unknown=_NO_HOOK)
def resource_hook_unverified(estate: Estate) -> list[bool | None]:
    """Whether a webhook does not check the certificate of its receiver."""
    return [_WORDS.get(_told(row).get("insecure_ssl", "")) if row.kind in _HOOKS else None for row in estate.resources]


@fact("resource", "boolean", unknown=_NO_HOOK)
def resource_hook_active(estate: Estate) -> list[bool | None]:
    """Whether a webhook is switched on."""
    return [_WORDS.get(_told(row).get("active", "")) if row.kind in _HOOKS else None for row in estate.resources]


@fact("resource", "text")
def resource_hook_lacks(estate: Estate) -> list[str]:
    """What a webhook lacks, as a sentence goes on: "has no secret"; empty where it lacks nothing that is known."""
    return [_lacks(row) if row.kind in _HOOKS else "" for row in estate.resources]


@fact("resource", "text")
def resource_api_path(estate: Estate) -> list[str]:
    """Where the interface of GitHub has a webhook: `repos/owner/name/hooks/1`; empty elsewhere."""
    return [_resource_path(row) if row.kind in _HOOKS else "" for row in estate.resources]


@fact("resource", "text")
def resource_cloud_key(estate: Estate) -> list[str]:
    """Of which cloud the key is that a secret of GitHub holds, as its name says; empty where it says nothing."""
    return [_cloud(row.name) if row.kind == "actions_secret" else "" for row in estate.resources]


@fact("resource", "integer", unknown="it is no secret of GitHub, or when it was set was not collected")
def resource_secret_age_days(estate: Estate) -> list[int | None]:
    """Whole days since a secret of GitHub was last given a value."""
    return [_age(estate, row) for row in estate.resources]


_HOOKS = frozenset({"repository_webhook", "organization_webhook"})


def _told(row: Scope | Workload | Resource) -> Mapping[str, str]:
    return dict(row.attributes)


def _chosen(estate: Estate, row: Scope, name: str, bad: str, good: str) -> bool | None:
    """Say whether a setting is bad here, and not only because it is above: that is told once."""
    if row.provider != "github":
        return None
    word = _told(row).get(name)
    if word == bad and row.kind == "repository":
        above = estate.inventory.scopes.get(row.parent_id or "")
        return above is None or _told(above).get(name) != bad
    return {bad: True, good: False}.get(word or "")


def _path(row: Scope) -> str:
    if row.provider != "github":
        return ""
    kind = "repos" if row.kind == "repository" else "orgs"
    return f"{kind}/{row.id.partition('/')[2]}/actions/permissions/workflow"


def _unowned(estate: Estate, row: Scope, owned: set[str], used: set[str]) -> bool | None:
    if row.provider != "github" or row.kind != "repository":
        return None
    if row.id in owned or row.id not in used or row.status == "archived":
        return False
    return True if estate.covered(row.id, "github-repository-properties") is True else None


def _reaching(estate: Estate, row: Workload, public: list[str]) -> str | None:
    if row.kind != "self_hosted_runner":
        return None
    if github_ids.is_repository(row.scope_id):
        scope = estate.inventory.scopes.get(row.scope_id)
        word = _told(scope).get("visibility") if scope is not None else None
        return None if word is None else (repository_in(row.scope_id) if word == "public" else "")
    own = [one for one in public if github_ids.organization_of(one) == row.scope_id]
    group = estate.inventory.resources.get(github_ids.runner_group(row.scope_id, _told(row).get("runner_group", "")))
    told = _told(group) if group is not None else {}
    barred = told.get("allows_public_repositories") == "false"
    if barred or not own:
        return "" if barred or estate.covered(row.scope_id, "github-repositories") is True else None
    if told.get("visibility") == "selected":
        if "repositories" not in told:
            return None
        own = [one for one in own if one in told["repositories"].split()]
    elif told.get("visibility") == "private":
        own = []
    if own and told.get("allows_public_repositories") is None:
        return None
    names = [repository_in(one) for one in own]
    return ", ".join([*names[:_MOST], *([f"{len(names) - _MOST} more"] if len(names) > _MOST else [])])


def _lacks(row: Resource) -> str:
    told = _told(row)
    found = ["has no secret"] if told.get("has_secret") == "false" else []
    return " and ".join([*found, *(["does not check certificates"] if told.get("insecure_ssl") == "true" else [])])


def _resource_path(row: Resource) -> str:
    kind = "repos" if github_ids.repository_of(row.id) else "orgs"
    return f"{kind}/{row.id.partition('/')[2]}"


def _cloud(name: str) -> str:
    return next((cloud for cloud, pattern in _KEYS if pattern.search(name.upper()[:200])), "")


def _age(estate: Estate, row: Resource) -> int | None:
    if row.kind != "actions_secret":
        return None
    word = _told(row).get("updated_at")
    try:
        at = datetime.fromisoformat(word) if word else row.created_at
    except ValueError:  # whatever a crafted import holds
        return None
    return None if at is None or at.tzinfo is None else estate.days_since(at)
