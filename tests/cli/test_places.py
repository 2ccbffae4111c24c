"""A place that nobody found is asked about with a warning, where all places of its kind are found."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nhi_scan.cli.commands import cli

OBJECTS = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "1"}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop", "uid": "2"}},
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places")
    (folder / "dump").mkdir()
    (folder / "dump" / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS}))
    where = folder / "snapshot"
    done = CliRunner().invoke(
        cli, ["import", "kubernetes", str(folder / "dump"), "--account", "prod", "-o", str(where)]
    )
    assert done.exit_code == 0, done.output
    return where


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        ("k8s:prod", ""),
        ("k8s:prod/namespaces/shop", ""),
        ("k8s:prod/namespaces/shop/secrets/any", ""),
        ("*", ""),
        ("k8s:prod/namespaces/nope", "k8s:prod/namespaces/nope"),
        ("k8s:prod/namespaces/nope/pods/x", "k8s:prod/namespaces/nope"),
        ("k8s:other", "k8s:other"),
    ],
)
def test_a_place_that_is_not_there_is_said(snapshot: Path, place: str, missing: str) -> None:
    asked = CliRunner().invoke(cli, ["who-can", "get secrets", place, "-s", str(snapshot)])
    assert ("has no place" in asked.stderr) is bool(missing)
    assert missing in asked.stderr
