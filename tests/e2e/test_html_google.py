"""A person reads the report of an organization of Google Cloud: nothing in it speaks of accounts or of ARNs."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.report.html.selection import select
from tests.e2e.conftest import Opened
from tests.e2e.google import google
from tests.e2e.google_people import ADA, CHECKOUT, COMPUTE, DEPLOY, GITHUB, OLD, PRODUCTS
from tests.e2e.makers import ACCOUNTS

Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def estate() -> Assessment:
    return google()


def page_of(identity_id: str) -> str:
    return "#identity/" + quote(identity_id, safe="")


def test_the_first_screen_counts_projects_and_what_one_permission_hides(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)

    assert report.texts("#overview h1") == ["8 non-human identities in 3 projects"]
    notice = report.page.locator(".notice").inner_text()
    assert "and 1 more kind denied in example.com: grant cloudasset.assets.listResource" in notice
    assert "account" not in report.page.locator("#overview").inner_text().lower()
    assert report.complaints == []


@pytest.mark.parametrize("fragment", ["", "#identities?nature=", "#coverage", "#rules", page_of(DEPLOY.id)])
def test_no_view_speaks_the_words_of_another_cloud(open_report: Open, estate: Assessment, fragment: str) -> None:
    report = open_report(estate, fragment)

    text = report.page.locator("main").inner_text()
    assert re.findall(r"(?i)(?<!service.)(?<!service)(?<!google )(?<!in its )account", text) == []  # "in its": a rule
    assert "arn:" not in text
    assert "service control" not in text
    assert report.complaints == []


def test_a_folder_narrows_to_the_projects_below_it(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#identities?nature=&managed=")
    choice = report.page.get_by_role("combobox", name="Project")

    options = choice.locator("option").all_text_contents()
    assert [text.replace("\u00a0", ".") for text in options] == [
        "All",
        "example.com (organizations/100200300)",
        "..platform (folders/11)",
        "....data-lake (projects/data-lake)",
        "..products (folders/22)",
        "....Shop (projects/shop-prod)",
        "....shop-dev (projects/shop-dev)",
    ]
    choice.select_option(PRODUCTS)
    shown = report.texts(".identities tbody th a")
    assert len(shown) == 7
    assert OLD.name in shown
    assert not any("data-lake" in one for one in shown)


def test_an_identity_shows_roles_by_place_and_by_the_group_that_gives_them(
    open_report: Open, estate: Assessment
) -> None:
    report = open_report(estate, page_of(CHECKOUT.id))

    crumb = report.texts(".crumb")[0]
    assert crumb == "Identities / example.com / products / Shop"
    assert report.texts(".badges .tag") == ["Google Cloud", "Service account", "Non-human"]
    rows = [" | ".join(row.split("\t")) for row in report.texts("table:has(caption:text('Roles of this')) tbody tr")]
    told = [" ".join(row.split()) for row in rows]
    assert any(
        row.startswith("roles/editor The editor role, 8 permissions | folder products | Google group") for row in told
    )
    assert any("through platform-admins@example.com" in row for row in told)
    assert any("//storage.googleapis.com/shop-orders | itself | resource.name.startsWith(" in row for row in told)
    assert any("roles/unseen" in row and "its permissions are not known" in row for row in told)
    page = report.page.locator("#identity").inner_text()
    assert "The members of 1 further group could not be listed: it may hold what is given to group:partners" in page
    assert "Cloud Run service" in page
    everyone = report.page.locator("details", has_text="Besides these, what everyone has: 1 role")
    everyone.locator("summary").click()
    given = " ".join(everyone.locator("li").inner_text().split())
    assert given == "roles/storage.objectViewer on //storage.googleapis.com/shop-orders given to everyone allUsers"


def test_what_makes_it_so_is_a_role_on_a_place_for_a_member(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(COMPUTE.id))
    given, denied = report.texts(".statement")

    assert " ".join(given.split()) == (
        f"Role roles/editor The editor role, 8 permissions on project Shop, given to {COMPUTE.name} (allow policy)"
    )
    assert denied.startswith("Deny by no keys in products, rule 1 (deny policy)")
    way = open_report(estate, page_of(DEPLOY.id)).texts(".path .giving")
    assert 'only if request.time < timestamp("2026-06-30T00:00:00Z")' in " ".join(way[0].split())


def test_who_has_no_project_and_who_comes_from_outside_are_shown_as_such(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(ADA.id))
    assert report.texts(".crumb") == ["Identities"]
    assert "on every resource of some project, or of more." in report.page.locator("#identity").inner_text()
    assert "Google account" in report.texts(".badges .tag")

    report.go("#identities?q=attribute.repository")
    (link,) = report.texts(".identities tbody th a")
    assert link == GITHUB.name
    outside = replace(GITHUB, name=GITHUB.id)
    many = open_report(google(Records(identities=[replace(outside, id=GITHUB.id + "-2")])), "#identities?q=shop-2")
    assert many.texts(".identities tbody th a") == ["…/github/attribute.repository/example/shop"]


def test_two_clouds_have_a_filter_and_each_its_own_words(open_report: Open) -> None:
    account = Scope(id=ACCOUNTS[0][0], provider="aws", kind="account", name="payments", parent_id="", collected=True)
    report = open_report(google(Records(scopes=[account])), "#findings")

    assert report.texts("#overview h1") == ["8 non-human identities in 1 account and 3 projects"]
    assert report.page.get_by_role("columnheader", name="Account or project").count() == 1


def test_a_page_that_does_not_hold_all_says_so_and_counts_all(open_report: Open, estate: Assessment) -> None:
    part = select(estate, detailed=2, listed=1)
    report = open_report(estate, "#findings", selection=part)

    assert "3 more are in the JSON and CSV reports only" in report.texts("#findings .summary")[0]
    assert report.texts("nav .count")[:2] == ["4", "9"]
    report.go("#identities?nature=")
    assert (
        "Of 7, the least privileged, this page holds only what the list shows"
        in report.texts("#identities .summary")[0]
    )
    deploy = report.page.locator(".identities tr", has_text="deploy@").first.locator("td.num").inner_text()
    assert deploy.split() == ["Critical", "2"]
    report.go(page_of(OLD.id))
    text = report.page.locator("#identity").inner_text()
    assert "holds everything of the 2 that matter most" in text
    assert f"nhi-scan explain '{OLD.id}' -s SNAPSHOT" in text
    assert "1 finding about it is in the JSON and CSV reports only." in text
    assert "None was found" not in text
    assert report.complaints == []
