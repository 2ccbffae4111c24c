"""Whatever a cloud calls its things, the report only ever shows it."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Error

from tests.e2e.attacks import HOSTILE, hostile
from tests.e2e.conftest import Opened
from tests.e2e.estates import large, readable

Open = Callable[..., Opened]

_OPEN_EVERYTHING = """() => {
  for (let pass = 0; pass < 3; pass += 1) {
    for (const button of document.querySelectorAll('button[aria-expanded="false"]')) button.click();
    for (const details of document.querySelectorAll('details')) details.open = true;
  }
}"""
_STRANGERS = """() => ({
  elements: document.querySelectorAll('img, iframe, object, embed, link, video, audio, base, foreignObject').length,
  scripts: document.scripts.length,
  styles: document.querySelectorAll('style, [style]').length,
  handlers: [...document.querySelectorAll('*')].flatMap((node) => node.getAttributeNames())
    .filter((name) => name.startsWith('on')),
  links: [...document.querySelectorAll('[href]')].map((node) => node.getAttribute('href'))
    .filter((address) => !address.startsWith('#') && !/^https?:/.test(address)),
  wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
})"""
_NOTHING = {"elements": 0, "scripts": 2, "styles": 1, "handlers": [], "links": [], "wide": False}


def fragments() -> list[str]:
    ids = [f"arn:aws:iam::111111111111:role/{number}{attack}" for number, attack in enumerate(HOSTILE)]
    pages = ["#findings?group=none", "#findings?group=identity", "#identities", "#coverage", "#rules"]
    return pages + [f"#identity/@{number}" for number in range(len(ids))]


def test_no_name_runs_loads_or_breaks_anything_anywhere(open_report: Open) -> None:
    report = open_report(hostile())
    for fragment in fragments():
        report.go(fragment)
        report.page.evaluate(_OPEN_EVERYTHING)
        assert report.page.evaluate(_STRANGERS) == _NOTHING, fragment
    assert report.page.evaluate("window.pwned") is None
    assert report.complaints == []
    assert report.requests == [report.address]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_name_makes_the_page_wider_than_the_window(open_report: Open, width: int) -> None:
    report = open_report(hostile(), viewport={"width": width, "height": 800})
    for fragment in ("#findings?group=none", "#findings?group=account", "#identity/@17", "#identities", "#coverage"):
        report.go(fragment)
        report.page.evaluate(_OPEN_EVERYTHING)
        assert report.page.evaluate(_STRANGERS)["wide"] is False, fragment


@pytest.mark.parametrize(
    ("attack", "shown"),
    [
        ("safe\u202egnp.exe\u202c", "safe\\u202egnp.exe\\u202c"),
        ("zero\u200bwidth\ufeff and \u00ad soft", "zero\\u200bwidth\\ufeff and \\xad soft"),
        ("nul\x00 esc\x1b[31m bell\x07", "nul\\x00 esc\\x1b[31m bell\\x07"),
        ("lone\ud800surrogate\udfff", "lone\\ud800surrogate\\udfff"),
        ("line\u2028separator\u2029and\r\nnewline", "line\\u2028separator\\u2029and\\x0d newline"),
    ],
)
def test_characters_that_hide_or_rearrange_are_spelled_out(open_report: Open, attack: str, shown: str) -> None:
    number = sorted(f"{number}{one}" for number, one in enumerate(HOSTILE)).index(f"{HOSTILE.index(attack)}{attack}")
    report = open_report(hostile(), f"#identity/@{number}")
    assert report.texts("#identity h1") == [shown]
    assert report.page.locator("#identity h1 .hidden-character").count() >= 2


def test_every_identity_has_an_address_of_its_own_even_with_a_name_that_no_address_can_hold(open_report: Open) -> None:
    report = open_report(hostile(), "#identities")
    links = report.page.locator(".identities tbody th a").evaluate_all(
        "nodes => nodes.map(one => one.getAttribute('href'))"
    )
    assert len(set(links)) == len(HOSTILE)
    for link in links:
        report.go(link)
        assert "Not in this snapshot" not in report.page.locator("#identity").inner_text()


def test_only_http_and_https_references_lead_anywhere(open_report: Open) -> None:
    report = open_report(hostile(), "#findings?group=none")
    report.page.evaluate(_OPEN_EVERYTHING)
    links = report.page.locator(".references a")
    assert links.count() == 1
    assert links.first.get_attribute("href") == "https://example.com/a?b=<c>&d"
    assert links.first.get_attribute("rel") == "noopener noreferrer"


def test_the_policy_of_the_page_stops_what_would_slip_through(open_report: Open) -> None:
    report = open_report(readable())
    for attempt in (
        "document.body.innerHTML = '<img src=x>'",
        "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        "document.write('<b>x</b>')",
        "document.body.setAttribute('onclick', 'window.pwned = 1')",
        "document.body.append(Object.assign(document.createElement('script'), { text: 'window.pwned = 1' }))",
    ):
        with pytest.raises(Error, match=r"TrustedHTML|TrustedScript"):
            report.page.evaluate("() => { " + attempt + " }")
    image = "document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.invalid/' }))"
    report.page.evaluate("() => { " + image + " }")
    assert report.page.evaluate("window.pwned") is None
    assert any("img-src" in one and "default-src 'none'" in one for one in report.complaints)


def test_what_is_copied_is_what_is_seen(open_report: Open) -> None:
    attack = "safe\u202egnp.exe\u202c"
    report = open_report(
        hostile(), "#findings?q=" + quote("gnp.exe") + "&group=none", permissions=["clipboard-read", "clipboard-write"]
    )
    report.page.evaluate(_OPEN_EVERYTHING)
    report.page.locator(".command .copy").first.click()
    copied = report.page.evaluate("navigator.clipboard.readText()")
    assert copied == "aws safe\\u202egnp.exe\\u202c"
    assert attack not in copied


@pytest.mark.parametrize("make", [readable, hostile, lambda: large(4000, 6000)], ids=["readable", "hostile", "packed"])
def test_opening_it_asks_nothing_of_anyone(open_report: Open, make: Callable[[], object]) -> None:
    report = open_report(make())
    assert report.requests == [report.address]
    assert report.complaints == []
