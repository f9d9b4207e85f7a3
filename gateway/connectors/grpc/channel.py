"""The one channel of a gRPC source: opened when it is first needed, closed with it.

In charge of its options, its trust, and of saying why a call could not reach the other
side. Must never make a call.
"""

from __future__ import annotations

from typing import Any

import grpc
import grpc.aio

from gateway.connectors.settings import GrpcSettings
from gateway.errors import ErrorClass
from gateway.tls import TlsFiles

_MILLISECONDS = 1000
_RECONNECT = (100, 5_000)
"""Milliseconds from one try to connect to the next: the first, and the longest."""
_AWAY = ("failed to connect to all addresses", "DNS resolution failed")
_CUT_OFF = ("Stream removed (", "Socket closed", "Connection reset")
_NEVER_CONNECTED = (
    grpc.ChannelConnectivity.CONNECTING,
    grpc.ChannelConnectivity.TRANSIENT_FAILURE,
)


class Channel:
    """A channel that comes and goes with its source."""

    def __init__(self, settings: GrpcSettings) -> None:
        self._settings = settings
        self._channel: Any = None

    def open(self) -> Any:
        """The channel; it connects by itself, and again when it was cut off."""
        if self._channel is None:
            self._channel = self._made()
        return self._channel

    def trouble(self, said: str) -> ErrorClass | None:
        """Why a call did not get through; None where it did, and was refused there.

        gRPC gives one status to both, so its own words are asked first; the state of
        the channel is that of now, which may be another than when the call failed.
        """
        if said.startswith(_AWAY):
            return ErrorClass.CONNECT
        if said.startswith(_CUT_OFF):
            return ErrorClass.RESET
        if self._channel is None:
            return ErrorClass.CONNECT
        state = self._channel.get_state()
        if state is grpc.ChannelConnectivity.READY:
            return None
        return ErrorClass.CONNECT if state in _NEVER_CONNECTED else ErrorClass.RESET

    async def close(self) -> None:
        """Give the connection back."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    def _made(self) -> Any:
        settings = self._settings
        options = _options(settings)
        if not settings.secure:
            return grpc.aio.insecure_channel(settings.target, options)
        files = settings.tls or TlsFiles()
        if files.server_name is not None:
            options.append(("grpc.ssl_target_name_override", files.server_name))
        trust = grpc.ssl_channel_credentials(files.ca, files.key, files.cert)
        return grpc.aio.secure_channel(settings.target, trust, options)


def _options(settings: GrpcSettings) -> list[tuple[str, Any]]:
    first, longest = _RECONNECT
    return [
        ("grpc.primary_user_agent", "headwater"),
        ("grpc.max_receive_message_length", settings.response_limit),
        ("grpc.keepalive_time_ms", int(settings.keepalive * _MILLISECONDS)),
        ("grpc.enable_retries", 0),  # the engine tries again, and counts
        ("grpc.enable_http_proxy", 0),  # nothing of the environment decides a way
        ("grpc.use_local_subchannel_pool", 1),  # connections close with their source
        ("grpc.initial_reconnect_backoff_ms", first),
        ("grpc.min_reconnect_backoff_ms", first),
        ("grpc.max_reconnect_backoff_ms", longest),
    ]
