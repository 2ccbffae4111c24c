"""Imports that are odd anywhere: a sentence for the user or a snapshot, never anything else."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.import_native import import_native
from nhi_scan.providers.github.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter
from tests.providers.oddities import ODD, changed

CONTENT = base64.b64encode(b"on: push\njobs: {a: {steps: []}}\n").decode()
FAULT = {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}
SECRETS = {"total_count": 1, "secrets": [{"name": "A", "visibility": "selected"}]}
FILES: dict[str, Any] = {
    "orgs/acme.json": {"login": "acme", "id": 1},
    "orgs/acme/repos.json": [[{"id": 7, "full_name": "acme/shop", "visibility": "public"}]],
    "orgs/acme/actions/secrets.json": [SECRETS],
    "orgs/acme/actions/secrets/A/repositories.json": {"repositories": [{"id": 7, "full_name": "acme/shop"}]},
    "orgs/acme/installations.json": {"installations": [{"id": 9, "permissions": {"contents": "write"}}]},
    "orgs/acme/hooks.json": [{"id": 5, "config": {"url": "https://h.example/x"}}],
    "repos/acme/shop/keys.json": [{"id": 6, "read_only": True}],
    "repos/acme/shop/branches/main/protection.json": FAULT,
    "repos/acme/shop/contents/.github/workflows/a.yml.json": {"encoding": "base64", "content": CONTENT, "sha": "0"},
}


def outcome(folder: Path, files: dict[str, Any]) -> str:
    for name, value in files.items():
        path = folder / "import" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8", "replace")
    writer = SnapshotWriter.create(folder / "snapshot", datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True)
    try:
        import_native([("", folder / "import")], writer, lambda _: None)
    except UserError as error:
        return str(error)
    return f"{len(build([normalise(writer.finish())]).scopes)} scopes"


def test_as_it_stands_it_is_imported(tmp_path: Path) -> None:
    assert outcome(tmp_path, FILES) == "2 scopes"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_odd_values_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    assert outcome(tmp_path, {**FILES, name: changed(data, [FILES[name]], ODD)[0]})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_files_that_are_cut(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    text = json.dumps(FILES[name])
    assert outcome(tmp_path, {**FILES, name: text[: data.draw(st.integers(0, len(text)))]})
