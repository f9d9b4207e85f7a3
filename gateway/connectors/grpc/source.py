"""gRPC at run time: one channel to one system, and the calls on it.

In charge of a call with its deadline, and of what became of it. Descriptors that no
file gave are asked for at the first call. Must never retry, and never show metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import grpc
import grpc.aio

from gateway.connectors.acceptance import invalid
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.credentials.opening import open_authorizer
from gateway.connectors.grpc.channel import Channel
from gateway.connectors.grpc.codes import CODES, failure
from gateway.connectors.grpc.descriptors import Method
from gateway.connectors.grpc.learning import Learning
from gateway.connectors.grpc.marking import has_begun, has_ended
from gateway.connectors.grpc.probing import probed
from gateway.connectors.grpc.proving import Proving
from gateway.connectors.grpc.reading import Names
from gateway.connectors.grpc.sending import (
    Metadata,
    Sent,
    key_of,
    metadata_of,
    passed,
    rendered,
)
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.masking import masked, masked_headers
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import filled
from gateway.connectors.running import Running
from gateway.connectors.settings import GrpcSettings
from gateway.connectors.unsaid import without_inputs
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue

_OWN_LIMIT = "CLIENT: Received message larger than max"
"""What gRPC says here of an answer that it did not take; a server may refuse too."""
TIME_LEFT = "grpc-timeout"
"""Under this name the engine says how many milliseconds are left of an attempt."""


class GrpcSource:
    """One gRPC system at run time. Nothing is connected before the first call."""

    def __init__(self, settings: GrpcSettings) -> None:
        self._settings = settings
        self._names = Names.PROTO if settings.snake else Names.JSON
        self._channel = Channel(settings)
        self._learning = Learning(self._channel)
        self._proving = _proving(settings)
        self._running = Running()

    def render(self, call: Call[GrpcTarget]) -> Wire:
        made = rendered(call, self._reads)
        shown = (self._settings.target, self._settings.secure, self._names.value)
        return Wire((shown, *key_of(call.target, made)), made)

    async def call(self, call: Call[GrpcTarget]) -> Reply:
        wire = call.wire or self.render(call)
        made = cast("Sent", wire.request)
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    return await self._proven(call, made)
            except TimeoutError:
                raise failure("DEADLINE_EXCEEDED", None) from None
            except grpc.RpcError as error:
                return self._failed(call, error)
            except (grpc.aio.UsageError, grpc.aio.InternalError) as error:
                why = "The connection to the source was closed."
                detail = type(error).__name__
                raise UpstreamError(why, kind=ErrorClass.RESET, detail=detail) from None

    @property
    def _reads(self) -> str | None:
        """The caller's header that the proof is made of."""
        return None if self._proving is None else self._proving.reads

    async def _proven(self, call: Call[GrpcTarget], made: Sent) -> Reply:
        if self._proving is None:
            return await self._answer(call, made)
        return await self._proving.answer(
            call.target.path,
            made,
            lambda metadata: self._answer(call, made._replace(metadata=metadata)),
        )

    async def _answer(self, call: Call[GrpcTarget], made: Sent) -> Reply:
        target, method = call.target, call.target.method
        if method is None:
            left = _left(call)
            method = await self._learning.method(target, made.metadata, left)
        content = made.content
        if content is None:
            content = method.write(made.message)
        passing = {k: v for k, v in call.passing.items() if k != TIME_LEFT}
        metadata = made.metadata
        if passing:
            own = [(name, value) for name, value in metadata if name not in passing]
            metadata = (*own, *metadata_of({}, passing))
        ask = self._stream if method.gives_stream else self._unary
        return await ask(method, content, metadata, call)

    async def _unary(
        self, method: Method, content: bytes, metadata: Any, call: Call[GrpcTarget]
    ) -> Reply:
        ask = self._channel.open().unary_unary(method.path)
        asked = ask(content, timeout=_left(call), metadata=metadata)
        try:
            came = await asked
        finally:
            asked.cancel()  # one that has ended does not mind
        has_begun()
        has_ended(0)
        return Reply(method.reader(self._names)(came), size=len(came))

    async def _stream(
        self, method: Method, content: bytes, metadata: Any, call: Call[GrpcTarget]
    ) -> Reply:
        """All messages of a stream as a list, as many as are allowed."""
        ask = self._channel.open().unary_stream(method.path)
        asked = ask(content, timeout=_left(call), metadata=metadata)
        read, most = method.reader(self._names), call.target.most
        rows: list[object] = []
        size = 0
        try:
            while (came := await asked.read()) is not grpc.aio.EOF:
                if not rows:
                    has_begun()
                size += len(came)
                if len(rows) == most:
                    raise invalid(f"The source sends more than {most} messages.")
                if size > self._settings.response_limit:
                    raise _too_large(self._settings.response_limit)
                rows.append(read(came))
        except grpc.RpcError as error:
            if not rows:
                raise
            # A call of which something came is never one to repeat with other proof.
            return self._failed(call, error)
        finally:
            asked.cancel()
        has_ended(0)
        return Reply(rows, size=size)

    def _failed(self, call: Call[GrpcTarget], error: grpc.RpcError) -> Reply:
        """A status that is an answer.

        Raises:
            UpstreamError: it is none.
        """
        target, name, said = call.target, error.code().name, error.details() or ""
        has_ended(CODES[name])
        if name in target.accepts:
            return Reply(None, CODES[name])
        if name == "UNIMPLEMENTED":
            self._learning.forget(target.service)
        if name == "RESOURCE_EXHAUSTED" and _OWN_LIMIT in said:
            raise _too_large(self._settings.response_limit)
        if name == "UNAVAILABLE":
            trouble = self._channel.trouble(said)
            if trouble is not None:
                raise UpstreamError(
                    "The source cannot be reached."
                    if trouble is ErrorClass.CONNECT
                    else "The source closed the connection.",
                    kind=trouble,
                    detail=_plain(said, call),
                )
        raise failure(name, _plain(said, call))

    def describe(self, call: Call[GrpcTarget]) -> Mapping[str, JsonValue]:
        headers = passed(call.headers, self._reads)
        made = metadata_of(headers, filled(call.target.metadata, call.inputs))
        shown = {name: str(value) for name, value in made}
        return {
            "rpc": call.target.path,
            "metadata": masked_headers(shown),
            "message": cast(
                "JsonValue", masked(filled(call.target.message, call.inputs))
            ),
        }

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Connect, and ask by reflection for what no file describes; no rpc is called.

        Raises:
            UpstreamError: it cannot be reached.
        """
        with self._running:
            said: str | None = None
            metadata: Metadata = ()
            if self._proving is not None:
                said, metadata = await self._proving.probe()
            found = await probed(self._channel, self._learning, targets, metadata)
        words = ", ".join(filter(None, (found.said, said)))
        return Probed(words, found.failures)

    async def close(self) -> None:
        await self._running.ended()
        if self._proving is not None:
            await self._proving.close()
        await self._channel.close()


def _proving(settings: GrpcSettings) -> Proving | None:
    if settings.auth is None:
        return None
    scheme = "https" if settings.secure else "http"
    return Proving(open_authorizer(settings.auth, f"{scheme}://{settings.target}"))


def _plain(said: str, call: Call[GrpcTarget]) -> str:
    """The server's own words without what it was sent; names of the API may stay."""
    sent = call.inputs, call.headers, filled(call.target.metadata, call.inputs)
    return without_inputs(said, sent, call.target.path.strip("/").split("/"))


def _too_large(limit: int) -> UpstreamError:
    return invalid(f"The source's answer is larger than {limit} bytes.")


def _left(call: Call[GrpcTarget]) -> float:
    """Seconds that are left of the attempt, as the server is told."""
    left = call.deadline.at - asyncio.get_running_loop().time()
    told = call.passing.get(TIME_LEFT)
    if told is not None:
        left = min(left, int(told) / 1000)
    return max(left, 0.001)
