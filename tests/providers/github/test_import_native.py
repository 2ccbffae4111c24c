"""What `gh api` printed, and checkouts, become a snapshot that says what it lacks."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.import_native import import_native
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

WORKFLOW = """\
on: push
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::111122223333:role/deploy"}
"""
REPOSITORY = {"id": 7, "full_name": "Acme/Shop", "visibility": "public", "default_branch": "main"}
JOB = "github.com/acme/shop/.github/workflows/ci.yml#deploy"


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., tuple[Inventory, list[str]]]:
    def run(files: dict[str, Any], scope: str = "") -> tuple[Inventory, list[str]]:
        folder = tmp_path / "import"
        for name, value in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value if isinstance(value, str) else json.dumps(value))
        writer = SnapshotWriter.create(tmp_path / "snapshot", datetime(2026, 6, 1, tzinfo=UTC), "test")
        warnings: list[str] = []
        import_native([(scope, folder)], writer, warnings.append)
        return build([normalise(writer.finish())]), warnings

    return run


def statuses(inventory: Inventory) -> dict[str, CoverageStatus]:
    return {row.record_kind: row.status for row in inventory.coverage}


def test_answers_are_told_by_their_paths(imported: Callable[..., tuple[Inventory, list[str]]]) -> None:
    secrets = {"total_count": 1, "secrets": [{"name": "A", "created_at": "2025-01-01T00:00:00Z"}]}
    key = {"id": 6, "title": "k", "key": "ssh-ed25519 AAAA", "read_only": False, "last_used": None}
    inventory, warnings = imported(
        {
            "orgs/acme.json": {"login": "Acme", "id": 1},
            "orgs/acme/repos.json": json.dumps([REPOSITORY]) + json.dumps([{"id": 8, "full_name": "Acme/Old"}]),
            "repos/Acme/Shop/actions/secrets.json": secrets,
            "repos/Acme/Shop/environments/prod%2Feu/secrets.json": [secrets],
            "repos/Acme/Shop/keys.json": [[key]],
            "repos/Acme/Shop/contents/.github/workflows.json": [{"path": "x"}],
            "repos/Acme/Shop/contents/.github/workflows/ci.yml.json": {
                "sha": "0" * 40,
                "encoding": "base64",
                "content": base64.b64encode(WORKFLOW.encode()).decode(),
            },
        }
    )
    assert warnings == []
    assert "github.com/acme/old" in inventory.scopes
    assert inventory.scopes["github.com/acme/shop"].name == "Shop"
    assert "github.com/acme/shop/secrets/a" in inventory.resources
    assert "github.com/acme/shop/environments/prod%2Feu/secrets/a" in inventory.resources
    assert dict(inventory.identities["github.com/acme/shop/keys/6"].attributes)["read_only"] == "false"
    assert dict(inventory.identities[JOB].attributes)["roles"] == "arn:aws:iam::111122223333:role/deploy"
    found = statuses(inventory)
    assert found[kinds.REPOSITORIES] is CoverageStatus.COMPLETE
    assert found[kinds.DEPLOY_KEYS] is CoverageStatus.PARTIAL, "of one of two repositories"
    assert found[kinds.INSTALLATIONS] is CoverageStatus.FAILED
    assert found[kinds.WEBHOOKS] is CoverageStatus.SKIPPED


FILE = {"sha": "0" * 40, "encoding": "base64", "content": base64.b64encode(WORKFLOW.encode()).decode()}
FOLDER = "repos/Acme/Shop/contents/.github/workflows"
NOT_FOUND = {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}
FORBIDDEN = {"message": "Forbidden", "documentation_url": "https://docs.github.com", "status": "403"}


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({f"{FOLDER}.json": [{"path": ".github/workflows/ci.yml"}], f"{FOLDER}/ci.yml.json": FILE}, "complete"),
        ({f"{FOLDER}.json": [[{"path": ".github/workflows/ci.yml"}]], f"{FOLDER}/ci.yml.json": FILE}, "complete"),
        (
            {
                f"{FOLDER}.json": [{"path": ".github/workflows/ci.yml"}, {"path": ".github/workflows/README.md"}],
                f"{FOLDER}/ci.yml.json": FILE,
            },
            "complete",
        ),
        (
            {
                f"{FOLDER}.json": [{"path": ".github/workflows/ci.yml"}, {"path": ".github/workflows/b.yaml"}],
                f"{FOLDER}/ci.yml.json": FILE,
            },
            "partial",
        ),
        ({f"{FOLDER}.json": [{"path": ".github/workflows/ci.yml"}]}, "failed"),
        ({f"{FOLDER}.json": NOT_FOUND}, "complete"),
        ({f"{FOLDER}.json": FORBIDDEN}, "failed"),
        ({f"{FOLDER}.json": ""}, "failed"),
        ({f"{FOLDER}/ci.yml.json": FILE}, "partial"),
        ({}, "failed"),
    ],
)
def test_the_list_of_workflow_files_tells_whether_all_are_there(
    imported: Callable[..., tuple[Inventory, list[str]]], files: dict[str, Any], status: str
) -> None:
    inventory, _ = imported({"orgs/acme/repos.json": [REPOSITORY], **files})
    assert statuses(inventory)[kinds.WORKFLOW_FILES].value == status


def test_a_checkout_needs_nothing_else(imported: Callable[..., tuple[Inventory, list[str]]]) -> None:
    inventory, _ = imported(
        {
            "shop/.git/config": '[core]\n[remote "origin"]\n\turl = git@github.com:Acme/Shop.git\n',
            "shop/.github/workflows/ci.yml": WORKFLOW,
            "shop/.github/workflows/bad.yml": "on: push\njobs:\n\tx: 1\n",
            "shop/package.json": "{",
        }
    )
    assert dict(inventory.identities[JOB].attributes)["id_token"] == "true"
    assert dict(inventory.identities[JOB].attributes)["permissions"] == "id-token=write"
    found = {row.record_kind: row for row in inventory.coverage}
    assert found[kinds.DEPLOY_KEYS].status is CoverageStatus.SKIPPED
    details = [row.detail for row in inventory.coverage if row.status.is_gap]
    assert len(details) == 1
    assert details[0].startswith(".github/workflows/bad.yml:3:1: ")


def test_an_answer_that_is_a_refusal_is_no_empty_list(imported: Callable[..., tuple[Inventory, list[str]]]) -> None:
    refusal = {"message": "Must have admin rights", "documentation_url": "https://docs.github.com", "status": "403"}
    missing = {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}
    unprotected = {"message": "Branch not protected", "documentation_url": "https://docs.github.com"}
    inventory, _ = imported(
        {
            "orgs/acme/repos.json": [REPOSITORY],
            "orgs/acme/installations.json": refusal,
            "repos/acme/shop/branches/main.json": {"name": "main", "protected": True},
            "repos/acme/shop/branches/main/protection.json": unprotected,
            "repos/acme/shop/keys.json": missing,
        }
    )
    found = statuses(inventory)
    assert found[kinds.INSTALLATIONS] is CoverageStatus.DENIED
    assert found[kinds.DEPLOY_KEYS] is CoverageStatus.DENIED
    assert found[kinds.BRANCH_PROTECTION] is CoverageStatus.COMPLETE


@pytest.mark.parametrize(
    ("selection", "status"), [("all", CoverageStatus.COMPLETE), ("selected", CoverageStatus.FAILED)]
)
def test_only_an_app_lists_its_repositories(
    imported: Callable[..., tuple[Inventory, list[str]]], selection: str, status: CoverageStatus
) -> None:
    app = {"id": 9, "app_slug": "bot", "repository_selection": selection, "permissions": {"contents": "write"}}
    files = {"orgs/acme/repos.json": [REPOSITORY], "orgs/acme/installations.json": {"installations": [app]}}
    assert statuses(imported(files)[0])[kinds.INSTALLATION_REPOSITORIES] is status


@pytest.mark.parametrize(
    ("files", "scope", "said"),
    [
        ({"orgs/acme/repos.json": "[{]"}, "", "line 1"),
        ({"orgs/acme/repos.json": "[1]"}, "", "expected an object"),
        ({"orgs/acme/repos.json": [REPOSITORY]}, "a b", "`a b` is no organization"),
        ({"orgs/acme/repos.json": [REPOSITORY]}, "other", "nothing in the import"),
        ({"notes.txt": "x"}, "", "nothing in the import"),
    ],
)
def test_what_is_wrong_is_said(
    imported: Callable[..., tuple[Inventory, list[str]]], files: dict[str, Any], scope: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        imported(files, scope)
