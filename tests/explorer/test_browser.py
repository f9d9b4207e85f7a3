"""The explorer in a real browser: what a developer sees and does there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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

pytestmark = IN_ONE_LOOP
ANSWER = ".graphiql-response .result-window"

# Waits in the page: `wait_for_function` would evaluate text there, which the page's
# own policy forbids.
_REMEMBERED = """async () => {
  while (!localStorage.getItem("graphiql:query")?.startsWith("{ customer"))
    await new Promise(requestAnimationFrame);
}"""


async def test_a_query_is_typed_run_and_answered(page: Page, server: Served) -> None:
    """By key and by button; the docs open; nothing leaves the origin."""
    await explorer_smoke(
        page, server.url, '{ customer(id: "42") { id name } }', '"name": "Ada Lovelace"'
    )
    assert {headers["accept"] for headers in server.headers} == {
        "application/json, multipart/mixed"
    }


async def test_the_docs_lead_from_the_root_to_a_type(
    page: Page, server: Served
) -> None:
    """A type is found by its name, with its description and its fields."""
    await open_explorer(page, server.url)
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.locator(".graphiql-doc-explorer")
    await docs.get_by_role("link", name="Customer", exact=True).click()
    await expect(docs).to_contain_text("Everything about one customer.")
    await expect(docs.locator(".graphiql-doc-explorer-field-name")).to_have_text(
        ["id", "name", "risk"]
    )


async def test_headers_and_variables_are_sent(page: Page, server: Served) -> None:
    """The two editors under the query are reached by name."""
    await open_explorer(page, server.url)
    await type_query(page, "query One($id: ID!) { customer(id: $id) { id } }")
    await type_below(page, "Variables", '{"id": "C-7"}')
    await type_below(page, "Headers", '{"headwater-plan": "include"}')
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text('"id": "C-7"')
    assert server.headers[-1]["headwater-plan"] == "include"


async def test_a_ticked_field_joins_the_query_that_was_left_there(
    page: Page, server: Served
) -> None:
    """The explorer panel begins with what the editor remembers, not with nothing."""
    await open_explorer(page, server.url)
    await type_query(page, '{ customer(id: "42") { name } }')
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text("Ada Lovelace")
    await page.evaluate(_REMEMBERED)
    await page.reload()
    await page.get_by_role("button", name="Show Explorer").click()
    await page.locator(".graphiql-explorer-root").get_by_text("risk").click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(ANSWER)).to_contain_text('"risk": 0.25')
    await expect(page.locator(ANSWER)).to_contain_text("Ada Lovelace")


async def test_history_brings_a_query_back(page: Page, server: Served) -> None:
    """What was run is one click away."""
    await open_explorer(page, server.url)
    await type_query(page, '{ customer(id: "42") { risk } }')
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text("0.25")
    await type_query(page, "{ __typename }")
    await page.get_by_role("button", name="Show History").click()
    await page.locator(".graphiql-history-item-label").first.click()
    editor = page.locator(".graphiql-query-editor .CodeMirror-code")
    await expect(editor).to_contain_text("risk")


async def test_a_link_brings_its_query_and_runs_nothing(
    page: Page, server: Served
) -> None:
    """A link from a terminal fills the editor; running stays with the reader."""
    await open_explorer(
        page, f"{server.url}?query=%7B%20customer(id%3A1)%20%7Bid%7D%7D"
    )
    editor = page.locator(".graphiql-query-editor .CodeMirror-code")
    await expect(editor).to_contain_text("customer(id:1)")
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Customer", exact=True).wait_for()
    assert server.operations == ["IntrospectionQuery"]


async def test_an_error_page_of_a_proxy_is_told_as_what_it_is(
    page: Page, server: Served
) -> None:
    """Not JSON: the status, the type and the beginning of the text are shown."""
    await open_explorer(page, server.url)
    await type_below(page, "Headers", '{"x-break": "yes"}')
    await type_query(page, "{ __typename }")
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text(
        "/graphql answered 502 with text/html; charset=utf-8: <h1>Bad Gateway</h1>"
    )


@pytest.mark.parametrize("button", ["Open settings dialog", "Open short keys dialog"])
async def test_a_dialog_opens_and_closes_by_key_within_the_policy(
    page: Page, server: Served, button: str
) -> None:
    """The one style element that a dialog adds is the one the policy lets through."""
    witness = Witness(page)
    await open_explorer(page, server.url)
    await page.get_by_role("button", name=button).press("Enter")
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")
    assert witness.complaints == []


@pytest.mark.parametrize(
    ("scheme", "background"),
    [("light", "rgb(255, 255, 255)"), ("dark", "rgb(33, 42, 59)")],
)
async def test_the_page_is_as_light_or_dark_as_the_system(
    page: Page, server: Served, scheme: Literal["light", "dark"], background: str
) -> None:
    """GraphiQL follows prefers-color-scheme until the reader chooses otherwise."""
    await page.emulate_media(color_scheme=scheme)
    await open_explorer(page, server.url)
    container = page.locator(".graphiql-container")
    await expect(container).to_have_css("background-color", background)
