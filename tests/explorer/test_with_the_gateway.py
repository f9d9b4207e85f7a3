"""The explorer in front of a real gateway with a real profile, in a real browser."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from gateway.app import build_gateway
from gateway.explorer.routes import routes
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import unobserved
from tests.browser import IN_ONE_LOOP, explorer_smoke, type_below, type_query
from tests.serving import running

pytestmark = IN_ONE_LOOP
SDL = """
type Query { customer(id: ID!): Customer }
"Everything about one customer."
type Customer { id: ID! name: String }
"""
PROFILE = """
language: 1
operation: customer
steps:
  - { name: body, type: value, value: { id: "${ id }", name: Ada Lovelace } }
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A project of one operation, served with the explorer on a real port."""
    for folder, file, text in (
        ("profiles", "customer.yaml", PROFILE),
        ("schema", "customer.graphql", SDL),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text(text)
    config = tmp_path / "headwater.yaml"
    config.write_text("profiles: ./profiles\nschema: ./schema\n")
    gateway = build_gateway([config], os.environ, observe=unobserved, dev=True)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with gateway.serving():
            yield

    app = application(gateway, ServerSettings(), routes=routes(), lifespan=lifespan)
    with running(app) as port:
        yield f"http://127.0.0.1:{port}/"


async def test_a_profile_is_explored(page: Page, url: str) -> None:
    """Typed, run, answered, documented; nothing leaves the origin."""
    await explorer_smoke(
        page, url, '{ customer(id: "42") { id name } }', '"name": "Ada Lovelace"'
    )


async def test_the_plan_is_one_header_away(page: Page, url: str) -> None:
    """As the welcome text of the editor says."""
    await page.goto(url)
    await type_query(page, '{ customer(id: "42") { id } }')
    await type_below(page, "Headers", '{"headwater-plan": "include"}')
    await page.keyboard.press("ControlOrMeta+Enter")
    answer = page.locator(".graphiql-response .result-window")
    await expect(answer).to_contain_text('"critical_path"')
