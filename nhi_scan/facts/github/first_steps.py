"""Facts that say what breaks the first step of a way to more privilege that begins on GitHub."""

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.jobs import repository_in
from nhi_scan.facts.github.keys import command_of, settings_page
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity

_TRUST = "Let what it leads to trust one branch or environment that not everybody who can push gets into"


@fact("identity", "text")
def identity_first_move_fix(estate: Estate) -> list[str]:
    """What breaks the first step on GitHub, by what holds it: a sentence, and a command below it; else empty."""
    return [_advice(row) if row.provider == "github" else "" for row in estate.identities]


@fact("identity", "text")
def identity_first_repository(estate: Estate) -> list[str]:
    """The repository whose job the first step of a way takes over, as commands take it; empty where it is none."""
    return [_repository(estate, row) if row.provider == "github" else "" for row in estate.identities]


def _advice(row: Identity) -> str:
    command = command_of(row)
    if row.kind == "app":
        page = settings_page(row)
        return f"Take away the permissions that it does not need, and the repositories ({page}):\n{command}"
    if row.kind == "access_token":
        return f"Revoke the token, and let a new one have what its job needs, where it needs that:\n{command}"
    if row.kind == "deploy_key":
        return f"Let a key that only reads take its place, and delete this one:\n{command}"
    if row.kind == "workflow_job":
        file = dict(row.attributes).get("source_file", "")
        return (
            f"Take what the job does not need out of `permissions:` in {file}. {_TRUST}; its environments:\n{command}"
        )
    if row.kind == "repository":
        return f"{_TRUST}; its environments:\n{command}"
    return "Take away what the first step in the evidence rests on."


def _repository(estate: Estate, row: Identity) -> str:
    level = estate.privileges.get(row.id)
    return repository_in(level.path[0].target_id) if level is not None and level.path else ""
