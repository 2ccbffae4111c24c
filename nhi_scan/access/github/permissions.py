"""The permissions of GitHub, as a catalogue: which there are, at which levels, on what, and of which kind of access.

They are those of the schema `app-permissions` of GitHub's OpenAPI description (https://github.com/github/rest-api-description),
which apps and fine-grained tokens share, and those of a workflow's own token
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions), which writes dashes where
the schema has underscores. One is not GitHub's: `secrets=use`, which is what code that runs in a job can do with a
secret. No permission of the API reads one: https://docs.github.com/rest/actions/secrets
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.policy import Policy

VERSION: Final = "app-permissions of GitHub's OpenAPI description 1.1.4, and workflow tokens"

USE: Final = "secrets=use"
"""What a job may do with the secrets that GitHub hands to it."""

ORDER: Final = ("read", "write", "admin")
"""Levels; each holds those before it."""

_REPOSITORY: Final = {
    "actions": "rw", "actions_variables": "rw", "administration": "rw", "artifact_metadata": "rw",
    "attestations": "rw", "checks": "rw", "code_quality": "rw", "codespaces": "rw",
    "codespaces_lifecycle_admin": "rw", "codespaces_metadata": "r", "codespaces_secrets": "w", "contents": "rw",
    "dependabot_secrets": "rw", "deployments": "rw", "discussions": "rw", "environments": "rw", "issues": "rw",
    "merge_queues": "rw", "metadata": "rw", "packages": "rw", "pages": "rw", "pull_requests": "rw",
    "repository_advisories": "rw", "repository_custom_properties": "rw", "repository_hooks": "rw",
    "repository_projects": "rwa", "secret_scanning_alerts": "rw", "secrets": "rw", "security_events": "rw",
    "single_file": "rw", "statuses": "rw", "vulnerability_alerts": "rw", "workflows": "w",
}  # fmt: skip
_ORGANIZATION: Final = {
    "custom_properties_for_organizations": "rw", "members": "rw", "organization_actions_variables": "rw",
    "organization_administration": "rw", "organization_announcement_banners": "rw",
    "organization_codespaces": "rw", "organization_codespaces_secrets": "rw", "organization_codespaces_settings": "rw",
    "organization_copilot_agent_settings": "rw", "organization_copilot_seat_management": "rw",
    "organization_custom_org_roles": "rw", "organization_custom_properties": "rwa", "organization_custom_roles": "rw",
    "organization_dependabot_secrets": "rw", "organization_events": "r", "organization_hooks": "rw",
    "organization_packages": "rw", "organization_personal_access_token_requests": "rw",
    "organization_personal_access_tokens": "rw", "organization_plan": "r", "organization_projects": "rwa",
    "organization_secrets": "rw", "organization_self_hosted_runners": "rw", "organization_user_blocking": "rw",
    "enterprise_custom_properties_for_organizations": "rwa",
}  # fmt: skip
_PERSON: Final = {
    "email_addresses": "rw", "followers": "rw", "git_ssh_keys": "rw", "gpg_keys": "rw", "interaction_limits": "rw",
    "profile": "w", "starring": "rw",
}  # fmt: skip
_WORKFLOW_ONLY: Final = {"id_token": "w", "models": "r"}

TOKEN: Final = (
    "actions", "artifact_metadata", "attestations", "checks", "contents", "deployments", "discussions", "id_token",
    "issues", "models", "packages", "pages", "pull_requests", "repository_projects", "security_events", "statuses",
)  # fmt: skip
"""What the token of a job can be given at most: never `workflows`, `administration` or `secrets`."""

# Whoever writes these decides who may do what.
_CONTROLLING: Final = frozenset(
    {
        "administration", "members", "organization_administration", "organization_custom_org_roles",
        "organization_custom_roles", "organization_personal_access_token_requests",
        "organization_personal_access_tokens", "git_ssh_keys",
    }
)  # fmt: skip
_LETTERS: Final = {"r": "read", "w": "write", "a": "admin"}
_ACTION: Final = re.compile(r"[a-z][a-z0-9_]*=[a-z]+")
_ALL: Final = {**_REPOSITORY, **_ORGANIZATION, **_PERSON, **_WORKFLOW_ONLY}


def canonical(action: str) -> str:
    """Write an action as the catalogue does: `pull-requests=Write` is `pull_requests=write`."""
    return action.strip().lower().replace("-", "_")


def understood(action: str) -> bool:
    """Say whether a text has the form of an action: a name, `=` and a level."""
    return bool(_ACTION.fullmatch(canonical(action)))


def of_organization(name: str) -> bool:
    """Say whether a permission is about an organization; what nobody knows goes by its name."""
    return name in _ORGANIZATION or (name not in _ALL and name.startswith(("organization_", "enterprise_")))


def implied(action: str) -> Iterator[str]:
    """Yield an action and those that it holds: writing is reading, too, where there is something to read."""
    name, _, level = canonical(action).partition("=")
    known = _ALL.get(name)
    if level not in ORDER or known is None:
        yield canonical(action)
        return
    for lower in ORDER[: ORDER.index(level) + 1]:
        if lower[0] in known or lower == level:
            yield f"{name}={lower}"


def github_catalogue(policies: Iterable[Policy]) -> Catalogue:
    """Return the known permissions, and those that policies of GitHub name besides.

    Args:
        policies: those of the inventory; other providers' are passed over.
    """
    names = sorted({f"{name}={_LETTERS[letter]}" for name, letters in _ALL.items() for letter in letters} | {USE})
    named = {
        canonical(action)
        for policy in policies
        if policy.provider == "github"
        for statement in policy.statements
        for action in statement.actions
    }
    return Catalogue(names, "".join(map(_letter, names)), VERSION, separator="=").extended(sorted(named))


def _letter(action: str) -> str:
    """Return the letter (`access.catalogue.LEVELS`) of a permission's kind of access."""
    name, _, level = action.partition("=")
    if level in ("read", "use"):
        return "R"
    return "P" if name in _CONTROLLING or level == "admin" else "W"
