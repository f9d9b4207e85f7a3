"""The workbench and the comparison, in a real browser before a real gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.cli.listening import asgi
from tests.browser import IN_ONE_LOOP, Witness, open_explorer, type_query
from tests.explorer.looking import FILES, QUERY, loaded
from tests.serving import running

pytestmark = IN_ONE_LOOP
BASE = FILES["profiles/customer.yaml"]
LONG = 30_000
"""Milliseconds that the checker may take to start on a busy machine."""
EVIL = '<img src=x onerror="window.evil=1">'


@contextmanager
def served(folder: Path, *, dev: bool = True, **files: str) -> Iterator[str]:
    """The page of a project."""
    app = asgi(loaded(folder, files, dev=dev))
    with running(app, lifespan="on") as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a project that no test changes."""
    with served(tmp_path_factory.mktemp("bank")) as found:
        yield found


async def written(page: Page, text: str) -> None:
    """Replaces what stands in the plain editor."""
    await page.get_by_role("textbox", name="Profile customer.yaml").fill(text)


def the_file(page: Page) -> Locator:
    """Where customer.yaml is opened; steps that are drawn name the file, too."""
    return page.get_by_role("button", name="customer.yaml", exact=True)


async def opened(page: Page, url: str) -> None:
    """The workbench with customer.yaml open and judged."""
    await page.goto(f"{url}#bench")
    await page.get_by_role("button", name="customer.yaml", exact=True).click(
        timeout=LONG
    )
    steps = page.get_by_role("region", name="Steps of customer", exact=True)
    await expect(steps.locator("[data-step=risk]")).to_be_visible(timeout=LONG)


async def test_an_edit_is_judged_while_it_is_written_and_saved(
    page: Page, url: str, tmp_path: Path
) -> None:
    """Problems lead to their lines; what somebody else saved is not overwritten."""
    witness = Witness(page)
    await opened(page, url)
    await written(page, BASE.replace("source: scores", "source: scorse"))
    problem = page.get_by_label("Problems").get_by_role("button").first
    await expect(problem).to_contain_text("scorse", timeout=LONG)
    await expect(problem).to_contain_text("6:")
    await problem.press("Enter")
    editor = page.get_by_role("textbox", name="Profile customer.yaml")
    await expect(editor).to_be_focused()
    before = "e => e.value.slice(0, e.selectionStart).split('\\n').length"
    assert await editor.evaluate(before) == 6

    good = BASE.replace("/scores/", "/rates/")
    await written(page, good)
    await expect(page.get_by_text("No problems here")).to_be_visible(timeout=LONG)
    await page.get_by_role("button", name="What would change").click()
    table = page.get_by_role("table")
    await expect(table).to_contain_text("! dangerous", timeout=LONG)
    await expect(table).to_contain_text("GET /scores/{id} → GET /rates/{id}")
    await editor.press("ControlOrMeta+s")
    await expect(page.locator("#said")).to_contain_text("customer.yaml is saved")
    file = tmp_path / "profiles/customer.yaml"
    assert await asyncio.to_thread(file.read_text) == good

    # Somebody else changes it meanwhile: nothing of either is lost.
    await asyncio.to_thread(file.write_text, f"# somebody else\n{BASE}")
    await written(page, f"# mine\n{BASE}")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("changed it meanwhile")
    await expect(editor).to_have_value(f"# mine\n{BASE}")
    kept = await asyncio.to_thread(file.read_text)
    assert kept.startswith("# somebody else")
    refused = [one for one in witness.complaints if "409" not in one]
    assert (witness.foreign(url), refused) == ([], [])


async def test_in_production_it_is_read_only_and_no_file_becomes_markup(
    page: Page, tmp_path: Path
) -> None:
    """It says why; names of files, steps and sources, and messages, are texts."""
    open_to_all = FILES["headwater.yaml"].replace(
        """plan: { when: "'plans' in request.claims", inspect: "'inspects' in"""
        """ request.claims" }""",
        'plan: { when: "true", inspect: "true" }',
    )
    assert 'inspect: "true"' in open_to_all
    odd = f"language: 1\noperation: customer\nsteps:\n  - {{ name: '{EVIL}' }}\n"
    files = {"headwater.yaml": open_to_all, f"profiles/{EVIL}.yaml": odd}
    with served(tmp_path, dev=False, **files) as url:
        witness = Witness(page)
        await opened(page, url)
        await expect(page.get_by_text("read-only")).to_be_visible()
        await written(page, f"# mine\n{BASE}")
        save = page.get_by_role("button", name="Save", exact=True)
        await expect(save).to_be_disabled()
        await page.get_by_role("button", name="<img").click()
        listed = page.get_by_label("Problems").get_by_role("button")
        await expect(listed.first).to_be_visible(timeout=LONG)
        assert await page.evaluate("window.evil") is None
        await expect(page.locator("#panel-bench img")).to_have_count(0)
        assert witness.complaints == []


async def test_whoever_may_not_look_is_told_which_key_opens_it(
    page: Page, tmp_path: Path
) -> None:
    """In the panel itself."""
    with served(tmp_path, dev=False) as url:
        await page.goto(f"{url}#bench")
        panel = page.get_by_role("tabpanel", name="Workbench")
        await expect(panel).to_contain_text("plan.when")


@pytest.mark.usefixtures("built")
async def test_the_editor_that_npm_builds_completes_and_marks(
    page: Page, unchanged: str
) -> None:
    """By the same schema, and with the same problems as the plain field."""
    witness = Witness(page)
    await page.goto(f"{unchanged}#bench")
    await page.get_by_role("button", name="customer.yaml", exact=True).click(
        timeout=LONG
    )
    editor = page.get_by_role("textbox", name="Profile customer.yaml")
    await editor.click()
    await page.keyboard.press("ControlOrMeta+End")
    await page.keyboard.type("  - { name: x, tim")
    option = page.get_by_role("option", name="timeout", exact=True)
    await expect(option).to_be_visible()
    await page.keyboard.press("Escape")
    listed = page.get_by_label("Problems").get_by_role("button")
    await expect(listed.first).to_be_visible(timeout=LONG)
    await expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
    assert (witness.foreign(unchanged), witness.complaints) == ([], [])


async def asked(page: Page, query: str) -> None:
    """Types a query into GraphiQL, which the panels then speak of."""
    await page.evaluate("location.hash = '#plan'")
    await type_query(page, query)


async def test_two_audiences_stand_side_by_side(page: Page, unchanged: str) -> None:
    """What differs says so by a sign and words, in the drawing and below."""
    await open_explorer(page, unchanged)
    await asked(page, QUERY)
    await page.evaluate("location.hash = '#compare'")
    panel = page.get_by_role("tabpanel", name="Compare")
    await panel.get_by_text("Right: as someone else").click()
    await panel.get_by_label("Tenant").last.fill("acme")
    await panel.get_by_role("button", name="Compare").press("Enter")
    await expect(panel.get_by_role("heading", level=2)).to_have_text("Differences: 6")
    right = panel.get_by_role("region", name="Right plan", exact=True)
    added = right.locator("[data-step='customer.audit']").first
    await expect(added).to_contain_text("+ only on the right")
    changed = panel.get_by_role("row").filter(has_text="timeout")
    await expect(changed).to_contain_text("± changed")
    await expect(changed).to_contain_text("700ms")


async def test_the_query_is_planned_under_the_edit(page: Page, unchanged: str) -> None:
    """For whomever, before anything is saved."""
    await open_explorer(page, unchanged)
    await asked(page, QUERY)
    await page.evaluate("location.hash = '#bench'")
    await page.get_by_role("button", name="customer.yaml", exact=True).click(
        timeout=LONG
    )
    await written(page, BASE.replace("name: risk,", "name: rating,"))
    await page.get_by_text("Dry run as someone else").click()
    bench = page.get_by_role("tabpanel", name="Workbench")
    await bench.get_by_label("Tenant").fill("other")
    await page.get_by_role("button", name="Dry run of the query").click()
    plan = page.get_by_role("region", name="Plan under these edits")
    step = plan.locator("[data-step='customer.rating']")
    await expect(step).to_be_visible(timeout=LONG)


async def test_what_may_stand_at_a_place_is_by_the_schema(
    page: Page, unchanged: str
) -> None:
    """Keys of the file, of a step however it is written, and words of a key."""
    await page.goto(unchanged)
    offered = """async ([address, text]) => {
      const { optionsAt } = await import(address);
      const schema = await (await fetch("explorer/profile.schema.json")).json();
      return optionsAt(schema, text).map((one) => one.label);
    }"""
    source = await page.locator("script[src*='app/main.js']").get_attribute("src")
    assert source is not None
    address = source.replace("main.js", "completing.js")

    async def at(text: str) -> set[str]:
        found = await page.evaluate(offered, [address, text])
        return {*map(str, found)}

    top = await at("language: 1\nst")
    assert {"operation", "steps", "extends", "match"} <= top
    begun = "language: 1\noperation: a\nsteps:\n"
    for text in ("  - na", "  - name: x\n    ti", "  - { name: x, ti", "- na"):
        assert {"name", "timeout", "retry", "cache"} <= await at(begun + text), text
    cache = await at(f"{begun}  - name: x\n    cache:\n      t")
    assert {"ttl", "scope"} <= cache
    assert "operation" not in cache
    assert await at(f"{begun}  - {{ name: x, role: ") == {"required", "optional"}
