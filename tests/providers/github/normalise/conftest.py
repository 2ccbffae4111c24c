"""A snapshot of GitHub on disk from records that stand in the test."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.github import kinds as names
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CAPTURED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ORGANIZATION = "github.com/acme"
PATH = ".github/workflows/ci.yml"
BASE = f"github.com/acme/shop/{PATH}"

REVIEW = {"id": 1, "type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "ann"}}]}

Kinds = Mapping[str, Iterable[Any]]


def line(record: Any) -> tuple[str, dict[str, Any], Any]:
    """A record, or `{"record", "of"}` where it was asked for with something."""
    if isinstance(record, dict) and "record" in record and record.keys() <= {"record", "of"}:
        return "", record.get("of", {}), record["record"]
    return "", {}, record


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    def write(scopes: Mapping[str, Kinds], *, missing: Mapping[str, CoverageStatus] | None = None) -> Snapshot:
        """Every kind that is named is covered completely, unless `missing` says otherwise."""
        writer = SnapshotWriter.create(tmp_path / "snapshot", CAPTURED, "test", overwrite=True)
        for scope, kinds in scopes.items():
            for kind in sorted({*kinds, *(missing or {})}):
                count = writer.write("github", scope_dir(scope), kind, map(line, kinds.get(kind, ())))
                status = (missing or {}).get(kind, CoverageStatus.COMPLETE)
                writer.cover(
                    Coverage(provider="github", scope_id=scope, record_kind=kind, status=status, records=count)
                )
        return writer.finish()

    return write


@pytest.fixture
def read(snapshot: Callable[..., Snapshot]) -> Callable[..., Records]:
    def records(
        kinds: Kinds,
        *,
        scope: str = ORGANIZATION,
        missing: Mapping[str, CoverageStatus] | None = None,
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
