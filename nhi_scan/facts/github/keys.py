"""Facts about deploy keys, apps and tokens of GitHub: how far they reach, and how they are named in its interface."""

import shlex

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.jobs import repository_in
from nhi_scan.facts.registry import fact
from nhi_scan.model import github_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.identity import Identity

# What changes code, what runs, or who may do what; other permissions that write are about talking of it.
_WEIGHTY = (
    "actions",
    "administration",
    "contents",
    "deployments",
    "environments",
    "members",
    "organization_administration",
    "organization_hooks",
    "organization_secrets",
    "organization_self_hosted_runners",
    "packages",
    "pages",
    "repository_hooks",
    "secrets",
    "workflows",
)


@fact("identity", "boolean", unknown="it is no deploy key, or nobody could see whether it writes")
def identity_key_writes(estate: Estate) -> list[bool | None]:
    """Whether a deploy key has write access to its repository."""
    return [
        {"true": False, "false": True}.get(dict(row.attributes).get("read_only", ""))
        if row.kind == "deploy_key"
        else None
        for row in estate.identities
    ]


@fact("identity", "text", unknown="it is no app and no token of GitHub, or its permissions were not collected")
def identity_organization_wide_writes(estate: Estate) -> list[str | None]:
    """What an app or a token of GitHub may write in a whole organization that changes code, settings or access."""
    return [_wide(estate, row) for row in estate.identities]


@fact("identity", "text")
def identity_settings_page(estate: Estate) -> list[str]:
    """Where an app or a token of GitHub is changed, which no command can; empty elsewhere."""
    return [settings_page(row) for row in estate.identities]


@fact("identity", "text")
def identity_number(estate: Estate) -> list[str]:
    """The number of a deploy key, an installation or a token of GitHub; empty elsewhere."""
    return [
        row.id.rpartition("/")[2] if row.kind in ("deploy_key", "app", "access_token") and _ours(row) else ""
        for row in estate.identities
    ]


@fact("identity", "text")
def identity_organization(estate: Estate) -> list[str]:
    """The organization of GitHub that it is of, as commands take it; empty elsewhere."""
    return [github_ids.organization_of(row.id).partition("/")[2] if _ours(row) else "" for row in estate.identities]


@fact("identity", "text")
def identity_github_fix(estate: Estate) -> list[str]:
    """The command that takes away what an identity of GitHub has, or shows what guards it; empty elsewhere."""
    return [command_of(row) if _ours(row) else "" for row in estate.identities]


@fact("credential", "boolean", unknown="it is no token of GitHub, or its expiry was not collected")
def credential_never_expires(estate: Estate) -> list[bool | None]:
    """Whether a token was made to work for ever."""
    words = {"true": True, "false": False}
    return [
        False
        if row.kind == "api_token" and row.expires_at
        else words.get(dict(row.attributes).get("never_expires", ""))
        for row in estate.credentials
    ]


def _ours(row: Identity) -> bool:
    return row.provider == "github"


def _wide(estate: Estate, row: Identity) -> str | None:
    place = github_ids.organization_of(row.id)
    if not _ours(row) or row.kind not in ("app", "access_token") or place not in estate.inventory.scopes:
        return None
    verdicts = {name: estate.access.decide(row.id, f"{name}=write", place).verdict for name in _WEIGHTY}
    found = [name for name, verdict in verdicts.items() if verdict in (Verdict.ALLOWED, Verdict.CONDITIONAL)]
    return ", ".join(found) if found or Verdict.UNKNOWN not in verdicts.values() else None


def command_of(row: Identity) -> str:
    """Return the command that takes away what an identity of GitHub has, or shows what guards it; or nothing."""
    repository = shlex.quote(repository_in(row.id))
    owner, last = shlex.quote(github_ids.organization_of(row.id).partition("/")[2]), row.id.rpartition("/")[2]
    if row.kind == "deploy_key":
        return f"gh repo deploy-key delete {shlex.quote(last)} --repo {repository}"
    if row.kind == "app":
        return f"gh api orgs/{owner}/installations --paginate"
    if row.kind == "access_token":
        return f"gh api --method POST orgs/{owner}/personal-access-tokens/{shlex.quote(last)} -f action=revoke"
    return f"gh api repos/{repository}/environments" if row.kind in ("workflow_job", "repository") else ""


def settings_page(row: Identity) -> str:
    """Return where an app or a token of GitHub is changed; empty for anything else."""
    if not _ours(row) or row.kind not in ("app", "access_token"):
        return ""
    host, owner = github_ids.host_in(row.id), github_ids.organization_of(row.id).rpartition("/")[2]
    last = row.id.rpartition("/")[2]
    where = f"installations/{last}" if row.kind == "app" else "personal-access-tokens/active"
    return f"https://{host}/organizations/{owner}/settings/{where}"
