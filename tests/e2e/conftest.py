"""A real browser for the HTML report: Debian's Chromium, driven by Playwright, without any network of its own."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report.html import render
from nhi_scan.report.html.selection import Selection

_CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Opened:
    """A report in a tab, and everything that went over the wire or into the console."""

    page: Page
    context: BrowserContext
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # console messages, errors, policy violations, dialogs

    def go(self, fragment: str) -> None:
        """Follow an address inside the report, as a link would."""
        self.page.evaluate(
            "fragment => new Promise(done => {"
            " addEventListener('hashchange', () => setTimeout(done), { once: true }); location.hash = fragment })",
            fragment,
        )

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not _CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("/usr/bin/chromium is missing: in CI the browser tests must run")
        pytest.skip("/usr/bin/chromium is missing: install Debian's chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(_CHROMIUM), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    contexts: list[BrowserContext] = []

    def open_it(
        assessment: Assessment,
        fragment: str = "",
        *,
        before: str = "",
        selection: Selection | None = None,
        **options: Any,
    ) -> Opened:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_bytes(render(assessment, selection))
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        opened = Opened(page, context, file.as_uri())

        def heard(message: ConsoleMessage) -> None:
            opened.complaints.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            opened.requests.append(request.url)

        page.on("console", heard)
        page.on("pageerror", lambda error: opened.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (opened.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("request", asked)
        if before:
            page.add_init_script(before)
        page.goto(opened.address + fragment)
        if options.get("java_script_enabled", True) and not before:
            page.wait_for_selector("html[data-ready]", state="attached")
        return opened

    yield open_it
    for context in contexts:
        context.close()
