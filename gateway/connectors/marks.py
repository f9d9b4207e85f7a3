"""When what happened to one call on the wire, for whoever has asked to know.

In charge of the marks alone; a transport that can tell sets them. Must never cost a
call of which nobody asked.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from gateway.record import Struct


class Marks(Struct):
    """Points on the loop's clock, in seconds; None: it did not happen, or is not told.

    ``connected``: there was a connection to write to. ``first``: the first bytes of the
    reply. ``received``: all of it, before it was read. ``code`` is the status that its
    protocol has a number of its own for, where it is not HTTP.
    """

    connected: float | None = None
    first: float | None = None
    received: float | None = None
    code: int | None = None


MARKING: Final[ContextVar[Marks | None]] = ContextVar("marking", default=None)
"""Where the call that this task makes is to be marked; None: nobody wants to know."""
