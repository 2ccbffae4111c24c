"""A person reads the report: sorts, filters, opens, sends a link, uses the keyboard."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from nhi_scan.findings.assessment import Assessment
from tests.e2e.conftest import Opened
from tests.e2e.estates import empty, large, readable

Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def estate() -> Assessment:
    return readable()


def live(assessment: Assessment) -> int:
    return sum(one.state.value in {"new", "open"} for one in assessment.findings)


def test_findings_are_folded_by_rule_worst_first(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    severities = report.texts("tr.group-head .sev")
    order = ["Critical", "High", "Medium", "Low", "Info"]
    assert severities == sorted(severities, key=order.index)
    counts = [int(text.split()[0]) for text in report.texts("tr.group-head td.num")]
    assert sum(counts) == live(estate)
    assert report.page.locator("tr.finding").count() == 0


def test_a_group_opens_to_rows_and_a_row_to_its_proof_and_its_fix(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    report.page.get_by_role("button", name="Identity can become administrator").click()
    assert report.texts("tr.finding th") == ["github-deploy", "jenkins-legacy"]
    report.page.get_by_role("button", name="github-deploy").click()
    detail = report.page.locator("tr.detail-row")
    assert "iam:PassRole on *" in detail.inner_text()
    assert "aws iam update-access-key" in detail.locator(".remedy pre").inner_text()
    link = detail.get_by_role("link", name="OWASP NHI Top 10")
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_columns_sort_both_ways_and_say_so(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#findings?group=none")
    head = report.page.locator(".findings thead th", has_text="Subject")
    assert head.get_attribute("aria-sort") == "none"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    up = report.texts("tr.finding th")
    assert up == sorted(up, key=str.lower)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    down = report.texts("tr.finding th")
    assert down == sorted(down, key=str.lower, reverse=True)
    assert "sort=-subject" in report.page.url


def test_filters_narrow_count_and_travel_in_the_address(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    report.page.get_by_role("group", name="Severity").get_by_role("button", name="Medium").click()
    report.page.locator("#findings").get_by_role("combobox", name="Account").select_option("222222222222")
    report.page.locator("#findings").get_by_role("searchbox").fill("not used key")
    wanted = [
        one
        for one in estate.findings
        if one.severity.value == "medium"
        and one.scope_id == "222222222222"
        and one.state.value in {"new", "open"}
        and "key" in (one.message + one.subject_name + one.title + one.rule_id).lower()
    ]
    assert wanted
    report.page.wait_for_url("**q=**")
    assert report.texts("#findings .summary")[0].startswith(f"{len(wanted)} finding")
    again = open_report(estate, "#" + report.page.url.partition("#")[2])
    assert again.texts("#findings .summary") == report.texts("#findings .summary")
    assert again.texts("tr.group-head th") == report.texts("tr.group-head th")
    again.page.get_by_role("button", name="Clear filters").click()
    assert again.texts("#findings .summary")[0].startswith(f"{live(estate)} findings")


def test_what_is_waived_or_gone_is_shown_on_demand_with_its_reason(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    report.page.get_by_role("group", name="State").get_by_role("button", name="Waived").click()
    waived = next(one for one in estate.findings if one.state.value == "waived")
    assert report.texts("#findings .summary")[0].startswith(f"{live(estate) + 1} findings")
    report.go(f"#finding/{waived.fingerprint}")
    assert "SEC-112" in report.page.locator("tr.detail-row").inner_text()


def test_a_link_to_a_finding_opens_it_wherever_filters_and_pages_hide_it(open_report: Open) -> None:
    estate = large(300, 2000)
    for wanted in (estate.findings[0], estate.findings[-1]):
        report = open_report(estate, f"#finding/{wanted.fingerprint}")
        row = report.page.locator(f"[data-finding='{wanted.fingerprint}']")
        assert row.get_by_role("button").get_attribute("aria-expanded") == "true"
        assert row.get_by_role("button").evaluate("node => node === document.activeElement")
        box = row.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 720


@pytest.mark.parametrize(
    "fragment", ["#finding/none", "#identity/none", "#nonsense", "#findings?severity=%F0%28", "#%"]
)
def test_an_address_that_leads_nowhere_breaks_nothing(open_report: Open, estate: Assessment, fragment: str) -> None:
    report = open_report(estate, fragment)
    assert report.complaints == []
    assert report.page.locator("main").inner_text().strip()


def test_the_keyboard_walks_opens_and_closes(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    keyboard, focus = report.page.keyboard, "document.activeElement.textContent"
    report.page.locator("tr.group-head button").first.focus()
    keyboard.press("ArrowRight")
    keyboard.press("ArrowDown")
    assert report.page.evaluate(focus) == "github-deploy"
    keyboard.press("j")
    assert report.page.evaluate(focus) == "jenkins-legacy"
    keyboard.press("k")
    keyboard.press("Enter")
    assert report.page.locator("tr.detail-row").count() == 1
    keyboard.press("Tab")
    keyboard.press("Escape")
    assert report.page.locator("tr.detail-row").count() == 0
    assert report.page.evaluate(focus) == "github-deploy"
    keyboard.press("End")
    assert report.page.evaluate(focus) == "User has two active access keys"
    keyboard.press("/")
    assert report.page.evaluate("document.activeElement.type") == "search"


def test_single_key_shortcuts_can_be_switched_off(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)
    report.page.locator("#keys summary").click()
    report.page.get_by_label("the key / searches").uncheck()
    report.page.locator("tr.group-head button").first.focus()
    report.page.keyboard.press("/")
    assert report.page.evaluate("document.activeElement.type") != "search"


def test_an_identity_has_everything_that_hangs_on_it(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#identity/" + quote("arn:aws:iam::111111111111:role/terraform-admin", safe=""))
    text = report.page.locator("#identity").inner_text()
    for expected in (
        "Administrator",
        "platform@example.com",
        "Allow by AdministratorAccess",
        "checkout",
        "STRIPE_API_KEY",
        "lambda.amazonaws.com",
        "jenkins-legacy",
        "Who can become it",
        "Replace AdministratorAccess",
        "of them in full",
    ):
        assert expected.lower() in text.lower(), expected
    report.go("#identity/" + quote("arn:aws:iam::111111111111:role/github-deploy", safe=""))
    assert report.texts("#identity ol.path a") == ["github-deploy", "terraform-admin"]
    report.page.locator("ol.path details summary").click()
    assert "iam:PassRole" in report.page.locator("ol.path details").inner_text()


def test_absence_is_only_claimed_as_far_as_the_account_was_read(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#identity/" + quote("arn:aws:iam::222222222222:user/jenkins-legacy", safe=""))
    assert "secretsmanager-secrets" in report.page.locator(".part", has_text="Workloads").inner_text()
    report.go("#identity/" + quote("arn:aws:iam::111111111111:role/github-deploy", safe=""))
    assert "could not be" not in report.page.locator(".part", has_text="Workloads").inner_text()


def test_identities_are_listed_by_privilege_and_lead_to_their_page(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#identities")
    assert report.texts(".identities tbody th a")[:3] == ["terraform-admin", "github-deploy", "jenkins-legacy"]
    assert "anna.berg" not in report.page.locator(".identities").inner_text()
    report.page.get_by_role("combobox", name="Nature").select_option("")
    report.page.locator("#identities").get_by_role("searchbox").fill("anna")
    expect(report.page.locator(".identities tbody tr")).to_have_count(1)
    report.page.get_by_role("link", name="anna.berg").click()
    expect(report.page.locator("#identity h1")).to_have_text("anna.berg")
    report.page.go_back()
    report.page.wait_for_url("**q=anna**")


def test_the_numbers_of_the_first_screen_lead_to_what_they_count(open_report: Open, estate: Assessment) -> None:
    for label in ("Administrators", "Can become administrator", "Stale", "Orphaned"):
        report = open_report(estate)
        figure = report.page.locator(".figure", has=report.page.get_by_role("link", name=label, exact=True))
        number = int(figure.locator(".number").inner_text())
        assert number
        figure.get_by_role("link").click()
        expect(report.page.locator(".identities tbody tr")).to_have_count(number)


def test_gaps_unanswered_questions_and_rules_are_listed(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, "#coverage")
    text = report.page.locator("#coverage").inner_text()
    assert "secretsmanager:ListSecrets" in text
    assert "identity.idle_days unknown" in text
    assert "add --usage" in text
    report.go("#rules/no-owner")
    assert report.page.locator("details.rule[open]").count() == 1
    report.page.get_by_role("link", name="Show its 20 findings").click()
    expect(report.page.locator("#findings .summary")).to_contain_text("20 findings")


def test_nothing_found_says_what_that_is_worth(open_report: Open) -> None:
    report = open_report(empty())
    assert "nothing to act on" in report.page.locator("#overview h1").inner_text()
    assert "worth what was seen" in report.page.locator("#findings").inner_text()
    assert report.complaints == []
