"""A real browser for tests: Debian's chromium, driven by Playwright.

`page` is a fixture: import it (with `browser`) into a folder's `conftest.py`, and give
the module that uses it `pytestmark = IN_ONE_LOOP`: the browser is started once, and an
object of one event loop cannot serve a test that runs in another. Without chromium a
test that asks for it is skipped; with REQUIRE_SERVICES=1 it fails. Must never download
a browser, and never wait for a number of seconds: each wait is for a state of the page.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    async_playwright,
    expect,
)

CHROMIUM: Final = Path("/usr/bin/chromium")
_OFF: Final = (
    # Two pages of the browser's own behind the address bar, of 400 modules: a second
    # of CPU for each window, which is each test.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # What Playwright switches off; of two such switches only the last one counts.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
# Root cannot use chromium's sandbox; the rest keep it from calling its maker's hosts,
# which a closed network refuses, many at a time.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_OFF)}",
)
PATIENCE: Final = 30_000
"""Milliseconds that a state of a page is waited for: a machine may be very busy."""
expect.set_options(timeout=PATIENCE)
IN_ONE_LOOP: Final = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A chromium for the whole run."""
    if not CHROMIUM.exists():
        reason = f"needs a browser: apt-get install chromium ({CHROMIUM} is absent)"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page in a profile of its own, which has seen nothing before."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield await context.new_page()
    await context.close()


class Witness:
    """What a page asked for and complained about, from the moment it is watched."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("console", self._heard)
        page.on("pageerror", self._failed)

    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def foreign(self, url: str) -> list[str]:
        """The requests that left the origin of `url`; data: URLs go nowhere."""
        home = urlsplit(url)[:2]
        asked = (urlsplit(request.url) for request in self.requests)
        return [a.geturl() for a in asked if a.scheme != "data" and a[:2] != home]


async def open_explorer(page: Page, url: str) -> None:
    """Opens the explorer and waits until a query can be typed and run."""
    await page.goto(url)
    await page.get_by_role("button", name="Execute query").wait_for()
    await expect(page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible()


async def type_query(page: Page, query: str) -> None:
    """Replaces what stands in the query editor, and leaves the cursor there."""
    await page.locator(".graphiql-query-editor .CodeMirror").click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text(query)


async def type_below(page: Page, tool: str, text: str) -> None:
    """Writes into the empty `Variables` or `Headers` editor under the query."""
    await page.get_by_role("button", name=tool, exact=True).click()
    shown = page.get_by_label(tool, exact=True).locator(".graphiql-editor:not(.hidden)")
    await shown.locator(".CodeMirror").click()
    await page.keyboard.insert_text(text)


async def explorer_smoke(page: Page, url: str, query: str, expected_text: str) -> None:
    """Types `query`, runs it by key and by button, sees the answer and the docs.

    Works against any server that has the explorer at `url` and answers `query` with
    `expected_text` somewhere in it. Fails if a request leaves the origin, or if the
    page complains on its console (a refused Content-Security-Policy does).
    """
    witness = Witness(page)
    answer = page.locator(".graphiql-response .result-window")
    await open_explorer(page, url)

    await type_query(page, query)
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(answer).to_contain_text(expected_text)

    await type_query(page, "{ __typename }")
    await page.get_by_role("button", name="Execute query").click()
    await expect(answer).to_contain_text('"__typename": "Query"')

    await page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.locator(".graphiql-doc-explorer")
    await docs.get_by_role("link", name="Query", exact=True).first.click()
    await expect(docs.locator(".graphiql-doc-explorer-title")).to_have_text("Query")

    assert (witness.foreign(url), witness.complaints) == ([], [])
