"""What breaks the first step of a way that begins on GitHub: advice and a command, for whatever it is."""

from typing import Any

import pytest

from nhi_scan.model.access import Privilege, Step
from tests.facts.github.estate import APP, JOB, ORG, identity, scopes, told


@pytest.mark.parametrize(
    ("id_", "kind", "advice", "command"),
    [
        (f"{ORG}/installations/7", "app", "permissions that it does not need", "gh api orgs/acme/installations"),
        (f"{ORG}/personal-access-tokens/7", "access_token", "Revoke", "gh api --method POST orgs/acme/personal-"),
        (f"{APP}/keys/7", "deploy_key", "only reads", "gh repo deploy-key delete 7 --repo acme/app"),
        (JOB, "workflow_job", "`permissions:` in .github/workflows/ci.yml", "gh api repos/acme/app/environments"),
        (f"{APP}#code", "repository", "one branch or environment", "gh api repos/acme/app/environments"),
        (f"{ORG}/somebody", "user", "Take away", "Take away what the first step in the evidence rests on."),
    ],
)
def test_advice_is_for_what_it_is(facts: Any, make: Any, id_: str, kind: str, advice: str, command: str) -> None:
    row = identity(id_, kind, attributes=told(source_file=".github/workflows/ci.yml"))
    lines = str(make.cell(facts(identities=[row], scopes=scopes()), "identity.first_move_fix")).splitlines()
    assert advice in lines[0]
    assert lines[-1].startswith(command)


def test_the_repository_whose_job_is_taken_over_first_is_known(facts: Any, make: Any) -> None:
    row = identity("github.com#anyone", "federated_principal")
    step = Step(technique="github-pull-request-target-checkout", source_id=row.id, target_id=JOB)
    level = Privilege(identity_id=row.id, level="can_become_administrator", path=(step,))
    tables = facts(identities=[row], privileges={row.id: level}, scopes=scopes())
    assert make.cell(tables, "identity.first_repository") == "acme/app"
    assert make.cell(facts(identities=[row], scopes=scopes()), "identity.first_repository") == ""
    assert make.cell(tables, "scope.repository", 1) == "acme/app"
    assert make.cell(tables, "scope.repository", 0) == ""
