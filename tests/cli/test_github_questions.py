"""Questions in GitHub's words: what is an action there, and what a place."""

import logging
from datetime import UTC, datetime

import click
import pytest

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.github.summarise import summarise
from nhi_scan.app import Understanding
from nhi_scan.cli.question import check_cloud, check_question, whole_place
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope


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


@pytest.fixture(scope="module")
def known() -> Understanding:
    scopes = [
        Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id=""),
        Scope(id="github.com/acme/app", provider="github", kind="repository", name="app", parent_id="github.com/acme"),
    ]
    now, inventory = datetime(2026, 1, 1, tzinfo=UTC), build([Records(scopes=scopes)])
    access = EffectiveAccess(inventory, {"github": summarise(inventory, now)})
    return Understanding(now=now, inventory=inventory, access=access, escalations=())


@pytest.mark.parametrize(
    ("place", "whole"),
    [
        ("Acme/App", "github.com/acme/app"),
        ("acme/gone", "acme/gone"),
        ("github.com/acme", "github.com/acme"),
        (None, None),
    ],
)
def test_a_repository_is_found_without_its_host(known: Understanding, place: str | None, whole: str | None) -> None:
    assert whole_place(known, "contents=write", place) == whole
    assert whole_place(known, "s3:GetObject", place) == place


@pytest.mark.parametrize(
    ("action", "warned"),
    [
        ("id-token=write", False),
        ("pull-requests=write", False),
        ("pull_requests=write", False),
        ("pull-request=write", True),
    ],
)
def test_names_of_workflow_files_are_known(
    known: Understanding, caplog: pytest.LogCaptureFixture, action: str, warned: bool
) -> None:
    with caplog.at_level(logging.WARNING, logger="nhi_scan.ask"):
        check_cloud(known, action)
    assert ("is not among the actions that are known" in caplog.text) is warned
