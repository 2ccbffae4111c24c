"""Jobs of workflow files: whom they become, what they may do, who can make them run."""

from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.github import kinds

SHA = "b4ffde65f46336ab88eb53be808477a3936bae11"
PATH = ".github/workflows/ci.yml"
BASE = f"github.com/acme/shop/{PATH}"

Read = Callable[..., Records]
Jobs = Callable[..., dict[str, dict[str, str]]]


@pytest.fixture
def records(read: Read, of: Callable[..., Any]) -> Read:
    def found(files: Mapping[str, str] | str, default: str = "read", **repository: Any) -> Records:
        texts = {PATH: files} if isinstance(files, str) else files
        listed = {"id": 7, "full_name": "acme/shop", "visibility": "public", "default_branch": "main", **repository}
        rows = []
        for name, text in texts.items():
            path, _, owner = name.partition("@")
            rows.append(of({"path": path, "sha": "0", "size": 1, "text": dedent(text)}, owner or "acme/shop"))
        settings = [of({"default_workflow_permissions": default})] if default else []
        return read(
            {
                kinds.REPOSITORIES: [listed],
                kinds.WORKFLOW_FILES: rows,
                kinds.REPO_WORKFLOW_PERMISSIONS: settings,
            }
        )

    return found


@pytest.fixture
def jobs(records: Read) -> Jobs:
    def found(files: Mapping[str, str] | str, default: str = "read", **repository: Any) -> dict[str, dict[str, str]]:
        """Attributes of the jobs, by what follows the repository in their ids, or by job in `ci.yml`."""
        return {
            one.id.removeprefix(f"{BASE}#").removeprefix("github.com/"): dict(one.attributes)
            for one in records(files, default, **repository).identities
            if one.kind == "workflow_job"
        }

    return found


AWS = f"""\
    name: Deploy
    on:
      push:
        branches: [main, 'release/**']
    permissions:
      id-token: write
      contents: read
    env:
      ACCOUNT: '111122223333'
    jobs:
      deploy:
        runs-on: ubuntu-latest
        environment: production
        steps:
          - uses: actions/checkout@{SHA}
          - name: Sign in
            uses: aws-actions/configure-aws-credentials@v4
            with:
              role-to-assume: arn:aws:iam::${{{{ env.ACCOUNT }}}}:role/deploy
              aws-region: eu-west-1
          - uses: aws-actions/configure-aws-credentials@v4
            with:
              role-to-assume: arn:aws:iam::999988887777:role/next
              role-chaining: true
          - uses: aws-actions/amazon-ecr-login@v2
    """


def test_a_job_that_becomes_an_aws_role(jobs: Jobs) -> None:
    found = jobs(AWS)["deploy"]
    assert found["roles"] == "arn:aws:iam::111122223333:role/deploy"
    assert found["chained_roles"] == "arn:aws:iam::999988887777:role/next"
    assert found["triggers"] == "push"
    assert found["branches"] == "main release/**"
    assert found["environment"] == "production"
    assert found["permissions"] == "contents=read id-token=write"
    assert found["id_token"] == "true"
    assert found["source_file"] == PATH
    assert found["source_line"] == "11"
    assert "arn:aws:iam::111122223333:role/deploy#L19" in found["lines"].split()
    assert found["unpinned_actions"] == "aws-actions/amazon-ecr-login@v2 aws-actions/configure-aws-credentials@v4"
    assert found["self_hosted"] == "false"
    assert found["secrets"] == ""
    assert "static_secrets" not in found
    assert "checks_out_head" not in found
    assert "open_to_anyone" not in found


CLOUDS = """\
    on: workflow_dispatch
    permissions: write-all
    jobs:
      azure:
        runs-on: ubuntu-24.04
        steps:
          - uses: Azure/login@v2
            with:
              client-id: 11111111-2222-3333-4444-555555555555
              tenant-id: ${{ vars.TENANT }}
              subscription-id: 99999999-2222-3333-4444-555555555555
      azure-static:
        runs-on: ubuntu-24.04
        steps:
          - uses: azure/login@v2
            with: {creds: '${{ secrets.AZURE_CREDENTIALS }}', client-id: ignored}
      google:
        runs-on: ubuntu-24.04
        steps:
          - uses: google-github-actions/auth@v2
            with:
              workload_identity_provider: projects/1/locations/global/workloadIdentityPools/ci/providers/github
              service_account: deploy@my-app.iam.gserviceaccount.com
      google-static:
        runs-on: ubuntu-24.04
        steps:
          - uses: google-github-actions/auth@v2
            with: {credentials_json: '${{ secrets.PROD_JSON }}'}
      keys:
        runs-on: ubuntu-24.04
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.KEY_ID }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.KEY }}
          GOOGLE_APPLICATION_CREDENTIALS: ${{ steps.auth.outputs.credentials_file_path }}
          OTHER: ${{ secrets.NPM_TOKEN }}
        steps:
          - run: terraform apply
            env: {ARM_CLIENT_SECRET: written-out}
      terraform:
        runs-on: ubuntu-24.04
        env: {ARM_USE_OIDC: true, ARM_CLIENT_ID: abc}
        steps: [{run: terraform plan}]
      vault:
        runs-on: ubuntu-24.04
        steps:
          - uses: hashicorp/vault-action@v3
            with: {url: 'https://vault.example', method: jwt, role: ci, jwtGithubAudience: vault}
      docker:
        runs-on: ubuntu-24.04
        steps:
          - uses: docker/login-action@v3
            with: {registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com, password: '${{ secrets.ECR }}'}
          - uses: docker/login-action@v3
            with: {registry: ghcr.io, password: '${{ secrets.GITHUB_TOKEN }}'}
      script:
        runs-on: ubuntu-24.04
        steps:
          - run: |
              token=$(curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x")
              aws sts assume-role-with-web-identity --role-arn arn:aws:iam::111122223333:role/by-hand
    """


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "azure",
            {
                "azure_clients": "11111111-2222-3333-4444-555555555555",
                "azure_tenants": "?",
                "azure_subscriptions": "99999999-2222-3333-4444-555555555555",
            },
        ),
        ("azure-static", {"static_secrets": "AZURE_CREDENTIALS", "azure_clients": None}),
        (
            "google",
            {
                "gcp_providers": "projects/1/locations/global/workloadIdentityPools/ci/providers/github",
                "gcp_service_accounts": "deploy@my-app.iam.gserviceaccount.com",
                "static_secrets": None,
            },
        ),
        ("google-static", {"static_secrets": "PROD_JSON", "gcp_providers": None}),
        (
            "keys",
            {
                "static_secrets": "ARM_CLIENT_SECRET KEY KEY_ID",
                "literal_keys": "ARM_CLIENT_SECRET",
                "secrets": "KEY KEY_ID NPM_TOKEN",
            },
        ),
        ("terraform", {"azure_clients": "abc"}),
        ("vault", {"vault_roles": "https://vault.example/ci", "audiences": "vault"}),
        ("docker", {"static_secrets": "ECR", "secrets": "ECR"}),
        ("script", {"requests_id_token": "true", "roles": "arn:aws:iam::111122223333:role/by-hand"}),
    ],
)
def test_other_clouds_and_keys(jobs: Jobs, job: str, expected: dict[str, str | None]) -> None:
    found = jobs(CLOUDS)[job]
    assert {name: found.get(name) for name in expected} == expected
    assert found["id_token"] == "true"


@pytest.mark.parametrize(
    ("default", "expected"),
    [("read", "contents=read packages=read"), ("", "?")],
)
def test_a_job_that_says_nothing_has_the_default(jobs: Jobs, default: str, expected: str) -> None:
    found = jobs("on: push\njobs: {a: {runs-on: x, steps: []}}\n", default)["a"]
    assert found["permissions"] == expected
    assert found["id_token"] == "false"


def test_a_job_of_a_repository_with_write_by_default(jobs: Jobs) -> None:
    found = jobs("on: push\njobs: {a: {runs-on: x, steps: []}, b: {permissions: {}, steps: []}}\n", "write")
    assert "contents=write" in found["a"]["permissions"].split()
    assert found["b"]["permissions"] == ""


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
        ("ref: ${{ github.head_ref }}", "", "true", "checkout"),
        ("ref: refs/pull/${{ github.event.number }}/merge", "", "true", "checkout"),
        ("repository: ${{ github.event.pull_request.head.repo.full_name }}", "", "true", "checkout"),
        ("ref: ${{ steps.find.outputs.sha }}", "", "?", "? checkout"),
        ("ref: ${{ github.event.pull_request.base.sha }}", "", "false", None),
        ("persist-credentials: false", "", "false", None),
        (
            "ref: ${{ github.head_ref }}",
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


def test_in_a_private_repository_it_is_open_to_nobody_and_where_nobody_knows_perhaps(jobs: Jobs) -> None:
    text = PWN.replace("{checkout}", "ref: ${{ github.head_ref }}").replace("{condition}", "")
    assert "open_to_anyone" not in jobs(text, visibility="private")["test"]


def test_anyone_is_somebody_where_something_is_open(records: Read) -> None:
    text = PWN.replace("{checkout}", "ref: ${{ github.head_ref }}").replace("{condition}", "")
    assert [one.id for one in records(text).identities if one.kind == "federated_principal"] == ["github.com#anyone"]


def test_nobody_else_is_made(records: Read) -> None:
    assert [one.kind for one in records(AWS).identities] == ["workflow_job", "repository"]


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


def test_a_matrix_of_accounts(jobs: Jobs) -> None:
    found = jobs(
        """\
        on: {schedule: [{cron: '0 0 * * *'}]}
        jobs:
          plan:
            runs-on: ${{ matrix.os }}
            environment: {name: '${{ matrix.stage }}'}
            strategy:
              matrix:
                os: [ubuntu-latest]
                stage: [dev, prod]
                include:
                  - {stage: dev, account: 111122223333}
                  - {stage: prod, account: 444455556666}
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with:
                  role-to-assume: arn:aws:iam::${{ matrix.account }}:role/${{ matrix.stage }}-plan
        """
    )["plan"]
    assert found["roles"] == "arn:aws:iam::111122223333:role/dev-plan arn:aws:iam::444455556666:role/prod-plan"
    assert found["environment"] == "?"
    assert found["environments"] == "dev prod"
    assert found["runs_on"] == "ubuntu-latest"


def test_a_choice_of_who_starts_it_by_hand(jobs: Jobs) -> None:
    found = jobs(
        """\
        on:
          workflow_dispatch:
            inputs:
              stage: {type: choice, options: [dev, prod]}
              other: {type: string, default: x}
        jobs:
          a:
            runs-on: ubuntu-latest
            environment: ${{ inputs.stage }}
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with: {role-to-assume: 'arn:aws:iam::111122223333:role/${{ github.event.inputs.stage }}'}
              - uses: aws-actions/configure-aws-credentials@v4
                with: {role-to-assume: 'arn:aws:iam::111122223333:role/by-${{ inputs.other }}'}
        """
    )["a"]
    assert found["environments"] == "dev prod"
    assert found["roles"].split() == [
        "arn:aws:iam::111122223333:role/by-?",
        "arn:aws:iam::111122223333:role/dev",
        "arn:aws:iam::111122223333:role/prod",
    ]


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


def test_a_file_that_cannot_be_read_is_a_row_with_its_place(records: Read) -> None:
    found = records(
        {PATH: "on: push\njobs:\n  a:\n   - x\n  - y\n", ".github/workflows/ok.yml": "on: push\njobs: {}\n"}
    )
    rows = [row for row in found.coverage if row.status.is_gap]
    assert [(row.scope_id, row.record_kind) for row in rows] == [("github.com/acme/shop", kinds.WORKFLOW_FILES)]
    assert rows[0].detail.startswith(f"{PATH}:5:3: ")
    assert [one.name for one in found.workloads] == ["ok.yml"]


def test_whoever_can_push(records: Read) -> None:
    found = {one.id: one for one in records(AWS).identities}
    code = dict(found["github.com/acme/shop#code"].attributes)
    assert "id-token=write" in code["permissions"].split()
    assert code["default_branch"] == "main"


def test_in_an_archived_repository_nothing_runs(records: Read) -> None:
    found = records(AWS, archived=True)
    assert [(one.kind, one.status) for one in found.identities] == [("workflow_job", "disabled")]
    assert [one.active for one in found.workloads] == [False]
