"""Facts about keys of clouds in workflows, and what takes their place."""

from typing import Any

import pytest

from tests.facts.github.estate import identity, scopes, told

ISSUER = "token.actions.githubusercontent.com"


def test_a_static_key_and_what_takes_its_place(of_job: Any) -> None:
    keys = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"
    assert of_job("static_keys", static_secrets=keys) == "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
    assert of_job("static_clouds", static_secrets=keys) == "AWS"
    fix = of_job("federated_fix", static_secrets=keys)
    assert f'"{ISSUER}:sub": "repo:Acme/app:ref:refs/heads/main"' in fix
    assert f'"{ISSUER}:aud": "sts.amazonaws.com"' in fix
    assert "gh secret delete AWS_ACCESS_KEY_ID --repo acme/app\ngh secret delete AWS_SECRET_ACCESS_KEY" in fix
    assert of_job("federated_fix") == ""
    assert of_job("federated_fix", kind="deploy_key", static_secrets=keys) == ""
    written = of_job("static_keys", static_secrets=keys, literal_keys="AWS_SECRET_ACCESS_KEY")
    assert written == "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (written out in the file)"


def test_what_is_only_called_is_told_of_its_callers(of_job: Any) -> None:
    called = {"triggers": "workflow_call", "static_secrets": "AWS_KEY", "secrets": "AWS_KEY", "permissions": ""}
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("AWS_KEY", True)
    called["called_as"] = "github.com/acme/app/.github/workflows/ci.yml#deploy"
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("", False)
    called["triggers"] = "push workflow_call"
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("AWS_KEY", True)


def test_what_takes_the_place_of_each_clouds_key(of_job: Any) -> None:
    azure = of_job("federated_fix", static_secrets="AZURE_CREDENTIALS", environment="Prod: eu")
    assert '"subject": "repo:Acme/app:environment:Prod%3A eu"' in azure
    assert azure.count("az ad app federated-credential create") == 1
    google = of_job("federated_fix", static_secrets="GCP_SA_KEY", branches="release")
    assert "--attribute-condition='assertion.sub == \"repo:Acme/app:ref:refs/heads/release\"'" in google
    assert "/subject/repo:Acme/app:ref:refs/heads/release" in google
    assert of_job("static_clouds", static_secrets="GCP_SA_KEY ARM_CLIENT_SECRET") == "Azure and Google Cloud"


def test_a_hostile_environment_does_not_leave_its_quotes(of_job: Any) -> None:
    fix = of_job("federated_fix", static_secrets="GCP_SA_KEY", environment="'\" || true; $(id)")
    line = next(one for one in fix.splitlines() if "--attribute-condition" in one)
    assert "'\"'\"'" in line
    assert '\\"' in line


def test_the_subject_is_the_one_that_github_says(facts: Any, make: Any) -> None:
    place = {"default_branch": "main", "oidc_sub_prefix": "repo:Acme@7/app@42"}
    tables = facts(identities=[identity(attributes=told(static_secrets="AWS_KEY"))], scopes=scopes(app=place))
    assert '"repo:Acme@7/app@42:ref:refs/heads/main"' in make.cell(tables, "identity.federated_fix")


@pytest.mark.parametrize(
    ("secrets", "literal", "lines"),
    [
        ("AZ", "", ["Then delete the key there, and its copies here:", "gh secret delete AZ --repo acme/app"]),
        ("creds", "creds", ["Then delete the key there.", "Take creds out of the file."]),
        ("AWS_KEY", "AWS_KEY", ["Then delete the key there.", "Take AWS_KEY out of the file."]),
    ],
)
def test_a_fix_does_not_end_where_a_command_should_follow(
    facts: Any, make: Any, secrets: str, literal: str, lines: list[str]
) -> None:
    row = identity(attributes=told(static_secrets=secrets, literal_keys=literal))
    fix = str(make.cell(facts(identities=[row], scopes=scopes()), "identity.federated_fix")).splitlines()
    assert fix[-2:] == lines
    assert any("AWS" in line for line in fix[:-2]) is secrets.startswith("AWS")
