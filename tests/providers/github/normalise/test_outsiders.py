"""What outsiders can make the jobs of a repository do."""

from collections.abc import Callable

import pytest

from nhi_scan.model.records import Records

Read = Callable[..., Records]
Jobs = Callable[..., dict[str, dict[str, str]]]


PWN = """\
    on:
      pull_request_target:
        types: [opened, synchronize]
    jobs:
      test:
        runs-on: ubuntu-latest
        {condition}
        steps:
          - uses: actions/checkout@v4
            with:
              {checkout}
          - run: make test
    """


@pytest.mark.parametrize(
    ("checkout", "condition", "head", "open_"),
    [
        ("ref: ${{ github.event.pull_request.head.sha }}", "", "true", "checkout"),
        ("ref: ${{ github.head_ref }}", "", "?", "? checkout"),
        (
            "{ref: '${{ github.head_ref }}', repository: '${{ github.event.pull_request.head.repo.full_name }}'}",
            "",
            "true",
            "checkout",
        ),
        ("ref: refs/pull/${{ github.event.number }}/merge", "", "true", "checkout"),
        ("repository: ${{ github.event.pull_request.head.repo.full_name }}", "", "true", "checkout"),
        ("ref: ${{ steps.find.outputs.sha }}", "", "?", "? checkout"),
        ("ref: ${{ github.event.pull_request.base.sha }}", "", "false", None),
        ("persist-credentials: false", "", "false", None),
        (
            "ref: ${{ github.event.pull_request.head.sha }}",
            "if: github.event.pull_request.head.repo.full_name == github.repository",
            "true",
            "? checkout",
        ),
    ],
)
def test_a_fork_checked_out_with_the_repositorys_own_token(
    jobs: Jobs, checkout: str, condition: str, head: str, open_: str | None
) -> None:
    text = PWN.replace("{checkout}", checkout).replace("{condition}", condition)
    found = jobs(text)["test"]
    assert (found["checks_out_head"], found.get("open_to_anyone")) == (head, open_)


def test_where_somebody_with_rights_has_to_act_first_it_is_perhaps_open(jobs: Jobs) -> None:
    text = PWN.replace("{checkout}", "ref: ${{ github.event.pull_request.head.sha }}").replace("{condition}", "")
    assert jobs(text.replace("opened, synchronize", "labeled"))["test"]["open_to_anyone"] == "? checkout"
    assert jobs(text.replace("opened, synchronize", "labeled, opened"))["test"]["open_to_anyone"] == "checkout"


def test_in_a_private_repository_it_is_open_to_nobody_and_where_nobody_knows_perhaps(jobs: Jobs) -> None:
    text = PWN.replace("{checkout}", "ref: ${{ github.event.pull_request.head.sha }}").replace("{condition}", "")
    assert "open_to_anyone" not in jobs(text, visibility="private")["test"]


def test_anyone_is_somebody_where_something_is_open(records: Read) -> None:
    text = PWN.replace("{checkout}", "ref: ${{ github.event.pull_request.head.sha }}").replace("{condition}", "")
    assert [one.id for one in records(text).identities if one.kind == "federated_principal"] == ["github.com#anyone"]


@pytest.mark.parametrize(
    ("event", "script", "injects", "open_"),
    [
        ("issues", "echo ${{ github.event.issue.title }}", "github.event.issue.title", "injection"),
        ("issue_comment", "x '${{github.event.comment.body}}'", "github.event.comment.body", "injection"),
        ("pull_request_target", "x ${{ github.head_ref || 'y' }}", "github.head_ref", "injection"),
        ("pull_request", "x ${{ github.head_ref }}", "github.head_ref", None),
        ("push", "x ${{ github.event.head_commit.message }}", "github.event.head_commit.message", None),
        (
            "workflow_run",
            "x ${{ github.event.workflow_run.head_branch }}",
            "github.event.workflow_run.head_branch",
            "injection",
        ),
        ("issues", "x ${{ toJSON(github.event.issue) }}", "github.event.issue", "injection"),
        ("issues", "x ${{ toJSON(github.event) }}", "github.event", "injection"),
        ("issues", "x ${{ github.event.issue.number }}", None, None),
        ("issues", "x ${{ contains(github.event.issue.title, 'y') }}", None, None),
        ("issues", "x ${{ github.event.issue.title == 'y' && 'a' || 'b' }}", None, None),
        ("issues", "x $TITLE ${{ env.NUMBER }}", None, None),
        ("issues", "x ${{ env.TITLE }}", "github.event.issue.title", "injection"),
    ],
)
def test_scripts_with_what_outsiders_write(
    jobs: Jobs, event: str, script: str, injects: str | None, open_: str | None
) -> None:
    text = f"""\
    on: {event}
    env:
      TITLE: ${{{{ github.event.issue.title }}}}
      NUMBER: ${{{{ github.event.issue.number }}}}
    jobs:
      a:
        runs-on: ubuntu-latest
        steps:
          - run: |
              true
              {script}
          - uses: actions/github-script@v7
            with:
              script: |
                // nothing
    """
    found = jobs(text)["a"]
    assert (found.get("injects"), found.get("open_to_anyone")) == (injects, open_)
    if injects:
        assert f"{injects}#L11" in found["lines"].split()


def test_a_runner_of_ones_own_in_a_public_repository(jobs: Jobs) -> None:
    text = "on: pull_request\njobs: {a: {runs-on: [self-hosted, gpu], steps: []}, b: {runs-on: {group: big}}}\n"
    found = jobs(text)
    assert (found["a"]["runs_on"], found["a"]["self_hosted"]) == ("self-hosted gpu", "true")
    assert found["a"]["open_to_anyone"] == "self_hosted"
    assert (found["b"]["runner_group"], found["b"]["self_hosted"]) == ("big", "?")
    assert found["b"]["open_to_anyone"] == "? self_hosted"
    own_code = jobs(text.replace("pull_request", "pull_request_target"))
    assert "open_to_anyone" not in own_code["a"], "what it runs there is the repository's own"


def test_what_outsiders_write_is_followed_into_what_is_called(jobs: Jobs) -> None:
    found = jobs(
        {
            ".github/workflows/ci.yml": """\
            on: issues
            jobs:
              own:
                runs-on: ubuntu-latest
                steps:
                  - uses: ./.github/actions/greet
                    with: {who: '${{ github.event.issue.title }}', id: '${{ github.event.issue.number }}'}
              call:
                uses: ./.github/workflows/called.yml
                with: {text: '${{ github.event.issue.body }}'}
            """,
            ".github/workflows/called.yml": """\
            on: {workflow_call: {inputs: {text: {type: string}}}}
            env: {COPY: '${{ inputs.text }}'}
            jobs: {say: {runs-on: ubuntu-latest, steps: [{run: "echo ${{ env.COPY }}"}]}}
            """,
            ".github/actions/greet/action.yml": """\
            inputs: {who: {required: true}, id: {required: true}}
            runs: {using: composite, steps: [{run: "echo ${{ inputs.who }} ${{ inputs.id }}"}]}
            """,
        }
    )
    assert (found["own"]["injects"], found["own"]["open_to_anyone"]) == ("github.event.issue.title", "injection")
    assert "github.event.issue.title@.github/actions/greet/action.yml#L2" in found["own"]["lines"].split()
    assert (found["call/say"]["injects"], found["call/say"]["open_to_anyone"]) == (
        "github.event.issue.body",
        "injection",
    )
    assert "injects" not in found["acme/shop/.github/workflows/called.yml#say"]
