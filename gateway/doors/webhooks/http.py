"""`POST /webhooks/NAME`: a delivery for the source of this name.

In charge of what is refused before a source looks at it, and of the answer. Must never
say more to a stranger than that he was refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.routing import BaseRoute, Route

from gateway.connectors.webhooks.source import FORM, WebhookSource
from gateway.errors import RequestError
from gateway.record import Model
from gateway.request.adapter import identify
from gateway.schema.exchange import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    body_of,
    headers_of,
    respond,
)
from gateway.schema.negotiation import is_json
from gateway.schema.serving import Serving
from gateway.telemetry.events import Crashed
from gateway.telemetry.listening import DeliveryRefused
from gateway.values import JsonValue

_ACCEPTED, _NOT_FOUND, _METHOD, _TOO_LARGE, _TYPE = 202, 404, 405, 413, 415
_HEADERS = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def routes(serving: Serving) -> list[BaseRoute]:
    """The way in, whichever sources the current generation has."""
    return [Route("/webhooks/{source}", WebhookEndpoint(serving))]


class WebhookEndpoint(Model, frozen=True):
    """The ASGI app of the path."""

    serving: Serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        name: str = scope["path_params"]["source"]
        try:
            await self._take(name, scope["method"], headers, receive)
        except ClientGoneError:
            return
        except RequestError as error:
            await _say(send, error.status, {"errors": [{"message": error.message}]})
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            crashed = Crashed(identify(headers), "webhooks", error)
            self.serving.pipeline.observe(crashed)
            await _say(send, 500, {"errors": [{"message": "Internal error."}]})
        else:
            await _say(send, _ACCEPTED, {})

    async def _take(
        self, name: str, method: str, headers: Mapping[str, str], receive: Receive
    ) -> None:
        """Hand a delivery to its source.

        Raises:
            RequestError: it is none, or not to be believed.
            ClientGoneError: its sender went before it was complete.
        """
        limit, pipeline = self._source(name).body_limit, self.serving.pipeline
        try:
            _check(method, headers)
            content = await body_of(receive, limit=limit)
            # By the generation that serves now: none is held while a sender dawdles.
            wall = pipeline.clock.wall().timestamp()
            is_new = self._source(name).take(headers, content, wall)
        except RequestError as error:
            pipeline.live.deliveries[name, "refused"] += 1
            pipeline.observe(DeliveryRefused(name, error.status, error.message))
            raise
        pipeline.live.deliveries[name, "told" if is_new else "again"] += 1

    def _source(self, name: str) -> WebhookSource:
        upstream = self.serving.current.upstreams.get(name)
        if upstream is None or not isinstance(upstream.source, WebhookSource):
            raise RequestError("Nothing is delivered here.", status=_NOT_FOUND)
        return upstream.source


def _check(method: str, headers: Mapping[str, str]) -> None:
    """Refuse what is no delivery, before a byte of the body is read."""
    if method != "POST":
        raise RequestError("Deliveries come by POST.", status=_METHOD)
    kind = headers.get("content-type", "")
    if not is_json(kind) and kind.partition(";")[0].strip().lower() != FORM:
        message = "The body is neither application/json nor a form."
        raise RequestError(message, status=_TYPE)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestError("Compressed bodies are not read.", status=_TYPE)


async def _say(send: Send, status: int, content: Mapping[str, JsonValue]) -> None:
    headers = [*_HEADERS]
    if status == _METHOD:
        headers.append((b"allow", b"POST"))
    if status == _TOO_LARGE:
        headers.append((b"connection", b"close"))
    await respond(send, status, headers, orjson.dumps(content))
