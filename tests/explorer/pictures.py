"""The pictures of the README, taken of the demo: ``python -m tests.explorer.pictures``.

They lie in `deploy/pictures/`, each under 150 kB. Run it anew when a panel changes;
names after it choose some of them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from playwright.async_api import Page

from tests.explorer.staged import QUERY, ROOT, browsing, demo, measured

FOLDER: Final = ROOT / "deploy" / "pictures"
LARGEST: Final = 150_000
"""Bytes of a picture."""


async def plan(page: Page, url: str) -> None:
    await page.goto(f"{url}?query={quote(QUERY)}#plan")
    await page.locator('#panel-plan [data-step="customer360.risk"]').click()


async def waterfall(page: Page, url: str) -> None:
    await page.goto(f"{url}?query={quote(QUERY)}#run")
    await page.locator(".graphiql-response .CodeMirror").wait_for()  # it can be run now
    await page.get_by_role("button", name="Execute query").click()
    await page.locator("#panel-run .view >> nth=1 >> svg").wait_for()


async def comparison(page: Page, url: str) -> None:
    """Both can ask this; a tenant's own profile makes the difference."""
    query = QUERY.replace("    fraud { level }\n", "")
    await page.goto(f"{url}?query={quote(query)}#compare")
    panel = page.locator("#panel-compare")
    await panel.locator("summary").last.click()
    await panel.get_by_label("Tenant").last.fill("acme")
    await panel.locator("form button").last.click()
    await panel.locator("svg").last.wait_for()
    await panel.locator("h2").evaluate("it => it.scrollIntoView()")


_WIDE: Final = 'localStorage.setItem("headwater:width", "60")'
PICTURES: Final[Mapping[str, Callable[[Page, str], Awaitable[None]]]] = {
    "plan": plan,
    "waterfall": waterfall,
    "comparison": comparison,
}


async def main(names: Sequence[str]) -> None:
    wanted = {name: PICTURES[name] for name in names or PICTURES}
    FOLDER.mkdir(exist_ok=True)
    with demo() as url:
        measured(url)
        async with browsing() as browser:
            for name, show in wanted.items():
                context = await browser.new_context(
                    viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
                )
                await context.add_init_script(_WIDE)
                page = await context.new_page()
                await show(page, url)
                await page.wait_for_load_state("networkidle")
                file = FOLDER / f"{name}.png"
                taken = await page.screenshot(path=file)
                print(f"{file.relative_to(ROOT)}: {len(taken) / 1000:.0f} kB")
                if len(taken) > LARGEST:
                    raise SystemExit(f"{file} is larger than {LARGEST} bytes")
                await context.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
