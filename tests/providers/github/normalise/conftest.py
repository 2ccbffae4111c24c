"""A snapshot of GitHub on disk from records that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from nhi_scan.model.records import Records
from nhi_scan.providers.github import kinds as names
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import Snapshot
from tests.providers.snapshots import Kinds, Missing, covered

ORGANIZATION = "github.com/acme"
PATH = ".github/workflows/ci.yml"
BASE = f"github.com/acme/shop/{PATH}"

REVIEW = {"id": 1, "type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "ann"}}]}


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(scopes: Mapping[str, Kinds], *, missing: Missing | None = None) -> Snapshot:
        return covered(tmp_path / "snapshot", "github", scopes, scope_dir, missing)

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        scope: str = ORGANIZATION,
        missing: Missing | None = None,
        **settings: Any,
    ) -> Records:
        """The model records of one organization."""
        return normalise(snapshot({scope: kinds}, missing=missing), **settings)

    return records


@pytest.fixture
def of() -> Callable[..., dict[str, Any]]:
    def made(record: Any, name: str = "acme/shop", **fields: Any) -> dict[str, Any]:
        """A record that was asked for with a repository."""
        return {"of": {"full_name": name, **fields}, "record": record}

    return made


@pytest.fixture
def records(read: Callable[..., Records], of: Callable[..., Any]) -> Callable[..., Records]:
    def found(
        files: Mapping[str, str] | str,
        default: str = "read",
        *,
        reviewed: Iterable[str] = (),
        approval: str = "",
        **repository: Any,
    ) -> Records:
        texts = {PATH: files} if isinstance(files, str) else files
        listed = {"id": 7, "full_name": "acme/shop", "visibility": "public", "default_branch": "main", **repository}
        rows = []
        for name, text in texts.items():
            path, _, owner = name.partition("@")
            rows.append(of({"path": path, "sha": "0", "size": 1, "text": dedent(text)}, owner or "acme/shop"))
        settings = [of({"default_workflow_permissions": default})] if default else []
        return read(
            {
                names.REPOSITORIES: [listed],
                names.WORKFLOW_FILES: rows,
                names.REPO_WORKFLOW_PERMISSIONS: settings,
                names.REPO_FORK_APPROVAL: [of({"approval_policy": approval})] if approval else [],
                names.ENVIRONMENTS: [of({"name": name, "protection_rules": [REVIEW]}) for name in reviewed],
            }
        )

    return found


@pytest.fixture
def jobs(records: Callable[..., Records]) -> Callable[..., dict[str, dict[str, str]]]:
    def found(files: Mapping[str, str] | str, default: str = "read", **repository: Any) -> dict[str, dict[str, str]]:
        """Attributes of the jobs, by what follows the repository in their ids, or by job in `ci.yml`."""
        return {
            one.id.removeprefix(f"{BASE}#").removeprefix("github.com/"): dict(one.attributes)
            for one in records(files, default, **repository).identities
            if one.kind == "workflow_job"
        }

    return found
