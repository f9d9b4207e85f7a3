"""`POST /-/cache/invalidate`: takes replies out of the cache, for those who may.

In charge of who may, and of the answer. Must never answer anything but JSON.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.routing import Route

from gateway.cache.base import CacheUnavailable
from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.record import Model
from gateway.request.adapter import adapt, identify, permits
from gateway.schema.exchange import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    body_of,
    headers_of,
)
from gateway.schema.json_calls import METHOD_NOT_ALLOWED, require_json, say
from gateway.schema.serving import Serving, admit
from gateway.schema.wanted import read_wanted
from gateway.splitting import cache_of
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue

PATH = "/-/cache/invalidate"
_LARGEST_BODY = 1_000_000


def invalidation_routes(serving: Serving) -> list[Route]:
    """The call, for the gateway that serves."""
    return [Route(PATH, InvalidationEndpoint(serving))]


class InvalidationEndpoint(Model, frozen=True):
    """The ASGI app of the call."""

    serving: Serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        request_id = identify(headers)
        try:
            gone = await self._serve(scope, receive, headers)
        except ClientGoneError:
            return
        except RequestError as error:
            problem = _problem(error.message, error.hint)
            await say(send, error.status, problem, error.headers)
        except CacheUnavailable as error:
            await say(send, 503, _problem(error.message, "try again"))
        except Exception as error:  # noqa: BLE001 - a server's own 500 is not JSON
            crashed = Crashed(request_id, "invalidation", error)
            self.serving.pipeline.observe(crashed)
            await say(send, 500, _problem("Internal error.", None))
        else:
            await say(send, 200, {"invalidated": gone})

    async def _serve(
        self, scope: Scope, receive: Receive, headers: Mapping[str, str]
    ) -> int:
        """How many entries went.

        Raises:
            RequestError: the call is none, or not this caller's to make.
            CacheUnavailable: the store cannot be reached.
            ClientGoneError: nobody waits for the answer.
        """
        generation = self.serving.current
        await admit(self.serving, headers)
        _check_kind(scope["method"], headers)
        self._check_caller(generation, headers)
        body = await body_of(receive, limit=_LARGEST_BODY)
        wanted = read_wanted(body, generation.whole)
        with generation.lease:
            try:
                cache = cache_of(self.serving.pipeline.splitting, generation)
                return await cache.invalidate(tags=wanted.tags, keys=wanted.keys)
            finally:
                self.serving.pipeline.commons.in_flight.part()

    def _check_caller(self, generation: Generation, headers: Mapping[str, str]) -> None:
        admission = generation.admission
        clock = self.serving.pipeline.clock
        request = adapt(headers, admission, request_id=identify(headers), clock=clock)
        if not permits(admission.invalidation, request):
            raise RequestError(
                "This caller may not invalidate the cache.",
                status=403,
                hint="the deployment's 'cache.invalidate.when' says who may",
            )


def _check_kind(method: str, headers: Mapping[str, str]) -> None:
    """Only JSON by POST: a page of another origin cannot send it unasked."""
    if method != "POST":
        raise RequestError(
            f"The cache is invalidated by POST, not by {method[:20]}.",
            status=METHOD_NOT_ALLOWED,
        )
    require_json(headers)


def _problem(message: str, hint: str | None) -> Mapping[str, JsonValue]:
    text = message
    if hint:
        text += f" {hint[0].upper()}{hint[1:]}{'' if hint.endswith('?') else '.'}"
    return {"errors": [{"message": text}]}
