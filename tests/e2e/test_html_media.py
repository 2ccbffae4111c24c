"""The report without script, on paper, in the dark, on a telephone, at size, and for readers who do not look at it."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from nhi_scan.findings.assessment import Assessment
from tests.e2e.conftest import Opened
from tests.e2e.estates import empty, large, readable

Open = Callable[..., Opened]
_ADMIN = "#identity/" + quote("arn:aws:iam::111111111111:role/terraform-admin", safe="")
_DEPLOY = "#identity/" + quote("arn:aws:iam::111111111111:role/github-deploy", safe="")
_EXPAND = """() => {
  document.querySelectorAll('.group-head button[aria-expanded="false"]').forEach((one) => one.click());
  document.querySelector('tr.finding button')?.click();
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
}"""


@pytest.fixture(scope="module")
def estate() -> Assessment:
    return readable()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "fragment", ["", "#findings?group=identity", "#identities", _ADMIN, _DEPLOY, "#coverage", "#rules"]
)
def test_axe_finds_nothing_to_object_to(open_report: Open, estate: Assessment, fragment: str, scheme: str) -> None:
    report = open_report(estate, fragment, color_scheme=scheme)
    report.page.evaluate(_EXPAND)
    found = Axe().run(report.page, options={"resultTypes": ["violations"]}).response["violations"]
    said = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
    assert said == [], json.dumps(said, indent=1)


def test_without_script_headline_coverage_and_worst_findings_are_there(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, java_script_enabled=False)
    text = report.page.locator("body").inner_text()
    for expected in (
        "64 non-human identities in 3 accounts",
        "Not everything could be seen",
        "secretsmanager:ListSecrets",
        "Identity can become administrator",
        "github-deploy can become terraform-admin",
        "Scripts are off",
    ):
        assert expected in text, expected
    assert report.page.locator("#theme").is_hidden()


def test_a_browser_that_cannot_unpack_says_so_and_keeps_the_first_screen(open_report: Open) -> None:
    report = open_report(large(4000, 6000), before="delete globalThis.DecompressionStream;")
    text = report.page.locator("#findings").inner_text()
    assert "cannot unpack" in text
    assert "Identity can become administrator" in text
    assert [one for one in report.complaints if one.startswith("error")] == []


def background(page: Page) -> int:
    channels = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    return sum(channels)


def test_it_follows_the_system_and_the_button_overrides_it(open_report: Open, estate: Assessment) -> None:
    assert background(open_report(estate, color_scheme="light").page) > 700
    report = open_report(estate, color_scheme="dark")
    assert background(report.page) < 100
    toggle = report.page.locator("#theme")
    toggle.click()
    assert toggle.inner_text() == "Theme: light"
    assert background(report.page) > 700
    toggle.click()
    assert background(report.page) < 100
    assert report.page.evaluate("[document.cookie, Object.keys(localStorage).length]") == ["", 0]


def test_paper_has_every_finding_opened_the_gaps_and_no_controls(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, color_scheme="dark")
    report.page.emulate_media(media="print", color_scheme="dark")
    report.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert report.page.locator("tr.detail-row").count() == 52
    for hidden in (".bar", ".filters", "#keys", ".copy"):
        assert report.page.locator(hidden).first.is_hidden(), hidden
    assert "secretsmanager:ListSecrets" in report.page.locator("#coverage").inner_text()
    assert (
        sum(report.page.evaluate("getComputedStyle(document.body).color.match(/[0-9.]+/g).slice(0, 3).map(Number)"))
        < 300
    )
    report.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert report.page.locator("tr.detail-row").count() == 0
    assert report.page.locator("#coverage").is_hidden()


def test_paper_has_an_identity_with_its_statements_unfolded(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, _DEPLOY)
    report.page.emulate_media(media="print")
    report.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "iam:PassRole" in report.page.locator("ol.path").inner_text()


def test_paper_stops_where_nobody_would_turn_the_page(open_report: Open) -> None:
    report = open_report(large(500, 2000))
    report.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert report.page.locator("tr.detail-row").count() == 300
    assert "The first 300 of 2,000" in report.page.locator("#findings").inner_text()


@pytest.mark.parametrize("fragment", ["", "#identities", _ADMIN, "#coverage", "#rules"])
def test_a_telephone_needs_no_sideways_scrolling(open_report: Open, estate: Assessment, fragment: str) -> None:
    report = open_report(estate, fragment, viewport={"width": 360, "height": 740})
    report.page.evaluate(_EXPAND)
    assert report.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_ten_thousand_findings_and_identities_stay_out_of_the_document_until_asked_for(open_report: Open) -> None:
    report = open_report(large(10_000, 10_000))
    size = "document.querySelectorAll('*').length"
    assert report.page.evaluate(size) < 1500
    report.page.evaluate(_EXPAND)
    assert report.page.evaluate(size) < 12_000
    report.go("#findings?group=none")
    assert report.page.locator("tr.finding").count() == 50
    report.page.get_by_role("button", name="Show 50 more").click()
    assert report.page.locator("tr.finding").count() == 100
    assert report.page.evaluate("document.activeElement.closest('tr').matches('tr.finding')")
    report.go("#findings?group=identity")
    assert report.page.locator("tr.group-head").count() == 50
    report.go("#identities")
    assert report.page.locator(".identities tbody tr").count() == 51
    assert report.complaints == []


def test_an_empty_estate_reads_as_one(open_report: Open) -> None:
    report = open_report(empty())
    assert report.texts("#overview h1") == ["0 non-human identities in 3 accounts, nothing to act on"]
    assert "Everything was read" in report.page.locator(".notice").inner_text()
