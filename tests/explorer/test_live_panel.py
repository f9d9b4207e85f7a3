"""The panel Live in a real browser, in front of a real gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.standing import Stage
from gateway.telemetry.events import BreakerOpened, unobserved
from gateway.watching.live import Live
from tests.browser import IN_ONE_LOOP, Witness
from tests.explorer.test_live_routes import FILES, QUERY
from tests.project import write
from tests.serving import running

pytestmark = IN_ONE_LOOP
MARKUP = "<img src=x onerror=alert(1)>"
_WIDER = """bar => bar.getBoundingClientRect().width
  - bar.parentNode.clientWidth * parseFloat(bar.style.width) / 100"""
"""By how many pixels a bar is drawn longer than its step took."""


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return build_gateway([write(tmp_path, FILES)], {}, observe=unobserved, dev=True)


@pytest.fixture
def url(gateway: Gateway) -> Iterator[str]:
    with running(asgi(gateway)) as port:
        yield f"http://127.0.0.1:{port}"
        gateway.stage = Stage.DRAINING  # the page follows still


async def ask(url: str, query: str, tenant: str = "acme") -> None:
    body = {
        "query": query,
        "variables": {"id": "7"},
        "operationName": "Mine" if query == QUERY else None,
    }
    async with httpx.AsyncClient() as http:
        headers = {"x-tenant": tenant, "apollographql-client-name": MARKUP}
        await http.post(f"{url}/graphql", json=body, headers=headers)


async def test_requests_come_in_are_filtered_and_shown(
    page: Page, url: str, gateway: Gateway
) -> None:
    """By mouse and by key; what callers wrote is text, whatever it looks like."""
    witness = Witness(page)
    await ask(url, QUERY, tenant=MARKUP)
    await page.goto(f"{url}/#live")
    panel = page.get_by_role("tabpanel", name="Live")
    rows = panel.locator(".requests tbody tr")
    await expect(rows).to_contain_text([MARKUP])  # and not the page's own
    await ask(url, "{ lost { id } }")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("lost")

    await rows.first.get_by_role("button").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    shown = panel.get_by_role("region", name="The chosen request")
    await expect(shown.get_by_role("heading")).to_have_text("Mine (customer)")
    await expect(shown.locator(".waterfall tbody th")).to_have_text("customer.body")
    wider = await shown.locator(".bars > .span").evaluate(_WIDER)
    assert wider == pytest.approx(0, abs=2)  # 2 pixels are what can be seen
    await expect(shown.locator(".picture svg")).to_be_visible()
    await rows.first.get_by_role("button").click()
    await expect(shown).to_contain_text("UPSTREAM_UNREACHABLE at lost")

    await panel.get_by_label("Outcome").select_option("whole")
    await expect(rows).to_have_count(1)
    await panel.get_by_label("Introspection").check()
    await expect(rows).to_contain_text(["IntrospectionQuery", "Mine"])
    await panel.get_by_label("Operation").fill("nobody")
    await expect(rows).to_have_count(0)

    gateway.observe(BreakerOpened("away", f"GET /{MARKUP}"))
    await expect(panel.locator(".timeline")).to_contain_text(f"at GET /{MARKUP}")
    await expect(panel.get_by_role("table", name="Sources")).to_contain_text("away")
    await expect(panel.get_by_role("table", name="Objectives")).to_contain_text("99 %")
    assert (witness.foreign(url), witness.complaints) == ([], [])


async def test_a_reader_pauses_and_goes_on(page: Page, url: str) -> None:
    """What came meanwhile waits, and is there when he goes on."""
    await page.goto(f"{url}/#live")
    panel = page.get_by_role("tabpanel", name="Live")
    rows = panel.locator(".requests tbody tr")
    counts = panel.locator(".counts")
    await expect(counts).to_contain_text("0 shown of 1")  # GraphiQL's own
    await panel.get_by_role("button", name="Pause").click()
    await ask(url, QUERY)
    await expect(counts).to_contain_text("1 wait")
    await expect(rows).to_have_count(0)
    await panel.get_by_role("button", name="Go on").press("Enter")
    await expect(rows).to_have_count(1)


async def test_ten_thousand_events_leave_the_page_usable(page: Page, url: str) -> None:
    """The table is as long as it may be, and is still filtered at once."""
    one: dict[str, object] = {
        "at": "2026-11-23T20:00:00Z",
        "outcome": "whole",
        "ms": 5.0,
        "steps": [],
    }
    one["operations"] = ["customer"]
    seen = ({**one, "id": f"b-{n}", "name": f"Q{n}"} for n in range(10_000))
    told = [f"event: request\ndata: {json.dumps(each)}\n\n" for each in seen]
    happened = json.dumps({"at": one["at"], "what": "reload", "words": "x"})
    told += [f"event: happened\ndata: {happened}\n\n"] * 500
    hello = 'event: hello\ndata: {"boot": "b", "again": false}\n\n'

    async def flood(route: Route) -> None:
        body = "".join([hello, *told])
        await route.fulfill(body=body, content_type="text/event-stream")

    await page.route("**/explorer/live", flood, times=1)
    await page.goto(f"{url}/#live")
    panel = page.get_by_role("tabpanel", name="Live")
    rows = panel.locator(".requests tbody tr")
    await expect(rows).to_have_count(200)
    await expect(panel.locator(".timeline li")).to_have_count(100)
    await panel.get_by_label("Operation").fill("Q9999")
    await expect(rows).to_have_count(1)


async def test_who_may_not_look_is_told_how_he_could(page: Page, url: str) -> None:
    """In the panel, in the gateway's own words; nothing is tried again and again."""
    said = {"errors": [{"message": f"Only authors see this. {MARKUP}"}]}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=403, json=said)

    await page.route("**/explorer/live", refuse)
    await page.goto(f"{url}/#live")
    panel = page.get_by_role("tabpanel", name="Live")
    await expect(panel).to_contain_text(f"Only authors see this. {MARKUP}")
    await page.unroute("**/explorer/live")
    await panel.get_by_role("button", name="Ask again").click()
    await expect(panel.get_by_role("table", name="Sources")).to_contain_text("away")


async def test_who_leaves_the_panel_gives_his_place_back(
    page: Page, url: str, gateway: Gateway
) -> None:
    """At once, whatever happens or not; he goes on where he was."""
    live = gateway.pipeline.watch.live
    assert live is not None
    await page.goto(f"{url}/#live")
    panel = page.get_by_role("tabpanel", name="Live")
    rows = panel.locator(".requests tbody tr")
    await expect(panel.locator(".counts")).to_contain_text("0 shown of 1")
    assert live.readers == 1
    await page.get_by_role("tab", name="Plan").click()
    await _left(live)
    await ask(url, QUERY)
    await page.get_by_role("tab", name="Live").click()
    await expect(rows).to_have_count(1)

    # The same where the browser shows another of its tabs.
    await page.evaluate(_SEEN, True)
    await _left(live)
    await ask(url, QUERY)
    await expect(rows).to_have_count(1)
    await page.evaluate(_SEEN, False)
    await expect(rows).to_have_count(2)


_SEEN = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def _left(live: Live) -> None:
    """Until nobody reads."""
    async with asyncio.timeout(30):
        while live.readers:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0)
