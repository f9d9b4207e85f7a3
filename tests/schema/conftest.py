"""The bank of `tests.serving`: in this loop over ASGI, or on a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from gateway.schema.exchange import App
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.serving import Bank, running

SETTINGS = ServerSettings(body_limit=10_000, watch_after=0.01)


@pytest.fixture
def bank() -> Bank:
    """A gateway that nobody serves yet."""
    return Bank()


@pytest.fixture
def app(bank: Bank) -> App:
    """The gateway's ASGI app."""
    return application(bank, SETTINGS)


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to the app in this loop, without a socket."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://bank") as asked:
        yield asked


@pytest.fixture(scope="module")
def steady_port() -> Iterator[int]:
    """The port of one server for many tests, which must not change it."""
    with running(application(Bank(), SETTINGS)) as found:
        yield found


@pytest.fixture
def port(app: App) -> Iterator[int]:
    """The port of a real server of the app."""
    with running(app) as found:
        yield found
