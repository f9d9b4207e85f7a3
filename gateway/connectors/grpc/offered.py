"""A gRPC server asked for everything that it offers, once, for an import.

In charge of the one conversation. Must never show what was sent with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import grpc

from gateway.connectors.grpc.channel import Channel
from gateway.connectors.grpc.descriptors import Descriptors
from gateway.connectors.grpc.reflection import Asking
from gateway.connectors.settings import GrpcSettings
from gateway.errors import UpstreamError


class AskError(Exception):
    """It did not tell; the text says why."""


def asked(
    settings: GrpcSettings, metadata: Mapping[str, str], seconds: float
) -> Descriptors:
    """The descriptors of all services of a server.

    Raises:
        AskError: it cannot be reached, or does not describe itself.
    """
    return asyncio.run(_ask(settings, metadata, seconds))


async def _ask(
    settings: GrpcSettings, metadata: Mapping[str, str], seconds: float
) -> Descriptors:
    channel = Channel(settings)
    try:
        asking = Asking(channel.open(), tuple(metadata.items()), seconds)
        names = await asking.services()
        if not names:
            raise AskError("it offers no service besides reflection")
        return await asking.describe(*names)
    except grpc.RpcError as error:
        raise AskError(f"it answered with status {error.code().name}") from None
    except UpstreamError as error:
        said = f" ({error.detail})" if error.detail else ""
        raise AskError(f"{error.message}{said}") from None
    finally:
        await channel.close()
