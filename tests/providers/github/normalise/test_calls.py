"""Workflows and actions that workflows call."""

from collections.abc import Callable

from nhi_scan.model.records import Records

PATH = ".github/workflows/ci.yml"
BASE = f"github.com/acme/shop/{PATH}"

Read = Callable[..., Records]
Jobs = Callable[..., dict[str, dict[str, str]]]


CALLER = """\
    on: {push: {branches-ignore: ['dependabot/**']}}
    permissions: {id-token: write, contents: read}
    env: {AWS_SECRET_ACCESS_KEY: '${{ secrets.NOT_PASSED_ON }}'}
    jobs:
      deploy:
        uses: ./.github/workflows/deploy.yml
        with: {role: 'arn:aws:iam::111122223333:role/prod'}
        secrets: {key: '${{ secrets.PROD_AWS_SECRET_ACCESS_KEY }}'}
      other:
        permissions: {contents: write}
        uses: acme/shared/.github/workflows/lib.yml@v1
        secrets: inherit
      unknown:
        uses: elsewhere/ci/.github/workflows/x.yml@main
        secrets: inherit
    """
CALLED = """\
    on:
      workflow_call:
        inputs: {role: {type: string}, region: {type: string, default: eu}}
        secrets: {key: {required: true}}
    jobs:
      apply:
        runs-on: ubuntu-latest
        environment: prod-${{ inputs.region }}
        steps:
          - uses: aws-actions/configure-aws-credentials@v4
            with: {role-to-assume: '${{ inputs.role }}'}
          - run: x
            env: {AWS_SECRET_ACCESS_KEY: '${{ secrets.key }}', B: '${{ secrets.not_passed }}'}
    """
LIBRARY = """\
    on: workflow_call
    permissions: {contents: write, id-token: write, issues: write}
    jobs: {inner: {runs-on: ubuntu-latest, steps: [{run: x, env: {T: '${{ secrets.NPM }}'}}]}}
    """


def test_called_workflows_run_for_who_calls_them(records: Read, jobs: Jobs) -> None:
    files = {
        PATH: CALLER,
        ".github/workflows/deploy.yml": CALLED,
        ".github/workflows/lib.yml@acme/shared": LIBRARY,
    }
    found = jobs(files)
    apply = found["deploy/apply"]
    assert apply["roles"] == "arn:aws:iam::111122223333:role/prod"
    assert apply["environment"] == "prod-eu"
    assert apply["static_secrets"] == "PROD_AWS_SECRET_ACCESS_KEY"
    assert apply["triggers"] == "push"
    assert (apply["branches"], apply["branches_ignore"]) == ("**", "dependabot/**")
    assert apply["id_token"] == "true"
    assert (apply["source_file"], apply["source_line"]) == (".github/workflows/deploy.yml", "6")
    assert apply["call_line"] == "6"
    assert (apply["called_workflow"], apply["called_ref"]) == ("acme/shop/.github/workflows/deploy.yml", "")
    inner = found["other/inner"]
    assert inner["permissions"] == "contents=write", "no more than the call has"
    assert inner["source_repository"] == "github.com/acme/shared"
    assert (inner["called_workflow"], inner["called_ref"]) == ("acme/shared/.github/workflows/lib.yml", "v1")
    assert inner["secrets"] == "NPM"
    unknown = found["unknown"]
    assert unknown["uses"] == "elsewhere/ci/.github/workflows/x.yml@main"
    assert (unknown["called_workflow"], unknown["called_ref"]) == ("elsewhere/ci/.github/workflows/x.yml", "main")
    assert unknown["secrets"] == "?"
    assert "static_secrets" not in unknown, "variables of the workflow do not reach it"
    assert unknown["unpinned_third_party"] == "elsewhere/ci/.github/workflows/x.yml@main"
    assert "deploy" not in found, "a job that only calls runs nothing itself"
    own = found["acme/shop/.github/workflows/deploy.yml#apply"]
    assert own["triggers"] == "workflow_call"
    assert own["called_as"] == f"{BASE}#deploy/apply"
    assert own["roles"] == "?"
    workload = next(one for one in records(files).workloads if one.id == BASE)
    assert workload.runs_as == (f"{BASE}#deploy/apply", f"{BASE}#other/inner", f"{BASE}#unknown")


def test_workflows_that_call_each_other_end(jobs: Jobs, records: Read) -> None:
    text = "on: [push, workflow_call]\njobs:\n" + "".join(
        f"  {name}: {{uses: ./.github/workflows/ci.yml}}\n" for name in "abc"
    )
    assert len(jobs(text)) < 2_000
    assert any("calls more workflows" in row.detail for row in records(text).coverage)


def test_actions_of_the_same_repository(jobs: Jobs) -> None:
    found = jobs(
        {
            PATH: """\
            on: push
            jobs:
              a:
                runs-on: ubuntu-latest
                steps:
                  - uses: ./.github/actions/sign-in
                    with: {account: '111122223333'}
                  - uses: ./missing
            """,
            ".github/actions/sign-in/action.yml": """\
            inputs: {account: {required: true}, name: {default: deploy}}
            runs:
              using: composite
              steps:
                - uses: aws-actions/configure-aws-credentials@v4
                  with: {role-to-assume: 'arn:aws:iam::${{ inputs.account }}:role/${{ inputs.name }}'}
            """,
        }
    )["a"]
    assert found["roles"] == "arn:aws:iam::111122223333:role/deploy"
    assert found["unknown_actions"] == "./missing"
    assert "arn:aws:iam::111122223333:role/deploy@.github/actions/sign-in/action.yml#L6" in found["lines"].split()
