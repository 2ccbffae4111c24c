"""A person reads the report of a tenant of Azure: things have names there, and not only numbers."""

import re
from collections.abc import Callable

import pytest

from nhi_scan.findings.assessment import Assessment
from tests.e2e.azure import ADA, BUILD, DEPLOY, HOSTILE, REGISTRATION, VENDOR, WRITES, azure
from tests.e2e.conftest import Opened

Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def estate() -> Assessment:
    return azure()


def page_of(identity_id: str) -> str:
    return f"#identity/{identity_id}"


def told(report: Opened, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in report.texts(selector)]


def test_the_first_screen_counts_subscriptions(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate)

    assert report.texts("#overview h1") == ["3 non-human identities in 2 subscriptions"]
    assert "can give themselves everything in a subscription, or above it" in told(report, "#overview dl")[0]
    assert "grant AuditLog.Read.All" in report.page.locator(".notice").inner_text()
    assert report.complaints == []


@pytest.mark.parametrize("fragment", ["", "#findings", "#identities?nature=", "#coverage", page_of(DEPLOY.id)])
def test_no_view_speaks_the_words_of_another_cloud(open_report: Open, estate: Assessment, fragment: str) -> None:
    report = open_report(estate, fragment)

    text = report.page.locator("main").inner_text()
    for word in ("allow policy", "arn:", "project", "service control", "Google"):
        assert word not in text
    assert report.complaints == []


def test_roles_have_names_and_say_through_whom_where_and_when(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(DEPLOY.id))

    assert report.texts(".crumb") == ["Identities / Contoso"]
    assert report.texts(".badges .tag") == ["Azure", "Service principal", "Non-human"]
    rows = told(report, "table:has(caption:text('Roles of this')) tbody tr")
    assert any(row.startswith("Owner") and "subscription Lab itself once it is activated" in row for row in rows)
    assert any("group engineers through deployers" in row and WRITES in row for row in rows)
    assert any(row.startswith("Mail.Send") and "tenant Contoso itself no condition" in row for row in rows)
    assert not any(re.search("roledefinitions|approles", row) for row in rows)
    facts = told(report, "#identity dl.facts")[0]
    assert f"May be changed by its owners {ADA.name}" in facts
    assert "SP type Application" in facts


def test_a_way_to_more_names_role_place_and_holder(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(DEPLOY.id))

    assert "Can become administrator" in report.texts(".badges")[0]
    way = told(report, "ol.path li")
    assert way[0].startswith(f"{DEPLOY.name} → {BUILD.name}")
    assert "Role Writes logs, 2 permissions on" in way[0]
    assert way[1].startswith(f"{BUILD.name} → subscription Shop")


def test_what_makes_an_administrator_is_named(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(BUILD.id))

    assert "Administrator" in report.texts(".badges")[0]
    assert told(report, ".statement")[0].startswith(
        "Role Owner, 1 permission on subscription Shop, given to build (role assignment)"
    )


def test_a_delegated_permission_waits_for_a_person_and_a_hostile_name_stays_text(
    open_report: Open, estate: Assessment
) -> None:
    report = open_report(estate, page_of(HOSTILE.id))

    assert report.texts("#identity h1") == [HOSTILE.name]
    rows = told(report, "table:has(caption:text('Roles of this')) tbody tr")
    assert any(row.startswith("Mail.Read") and row.endswith("somebody is signed in") for row in rows)
    assert "it has none" in told(report, "#identity dl.facts")[0]
    assert report.complaints == []


def test_an_application_of_another_tenant_is_run_there_and_not_assumed(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(HOSTILE.id))

    rows = told(report, "table:has(caption:text('Who can become')) tbody tr")
    assert rows == [f"{VENDOR} tenant Whoever runs it there is it here no condition"]


def test_what_a_role_is_given_on_has_a_name_and_tells_its_id(open_report: Open, estate: Assessment) -> None:
    report = open_report(estate, page_of(HOSTILE.id))

    rows = told(report, "table:has(caption:text('Roles of this')) tbody tr")
    assert any("application deploy's code itself" in row for row in rows)
    assert not any(REGISTRATION.id in row for row in rows)
    assert report.page.locator(f"[title='{REGISTRATION.id}']").count() == 1
