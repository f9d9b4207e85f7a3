"""An HTTP source tried out: a handshake, a token, its `health` path where it has one.

Must never ask for anything that the deployment did not name for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.connectors.credentials.proving import Proving
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import Transport
from gateway.errors import ErrorClass, UpstreamError

if TYPE_CHECKING:
    from gateway.connectors.settings import RestSettings

_FAILURES = 400
_HEADERS: Mapping[str, str] = {"accept": "*/*", "user-agent": "headwater"}


async def probed(
    transport: Transport, proving: Proving | None, settings: RestSettings
) -> Probed:
    """What works, in words.

    Raises:
        UpstreamError: it cannot be reached, gives no token, or answers its health path
            with a failure.
    """
    said = []
    reach = getattr(transport, "reach", None)
    if reach is not None:
        said.append(await reach())
    said += _over(settings)
    proof = None if proving is None else await proving.probe()
    if proof is not None:
        said.append(proof)
    if settings.health is not None:
        said.append(await _health(transport, proving, settings))
    return Probed(", ".join(said) or "nothing to try")


def _over(settings: RestSettings) -> list[str]:
    """Who speaks with it and why, where it is not our own HTTP/1.1."""
    route = settings.route
    named = {"socket": route.socket, "proxy": route.proxy, "http2": route.http2}
    why = [name for name, value in named.items() if value]
    if settings.transport == "httpx":
        why = ["transport", *why]
    return [f"over httpx for {', '.join(why)}"] if why else []


async def _health(
    transport: Transport, proving: Proving | None, settings: RestSettings
) -> str:
    request = Request("GET", settings.health or "/", _HEADERS)
    limit = settings.response_limit
    if proving is None or proving.reads is not None:  # nobody to ask in the name of
        reply = await transport.send(request, limit)
    else:
        reply = await proving.sent(request, transport, limit)
    if reply.status >= _FAILURES:
        message = "The health path does not answer well."
        detail = f"{settings.health} answered {reply.status}"
        raise UpstreamError(
            message, kind=ErrorClass.STATUS, status=reply.status, detail=detail
        )
    return f"{settings.health} {reply.status}"
