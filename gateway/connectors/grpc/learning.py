"""What a server said of itself, kept until it turns out to be old.

In charge of asking once for many callers, and again after a failure. Must never keep a
caller longer than its own time.
"""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.connectors.acceptance import invalid
from gateway.connectors.grpc.channel import Channel
from gateway.connectors.grpc.descriptors import Descriptors, Method
from gateway.connectors.grpc.reflection import Asking
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.rendering import rejected
from gateway.errors import did_you_mean


class Learning:
    """Descriptors by service, as the server told them.

    Whoever comes first asks with its own time and credentials; the others wait for it,
    and one of them asks again where that failed.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._known: dict[str, Descriptors] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def forget(self, service: str) -> None:
        """The server is not what it was: ask again."""
        self._known.pop(service, None)

    async def method(self, target: GrpcTarget, metadata: Any, seconds: float) -> Method:
        """The rpc that a step calls, as the server has it.

        Raises:
            UpstreamError: there is none that the step could call.
            grpc.RpcError: the server cannot be asked.
        """
        found = self._known.get(target.service)
        if found is None:
            lock = self._asking.setdefault(target.service, asyncio.Lock())
            async with lock:
                found = self._known.get(target.service)
                if found is None:
                    asking = Asking(self._channel.open(), metadata, seconds)
                    found = await asking.describe(target.service)
                    self._known[target.service] = found
        method = found.method(target.service, target.rpc)
        if method is None:
            self.forget(target.service)
            raise _no_rpc(found, target)
        if method.takes_stream:
            raise rejected(f"{target.rpc!r} takes a stream, and a step sends one.")
        return method


def _no_rpc(found: Descriptors, target: GrpcTarget) -> Exception:
    rpcs = found.rpcs(target.service) if target.service in found.services else ()
    near = did_you_mean(target.rpc, rpcs) or f"it has: {', '.join(rpcs)}"
    return invalid(f"The source has no rpc {target.rpc!r}.", detail=near)
