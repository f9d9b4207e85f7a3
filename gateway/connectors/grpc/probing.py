"""A gRPC system tried without calling any of its rpcs.

In charge of connecting, and of asking by reflection for what the steps call and no file
describes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import grpc

from gateway.connectors.grpc.channel import Channel
from gateway.connectors.grpc.learning import Learning
from gateway.connectors.grpc.sending import Metadata
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.probing import Probed
from gateway.errors import ErrorClass, UpstreamError

_SECONDS = 5.0


async def probed(
    channel: Channel,
    learning: Learning,
    targets: Mapping[str, object],
    metadata: Metadata = (),
) -> Probed:
    """What was seen; a step whose rpc the server does not have fails by its name.

    ``metadata`` goes with every question.

    Raises:
        UpstreamError: connect, where there is nobody.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            await channel.open().channel_ready()
    except TimeoutError:
        why = "The source cannot be reached."
        raise UpstreamError(why, kind=ErrorClass.CONNECT) from None
    failures: dict[str, str] = {}
    for name, target in targets.items():
        if isinstance(target, GrpcTarget) and target.method is None:
            try:
                await learning.method(target, metadata, _SECONDS)
            except UpstreamError as error:
                failures[name] = error.message
            except grpc.RpcError as error:
                failures[name] = f"It answered with status {error.code().name}."
    return Probed("connected", failures)
