"""What has been written to a client and is not taken: for how long it may stay so.

In charge of one timer, which runs only while the transport is full.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.lapses import Lapses

_LEAST = 65_536
"""Bytes that a client takes in each span at least, where so many are left."""


class Timer(Protocol):
    """Something that will happen unless it is cancelled."""

    def cancel(self) -> None: ...


class Unsent:
    """Ends a connection whose client has stopped to read; one for each connection.

    A slow reader is none who has stopped: he is given another span for every 64 KB.
    """

    __slots__ = ("_left", "_spans", "_timer", "_transport")

    def __init__(self, transport: asyncio.Transport, spans: Lapses) -> None:
        self._transport = transport
        self._spans = spans
        self._timer: Timer | None = None
        self._left = 0

    def full(self) -> None:
        """The transport takes nothing more for now."""
        if self._timer is None:
            self._watch()

    def free(self) -> None:
        """It takes more again, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        self._left = self._transport.get_write_buffer_size()
        until = self._spans.loop.time() + self._spans.seconds
        self._timer = self._spans.begin(until, self._rung)

    def _rung(self) -> None:
        self._timer = None
        if self._left - self._transport.get_write_buffer_size() < _LEAST:
            self._transport.abort()
        else:
            self._watch()
