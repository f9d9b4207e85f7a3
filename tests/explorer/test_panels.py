"""The frame of the page: tabs, the panel beside the query, and the keys for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser import IN_ONE_LOOP, Witness, open_explorer, type_query

if TYPE_CHECKING:
    from tests.explorer.conftest import Served

pytestmark = IN_ONE_LOOP


async def test_the_query_has_the_page_until_a_panel_is_opened(
    page: Page, server: Served
) -> None:
    """Each panel is one click away, and one more hides it; nothing is asked for it."""
    witness = Witness(page)
    await open_explorer(page, server.url)
    await expect(page.locator("#panels > :visible")).to_have_count(0)
    await page.get_by_role("tab", name="Plan").click()
    await expect(page.get_by_role("tabpanel", name="Plan")).to_be_visible()
    await expect(page.locator(".graphiql-query-editor")).to_be_visible()
    await page.get_by_role("button", name="Hide panel").click()
    await expect(page.locator("#panels > :visible")).to_have_count(0)
    assert (witness.foreign(server.url), witness.complaints) == ([], [])


async def test_tabs_are_walked_by_arrows_and_named_in_the_address(
    page: Page, server: Served
) -> None:
    """As in every list of tabs; a link with its name opens a panel."""
    await page.goto(f"{server.url}#live")
    tabs = page.get_by_role("tab")
    await expect(tabs).to_have_text(["Plan", "Run", "Live", "Workbench", "Compare"])
    await expect(page.get_by_role("tabpanel", name="Live")).to_be_visible()
    await page.get_by_role("tab", name="Live").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tabpanel", name="Workbench")).to_be_visible()
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tabpanel", name="Plan")).to_be_visible()
    assert page.url.endswith("#plan")


async def test_a_wide_panel_takes_the_page_and_gives_it_back(
    page: Page, server: Served
) -> None:
    """The query stays where it was, with what was typed."""
    await open_explorer(page, server.url)
    await type_query(page, "{ customer(id: 7) { id } }")
    await page.get_by_role("tab", name="Workbench").click()
    await expect(page.locator("#query")).to_be_hidden()
    await page.get_by_role("button", name="Whole width").press("Enter")
    editor = page.locator(".graphiql-query-editor .CodeMirror-code")
    await expect(editor).to_contain_text("customer(id: 7)")


async def test_the_panel_is_made_wider_by_key_and_stays_so(
    page: Page, server: Served
) -> None:
    """The border between query and panel is a separator with a value."""
    await open_explorer(page, f"{server.url}#plan")
    border = page.get_by_role("separator", name="Width of the panel")
    await expect(border).to_have_attribute("aria-valuenow", "45")
    await border.press("ArrowLeft")
    await page.reload()
    await expect(border).to_have_attribute("aria-valuenow", "50")
    await expect(page.get_by_role("tabpanel", name="Plan")).to_be_visible()


_BESIDE_ITS_NUMBERS = """() => {
  const editor = document.querySelector(".graphiql-query-editor .CodeMirror");
  const [numbers, line] = [".CodeMirror-gutters", ".CodeMirror-line > span"].map(
    (name) => editor.querySelector(name)?.getBoundingClientRect());
  return Boolean(line?.width) && line.left >= numbers.right;
}"""


@pytest.mark.parametrize("graphiql", ["packaged", "built"])
async def test_an_editor_that_was_made_behind_a_wide_panel_shows_its_text(
    page: Page, server: Served, request: pytest.FixtureRequest, graphiql: str
) -> None:
    """Whoever comes back to Live, and goes on to the query, finds it there."""
    if graphiql == "built":
        request.getfixturevalue("built")
    await page.goto(f"{server.url}?query={{customer}}#live")
    await page.locator(".graphiql-query-editor .CodeMirror").wait_for(state="attached")
    await page.get_by_role("tab", name="Plan").click()
    await expect(page.locator(".CodeMirror-line").first).to_contain_text("customer")
    await page.wait_for_function(_BESIDE_ITS_NUMBERS)
