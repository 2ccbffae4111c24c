"""GitHub on the command line: what is typed for it reaches it, and nobody else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nhi_scan.snapshot.store import Snapshot

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--github-org", "northwind"),
        ("--github-repo", "northwind/shop"),
        ("--github-workflows", "."),
        ("--github-url", "https://git.acme.example/api/v3"),
        ("--github-app-id", "42"),
        ("--github-private-key", "key.pem"),
    ],
)
def test_an_option_for_github_is_refused_where_github_is_not_collected(say: Say, option: str, value: str) -> None:
    code, _, said = say("collect", option, value, "-o", "out")
    assert code == 2
    assert f"`{option}` is for `github`, and only `aws` is collected: add `--provider github`" in said


def test_the_number_of_an_organization_is_not_for_github(say: Say) -> None:
    code, _, said = say("collect", "--provider", "github", "--organization", "123", "-o", "out")
    assert code == 2
    assert "`--organization 123` is for `gcp`, and only `github` is collected" in said


def test_a_checkout_is_collected_without_credentials(say: Say, tmp_path: Path) -> None:
    folder = tmp_path / "shop" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "test.yml").write_text("on: push\njobs: {}\n", "utf-8")
    out = tmp_path / "out"
    checkout = str(tmp_path / "shop")
    code, _, said = say("collect", "--provider", "github", "--github-workflows", checkout, "-o", "out")
    assert code == 0, said
    assert [one.name for one in out.rglob("*.gz")] == ["github-workflow-files.jsonl.gz"]


def test_without_credentials_it_is_said_where_they_come_from(say: Say) -> None:
    code, _, said = say("collect", "--provider", "github", "--github-org", "northwind", "-o", "out")
    assert code == 2
    assert "no credentials for GitHub: set one of `GH_TOKEN`, `GITHUB_TOKEN`" in said


def _checkout(folder: Path, text: str = "on: push\njobs: {a: {runs-on: x, steps: [{run: ls}]}}\n") -> str:
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "test.yml").write_text(text, "utf-8")
    return str(folder)


@pytest.mark.parametrize("there", ["", "README.md", ".github/workflows/notes.txt"])
def test_a_folder_without_workflow_files_is_refused(say: Say, tmp_path: Path, there: str) -> None:
    (tmp_path / "shop").mkdir()
    if there:
        (tmp_path / "shop" / there).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / there).write_text("x", "utf-8")
    code, out, said = say("scan", "--provider", "github", "--github-workflows", "shop", "--fail-on", "high")
    assert (code, out) == (2, "")
    assert "/shop` has no workflow files: `--github-workflows` takes a checkout with `.github/workflows/" in said


def test_a_checkout_is_complete_and_counted(say: Say, tmp_path: Path) -> None:
    _checkout(tmp_path / "shop")
    asked = ("scan", "--provider", "github", "--require-complete", "-f", "html", "-o", "r.html", "--github-workflows")
    code, out, said = say(*asked, "shop")
    assert code == 0, said
    assert "1 repository" in out
    assert "was not collected at all" not in (tmp_path / "r.html").read_text("utf-8")


def test_the_folder_of_workflows_stands_for_its_checkout(say: Say, tmp_path: Path) -> None:
    _checkout(tmp_path / "shop")
    code, _, said = say("collect", "--provider", "github", "--github-workflows", "shop/.github/workflows", "-o", "out")
    assert code == 0, said
    kept = Snapshot.open(str(tmp_path / "out")).records("github", "github.com-local", "github-workflow-files")
    assert [one.value()["path"] for one in kept] == [".github/workflows/test.yml"]


def test_a_malformed_file_leaves_a_checkout_incomplete_and_is_named(say: Say, tmp_path: Path) -> None:
    _checkout(tmp_path / "shop", "on: push\njobs: [}\n")
    asked = ("scan", "--provider", "github", "--require-complete", "-f", "sarif", "-o", "r.sarif", "--github-workflows")
    code, _, said = say(*asked, "shop")
    assert code == 3, said
    (run,) = json.loads((tmp_path / "r.sarif").read_bytes())["runs"]
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert [one for one in told if ".github/workflows/test.yml:2:" in one]


def test_a_repository_is_not_taken_for_an_organization_that_is_called_alike(say: Say, tmp_path: Path) -> None:
    for number, address in enumerate(("a/b", "a-b/c")):
        folder = Path(_checkout(tmp_path / str(number)))
        (folder / ".git").mkdir()
        (folder / ".git" / "config").write_text(f'[remote "origin"]\nurl = https://github.com/{address}\n', "utf-8")
    code, _, said = say(
        *("collect", "--provider", "github", "--github-workflows", "0", "--github-workflows", "1", "-o", "out")
    )
    assert code == 0, said
    code, out, said = say("report", "out", "-f", "json")
    assert code == 0, said
    jobs = {one["id"] for one in json.loads(out)["identities"] if "#" in one["id"] and "yml" in one["id"]}
    assert jobs == {f"github.com/{name}/.github/workflows/test.yml#a" for name in ("a/b", "a-b/c")}
