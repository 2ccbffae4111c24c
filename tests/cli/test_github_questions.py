"""Questions in GitHub's words: what is an action there, and what a place."""

import click
import pytest

from nhi_scan.cli.question import check_question


@pytest.mark.parametrize("action", ["contents=write", "pull-requests=read", "organization_administration=write"])
@pytest.mark.parametrize(
    "place",
    [
        None,
        "github.com/acme",
        "github.com/Acme/app",
        "https://github.com/acme/app",
        "git.example.org/acme/app/secrets/a",
    ],
)
def test_what_can_be_asked(action: str, place: str | None) -> None:
    check_question(action, place)


@pytest.mark.parametrize("place", ["acme", "arn:aws:s3:::payroll", "//storage.googleapis.com/payroll"])
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(click.UsageError, match=r"expected the like of github\.com/acme or github\.com/acme/app"):
        check_question("contents=write", place)


@pytest.mark.parametrize("action", ["contents", "contents write and more", "=", "contents=", "contents=*"])
def test_what_is_no_action(action: str) -> None:
    with pytest.raises(click.UsageError, match=r"PERMISSION=LEVEL, such as contents=write|is a pattern"):
        check_question(action, None)
