"""The page with the GraphiQL that npm builds: current, under the same policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser import (
    IN_ONE_LOOP,
    Witness,
    explorer_smoke,
    open_explorer,
    type_below,
    type_query,
)

if TYPE_CHECKING:
    from tests.explorer.conftest import Served

pytestmark = [IN_ONE_LOOP, pytest.mark.usefixtures("built")]
_KEPT = """async () => {
  const tabs = () => JSON.parse(localStorage.getItem("graphiql:tabState") ?? "{}").tabs;
  while (!(tabs()?.length === 2 && tabs()[0].title === "Ada"))
    await new Promise(requestAnimationFrame);
}"""
_WHERE = """() => ({
  editors: document.querySelector(".graphiql-editors").getBoundingClientRect().toJSON(),
  answer: document.querySelector(".graphiql-response").getBoundingClientRect().toJSON(),
})"""
ANSWER = ".graphiql-response .result-window"


async def test_a_query_is_typed_run_and_answered(page: Page, server: Served) -> None:
    """By key and by button; the docs open; nothing leaves the origin."""
    await explorer_smoke(
        page, server.url, '{ customer(id: "42") { id name } }', '"name": "Ada Lovelace"'
    )


async def test_headers_variables_dialogs_and_history_are_there(
    page: Page, server: Served
) -> None:
    """What is typed is sent; what was run comes back; a dialog breaks no rule."""
    witness = Witness(page)
    await open_explorer(page, server.url)
    await type_query(page, "query One($id: ID!) { customer(id: $id) { id } }")
    await type_below(page, "Variables", '{"id": "C-7"}')
    await type_below(page, "Headers", '{"x-tenant": "acme"}')
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text('"id": "C-7"')
    assert server.headers[-1]["x-tenant"] == "acme"
    await page.get_by_role("button", name="Open settings dialog").press("Enter")
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Show History").click()
    await expect(page.locator(".graphiql-history-item-label")).to_contain_text("One")
    assert (witness.foreign(server.url), witness.complaints) == ([], [])


async def test_a_ticked_field_joins_the_query_and_tabs_stay(
    page: Page, server: Served
) -> None:
    """The operation is built by ticking; a second tab is there after a reload."""
    await open_explorer(page, server.url)
    await type_query(page, 'query Ada { customer(id: "42") { name } }')
    await page.get_by_role("button", name="Show Explorer").click()
    await page.locator(".graphiql-explorer-root").get_by_text("risk").click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(ANSWER)).to_contain_text('"risk": 0.25')
    await page.get_by_role("button", name="New tab").click()
    await expect(page.locator(".graphiql-tab")).to_have_count(2)
    await page.evaluate(_KEPT)
    await page.reload()
    await expect(page.locator(".graphiql-tab").first).to_contain_text("Ada")
    await expect(page.locator(".graphiql-tab")).to_have_count(2)


async def test_the_answer_stands_below_its_query_beside_a_panel(
    page: Page, server: Served
) -> None:
    """Two columns and a panel would leave no room for a line of the query."""
    await open_explorer(page, server.url)
    beside = await page.evaluate(_WHERE)
    assert beside["editors"]["right"] <= beside["answer"]["left"]
    await page.get_by_role("tab", name="Plan").click()
    below = await page.evaluate(_WHERE)
    assert below["editors"]["bottom"] <= below["answer"]["top"]
