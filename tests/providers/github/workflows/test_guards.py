"""Whether a condition lets somebody outside start a job."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.guards import admits, ignores_what_it_needs

TARGET, COMMENT, RUN = "pull_request_target", "issue_comment", "workflow_run"


@pytest.mark.parametrize(
    ("condition", "event", "admitted"),
    [
        ("", TARGET, True),
        ("true", TARGET, True),
        ("${{ false }}", TARGET, False),
        ("always()", TARGET, True),
        ("github.event_name == 'push'", TARGET, False),
        ("github.event_name != 'push'", TARGET, True),
        ("${{ github.event_name == 'pull_request_target' }}", TARGET, True),
        ('contains(fromJSON(\'["push", "issues"]\'), github.event_name)', TARGET, False),
        ('contains(fromJSON(\'["push", "issues"]\'), github.event_name)', "issues", True),
        ("github.repository == 'Acme/Shop'", TARGET, True),
        ("github.repository == 'other/fork'", TARGET, False),
        ("github.repository_owner == 'acme'", TARGET, True),
        ("github.event.pull_request.head.repo.full_name == github.repository", TARGET, False),
        ("github.event.pull_request.head.repo.full_name != github.repository", TARGET, True),
        ("github.event.pull_request.base.repo.id == github.event.pull_request.head.repo.id", TARGET, False),
        ("github.event.pull_request.head.repo.fork == false", TARGET, False),
        ("!github.event.pull_request.head.repo.fork", TARGET, False),
        ("github.event.pull_request.head.repo.full_name == 'acme/shop'", TARGET, False),
        ("github.event.pull_request.head.repo.owner.login == 'acme'", TARGET, False),
        ("github.event.pull_request.head.repo.full_name == 'acme/other'", TARGET, None),
        ("github.event.pull_request.author_association == 'MEMBER'", TARGET, None),
        ("contains(fromJSON('[\"OWNER\"]'), github.event.comment.author_association)", COMMENT, None),
        ("github.actor == 'dependabot[bot]'", TARGET, None),
        ("github.event.pull_request.merged == true", TARGET, None),
        ("contains(github.event.pull_request.labels.*.name, 'safe')", TARGET, None),
        ("github.event.label.name == 'safe'", TARGET, None),
        ("needs.check.outputs.allowed == 'true'", COMMENT, None),
        ("vars.ENABLED == 'true'", COMMENT, None),
        ("github.event.issue.pull_request && startsWith(github.event.comment.body, '/test')", COMMENT, True),
        ("contains(github.event.comment.body, '@bot') && github.event.sender.login != 'bot'", COMMENT, None),
        ("github.event_name == 'push' || github.event.pull_request.draft == false", TARGET, True),
        ("github.event_name == 'push' || github.actor == 'me'", TARGET, None),
        ("(github.event_name == 'push' || github.event_name == 'schedule') && always()", TARGET, False),
        ("github.event.workflow_run.event == 'push'", RUN, False),
        ("github.event.workflow_run.event == 'pull_request'", RUN, True),
        ("github.event.workflow_run.event != 'pull_request'", RUN, None),
        ("github.event.workflow_run.conclusion == 'success'", RUN, True),
        ("github.event.workflow_run.head_branch == 'main'", RUN, True),
        ("github.event.workflow_run.head_repository.full_name == github.repository", RUN, False),
        ("${{ github.event_name }} == 'push'", TARGET, None),
        ("a == b == c", TARGET, None),
        ("(", TARGET, None),
    ],
)
def test_what_strangers_meet(condition: str, event: str, admitted: bool | None) -> None:
    assert admits((condition,), event, "acme/shop") is admitted


def test_of_several_conditions_all_have_to_be_met() -> None:
    assert admits((), TARGET) is True
    assert admits(("always()", "github.actor == 'me'"), TARGET) is None
    assert admits(("github.event_name == 'push'", "github.actor == 'me'"), TARGET) is False


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.head.repo.full_name == github.repository",
        "!github.event.pull_request.head.repo.fork",
        "github.event.workflow_run.event == 'push'",
    ],
)
def test_those_inside_may_meet_what_no_stranger_does(condition: str) -> None:
    assert admits((condition,), TARGET) is False
    assert admits((condition,), TARGET, stranger=False) is None


def test_a_job_may_run_though_what_it_needs_did_not() -> None:
    assert ignores_what_it_needs("${{ always() && !inputs.dry }}")
    assert ignores_what_it_needs("!cancelled()")
    assert not ignores_what_it_needs("github.ref == 'refs/heads/always'")


@settings(max_examples=200, deadline=None)
@given(st.text("()!&|='$ {}ag.", max_size=60), st.sampled_from([TARGET, COMMENT]))
def test_whatever_is_written_there_is_an_answer(condition: str, event: str) -> None:
    assert admits((condition,), event) in (True, False, None)
    assert admits(("(" * 3000 + condition,), event) in (True, False, None)
