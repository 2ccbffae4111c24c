"""Jobs of workflow files: whom they become and what they may do."""

from collections.abc import Callable

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.github import kinds

SHA = "b4ffde65f46336ab88eb53be808477a3936bae11"
PATH = ".github/workflows/ci.yml"

Read = Callable[..., Records]
Jobs = Callable[..., dict[str, dict[str, str]]]


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


def test_nobody_else_is_made(records: Read) -> None:
    assert [one.kind for one in records(AWS).identities] == ["workflow_job", "repository"]
