"""What OpenTelemetry's exporter complains of, as an event instead of lines of its own.

In charge of telling it, once a minute at most. It may be said in any thread. Must never
raise.
"""

from __future__ import annotations

import logging
from typing import Final

from gateway.clock import Clock
from gateway.telemetry.events import Observer
from gateway.telemetry.watching import TracesUnsent

_PAUSE: Final = 60.0
_LIBRARY: Final = "opentelemetry"


class Complaints(logging.Handler):
    """Hears the library from when it is made until it is closed."""

    def __init__(self, observe: Observer, clock: Clock) -> None:
        super().__init__(logging.WARNING)
        self._observe, self._clock = observe, clock
        self._told: float | None = None
        self._since = 0
        library = logging.getLogger(_LIBRARY)
        self._propagated, library.propagate = library.propagate, False
        library.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """One complaint; those within a minute are counted."""
        now = self._clock.wall().timestamp()
        self._since += 1
        if self._told is not None and now - self._told < _PAUSE:
            return
        number, self._since, self._told = self._since, 0, now
        self._observe(TracesUnsent(record.getMessage(), number))

    def close(self) -> None:
        """The library speaks for itself again."""
        library = logging.getLogger(_LIBRARY)
        library.removeHandler(self)
        library.propagate = self._propagated
        super().close()
