"""Boxes of a drawing in a real browser: what is written in one stays in it."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

from gateway import drawing
from gateway.drawing.drawn import drawn
from tests.browser import IN_ONE_LOOP

pytestmark = IN_ONE_LOOP
CSS = (Path(drawing.__file__).parent / "drawing.css").read_text("utf-8")
OVER = """() => [...document.querySelectorAll(".hw-step")].flatMap((step) => {
  const { right } = step.querySelector(".hw-outline").getBoundingClientRect();
  return [...step.querySelectorAll("text")]
    .filter((text) => text.getBoundingClientRect().right > right)
    .map((text) => text.textContent);
})"""


def _step(name: str, **more: object) -> dict[str, object]:
    return {"id": f"o.{name}", "type": "api", "source": "transactionsOfAll", **more}


async def test_words_end_where_their_box_does(page: Page) -> None:
    """In the wide font of this machine too; a longer one ends in an ellipsis."""
    plan = {
        "steps": [
            _step("transactionsOfTheCustomer", parents="TransactionsOfCustomers"),
            _step("m", status="failed", code="UPSTREAM_UNREACHABLE", elapsed_ms=40),
            _step("WWW", status="failed", code="A_CODE_OF_SOMEBODY_S_OWN"),
            _step("q", status="skipped", reason="condition_false"),
        ]
    }
    svg = str(drawn(plan).drawing)
    await page.set_content(f"<style>{CSS}</style>{svg}")
    assert await page.locator(".hw-step").count() == len(plan["steps"])
    assert await page.evaluate(OVER) == []
