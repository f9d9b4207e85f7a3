"""The explorer in front of a real gateway with a real profile, in a real browser."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from gateway.telemetry.events import unobserved
from tests.browser import (
    IN_ONE_LOOP,
    Witness,
    explorer_smoke,
    open_explorer,
    type_below,
    type_query,
)
from tests.serving import running

pytestmark = IN_ONE_LOOP
SDL = """
type Query { customer(id: ID!): Customer }
type Subscription { paid(account: ID!): Payment }
type Payment { id: ID! amount: Int }
"Everything about one customer."
type Customer { id: ID! name: String }
"""
PROFILE = """
language: 1
operation: customer
steps:
  - { name: body, type: value, value: { id: "${ id }", name: Ada Lovelace } }
"""
PAID = """
language: 1
operation: paid
kind: subscription
steps:
  - { name: payment, type: stream, source: payments, channel: "${ account }" }
"""
DEPLOYMENT = """
profiles: ./profiles
schema: ./schema
auth: { trust_headers: true }
sources:
  default: { url: "http://upstream.invalid" }
  payments: { type: webhook, verify: none, channel: body.account }
"""
PAY = "subscription Pay($to: ID!) { paid(account: $to) { amount } }"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A project of one operation, served with the explorer on a real port."""
    for folder, file, text in (
        ("profiles", "customer.yaml", PROFILE),
        ("profiles", "paid.yaml", PAID),
        ("schema", "customer.graphql", SDL),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / file).write_text(text)
    config = tmp_path / "headwater.yaml"
    config.write_text(DEPLOYMENT)
    gateway = build_gateway([config], os.environ, observe=unobserved, dev=True)
    with running(asgi(gateway)) as port:
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


async def _paid(url: str, amount: int) -> None:
    """A delivery to whoever listens."""
    async with httpx.AsyncClient() as client:
        body = {"account": "42", "id": "p", "amount": amount}
        said = await client.post(f"{url}webhooks/payments", json=body)
        assert said.status_code == 202


async def _listening(url: str, number: int) -> None:
    """Until the gateway has so many subscriptions."""
    async with httpx.AsyncClient() as client, asyncio.timeout(30):
        while True:
            page = await client.get(f"{url}metrics")
            if f"headwater_subscriptions {number}.0" in page.text:
                return


async def test_a_subscription_shows_each_event_until_it_is_stopped(
    page: Page, url: str
) -> None:
    """Over this origin alone, with the headers and variables of the editors."""
    witness = Witness(page)
    answer = page.locator(".graphiql-response .result-window")
    await open_explorer(page, url)
    await type_query(page, PAY)
    await type_below(page, "Variables", '{"to": "42"}')
    await type_below(page, "Headers", '{"headwater-plan": "include"}')
    await page.keyboard.press("ControlOrMeta+Enter")
    await _listening(url, 1)
    await _paid(url, 10)
    await expect(answer).to_contain_text('"amount": 10')
    await expect(answer).to_contain_text('"critical_path"')
    await _paid(url, 20)
    await expect(answer).to_contain_text('"amount": 20')
    await page.get_by_role("button", name="Stop query").click()
    await _listening(url, 0)
    assert (witness.foreign(url), witness.complaints) == ([], [])


async def test_a_subscription_that_cannot_be_is_told_why(page: Page, url: str) -> None:
    """The last word of the gateway stands there, and the button runs again."""
    headers = {"x-claims": json.dumps({"sub": "ada", "exp": 1})}
    await open_explorer(page, url)
    await type_query(page, 'subscription { paid(account: "42") { amount } }')
    await type_below(page, "Headers", json.dumps(headers))
    await page.keyboard.press("ControlOrMeta+Enter")
    answer = page.locator(".graphiql-response .result-window")
    await expect(answer).to_contain_text('"code": "UNAUTHENTICATED"')
    await page.get_by_role("button", name="Execute query").wait_for()
