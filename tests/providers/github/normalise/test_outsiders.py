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
            None,
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


def test_where_every_run_of_a_fork_is_approved_a_runner_is_perhaps_open(jobs: Jobs) -> None:
    text = "on: {event}\njobs: {a: {runs-on: [self-hosted], steps: []}}\n"
    found = [
        jobs(text.replace("{event}", "pull_request"), approval=word)["a"]["open_to_anyone"]
        for word in ("all_external_contributors", "first_time_contributors")
    ]
    assert found == ["? self_hosted", "self_hosted"]


def test_a_runner_that_only_the_repositorys_own_branches_run_on(jobs: Jobs) -> None:
    text = "on: pull_request\njobs: {a: {runs-on: [self-hosted], if: '!github.event.pull_request.head.repo.fork'}}\n"
    found = jobs(text)["a"]
    assert (found.get("open_to_anyone"), found["kept_out"], found.get("events")) == (None, "pull_request", None)


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


GIT = """\
    on:
      pull_request_target:
      push:
    jobs:
      test:
        runs-on: ubuntu-latest
        env: {SHA: '${{ github.event.pull_request.head.sha }}', BASE: '${{ github.sha }}'}
        steps:
          - uses: actions/checkout@v4
            with: {fetch-depth: 0}
          - run: |
              {script}
              make
    """


@pytest.mark.parametrize(
    ("script", "head"),
    [
        ("gh pr checkout ${{ github.event.number }}", "true"),
        ("git fetch origin pull/${{ github.event.number }}/head:pr", "true"),
        ("git fetch origin ${{ github.event.pull_request.head.sha }}", "true"),
        ('git fetch origin "$SHA" && git checkout "$SHA"', "true"),
        ("git fetch origin ${SHA}", "true"),
        ("git clone https://github.com/${{ github.event.pull_request.head.repo.full_name }} src", "true"),
        ("gh repo clone ${{ github.event.pull_request.head.repo.full_name }}", "true"),
        ("git remote add fork ${{ github.event.pull_request.head.repo.clone_url }}", "true"),
        ('git fetch origin "$BASE"', "false"),
        ("git diff --stat $SHA", "false"),
        ("git fetch origin ${{ github.base_ref }}", "false"),
    ],
)
def test_a_fork_fetched_by_a_script(jobs: Jobs, script: str, head: str) -> None:
    found = jobs(GIT.replace("{script}", script))["test"]
    assert found["checks_out_head"] == head


def test_a_fork_checked_out_by_a_variable(jobs: Jobs) -> None:
    text = GIT.replace("{script}", "true").replace("{fetch-depth: 0}", "{ref: '${{ env.SHA }}'}")
    assert jobs(text)["test"]["open_to_anyone"] == "checkout"
    assert jobs(text.replace("env.SHA", "env.BASE"))["test"].get("open_to_anyone") == "? checkout"


def test_all_of_the_context_holds_all_of_the_event(jobs: Jobs) -> None:
    text = "on: issues\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: \"echo '${{ toJSON(github) }}'\"}]}}\n"
    assert jobs(text)["a"]["injects"] == "github.event"


GATED = """\
    on:
      pull_request_target:
      push:
    jobs:
      gate:
        {condition}
        runs-on: ubuntu-latest
        steps: [{run: 'true'}]
      test:
        needs: [gate]
        {own}
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
            {step}
            with: {ref: '${{ github.event.pull_request.head.sha }}'}
          - run: make
    """


@pytest.mark.parametrize(
    ("condition", "own", "step", "open_"),
    [
        ("", "", "", "checkout"),
        ("if: github.event.pull_request.author_association == 'OWNER'", "", "", "? checkout"),
        ("if: github.event.pull_request.author_association == 'OWNER'", "if: always()", "", "checkout"),
        ("if: github.event_name == 'push'", "", "", None),
        ("environment: external", "", "", "checkout"),
        ("environment: reviewed", "", "", "? checkout"),
        ("environment: '${{ inputs.where }}'", "", "", "? checkout"),
        ("", "environment: reviewed", "", "? checkout"),
        ("", "", "if: github.actor == 'me'", "? checkout"),
        ("", "", "if: github.event_name == 'push'", None),
    ],
)
def test_what_may_keep_outsiders_away(jobs: Jobs, condition: str, own: str, step: str, open_: str | None) -> None:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds."""
    text = GATED.replace("{condition}", condition).replace("{own}", own).replace("{step}", step)
    assert jobs(text, reviewed=("reviewed",))["test"].get("open_to_anyone") == open_


def test_the_condition_of_a_call_holds_for_what_is_called(jobs: Jobs) -> None:
    found = jobs(
        {
            ".github/workflows/ci.yml": """\
            on: pull_request_target
            jobs:
              open: {uses: ./.github/workflows/called.yml}
              asks: {uses: ./.github/workflows/called.yml, if: "github.actor == 'me'"}
              own: {uses: ./.github/workflows/called.yml, if: "!github.event.pull_request.head.repo.fork"}
            """,
            ".github/workflows/called.yml": """\
            on: workflow_call
            jobs:
              test:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                    with: {ref: '${{ github.event.pull_request.head.sha }}'}
            """,
        }
    )
    assert [found[f"{name}/test"].get("open_to_anyone") for name in ("open", "asks", "own")] == [
        "checkout",
        "? checkout",
        None,
    ]


@pytest.mark.parametrize(
    ("before", "open_"), [("push", None), ("pull_request", "checkout"), ("issues", "checkout"), ("", "checkout")]
)
def test_a_workflow_that_follows_one_which_nobody_outside_starts_is_closed(
    jobs: Jobs, before: str, open_: str | None
) -> None:
    """https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run."""
    follows = """\
        on: {workflow_run: {workflows: [Build], types: [completed]}}
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
                with: {ref: '${{ github.event.workflow_run.head_sha }}'}
        """
    build = f"name: Build\non: {before}\njobs: {{}}\n"
    files = {".github/workflows/b.yml": build} if before else {}
    assert jobs({".github/workflows/ci.yml": follows, **files})["test"].get("open_to_anyone") == open_


def test_events_under_which_a_job_does_not_run_are_told(jobs: Jobs) -> None:
    found = jobs(
        GATED.replace("{condition}", "if: github.event_name == 'push'").replace("{own}", "").replace("{step}", "")
    )
    assert (found["gate"]["events"], found["test"]["events"]) == ("push", "push")
    assert "kept_out" not in found["test"]
