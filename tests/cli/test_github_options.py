"""GitHub on the command line: what is typed for it reaches it, and nobody else."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
