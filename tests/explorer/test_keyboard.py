"""The page without a pointer: every panel is reached, read and left by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import IN_ONE_LOOP, Witness, open_explorer
from tests.explorer.project import served

pytestmark = IN_ONE_LOOP
QUERY = '{ customer(id: "42") { name rating } }'
MOST = 80
"""Tab keys after which nobody would look on."""


async def tabbed(page: Page, to: Locator, key: str = "Tab") -> None:
    """Walks until ``to`` has the focus."""
    for _ in range(MOST):
        if await to.evaluate("one => one === document.activeElement"):
            return
        await page.keyboard.press(key)
    pytest.fail(f"{to} is not reached by {key}")


async def opened(page: Page, name: str) -> Locator:
    """A panel, by arrows from the tab where the focus is."""
    for _ in range(5):
        tab = page.get_by_role("tab", name=name)
        if await tab.get_attribute("aria-selected") == "true":
            break
        await page.keyboard.press("ArrowRight")
    panel = page.get_by_role("tabpanel", name=name)
    await expect(panel).to_be_visible()
    return panel


async def ran(page: Page) -> None:
    """The query is typed and run, and its editor left."""
    await tabbed(page, page.locator(".graphiql-query-editor textarea"))
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text(QUERY)
    await page.keyboard.press("ControlOrMeta+Enter")
    answer = page.locator(".graphiql-response .result-window")
    await expect(answer).to_contain_text('"customer"')
    await page.keyboard.press("Escape")  # gives the Tab key back


async def back(page: Page, tab: str) -> None:
    """To the tab of the panel that is shown."""
    await tabbed(page, page.get_by_role("tab", name=tab), "Shift+Tab")


async def test_plan_and_run_are_read_without_a_pointer(
    page: Page, tmp_path: Path
) -> None:
    """A query runs, a step of its plan and a row of its times tell all of them."""
    with served(tmp_path) as url:
        witness = Witness(page)
        await open_explorer(page, url)
        await ran(page)
        await back(page, "Plan")
        await page.keyboard.press("Enter")
        plan = await opened(page, "Plan")
        step = plan.locator('[data-step][tabindex="0"]')
        await step.wait_for()
        await tabbed(page, step)
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await expect(plan.locator(".details")).to_contain_text("customer.yaml")

        await back(page, "Plan")
        run = await opened(page, "Run")
        await ran(page)
        row = run.locator('.hw-waterfall [data-step][tabindex="0"]')
        await row.wait_for()
        await tabbed(page, row)
        await page.keyboard.press("Enter")
        await expect(run.locator(".details")).to_contain_text("Came to")
        assert (witness.foreign(url), witness.complaints) == ([], [])


async def test_live_workbench_and_comparison_are_used_without_a_pointer(
    page: Page, tmp_path: Path
) -> None:
    """Requests are filtered and chosen, a step leads to its line, plans compare."""
    with served(tmp_path) as url:
        await open_explorer(page, url)
        await ran(page)
        await back(page, "Plan")
        live = await opened(page, "Live")
        await tabbed(page, live.get_by_label("Operation"))
        await page.keyboard.type("customer")
        await tabbed(page, live.locator(".requests button").first)
        await page.keyboard.press("Enter")
        chosen = live.get_by_role("region", name="The chosen request")
        await expect(chosen.locator(".waterfall")).to_be_visible()

        await back(page, "Live")
        bench = await opened(page, "Workbench")
        step = bench.locator('[data-step][tabindex="0"]').first
        await step.wait_for()
        await tabbed(page, step)
        await page.keyboard.press("Enter")
        field = bench.get_by_role("textbox", name="Profile customer.yaml")
        await expect(field).to_be_focused()

        await back(page, "Workbench")
        compare = await opened(page, "Compare")
        await tabbed(page, compare.get_by_role("button", name="Compare"))
        await page.keyboard.press("Enter")
        heading = compare.get_by_role("heading", level=2)
        await expect(heading).to_have_text("No difference")
        await page.goto("about:blank")  # what is streamed to the page ends
