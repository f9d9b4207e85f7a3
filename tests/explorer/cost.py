"""What the page costs a reader: ``python -m tests.explorer.cost``.

CPU of the page's own process, in seconds, from nothing until a query can be typed and
the page asks for nothing more: a new browser each time, the demo behind it. What the
browser shows besides, in processes of its own, is not the page's. The aim is 1.5 s.
"""

from __future__ import annotations

import asyncio
import statistics
from typing import Final

from playwright.async_api import Browser

from gateway.explorer.building import fits
from tests.browser import open_explorer
from tests.explorer.staged import browsing, demo

TIMES: Final = 5
AIM: Final = 1.5


async def main() -> None:
    print("GraphiQL:", "built by npm" if fits() else "of PyPI's package")
    with demo() as url:
        for panel in ("", "#plan"):
            spent = []
            for _ in range(TIMES):
                async with browsing() as browser:
                    spent.append(await opened(browser, f"{url}{panel}"))
            median = statistics.median(spent)
            best = min(spent)
            print(f"/{panel:8} {median:.2f} s CPU (best {best:.2f}; aim {AIM})")


async def opened(browser: Browser, url: str) -> float:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await open_explorer(page, url)
    await page.wait_for_load_state("networkidle")
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    told = await session.send("Performance.getMetrics")
    return next(m["value"] for m in told["metrics"] if m["name"] == "ProcessTime")


if __name__ == "__main__":
    asyncio.run(main())
