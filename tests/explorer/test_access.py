"""The page for who does not look, or uses no pointer: axe-core on every panel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser import IN_ONE_LOOP, open_explorer, type_query
from tests.explorer.project import served
from tests.npm import node_folder

pytestmark = IN_ONE_LOOP
HERE = Path(__file__).parent
PANELS = ("plan", "run", "live", "bench", "compare")
_RUN = """async () => {
  const upstream = { "color-contrast": ".graphiql-container .CodeMirror" };
  const ours = (id, { target }) =>
    !(id in upstream) || !document.querySelector(target[0]).closest(upstream[id]);
  const found = await axe.run();
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => [id, nodes.filter((node) => ours(id, node))])
    .filter(([, nodes]) => nodes.length)
    .map(([id, nodes]) => `${id}: ${nodes.map((n) => n.html).join(" ")}`);
}"""
"""Faults of a rule that are left, and where: the colours of a query's words in light
are GraphiQL's own theme, which follows its settings, not ours."""


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> str:
    """axe-core as a script."""
    folder = node_folder(request, HERE / "typing")
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_panel_has_a_serious_fault(
    page: Page, tmp_path: Path, axe: str, scheme: Literal["light", "dark"]
) -> None:
    """Names, roles, contrast and order, GraphiQL's too, with something in each."""
    await page.emulate_media(color_scheme=scheme)
    await page.add_init_script(script=axe)
    with served(tmp_path) as url:
        await open_explorer(page, f"{url}#plan")
        await type_query(page, '{ customer(id: "42") { name rating } }')
        await page.locator('#panel-plan [data-step="customer.rating"]').click()
        await page.keyboard.press("ControlOrMeta+Enter")
        faults: dict[str, list[str]] = {}
        for panel in PANELS:
            await page.locator(f"#tab-{panel}").click()
            shown = page.locator(f"#panel-{panel}:not([aria-busy=true]) > *")
            await shown.first.wait_for()
            faults[panel] = await page.evaluate(_RUN)
        await page.goto("about:blank")  # what is streamed to the page ends
    assert faults == {panel: [] for panel in PANELS}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("built")
async def test_a_profile_is_read_in_its_editor(
    page: Page, tmp_path: Path, axe: str, scheme: Literal["light", "dark"]
) -> None:
    """Keys, texts and comments have contrast enough, in npm's editor."""
    await page.emulate_media(color_scheme=scheme)
    await page.add_init_script(script=axe)
    with served(tmp_path) as url:
        await page.goto(f"{url}#bench")
        await page.get_by_role("button", name="customer.yaml", exact=True).click()
        editor = page.locator("#panel-bench .cm-content")
        await expect(editor).to_contain_text("operation: customer")
        faults = await page.evaluate(_RUN)
        await page.goto("about:blank")  # what is streamed to the page ends
    assert faults == []
