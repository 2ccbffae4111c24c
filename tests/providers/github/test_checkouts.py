"""Workflow files of a checkout, whatever lies in it."""

from pathlib import Path

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.checkouts import LARGEST, Checkout, place_of, read_checkouts

TEXT = "on: push\njobs: {}\n"


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / ".github" / "workflows"
    folder.mkdir(parents=True)
    return folder


def only(folder: Path) -> Checkout:
    (found,) = read_checkouts([folder])
    return found


def test_files_are_as_git_has_them(workflows: Path) -> None:
    (workflows / "ci.yml").write_text(TEXT)
    (workflows / "notes.md").write_text("x")
    (workflows / "inner").mkdir()
    (workflows / "inner" / "no.yml").write_text(TEXT)
    found = only(workflows.parent.parent)
    assert (found.scope_id, found.full_name, found.gaps) == ("github.com/local", "local/shop", ())
    # the hash is what `git hash-object` says of the same text
    assert found.files == (
        {
            "path": ".github/workflows/ci.yml",
            "sha": "9aa4fbd2c5fa7efac825aa92c66e061c42b3677a",
            "size": 18,
            "text": TEXT,
        },
    )


def test_own_actions_are_read_too(workflows: Path) -> None:
    action = workflows.parent / "actions" / "a" / "b"
    action.mkdir(parents=True)
    (action / "action.yaml").write_text("runs: {}\n")
    (workflows.parent.parent / "action.yml").write_text("runs: {}\n")
    assert [one["path"] for one in only(workflows.parent.parent).files] == [
        "action.yml",
        ".github/actions/a/b/action.yaml",
    ]


def test_links_that_leave_the_folder_are_not_followed(workflows: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yml"
    secret.write_text("password: x\n")
    (workflows / "out.yml").symlink_to(secret)
    (workflows / "loop.yml").symlink_to(workflows / "loop.yml")
    (workflows / "real.yaml").write_text(TEXT)
    (workflows / "in.yml").symlink_to(workflows / "real.yaml")
    (workflows / "gone.yml").symlink_to(workflows / "nowhere.yml")
    (workflows / "folder.yml").mkdir()
    found = only(workflows.parent.parent)
    assert [one["path"].rpartition("/")[2] for one in found.files] == ["in.yml", "real.yaml"]
    assert [gap.partition("` ")[2].partition(":")[0] for gap in found.gaps] == [
        "is no file",
        "cannot be read",
        "cannot be read",
        "is a link that leaves the folder",
    ]


def test_a_folder_of_workflows_that_is_a_link_to_elsewhere_is_not_read(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ci.yml").write_text(TEXT)
    (tmp_path / "shop" / ".github").mkdir(parents=True)
    (tmp_path / "shop" / ".github" / "workflows").symlink_to(elsewhere)
    found = only(tmp_path / "shop")
    assert found.files == ()
    assert found.gaps == ("`.github/workflows/ci.yml` is a link that leaves the folder",)


def test_what_is_too_large_or_no_text_is_a_gap(workflows: Path) -> None:
    (workflows / "big.yml").write_text("#" * (LARGEST + 1))
    (workflows / "latin.yml").write_bytes(b"on: push\nname: \xe9\n")
    (workflows / "bom.yml").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    found = only(workflows.parent.parent)
    assert [one["text"] for one in found.files] == [TEXT]
    assert found.gaps == (
        f"`.github/workflows/big.yml` is larger than {LARGEST} bytes",
        "`.github/workflows/latin.yml` is not UTF-8 in line 2",
    )


def test_the_remote_names_the_repository(workflows: Path) -> None:
    folder = workflows.parent.parent
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(
        '[core]\n\turl = https://github.com/not/this\n[remote "fork"]\n\turl = https://github.com/me/shop\n'
        '[remote "origin"]\n\turl = https://x-token:abc@ghe.example:8443/Acme/Shop.git\n'
    )
    found = only(folder)
    assert (found.scope_id, found.full_name) == ("ghe.example:8443/acme", "Acme/Shop")
    assert "abc" not in repr(found)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:Acme/Shop.git", ("github.com", "Acme", "Shop")),
        ("ssh://git@ssh.github.com:443/acme/shop.git", ("github.com", "acme", "shop")),
        ("https://github.com/acme/shop/", ("github.com", "acme", "shop")),
        ("https://GHE.example/acme/a.b.git", ("ghe.example", "acme", "a.b")),
        ("../elsewhere", None),
        ("/srv/git/acme/shop.git", None),
        ("https://github.com/acme", None),
        ("file:///srv/git/shop.git", None),
    ],
)
def test_addresses_of_remotes(url: str, expected: tuple[str, str, str] | None) -> None:
    assert place_of(url) == expected


def test_what_is_wrong_is_said(tmp_path: Path, workflows: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        read_checkouts([tmp_path / "nowhere"])
    with pytest.raises(UserError, match="second checkout of `local/shop`"):
        read_checkouts([workflows.parent.parent, workflows.parent.parent])
