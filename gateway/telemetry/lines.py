"""The log as lines of JSON, for machines: what a line is made of, and when it is one.

In charge of the same lines as structlog would write. structlog is for terminals: it
brings rich and attrs, which took a tenth of a start and six megabytes to write what
`json` writes. Must never know an event.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, MutableMapping, Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Any, Protocol, TextIO, TypeAlias

Entry: TypeAlias = MutableMapping[str, Any]
Processor: TypeAlias = Callable[[object, str, Entry], Entry]
"""What changes a line before it is written; structlog's contract."""
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Log(Protocol):
    """What events are written to: structlog's logger, or ours."""

    def debug(self, event: str, /, **said: Any) -> object:
        """Worth a line only to whoever looks for something."""

    def info(self, event: str, /, **said: Any) -> object:
        """Worth knowing."""

    def warning(self, event: str, /, **said: Any) -> object:
        """Somebody should look at it."""

    def error(self, event: str, /, **said: Any) -> object:
        """Somebody has to."""

    def is_enabled_for(self, level: int) -> bool:
        """Whether lines of a level (`logging.DEBUG`) are written."""


class JsonLog:
    """Each event as one line, by one write; ``least`` is the level from which on."""

    def __init__(
        self, out: TextIO, processors: Sequence[Processor], *, least: int
    ) -> None:
        self._out = out
        self._processors = tuple(processors)
        self._least = least
        self._lock = Lock()
        self.debug = self._of("debug")
        self.info = self._of("info")
        self.warning = self._of("warning")
        self.error = self._of("error")

    def is_enabled_for(self, level: int) -> bool:
        """Whether lines of a level are written."""
        return level >= self._least

    def _of(self, level: str) -> Callable[..., None]:
        enough = self.is_enabled_for(_LEVELS[level])
        return partial(self._write, level) if enough else _unsaid

    def _write(self, level: str, event: str, /, **said: Any) -> None:
        entry: Entry = said
        entry["event"] = event
        for processor in self._processors:
            entry = processor(self, level, entry)
        text = json.dumps(entry, default=repr)
        with self._lock:
            self._out.write(f"{text}\n")
            self._out.flush()


def _unsaid(_event: str, /, **_said: Any) -> None:
    """Below the least level."""


def leveled(_log: object, level: str, entry: Entry) -> Entry:
    """A processor: the line says its level."""
    entry["level"] = level
    return entry


def stamped(_log: object, _level: str, entry: Entry) -> Entry:
    """A processor: the line says when it was written, in UTC."""
    entry["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return entry


def explained(_log: object, _level: str, entry: Entry) -> Entry:
    """A processor: an exception is told as Python tells it."""
    error = entry.pop("exc_info", None)
    if error is not None:
        told = "".join(traceback.format_exception(error))
        entry["exception"] = told.removesuffix("\n")
    return entry
