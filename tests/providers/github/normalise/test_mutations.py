"""Answers and workflow files that are odd anywhere: something may be lost, then coverage says so; nothing stops."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.oddities import ODD, changed, unpacked

SCOPE = "github.com/acme"

WORKFLOW = """\
name: deploy
on:
  push: {branches: [main]}
  pull_request_target:
permissions: {contents: read, id-token: write}
env: {ROLE: "arn:aws:iam::111122223333:role/${{ matrix.role }}"}
jobs:
  go:
    runs-on: [self-hosted, "${{ matrix.os }}"]
    environment: {name: "${{ matrix.role }}"}
    strategy: {matrix: {role: [a, b], include: [{os: linux}]}}
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.head_ref }}"}
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "${{ env.ROLE }}"}
      - uses: ./.github/actions/own
        with: {key: "${{ secrets.AWS_SECRET_ACCESS_KEY }}"}
      - run: echo ${{ github.event.issue.title }}
  call:
    uses: ./.github/workflows/called.yml
    with: {role: x}
    secrets: {TOKEN: "${{ secrets.A }}"}
"""
CALLED = """\
on: {workflow_call: {inputs: {role: {type: string, default: y}}}}
jobs: {inner: {runs-on: ubuntu-latest, steps: [{uses: azure/login@v2, with: {client-id: "${{ inputs.role }}"}}]}}
"""
ACTION = "runs: {using: composite, steps: [{uses: docker/login-action@v3, with: {registry: gcr.io, password: x}}]}\n"


def of(record: Any, **fields: Any) -> dict[str, Any]:
    return {"of": {"full_name": "acme/shop", "repository_id": 7, **fields}, "record": record}


def file(path: str, text: str) -> dict[str, Any]:
    return of({"path": path, "sha": "0" * 40, "size": len(text), "text": text})


GRANTED = {"contents": "write", "metadata": "read"}
HOOK = {"id": 5, "active": True, "events": ["push"], "config": {"host": "a.example", "insecure_ssl": "0"}}
RUNNER = {"id": 3, "name": "r", "os": "linux", "status": "online", "labels": [{"name": "self-hosted"}]}
NAMED = {"id": 7, "full_name": "acme/shop"}
SECRET = {"name": "A", "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
RULE = {"type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "ann"}}]}
CUSTOM = {"protected_branches": False, "custom_branch_policies": True}

ESTATE: dict[str, list[Any]] = {
    kinds.ORGANIZATIONS: [{"login": "Acme", "id": 1, "type": "Organization", "two_factor_requirement_enabled": True}],
    kinds.REPOSITORIES: [
        {**NAMED, "visibility": "public", "default_branch": "main", "topics": ["team"], "archived": False}
    ],
    kinds.REPOSITORY_PROPERTIES: [
        {
            "repository_id": 7,
            "repository_full_name": "acme/shop",
            "properties": [{"property_name": "owner", "value": "ann"}, {"property_name": "x", "value": ["a"]}],
        }
    ],
    kinds.ORG_ACTIONS_PERMISSIONS: [{"enabled_repositories": "all", "allowed_actions": "selected"}],
    kinds.ORG_SELECTED_ACTIONS: [{"github_owned_allowed": True, "patterns_allowed": ["a/*"]}],
    kinds.ORG_WORKFLOW_PERMISSIONS: [{"default_workflow_permissions": "write"}],
    kinds.ORG_FORK_APPROVAL: [{"approval_policy": "first_time_contributors"}],
    kinds.ORG_OIDC: [{"include_claim_keys": ["repo", "context"]}],
    kinds.ORG_SECRETS: [{**SECRET, "visibility": "selected"}],
    kinds.ORG_SECRET_REPOSITORIES: [{"of": {"secret": "A"}, "record": NAMED}],
    kinds.ORG_DEPENDABOT_SECRETS: [SECRET],
    kinds.INSTALLATIONS: [
        {"id": 9, "app_id": 8, "app_slug": "bot", "repository_selection": "selected", "permissions": GRANTED}
    ],
    kinds.INSTALLATION_REPOSITORIES: [{"of": {"installation_id": 9}, "record": NAMED}],
    kinds.TOKEN_GRANTS: [
        {
            "id": 4,
            "owner": {"login": "ann"},
            "repository_selection": "subset",
            "permissions": {"repository": GRANTED, "organization": {"members": "read"}},
            "token_expires_at": "2027-01-01T00:00:00Z",
            "token_last_used_at": None,
        }
    ],
    kinds.TOKEN_GRANT_REPOSITORIES: [{"of": {"grant_id": 4}, "record": NAMED}],
    kinds.RUNNER_GROUPS: [{"id": 2, "name": "g", "visibility": "selected", "allows_public_repositories": True}],
    kinds.RUNNER_GROUP_REPOSITORIES: [{"of": {"runner_group_id": 2}, "record": NAMED}],
    kinds.RUNNERS: [RUNNER],
    kinds.ORG_WEBHOOKS: [HOOK],
    kinds.REPO_ACTIONS_PERMISSIONS: [of({"enabled": True, "allowed_actions": "all"})],
    kinds.REPO_WORKFLOW_PERMISSIONS: [of({"default_workflow_permissions": "read"})],
    kinds.REPO_FORK_APPROVAL: [of({"approval_policy": "first_time_contributors"})],
    kinds.REPO_OIDC: [of({"use_default": False, "include_claim_keys": ["repo"], "use_immutable_subject": True})],
    kinds.ENVIRONMENTS: [of({"name": "prod", "protection_rules": [RULE], "deployment_branch_policy": CUSTOM})],
    kinds.ENVIRONMENT_BRANCH_POLICIES: [of({"name": "release/*", "type": "branch"}, environment="prod")],
    kinds.ENVIRONMENT_SECRETS: [of(SECRET, environment="prod")],
    kinds.REPO_SECRETS: [of(SECRET)],
    kinds.DEPENDABOT_SECRETS: [of(SECRET)],
    kinds.DEPLOY_KEYS: [of({"id": 6, "title": "k", "read_only": False, "created_at": "2020-01-01T00:00:00Z"})],
    kinds.REPO_RUNNERS: [of(RUNNER)],
    kinds.WEBHOOKS: [of(HOOK)],
    kinds.BRANCHES: [of({"name": "main", "protected": True})],
    kinds.BRANCH_PROTECTION: [of({"required_pull_request_reviews": {"required_approving_review_count": 1}})],
    kinds.BRANCH_RULES: [of({"type": "pull_request", "parameters": {"required_approving_review_count": 0}})],
    kinds.RULESETS: [of({"id": 1, "target": "tag", "enforcement": "active"})],
    kinds.WORKFLOW_FILES: [
        file(".github/workflows/deploy.yml", WORKFLOW),
        file(".github/workflows/called.yml", CALLED),
        file(".github/actions/own/action.yml", ACTION),
    ],
}


def written(folder: Path, records: dict[str, list[Any]]) -> Snapshot:
    writer = SnapshotWriter.create(folder, datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True)
    for kind, found in records.items():
        writer.write("github", scope_dir(SCOPE), kind, map(unpacked, found))
        writer.cover(Coverage(provider="github", scope_id=SCOPE, record_kind=kind, status=CoverageStatus.COMPLETE))
    return writer.finish()


def analysed(folder: Path, records: dict[str, list[Any]]) -> Inventory:
    found = normalise(written(folder, records))
    for rows in (found.identities, found.resources, found.scopes, found.policies, found.bindings, found.workloads):
        ids = [row.id for row in rows]
        assert len(ids) == len(set(ids)), "an id that two records have"
    return build([found])


def test_the_estate_itself_is_read_without_a_gap(tmp_path: Path) -> None:
    inventory = analysed(tmp_path / "s", ESTATE)
    assert {row.detail for row in inventory.coverage if row.status is not CoverageStatus.COMPLETE} == set()
    assert {identity.kind for identity in inventory.identities.values()} == {
        "access_token",
        "app",
        "deploy_key",
        "federated_principal",
        "repository",
        "workflow_job",
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_odd_values_anywhere_stop_nothing(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ESTATE)))
    records = {**ESTATE, kind: changed(data, ESTATE[kind], ODD)}
    inventory = analysed(tmp_path / "s", records)
    assert SCOPE in inventory.scopes


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_=st.randoms(use_true_random=False), cuts=st.integers(1, 4))
def test_workflow_files_with_lines_lost_or_swapped_stop_nothing(
    tmp_path: Path, random_: random.Random, cuts: int
) -> None:
    lines = WORKFLOW.splitlines(keepends=True)
    for _ in range(cuts):
        place = random_.randrange(len(lines))
        lines[place] = random_.choice(
            ["", "\t\n", lines[place][2:], "  " + lines[place], random_.choice(lines), "? [\n"]
        )
    text = "".join(lines)
    records = {**ESTATE, kinds.WORKFLOW_FILES: [file(".github/workflows/a.yml", text)]}
    inventory = analysed(tmp_path / "s", records)
    gaps = [row for row in inventory.coverage if row.record_kind == kinds.WORKFLOW_FILES and row.status.is_gap]
    read = "github.com/acme/shop/.github/workflows/a.yml" in inventory.workloads
    assert read != bool(gaps), "a file is read, or a row says why not"
