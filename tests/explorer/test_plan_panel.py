"""The panel Plan: what stands in the editor is drawn as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, Route, expect

from gateway.drawing.drawn import drawing_of
from tests.browser import IN_ONE_LOOP, Witness, open_explorer, type_below, type_query
from tests.explorer.project import MARKUP, served

if TYPE_CHECKING:
    from tests.explorer.conftest import Served

pytestmark = IN_ONE_LOOP
QUERY = '{ customer(id: "42") { name rating } }'
BODY, RATING = '[data-step="customer.body"]', '[data-step="customer.rating"]'


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path) as address:
        yield address


def panel(page: Page):
    return page.get_by_role("tabpanel", name="Plan")


async def test_a_query_is_drawn_as_it_is_typed_and_a_step_tells_all(
    page: Page, url: str
) -> None:
    """By pointer and by key; what was written as markup stands there as text."""
    witness = Witness(page)
    await open_explorer(page, f"{url}#plan")
    await expect(panel(page)).to_contain_text("Type a query")
    await type_query(page, QUERY)
    await page.locator(RATING).wait_for()
    await page.locator(BODY).focus()
    await page.keyboard.press("Enter")
    details = panel(page).locator(".details")
    await expect(details).to_contain_text("profiles/customer.yaml:5")
    await expect(details.locator("pre")).to_contain_text(f"# {MARKUP}")
    await page.locator(RATING).click()
    await expect(details.locator("h2")).to_have_text("customer.rating")
    await expect(page.locator("#panels img, #panels script")).to_have_count(0)
    assert (witness.foreign(url), witness.complaints) == ([], [])


async def test_what_is_wrong_with_a_query_is_said_with_its_place(
    page: Page, url: str
) -> None:
    """The drawing of before fades; the next good query is drawn again."""
    await open_explorer(page, f"{url}#plan")
    await type_query(page, QUERY)
    await page.locator(BODY).wait_for()
    await type_query(page, '{ customer(id: "42") { nme } }')
    await expect(panel(page).locator(".problems")).to_have_text(
        "Cannot query field 'nme' on type 'Customer'. Did you mean 'name'? "
        "(line 1, column 24)"
    )
    await expect(panel(page).locator(".canvas")).to_have_class("canvas old")
    await type_query(page, QUERY)
    await expect(panel(page).locator(".canvas")).to_have_class("canvas")


async def test_variables_that_are_being_typed_are_no_question(
    page: Page, url: str
) -> None:
    """The gateway is not asked what a parser in the page can tell."""
    await open_explorer(page, f"{url}#plan")
    await type_query(page, "query One($id: ID!) { customer(id: $id) { id } }")
    await type_below(page, "Variables", '{"id": ')
    await expect(panel(page)).to_contain_text("The variables are no JSON yet.")
    await page.keyboard.insert_text('"42"}')
    await page.locator(BODY).wait_for()


async def test_a_plan_as_somebody_else_is_asked_for_by_who_he_is(
    page: Page, url: str
) -> None:
    """What cannot be read is said; what can is sent as it was typed."""
    await open_explorer(page, f"{url}#plan")
    await type_query(page, QUERY)
    await page.get_by_text("As someone else").click()
    await page.get_by_label("Claims, JSON").fill('{"roles": ')
    await expect(panel(page)).to_contain_text("Claims are no JSON object yet.")
    await page.get_by_label("Claims, JSON").fill('{"roles": ["staff"]}')
    async with page.expect_request("**/explorer/plan") as asked:
        await page.get_by_label("Tenant").fill("acme")
    request = await asked.value
    assert request.post_data_json["as"] == {
        "tenant": "acme",
        "claims": {"roles": ["staff"]},
    }


async def test_a_caller_who_may_not_see_plans_reads_why(
    page: Page, tmp_path: Path
) -> None:
    """The panel is closed in production until the deployment opens it."""
    with served(tmp_path, dev=False) as url:
        await open_explorer(page, f"{url}#plan")
        await type_query(page, QUERY)
        await expect(panel(page)).to_contain_text("Plans are not shown to this caller")


async def test_only_the_last_question_counts(page: Page, server: Served) -> None:
    """An answer that comes after a later question is thrown away."""
    held: list[Route] = []

    async def answered(route: Route) -> None:
        if "first" in (route.request.post_data or ""):
            return held.append(route)
        drawing = drawing_of({"steps": [step_of("second")]})
        await route.fulfill(json={"drawing": drawing, "plan": {}, "steps": {}})
        return None

    await page.route("**/explorer/plan", answered)
    await open_explorer(page, f"{server.url}#plan")
    async with page.expect_request("**/explorer/plan"):
        await type_query(page, "{ first }")
    await type_query(page, "{ second }")
    await page.locator('[data-step="second"]').wait_for()
    assert len(held) == 1
    await expect(panel(page).locator("[data-step]")).to_have_count(1)


async def test_a_gateway_out_of_reach_is_told_and_found_again(
    page: Page, server: Served
) -> None:
    """What was typed stays; the next key asks again."""
    await page.route("**/explorer/plan", lambda route: route.abort())
    await open_explorer(page, f"{server.url}#plan")
    await type_query(page, "{ customer }")
    await expect(panel(page)).to_contain_text("The gateway does not answer at")
    await page.unroute("**/explorer/plan")
    await type_query(page, "{ customer { id } }")
    await expect(panel(page)).to_contain_text("not available here")


async def test_two_hundred_steps_are_walked_zoomed_and_fitted_by_key(
    page: Page, server: Served
) -> None:
    """One stop for the Tab key; arrows, Home and End go from step to step."""
    steps = [step_of(f"s{n}", f"s{n // 3}" if n else None) for n in range(200)]
    plan = {"steps": steps}
    found = {"drawing": drawing_of(plan), "plan": plan, "steps": {}}

    async def answered(route: Route) -> None:
        await route.fulfill(body=json.dumps(found), content_type="application/json")

    await page.route("**/explorer/plan", answered)
    await open_explorer(page, f"{server.url}#plan")
    await type_query(page, "{ customer }")
    drawn = panel(page).locator("[data-step]")
    await expect(drawn).to_have_count(200)
    await expect(panel(page).locator('[data-step][tabindex="0"]')).to_have_count(1)
    svg = panel(page).locator(".view > svg")
    fitted = await svg.get_attribute("width")
    await panel(page).locator('[data-step][tabindex="0"]').focus()
    await page.keyboard.press("End")
    await expect(drawn.last).to_be_focused()
    await page.keyboard.press("+")
    assert float(await svg.get_attribute("width") or 0) > float(fitted or 0)
    await page.keyboard.press("0")
    await expect(svg).to_have_attribute("width", fitted or "")


def step_of(name: str, after: str | None = None) -> dict[str, object]:
    """A planned step as `extensions.plan` has it."""
    return {
        "id": name,
        "step": name,
        "type": "api",
        "source": "one",
        "role": "optional",
        "depends_on": [after] if after else [],
        "status": "planned",
        "fields": [],
    }
