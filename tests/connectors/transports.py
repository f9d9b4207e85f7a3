"""Every transport there is: each passes the whole suite against the hostile upstream.

To add one: a function from settings and base URL to the transport, in `TRANSPORTS`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.connectors import rest
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import Transport
from gateway.connectors.transport.lean import Keeping, LeanTransport
from gateway.connectors.transport.over_httpx import HttpxTransport


def over_httpx(settings: RestSettings, base: str) -> Transport:
    return HttpxTransport(base, connections=settings.connections, tls=settings.tls)


def lean(settings: RestSettings, base: str) -> Transport:
    return LeanTransport(base, Keeping(settings.connections), tls=settings.tls)


TRANSPORTS: dict[str, Callable[[RestSettings, str], Transport]] = {
    "httpx": over_httpx,
    "lean": lean,
}


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the transport that REST sources use in this test."""
    name = str(request.param)
    monkeypatch.setattr(rest, "open_transport", TRANSPORTS[name])
    return name
