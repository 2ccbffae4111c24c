"""Facts about jobs: what their tokens write, who makes them run code, what they are worth."""

from typing import Any

import pytest


def test_what_a_token_writes(of_job: Any) -> None:
    permissions = "contents=write id-token=write issues=read packages=write"
    assert of_job("token_writes", permissions=permissions) == "contents, packages"
    assert of_job("token_write_count", permissions=permissions) == 2
    assert of_job("token_write_count", permissions="") == 0
    assert of_job("token_write_count", permissions="?") is None
    assert of_job("token_write_count") is None
    assert of_job("token_writes", kind="deploy_key", permissions=permissions) is None


@pytest.mark.parametrize(
    ("word", "ways", "surely"),
    [
        ("", "", True),
        ("checkout", "code that it checks out", True),
        ("? injection", "text that it runs as a script", False),
        ("checkout injection", "code that it checks out and text that it runs as a script", True),
        ("self_hosted", "", True),
    ],
)
def test_by_what_anybody_makes_it_run_their_code(of_job: Any, word: str, ways: str, surely: bool) -> None:
    assert of_job("open_to_anyone", open_to_anyone=word) == ways
    assert of_job("open_surely", open_to_anyone=word) is surely
    assert of_job("forks_on_own_runner", open_to_anyone=word) is (word == "self_hosted")
    assert of_job("forks_on_own_runner", kind="app", open_to_anyone=word) is None
    assert of_job("open_to_anyone", kind="app", open_to_anyone=word) is None


@pytest.mark.parametrize(
    ("values", "worth", "held"),
    [
        ({"permissions": ""}, False, ""),
        ({"permissions": "contents=read"}, False, ""),
        ({"permissions": "contents=write"}, True, "a token that writes contents"),
        ({"permissions": "?"}, None, ""),
        ({"permissions": "?", "secrets": "A B"}, True, "secrets (A, B)"),
        ({"permissions": "", "secrets": "A ?"}, True, "secrets (A, any)"),
        ({"permissions": "", "id_token": "true"}, True, "a token for other clouds"),
    ],
)
def test_what_a_job_is_worth(of_job: Any, values: dict[str, str], worth: Any, held: str) -> None:
    assert of_job("job_worth_taking", **values) is worth
    assert of_job("job_held", **values) == held


def test_actions_of_the_organization_are_its_own(of_job: Any) -> None:
    actions = "some/action@v1 Acme/tool@main other/thing@v2"
    assert of_job("unpinned_third_party", unpinned_third_party=actions) == "other/thing@v2, some/action@v1"
    assert of_job("unpinned_third_party") == ""


def test_how_commands_name_a_job(of_job: Any) -> None:
    assert of_job("repository") == "acme/app"
    assert of_job("organization") == "acme"
    assert of_job("workflow_name") == "ci.yml"
    assert of_job("source_file", source_file=".github/workflows/ci.yml") == ".github/workflows/ci.yml"
    assert of_job("github_fix") == "gh api repos/acme/app/environments"
    assert of_job("settings_page") == ""
