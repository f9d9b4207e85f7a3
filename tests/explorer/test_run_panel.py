"""The panel Run: what became of each step of the last run."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from gateway.schema.exchange import App, Receive, Scope, Send, respond
from tests.browser import IN_ONE_LOOP, Witness, open_explorer, type_below, type_query
from tests.explorer.project import DEPLOYMENT, MARKUP, served
from tests.serving import running

if TYPE_CHECKING:
    from tests.explorer.conftest import Served

pytestmark = IN_ONE_LOOP
_SHOWN = """async () => {
  const editor = document.querySelector(".result-window .CodeMirror").CodeMirror;
  while (!editor.getValue().includes("rows"))
    await new Promise(requestAnimationFrame);
  return editor.getValue();
}"""
JSON = (b"content-type", b"application/json")
IN_PARTS = f"""
language: 1
operation: customer
deadline: 60s
steps:
  - {{ name: body, type: value, value: {{ id: "1", name: "{MARKUP}" }} }}
  - {{ name: rating, endpoint: /rating, role: optional, timeout: 60s }}
"""
LARGE = """
language: 1
operation: rows
deadline: 60s
steps:
  - { name: rows, endpoint: /rows, role: required, timeout: 60s }
"""
ANSWER = ".graphiql-response .result-window"
QUERY = '{ customer(id: "42") { name rating } }'


def panel(page: Page):
    return page.get_by_role("tabpanel", name="Run")


async def test_a_run_is_drawn_with_what_became_of_its_steps(
    page: Page, tmp_path: Path
) -> None:
    """The page asks for the plan itself, and shows the answer without it."""
    with served(tmp_path) as url:
        witness = Witness(page)
        await open_explorer(page, f"{url}#run")
        await expect(panel(page)).to_contain_text("Run a query")
        await type_query(page, QUERY)
        await page.keyboard.press("ControlOrMeta+Enter")
        await expect(page.locator(ANSWER)).to_contain_text(MARKUP)
        step = panel(page).locator('[data-step="customer.rating"]').first
        await expect(step).to_contain_text("ok")
        await expect(page.locator(ANSWER)).not_to_contain_text("critical_path")
        await step.click()
        await expect(panel(page).locator(".details")).to_contain_text("Came to")
        await expect(page.locator("#panels img")).to_have_count(0)
        assert (witness.foreign(url), witness.complaints) == ([], [])


async def test_a_plan_that_was_asked_for_by_hand_stays_in_the_answer(
    page: Page, server: Served
) -> None:
    """And with no panel open nothing is asked for besides the query."""
    await open_explorer(page, server.url)
    await type_query(page, '{ customer(id: "1") { id } }')
    await page.keyboard.press("ControlOrMeta+Enter")
    await expect(page.locator(ANSWER)).to_contain_text('"id": "1"')
    assert "headwater-plan" not in server.headers[-1]
    await page.get_by_role("tab", name="Run").click()
    await expect(panel(page)).to_contain_text("The answer came without its plan.")
    await page.get_by_role("button", name="Execute query").click()
    await expect(panel(page)).to_contain_text("plan.when")
    assert server.headers[-1]["headwater-plan"] == "include"
    await type_below(page, "Headers", '{"Headwater-Plan": "dry-run"}')
    async with page.expect_request("**/graphql") as asked:
        await page.get_by_role("button", name="Execute query").click()
    assert (await asked.value).headers["headwater-plan"] == "dry-run"


async def test_an_answer_of_five_megabytes_is_cut_where_it_is_shown(
    page: Page, tmp_path: Path
) -> None:
    """The editor stays quick, says what it leaves out, and the whole can be saved."""
    rows = [{"id": str(n), "note": "x" * 76} for n in range(47_000)]
    large = json.dumps(rows, separators=(",", ":")).encode()
    files = {
        "customer.yaml": LARGE,
        "customer.graphql": "type Query { rows: [Row!] } type Row { id: ID note: ID }",
    }
    with running(_answering(large)) as port:
        files["headwater.yaml"] = DEPLOYMENT.replace(
            "upstream.invalid", f"localhost:{port}"
        )
        with served(tmp_path, files=files) as url:
            await open_explorer(page, f"{url}#run")
            await type_query(page, "{ rows { id note } }")
            await page.keyboard.press("ControlOrMeta+Enter")
            await expect(panel(page).locator("[data-step]").first).to_be_visible()
            await expect(panel(page)).to_contain_text(" MB after ")
            shown = await page.evaluate(_SHOWN)
            assert len(shown) < 10_000
            assert "(46980 more: too many to show here, the panel Run saves" in shown
            async with page.expect_download() as saved:
                await page.get_by_role("button", name="Save the answer").click()
            file = await (await saved.value).path()
            assert json.loads(file.read_text())["data"] == {"rows": rows}


@pytest.mark.parametrize("graphiql", ["packaged", "built"])
async def test_an_answer_in_parts_is_shown_as_they_come(
    page: Page, tmp_path: Path, request: pytest.FixtureRequest, graphiql: str
) -> None:
    """By both GraphiQLs; the panel draws the run when the last part is there."""
    if graphiql == "built":
        request.getfixturevalue("built")
    go = threading.Event()
    with running(_held(go)) as port:
        files = {
            "customer.yaml": IN_PARTS,
            "headwater.yaml": DEPLOYMENT.replace(
                "upstream.invalid", f"localhost:{port}"
            ),
        }
        with served(tmp_path, files=files) as url:
            await open_explorer(page, f"{url}#run")
            await type_query(
                page, '{ customer(id: "42") { name ... @defer { rating } } }'
            )
            await page.keyboard.press("ControlOrMeta+Enter")
            await expect(page.locator(ANSWER)).to_contain_text(MARKUP)
            await expect(page.locator(ANSWER)).not_to_contain_text("rating")
            go.set()
            await expect(page.locator(ANSWER)).to_contain_text('"rating": 7')
            step = panel(page).locator('[data-step="customer.rating"]')
            await expect(step.first).to_contain_text("ok")
            await expect(panel(page).get_by_role("listitem").first).to_be_visible()
            await expect(page.locator(ANSWER)).not_to_contain_text("critical_path")


def _answering(body: bytes) -> App:
    """A source that says always the same."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, 200, [JSON], body)

    return app


def _held(go: threading.Event) -> App:
    """A source that answers when it may."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.to_thread(go.wait, 60)
        await respond(send, 200, [JSON], b"7")

    return app
