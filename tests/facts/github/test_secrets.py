"""Facts about secrets of GitHub: whose they are, and the commands that set and delete them."""

from typing import Any

import pytest

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource
from tests.facts.github.estate import APP, ORG, scopes, told

ENVIRONMENT = github_ids.environment(APP, "Pro d")


@pytest.mark.parametrize(
    ("parent", "kind", "holder", "where"),
    [
        (APP, "actions", "repository acme/app", "--repo acme/app"),
        (APP, "dependabot", "repository acme/app", "--repo acme/app --app dependabot"),
        (ORG, "actions", "organization acme", "--org acme"),
        (ORG, "dependabot", "organization acme", "--org acme --app dependabot"),
        (ENVIRONMENT, "actions", 'environment "Pro d" of repository acme/app', "--repo acme/app --env 'Pro d'"),
        ("git.acme.example/acme/app", "actions", "repository acme/app", "--repo git.acme.example/acme/app"),
    ],
)
def test_a_secret_is_set_and_deleted_where_it_is(
    facts: Any, make: Any, parent: str, kind: str, holder: str, where: str
) -> None:
    row = Resource(
        id=github_ids.secret(parent, "AWS_KEY", kind),
        provider="github",
        kind="actions_secret",
        name="AWS_KEY",
        scope_id=github_ids.repository_of(parent) or ORG,
        attributes=told(kind=kind),
    )
    above = Resource(
        id=ENVIRONMENT, provider="github", kind="deployment_environment", name="Pro d", scope_id=APP, attributes=()
    )
    tables = facts(resources=[above, row], scopes=scopes())
    at = [one.id for one in sorted((above, row), key=lambda one: one.id)].index(row.id)
    assert make.cell(tables, "resource.secret_holder", at) == holder
    assert make.cell(tables, "resource.secret_set_fix", at) == f"gh secret set AWS_KEY {where}"
    assert make.cell(tables, "resource.secret_delete_fix", at) == f"gh secret delete AWS_KEY {where}"
    assert make.cell(tables, "resource.secret_delete_fix", 1 - at) == ""


def test_an_environment_that_was_not_collected_is_called_as_its_id(facts: Any, make: Any) -> None:
    row = Resource(
        id=github_ids.secret(ENVIRONMENT, "K"), provider="github", kind="actions_secret", name="K", scope_id=APP
    )
    found = make.cell(facts(resources=[row], scopes=scopes()), "resource.secret_set_fix")
    assert found == "gh secret set K --repo acme/app --env 'pro d'"


@pytest.mark.parametrize(
    ("secret", "insecure", "lacks"),
    [
        ("false", "true", "has no secret and does not check certificates"),
        ("false", "false", "has no secret"),
        ("true", "true", "does not check certificates"),
        ("true", "false", ""),
    ],
)
def test_what_a_webhook_lacks(facts: Any, make: Any, secret: str, insecure: str, lacks: str) -> None:
    row = Resource(
        id=f"{APP}/hooks/1",
        provider="github",
        kind="repository_webhook",
        name="h",
        scope_id=APP,
        attributes=told(has_secret=secret, insecure_ssl=insecure),
    )
    assert make.cell(facts(resources=[row], scopes=scopes()), "resource.hook_lacks") == lacks
